"""Reading single values from a header without trusting them: unreadable counts as absent."""

import math
import struct
from collections.abc import Iterable
from functools import cache
from typing import Any

from pydicom.datadict import dictionary_VR
from pydicom.dataelem import RawDataElement
from pydicom.dataset import Dataset
from pydicom.errors import BytesLengthException
from pydicom.multival import MultiValue
from pydicom.tag import BaseTag, Tag

UNREADABLE = (
    *(ValueError, TypeError, ArithmeticError, LookupError, NotImplementedError, AttributeError),
    *(struct.error, BytesLengthException),
)
"""What pydicom raises on values that contradict their representation."""


TEXT_VRS = frozenset({"AE", "AS", "CS", "DA", "DS", "DT", "IS", "LO", "LT", "SH", "ST", "TM", "UC", "UI", "UT"})
ESCAPE = b"\x1b"


def value(dataset: Dataset, keyword: str) -> Any:
    """Return the value, or None where it is absent, empty or unreadable."""
    if dataset.get_item(_tag(keyword), keep_deferred=True) is None:
        return None
    try:
        found = dataset.get(keyword)
    except UNREADABLE:
        return None
    return None if found is None or found == "" else found


def text(dataset: Dataset, keyword: str) -> str:
    """Return the value as stripped text, several values joined by a backslash, "" where absent.

    Plain ASCII is the same in every character set (PS3.5 6.1.2) and is taken as it is, which is quicker.
    """
    element = dataset.get_item(_tag(keyword), keep_deferred=True)
    if isinstance(element, RawDataElement) and isinstance(element.value, bytes):
        raw = element.value
        if (element.VR or _usual_vr(keyword)) in TEXT_VRS and raw.isascii() and ESCAPE not in raw:
            return raw.decode("ascii").strip(" \0")
    found = value(dataset, keyword) if element is not None else None
    if found is None:
        return ""
    return "\\".join(map(str, found)) if isinstance(found, MultiValue | list) else str(found).strip()


def texts(dataset: Dataset, keyword: str) -> tuple[str, ...]:
    """Return the values as texts, empty where absent."""
    joined = text(dataset, keyword)
    return tuple(joined.split("\\")) if joined else ()


def numbers(dataset: Dataset, keyword: str, count: int = 0) -> tuple[float, ...] | None:
    """Return the values as finite floats; None where absent, unreadable or not ``count`` of them."""
    try:
        found = _plain(dataset, keyword)
        floats = tuple(float(item) for item in found) if found else ()
    except UNREADABLE:
        return None
    good = all(map(math.isfinite, floats)) and (len(floats) == count or not count)
    return floats if good and floats else None


def number(dataset: Dataset, keyword: str) -> float | None:
    """Return the first value as a finite float, or None."""
    found = numbers(dataset, keyword)
    return found[0] if found else None


def integer(dataset: Dataset, keyword: str) -> int | None:
    """Return the first value as an integer, or None."""
    found = number(dataset, keyword)
    return int(found) if found is not None else None


def items(dataset: Dataset | None, keyword: str) -> list[Dataset]:
    """Return the items of a sequence, empty where it is absent or not a sequence."""
    found = value(dataset, keyword) if dataset is not None else None
    if found is None:
        return []
    return [item for item in found if isinstance(item, Dataset)] if isinstance(found, Iterable) else []


def person(dataset: Dataset, keyword: str = "PatientName") -> str:
    """Return a person's name as one reads it: ``Family, Given Middle``, ideographs in brackets (PS3.5 6.2.1.2)."""
    found = value(dataset, keyword)
    if found is None:
        return ""
    groups = [_readable(group) for group in str(found).split("=")]
    first, *others = [group for group in groups[:2] if group] or [""]
    return f"{first} ({others[0]})" if others else first


def _readable(group: str) -> str:
    family, *given = (part.strip() for part in group.split("^")[:3])
    rest = " ".join(part for part in given if part)
    return ", ".join(part for part in (family, rest) if part)


def _plain(dataset: Dataset, keyword: str) -> Any:
    """Take decimal strings apart directly: making pydicom's DS objects takes most of a scan's time."""
    element = dataset.get_item(_tag(keyword), keep_deferred=True)
    if element is None:
        return None
    raw = element.value
    if isinstance(element, RawDataElement) and isinstance(raw, bytes):
        representation = element.VR or _usual_vr(keyword)
        if representation in ("DS", "IS"):
            return raw.rstrip(b"\0 ").split(b"\\")
        if representation == "US" and len(raw) == 2:
            return (int.from_bytes(raw, "little" if element.is_little_endian else "big"),)
        raw = dataset[_tag(keyword)].value
    found = raw
    return found if isinstance(found, MultiValue | list | tuple) else [found]


@cache
def _tag(keyword: str) -> BaseTag:
    return shared_tag(int(Tag(keyword)))


@cache
def shared_tag(tag: int) -> BaseTag:
    """Return the one object that stands for a tag: pydicom is slow to find two of them equal."""
    return BaseTag(tag)


@cache
def _usual_vr(keyword: str) -> str:
    return dictionary_VR(keyword)
