"""How much of k-space a stored image really holds: scanners zero-fill, and interpolated noise fools everyone.

Outside the measured part of k-space the noise floor steps down to nothing. For magnitudes the square is
examined: its spectrum is the autocorrelation of the complex one and keeps a visible step at the edge.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import fft

BANDS = 40
SMALLEST = 24
"""Axes shorter than this hold too few frequencies for a judgement."""
STEP_DB = 4.0
WEAK_DB = 6.0
"""A smaller step is believed only if the other axis has one, too: profiles of single slices are rough."""
STAYS_DOWN = 0.6
"""Beyond the edge of the measured part the profile keeps at least this share of its fall."""
FLOOR_DB = -20.0
"""A spectrum that ends this far below its middle has no noise floor at Nyquist: interpolated by two or so."""
SOFT_FACTOR = 2.0
EMPTY_DB = -35.0
"""Only a spectrum as empty as this at Nyquist comes from a factor above 2.4; other early steps are anatomy."""

Floats = NDArray[np.float64]


def zero_fill_factor(data: NDArray[Any]) -> tuple[float, float]:
    """Return how many stored voxels share one measured sample along (rows, columns); 1 when all are measured.

    ``data`` (slices, rows, columns), magnitude or complex.
    """
    signal = data.astype(np.complex128) if np.iscomplexobj(data) else np.square(data.astype(np.float64))
    if min(signal.shape[1:]) < SMALLEST:
        return 1.0, 1.0
    (rows, rows_clear), (columns, columns_clear) = (_axis_factor(signal, axis) for axis in (1, 2))
    both = rows > 1 and columns > 1
    return rows if both or rows_clear else 1.0, columns if both or columns_clear else 1.0


def _axis_factor(signal: NDArray[Any], axis: int) -> tuple[float, bool]:
    """Return the factor along one axis, and whether it needs no support from the other one."""
    profile = noise_profile_db(signal, axis)
    edge, drop = _step(profile)
    soft = SOFT_FACTOR if profile[-1] < FLOOR_DB else 1.0
    factor = BANDS / edge if drop >= STEP_DB else soft
    clear = drop >= WEAK_DB or (drop < STEP_DB and soft > 1)
    return float(round(factor)) if abs(factor - round(factor)) < 0.12 else factor, clear


def noise_profile_db(signal: NDArray[Any], axis: int) -> Floats:
    """Return the noise power (BANDS,) along one k-space axis from 0 to Nyquist, in dB of its own middle.

    Only high frequencies of the other axis count, and their median, so that anatomy does not.
    """
    other = 3 - axis
    k_other = np.abs(fft.fftfreq(signal.shape[other]))
    # Beyond the anatomy, yet inside the measured part even if that is a third of the stored one.
    lines = np.compress((k_other > 0.08) & (k_other < 0.18), fft.fft(signal, axis=other), axis=other)
    window = np.hanning(signal.shape[axis])
    spectrum = fft.fft(lines * (window[:, None] if axis == 1 else window), axis=axis)
    profile = np.median(np.square(np.abs(spectrum)), axis=(0, other))
    k = np.abs(fft.fftfreq(signal.shape[axis]))
    band = np.minimum((k * 2 * BANDS).astype(int), BANDS - 1)
    sums, counts = np.bincount(band, profile, BANDS), np.bincount(band, minlength=BANDS)
    means = np.interp(np.arange(BANDS), np.flatnonzero(counts), sums[counts > 0] / counts[counts > 0])
    middle = np.median(means[BANDS // 5 : BANDS // 2])
    return np.asarray(10 * np.log10(np.maximum(means, 1e-30) / max(middle, 1e-30)))


def _step(profile: Floats) -> tuple[float, float]:
    """Return where (in bands) the profile first steps down over two bands, and by how many dB beyond its trend.

    The first clear step counts: the square of a magnitude has a second, deeper one at twice the frequency.
    """
    start = BANDS // 5 if profile[-3:].max() < EMPTY_DB else int(0.42 * BANDS)
    falls = profile[start:-2] - profile[start + 2 :]
    falls = falls - max(float(np.median(falls)), 0.0)
    later = np.array([profile[start + i + 2 :].max() for i in range(len(falls))])
    stays = profile[start:-2] - later >= STAYS_DOWN * falls
    clear = np.flatnonzero((falls >= STEP_DB) & stays)
    if clear.size == 0:
        return BANDS, 0.0
    best = int(clear[0])
    best += int(np.argmax(falls[best : best + 3]))  # the steepest place of that step
    first, second, third = profile[start + best : start + best + 3]
    return start + best + (1 if first - second > second - third else 2), float(falls[best])
