"""Noise of magnitude images: Rayleigh in the air, Rician in tissue (Koay & Basser, J Magn Reson 2006;179:317)."""

import numpy as np
from numpy.typing import NDArray
from scipy import special

RAYLEIGH_MEAN = float(np.sqrt(np.pi / 2))
RAYLEIGH_SD = float(np.sqrt(2 - np.pi / 2))
RAYLEIGH_MEDIAN = float(np.sqrt(2 * np.log(2)))
LOWEST_RATIO = RAYLEIGH_MEAN / RAYLEIGH_SD

Floats = NDArray[np.float64]


def variance_ratio(theta: Floats) -> Floats:
    """Return xi(theta), the variance of a Rician magnitude over sigma², at the SNR ``theta`` (Koay eq. 6)."""
    z = np.minimum(theta, 60.0) ** 2 / 4  # beyond this SNR the ratio is 1 to four digits
    bracket = (2 + 4 * z) * special.i0e(z) + 4 * z * special.i1e(z)
    return np.where(theta > 40, 1.0, 2 + 4 * z - np.pi / 8 * bracket**2)


def variance_ratio_of_mean(mean: Floats) -> Floats:
    """Return xi, the variance over sigma², of Rician magnitudes whose ``mean`` (over sigma) was measured.

    Means below that of Rayleigh noise, which chance brings, go on along the line: the mean of many is then right.
    """
    return np.asarray(np.interp(mean, _MEAN, _RATIO))


_THETA = np.linspace(0, 12, 601)
_RATIO = variance_ratio(_THETA)
_MEAN = np.sqrt(_THETA**2 + 2 - _RATIO)  # Koay eq. 6 the other way round: mean² + variance = theta² + 2
_SLOPE = (_RATIO[50] - _RATIO[0]) / (_MEAN[50] - _MEAN[0])
_MEAN = np.concatenate([[_MEAN[0] - 0.25], _MEAN])
_RATIO = np.concatenate([[_RATIO[0] - 0.25 * _SLOPE], _RATIO])


def gaussian_sigma(mean: float, sd: float, iterations: int = 60) -> float:
    """Return the noise sigma per channel from the local mean and SD of a magnitude (Koay's fixed point)."""
    if sd <= 0:
        return 0.0
    ratio = mean / sd
    if ratio <= LOWEST_RATIO:
        return sd / RAYLEIGH_SD
    theta = np.asarray(ratio)
    for _ in range(iterations):
        theta = np.sqrt(np.maximum(variance_ratio(theta) * (1 + ratio**2) - 2, 0.0))
    return float(sd / np.sqrt(variance_ratio(theta)))
