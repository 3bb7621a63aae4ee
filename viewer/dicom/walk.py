"""Stepping over the top-level elements of a data set up to its pixels, reading no more of the file than needed."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import BinaryIO

from viewer.dicom.elements import PIXEL_TAGS, UNDEFINED, Damaged, Encoding, OutOfBytes, element, skip_undefined

MAX_HEADER_BYTES = 64 << 20
MAX_ELEMENT_BYTES = 16 << 20
"""A larger element ends the header: it is bulk data (a PDF, a waveform, raw data), not a description."""
Elements = tuple[tuple[int, bytes], ...]
"""Top-level elements in file order: the tag of each, and all its bytes (tag, VR, length, value)."""


@dataclass(frozen=True)
class Pixels:
    """The pixel element: ``offset`` of its value in the data set's bytes, ``length`` None when undefined."""

    tag: int
    vr: str
    offset: int
    length: int | None


class Source:
    """The beginning of a file, read further only when the walk needs it."""

    def __init__(self, file: BinaryIO | None, data: bytes, size: int) -> None:
        self.file, self.data, self.size = file, data, size

    def grow(self) -> bool:
        """Read four times as much; return False at the end of the file or at the limit."""
        if self.file is None or len(self.data) >= min(self.size, MAX_HEADER_BYTES):
            return False
        self.data += self.file.read(min(3 * len(self.data), MAX_HEADER_BYTES - len(self.data)))
        return True


def walk(source: Source, start: int, encoding: Encoding, like: Elements) -> tuple[Elements, Pixels | None]:
    """Step over the top-level elements up to the pixels; return them, and where the pixels are.

    The same bytes at the beginning of an element are the same element, so one that recurs is stepped over whole.
    """
    data, size, position, expected = source.data, source.size, start, 0
    passed: list[tuple[int, bytes]] = []
    while position + 8 <= size:
        if expected < len(like) and data.startswith(like[expected][1], position):
            passed.append(like[expected])
            position += len(like[expected][1])
            expected += 1
            continue
        tag, vr, length, value = element(data, position, encoding)
        if tag in PIXEL_TAGS:
            return tuple(passed), Pixels(tag, vr, value, None if length == UNDEFINED else length)
        if tag == 0 and position:  # zero padding that some writers leave at the end
            break
        if MAX_ELEMENT_BYTES < length <= min(size - value, UNDEFINED - 1):
            break
        end = _end_of_value(source, (tag, vr, length, value), encoding)
        passed.append((tag, data[position:end]))
        position = end
        expected = _behind(tag, like, expected)
    _check_end(data, start, position, size)
    return tuple(passed), None


def _behind(tag: int, like: Sequence[tuple[int, bytes]], expected: int) -> int:
    """Return where ``like`` goes on behind ``tag``: tags ascend (PS3.5 7.1), so the two fall into step again."""
    while expected < len(like) and like[expected][0] <= tag:
        expected += 1
    return expected


def _check_end(data: bytes, start: int, position: int, size: int) -> None:
    if position == start:
        raise Damaged("nothing follows its first bytes")
    if position + 8 > size and data[position:size].strip(b"\0"):
        raise Damaged("it ends inside an element")


def _end_of_value(source: Source, found: tuple[int, str, int, int], encoding: Encoding) -> int:
    tag, vr, length, value = found
    if length == UNDEFINED:
        return skip_undefined(source.data, value, vr, encoding, 1)
    if value + length > source.size:
        raise Damaged(f"element ({tag >> 16:04x},{tag & 0xFFFF:04x}) claims {length} bytes, beyond the end")
    if value + length > len(source.data):
        raise OutOfBytes
    return value + length
