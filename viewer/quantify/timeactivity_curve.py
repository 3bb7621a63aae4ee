"""The curve as it was integrated, to be drawn: uptake as assumed, the fit between scans, the tail as assumed."""

import numpy as np
from numpy.typing import ArrayLike

from viewer.core.dose import CurveFit
from viewer.core.geometry import Floats
from viewer.quantify.decay import decay_factor
from viewer.quantify.fit_models import curve_at


def assumed_curve(
    seconds: ArrayLike,
    fit: CurveFit,
    first_s: float,
    last_s: float,
    half_life_s: float,
    uptake: str = "effective",
    tail: str = "physical",
) -> Floats:
    """Return C(t) in Bq/mL at ``seconds`` (n,) since injection; its integral is that of `integrate`."""
    t = np.asarray(seconds, float)
    values = curve_at(t, fit.amplitudes_bq_ml, fit.rates_per_s)
    if uptake == "linear":
        at_first = float(curve_at(first_s, fit.amplitudes_bq_ml, fit.rates_per_s))
        values = np.where(t < first_s, at_first * t / first_s, values)
    if tail == "physical":
        at_last = float(curve_at(last_s, fit.amplitudes_bq_ml, fit.rates_per_s))
        left = np.array([decay_factor(max(each - last_s, 0.0), half_life_s) for each in np.ravel(t)])
        values = np.where(t > last_s, at_last * left.reshape(t.shape), values)
    return np.asarray(values)
