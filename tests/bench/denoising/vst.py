"""Let Gaussian denoisers work on Rician magnitudes: a variance-stabilising transform and its unbiased inverse.

In the manner of Foi (Proc IEEE ISBI 2011, 1809): z -> f(z) with noise of unit variance, denoise f(z), and
return the nu whose expected f(z) is what came out, so that dark regions keep no bias. Here f is the integral of
1 / SD(z) along the Rician mean (Koay & Basser's SD), which is the same to within a few per cent of unit variance.
"""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy import special, stats

Floats = NDArray[np.floating]
LARGEST = 400.0


@lru_cache
def _tables() -> tuple[Floats, Floats, Floats, Floats]:
    """Return z, f(z), nu and E[f(z) | nu], all in units of sigma."""
    nu = np.concatenate([np.linspace(0, 12, 1201), np.linspace(12.02, LARGEST, 4000)])
    mean = _mean(nu)
    sd = np.sqrt(np.maximum(2 + nu**2 - mean**2, 1e-9))
    sd = np.where(nu > 40, 1.0, sd)
    z = np.concatenate([[0.0], mean])
    slope = np.concatenate([[1 / sd[0]], 1 / sd])
    f = np.concatenate([[0.0], np.cumsum(np.diff(z) * (slope[1:] + slope[:-1]) / 2)])
    quantile = (np.arange(400) + 0.5) / 400
    low = nu <= 12
    draws = stats.rice.ppf(quantile[:, None], nu[low][None])
    expected = np.interp(draws, z, f).mean(axis=0)
    beyond = np.interp(mean[~low], z, f)
    return z, f, nu, np.maximum.accumulate(np.concatenate([expected, beyond]))


def _mean(nu: Floats) -> Floats:
    """Return the mean of a Rician magnitude with sigma 1."""
    x = nu**2 / 4
    return np.asarray(np.sqrt(np.pi / 2) * ((1 + 2 * x) * special.i0e(x) + 2 * x * special.i1e(x)))


def forward(magnitude: Floats, sigma: float) -> Floats:
    """Return the magnitudes on a scale where their noise has unit variance."""
    z, f, *_ = _tables()
    return np.asarray(np.interp(magnitude / sigma, z, f), dtype=np.float32)


def inverse(stabilised: Floats, sigma: float) -> Floats:
    """Return the noise-free magnitudes nu whose expectation on that scale is ``stabilised``."""
    *_, nu, expected = _tables()
    return np.asarray(np.interp(stabilised, expected, nu) * sigma, dtype=np.float32)


def unbias(denoised: Floats, sigma: float) -> Floats:
    """Return nu from a denoised magnitude taken as the Rician mean (Koay & Basser 2006): the plain way."""
    *_, nu, _ = _tables()
    return np.asarray(np.interp(denoised / sigma, _mean(nu), nu) * sigma, dtype=np.float32)


def bias(nu: Floats, sigma: float) -> Floats:
    """Return the mean of a Rician magnitude whose noise-free value is ``nu``."""
    *_, table, _ = _tables()
    return np.asarray(np.interp(np.maximum(nu, 0) / sigma, table, _mean(table)) * sigma, dtype=np.float32)
