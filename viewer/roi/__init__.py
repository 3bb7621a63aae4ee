"""Shapes in patient millimetres and their rasterisation onto a geometry."""
