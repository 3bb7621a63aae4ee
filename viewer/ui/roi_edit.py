"""New shapes from drags: what a press and a release mean in millimetres. No Qt, no session."""

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from viewer.core.reslice import Plane
from viewer.roi.contours import contour_polygon
from viewer.roi.masks import mask_of
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
from viewer.ui.roi_outline import Handle

SMALLEST_MM = 0.5
KEYBOARD_RADIUS_MM = 10.0
Point = NDArray[np.float64]


def sphere_between(start: Point, end: Point) -> Sphere:
    """Return the sphere around ``start`` that passes through ``end`` (LPS mm)."""
    return Sphere(_tuple(start), max(float(np.linalg.norm(end - start)), SMALLEST_MM))


def ellipse_between(start: Point, end: Point, plane: Plane) -> Ellipsoid:
    """Return the ellipsoid inscribed in the rectangle between two corners on a plane.

    Across the plane it is as thick as it is narrow, so that one drag describes a volume.
    """
    across, along = abs(float((end - start) @ plane.right)) / 2, abs(float((end - start) @ plane.down)) / 2
    across, along = max(across, SMALLEST_MM), max(along, SMALLEST_MM)
    axes = (_tuple(plane.right), _tuple(plane.down), _tuple(plane.normal))
    return Ellipsoid(_tuple((start + end) / 2), (across, along, min(across, along)), axes)


def box_between(start: Point, end: Point, plane: Plane) -> OrientedBox:
    """Return the box whose face on a plane lies between two corners; across it is as thick as it is narrow."""
    across, along = abs(float((end - start) @ plane.right)), abs(float((end - start) @ plane.down))
    across, along = max(across, 2 * SMALLEST_MM), max(along, 2 * SMALLEST_MM)
    axes = (_tuple(plane.right), _tuple(plane.down), _tuple(plane.normal))
    return OrientedBox(_tuple((start + end) / 2), (across, along, min(across, along)), axes)


def polygon_of(points: list[Point], plane: Plane, thickness_mm: float) -> Polygon:
    """Return the polygon with these corners (LPS mm) on a plane; it covers ``thickness_mm`` around the plane.

    Contours added on other planes (`viewer.ui.contour_stack`) are joined with it by shape.
    """
    return contour_polygon(np.asarray(points), _tuple(plane.normal), thickness_mm)


def pulled(shape: Shape, handle: Handle, point: Point) -> Shape:
    """Return the shape after one of its handles was dragged to ``point`` (LPS mm)."""
    match shape:
        case Sphere(center, _):
            return Sphere(center, max(float(np.linalg.norm(point - np.asarray(center))), SMALLEST_MM))
        case Ellipsoid(center, radii, axes):
            reach = abs(float((point - np.asarray(center)) @ np.asarray(axes[handle.number])))
            return replace(shape, radii_mm=_with(radii, handle.number, max(reach, SMALLEST_MM)))
        case OrientedBox(center, _, axes):
            return _pulled_oriented(shape, handle, float((point - np.asarray(center)) @ axes[handle.number]))
        case Box():
            return _pulled_box(shape, handle, float(point[handle.number]))
        case Grown():
            return replace(shape, within=pulled(shape.within, handle, point))
        case Isocontour(seed, _, _):
            return replace(shape, radius_mm=max(float(np.linalg.norm(point - np.asarray(seed))), SMALLEST_MM))
        case Polygon(contours, _, _):
            corners = list(contours[handle.contour])
            corners[handle.number] = _tuple(point)
            changed = (*contours[: handle.contour], tuple(corners), *contours[handle.contour + 1 :])
            return replace(shape, contours=changed)
        case _:
            return shape


def _pulled_box(shape: Box, handle: Handle, value: float) -> Box:
    low, high = shape.min_lps_mm, shape.max_lps_mm
    if handle.side > 0:
        return Box(low, _with(high, handle.number, max(value, low[handle.number] + SMALLEST_MM)))
    return Box(_with(low, handle.number, min(value, high[handle.number] - SMALLEST_MM)), high)


def _pulled_oriented(shape: OrientedBox, handle: Handle, reach: float) -> OrientedBox:
    """Move one face to ``reach`` mm from the centre along its axis; the opposite face stays."""
    half, axis = shape.size_mm[handle.number] / 2, np.asarray(shape.axes[handle.number])
    edge = max(half + handle.side * reach, 2 * SMALLEST_MM)
    center = np.asarray(shape.center_lps_mm) + handle.side * (edge / 2 - half) * axis
    return replace(shape, center_lps_mm=_tuple(center), size_mm=_with(shape.size_mm, handle.number, edge))


def _with(values: tuple[float, float, float], number: int, value: float) -> tuple[float, float, float]:
    changed = list(values)
    changed[number] = value
    return changed[0], changed[1], changed[2]


def _tuple(point: Any) -> tuple[float, float, float]:
    x, y, z = (float(value) for value in point)
    return x, y, z


def center_of(shape: Shape) -> tuple[float, float, float] | None:
    """Return the middle of a shape in LPS mm; None for a whole image."""
    match shape:
        case Sphere() | Ellipsoid() | OrientedBox():
            return shape.center_lps_mm
        case Box(low, high):
            return _tuple((np.asarray(low) + np.asarray(high)) / 2)
        case Isocontour():
            return shape.seed_lps_mm
        case Polygon(contours, _, _):
            middle = contours[len(contours) // 2]
            return _tuple((np.min(middle, axis=0) + np.max(middle, axis=0)) / 2)
        case Grown(within, _, _, _) | Combined(_, (within, *_)):
            return center_of(within)
        case MaskShape() | Painting():
            return _middle(shape if isinstance(shape, MaskShape) else mask_of(shape))
        case _:
            return None


def _middle(shape: MaskShape) -> tuple[float, float, float] | None:
    inside = np.argwhere(shape.mask)
    return _tuple(shape.geometry.to_lps(inside.mean(axis=0))) if len(inside) else None
