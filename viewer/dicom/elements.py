"""Stepping over DICOM elements as bytes: no values are made, depth and lengths are bounded (PS3.5 chapter 7)."""

import struct
from typing import NamedTuple

MAX_DEPTH = 32
"""Nested sequences; real files stay below ten. 300 of them cost pydicom 2.9 GB (facts/viewers §1.3)."""
UNDEFINED = 0xFFFFFFFF
PIXEL_TAGS = frozenset({0x7FE00008, 0x7FE00009, 0x7FE00010})
ITEM, ITEM_END, SEQUENCE_END = 0xFFFEE000, 0xFFFEE00D, 0xFFFEE0DD
LONG_VRS = frozenset({b"OB", b"OD", b"OF", b"OL", b"OV", b"OW", b"SQ", b"SV", b"UC", b"UN", b"UR", b"UT", b"UV"})
BULK_VRS = frozenset({"OB", "OD", "OF", "OL", "OV", "OW"})

_SHORT = {True: struct.Struct("<HH2sH"), False: struct.Struct(">HH2sH")}
_TAG_LENGTH = {True: struct.Struct("<HHL"), False: struct.Struct(">HHL")}
_LENGTH = {True: struct.Struct("<L"), False: struct.Struct(">L")}


class Damaged(Exception):
    """The bytes contradict the standard; the text says how."""


class TooDeep(Damaged):
    """Sequences inside sequences beyond `MAX_DEPTH`."""

    def __init__(self) -> None:
        super().__init__(f"sequences are nested more than {MAX_DEPTH} deep")


class OutOfBytes(Exception):
    """The bytes at hand end inside an element: read more, or the file is truncated."""


class Encoding(NamedTuple):
    """How elements are written: without VR (``implicit``), and the byte order."""

    implicit: bool
    little: bool


def looks_explicit(data: bytes, position: int) -> bool:
    """Whether two capital letters stand where an explicit VR would."""
    vr = data[position + 4 : position + 6]
    return len(vr) == 2 and vr.isalpha() and vr.isupper()


def element(data: bytes, position: int, encoding: Encoding) -> tuple[int, str, int, int]:
    """Return (tag, VR or "", length, position of the value) of the element at ``position``.

    Inside explicit files some sequences are written implicitly (PS3.5 6.2.2): seen by the missing letters.
    """
    try:
        if not encoding.implicit:
            group, number, vr, length = _SHORT[encoding.little].unpack_from(data, position)
            if vr in LONG_VRS:
                (length,) = _LENGTH[encoding.little].unpack_from(data, position + 8)
                return group << 16 | number, vr.decode("ascii"), length, position + 12
            if b"AA" <= vr <= b"ZZ":
                return group << 16 | number, vr.decode("ascii", "replace"), length, position + 8
        group, number, length = _TAG_LENGTH[encoding.little].unpack_from(data, position)
    except struct.error:
        raise OutOfBytes from None
    return group << 16 | number, "", length, position + 8


def skip_undefined(data: bytes, position: int, vr: str, encoding: Encoding, depth: int) -> int:
    """Return the position behind a value of undefined length: a sequence, or fragments of bulk data."""
    return _skip_items(data, position, None, encoding, depth, dive=vr not in BULK_VRS, thorough=False)


def check_depth(data: bytes, encoding: Encoding) -> None:
    """Raise `Damaged` when sequences nest deeper than `MAX_DEPTH`, also inside those of defined length.

    Depth cannot exceed the number of items, and few files have many: counting one pattern settles the rest.
    """
    mark = b"\xfe\xff\x00\xe0" if encoding.little else b"\xff\xfe\xe0\x00"
    if data.count(mark) > MAX_DEPTH or (not encoding.little and data.count(b"\xfe\xff\x00\xe0")):
        _skip_elements(data, 0, len(data), encoding, 0, thorough=True)


def _skip_items(
    data: bytes, position: int, end: int | None, encoding: Encoding, depth: int, *, dive: bool, thorough: bool
) -> int:
    """Step over items up to ``end`` or the delimiter; ``dive`` looks into them, bulk fragments are opaque."""
    if depth > MAX_DEPTH:
        raise TooDeep
    while end is None or position + 8 <= end:
        tag, _, length, value = element(data, position, Encoding(True, encoding.little))
        if tag == SEQUENCE_END:
            return value
        if tag != ITEM:
            raise Damaged(f"a sequence holds ({tag >> 16:04x},{tag & 0xFFFF:04x}) where an item should be")
        position = _skip_item(data, value, length, encoding, depth, dive=dive, thorough=thorough)
    return position


def _skip_item(
    data: bytes, position: int, length: int, encoding: Encoding, depth: int, *, dive: bool, thorough: bool
) -> int:
    if length == UNDEFINED:
        if not dive:
            raise Damaged("a fragment of bulk data has no length")
        return _skip_elements(data, position, None, encoding, depth, thorough=thorough)
    if position + length > len(data):
        raise OutOfBytes
    if dive and thorough:
        _skip_elements(data, position, position + length, encoding, depth, thorough=True)
    return position + length


def _skip_elements(
    data: bytes, position: int, end: int | None, encoding: Encoding, depth: int, *, thorough: bool
) -> int:
    """Step over the elements of one data set up to ``end`` or the item delimiter."""
    while end is None or position + 8 <= end:
        tag, vr, length, value = element(data, position, encoding)
        if tag == ITEM_END:
            return value
        if length == UNDEFINED:
            dive = vr not in BULK_VRS
            position = _skip_items(data, value, None, encoding, depth + 1, dive=dive, thorough=thorough)
            continue
        position = value + length
        if position > len(data):
            raise OutOfBytes
        if thorough and vr in ("SQ", "UN", "") and _begins_with_item(data, value, length):
            _look_inside(data, value, position, encoding, depth + 1)
    return position


def _look_inside(data: bytes, position: int, end: int, encoding: Encoding, depth: int) -> None:
    """Check the depth inside a value whose length is known; other faults stay there and harm nobody."""
    try:
        _skip_items(data, position, end, encoding, depth, dive=True, thorough=True)
    except TooDeep:
        raise
    except (Damaged, OutOfBytes):
        return


def _begins_with_item(data: bytes, position: int, length: int) -> bool:
    return length >= 8 and data[position : position + 4] in (b"\xfe\xff\x00\xe0", b"\xff\xfe\xe0\x00")
