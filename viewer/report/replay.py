"""Whether numbers worked out again are those of a document: compared by name, so that all are covered."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

EXPLANATIONS = ("warnings", "definition")
"""Parts of an ROI that are no results: what is said about them, and what they were measured from."""
STATED = frozenset(
    {
        "unit",
        "nuclide",
        "label",
        "convention",
        "grade",
        "verdict",
        "model",
        "model_sha256",
        "modality",
        "weighting",
    }
)
"""Words without which a number means something else; they are compared as numbers are."""
MOST_DIFFERENCES = 20
Value = float | int | str
"""A number, a yes or no (bool), or a word of `STATED`."""


@dataclass(frozen=True)
class Tolerance:
    """How far two numbers may lie apart: relative to the larger, or absolute around zero."""

    relative: float = 1e-9
    absolute: float = 1e-12


EXACT = Tolerance()
"""For sums over voxels: the same but for the order of summing. Absolute: the skewness of symmetric values."""
Tolerances = Mapping[str, Tolerance]
"""By the beginning of a number's dotted path; the longest that fits counts, `EXACT` where none does."""


@dataclass(frozen=True)
class Agreement:
    """One number of one ROI, as the document says and as worked out again (None: no such number)."""

    roi: str
    number: str
    reported: Value
    now: Value | None
    tolerance: Tolerance = EXACT

    @property
    def relative(self) -> float | None:
        """Return |difference| over the larger of both; None where there are no two numbers to compare."""
        if self.now is None or isinstance(self.now, str) or isinstance(self.reported, str):
            return None
        size = max(abs(self.reported), abs(self.now))
        return abs(self.now - self.reported) / size if size else 0.0

    @property
    def agrees(self) -> bool:
        """Whether both are the same within the tolerance; words and yes or no must be the same."""
        if self.now is None or isinstance(self.now, str | bool) or isinstance(self.reported, str | bool):
            return self.now is not None and type(self.now) is type(self.reported) and self.now == self.reported
        allowed = self.tolerance
        return math.isclose(self.now, self.reported, rel_tol=allowed.relative, abs_tol=allowed.absolute)


@dataclass(frozen=True)
class Replay:
    """The outcome: every number of the document, what differs in how they came about, and what was not replayed.

    ``left_out`` names numbers that no replay can repeat, such as how long something took; they prove nothing.
    """

    numbers: tuple[Agreement, ...] = ()
    differences: tuple[str, ...] = ()
    not_replayed: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()

    @property
    def agrees(self) -> bool:
        """Whether every number was replayed and agrees; a document without any number proves nothing."""
        return bool(self.numbers) and not self.not_replayed and all(each.agrees for each in self.numbers)

    def document(self) -> dict[str, Any]:
        """Return the outcome as JSON-serialisable data."""
        return {
            "agrees": self.agrees,
            "tolerance": vars(EXACT),
            "compared": len(self.numbers),
            "disagreeing": sum(not each.agrees for each in self.numbers),
            "numbers": [_row(each) for each in self.numbers],
            "differences": list(self.differences),
            "not_replayed": list(self.not_replayed),
            "left_out": list(self.left_out),
        }


def _row(each: Agreement) -> dict[str, Any]:
    more = {} if each.tolerance == EXACT else {"tolerance": vars(each.tolerance)}
    compared = {"reported": each.reported, "now": each.now, "relative_difference": each.relative}
    return {"roi": each.roi, "number": each.number, **compared, "agrees": each.agrees, **more}


def compare(
    reported: Mapping[str, Any],
    now: Mapping[str, Any],
    name: str | None = None,
    *,
    skip: Sequence[str] = EXPLANATIONS,
    tolerances: Tolerances | None = None,
) -> Replay:
    """Compare two documents of one ROI (`measurement_document`) or another part, called ``name``.

    Every number, yes or no, and word of `STATED` in ``reported`` is looked up by its dotted path in ``now``;
    ``skip`` names the keys at the top that are left alone. Words that differ in the provenance are listed.
    """
    called = str(reported.get("name", "")) if name is None else name
    found = dict(leaves({key: value for key, value in now.items() if key not in skip}))
    numbers = tuple(
        Agreement(called, path, value, _value(found.get(path)), _tolerance(path, tolerances or {}))
        for path, value in leaves({key: each for key, each in reported.items() if key not in skip})
        if _compared(path, value, found.get(path))
    )
    return Replay(numbers, _differences(called, reported, now))


def merged(parts: Sequence[Replay]) -> Replay:
    """Return all outcomes as one; what several parts share is said once."""
    return Replay(
        tuple(number for each in parts for number in each.numbers),
        tuple(dict.fromkeys(text for each in parts for text in each.differences)),
        tuple(dict.fromkeys(text for each in parts for text in each.not_replayed)),
        tuple(dict.fromkeys(text for each in parts for text in each.left_out)),
    )


def leaves(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Yield (dotted path, value) of everything in nested mappings and lists that is neither."""
    if isinstance(value, Mapping):
        for key, each in value.items():
            yield from leaves(each, f"{path}.{key}" if path else str(key))
    elif isinstance(value, list | tuple):
        for place, each in enumerate(value):
            yield from leaves(each, f"{path}.{place}")
    else:
        yield path, value


def _compared(path: str, value: Any, now: Any) -> bool:
    """Whether a leaf says something that must be the same; a text in the place of a number is one, too."""
    if isinstance(value, str):
        return path.rpartition(".")[2] in STATED or isinstance(now, int | float)
    return value is not None


def _tolerance(path: str, tolerances: Tolerances) -> Tolerance:
    fitting = [start for start in tolerances if f"{path}.".startswith(f"{start}." if start else "")]
    return tolerances[max(fitting, key=len)] if fitting else EXACT


def _differences(name: str, reported: Mapping[str, Any], now: Mapping[str, Any]) -> tuple[str, ...]:
    """Return what differs in the words of provenance and warnings, old against new."""
    old, new = (dict(leaves(each.get("provenance") or {})) for each in (reported, now))
    changed = [key for key in {**old, **new} if old.get(key) != new.get(key)]
    lines = [f"{name}: {key} was {old.get(key)!r}, is {new.get(key)!r}." for key in changed[:MOST_DIFFERENCES]]
    if len(changed) > MOST_DIFFERENCES:
        lines.append(f"{name}: {len(changed) - MOST_DIFFERENCES} more entries of the provenance differ.")
    said = [text for text in now.get("warnings") or () if text not in (reported.get("warnings") or ())]
    return (*lines, *(f"{name}: new warning: {text}" for text in said))


def _value(value: Any) -> Value | None:
    return value if isinstance(value, int | float | str) else None
