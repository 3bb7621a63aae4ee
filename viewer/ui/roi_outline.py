"""Where an ROI cuts a plane, as lines in screen millimetres (n, 2), and the handles to resize it with. No Qt."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from viewer.core.reslice import Plane, sample_plane
from viewer.core.volume import Volume
from viewer.roi.rasterize import rasterize
from viewer.roi.shapes import Box, Ellipsoid, Isocontour, MaskShape, Polygon, Shape, Sphere

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


def outline(shape: Shape, plane: Plane, volume: Volume | None = None) -> list[Line]:
    """Return lines where the border of ``shape`` meets ``plane``; none where they do not meet.

    Voxel shapes are shown by their voxels: an isocontour by those it takes in ``volume``.
    """
    match shape:
        case Sphere(center, radius):
            return _ellipse(np.asarray(center), np.eye(3) / radius, plane)
        case Ellipsoid(center, radii, axes):
            return _ellipse(np.asarray(center), np.asarray(axes) / np.asarray(radii)[:, None], plane)
        case Box(low, high):
            return _box(np.asarray(low), np.asarray(high), plane)
        case Polygon():
            return _polygon(shape, plane)
        case MaskShape(mask, geometry):
            return voxel_outline(Volume(mask, geometry), plane)
        case Isocontour() if volume is not None:
            return _isocontour(shape, plane, volume)
        case _:
            return []


def handles(shape: Shape, plane: Plane) -> list[Handle]:
    """Return the handles of ``shape`` on ``plane``; none where it is not cut through."""
    if not outline(shape, plane):
        return []
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
        case Polygon() if _parallel(np.asarray(shape.normal), plane):
            return _corners(shape, plane)
        case _:
            return []


def voxel_outline(mask: Volume, plane: Plane) -> list[Line]:
    """Return the borders of the voxels above one half, pixel edge by pixel edge (each line has two points)."""
    values, inside = sample_plane(mask, plane, order=0)
    shown = np.pad((values > 0.5) & inside, 1)
    left, top, _, _ = plane.rect_mm()
    down, right = plane.spacing_mm
    upright = np.argwhere(shown[:, 1:] != shown[:, :-1]) - (1, 0)
    level = np.argwhere(shown[1:, :] != shown[:-1, :]) - (0, 1)
    starts = np.concatenate([upright, level])[:, ::-1]
    steps = np.concatenate([np.tile((0, 1), (len(upright), 1)), np.tile((1, 0), (len(level), 1))])
    scale, corner = np.array([right, down]), np.array([left, top])
    ends = np.stack([starts, starts + steps], axis=1) * scale + corner
    return list(ends)


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


def _box(low: Line, high: Line, plane: Plane) -> list[Line]:
    corners = np.array([[(low, high)[bit][axis] for axis, bit in enumerate(bits)] for bits in np.ndindex(2, 2, 2)])
    pairs = [(a, b) for a in range(8) for b in range(a + 1, 8) if (a ^ b).bit_count() == 1]
    points = _crossings(corners[[a for a, _ in pairs]], corners[[b for _, b in pairs]], plane)
    return [_ring(plane.to_mm(points))] if len(points) >= 3 else []


def _polygon(shape: Polygon, plane: Plane) -> list[Line]:
    if not _parallel(np.asarray(shape.normal), plane):
        return [line for contour in shape.contours for line in _slab(np.asarray(contour), shape, plane)]
    near = [np.asarray(contour) for contour in shape.contours if _covers(contour, shape, plane)]
    return [plane.to_mm(np.concatenate([contour, contour[:1]])) for contour in near]


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


def _isocontour(shape: Isocontour, plane: Plane, volume: Volume) -> list[Line]:
    region = rasterize(shape, volume.geometry, volume.magnitude())
    if not region.voxels:
        return []
    full = np.zeros(volume.geometry.shape, dtype=bool)
    full[region.slices] = region.mask
    return voxel_outline(Volume(full, volume.geometry), plane)


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
    depth = plane.distance_mm(np.asarray(contour).mean(axis=0))
    return abs(depth) <= shape.thickness_mm / 2 + 1e-6


def _parallel(normal: Line, plane: Plane) -> bool:
    return abs(float(normal @ plane.normal)) > PARALLEL


def _on_plane(point: Line, plane: Plane) -> Line:
    return np.asarray(point - plane.distance_mm(point) * plane.normal)


def _point(values: Line) -> tuple[float, float, float]:
    x, y, z = (float(value) for value in values)
    return x, y, z
