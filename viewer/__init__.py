"""Lowfield: an offline viewer for ultra-low-field MRI and quantitative terbium-149 PET/CT."""

__version__ = "0.1.0"
