"""The nuclide table (``resources/nuclides.json``) and how a name or a header finds its row.

A header names its nuclide three times over: by code (PS3.16 CID 4020), by the meaning of that code, and by the
half-life the scanner used. 149Tb has no standard code, so all three are looked at, then private codes and the free
text of the radiopharmaceutical (facts/tb149-pet §2).
"""

import json
import re
from dataclasses import dataclass
from functools import cache
from typing import Any

from viewer.core.errors import LowfieldError
from viewer.core.paths import resources

HALF_LIFE_TOLERANCE = 0.005
"""Headers round half-lives: up to here two of them are the same."""
HALF_LIFE_CONFLICT = 0.05
"""Beyond this a half-life cannot belong to the nuclide named beside it."""
SAY = "State which nuclide the scanner was told (acquired as)."
SNOMED_RT = frozenset({"SRT", "SNM3", "99SDM"})
"""The names under which old files carry the same SNOMED codes (PS3.16 section 8)."""
OLD_MEANING = re.compile(r"\^\d+\^\[")
"""How SNOMED RT writes a nuclide: ``F^18^[^18^Fluorine]``."""
PRIVATE_SCHEME = "99"
"""How private coding schemes begin (PS3.16 section 8): their codes are free text, such as (TB149, 99LOCAL)."""


@dataclass(frozen=True)
class Nuclide:
    """One row of the table. ``positron_fraction`` is β+ per decay; uncertainties are absolute, None if unstated.

    ``codes`` are (CodeValue, CodingSchemeDesignator), ``meanings`` CodeMeanings. ``alternatives`` are other
    published positron fractions as (value, source). ``prompt_gammas`` are (keV, photons per decay); ``decays_to``
    names what it becomes and with which share. ``uncertainty_source`` is empty where ``source`` covers them.
    """

    symbol: str
    half_life_s: float
    positron_fraction: float
    branching_uncertainty: float | None
    source: str
    codes: tuple[tuple[str, str], ...]
    meanings: tuple[str, ...]
    half_life_uncertainty_s: float | None = None
    alternatives: tuple[tuple[float, str], ...] = ()
    uncertainty_source: str = ""
    prompt_gammas: tuple[tuple[float, float], ...] = ()
    prompt_gammas_source: str = ""
    decays_to: tuple[tuple[str, float], ...] = ()

    @property
    def name(self) -> str:
        """The way it is written in reports: ``149Tb``."""
        element, mass = self.symbol.split("-")
        return f"{mass}{element}"


@dataclass(frozen=True)
class Identification:
    """Which nuclide a header means (None: not in the table), by what, and what does not fit perfectly."""

    nuclide: Nuclide | None
    by: str = ""
    warnings: tuple[str, ...] = ()


@cache
def table() -> tuple[Nuclide, ...]:
    """Return all nuclides that a header may name, in the order of the file."""
    return tuple(_from_row(row) for row in _file()["nuclides"])


@cache
def descendants() -> tuple[Nuclide, ...]:
    """Return what the table's nuclides become: never what a scanner was told, so no header is matched to them."""
    return tuple(_from_row(row) for row in _file()["descendants"])


def _file() -> dict[str, list[dict[str, Any]]]:
    document: dict[str, Any] = json.loads((resources() / "nuclides.json").read_text(encoding="utf-8"))
    return document


def nuclide(name: str) -> Nuclide:
    """Return the nuclide called ``149Tb``, ``Tb-149``, ``Tb149`` or ``^149^Terbium``; refuse unknown ones."""
    found = _by_name(name)
    if found is None:
        known = ", ".join(row.name for row in table())
        raise LowfieldError(f"The nuclide {name!r} is not in the table.", hint=f"Known are {known}.")
    return found


def match(code: tuple[str, str] | None, meaning: str, half_life_s: float | None) -> Nuclide | None:
    """Return the nuclide of a header, or None if the table does not know it; see `identify`."""
    return identify(code, meaning, half_life_s).nuclide


def identify(
    code: tuple[str, str] | None, meaning: str, half_life_s: float | None, free_text: str = ""
) -> Identification:
    """Find the nuclide by (CodeValue, scheme), else by meaning, else by half-life (within 0.5 %).

    ``free_text`` (Radiopharmaceutical, e.g. ``149Tb-PSMA``) decides only where all else is silent; where it names
    another nuclide, a warning says so. Code and meaning that disagree are settled by the
    half-life. Raises `LowfieldError` when it fits neither, or contradicts the one that is named.
    """
    rows = named(code, meaning)
    if len(rows) > 1:
        return _settle(rows, half_life_s)
    if rows:
        row, by = rows[0], "code" if _by_code(code) else "meaning"
    elif found := _by_half_life(half_life_s):
        row, by = found, "half-life"
    elif spoken := mentioned(free_text):
        row, by = spoken, "radiopharmaceutical"
    else:
        return Identification(None)
    return Identification(row, by, (*check_half_life(row, half_life_s), *check_text(row, free_text)))


def check_text(row: Nuclide, free_text: str) -> tuple[str, ...]:
    """Return a warning where the radiopharmaceutical's name speaks of another nuclide than the header's codes."""
    spoken = mentioned(free_text)
    if spoken is None or spoken == row:
        return ()
    return (
        f"The radiopharmaceutical is called {free_text!r}, which means {spoken.name}, but the file's nuclide is "
        f"{row.name}. If the activity is {spoken.name}, state it: acquired as {row.name}, is {spoken.name}.",
    )


def mentioned(text: str) -> Nuclide | None:
    """Return the one nuclide of the table that free text such as ``Tb149-PSMA`` or ``[68Ga]Ga-DOTATOC`` names."""
    plain = text.lower().replace("^", "")
    found = []
    for row in table():
        element, mass = row.symbol.lower().split("-")
        words = "|".join([element, *re.findall("[a-z]{3,}", row.meanings[0].lower())])
        if re.search(rf"(?<!\d){mass}[\s-]*({words})(?![a-z])|(?<![a-z])({words})[\s-]*{mass}(?!\d)", plain):
            found.append(row)
    return found[0] if len(found) == 1 else None


def named(code: tuple[str, str] | None, meaning: str) -> tuple[Nuclide, ...]:
    """Return the nuclides that code and meaning name: none, one, or two that disagree."""
    rows = (_by_code(code), _by_name(meaning))
    return tuple(dict.fromkeys(row for row in rows if row is not None))


def check_half_life(row: Nuclide, half_life_s: float | None) -> tuple[str, ...]:
    """Return warnings about a header's half-life for this nuclide; raise `LowfieldError` when they conflict."""
    if half_life_s is None or _same(row.half_life_s, half_life_s):
        return ()
    text = f"The file's half-life of {half_life_s:g} s"
    other = _by_half_life(half_life_s)
    if other is not None:
        raise LowfieldError(f"{text} is that of {other.name}, not of {row.name} as stated.", hint=SAY)
    away = abs(half_life_s / row.half_life_s - 1)
    if away > HALF_LIFE_CONFLICT:
        raise LowfieldError(f"{text} cannot be that of {row.name} ({row.half_life_s:g} s).", hint=SAY)
    return (f"{text} is {100 * away:.1f} % off that of {row.name} ({row.half_life_s:g} s).",)


def _settle(rows: tuple[Nuclide, ...], half_life_s: float | None) -> Identification:
    names = " and ".join(sorted(row.name for row in rows))
    fitting = [row for row in rows if half_life_s is not None and _same(row.half_life_s, half_life_s)]
    if not fitting:
        raise LowfieldError(f"The file's nuclide code and its meaning disagree: {names}.", hint=SAY)
    warning = f"The file's nuclide code and its meaning disagree ({names}); the half-life is of {fitting[0].name}."
    return Identification(fitting[0], "half-life", (warning,))


def _same(known_s: float, stated_s: float) -> bool:
    return abs(stated_s / known_s - 1) <= HALF_LIFE_TOLERANCE


def _by_half_life(half_life_s: float | None) -> Nuclide | None:
    if half_life_s is None:
        return None
    nearest = min(table(), key=lambda row: abs(half_life_s / row.half_life_s - 1))
    return nearest if _same(nearest.half_life_s, half_life_s) else None


def _by_code(code: tuple[str, str] | None) -> Nuclide | None:
    if code is None:
        return None
    value, scheme = code
    wanted = value, "SRT" if scheme in SNOMED_RT else scheme
    standard = next((row for row in table() if wanted in row.codes), None)
    return standard or (_by_name(value) if scheme.startswith(PRIVATE_SCHEME) else None)


def _by_name(text: str) -> Nuclide | None:
    key = _key(text)
    exact = next((row for row in table() if key in {_key(name) for name in (row.symbol, *row.meanings)}), None)
    return exact or (mentioned(text) if OLD_MEANING.search(text) else None)


def _key(text: str) -> frozenset[str]:
    """Numbers and words of a name, so that ``^149^Terbium``, ``149-Terbium`` and ``Terbium 149`` are one."""
    return frozenset(re.findall(r"\d+|[a-z]+", text.lower()))


def _from_row(row: dict[str, Any]) -> Nuclide:
    texts = {
        "codes": tuple((value, scheme) for value, scheme in row.get("codes", ())),
        "meanings": tuple(row.get("meanings", ())),
        "alternatives": tuple(
            (other["positron_fraction"], other["source"]) for other in row.get("alternatives", ())
        ),
        "prompt_gammas": tuple((energy, yield_) for energy, yield_ in row.get("prompt_gammas", ())),
        "decays_to": tuple(row.get("decays_to", {}).items()),
    }
    return Nuclide(**({"branching_uncertainty": None} | row | texts))
