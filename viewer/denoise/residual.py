"""What the denoiser took away: if it is noise, it has the noise's size, no neighbours and no anatomy in it."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from viewer.core.denoised import HISTOGRAM_LIMIT_SIGMA, ResidualReport

SIGNAL_OVER_NOISE = 4.0
OBJECT_FRACTION = 0.15
FEWEST_VOXELS = 50
LEAK, CLEAR_LEAK = 0.12, 0.25
"""Correlation between residual and structure above which structure was probably, clearly, removed."""
LOWEST_SD, HIGHEST_SD = 0.5, 1.3
LOW_SNR = 5.0
HISTOGRAM_BINS = 40

Floats = NDArray[np.floating[Any]]


def analyse(source: NDArray[Any], denoised: NDArray[Any], sigma: float) -> ResidualReport:
    """Compare magnitudes before and after, (slices, rows, columns) each in one unit, with noise ``sigma``.

    Statistics are taken inside the object, where the denoised signal exceeds four sigma, because Rician noise in
    air is neither centred nor Gaussian. ``structure_correlation`` is the Pearson correlation of the residual with
    the fine detail (unsharp mask) of the denoised image, or of its size with the gradient, whichever is larger.
    """
    before, after = np.abs(source).astype(np.float32), np.abs(denoised).astype(np.float32)
    inside = _object(after, sigma)
    if np.count_nonzero(inside) < FEWEST_VOXELS:
        return ResidualReport(
            0.0, 0.0, 0.0, (0.0, 0.0), 0.0, "Too little signal above the noise to judge the residual."
        )
    residual = (before - after) / np.float32(sigma)
    values = residual[inside]
    mean, sd = float(values.mean()), float(values.std())
    white = _lag_one(residual, inside, 1), _lag_one(residual, inside, 2)
    structure = _structure_correlation(residual, after, inside)
    snr = float(np.median(after[inside]) / sigma)
    return ResidualReport(mean, sd, structure, white, snr, _verdict(sd, structure, snr), _histogram(values))


def _histogram(values: Floats) -> tuple[float, ...]:
    """Return the density per sigma of the residuals in bins; what lies beyond the ends counts in none."""
    limits = (-HISTOGRAM_LIMIT_SIGMA, HISTOGRAM_LIMIT_SIGMA)
    counts, edges = np.histogram(values, bins=HISTOGRAM_BINS, range=limits)
    return tuple((counts / (values.size * np.diff(edges))).tolist())


def _object(image: Floats, sigma: float) -> NDArray[np.bool_]:
    level = max(SIGNAL_OVER_NOISE * sigma, OBJECT_FRACTION * float(np.percentile(image, 99)))
    return np.asarray(image > level)


def _lag_one(residual: Floats, inside: NDArray[np.bool_], axis: int) -> float:
    """Return the autocorrelation between neighbours along an axis, over pairs that lie inside."""
    first, second = (np.take(residual, np.arange(residual.shape[axis])[part], axis) for part in _PAIRS)
    both = np.logical_and(*(np.take(inside, np.arange(inside.shape[axis])[part], axis) for part in _PAIRS))
    return correlation(first[both], second[both])


_PAIRS = (slice(None, -1), slice(1, None))


def _structure_correlation(residual: Floats, image: Floats, inside: NDArray[np.bool_]) -> float:
    detail = image - ndimage.gaussian_filter(image, (0, 1.0, 1.0))
    gradient = np.hypot(ndimage.sobel(image, 1), ndimage.sobel(image, 2))
    signed = correlation(residual[inside], detail[inside])
    sized = correlation(np.abs(residual[inside]), gradient[inside])
    return signed if abs(signed) > abs(sized) else sized


def correlation(a: Floats, b: Floats) -> float:
    """Return Pearson's correlation; 0 where one side does not vary."""
    if a.size < 2:
        return 0.0
    a, b = a - a.mean(dtype=np.float64), b - b.mean(dtype=np.float64)
    scale = float(np.sqrt(np.sum(a * a) * np.sum(b * b)))
    return float(np.sum(a * b)) / scale if scale > 0 else 0.0


def _verdict(sd: float, structure: float, snr: float) -> str:
    """Say in one sentence what the numbers mean."""
    if sd < LOWEST_SD:
        return "Little was removed: less than half of the assumed noise."
    if abs(structure) > CLEAR_LEAK:
        return (
            "The residual contains image structure: detail was removed with the noise; compare with the original."
        )
    if sd > HIGHEST_SD:
        return "More was removed than the assumed noise: sigma is probably too low, or artifacts were removed."
    if abs(structure) > LEAK:
        return "The residual is mostly noise, with a trace of image structure at edges."
    if snr < LOW_SNR:
        return "The residual looks like noise, but the input SNR is low: fine low-contrast detail may be lost."
    return "The residual looks like noise of the expected size; no removed structure was found."
