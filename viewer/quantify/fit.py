"""Weighted least squares of one curve through a time–activity curve, with covariance and confidence intervals.

χ² = Σ ((C(tᵢ) − yᵢ)/uᵢ)² is minimised over the logarithms of the parameters. Their covariance is (JᵀJ)⁻¹, as the
uncertainties uᵢ are known; where the points scatter more than those allow (p below 0.05) it is multiplied by
χ²/ν (Birge ratio). Intervals are symmetric for the logarithms: value·e^(±1.96·s).
"""

import math

import numpy as np
from numpy.typing import ArrayLike
from scipy import special
from scipy.optimize import least_squares

from viewer.core.dose import CurveFit, Parameter
from viewer.core.errors import LowfieldError
from viewer.core.geometry import Floats
from viewer.quantify.decay import decay_constant
from viewer.quantify.fit_models import Model, exponentials, model_called
from viewer.quantify.fit_start import starts

Z_95 = 1.959963984540054
MISFIT_P = 0.05
LEAST_DETERMINED = 2.0
"""A logarithm with a larger standard uncertainty than this (a factor of seven) is not determined."""


def fit_curve(
    seconds: ArrayLike, values: ArrayLike, uncertainties: ArrayLike, key: str, half_life_s: float
) -> CurveFit:
    """Fit the model called ``key`` to ``values`` (n,) in Bq/mL at ``seconds`` (n,) since injection.

    ``uncertainties`` (n,) are standard uncertainties, independent of each other. Raises `LowfieldError` for too
    few points, values that no exponential can follow, and points that do not determine the curve.
    """
    model, rate = model_called(key), decay_constant(half_life_s)
    t, y, u = checked(seconds, values, uncertainties)
    if len(t) < model.least_points:
        raise LowfieldError(
            f"A {model.title} curve needs at least {model.least_points} time points; there are {len(t)}.",
            hint="Choose a simpler curve, or auto.",
        )
    scale = float(y.max())
    logs, misfit, jacobian = _minimum(model, t, y / scale, u / scale, rate)
    covariance = _covariance(model, jacobian)
    amplitudes = np.zeros(model.size)
    amplitudes[[amplitude for _, amplitude, _ in model.terms]] = math.log(scale)
    return _result(model, logs + amplitudes, 2 * misfit, covariance, len(t), rate)


def checked(seconds: ArrayLike, values: ArrayLike, uncertainties: ArrayLike) -> tuple[Floats, Floats, Floats]:
    """Return the points in order of time; raise `LowfieldError` for what cannot be fitted."""
    t, y, u = (np.atleast_1d(np.asarray(each, float)) for each in (seconds, values, uncertainties))
    if not len(t) == len(y) == len(u) or not len(t):
        raise ValueError("times, values and uncertainties must be as many, and at least one")
    if not (np.isfinite(t).all() and np.isfinite(y).all() and (u > 0).all() and np.isfinite(u).all()):
        raise LowfieldError("A time, an activity or its uncertainty is not a number above zero.")
    if (t < 0).any() or len(np.unique(t)) < len(t):
        raise LowfieldError("Two scans have the same time, or one lies before the injection.")
    if not y.max() > 0:
        raise LowfieldError("The ROI holds no activity above zero at any time.")
    order = np.argsort(t)
    return t[order], y[order], u[order]


def _minimum(model: Model, t: Floats, y: Floats, u: Floats, rate: float) -> tuple[Floats, float, Floats]:
    """Return log parameters, half of χ² and the weighted Jacobian (n, k) at the best minimum found."""

    def residuals(logs: Floats) -> Floats:
        amplitudes, rates = model.split(np.clip(logs, -60, 60), rate)
        return np.asarray((exponentials(t, rates) @ amplitudes - y) / u)

    def jacobian(logs: Floats) -> Floats:
        amplitudes, rates = model.split(np.clip(logs, -60, 60), rate)
        by_amplitude = exponentials(t, rates) * amplitudes
        return model.gradient(by_amplitude, -by_amplitude * rates * t[:, None]) / u[:, None]

    options = {"xtol": 1e-12, "ftol": 1e-12, "gtol": 1e-12, "max_nfev": 2000, "x_scale": "jac"}
    found = [least_squares(residuals, start, jacobian, **options) for start in starts(model, t, y, 1 / u, rate)]
    best = min((each for each in found if each.success), key=lambda each: each.cost, default=None)
    if best is None:
        raise LowfieldError(f"The {model.title} curve does not converge.")
    return best.x, float(best.cost), jacobian(best.x)


def _covariance(model: Model, jacobian: Floats) -> Floats:
    """Return (JᵀJ)⁻¹; raise `LowfieldError` where the points leave a parameter undetermined."""
    # A column that is (nearly) zero or a multiple of another makes the smallest singular value vanish.
    singular = np.linalg.svd(jacobian, compute_uv=False)
    if not singular[-1] * LEAST_DETERMINED >= 1:
        raise LowfieldError(
            f"The points do not determine a {model.title} curve: a parameter could as well be seven times larger.",
            hint="Choose a simpler curve, or auto.",
        )
    return np.asarray(np.linalg.inv(jacobian.T @ jacobian))


def _result(model: Model, logs: Floats, chi_squared: float, covariance: Floats, n: int, rate: float) -> CurveFit:
    free = n - model.size
    p_value = float(special.chdtrc(free, chi_squared)) if free else None
    birge = chi_squared / free if p_value is not None and p_value < MISFIT_P else 1.0
    if model.key == "bi" and logs[1] < logs[3]:  # the faster one is called λ1
        swap = [2, 3, 0, 1]
        logs, covariance = logs[swap], covariance[np.ix_(swap, swap)]
    covariance = covariance * max(birge, 1.0)
    amplitudes, rates = model.split(logs, rate)
    return CurveFit(
        model=model.key,
        title=model.title,
        amplitudes_bq_ml=tuple(amplitudes.tolist()),
        rates_per_s=tuple(rates.tolist()),
        parameters=_parameters(model, logs, covariance),
        covariance=covariance,
        chi_squared=chi_squared,
        degrees_of_freedom=free,
        p_value=p_value,
        aicc=aicc(chi_squared, model.size, n),
        widened_by=math.sqrt(max(birge, 1.0)),
    )


def aicc(chi_squared: float, parameters: int, points: int) -> float | None:
    """Return Akaike's criterion for small samples, χ² + 2k + 2k(k+1)/(n−k−1); None where n is below k + 2."""
    left = points - parameters - 1
    return chi_squared + 2 * parameters + 2 * parameters * (parameters + 1) / left if left > 0 else None


def _parameters(model: Model, logs: Floats, covariance: Floats) -> tuple[Parameter, ...]:
    spread = Z_95 * np.sqrt(np.diag(covariance))
    rows = []
    for number, (name, log, half) in enumerate(zip(model.names, logs, spread, strict=True)):
        unit = "1/s" if number in model.rate_parameters else "Bq/mL"
        low, value, high = (float(math.exp(each)) for each in (log - half, log, log + half))
        rows.append(Parameter(name, value, low, high, unit))
    return tuple(rows)
