"""Two real images of one acquisition (magnitude and phase, real and imaginary) as one complex image.

Scanners store phase in many units. The range of the values tells which; it must be one full turn of a known unit,
else nothing is guessed. A phase offset common to all voxels does not matter to anything this program computes.
"""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from viewer.core.errors import LowfieldError
from viewer.core.volume import Volume

POLAR, CARTESIAN = ("magnitude", "phase"), ("real", "imaginary")
LEAST_OF_A_TURN = 0.9
"""A phase image of any object with air around it covers nearly all of its range."""
SLACK_OF_A_TURN = 0.005


@dataclass(frozen=True)
class PhaseUnit:
    """A unit of stored phase: ``turn`` of it are 2π; ``low`` is its smallest value, ``zero`` means angle 0."""

    name: str
    low: float
    zero: float
    turn: float


UNITS = (
    PhaseUnit("radians from -π to π", -np.pi, 0.0, 2 * np.pi),
    PhaseUnit("radians from 0 to 2π", 0.0, 0.0, 2 * np.pi),
    PhaseUnit("degrees from -180 to 180", -180.0, 0.0, 360.0),
    PhaseUnit("degrees from 0 to 360", 0.0, 0.0, 360.0),
    PhaseUnit("milliradians from -3142 to 3142", -1000 * np.pi, 0.0, 2000 * np.pi),
    PhaseUnit("-2048 to 2047 for -π to π", -2048.0, 0.0, 4096.0),
    PhaseUnit("0 to 4095 for -π to π", 0.0, 2048.0, 4096.0),
    PhaseUnit("-4096 to 4095 for -π to π", -4096.0, 0.0, 8192.0),
)


def phase_unit(phase: NDArray[Any]) -> PhaseUnit:
    """Return the unit of which the finite values of ``phase`` fill one turn; LowfieldError where there is none."""
    finite = phase[np.isfinite(phase)]
    low, high = (float(finite.min()), float(finite.max())) if finite.size else (0.0, 0.0)
    unit = next((unit for unit in UNITS if _fills(unit, low, high)), None)
    if unit is None:
        raise LowfieldError(
            f"The phase image runs from {low:.6g} to {high:.6g}, which is no full turn in any known unit.",
            hint="Use the magnitude alone, or store the phase in radians.",
        )
    return unit


def _fills(unit: PhaseUnit, low: float, high: float) -> bool:
    slack = SLACK_OF_A_TURN * unit.turn
    inside = low >= unit.low - slack and high <= unit.low + unit.turn + slack
    return inside and high - low >= LEAST_OF_A_TURN * unit.turn


def join(first: Volume, second: Volume, kinds: tuple[str, str]) -> Volume:
    """Return the complex volume (complex64) of two real ones on one grid, saying how it was made.

    ``kinds`` is `POLAR` (``first`` is the magnitude, ``second`` the phase) or `CARTESIAN`. Raises LowfieldError
    where the grids differ, a magnitude is negative, or the phase fills no turn of a known unit.
    """
    if not first.geometry.same_grid(second.geometry):
        raise LowfieldError(
            f"The {kinds[0]} and the {kinds[1]} image do not lie on the same grid.", where=first.origin.source
        )
    if kinds == CARTESIAN:
        return _joined(first, second, first.data + 1j * second.data, "real and imaginary images")
    if float(np.nanmin(first.data)) < 0:
        raise LowfieldError("The magnitude image holds negative values.", where=first.origin.source)
    try:
        unit = phase_unit(second.data)
    except LowfieldError as error:
        raise LowfieldError(error.what, where=second.origin.source, hint=error.hint) from error
    angle = (second.data.astype(np.float64) - unit.zero) * (2 * np.pi / unit.turn)
    return _joined(first, second, first.data * np.exp(1j * angle), f"magnitude and phase images ({unit.name})")


def _joined(first: Volume, second: Volume, data: NDArray[Any], how: str) -> Volume:
    sources = f"{first.origin.source} and {second.origin.source}"
    told = f"Complex image joined from the {how}: {sources}."
    return first.with_data(
        data.astype(np.complex64),
        origin=replace(first.origin, window=None),
        warnings=tuple(dict.fromkeys((told, *first.warnings, *second.warnings))),
    )
