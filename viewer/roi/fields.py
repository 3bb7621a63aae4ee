"""Fields of a JSON object read one by one, each checked, each complaint naming whose field it is."""

import math
from collections.abc import Mapping

from viewer.core.errors import LowfieldError
from viewer.roi.checks import Vector
from viewer.roi.polygon import Contour


class Fields:
    """One JSON object. ``who`` opens every complaint; `finish` complains about fields nobody asked for."""

    def __init__(self, row: object, who: str) -> None:
        self.who = who
        if not isinstance(row, Mapping):
            raise LowfieldError(f"{who}: must be a JSON object.")
        self._row = dict(row)
        self._read: set[str] = set()

    def has(self, name: str) -> bool:
        """Whether the field is there and not null."""
        self._read.add(name)
        return self._row.get(name) is not None

    def text(self, name: str, default: str | None = None) -> str:
        """Return a text; a missing or empty one is ``default``, or refused where there is none."""
        if default is not None and (not self.has(name) or self._row[name] == ""):
            return default
        value = self._value(name)
        if not isinstance(value, str) or not value.strip():
            raise self._wrong(name, "a text")
        return value

    def number(self, name: str) -> float:
        """Return a finite number."""
        return self._number(self._value(name), name)

    def vector(self, name: str) -> Vector:
        """Return three finite numbers."""
        return self._vector(self._value(name), name)

    def matrix(self, name: str, rows: int, columns: int) -> list[list[float]]:
        """Return ``rows`` lists of ``columns`` finite numbers."""
        value = self._value(name)
        if not isinstance(value, list) or len(value) != rows:
            raise self._wrong(name, f"{rows} rows of {columns} numbers")
        return [self._numbers(row, name, columns) for row in value]

    def contours(self, name: str) -> tuple[Contour, ...]:
        """Return lists of points of three finite numbers."""
        value = self._value(name)
        if not isinstance(value, list):
            raise self._wrong(name, "a list of contours")
        return tuple(self._points(contour, name) for contour in value)

    def inner(self, name: str) -> "Fields":
        """Return an object inside this one."""
        return Fields(self._value(name), f"{self.who}, {name}")

    def inners(self, name: str) -> list["Fields"]:
        """Return a list of objects inside this one."""
        value = self._value(name)
        if not isinstance(value, list):
            raise self._wrong(name, "a list of objects")
        return [Fields(each, f"{self.who}, {name} {number}") for number, each in enumerate(value, start=1)]

    def finish(self) -> None:
        """Refuse fields that were never asked for: a misspelt name must not be lost in silence."""
        unknown = sorted(set(self._row) - self._read)
        if unknown:
            raise LowfieldError(f"{self.who}: unknown field {', '.join(map(repr, unknown))}.")

    def _value(self, name: str) -> object:
        if not self.has(name):
            raise LowfieldError(f"{self.who}: the field {name!r} is missing.")
        return self._row[name]

    def _points(self, value: object, name: str) -> Contour:
        if not isinstance(value, list):
            raise self._wrong(name, "a list of points")
        return tuple(self._vector(point, name) for point in value)

    def _vector(self, value: object, name: str) -> Vector:
        x, y, z = self._numbers(value, name, 3)
        return x, y, z

    def _numbers(self, value: object, name: str, count: int) -> list[float]:
        if not isinstance(value, list) or len(value) != count:
            raise self._wrong(name, f"{count} numbers")
        return [self._number(number, name) for number in value]

    def _number(self, value: object, name: str) -> float:
        # In Python true is a number, in a ROI file it is a mistake.
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
            raise self._wrong(name, "a finite number")
        return float(value)

    def _wrong(self, name: str, wanted: str) -> LowfieldError:
        return LowfieldError(f"{self.who}: the field {name!r} must be {wanted}.")
