"""Shapes moved and resized, as a drag does it: a new shape each time."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from viewer.core.errors import LowfieldError
from viewer.core.geometry import Geometry
from viewer.roi.checks import Vector
from viewer.roi.polygon import Contour
from viewer.roi.shapes import (
    Box,
    Combined,
    Ellipsoid,
    Grown,
    Isocontour,
    MaskShape,
    OrientedBox,
    Painting,
    Polygon,
    Shape,
    Sphere,
)

Change = Callable[[NDArray[np.float64]], NDArray[np.float64]]


def moved(shape: Shape, delta_lps_mm: Vector) -> Shape:
    """Return the shape moved by ``delta_lps_mm``; `Whole` stays what it is.

    Combined shapes move with all their parts; the background that an isocontour refers to stays where it is.
    """
    delta = np.asarray(delta_lps_mm, np.float64)
    match shape:
        case Grown():
            seed = None if shape.seed_lps_mm is None else _vector(shape.seed_lps_mm + delta)
            return replace(shape, within=moved(shape.within, delta_lps_mm), seed_lps_mm=seed)
        case Combined():
            return replace(shape, parts=tuple(moved(part, delta_lps_mm) for part in shape.parts))
        case MaskShape() | Painting():
            return replace(shape, geometry=_moved_grid(shape.geometry, delta))
        case _:
            return _moved_solid(shape, delta)


def _moved_solid(shape: Shape, delta: NDArray[np.float64]) -> Shape:
    match shape:
        case Sphere() | Ellipsoid() | OrientedBox():
            return replace(shape, center_lps_mm=_vector(shape.center_lps_mm + delta))
        case Isocontour():
            return replace(shape, seed_lps_mm=_vector(shape.seed_lps_mm + delta))
        case Box(low, high):
            return Box(_vector(low + delta), _vector(high + delta))
        case Polygon():
            return replace(shape, contours=_changed(shape.contours, lambda points: points + delta))
        case _:
            return shape


def _moved_grid(geometry: Geometry, delta: NDArray[np.float64]) -> Geometry:
    affine = geometry.affine.copy()
    affine[:3, 3] += delta
    return Geometry(geometry.shape, affine, geometry.frame_of_reference_uid)


def resized(shape: Shape, factor: float) -> Shape:
    """Return the shape ``factor`` times as large about its own centre; a polygon within its planes only.

    An isocontour's bounding shape is resized. Raises `LowfieldError` for factors not above 0, and for what has no
    size of its own: `Whole`, voxels and combined shapes.
    """
    if not 0 < factor < float("inf"):
        raise LowfieldError(f"An ROI cannot be resized by {factor}.")
    match shape:
        case Sphere() | Isocontour():
            return replace(shape, radius_mm=shape.radius_mm * factor)
        case Ellipsoid():
            return replace(shape, radii_mm=_vector(np.array(shape.radii_mm) * factor))
        case Box(low, high):
            middle, half = np.add(low, high) / 2, np.subtract(high, low) / 2 * factor
            return Box(_vector(middle - half), _vector(middle + half))
        case OrientedBox():
            return replace(shape, size_mm=_vector(np.array(shape.size_mm) * factor))
        case Grown():
            return replace(shape, within=resized(shape.within, factor))
        case Polygon():
            return _resized_polygon(shape, factor)
        case _:
            raise LowfieldError("This ROI has no size of its own.", hint="Draw another one.")


def _resized_polygon(polygon: Polygon, factor: float) -> Polygon:
    points, normal = np.concatenate([np.array(contour) for contour in polygon.contours]), np.array(polygon.normal)
    middle = (points.min(axis=0) + points.max(axis=0)) / 2

    def grow(contour: NDArray[np.float64]) -> NDArray[np.float64]:
        away = contour - middle
        upright = (away @ normal)[:, None] * normal
        return np.asarray(middle + upright + factor * (away - upright))

    return replace(polygon, contours=_changed(polygon.contours, grow))


def _changed(contours: tuple[Contour, ...], change: Change) -> tuple[Contour, ...]:
    return tuple(tuple(map(_vector, change(np.array(contour)))) for contour in contours)


def _vector(numbers: NDArray[np.float64]) -> Vector:
    x, y, z = numbers.tolist()
    return x, y, z
