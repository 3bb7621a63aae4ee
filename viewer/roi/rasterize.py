"""From a shape to the voxels whose centre lies inside it. Only the bounding box is ever touched."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from viewer.core.errors import LowfieldError
from viewer.core.geometry import Floats, Geometry
from viewer.roi.polygons import polygon_mask
from viewer.roi.shapes import Box, Ellipsoid, Isocontour, MaskShape, Polygon, Shape, Sphere, Whole

Mask = NDArray[np.bool_]
BORDER = 1e-9
"""Relative slack, so that a voxel centre exactly on the border counts whatever the rounding."""


@dataclass(frozen=True, eq=False)
class Region:
    """Voxels on a grid: ``mask`` (a, b, c) bool starts at array index ``offset`` (k, j, i)."""

    offset: tuple[int, int, int]
    mask: Mask

    @property
    def voxels(self) -> int:
        """Number of voxels inside."""
        return int(np.count_nonzero(self.mask))

    @property
    def slices(self) -> tuple[slice, slice, slice]:
        """Where the mask lies in the whole array."""
        a, b, c = (slice(start, start + n) for start, n in zip(self.offset, self.mask.shape, strict=True))
        return a, b, c


EMPTY = Region((0, 0, 0), np.zeros((0, 0, 0), dtype=bool))


def rasterize(shape: Shape, geometry: Geometry, values: NDArray[Any] | None = None) -> Region:
    """Return the voxels of ``geometry`` whose centre lies inside ``shape`` (border included), tightly boxed.

    ``values`` (slices, rows, columns) are needed by an isocontour only. A shape outside the grid gives an
    empty region. Raises `LowfieldError` for a mask of another frame of reference.
    """
    match shape:
        case Sphere(center, radius):
            return _boxed(geometry, np.asarray(center), np.full(3, radius), _inside_sphere(shape))
        case Ellipsoid(center, radii, axes):
            reach = np.sqrt((np.asarray(radii)[:, None] ** 2 * np.asarray(axes) ** 2).sum(axis=0))
            return _boxed(geometry, np.asarray(center), reach, _inside_ellipsoid(shape))
        case Box():
            return _between(
                geometry, np.asarray(shape.min_lps_mm), np.asarray(shape.max_lps_mm), _inside_box(shape)
            )
        case Polygon():
            return _between(geometry, *_polygon_bounds(shape), partial(polygon_mask, shape))
        case Isocontour():
            return _isocontour(shape, geometry, values)
        case Whole():
            return Region((0, 0, 0), np.ones(geometry.shape, dtype=bool))
        case MaskShape():
            return _tight((0, 0, 0), _mask(shape, geometry))


Inside = Callable[[Floats], Mask]


def _inside_sphere(shape: Sphere) -> Inside:
    limit = shape.radius_mm**2 * (1 + BORDER)
    center = np.asarray(shape.center_lps_mm)
    return lambda points: np.asarray(((points - center) ** 2).sum(axis=-1) <= limit)


def _inside_ellipsoid(shape: Ellipsoid) -> Inside:
    scaled_axes = np.asarray(shape.axes) / np.asarray(shape.radii_mm)[:, None]
    center = np.asarray(shape.center_lps_mm)
    return lambda points: np.asarray((((points - center) @ scaled_axes.T) ** 2).sum(axis=-1) <= 1 + BORDER)


def _inside_box(shape: Box) -> Inside:
    low, high = np.asarray(shape.min_lps_mm), np.asarray(shape.max_lps_mm)
    slack = BORDER * (high - low)
    return lambda points: np.asarray(((points >= low - slack) & (points <= high + slack)).all(axis=-1))


def _polygon_bounds(shape: Polygon) -> tuple[Floats, Floats]:
    points = np.concatenate([np.asarray(contour) for contour in shape.contours])
    reach = np.abs(np.asarray(shape.normal)) * shape.thickness_mm / 2
    return points.min(axis=0) - reach, points.max(axis=0) + reach


def _boxed(geometry: Geometry, center: Floats, half: Floats, inside: Inside) -> Region:
    """Test the voxel centres within the box ``center`` ± ``half`` (LPS mm)."""
    return _between(geometry, center - half, center + half, inside)


def _between(geometry: Geometry, low_lps_mm: Floats, high_lps_mm: Floats, inside: Inside) -> Region:
    """Test the voxel centres within the box between two corners (LPS mm)."""
    sides = np.stack([low_lps_mm, high_lps_mm], axis=1)
    index = geometry.to_index(np.stack(np.meshgrid(*sides, indexing="ij"), -1).reshape(-1, 3))
    low = np.clip(np.floor(index.min(axis=0)), 0, geometry.shape).astype(int)
    high = np.clip(np.ceil(index.max(axis=0)) + 1, low, geometry.shape).astype(int)
    if (high <= low).any():
        return EMPTY
    grid = np.stack(np.meshgrid(*[np.arange(a, b) for a, b in zip(low, high, strict=True)], indexing="ij"), -1)
    return _tight((int(low[0]), int(low[1]), int(low[2])), inside(geometry.to_lps(grid)))


def _tight(offset: tuple[int, int, int], mask: Mask) -> Region:
    if not mask.any():
        return EMPTY
    box = ndimage.find_objects(mask.astype(np.int8))[0]
    a, b, c = (start + part.start for start, part in zip(offset, box, strict=True))
    return Region((a, b, c), mask[box])


def _isocontour(shape: Isocontour, geometry: Geometry, values: NDArray[Any] | None) -> Region:
    if values is None:
        raise LowfieldError("An isocontour needs the image it is grown on.")
    region = rasterize(Sphere(shape.seed_lps_mm, shape.radius_mm), geometry)
    inside = values[region.slices]
    allowed = region.mask & np.isfinite(inside)
    if not allowed.any():
        return EMPTY
    peak = float(inside[allowed].max())
    if peak <= 0:
        return EMPTY
    hot = allowed & (inside >= shape.fraction * peak)
    labels, _ = ndimage.label(hot)
    first_hottest = np.unravel_index(int(np.argmax(np.where(allowed, inside, -np.inf))), inside.shape)
    return _tight(region.offset, np.asarray(labels == labels[first_hottest]))


def _mask(shape: MaskShape, geometry: Geometry) -> Mask:
    if shape.geometry.same_grid(geometry):
        return shape.mask
    if shape.geometry.frame_of_reference_uid != geometry.frame_of_reference_uid:
        raise LowfieldError(
            "The mask and the image have different frames of reference.", hint="Register them first."
        )
    return _nearest(shape, geometry)


def _nearest(shape: MaskShape, geometry: Geometry) -> Mask:
    """A voxel counts when its centre lies in a voxel of the mask; slice by slice, to bound memory."""
    result = np.zeros(geometry.shape, dtype=bool)
    rows = np.stack(np.meshgrid(*[np.arange(n) for n in geometry.shape[1:]], indexing="ij"), -1)
    for k in range(geometry.shape[0]):
        index = np.concatenate([np.full((*rows.shape[:2], 1), k), rows], axis=-1)
        source = np.rint(shape.geometry.to_index(geometry.to_lps(index))).astype(int)
        valid = ((source >= 0) & (source < shape.geometry.shape)).all(axis=-1)
        result[k][valid] = shape.mask[tuple(source[valid].T)]
    return result
