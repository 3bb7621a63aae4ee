"""Noise from two acquisitions of the same thing: their difference holds no anatomy, so nothing is assumed."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from viewer.core.denoised import NoiseEstimate
from viewer.core.errors import LowfieldError
from viewer.denoise.lines import LineNoise, difference_noise, kind_of, line_noise

CONFIDENCE = 0.95
NORMAL_MAD = 0.67449
TISSUE_SNR = 3.0
"""Above this SNR the noise of a magnitude is as good as Gaussian (Gudbjartsson & Patz 1995)."""
FEWEST = 200


def noise_from_repeats(first: NDArray[Any], second: NDArray[Any], factor: tuple[float, float]) -> NoiseEstimate:
    """Return the noise of one of two repeats (slices, rows, columns) of the same kind on the same grid.

    The median of the squared differences is used, so that motion at edges does not count; what differs over large
    areas (another contrast, another position) does and makes sigma too large. LowfieldError if they do not fit.
    """
    if first.shape != second.shape or np.iscomplexobj(first) != np.iscomplexobj(second):
        raise LowfieldError(
            f"The repeat does not fit the image: {second.shape} against {first.shape} voxels.",
            hint="Give a second acquisition of the same series, with the same matrix and of the same kind.",
        )
    if np.array_equal(first, second):
        raise LowfieldError("The repeat is the same image: it says nothing about noise.", hint="Give another one.")
    if kind_of(first) == "magnitude":
        lines = _magnitude_lines(first, second, factor)
    else:
        lines = difference_noise((first - second) / np.float32(np.sqrt(2)), factor)
    relative = lines.relative(first.shape) if lines.uneven else None
    return NoiseEstimate(lines.base, "repeat", "Difference of two repeats", CONFIDENCE, factor, relative)


def _magnitude_lines(first: NDArray[Any], second: NDArray[Any], factor: tuple[float, float]) -> LineNoise:
    """Return how loud the lines are from the air, and how loud the usual line is from differences in tissue."""
    air = line_noise(first, factor)
    if air is None or not air.uneven:
        sigma = _tissue_sigma(first.astype(np.float64), second.astype(np.float64))
        return LineNoise(1, np.full(first.shape[1], sigma), 0.0)
    relative = air.relative(first.shape)
    sigma = _tissue_sigma(*(image.astype(np.float64) / relative for image in (first, second)))
    return LineNoise(air.axis, air.sigma / air.base * sigma, air.spread)


def _tissue_sigma(first: NDArray[np.float64], second: NDArray[np.float64]) -> float:
    """Return sigma from magnitudes where the signal is well above it, found by iteration from all voxels."""
    difference, mean = np.abs(first - second) / np.sqrt(2), (first + second) / 2
    sigma = float(np.median(difference)) / NORMAL_MAD
    for _ in range(5):
        inside = mean > TISSUE_SNR * sigma
        if np.count_nonzero(inside) < FEWEST:
            break
        sigma = float(np.median(difference[inside])) / NORMAL_MAD
    return sigma
