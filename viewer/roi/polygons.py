"""Points inside stacked planar contours: even-odd rule, each contour half a thickness to either side."""

import numpy as np
from numpy.typing import NDArray

from viewer.core.geometry import Floats
from viewer.roi.shapes import Polygon

SLACK_MM = 1e-6
"""A plane this near to the edge of a contour's slab counts as on it: DICOM writes 6 decimals."""


def polygon_mask(shape: Polygon, points_lps_mm: Floats) -> NDArray[np.bool_]:
    """Return which points (..., 3) in LPS mm lie inside the contours (same leading shape, bool)."""
    normal = np.asarray(shape.normal)
    across, along = _plane_axes(normal)
    flat = points_lps_mm.reshape(-1, 3)
    depth, x, y = flat @ normal, flat @ across, flat @ along
    inside = np.zeros(len(flat), dtype=bool)
    for contour in shape.contours:
        corners = np.asarray(contour)
        offset = depth - (corners @ normal).mean()
        half = shape.thickness_mm / 2
        near = np.flatnonzero((offset >= -half - SLACK_MM) & (offset < half - SLACK_MM))
        inside[near] ^= _even_odd(x[near], y[near], corners @ across, corners @ along)
    return inside.reshape(points_lps_mm.shape[:-1])


def _plane_axes(normal: Floats) -> tuple[Floats, Floats]:
    helper = np.eye(3)[int(np.argmin(np.abs(normal)))]
    across = np.cross(normal, helper)
    across = across / np.linalg.norm(across)
    return np.asarray(across), np.asarray(np.cross(normal, across))


def _even_odd(x: Floats, y: Floats, corner_x: Floats, corner_y: Floats) -> NDArray[np.bool_]:
    """Count crossings of a ray to +x with every edge; half-open in y, so that no corner counts twice."""
    inside = np.zeros(len(x), dtype=bool)
    edges = zip(corner_x, corner_y, np.roll(corner_x, -1), np.roll(corner_y, -1), strict=True)
    for x0, y0, x1, y1 in edges:
        if y0 == y1:
            continue
        spans = (y0 <= y) != (y1 <= y)
        crossing = x0 + (y[spans] - y0) * (x1 - x0) / (y1 - y0)
        inside[spans] ^= x[spans] < crossing
    return inside
