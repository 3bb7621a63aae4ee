"""The time integral of a fitted curve, with what is assumed before the first and after the last point.

Every curve is a sum of exponentials, so the integral is exact, and its uncertainty is the covariance of the
parameters carried through: gᵀ·V·g, g by central differences in the rates and exact in the amplitudes.
"""

import math

import numpy as np

from viewer.core.dose import CurveFit, TimeIntegral
from viewer.core.errors import LowfieldError
from viewer.core.geometry import Floats
from viewer.quantify.decay import decay_constant
from viewer.quantify.fit_models import MODELS

UPTAKE = {
    "effective": "the fitted curve extended back to the injection (constant effective half-life)",
    "linear": "a linear rise from zero at the injection to the curve at the first point",
}
TAIL = {
    "physical": "physical decay only, from the curve at the last point",
    "fitted": "the fitted curve extended to infinity",
}
STEP = 1e-6


def integrate(
    fit: CurveFit,
    first_s: float,
    last_s: float,
    half_life_s: float,
    uptake: str = "effective",
    tail: str = "physical",
) -> TimeIntegral:
    """Integrate a fit from injection to infinity; ``first_s`` and ``last_s`` are the times of its points.

    ``uptake`` is one of `UPTAKE`, ``tail`` one of `TAIL`; else `LowfieldError`, as for a fitted tail that outlives
    the nuclide. Bq·s/mL.
    """
    for word, known in ((uptake, UPTAKE), (tail, TAIL)):
        if word not in known:
            raise LowfieldError(f"The assumption {word!r} is not known.", hint=f"Known are {', '.join(known)}.")
    physical = decay_constant(half_life_s)
    if tail == "fitted":
        _refuse_outliving(fit, physical)

    def parts(rates: Floats) -> Floats:
        """Return integrals (3, terms) of e^(−rate·t) before, between and after the points."""
        at_first, at_last = np.exp(-rates * first_s), np.exp(-rates * last_s)
        before = first_s / 2 * at_first if uptake == "linear" else -np.expm1(-rates * first_s) / rates
        after = at_last / (physical if tail == "physical" else rates)
        return np.stack([before, (at_first - at_last) / rates, after])

    amplitudes, rates = np.array(fit.amplitudes_bq_ml), np.array(fit.rates_per_s)
    by_amplitude = parts(rates).sum(axis=0) * amplitudes
    up, down = parts(rates * (1 + STEP)).sum(axis=0), parts(rates * (1 - STEP)).sum(axis=0)
    gradient = MODELS[fit.model].gradient(by_amplitude, amplitudes * (up - down) / (2 * STEP))
    before, measured, after = (parts(rates) @ amplitudes).tolist()
    variance = float(gradient @ fit.covariance @ gradient)
    return TimeIntegral(before, measured, after, math.sqrt(variance), UPTAKE[uptake], TAIL[tail])


def _refuse_outliving(fit: CurveFit, physical_rate: float) -> None:
    """Raise `LowfieldError` where a rate lies below that of physical decay with its whole 95 % interval."""
    if any(each.unit == "1/s" and each.high < physical_rate for each in fit.parameters):
        raise LowfieldError(
            "The fitted curve falls more slowly than the nuclide decays: uptake was still going on, and no tail "
            "can do so for ever.",
            hint="Use the physical tail.",
        )
