"""Neighbourhood of noise: its own colour, from the air; and what the residual of a faithful denoiser looks like.

A denoiser that returns the expected image given what it saw (as training by mean square error aims at) leaves a
residual y - f(y) with covariance C (I - J)ᵀ: the noise's own, less what the denoiser lets through. Both are known
from the probe, so coloured noise is not blamed on the denoiser, nor is noise that it left in the image.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import fft

from viewer.denoise.rician import RAYLEIGH_SD
from viewer.denoise.sure_probe import WHITE, Colour, Floats, Probe, as_channels, is_magnitude, within

LAGS = 6
CORNER = 8
"""Air is looked for in corners of an eighth of each axis, as for sigma."""
SIGNIFICANT = 3.0
"""Correlations below so many standard errors count as none."""
AIR = (0.7, 1.4)
"""A corner is air when its noise is within these multiples of sigma …"""
HEAVIEST = 1.0
"""… and its excess kurtosis is below this: anatomy and interference have heavy tails (Rayleigh noise: 0.25)."""
OTHER = (0.55, 0.9)
"""Part of the other axis' measured half of k-space where noise is looked for: beyond most of the anatomy."""
BANDS = 24
Mask = NDArray[np.bool_]


FEWEST_CORNERS = 2


def noise_colour(
    source: NDArray[Any], residual: NDArray[Any], sigma: float, factor: tuple[float, float] = (1.0, 1.0)
) -> Colour:
    """Return the autocorrelation of the noise of ``source`` (slices, rows, columns), known to have ``sigma``.

    From the air in the corners; where there is too little of it, from the outer k-space of the ``residual``, where
    anatomy is weak in the image, weaker in the residual, and the denoiser takes nearly all noise away.
    """
    steps = [max(round(f), 1) for f in factor]
    whole = all(abs(f - step) < 0.05 for f, step in zip(factor, steps))
    blocks = air_blocks(source[:, :: steps[0], :: steps[1]], sigma) if whole else []
    squared, enough = is_magnitude(source), len(blocks) >= FEWEST_CORNERS
    found = [_air_colour(blocks, axis, squared) for axis in (2, 3)] if enough else []
    if found and max(map(len, found)) <= LAGS:  # what still correlates so far away is no noise
        return Colour(found[0], found[1], factor, "background")
    return Colour(_outer_colour(residual, 1, factor), _outer_colour(residual, 2, factor), factor, "residual")


def air_blocks(source: NDArray[Any], sigma: float) -> list[Floats]:
    """Return the corners that hold noise of about ``sigma``, each (channels, slices, rows, columns), centred."""
    rows, columns = (n // CORNER for n in source.shape[1:])
    if min(rows, columns) < 4:
        return []
    scale = RAYLEIGH_SD if is_magnitude(source) else 1.0
    ends = [(slice(None, rows), slice(-rows, None)), (slice(None, columns), slice(-columns, None))]
    blocks = [as_channels(source[:, r, c]) for r in ends[0] for c in ends[1]]
    blocks = [block - block.mean(axis=(2, 3), keepdims=True) for block in blocks if np.mean(block == 0) < 0.05]
    return [
        block
        for block in blocks
        if AIR[0] < float(block.std()) / (scale * sigma) < AIR[1] and excess_kurtosis(block) < HEAVIEST
    ]


def _air_colour(blocks: list[Floats], axis: int, squared: bool) -> Floats:
    """Return the correlation along one axis up to the first lag that cannot be told from none.

    In the air of a magnitude neighbours correlate by about the square of what the two channels do (Rayleigh).
    """
    power = sum(float(np.sum(block * block)) for block in blocks) / sum(block.size for block in blocks)
    found = [1.0]
    for lag in range(1, min(LAGS, blocks[0].shape[axis] - 2) + 1):
        products = np.concatenate([_lagged(block, block, axis, lag).ravel() for block in blocks])
        value = float(products.mean()) / power
        if abs(value) < SIGNIFICANT / np.sqrt(products.size) or (squared and value < 0):
            break
        found.append(float(np.sqrt(value)) if squared else value)
    return np.asarray(found, dtype=np.float32)


def _outer_colour(residual: NDArray[Any], axis: int, factor: tuple[float, float]) -> Floats:
    """Return the correlation along one axis from lines of k-space that lie far out on the other axis."""
    own, other = factor[axis - 1], factor[2 - axis]
    power = np.abs(fft.fft2(residual - residual.mean(), axes=(1, 2))) ** 2
    k_other = np.abs(fft.fftfreq(residual.shape[3 - axis])) * 2 * other
    lines = np.compress((k_other > OTHER[0]) & (k_other < OTHER[1]), power, axis=3 - axis)
    if not lines.size or not lines.any():
        return WHITE.rows
    profile = np.median(lines, axis=(0, 3 - axis))
    k = np.abs(fft.fftfreq(residual.shape[axis])) * 2 * own
    band = (k[k < 1] * BANDS).astype(int)
    counts = np.bincount(band, minlength=BANDS)
    means = np.bincount(band, profile[k < 1], BANDS)[counts > 0] / counts[counts > 0]
    middles = (np.flatnonzero(counts) + 0.5) / BANDS
    values = [float(np.sum(means * np.cos(np.pi * middles * lag)) / np.sum(means)) for lag in range(LAGS + 1)]
    noise = 1 / np.sqrt(lines.size / 4)
    small = [lag for lag in range(1, LAGS + 1) if abs(values[lag]) < SIGNIFICANT * noise + 0.02]
    return np.asarray(values[: small[0] if small else LAGS + 1], dtype=np.float32)


def _lagged(first: NDArray[Any], second: NDArray[Any], axis: int, lag: int) -> NDArray[Any]:
    """Return the products of neighbours ``lag`` apart along an axis of (channels, slices, rows, columns)."""
    ends = [slice(None)] * first.ndim, [slice(None)] * first.ndim
    ends[0][axis], ends[1][axis] = slice(None, -lag), slice(lag, None)
    return np.asarray(first[tuple(ends[0])] * second[tuple(ends[1])])


def whiteness(residual: Floats, inside: Mask) -> tuple[float, float]:
    """Return the lag-1 autocorrelation (rows, columns) of (channels, slices, rows, columns) inside a mask."""
    centred = np.where(inside, residual - within(residual, inside).mean(), 0)
    return _lag_one(centred, centred, inside, 2), _lag_one(centred, centred, inside, 3)


def expected_whiteness(probe: Probe, sigma: Any, inside: Mask) -> tuple[float, float]:
    """Return the lag-1 autocorrelation that a faithful denoiser's residual would have."""
    noise = np.where(inside, probe.noise / sigma, 0)
    rest = np.where(inside, (probe.noise - probe.passed) / sigma, 0)
    return _lag_one(noise, rest, inside, 2), _lag_one(noise, rest, inside, 3)


def _lag_one(first: Floats, second: Floats, inside: Mask, axis: int) -> float:
    """Mean product of neighbours that both lie inside, over the mean product of each voxel with itself."""
    both = _lagged(inside[None], inside[None], axis, 1)
    pairs = _lagged(first, second, axis, 1)
    if second is not first:
        pairs = (pairs + _lagged(second, first, axis, 1)) / 2
    itself = float(np.mean(within(first, inside) * within(second, inside))) if inside.any() else 0.0
    count = int(np.count_nonzero(both)) * len(first)
    return float(np.sum(pairs * both)) / count / itself if count and itself > 0 else 0.0


def excess_kurtosis(values: Floats) -> float:
    """Return the excess kurtosis: 0 for Gaussian noise, above where few voxels lost much."""
    squared = np.square(values.astype(np.float64) - values.mean(dtype=np.float64))
    variance = float(np.mean(squared))
    return float(np.mean(np.square(squared))) / variance**2 - 3 if variance > 0 else 0.0
