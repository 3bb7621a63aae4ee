"""Stepping over the top-level elements of a data set up to its pixels, reading no more of the file than needed."""

from dataclasses import dataclass
from typing import BinaryIO

from viewer.dicom.elements import PIXEL_TAGS, UNDEFINED, Damaged, Encoding, OutOfBytes, element, skip_undefined

MAX_HEADER_BYTES = 64 << 20
MAX_ELEMENT_BYTES = 16 << 20
"""A larger element ends the header: it is bulk data (a PDF, a waveform, raw data), not a description."""
Elements = tuple[tuple[int, bytes], ...]
"""Top-level elements in file order: the tag of each, and all its bytes (tag, VR, length, value)."""
Run = tuple[bytes, Elements]
Runs = tuple[Run, ...]
"""Elements in stretches that recurred together from file to file: the bytes of each stretch, and its elements."""


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
        more = self.file.read(min(3 * len(self.data), MAX_HEADER_BYTES - len(self.data)))
        self.data += more
        return bool(more)


class Recurring:
    """Steps over what is the same as in a file before, ``like`` its runs; ``runs`` are those of this file.

    The same bytes at the beginning of an element are the same element, whatever follows.
    """

    def __init__(self, like: Runs) -> None:
        self.runs: list[Run] = []
        self._like, self._next, self._recurred = list(like), 0, False

    def skip(self, data: bytes, position: int) -> int:
        """Return the position behind everything that recurs from ``position`` on."""
        while self._next < len(self._like):
            raw, elements = run = self._like[self._next]
            if data.startswith(raw, position):
                self.runs.append(_joined(self.runs.pop(), run) if self._recurred else run)
                self._recurred = True
                self._next += 1
                position += len(raw)
            elif len(elements) > 1:
                self._like[self._next : self._next + 1] = [(one, ((tag, one),)) for tag, one in elements]
            else:
                break
        return position

    def add(self, tag: int, raw: bytes) -> None:
        """Take an element that does not recur; tags ascend (PS3.5 7.1), so what it stands for is found by them."""
        self.runs.append((raw, ((tag, raw),)))
        self._recurred = False
        while self._next < len(self._like) and self._like[self._next][1][0][0] <= tag:
            self._next += 1


def _joined(a: Run, b: Run) -> Run:
    return a[0] + b[0], a[1] + b[1]


def elements_of(runs: Runs) -> Elements:
    """Return the elements one by one."""
    return tuple([element for _, elements in runs for element in elements])


def walk(source: Source, start: int, encoding: Encoding, like: Runs) -> tuple[Runs, Pixels | None]:
    """Step over the top-level elements up to the pixels; return them, and where the pixels are."""
    data, size, position, recurring = source.data, source.size, start, Recurring(like)
    while position + 8 <= size:
        behind = recurring.skip(data, position)
        if behind > position:
            position = behind
            continue
        tag, vr, length, value = element(data, position, encoding)
        if tag in PIXEL_TAGS:
            return tuple(recurring.runs), Pixels(tag, vr, value, None if length == UNDEFINED else length)
        if tag == 0 and position:  # zero padding that some writers leave at the end
            break
        if MAX_ELEMENT_BYTES < length <= min(size - value, UNDEFINED - 1):
            break
        end = _end_of_value(source, (tag, vr, length, value), encoding)
        recurring.add(tag, data[position:end])
        position = end
    _check_end(data, start, position, size)
    return tuple(recurring.runs), None


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
