"""Contours drawn one after another into a stack: added, replaced and taken away plane by plane."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from viewer.core.errors import LowfieldError
from viewer.roi.checks import Vector, vector
from viewer.roi.polygon import PLANE_TOLERANCE_MM, SHAPE, Polygon

Floats = NDArray[np.float64]


def contour_polygon(points_lps_mm: ArrayLike, normal: Vector, thickness_mm: float) -> Polygon:
    """Return a polygon of one closed contour, freehand or by corners, to which others can be added.

    ``points_lps_mm`` (n, 3) lie on a plane at right angles to ``normal``; ``thickness_mm`` is the distance of the
    slices it is drawn on. Planes that come to it are joined by shape.
    """
    contour = tuple(vector(point, "A point") for point in np.asarray(points_lps_mm, np.float64))
    return Polygon((contour,), normal, thickness_mm, SHAPE)


def with_contour(polygon: Polygon, points_lps_mm: ArrayLike, *, keep: bool = False) -> Polygon:
    """Return the stack with a contour more; others of its plane are replaced, or with ``keep`` stay.

    What stays combines with it by even-odd: a hole, or an island.
    Raises `LowfieldError` when it does not lie in a plane at right angles to the polygon's normal.
    """
    contour = tuple(vector(point, "A point") for point in np.asarray(points_lps_mm, np.float64))
    others = polygon.contours if keep else _elsewhere(polygon, _height(contour, polygon))
    return replace(polygon, contours=(*others, contour))


def without_plane(polygon: Polygon, point_lps_mm: ArrayLike) -> Polygon:
    """Return the stack without the contours of the plane through a point; LowfieldError for the last ones."""
    left = _elsewhere(polygon, _height([vector(point_lps_mm, "The point")], polygon))
    if not left:
        raise LowfieldError("These are the last contours of the ROI.", hint="Delete the ROI instead.")
    return replace(polygon, contours=left)


def simplified(points_lps_mm: ArrayLike, tolerance_mm: float) -> NDArray[np.float64]:
    """Return a freehand line (n, 3) with the points left out that lie within ``tolerance_mm`` of the rest.

    Douglas and Peucker (1973); the first and the last point stay.
    """
    points = np.asarray(points_lps_mm, np.float64)
    keep = np.zeros(len(points), bool)
    keep[[0, -1]] = True
    open_ends = [(0, len(points) - 1)]
    while open_ends:
        first, last = open_ends.pop()
        away = _from_line(points[first + 1 : last], points[first], points[last])
        if away.size and away.max() > tolerance_mm:
            middle = first + 1 + int(away.argmax())
            keep[middle] = True
            open_ends += [(first, middle), (middle, last)]
    return np.asarray(points[keep])


def _from_line(points: Floats, start: Floats, end: Floats) -> Floats:
    along = end - start
    length_squared = max(float(along @ along), np.finfo(float).tiny)
    part = ((points - start) @ along / length_squared).clip(0, 1)
    return np.asarray(np.linalg.norm(points - start - part[:, None] * along, axis=1))


def _elsewhere(polygon: Polygon, height: float) -> tuple[tuple[Vector, ...], ...]:
    """Return the contours of all planes but that at ``height``."""
    return tuple(one for one in polygon.contours if abs(_height(one, polygon) - height) > PLANE_TOLERANCE_MM)


def _height(contour: Sequence[Vector], polygon: Polygon) -> float:
    return float((np.array(contour) @ np.array(polygon.normal)).mean())
