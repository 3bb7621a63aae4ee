"""Where an ROI cuts a plane, as lines in screen millimetres (n, 2), and the handles to resize it with. No Qt."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from viewer.core.reslice import Plane
from viewer.roi.masks import mask_of
from viewer.roi.polygon import PLANE_TOLERANCE_MM, SHAPE
from viewer.roi.shapes import (
    Box,
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
from viewer.ui.voxel_lines import mask_lines, stack_lines

Line = NDArray[np.float64]
CIRCLE = np.linspace(0, 2 * np.pi, 97)
PARALLEL = 0.999
IN_PLANE = 0.05
MOST_HANDLES = 40


@dataclass(frozen=True)
class Handle:
    """A point to drag, in LPS mm. ``kind``: ``radius``, ``axis`` (with its number and side) or ``corner``."""

    point_lps_mm: tuple[float, float, float]
    kind: str
    number: int = 0
    side: int = 1
    contour: int = 0


def outline(shape: Shape, plane: Plane) -> list[Line]:
    """Return lines where the border of ``shape`` meets ``plane``; none where they do not meet.

    Voxel shapes are shown by their voxels. What depends on an image has no border of its own: lay it on the image
    first (`viewer.ui.roi_laid`).
    """
    match shape:
        case Sphere(center, radius):
            return _ellipse(np.asarray(center), np.eye(3) / radius, plane)
        case Ellipsoid(center, radii, axes):
            return _ellipse(np.asarray(center), np.asarray(axes) / np.asarray(radii)[:, None], plane)
        case Box(low, high):
            return _box(np.add(low, high) / 2, np.subtract(high, low) / 2, np.eye(3), plane)
        case OrientedBox(center, size, axes):
            return _box(np.asarray(center), np.asarray(size) / 2, np.asarray(axes), plane)
        case Polygon():
            return _polygon(shape, plane)
        case MaskShape():
            return mask_lines(shape, plane)
        case Painting():
            return mask_lines(mask_of(shape), plane)
        case _:
            return []


def bound_of(shape: Shape) -> Shape | None:
    """Return the shape that bounds an isocontour, to draw it and to pull it; None for all others."""
    match shape:
        case Grown():
            return shape.within
        case Isocontour(seed, radius, _):
            return Sphere(seed, radius)
        case _:
            return None


def handles(shape: Shape, plane: Plane) -> list[Handle]:
    """Return the handles of ``shape`` on ``plane``, of an isocontour those of its bound."""
    shape = bound_of(shape) or shape
    return handles_where_cut(shape, plane) if outline(shape, plane) else []


def handles_where_cut(shape: Shape, plane: Plane) -> list[Handle]:
    """As `handles`, of a shape that the plane is known to cut."""
    match shape:
        case Sphere(center, radius):
            reach = np.sqrt(max(radius**2 - plane.distance_mm(center) ** 2, 0.0))
            middle = _on_plane(np.asarray(center), plane)
            ways = (plane.right, -plane.right, plane.down, -plane.down)
            return [Handle(_point(middle + reach * way), "radius") for way in ways]
        case Ellipsoid(center, radii, axes):
            return _axis_handles(np.asarray(center), np.asarray(radii), np.asarray(axes), plane)
        case Box(low, high):
            middle, half = np.add(low, high) / 2, np.subtract(high, low) / 2
            return _axis_handles(middle, half, np.eye(3), plane)
        case OrientedBox(center, size, axes):
            return _axis_handles(np.asarray(center), np.asarray(size) / 2, np.asarray(axes), plane)
        case Polygon() if _parallel(np.asarray(shape.normal), plane):
            return _corners(shape, plane)
        case _:
            return []


def _ellipse(center: Line, scaled_axes: Line, plane: Plane) -> list[Line]:
    """Cut an ellipsoid |A (x − c)| = 1, A = ``scaled_axes``: solve for the two coordinates in the plane."""
    basis = np.stack([plane.right, plane.down])
    away = (plane.center_lps_mm - center) @ plane.normal * plane.normal
    metric = scaled_axes.T @ scaled_axes
    quadratic, linear = basis @ metric @ basis.T, basis @ metric @ away
    shift = -np.linalg.solve(quadratic, linear)
    level = 1 - away @ metric @ away - linear @ shift
    if level <= 0:
        return []
    turn = np.linalg.inv(np.linalg.cholesky(quadratic)).T
    ring = np.stack([np.cos(CIRCLE), np.sin(CIRCLE)], axis=1)
    return [plane.to_mm(center) + shift + np.sqrt(level) * ring @ turn.T]


def _box(middle: Line, half: Line, axes: Line, plane: Plane) -> list[Line]:
    corners = np.array([middle + (np.array(bits) * 2 - 1) * half @ axes for bits in np.ndindex(2, 2, 2)])
    pairs = [(a, b) for a in range(8) for b in range(a + 1, 8) if (a ^ b).bit_count() == 1]
    points = _crossings(corners[[a for a, _ in pairs]], corners[[b for _, b in pairs]], plane)
    return [_ring(plane.to_mm(points))] if len(points) >= 3 else []


def _polygon(shape: Polygon, plane: Plane) -> list[Line]:
    level = _parallel(np.asarray(shape.normal), plane)
    near = [np.asarray(contour) for contour in shape.contours if _covers(contour, shape, plane)] if level else []
    if near:
        return [plane.to_mm(np.concatenate([contour, contour[:1]])) for contour in near]
    if shape.interpolation == SHAPE and len(shape.contours) > 1:
        return stack_lines(shape, plane)
    across = () if level else shape.contours
    return [line for contour in across for line in _slab(np.asarray(contour), shape, plane)]


def _slab(contour: Line, shape: Polygon, plane: Plane) -> list[Line]:
    """Where a plane crosses a contour of some thickness: rectangles between pairs of crossings."""
    points = _crossings(contour, np.roll(contour, -1, axis=0), plane)
    along = np.cross(plane.normal, np.asarray(shape.normal))
    points = points[np.argsort(points @ along)]
    half = np.asarray(shape.normal) * shape.thickness_mm / 2
    pairs = zip(points[0::2], points[1::2])
    return [plane.to_mm(np.stack([a - half, b - half, b + half, a + half, a - half])) for a, b in pairs]


def _crossings(starts: Line, ends: Line, plane: Plane) -> Line:
    """Return where edges (n, 3) pass through the plane (m, 3)."""
    before = (starts - plane.center_lps_mm) @ plane.normal
    after = (ends - plane.center_lps_mm) @ plane.normal
    through = (before < 0) != (after < 0)
    part = (before[through] / (before[through] - after[through]))[:, None]
    return np.asarray(starts[through] + part * (ends[through] - starts[through]))


def _ring(points: Line) -> Line:
    """Return the corners of a convex polygon in order, closed."""
    away = points - points.mean(axis=0)
    order = np.argsort(np.arctan2(away[:, 1], away[:, 0]))
    return np.asarray(points[np.append(order, order[0])])


def _axis_handles(center: Line, radii: Line, axes: Line, plane: Plane) -> list[Handle]:
    flat = [n for n in range(3) if abs(axes[n] @ plane.normal) < IN_PLANE]
    middle = _on_plane(center, plane)
    return [Handle(_point(middle + side * radii[n] * axes[n]), "axis", n, side) for n in flat for side in (1, -1)]


def _corners(shape: Polygon, plane: Plane) -> list[Handle]:
    found = [
        Handle(point, "corner", number, contour=which)
        for which, contour in enumerate(shape.contours)
        if _covers(contour, shape, plane)
        for number, point in enumerate(contour)
    ]
    return found if len(found) <= MOST_HANDLES else []


def _covers(contour: object, shape: Polygon, plane: Plane) -> bool:
    """Whether a contour is what is measured on a plane; between joined contours it is what lies between."""
    depth = abs(plane.distance_mm(np.asarray(contour).mean(axis=0)))
    joined = shape.interpolation == SHAPE and len(shape.contours) > 1
    return depth <= (PLANE_TOLERANCE_MM if joined else shape.thickness_mm / 2 + 1e-6)


def _parallel(normal: Line, plane: Plane) -> bool:
    return abs(float(normal @ plane.normal)) > PARALLEL


def _on_plane(point: Line, plane: Plane) -> Line:
    return np.asarray(point - plane.distance_mm(point) * plane.normal)


def _point(values: Line) -> tuple[float, float, float]:
    x, y, z = (float(value) for value in values)
    return x, y, z
