"""Whether numbers measured again are those of a report: compared by name, so that every statistic is covered."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

RELATIVE_TOLERANCE = 1e-9
ABSOLUTE_TOLERANCE = 1e-12
"""For numbers that are zero but for rounding, such as the skewness of symmetric values."""
EXPLANATIONS = ("provenance", "warnings", "definition")
"""Parts of an ROI that explain its numbers: they say what differs, but are no results themselves."""
MOST_DIFFERENCES = 20


@dataclass(frozen=True)
class Agreement:
    """One number of one ROI, as the report says and as measured again (None: no such number)."""

    roi: str
    number: str
    reported: float
    now: float | None

    @property
    def relative(self) -> float | None:
        """Return |difference| over the larger of both; None where there is no number to compare with."""
        if self.now is None:
            return None
        size = max(abs(self.reported), abs(self.now))
        return abs(self.now - self.reported) / size if size else 0.0

    @property
    def agrees(self) -> bool:
        """Whether both are the same within `RELATIVE_TOLERANCE` (or `ABSOLUTE_TOLERANCE` around zero)."""
        return self.now is not None and math.isclose(
            self.now, self.reported, rel_tol=RELATIVE_TOLERANCE, abs_tol=ABSOLUTE_TOLERANCE
        )


@dataclass(frozen=True)
class Replay:
    """The outcome: every number of the report, what differs in how they came about, and what was not replayed."""

    numbers: tuple[Agreement, ...] = ()
    differences: tuple[str, ...] = ()
    not_replayed: tuple[str, ...] = ()

    @property
    def agrees(self) -> bool:
        """Whether every number was replayed and agrees; a report without any number proves nothing."""
        return bool(self.numbers) and not self.not_replayed and all(each.agrees for each in self.numbers)

    def document(self) -> dict[str, Any]:
        """Return the outcome as JSON-serialisable data."""
        rows = [
            {**vars(each), "relative_difference": each.relative, "agrees": each.agrees} for each in self.numbers
        ]
        return {
            "agrees": self.agrees,
            "tolerance": {"relative": RELATIVE_TOLERANCE, "absolute": ABSOLUTE_TOLERANCE},
            "compared": len(rows),
            "disagreeing": sum(not each.agrees for each in self.numbers),
            "numbers": rows,
            "differences": list(self.differences),
            "not_replayed": list(self.not_replayed),
        }


def compare(reported: Mapping[str, Any], now: Mapping[str, Any]) -> Replay:
    """Compare one ROI's documents (`measurement_document`): its numbers, and what explains those that differ."""
    name = str(reported.get("name", ""))
    found = dict(leaves({key: value for key, value in now.items() if key not in EXPLANATIONS}))
    numbers = tuple(
        Agreement(name, path, float(value), _number(found.get(path)))
        for path, value in leaves({key: each for key, each in reported.items() if key not in EXPLANATIONS})
        if _number(value) is not None
    )
    agree = all(each.agrees for each in numbers)
    return Replay(numbers, () if agree else _differences(name, reported, now))


def merged(parts: Sequence[Replay]) -> Replay:
    """Return all outcomes as one; what several ROIs share is said once."""
    return Replay(
        tuple(number for each in parts for number in each.numbers),
        tuple(dict.fromkeys(text for each in parts for text in each.differences)),
        tuple(dict.fromkeys(text for each in parts for text in each.not_replayed)),
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


def _differences(name: str, reported: Mapping[str, Any], now: Mapping[str, Any]) -> tuple[str, ...]:
    """Return what differs in provenance and warnings, old against new."""
    old, new = (dict(leaves(each.get("provenance") or {})) for each in (reported, now))
    changed = [key for key in {**old, **new} if old.get(key) != new.get(key)]
    lines = [f"{name}: {key} was {old.get(key)!r}, is {new.get(key)!r}." for key in changed[:MOST_DIFFERENCES]]
    if len(changed) > MOST_DIFFERENCES:
        lines.append(f"{name}: {len(changed) - MOST_DIFFERENCES} more entries of the provenance differ.")
    said = [text for text in now.get("warnings") or () if text not in (reported.get("warnings") or ())]
    return (*lines, *(f"{name}: new warning: {text}" for text in said))


def _number(value: Any) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
