"""How fine a detail can be seen, before and after denoising, from the image's own spectrum.

Before: the finest detail whose signal is as strong as the noise. After: the finest detail that keeps half of its
amplitude. A linear filter, even the best (Wiener), keeps half exactly where signal and noise are alike: before and
after agree. Blur makes "after" coarser; a network that knows anatomy may make it finer.
Signal and noise are separated by the probe (Stein's lemma, ring by ring): <x,x> = <y,y> - <b,b> and
<d,x> = <d,y> - <Jb,b>. Where the signal is below a tenth of the noise, nothing can be said; "after" ends there.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import fft, ndimage

from viewer.core.denoised import Resolution
from viewer.denoise.sure_probe import Floats, Probe

RINGS = 24
SKIP = 3
"""The innermost rings hold the object's outline, not detail."""
FEATHER = 2.0
Mask = NDArray[np.bool_]
TOO_NOISY = "The signal is below the noise at every fineness: resolution cannot be measured."
TOO_SMALL = "The image is too small for its resolution to be measured."


@dataclass(frozen=True, eq=False)
class Spectra:
    """Per ring from zero to Nyquist: signal over noise (power), and the share of amplitude that is kept."""

    signal_to_noise: NDArray[np.float64]
    kept: NDArray[np.float64]


def resolution(
    source: Floats, denoised: Floats, probe: Probe, inside: Mask, spacing_mm: tuple[float, float]
) -> Resolution:
    """Measure (channels, slices, rows, columns), pixels ``spacing_mm`` (row, column) apart, in half periods."""
    if min(source.shape[2:]) < 2 * RINGS:
        return Resolution(None, None, TOO_SMALL)
    found = spectra(source, denoised, probe, inside, spacing_mm)
    finest = float(max(spacing_mm))
    before = _crossing(found.signal_to_noise, 1.0)
    if before is None:
        return Resolution(None, None, TOO_NOISY)
    after = _crossing(found.kept, 0.5)
    limited = before >= 1.0
    note = "Signal is above the noise up to the size of a voxel." if limited else ""
    return Resolution(finest / before, finest / after if after else None, note)


def spectra(
    source: Floats, denoised: Floats, probe: Probe, inside: Mask, spacing_mm: tuple[float, float]
) -> Spectra:
    """Return the ring means over all slices and channels, under a mask with soft edges."""
    soft = ndimage.gaussian_filter(inside.astype(np.float32), (0, FEATHER, FEATHER)) * inside
    y, d, b, jb = (fft.fft2(each * soft, axes=(2, 3)) for each in (source, denoised, probe.noise, probe.passed))
    ring = _rings(source.shape[2:], spacing_mm)

    def mean(first: NDArray[np.complex64], second: NDArray[np.complex64]) -> NDArray[np.float64]:
        power = np.sum((first * second.conj()).real, axis=(0, 1), dtype=np.float64)
        return np.asarray(np.bincount(ring.ravel(), power.ravel(), RINGS + 1)[:RINGS], dtype=np.float64)

    noise = np.maximum(mean(b, b), 1e-30)
    signal = mean(y, y) - noise
    kept = (mean(d, y) - mean(jb, b)) / np.maximum(signal, 0.1 * noise)
    return Spectra(signal / noise, kept)


def _rings(shape: tuple[int, ...], spacing_mm: tuple[float, float]) -> NDArray[np.intp]:
    """Return the ring of each frequency; RINGS and above lie beyond Nyquist of the coarser axis."""
    rows, columns = (fft.fftfreq(n, d) for n, d in zip(shape, spacing_mm))
    radius = np.hypot(rows[:, None], columns[None]) * 2 * max(spacing_mm)
    return np.asarray(np.minimum((radius * RINGS).astype(np.intp), RINGS))


def _crossing(values: NDArray[np.float64], level: float) -> float | None:
    """Return where (share of Nyquist) smoothed values fall below ``level`` for good; None if they start there."""
    smooth = np.convolve(np.pad(values, 1, mode="edge"), np.ones(3) / 3, "valid")
    above = smooth[SKIP:] >= level
    if not above[0]:
        return None
    below = np.flatnonzero(~above[:-1] & ~above[1:])
    if below.size == 0:
        return 1.0
    k = SKIP + int(below[0])
    high, low = smooth[k - 1], smooth[k]
    return float((k - 0.5 + (high - level) / max(high - low, 1e-12)) / RINGS)
