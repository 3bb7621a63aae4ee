"""The peak of an ROI: the highest mean of a small sphere, in two sizes that clinics use."""

import numpy as np
from numpy.typing import NDArray

from viewer.core.geometry import Geometry

PEAK_RADIUS_MM = 6.0
"""12 mm diameter, 0.905 mL (Lodge et al., J Nucl Med 2012; the sphere that FDG-PET trials report)."""
PEAK_1ML_RADIUS_MM = (3000.0 / (4.0 * np.pi)) ** (1 / 3)
"""6.2035 mm: a sphere of exactly 1 mL (PERCIST, Wahl et al., JNM 2009; IBSI global intensity peak, 0F91)."""
_RULE = (
    "highest mean of the voxels whose centres lie within {radius} mm of a centre ({what}); the centre is any "
    "voxel of the ROI around which that sphere lies wholly in the image, the sphere may reach out of the ROI"
)
PEAK_RULE = _RULE.format(radius=6, what="12 mm sphere, 0.905 mL, Lodge 2012")
PEAK_1ML_RULE = _RULE.format(radius="6.204", what="1 mL sphere, PERCIST and IBSI")
TOUCHING = 1e-9

Run = tuple[int, int, int, int]
"""(slice, row, first column, last column): offsets of one line of voxels of the peak sphere from its centre."""


def peak_reach(geometry: Geometry, radius_mm: float = PEAK_RADIUS_MM) -> tuple[int, int, int]:
    """Return how many voxels the peak sphere reaches from its centre along (slice, row, column)."""
    extent = radius_mm * np.linalg.norm(geometry.inverse[:3, :3], axis=1)
    slices, rows, columns = np.floor(extent * (1 + TOUCHING)).astype(int).tolist()
    return slices, rows, columns


def peak(
    values: NDArray[np.floating],
    offset: tuple[int, int, int],
    mask: NDArray[np.bool_],
    geometry: Geometry,
    radius_mm: float = PEAK_RADIUS_MM,
) -> float | None:
    """Return the mean of a sphere of ``radius_mm`` placed to maximise it, in the unit of ``values``.

    ``values`` (slices, rows, columns) fill ``geometry``; ``mask`` is the ROI, its first voxel at ``offset``.
    The sphere holds the voxels whose centres lie within the radius of its own centre (boundary included), which
    may be any voxel of the ROI. None where no such sphere lies wholly in the image, or one holds something else
    than a number. Only the ROI and a margin of the radius are touched.
    """
    reach = np.asarray(peak_reach(geometry, radius_mm))
    first = np.maximum(offset, reach)
    stop = np.minimum(np.add(offset, mask.shape), np.asarray(geometry.shape) - reach)
    if (stop <= first).any():
        return None
    allowed = mask[tuple(slice(a - o, b - o) for a, b, o in zip(first, stop, offset))]
    box = np.asarray(values[tuple(slice(a - r, b + r) for a, b, r in zip(first, stop, reach))], np.float64)
    if not allowed.any() or not np.isfinite(box).all():
        return None
    means = _sphere_means(box, _runs(geometry, radius_mm), reach, allowed.shape)
    best = float(means[allowed].max())
    return min(max(best, float(box.min())), float(box.max()))


def _runs(geometry: Geometry, radius_mm: float) -> list[Run]:
    """Return the peak sphere as lines of voxels: a ball cuts every line of a grid in one piece."""
    reach = peak_reach(geometry, radius_mm)
    grid = np.stack(np.meshgrid(*(np.arange(-n, n + 1) for n in reach), indexing="ij"), -1)
    inside = np.linalg.norm(grid @ geometry.affine[:3, :3].T, axis=-1) <= radius_mm * (1 + TOUCHING)
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
