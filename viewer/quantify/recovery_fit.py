"""A monotone curve through recovery coefficients, and how well it is known."""

from dataclasses import dataclass
from functools import cache

import numpy as np

from viewer.core.geometry import Floats
from viewer.core.recovery import RecoveryTable

FUNCTION = "RC(d) = a / (1 + (b/d)^c), a, b, c > 0: rises with d, from 0 to a"
"""The sigmoid that is usual for recovery over object size, e.g. MIRD pamphlet 23 (Dewaraja et al., JNM 2012)."""
DRAWS = 300
CONFIDENCE_PERCENT = (2.5, 97.5)
PARAMETERS = 3
LOWEST, HIGHEST = np.log((0.05, 0.05, 0.1)), np.log((3.0, 200.0, 12.0))
"""Of the logarithms of a, b (mm) and c."""
STEPS = 100
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
        return float(_curve(self.parameters[None], np.asarray([diameter_mm]))[0, 0])

    def band(self, diameter_mm: float) -> tuple[float, float]:
        """Return its 95 % confidence limits."""
        low, high = np.percentile(_curve(self.draws, np.asarray([diameter_mm])), CONFIDENCE_PERCENT)
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
    start = np.log((coefficients.max(), diameters[0], 2.0))
    best = _solve(diameters, coefficients[None], weights, start)
    on_curve = _curve(np.exp(best), diameters)
    scatter = float(np.sqrt(((coefficients - on_curve) ** 2).sum() / (len(diameters) - PARAMETERS)))
    deviates = np.random.default_rng(0).normal(size=(DRAWS, len(diameters))) * np.hypot(doubts, scatter)
    draws = _solve(diameters, on_curve + deviates, weights, best[0])
    return RecoveryFit(np.exp(best[0]), np.exp(draws), scatter)


def _solve(diameters: Floats, tables: Floats, weights: Floats, start: Floats) -> Floats:
    """Return the logarithms (n, 3) of a, b, c for each of n tables (n, spheres), all at once.

    Levenberg–Marquardt within bounds: a step that does not lower the sum of squares is taken back and shortened.
    """
    logs = np.tile(np.clip(start, LOWEST, HIGHEST), (len(tables), 1))
    damping = np.full(len(tables), 1e-2)
    for _ in range(STEPS):
        slopes = _slopes(logs, diameters) * weights[:, None]
        left = (tables - _curve(np.exp(logs), diameters)) * weights
        normal = slopes.transpose(0, 2, 1) @ slopes
        ridge = damping[:, None, None] * normal * np.eye(PARAMETERS) + 1e-12 * np.eye(PARAMETERS)
        step = np.linalg.solve(normal + ridge, (slopes.transpose(0, 2, 1) @ left[..., None]))[..., 0]
        trial = np.clip(logs + step, LOWEST, HIGHEST)
        after = (((tables - _curve(np.exp(trial), diameters)) * weights) ** 2).sum(axis=1)
        better = after < (left**2).sum(axis=1)
        logs = np.where(better[:, None], trial, logs)
        damping = np.clip(np.where(better, damping / 3, damping * 4), 1e-9, 1e9)
    return logs


def _curve(parameters: Floats, diameters: Floats) -> Floats:
    """Return the coefficients (n, diameters) of n curves."""
    a, b, c = (each[:, None] for each in parameters.T)
    exponent = np.clip(c * (np.log(b) - np.log(diameters)), -MOST_EXPONENT, MOST_EXPONENT)
    return np.asarray(a / (1 + np.exp(exponent)))


def _slopes(logs: Floats, diameters: Floats) -> Floats:
    """Return the derivatives (n, diameters, 3) of the coefficients by the logarithms of a, b, c."""
    a, b, c = (each[:, None] for each in np.exp(logs).T)
    share = np.log(b) - np.log(diameters)
    rc = _curve(np.exp(logs), diameters)
    falling = -rc * (1 - rc / a) * c
    return np.stack((rc, falling, falling * share), axis=-1)
