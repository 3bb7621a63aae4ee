"""Lowfield: an offline viewer for ultra-low-field MRI and quantitative terbium-149 PET/CT."""

import os

__version__ = "0.1.0"

# Unless this is set before its import, onnxruntime (1.32) keeps a device id and reports sessions to Microsoft.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"
