"""What an ROI held at the time of each scan: when that was, and how well its mean is known.

The activity is taken at the ROI's own time: the mean of its slices' effective frame times (T_ave, PS3.3
C.8.9.4.1.5), each slice decayed to it physically. So beds scanned minutes apart are brought together, and nothing
is decay corrected back to the start of the scan.
"""

import math
from datetime import datetime, timedelta
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike

from viewer.core.errors import LowfieldError
from viewer.core.geometry import Floats
from viewer.core.measurement import Measurement
from viewer.core.pet import PetAcquisition
from viewer.quantify.declare import Declaration, declare
from viewer.quantify.timeline import Timeline
from viewer.quantify.uncertainty import IMAGE_NOISE

RESOLUTION_FWHM_MM = 6.0
"""Over which noise is taken to be correlated where the image does not tell: that of a clinical reconstruction."""
BETWEEN_SCANS = 0.02
"""Relative standard uncertainty that every scan adds of its own: drift, positioning, partial volume."""


def actual_half_life_s(declaration: Declaration) -> float:
    """Return the half-life of the true nuclide in s, or raise `LowfieldError`."""
    half_life = declaration.actual.half_life_s
    if half_life is None:
        raise LowfieldError("The file states no half-life, so no dose can be given.", hint="State the nuclide.")
    return half_life


def declaration_of(
    acquisition: PetAcquisition, acquired_as: str | None = None, nuclide: str | None = None
) -> Declaration:
    """Return what the scanner was told and what it is; stating only ``nuclide`` means the scanner was told it."""
    return declare(acquisition, acquired_as or nuclide, nuclide)


def mean_time(acquisition: PetAcquisition, slices: ArrayLike, declaration: Declaration) -> datetime:
    """Return when the mean activity of these slices was present (naive local time).

    ``slices`` (n,) are slice numbers of the volume, one for each voxel or weighted by repetition. Raises
    `LowfieldError` where the file states no frame times.
    """
    times = Timeline.of(acquisition)
    half_life, since = actual_half_life_s(declaration), times.starts()[0]
    per_frame = np.array(list(times.mean_times_s(since, half_life)))
    frames = np.broadcast_to(times.of_slice, (max(len(times.of_slice), int(np.max(slices)) + 1),))
    return since + timedelta(seconds=float(per_frame[frames[np.asarray(slices, int)]].mean()))


def mean_uncertainty(
    measurement: Measurement, between_scans: float = BETWEEN_SCANS, fwhm_mm: float = RESOLUTION_FWHM_MM
) -> float:
    """Return the standard uncertainty of an ROI's mean in Bq/mL that is independent from scan to scan.

    Noise: as `viewer.quantify.uncertainty` estimates it from the image. Where an ROI is too small for that,
    SD / √N with N = ROI volume / correlation volume, at least 1; a Gaussian of ``fwhm_mm`` correlates noise over
    (4πσ²)^(3/2). True differences within the ROI count as noise then, so this errs on the wide side. In
    quadrature with ``between_scans``, relative.
    """
    activity = measurement.activity
    if activity is None:
        raise LowfieldError("The ROI has no activity.")
    known = measurement.uncertainty.terms if measurement.uncertainty else ()
    noise = next((term.relative for term in known if term.name == IMAGE_NOISE), None)
    if noise is not None:
        return math.hypot(noise, between_scans) * abs(activity.mean)
    sigma_mm = fwhm_mm / math.sqrt(8 * math.log(2))
    correlated_ml = (4 * math.pi * sigma_mm**2) ** 1.5 / 1000
    samples = min(max(measurement.volume_ml / correlated_ml, 1.0), float(measurement.voxels))
    return math.hypot(activity.sd / math.sqrt(samples), between_scans * activity.mean)


def linear_weights(seconds: ArrayLike, half_life_s: float, uptake: str) -> Floats:
    """Return weights (n,) in s so that Σ weight · C(tᵢ) is the time integral from injection to infinity.

    Between points the decay-corrected concentration D = C·e^(λt) runs straight; after the last it stays (physical
    decay only); before the first it stays too (``effective``), or C rises straight from zero (``linear``). Exact
    for physical decay; linear in the image, so a map of it has no fitting noise.
    """
    t = np.asarray(seconds, float)
    rate = math.log(2) / half_life_s
    weights = np.zeros(len(t))
    for number, (start, end) in enumerate(pairwise(t)):
        length = rate * (end - start)
        first, second = _straight(length)
        weights[number] += first / rate
        weights[number + 1] += second / rate * math.exp(length)
    weights[-1] += 1 / rate
    weights[0] += t[0] / 2 if uptake == "linear" else math.expm1(rate * t[0]) / rate
    return weights


def _straight(x: float) -> tuple[float, float]:
    """Return ∫₀ˣ (1 − s/x)·e^(−s) ds and ∫₀ˣ (s/x)·e^(−s) ds."""
    whole = -math.expm1(-x)
    rising = (whole - x * math.exp(-x)) / x
    return whole - rising, rising
