"""Which noise level to believe, best first: what the user says, a repeat, a noise scan, the image itself."""

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from viewer.core.denoised import NoiseEstimate
from viewer.denoise.lines import line_noise
from viewer.denoise.noise import estimate_sigma, really_uneven
from viewer.denoise.repeats import noise_from_repeats
from viewer.denoise.support import zero_fill_factor

SCAN_CONFIDENCE = 0.95


def noise_of(
    data: NDArray[Any],
    *,
    given: float | None = None,
    repeat: NDArray[Any] | None = None,
    scanned: float | None = None,
) -> NoiseEstimate:
    """Return the noise of ``data`` (slices, rows, columns), NaN-free, per real channel and in its unit.

    ``given``: sigma of an ordinary line as the user states it; ``repeat``: a second acquisition; ``scanned``:
    sigma of a noise scan. Given and scanned levels still carry the map of louder lines that the air shows, because
    interference comes and goes. Raises LowfieldError where nothing can be measured.
    """
    if given is not None:
        return _stated(data, float(given), "given", "Given by the user", 1.0)
    if repeat is not None:
        return noise_from_repeats(data, repeat, zero_fill_factor(data))
    if scanned is not None:
        return _stated(data, float(scanned), "noise scan", "Noise scan of the same acquisition", SCAN_CONFIDENCE)
    return estimate_sigma(data)


def _stated(data: NDArray[Any], sigma: float, source: str, method: str, confidence: float) -> NoiseEstimate:
    factor = zero_fill_factor(data)
    lines = line_noise(data, factor) if min(data.shape[1:]) > 1 else None
    estimate = NoiseEstimate(sigma, source, method, confidence, factor)
    if lines is None or not really_uneven(lines, data, factor):
        return estimate
    loudest = float(np.max(lines.sigma) / lines.base)
    return replace(
        estimate,
        method=f"{method}; louder lines (up to {loudest:.1f} times) as the air shows them",
        map=lines.relative(data.shape),
    )
