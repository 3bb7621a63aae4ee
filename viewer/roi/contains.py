"""Whether points lie inside a shape, boundary included, whatever the grid; and how far the shape reaches."""

import numpy as np
from numpy.typing import NDArray

from viewer.core.geometry import Geometry
from viewer.roi.compound import INTERSECT, UNION
from viewer.roi.masks import mask_of
from viewer.roi.rasterize import BOX_TOLERANCE_MM, RELATIVE_TOLERANCE
from viewer.roi.region import Floats
from viewer.roi.shapes import (
    UNIT_AXES,
    Box,
    Combined,
    Ellipsoid,
    MaskShape,
    OrientedBox,
    Painting,
    Polygon,
    Shape,
    Sphere,
    Whole,
)
from viewer.roi.stack import Stack

Bools = NDArray[np.bool_]
CUBE = np.stack(np.meshgrid(*[(-1.0, 1.0)] * 3, indexing="ij"), -1).reshape(-1, 3)
"""The corners (8, 3) of a cube around the origin."""


def contains(shape: Shape, points_lps_mm: Floats) -> Bools:
    """Return for ``points_lps_mm`` (n, 3) whether they lie inside ``shape``.

    An isocontour has no inside of its own: make it voxels first (`viewer.roi.frozen`); ValueError.
    """
    match shape:
        case Sphere() | Ellipsoid():
            center, radii, axes = solid(shape)
            inside = ((points_lps_mm - center) @ axes.T / radii) ** 2
            return np.asarray(inside.sum(axis=1) <= (1 + RELATIVE_TOLERANCE) ** 2)
        case Box() | OrientedBox():
            center, half, axes = solid(shape)
            away = np.abs((points_lps_mm - center) @ axes.T)
            return np.asarray((away <= half + BOX_TOLERANCE_MM).all(axis=1))
        case Polygon():
            return Stack.of(shape, shape.thickness_mm).contains(points_lps_mm)
        case MaskShape(mask, geometry):
            place = np.floor(geometry.to_index(points_lps_mm) + 0.5).astype(np.intp)
            found = np.asarray(((place >= 0) & (place < mask.shape)).all(axis=1))
            found[found] = mask[tuple(place[found].T)]
            return found
        case _:
            return _compound(shape, points_lps_mm)


def _compound(shape: Shape, points_lps_mm: Floats) -> Bools:
    match shape:
        case Painting():
            return contains(mask_of(shape), points_lps_mm)
        case Whole():
            return np.ones(len(points_lps_mm), bool)
        case Combined():
            first, *rest = (contains(part, points_lps_mm) for part in shape.parts)
            if shape.kind == UNION:
                return np.asarray(np.logical_or.reduce([first, *rest]))
            if shape.kind == INTERSECT:
                return np.asarray(np.logical_and.reduce([first, *rest]))
            return np.asarray(first & ~np.logical_or.reduce(rest))
        case _:
            raise ValueError("An isocontour has no inside without its image.")


def corners_lps_mm(shape: Shape, geometry: Geometry) -> Floats:
    """Return points (n, 3) in LPS mm whose convex hull holds ``shape``; for `Whole`, an image on ``geometry``."""
    match shape:
        case Sphere() | Ellipsoid() | Box() | OrientedBox():
            center, half, axes = solid(shape)
            return np.asarray(center + (CUBE * half) @ axes)
        case Polygon():
            points = np.concatenate([np.array(contour) for contour in shape.contours])
            reach = np.array(shape.normal) * shape.thickness_mm / 2
            return np.concatenate([points - reach, points + reach])
        case Combined():
            parts = shape.parts if shape.kind == UNION else shape.parts[:1]
            return np.concatenate([corners_lps_mm(part, geometry) for part in parts])
        case Painting():
            return corners_lps_mm(mask_of(shape), geometry)
        case MaskShape():
            return _grid_corners(shape.geometry)
        case _:
            return _grid_corners(geometry)


def _grid_corners(geometry: Geometry) -> Floats:
    size = np.array(geometry.shape)
    return geometry.to_lps((size - 1) / 2 + CUBE * size / 2)


def solid(shape: Sphere | Ellipsoid | Box | OrientedBox) -> tuple[Floats, Floats, Floats]:
    """Return centre (3,), half-axes (3,) and unit axes as rows (3, 3) of a solid body."""
    match shape:
        case Sphere(center, radius):
            return np.array(center), np.full(3, radius), np.array(UNIT_AXES)
        case Ellipsoid(center, radii, axes):
            return np.array(center), np.array(radii), np.array(axes)
        case OrientedBox(center, size, axes):
            return np.array(center), np.array(size) / 2, np.array(axes)
        case _:
            low, high = shape.min_lps_mm, shape.max_lps_mm
            return np.add(low, high) / 2, np.subtract(high, low) / 2, np.array(UNIT_AXES)
