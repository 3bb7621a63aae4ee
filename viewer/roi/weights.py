"""Exact partial volumes: which fraction of each voxel lies inside a shape, for shapes small beside voxels.

Ellipsoids and boxes: each column of voxels is cut into fine lines along the slice axis, placed by a Fibonacci
lattice (Korobov 1959), and every line is intersected with the body in closed form. Everything else: voxels
that the border may cross are filled with points of a low-discrepancy sequence (Roberts' generalised golden
ratio), as many as fit a fixed budget, and counted. Both work in the index space of the grid, so oblique and
sheared grids need no care. What lies outside of the image is not counted.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from viewer.core.errors import LowfieldError
from viewer.core.geometry import Geometry
from viewer.roi.contains import contains, corners_lps_mm, solid
from viewer.roi.frozen import frozen
from viewer.roi.rasterize import Values, rasterize
from viewer.roi.region import Block, Floats, Index
from viewer.roi.shapes import Box, Ellipsoid, MaskShape, OrientedBox, Painting, Shape, Sphere, Whole

FIBONACCI = (13, 21, 34, 55, 89, 144, 233, 377, 610, 987, 1597, 2584, 4181, 6765, 10946)
LINES, POINTS = 400_000, 250_000
"""Budgets of lines and points for a whole shape."""
MOST_VOXELS = 2_000_000
FIRST_LOOK, FEWEST_POINTS, MOST_POINTS, AT_ONCE = 8, 32, 32_768, 250_000
GOLDEN = 1.2207440846057596
"""The real root of x⁴ = x + 1, the golden ratio's cousin in three dimensions."""


@dataclass(frozen=True, eq=False)
class WeightedRegion:
    """``weights`` (slices, rows, columns), 0..1, their first voxel at index ``offset`` of the image."""

    offset: Index
    weights: Floats


NOTHING = WeightedRegion((0, 0, 0), np.zeros((0, 0, 0)))


def weigh(shape: Shape, geometry: Geometry, values: Values = None) -> WeightedRegion:
    """Return the fraction of each voxel of ``geometry`` inside ``shape``; empty where there is none.

    Volumes of spheres from 5 mm diameter on voxels up to 5 mm agree with 4/3·π·r³ to 0.1 %. Isocontours and
    masks on the image's own grid consist of whole voxels. Raises `LowfieldError` as `rasterize` does, and for
    shapes so large that partial volumes no longer matter.
    """
    shape = frozen(shape, geometry, values)
    if isinstance(shape, Whole) or _own_voxels(shape, geometry):
        region = rasterize(shape, geometry)
        return WeightedRegion(region.offset, region.mask.astype(np.float64))
    ends = geometry.to_index(corners_lps_mm(shape, geometry))
    block = Block.around(ends.min(axis=0) - 0.5, ends.max(axis=0) + 0.5, geometry)
    if block is None:
        return NOTHING
    if np.prod(block.shape) > MOST_VOXELS:
        raise LowfieldError(
            f"The shape spans {np.prod(block.shape)} voxels: too many for exact partial volumes.",
            hint="Measure it by voxel centres; at this size both agree.",
        )
    if isinstance(shape, Sphere | Ellipsoid | Box | OrientedBox):
        return _tight(block, _by_lines(shape, block))
    return _tight(block, _by_points(shape, block))


def _own_voxels(shape: Shape, geometry: Geometry) -> bool:
    """Whether a shape consists of voxels of this very grid."""
    if isinstance(shape, Painting):
        return shape.geometry.same_grid(geometry)
    if (
        not isinstance(shape, MaskShape)
        or shape.geometry.frame_of_reference_uid != geometry.frame_of_reference_uid
    ):
        return False
    start = geometry.to_index(shape.geometry.origin_lps_mm)
    same_axes = np.allclose(shape.geometry.affine[:3, :3], geometry.affine[:3, :3], rtol=0, atol=1e-6)
    return bool(same_axes and np.abs(start - np.round(start)).max() < 1e-3)


def _by_lines(shape: Sphere | Ellipsoid | Box | OrientedBox, block: Block) -> Floats:
    center, half, axes = solid(shape)
    to_body = (axes / half[:, None]) @ block.geometry.affine[:3, :3]
    start = (axes / half[:, None]) @ (block.geometry.origin_lps_mm - center)
    chord = _through_box if isinstance(shape, Box | OrientedBox) else _through_ball
    lines = _fibonacci(LINES // max(1, block.shape[1] * block.shape[2]))
    across = (np.arange(block.first[2], block.stop[2])[:, None] + lines[:, 1]).ravel()
    edges = np.arange(block.first[0], block.stop[0] + 1) - 0.5
    weights = np.empty(block.shape)
    for number, row in enumerate(range(block.first[1], block.stop[1])):
        down = np.tile(row + lines[:, 0], block.shape[2])
        enters, leaves = chord(to_body[:, 0], to_body[:, 1:] @ np.array([down, across]) + start[:, None])
        until = np.clip(edges[:, None], enters, leaves)
        inside = np.diff(until, axis=0).reshape(block.shape[0], block.shape[2], len(lines))
        weights[:, number] = inside.mean(axis=2)
    return weights


def _through_ball(step: Floats, base: Floats) -> tuple[Floats, Floats]:
    """Return where lines base (3, n) + k·step (3,) enter and leave the unit ball; equal where they miss it."""
    a, b, c = step @ step, step @ base, (base**2).sum(axis=0) - 1
    half = np.sqrt(np.maximum(b**2 - a * c, 0)) / a
    return -b / a - half, -b / a + half


def _through_box(step: Floats, base: Floats) -> tuple[Floats, Floats]:
    """Return where such lines enter and leave the cube from −1 to 1; equal where they miss it."""
    enters, leaves = np.full(base.shape[1], -np.inf), np.full(base.shape[1], np.inf)
    for slope, height in zip(step, base):
        if abs(slope) < 1e-12:
            leaves[np.abs(height) > 1] = -np.inf
            continue
        ends = np.sort([(-1 - height) / slope, (1 - height) / slope], axis=0)
        enters, leaves = np.maximum(enters, ends[0]), np.minimum(leaves, ends[1])
    return np.where(leaves > enters, enters, 0.0), np.where(leaves > enters, leaves, 0.0)


def _fibonacci(wanted: int) -> Floats:
    """Return about ``wanted`` points (n, 2) from −0.5 to 0.5."""
    place = max(1, int(np.searchsorted(FIBONACCI, wanted, "right")) - 1)
    count, previous = FIBONACCI[place], FIBONACCI[place - 1]
    n = np.arange(count)
    return np.stack([(n + 0.5) / count, (n * previous / count + 0.5 / count) % 1], axis=1) - 0.5


def _by_points(shape: Shape, block: Block) -> Floats:
    centers = np.indices(block.shape).reshape(3, -1).T + np.asarray(block.first)
    weights = _counted(shape, centers, block.geometry, FIRST_LOOK).reshape(block.shape)
    border = ndimage.binary_dilation((weights > 0) & (weights < 1), np.ones((3, 3, 3)))
    # Faces between whole voxels, and shapes that the first look missed, may hide a border too.
    border |= ndimage.maximum_filter(weights, 3) != ndimage.minimum_filter(weights, 3)
    if not border.any() and not weights.any():
        border[:] = True
    chosen = np.flatnonzero(border)
    count = int(np.clip(POINTS // max(1, chosen.size), FEWEST_POINTS, MOST_POINTS))
    weights.flat[chosen] = _counted(shape, centers[chosen], block.geometry, count)
    return weights


def _counted(shape: Shape, centers: NDArray[np.int_], geometry: Geometry, count: int) -> Floats:
    """Return the share (n,) of ``count`` points in each voxel (n, 3) that lie inside."""
    lattice = (np.arange(1, count + 1)[:, None] / GOLDEN ** np.arange(1, 4)) % 1 - 0.5
    step = max(1, AT_ONCE // count)
    shares = [np.zeros(0)]
    for start in range(0, len(centers), step):
        points = (centers[start : start + step, None] + lattice).reshape(-1, 3)
        shares.append(contains(shape, geometry.to_lps(points)).reshape(-1, count).mean(axis=1))
    return np.concatenate(shares)


def _tight(block: Block, weights: Floats) -> WeightedRegion:
    region = block.region(weights > 0)
    if not region.voxels:
        return NOTHING
    start = np.subtract(region.offset, block.first)
    box = tuple(slice(a, a + size) for a, size in zip(start, region.mask.shape))
    return WeightedRegion(region.offset, weights[box])
