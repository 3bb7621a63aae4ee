"""What the scanner was told, what the activity really is, and the numbers of both that enter the formulas."""

from dataclasses import dataclass, replace
from typing import Any

from viewer.core.errors import LowfieldError
from viewer.core.pet import PetAcquisition
from viewer.quantify.nuclides import Nuclide, check_half_life, identify, named, nuclide

FRACTION_TOLERANCE = 0.02
"""A file's positron fraction further off the table's than this (relative) deserves a look."""
TABLE = "resources/nuclides.json"


@dataclass(frozen=True)
class Isotope:
    """A nuclide as it enters a formula. ``name`` is empty and numbers are None where nobody says.

    ``row`` is its row of the table. The sources say where half-life and positron fraction were read.
    """

    name: str
    half_life_s: float | None
    positron_fraction: float | None
    row: Nuclide | None = None
    half_life_source: str = ""
    positron_fraction_source: str = ""

    def document(self) -> dict[str, Any]:
        """Return the numbers in use and their sources, JSON-serialisable."""
        row = self.row
        return {
            "name": self.name,
            "half_life_s": self.half_life_s,
            "half_life_source": self.half_life_source,
            "positron_fraction": self.positron_fraction,
            "positron_fraction_source": self.positron_fraction_source,
            "positron_fraction_uncertainty": row.branching_uncertainty if row else None,
            "positron_fraction_alternatives": [list(other) for other in row.alternatives] if row else [],
        }


@dataclass(frozen=True)
class Declaration:
    """The nuclide the scanner was told (``acquired``) and the true one (``actual``); the same when they agree."""

    acquired: Isotope
    actual: Isotope
    warnings: tuple[str, ...] = ()

    @property
    def rescaled(self) -> bool:
        """Whether the activity is another nuclide than the scanner was told."""
        return self.acquired.name != self.actual.name

    @property
    def label(self) -> str:
        """What every number derived from it is labelled with."""
        if self.rescaled:
            return f"rescaled: acquired as {self.acquired.name}, is {self.actual.name}"
        return self.actual.name or "nuclide not stated"


def declare(acquisition: PetAcquisition, acquired_as: str | None = None, actual: str | None = None) -> Declaration:
    """Combine the header with what the user states (names of nuclides, None: as the file says).

    The half-life and positron fraction that the scanner used are the file's where it states them. Raises
    `LowfieldError` when header and user contradict each other, or a nuclide emits no positrons.
    """
    told, warnings = _told(acquisition, acquired_as, actual)
    acquired, doubts = _as_acquired(acquisition, told, stated=acquired_as is not None or actual is not None)
    if actual is None or nuclide(actual).name == acquired.name:
        return Declaration(acquired, acquired, warnings + doubts)
    if told is None:
        raise LowfieldError(
            f"The file does not say which nuclide the scanner was told, so it cannot be rescaled to {actual}.",
            hint="State it (acquired as).",
        )
    truth = _from_table(nuclide(actual))
    for isotope in (acquired, truth):
        if not isotope.positron_fraction:
            raise LowfieldError(f"{isotope.name} emits no positrons: its activity cannot be rescaled.")
    return Declaration(acquired, truth, warnings + doubts)


def _told(
    acquisition: PetAcquisition, acquired_as: str | None, actual: str | None
) -> tuple[Nuclide | None, tuple[str, ...]]:
    """Return what the scanner was told: the user's word, checked against the header, else the header's."""
    code, meaning, half_life = acquisition.nuclide_code, acquisition.nuclide_meaning, acquisition.half_life_s
    if acquired_as is None:
        free_text = acquisition.radiopharmaceutical if actual is None else ""
        found = identify(code, meaning, half_life, free_text)
        return found.nuclide, found.warnings
    stated = nuclide(acquired_as)
    warnings = check_half_life(stated, half_life)
    rows = named(code, meaning)
    others = " and ".join(row.name for row in rows if row != stated)
    if not others:
        return stated, warnings
    if half_life is None and stated not in rows:
        raise LowfieldError(f"The file says it was acquired as {others}, not as {stated.name}.")
    return stated, (
        *warnings,
        f"The file also names {others}; it is read as acquired as {stated.name}, as stated.",
    )


def _as_acquired(
    acquisition: PetAcquisition, told: Nuclide | None, *, stated: bool
) -> tuple[Isotope, tuple[str, ...]]:
    """Return the numbers that the scanner used, and doubts about them."""
    tags = acquisition.sources
    isotope = _from_table(told) if told else Isotope(acquisition.nuclide_meaning.replace("^", ""), None, None)
    if acquisition.half_life_s is not None:
        source = tags.get("half_life_s", "file")
        isotope = replace(isotope, half_life_s=acquisition.half_life_s, half_life_source=source)
    doubts: tuple[str, ...] = ()
    if acquisition.half_life_s is None and told is not None and not stated:
        doubts = (
            f"The file states no half-life (RadionuclideHalfLife); that of {told.name} in the table is used, "
            f"{told.half_life_s:g} s.",
        )
    if acquisition.positron_fraction is None:
        return isotope, doubts
    doubts += _check_fraction(told, acquisition.positron_fraction)
    source = tags.get("positron_fraction", "file")
    return replace(
        isotope, positron_fraction=acquisition.positron_fraction, positron_fraction_source=source
    ), doubts


def _check_fraction(told: Nuclide | None, fraction: float) -> tuple[str, ...]:
    if not 0 < fraction <= 1:
        raise LowfieldError(f"RadionuclidePositronFraction (0018,1076) is {fraction:g}, which is not possible.")
    if told is None or abs(fraction - told.positron_fraction) <= FRACTION_TOLERANCE * told.positron_fraction:
        return ()
    return (
        f"The file's positron fraction {fraction:g} is not that of {told.name} ({told.positron_fraction:g}); "
        "the file's is taken as what the scanner divided by.",
    )


def _from_table(row: Nuclide) -> Isotope:
    return Isotope(row.name, row.half_life_s, row.positron_fraction, row, TABLE, TABLE)
