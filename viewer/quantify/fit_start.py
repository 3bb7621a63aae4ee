"""Where a fit starts: the best curve on a grid of rates, with amplitudes by non-negative least squares.

Sums of exponentials have local minima; for fixed rates the amplitudes are a linear problem with one answer, so a
grid of rates finds the valley of the global one.
"""

from itertools import combinations

import numpy as np

from viewer.core.geometry import Floats
from viewer.quantify.fit_models import Model, exponentials

GRID = 24
SLOWEST, FASTEST = 0.02, 4.0
"""Rates tried, from slowest/last time to fastest/first time (per s); at least physical decay's own decade."""
TRACE = 1e-3
"""An amplitude that the grid finds zero starts here, relative to the highest value."""
BEST = 3
"""From so many starts the fit descends."""


def starts(model: Model, seconds: Floats, values: Floats, weights: Floats, physical_rate: float) -> list[Floats]:
    """Return log parameters (k,) to start from, the best first; ``weights`` are 1 / standard uncertainty."""
    grid = _rates(seconds, physical_rate)
    combined = list(combinations(grid, len(model.rate_parameters)))
    rates = np.array(combined).reshape(len(combined), len(model.rate_parameters))
    columns = _columns(model, seconds, rates, physical_rate) * weights[:, None]
    amplitudes, misfit = _non_negative(columns, values * weights)
    best = np.argsort(misfit, kind="stable")[:BEST]
    floor = TRACE * float(values.max())
    return [_logs(model, rates[number], np.maximum(amplitudes[number], floor)) for number in best]


def _rates(seconds: Floats, physical_rate: float) -> Floats:
    slow = min(SLOWEST / seconds.max(), physical_rate / 3)
    fast = max(FASTEST / max(float(seconds.min()), 1e-3 * float(seconds.max())), 3 * physical_rate)
    return np.geomspace(slow, fast, GRID)


def _columns(model: Model, seconds: Floats, rates: Floats, physical_rate: float) -> Floats:
    """Return what multiplies each amplitude, (tried, points, amplitudes), for rates (tried, rate parameters)."""
    of_parameter = dict(zip(_ordered(model), rates.T, strict=True))
    amplitude_of = _amplitudes(model)
    columns = np.zeros((len(rates), len(seconds), len(amplitude_of)))
    for sign, amplitude, rate in model.terms:
        tried = np.full(len(rates), physical_rate) if rate is None else of_parameter[rate]
        columns[:, :, amplitude_of.index(amplitude)] += sign * exponentials(seconds, tried).T
    return columns


def _non_negative(columns: Floats, values: Floats) -> tuple[Floats, Floats]:
    """Return amplitudes (tried, one or two), none below 0, and their sum of squares (tried,).

    With two columns the best is that of both where neither is negative, else that of the better one alone.
    """
    count = columns.shape[2]
    answers = [_only(columns, values, [each]) for each in range(count)]
    answers += [_only(columns, values, [0, 1])] if count == 2 else []
    tried = np.stack(answers)
    misfits = ((np.einsum("tpa,sta->stp", columns, np.maximum(tried, 0)) - values) ** 2).sum(axis=2)
    misfits[(tried < 0).any(axis=2)] = np.inf
    best = misfits.argmin(axis=0)
    numbers = np.arange(len(columns))
    return np.maximum(tried, 0)[best, numbers], misfits[best, numbers]


def _only(columns: Floats, values: Floats, used: list[int]) -> Floats:
    """Return least-squares amplitudes (tried, amplitudes) of the columns ``used``; the others are 0."""
    some = columns[:, :, used]
    square = some.transpose(0, 2, 1) @ some
    answer = np.zeros((len(columns), columns.shape[2]))
    answer[:, used] = (np.linalg.pinv(square) @ (some.transpose(0, 2, 1) @ values)[..., None])[..., 0]
    return answer


def _logs(model: Model, rates: Floats, amplitudes: Floats) -> Floats:
    logs = np.zeros(model.size)
    logs[list(_ordered(model))] = np.log(rates)
    logs[_amplitudes(model)] = np.log(amplitudes)
    return logs


def _ordered(model: Model) -> tuple[int, ...]:
    """Return the rate parameters from slow to fast."""
    return model.rate_parameters if model.key == "uptake" else model.rate_parameters[::-1]


def _amplitudes(model: Model) -> list[int]:
    return list(dict.fromkeys(amplitude for _, amplitude, _ in model.terms))
