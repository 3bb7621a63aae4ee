"""Noise of a PET image, estimated from the ROI itself: its size and how far it is correlated.

Neighbouring voxels of a reconstructed image share their noise, so the mean of N voxels is known less well than
σ/√N. What is needed is the variance of one voxel and the correlation ρ between two of them. Both follow from
second differences x(−h) − 2x(0) + x(h) of voxels along each grid axis, at several lags h: a constant and a
gradient of the true activity cancel in them, and their mean square is σ²·(6 − 8ρ(h) + 2ρ(2h)) (Allan's two-
sample idea with one more difference; variogram fitting, Cressie 1993, section 2.4, is the same for first
differences). ρ is taken as that of white noise behind a Gaussian filter of standard deviation s, exp(−h²/4s²),
with an s of its own for every axis: what a reconstruction's post-filter leaves. The variance of the mean is
then σ²·ΣΣ w_i w_j ρ_ij / (Σw)², summed over all pairs of voxels; the number of effective voxels is σ² over
that.

Curved structure does not cancel and counts as noise: the estimate is then too large, not too small. A lesion's
blurred edge is such structure, so differences are taken from the core of the ROI, as deep below its surface as
leaves enough of them; what is found there holds for the whole ROI. Noise that is the same over the whole ROI (a
scaling error) is not seen at all.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from viewer.core.errors import LowfieldError

Floats = NDArray[np.float64]
LAGS = (1, 2, 3, 4, 6, 8)
FEWEST = 12
"""Second differences that a lag needs to be used."""
FEWEST_IN_ALL = 48
DEPTHS_MM, FEWEST_IN_CORE = (6.0, 3.0), 300
"""How far below the surface the core begins, and the second differences that it must hold."""
SHORTEST, LONGEST = 0.2, 6.0
"""Bounds of s in voxels: below the first, neighbours are independent; the second is far beyond any filter."""
Row = tuple[int, int, int, float]
"""(axis, lag, how many, mean square) of second differences."""


@dataclass(frozen=True)
class Noise:
    """``sd`` of one voxel in the unit of the values; ``filter_sd_voxels`` (3,): s along (slice, row, column)."""

    sd: float
    filter_sd_voxels: tuple[float, float, float]
    differences: int
    depth_mm: float = 0.0
    """How far below the surface of the ROI they were taken."""
    freedom: float = 1.0
    """Degrees of freedom: half the effective voxels of that core (a size and three lengths are fitted to it)."""

    def effective_voxels(self, weights: Floats) -> float:
        """Return how many independent voxels would average as well as those of a region.

        ``weights`` (slices, rows, columns) is the region: 1 or the fraction inside, 0 outside.
        """
        spread = np.asarray(weights, np.float64)
        for axis, s in enumerate(self.filter_sd_voxels):
            reach = min(weights.shape[axis] - 1, int(np.ceil(6 * s)))
            kernel = np.exp(-(np.arange(-reach, reach + 1) ** 2) / (4 * s**2))
            spread = ndimage.correlate1d(spread, kernel, axis=axis, mode="constant")
        return float(weights.sum() ** 2 / (weights * spread).sum())


def estimate_noise(values: NDArray[np.floating], mask: NDArray[np.bool_], spacing_mm: tuple[float, ...]) -> Noise:
    """Return the noise of the voxels ``mask`` of ``values``, both (slices, rows, columns).

    ``spacing_mm`` (3,) is only used where the ROI is too thin along an axis to tell s: it is then as long in mm as
    along the others. Raises `LowfieldError` when the ROI is too small, or has no noise.
    """
    from scipy import optimize  # the window shows before it is needed

    numbers = np.where(mask, np.asarray(values, np.float64), 0.0)
    core, rows, depth_mm = _core_rows(numbers, mask, spacing_mm)
    if sum(row[2] for row in rows) < FEWEST_IN_ALL:
        raise LowfieldError("The ROI is too small to tell its noise from its voxels.")
    if not min(row[3] for row in rows) > 0:
        raise LowfieldError("The image has no noise here: voxels beside each other are equal.")
    told = sorted({row[0] for row in rows})
    fit = optimize.least_squares(
        _misfit, [np.log(rows[-1][3] / 6), *[0.0] * len(told)], args=(rows, told),
        bounds=([-np.inf, *[np.log(SHORTEST)] * len(told)], [np.inf, *[np.log(LONGEST)] * len(told)]),
    )  # fmt: skip
    found = dict(zip(told, np.exp(fit.x[1:]).tolist()))
    common_mm = float(np.mean([s * spacing_mm[axis] for axis, s in found.items()]))
    k, j, i = (found.get(axis, common_mm / spacing_mm[axis]) for axis in range(3))
    noise = Noise(float(np.exp(fit.x[0] / 2)), (k, j, i), sum(row[2] for row in rows), depth_mm)
    return replace(noise, freedom=max(1.0, noise.effective_voxels(core.astype(np.float64)) / 2))


def _core_rows(
    numbers: Floats, mask: NDArray[np.bool_], spacing_mm: tuple[float, ...]
) -> tuple[NDArray[np.bool_], list[Row], float]:
    """Return the deepest core that has enough second differences, these, and how deep it begins."""
    inner = np.pad(mask, 1)
    depths = ndimage.distance_transform_edt(inner, sampling=spacing_mm)[1:-1, 1:-1, 1:-1]
    for depth_mm in DEPTHS_MM:
        core = depths > depth_mm
        rows = _all_differences(numbers, core)
        if sum(row[2] for row in rows) >= FEWEST_IN_CORE:
            return core, rows, depth_mm
    return mask, _all_differences(numbers, mask), 0.0


def _all_differences(numbers: Floats, mask: NDArray[np.bool_]) -> list[Row]:
    return [row for axis in range(3) for row in _differences(numbers, mask, axis)]


def _differences(numbers: Floats, mask: NDArray[np.bool_], axis: int) -> list[Row]:
    """Return the mean square of second differences along an axis, for every lag that has enough of them."""
    x, m = np.moveaxis(numbers, axis, 0), np.moveaxis(mask, axis, 0)
    rows = []
    for lag in LAGS:
        inside = m[: -2 * lag] & m[lag:-lag] & m[2 * lag :]
        count = int(np.count_nonzero(inside))
        if count >= FEWEST:
            second = (x[: -2 * lag] - 2 * x[lag:-lag] + x[2 * lag :])[inside]
            rows.append((axis, lag, count, float((second**2).mean())))
    return rows


def _misfit(guess: Floats, rows: list[Row], told: list[int]) -> Floats:
    """Logarithms of measured over expected mean squares, those of more differences counting more."""
    s = dict(zip(told, np.exp(guess[1:])))
    expected = [
        6 - 8 * np.exp(-(lag**2) / (4 * s[axis] ** 2)) + 2 * np.exp(-(lag**2) / s[axis] ** 2)
        for axis, lag, _, _ in rows
    ]
    counts, squares = np.array([row[2] for row in rows]), np.array([row[3] for row in rows])
    return np.asarray((np.log(squares) - np.log(expected) - guess[0]) * np.sqrt(counts))
