"""Reading tags that may be missing or damaged, noting where each number came from."""

import math
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from pydicom.datadict import tag_for_keyword
from pydicom.dataset import Dataset
from pydicom.multival import MultiValue
from pydicom.sequence import Sequence

from viewer.dicom.times import combine, parse_date, parse_datetime, parse_time


def tag_name(keyword: str) -> str:
    """Name a tag for people: ``RadionuclideHalfLife (0018,1075)``."""
    tag = tag_for_keyword(keyword)
    return f"{keyword} ({tag >> 16:04x},{tag & 0xFFFF:04x})" if tag is not None else keyword


class TagReader:
    """Reads values out of data sets; collects ``sources`` (field: tag) and ``warnings`` (each said once)."""

    def __init__(self) -> None:
        self.sources: dict[str, str] = {}
        self.warnings: list[str] = []

    def warn(self, text: str) -> None:
        """Add a warning unless it has been said."""
        if text not in self.warnings:
            self.warnings.append(text)

    def note(self, field: str, source: str, *values: object) -> None:
        """Record the source of a field, when it has a value (none of ``values`` is None or empty)."""
        if field and all(value not in (None, "") for value in values):
            self.sources[field] = source

    def value(self, dataset: Dataset, tag: str | int) -> Any:
        """Return the first value of a tag; None where it is absent, empty or unreadable (then with a warning)."""
        try:
            value = dataset[tag].value if tag in dataset else None
        except (ValueError, TypeError, NotImplementedError, OverflowError, LookupError):
            self.warn(f"{_name(tag)} cannot be read and was ignored.")
            return None
        if isinstance(value, MultiValue | Sequence | list):
            value = value[0] if value else None
        if isinstance(value, bytes):
            value = value.decode("ascii", "replace")
        return None if value is None or value == "" else value

    def text(self, dataset: Dataset, tag: str | int, field: str = "") -> str:
        """Return the text of a tag without padding; empty where absent."""
        value = self.value(dataset, tag)
        text = "" if value is None else str(value).strip(" \0")
        self.note(field, _name(tag), text)
        return text

    def number(self, dataset: Dataset, tag: str | int, field: str = "") -> float | None:
        """Return a finite number; None where absent, and with a warning where it is not one."""
        text = self.text(dataset, tag)
        if not text:
            return None
        try:
            number = float(text)
        except ValueError:
            number = math.nan
        if not math.isfinite(number):
            self.warn(f"{_name(tag)} is not a number and was ignored.")
            return None
        self.note(field, _name(tag), number)
        return number

    def positive(self, dataset: Dataset, tag: str | int, field: str = "") -> float | None:
        """Return a number above zero. Zero means "not filled in" to many writers; below zero is warned about."""
        number = self.number(dataset, tag)
        if number is None or number == 0:
            return None
        if number < 0:
            self.warn(f"{_name(tag)} is negative and was ignored.")
            return None
        self.note(field, _name(tag), number)
        return number

    def item(self, dataset: Dataset, keyword: str) -> Dataset:
        """Return the first item of a sequence; an empty data set where there is none."""
        value = self.value(dataset, keyword)
        return value if isinstance(value, Dataset) else Dataset()

    def moment(self, dataset: Dataset, days: Iterable[str], time: str, field: str = "") -> datetime | None:
        """Return a date and a time; the date from the first of the tags ``days`` that holds one."""
        since_midnight = parse_time(self.text(dataset, time))
        for keyword in days:
            moment = combine(parse_date(self.text(dataset, keyword)), since_midnight)
            if moment:
                self.note(field, f"{tag_name(keyword)}, {tag_name(time)}", moment)
                return moment
        return None

    def instant(self, dataset: Dataset, tag: str | int, zone: str = "", field: str = "") -> datetime | None:
        """Return a DT value as local time, ``zone`` being TimezoneOffsetFromUTC."""
        moment = parse_datetime(self.text(dataset, tag), zone)
        self.note(field, _name(tag), moment)
        return moment


def _name(tag: str | int) -> str:
    return tag_name(tag) if isinstance(tag, str) else f"({tag >> 16:04x},{tag & 0xFFFF:04x})"
