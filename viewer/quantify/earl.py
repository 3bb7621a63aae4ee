"""Recovery coefficients against the bands of EARL: a verdict for every sphere, never one for all."""

from viewer.core.phantom import Verdict
from viewer.quantify.recovery_tables import standards

ROUNDING = 0.005
"""The bands are printed with two decimals, so coefficients are compared at two decimals."""


def verdicts(
    diameter_mm: float, rc_mean: float | None, rc_max: float | None, convention: str
) -> tuple[Verdict, ...]:
    """Return a verdict for RCmean and RCmax of one sphere against EARL 1 and EARL 2.

    ``passed`` is None where there is no coefficient, or where it was measured with another VOI ``convention``
    (key) than the bands hold for; a maximum depends on no convention that contains the hottest voxel.
    """
    found = []
    for standard in standards():
        for band in standard.bands:
            if band.diameter_mm == diameter_mm:
                comparable = rc_mean if convention == standard.convention else None
                found.append(_verdict(standard.name, "RCmean", comparable, band.mean))
                found.append(_verdict(standard.name, "RCmax", rc_max, band.max))
    return tuple(found)


def _verdict(standard: str, quantity: str, value: float | None, band: tuple[float, float]) -> Verdict:
    low, high = band
    passed = None if value is None else bool(low - ROUNDING <= value < high + ROUNDING)
    return Verdict(standard, quantity, value, low, high, passed)
