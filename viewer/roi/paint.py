"""Brush and eraser: strokes through patient space, voxel by voxel on the grid of a series."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from viewer.core.errors import LowfieldError
from viewer.core.geometry import Geometry
from viewer.roi.checks import Vector, positive, store, vector
from viewer.roi.painting import Painting
from viewer.roi.rasterize import Values, rasterize
from viewer.roi.rasterize_polygon import slice_gap
from viewer.roi.region import EMPTY, Block, Floats, Region
from viewer.roi.shapes import Shape
from viewer.roi.tiles import with_region

FACE_TOLERANCE_MM = 1e-3


@dataclass(frozen=True)
class Brush:
    """A ball of ``radius_mm``, or with a ``normal`` a disc at right angles to it.

    A disc covers the one slice nearest to its centre on grids that have slices at right angles to ``normal``, and
    ``thickness_mm`` on all others (None: the finest voxel spacing).
    """

    radius_mm: float
    normal: Vector | None = None
    thickness_mm: float | None = None

    def __post_init__(self) -> None:
        store(self, radius_mm=positive(self.radius_mm))
        if self.thickness_mm is not None:
            store(self, thickness_mm=positive(self.thickness_mm, "The thickness"))
        if self.normal is not None:
            normal = np.array(vector(self.normal, "The normal"))
            if not np.linalg.norm(normal) > 0:
                raise LowfieldError("The normal of a brush has no length.")
            store(self, normal=vector(normal / np.linalg.norm(normal), "The normal"))


def as_painting(shape: Shape, geometry: Geometry, series_uid: str = "", values: Values = None) -> Painting:
    """Return the voxels of any shape as a painting on ``geometry``; one that is a painting of it as it is."""
    if isinstance(shape, Painting) and shape.geometry.same_grid(geometry):
        return shape
    return with_region(Painting(geometry, series_uid), rasterize(shape, geometry, values))


def stroke(painting: Painting, path_lps_mm: Sequence[ArrayLike], brush: Brush, *, erase: bool = False) -> Painting:
    """Return the painting after the brush went along ``path_lps_mm`` (points joined by straight lines).

    A voxel is touched when its centre lies inside the brush somewhere on the way, boundary included. Only the
    tiles that are touched are copied; where nothing changes, the very painting comes back.
    """
    return with_region(painting, swept(painting.geometry, path_lps_mm, brush), erase=erase)


def swept(geometry: Geometry, path_lps_mm: Sequence[ArrayLike], brush: Brush) -> Region:
    """Return the voxels of ``geometry`` that a brush touches on its way; `stroke` adds or takes away these."""
    points = np.array([vector(point, "A point of the stroke") for point in path_lps_mm])
    if not len(points):
        return EMPTY
    half = _half_thickness(geometry, brush)
    reach = brush.radius_mm if half is None else np.hypot(brush.radius_mm, half)
    spread = reach * np.linalg.norm(geometry.inverse[:3, :3], axis=1)
    places = geometry.to_index(points)
    block = Block.around(places.min(axis=0) - spread, places.max(axis=0) + spread, geometry)
    if block is None:
        return EMPTY
    inside = np.zeros(block.shape, bool)
    for start, end in zip(points, points[1:] if len(points) > 1 else points):
        part = Block.around(*_around(geometry, np.array([start, end]), spread), geometry)
        if part is not None:
            cut = tuple(slice(a - o, b - o) for a, b, o in zip(part.first, part.stop, block.first))
            inside[cut] |= _touched(part, start, end, brush, half)
    return block.region(inside)


def _around(geometry: Geometry, ends: Floats, spread: Floats) -> tuple[Floats, Floats]:
    places = geometry.to_index(ends)
    return places.min(axis=0) - spread, places.max(axis=0) + spread


def _half_thickness(geometry: Geometry, brush: Brush) -> float | None:
    """Half of what a disc covers along its normal, None for a ball."""
    if brush.normal is None:
        return None
    gap = slice_gap(np.array(brush.normal), geometry)
    return (gap or brush.thickness_mm or min(geometry.spacing_mm)) / 2


def _touched(block: Block, start: Floats, end: Floats, brush: Brush, half: float | None) -> NDArray[np.bool_]:
    """Return which voxel centres lie within the radius of a straight piece of the way, and in the disc's slab."""
    away = np.stack([block.along(axis, start) for axis in np.eye(3)], axis=-1)
    along, slab = end - start, np.ones(block.shape, bool)
    if half is not None:
        normal = np.array(brush.normal)
        height = away @ normal - _part(away, along) * (along @ normal)
        slab = (height >= -half - FACE_TOLERANCE_MM) & (height < half - FACE_TOLERANCE_MM)
        away = away - (away @ normal)[..., None] * normal
        along = along - (along @ normal) * normal
    distance = np.linalg.norm(away - _part(away, along)[..., None] * along, axis=-1)
    return np.asarray(slab & (distance <= brush.radius_mm * (1 + 1e-9)))


def _part(away: Floats, along: Floats) -> Floats:
    """Where on the piece (0..1) lies what is nearest to points ``away`` from its start."""
    length_squared = float(along @ along)
    return np.clip(away @ along / length_squared, 0, 1) if length_squared else np.zeros(away.shape[:-1])
