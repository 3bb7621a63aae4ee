"""What a nuclide becomes: activities of its daughters with time (Bateman), and their share of the positrons.

149Tb → 149Gd → 149Eu → 149Sm (83.3 %), → 145Eu → 145Sm → 145Pm (16.7 %): long-lived, so they outlive it, and 145Eu
emits positrons of its own. Everything assumes that the parent was pure at time 0 and that the daughters stay where
they arise (facts/tb149-pet §2).
"""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import expm

from viewer.core.errors import LowfieldError
from viewer.quantify.decay import decay_constant
from viewer.quantify.nuclides import Nuclide, descendants, table


def chain(parent: Nuclide) -> tuple[Nuclide, ...]:
    """Return the parent and all its radioactive descendants, each after whatever it comes from."""
    rows = {row.symbol: row for row in (*table(), *descendants())}
    found: dict[str, Nuclide] = {}
    waiting = [parent]
    while waiting:
        row = waiting.pop(0)
        found.pop(row.symbol, None)
        found[row.symbol] = row
        waiting += [rows[symbol] for symbol, _ in row.decays_to]
    return tuple(found.values())


def activities(parent: Nuclide, elapsed_s: float) -> dict[str, float]:
    """Return, ``elapsed_s`` after 1 Bq of the pure parent, the activity in Bq of it and of every descendant.

    Solves dN/dt = M·N with the matrix exponential, which keeps the digits that Bateman's sum loses at early times.
    """
    if not (np.isfinite(elapsed_s) and elapsed_s >= 0):
        raise LowfieldError(f"Daughters cannot be worked out for {elapsed_s} s after the parent was pure.")
    rows = chain(parent)
    rates = np.array([decay_constant(row.half_life_s) for row in rows])
    # In activities A_i = λ_i·N_i: dA_i/dt = λ_i·(Σ share·A_parents − A_i).
    matrix = rates[:, None] * (_shares(rows) - np.eye(len(rows)))
    left = expm(matrix * elapsed_s)[:, 0]
    return {row.name: max(float(value), 0.0) for row, value in zip(rows, left, strict=True)}


@lru_cache(maxsize=64)  # asked for again with every step of a drag
def daughters_positron_share(parent: Nuclide, elapsed_s: float) -> float:
    """Return which part of all positrons comes from descendants, ``elapsed_s`` after the parent was pure."""
    rows = chain(parent)
    present = activities(parent, elapsed_s)
    positrons = [row.positron_fraction * present[row.name] for row in rows]
    total = sum(positrons)
    return sum(positrons[1:]) / total if total > 0 else 0.0


def _shares(rows: tuple[Nuclide, ...]) -> NDArray[np.float64]:
    """Return the share of decays of column's nuclide that makes row's."""
    place = {row.symbol: k for k, row in enumerate(rows)}
    shares = np.zeros((len(rows), len(rows)))
    for column, row in enumerate(rows):
        for symbol, share in row.decays_to:
            shares[place[symbol], column] = share
    return shares
