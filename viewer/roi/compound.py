"""Shapes made of others: grown from an image inside a bounding shape, and combined from parts."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from viewer.core.errors import LowfieldError
from viewer.roi.checks import Vector, positive, store, vector

if TYPE_CHECKING:
    from viewer.roi.shapes import Shape

UNION, SUBTRACT, INTERSECT = "union", "subtract", "intersect"
BQ_ML, KBQ_ML, SUV_BW, HU = "Bq/mL", "kBq/mL", "SUVbw", "HU"
LEVEL_UNITS = (BQ_ML, KBQ_ML, SUV_BW, HU, "")
"""Units a fixed level may be given in; the empty one is whatever unit the image has."""


@dataclass(frozen=True)
class OfMaximum:
    """The level is ``fraction`` (0..1] of the highest voxel inside the bounding shape (0.41, 0.5)."""

    fraction: float

    def __post_init__(self) -> None:
        store(self, fraction=_fraction(self.fraction))


@dataclass(frozen=True)
class OverBackground:
    """The level lies ``fraction`` of the way from the mean of ``background`` to the maximum.

    With 0.5 that is A50, 0.5 · (maximum + background): the volumes of interest of EANM/EARL and of NEMA recovery.
    """

    background: "Shape"
    fraction: float = 0.5

    def __post_init__(self) -> None:
        store(self, fraction=_fraction(self.fraction))


@dataclass(frozen=True)
class FixedLevel:
    """The level is ``value`` in ``unit``, one of `LEVEL_UNITS` (SUVbw in g/mL)."""

    value: float
    unit: str

    def __post_init__(self) -> None:
        if self.unit not in LEVEL_UNITS:
            raise LowfieldError(f"A level cannot be given in {self.unit!r}.", hint=f"Known: {LEVEL_UNITS[:-1]}.")
        store(self, value=vector((self.value, 0, 0), "The level, 0 and 0")[0])


Level = OfMaximum | OverBackground | FixedLevel


@dataclass(frozen=True)
class Grown:
    """The voxels inside ``within`` that reach ``level`` and hang together (over faces) with the seed.

    Without a seed it grows from the highest voxel. ``within`` bounds the search for the maximum and the growth.
    ``series_uid`` names the series it was grown on; another series is measured in the same place, not grown anew.
    """

    within: "Shape"
    level: Level
    seed_lps_mm: Vector | None = None
    series_uid: str = ""

    def __post_init__(self) -> None:
        if self.seed_lps_mm is not None:
            store(self, seed_lps_mm=vector(self.seed_lps_mm, "The seed"))


@dataclass(frozen=True)
class Combined:
    """Shapes joined (`UNION`), the first without all others (`SUBTRACT`), or what all share (`INTERSECT`)."""

    kind: str
    parts: tuple["Shape", ...]

    def __post_init__(self) -> None:
        if self.kind not in (UNION, SUBTRACT, INTERSECT):
            raise LowfieldError(f"Shapes cannot be combined by {self.kind!r}.")
        store(self, parts=tuple(self.parts))
        if len(self.parts) < 2:
            raise LowfieldError("Combining takes at least two shapes.")


def _fraction(value: float) -> float:
    fraction = positive(value, "The fraction")
    if fraction > 1:
        raise LowfieldError(f"The fraction of an isocontour is at most 1, not {fraction:g}.")
    return fraction
