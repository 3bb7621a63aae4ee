"""A monotone curve through recovery coefficients, and how well it is known."""

from dataclasses import dataclass
from functools import cache

import numpy as np
from scipy.optimize import least_squares

from viewer.core.geometry import Floats
from viewer.core.recovery import RecoveryTable

FUNCTION = "RC(d) = a / (1 + (b/d)^c), a, b, c > 0: rises with d, from 0 to a"
"""The sigmoid that is usual for recovery over object size, e.g. MIRD pamphlet 23 (Dewaraja et al., JNM 2012)."""
DRAWS = 300
CONFIDENCE_PERCENT = (2.5, 97.5)
PARAMETERS = 3
MOST_EXPONENT = 60.0


@dataclass(frozen=True, eq=False)
class RecoveryFit:
    """``parameters`` (3,) are a, b (mm), c; ``draws`` (n, 3) the same for tables as they might have come out.

    ``residual`` is the RMS distance of the table from the curve, by degrees of freedom.
    """

    parameters: Floats
    draws: Floats
    residual: float

    def rc(self, diameter_mm: float) -> float:
        """Return the coefficient of a sphere."""
        return float(_curve(self.parameters[None], diameter_mm)[0])

    def band(self, diameter_mm: float) -> tuple[float, float]:
        """Return its 95 % confidence limits."""
        low, high = np.percentile(_curve(self.draws, diameter_mm), CONFIDENCE_PERCENT)
        rc = self.rc(diameter_mm)
        return min(float(low), rc), max(float(high), rc)


@cache
def fit(table: RecoveryTable) -> RecoveryFit:
    """Fit the curve by least squares, weighted where the table states uncertainties.

    The band is a parametric bootstrap: every coefficient is moved by a normal deviate whose variance is that of
    its stated uncertainty plus that of the table's scatter about the curve, and the curve is fitted again.
    """
    diameters = np.asarray([point.diameter_mm for point in table.points])
    coefficients = np.asarray([point.rc for point in table.points])
    doubts = np.asarray([point.uncertainty or 0.0 for point in table.points])
    weights = 1 / doubts if (doubts > 0).all() else np.ones_like(doubts)
    best = _solve(diameters, coefficients, weights, np.log((coefficients.max(), diameters[0], 2.0)))
    left = coefficients - _curve(np.exp(best)[None], diameters)
    scatter = float(np.sqrt((left**2).sum() / (len(diameters) - PARAMETERS)))
    deviates = np.random.default_rng(0).normal(size=(DRAWS, len(diameters))) * np.hypot(doubts, scatter)
    center = coefficients - left
    draws = [np.exp(_solve(diameters, center + each, weights, best)) for each in deviates]
    return RecoveryFit(np.exp(best), np.asarray(draws), scatter)


def _solve(diameters: Floats, coefficients: Floats, weights: Floats, start: Floats) -> Floats:
    """Return the logarithms of a, b, c."""

    def left(logs: Floats) -> Floats:
        return np.asarray((_curve(np.exp(logs)[None], diameters) - coefficients) * weights)

    low, high = np.log((0.05, 0.05, 0.1)), np.log((3.0, 200.0, 12.0))
    return np.asarray(least_squares(left, np.clip(start, low + 1e-6, high - 1e-6), bounds=(low, high)).x)


def _curve(parameters: Floats, diameter_mm: float | Floats) -> Floats:
    a, b, c = parameters.T
    exponent = np.clip(c * (np.log(b) - np.log(diameter_mm)), -MOST_EXPONENT, MOST_EXPONENT)
    return np.asarray(a / (1 + np.exp(exponent)))
