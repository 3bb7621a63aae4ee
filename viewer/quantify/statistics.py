"""First-order statistics of the voxels of an ROI, and the peak."""

import numpy as np
from numpy.typing import NDArray

from viewer.core.errors import LowfieldError
from viewer.core.geometry import Geometry
from viewer.core.measurement import Statistics

PEAK_RADIUS_MM = 6.0
PEAK_RULE = (
    "highest mean of the voxels whose centres lie within 6 mm of a centre (12 mm sphere, Lodge 2012); the centre "
    "is any voxel of the ROI around which that sphere lies wholly in the image"
)
TOUCHING = 1e-9

Run = tuple[int, int, int, int]
"""(slice, row, first column, last column): offsets of one line of voxels of the peak sphere from its centre."""


def statistics(values: NDArray[np.floating]) -> Statistics:
    """Return statistics of ``values`` (n,), with the population SD (IBSI 48P9T); ``peak`` is left None.

    Raises `LowfieldError` when there are no values or some are not numbers.
    """
    numbers = np.asarray(values, np.float64)
    if not numbers.size:
        raise LowfieldError("The ROI holds no voxel centre of this image.")
    if not np.isfinite(numbers).all():
        raise LowfieldError("Some voxels of the ROI hold no number.")
    low, high = float(numbers.min()), float(numbers.max())
    # Rounding may carry the mean of equal values just past them.
    mean = min(max(float(numbers.mean()), low), high)
    return Statistics(numbers.size, mean, float(numbers.std()), low, high, float(np.median(numbers)))


def peak_reach(geometry: Geometry) -> tuple[int, int, int]:
    """Return how many voxels the peak sphere reaches from its centre along (slice, row, column)."""
    extent = PEAK_RADIUS_MM * np.linalg.norm(geometry.inverse[:3, :3], axis=1)
    slices, rows, columns = np.floor(extent * (1 + TOUCHING)).astype(int).tolist()
    return slices, rows, columns


def peak(
    values: NDArray[np.floating], offset: tuple[int, int, int], mask: NDArray[np.bool_], geometry: Geometry
) -> float | None:
    """Return the mean of a 12 mm diameter sphere placed to maximise it (Lodge 2012), in the unit of ``values``.

    ``values`` (slices, rows, columns) fill ``geometry``; ``mask`` is the ROI, its first voxel at ``offset``.
    The sphere holds the voxels whose centres lie within 6 mm of its own centre (boundary included), which may be
    any voxel of the ROI. None where no such sphere lies wholly in the image, or one holds something else than a
    number. Only the ROI and a 6 mm margin are touched.
    """
    reach = np.asarray(peak_reach(geometry))
    first = np.maximum(offset, reach)
    stop = np.minimum(np.add(offset, mask.shape), np.asarray(geometry.shape) - reach)
    if (stop <= first).any():
        return None
    allowed = mask[tuple(slice(a - o, b - o) for a, b, o in zip(first, stop, offset))]
    box = np.asarray(values[tuple(slice(a - r, b + r) for a, b, r in zip(first, stop, reach))], np.float64)
    if not allowed.any() or not np.isfinite(box).all():
        return None
    means = _sphere_means(box, _runs(geometry), reach, allowed.shape)
    best = float(means[allowed].max())
    return min(max(best, float(box.min())), float(box.max()))


def _runs(geometry: Geometry) -> list[Run]:
    """Return the peak sphere as lines of voxels: a ball cuts every line of a grid in one piece."""
    reach = peak_reach(geometry)
    grid = np.stack(np.meshgrid(*(np.arange(-n, n + 1) for n in reach), indexing="ij"), -1)
    inside = np.linalg.norm(grid @ geometry.affine[:3, :3].T, axis=-1) <= PEAK_RADIUS_MM * (1 + TOUCHING)
    runs = []
    for k, j in np.argwhere(inside.any(axis=2)).tolist():
        columns = np.flatnonzero(inside[k, j]) - reach[2]
        runs.append((k - reach[0], j - reach[1], int(columns[0]), int(columns[-1])))
    return runs


def _sphere_means(
    box: NDArray[np.float64], runs: list[Run], reach: NDArray[np.int_], shape: tuple[int, ...]
) -> NDArray[np.float64]:
    """Return the mean of the sphere around every voxel of the box without its margin ``reach``.

    Differences of running sums along the columns: one subtraction for a line of voxels, whatever its length.
    """
    sums = np.zeros((*box.shape[:2], box.shape[2] + 1))
    np.cumsum(box, axis=2, out=sums[:, :, 1:])
    total, count = np.zeros(shape), 0
    for k, j, low, high in runs:
        rows = sums[reach[0] + k :, reach[1] + j :][: shape[0], : shape[1]]
        total += (
            rows[:, :, reach[2] + high + 1 :][:, :, : shape[2]] - rows[:, :, reach[2] + low :][:, :, : shape[2]]
        )
        count += high - low + 1
    return total / count
