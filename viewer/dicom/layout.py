"""Where things lie in a DICOM file, found without trusting it: bounded, and before any parser sees it.

Encodings: PS3.5 chapter 7 (elements, sequences), Annex A (transfer syntaxes); file format: PS3.10 chapter 7.
"""

import os
import struct
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from viewer.core.errors import LowfieldError
from viewer.dicom.elements import (
    PIXEL_TAGS,
    UNDEFINED,
    Damaged,
    Encoding,
    OutOfBytes,
    check_depth,
    element,
    looks_explicit,
    skip_undefined,
)

MAX_HEADER_BYTES = 64 << 20
MAX_ELEMENT_BYTES = 16 << 20
"""A larger element ends the header: it is bulk data (a PDF, a waveform, raw data), not a description."""
MAX_INFLATED_BYTES = 1 << 30
FIRST_READ_BYTES = 1 << 15
IMPLICIT_LITTLE = "1.2.840.10008.1.2"
EXPLICIT_LITTLE = "1.2.840.10008.1.2.1"
EXPLICIT_BIG = "1.2.840.10008.1.2.2"
DEFLATED = "1.2.840.10008.1.2.1.99"
DAMAGED_HINT = "Copy it again from its source."


Tags = frozenset[int] | None


class NotDicom(LowfieldError):
    """The file is something else; harmless in a folder, an error when it was asked for by name."""


@dataclass(frozen=True)
class Pixels:
    """The pixel element: ``offset`` of its value in the data set's bytes, ``length`` None when undefined."""

    tag: int
    vr: str
    offset: int
    length: int | None


@dataclass(frozen=True)
class Layout:
    """A file taken apart. ``meta`` and ``header`` are the bytes of group 2 and of everything before the pixels.

    ``inflated`` holds the whole data set of a deflated file (offsets then count from its start), else None.
    ``size`` counts the bytes that offsets may refer to.
    """

    path: Path
    meta: bytes
    header: bytes
    encoding: Encoding
    transfer_syntax: str
    pixels: Pixels | None
    size: int
    inflated: bytes | None = None


def read_layout(path: Path, wanted: Tags = None) -> Layout:
    """Take the file apart; raise `NotDicom`, or `LowfieldError` where it is damaged or hostile.

    ``header`` keeps only the elements ``wanted`` (all when None): a scan needs few, and parsing costs most.
    """
    try:
        with path.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            first = file.read(FIRST_READ_BYTES)
            start, syntax, meta = _meta(first, path)
            if syntax == DEFLATED:
                file.seek(start)
                inflated = inflate(file.read(), path)
                source = _Source(None, inflated, len(inflated))
                return _explore(source, 0, syntax, meta, path, wanted, inflated)
            return _explore(_Source(file, first, size), start, syntax, meta, path, wanted)
    except OSError as error:
        raise LowfieldError(f"cannot be read ({error.strerror}).", where=path) from error


class _Source:
    """The beginning of a file, read further only when the walk needs it."""

    def __init__(self, file: BinaryIO | None, data: bytes, size: int) -> None:
        self.file, self.data, self.size = file, data, size

    def grow(self) -> bool:
        """Read four times as much; return False at the end of the file or at the limit."""
        if self.file is None or len(self.data) >= min(self.size, MAX_HEADER_BYTES):
            return False
        self.data += self.file.read(min(3 * len(self.data), MAX_HEADER_BYTES - len(self.data)))
        return True


def _explore(
    source: _Source,
    start: int,
    syntax: str,
    meta: bytes,
    path: Path,
    wanted: Tags,
    inflated: bytes | None = None,
) -> Layout:
    encoding = _encoding(source.data, start, syntax)
    while True:
        try:
            header, pixels = _walk(source, start, encoding, wanted)
            check_depth(header, encoding)
            break
        except OutOfBytes:
            if source.grow():
                continue
            what = "is truncated or too large" if source.size > MAX_HEADER_BYTES else "is truncated"
            raise LowfieldError(f"{what} in its header.", where=path, hint=DAMAGED_HINT) from None
        except Damaged as error:
            raise LowfieldError(f"is damaged: {error}.", where=path, hint=DAMAGED_HINT) from None
    return Layout(path, meta, header, encoding, syntax or _guess(encoding), pixels, source.size, inflated)


def _walk(source: _Source, start: int, encoding: Encoding, wanted: Tags) -> tuple[bytes, Pixels | None]:
    """Step over the top-level elements up to the pixels; return those wanted, and where the pixels are."""
    data, size, position = source.data, source.size, start
    kept: list[bytes] = []
    while position + 8 <= size:
        tag, vr, length, value = element(data, position, encoding)
        if tag in PIXEL_TAGS:
            pixels = Pixels(tag, vr, value, None if length == UNDEFINED else length)
            return (data[start:position] if wanted is None else b"".join(kept)), pixels
        if tag == 0 and position:  # zero padding that some writers leave at the end
            break
        if MAX_ELEMENT_BYTES < length <= min(size - value, UNDEFINED - 1):
            break
        end = _end_of_value(source, (tag, vr, length, value), encoding)
        if wanted is not None and tag in wanted:
            kept.append(data[position:end])
        position = end
    if position == start:
        raise Damaged("nothing follows its first bytes")
    if position + 8 > size and data[position:size].strip(b"\0"):
        raise Damaged("it ends inside an element")
    return (data[start:position] if wanted is None else b"".join(kept)), None


def _end_of_value(source: _Source, found: tuple[int, str, int, int], encoding: Encoding) -> int:
    tag, vr, length, value = found
    if length == UNDEFINED:
        return skip_undefined(source.data, value, vr, encoding, 1)
    if value + length > source.size:
        raise Damaged(f"element ({tag >> 16:04x},{tag & 0xFFFF:04x}) claims {length} bytes, beyond the end")
    if value + length > len(source.data):
        raise OutOfBytes
    return value + length


def _meta(first: bytes, path: Path) -> tuple[int, str, bytes]:
    """Find group 2: return where the data set starts, the transfer syntax and the bytes of group 2."""
    if not first:
        raise NotDicom("is empty (0 bytes).", where=path)
    start = 132 if first[128:132] == b"DICM" else 0
    if not start and not _plausible(first):
        raise NotDicom("is not a DICOM file.", where=path)
    position, syntax, explicit = start, "", Encoding(implicit=False, little=True)
    try:
        while first[position : position + 2] == b"\x02\x00":
            tag, _, length, value = element(first, position, explicit)
            if length > len(first):
                raise OutOfBytes
            if tag == 0x00020010:
                syntax = first[value : value + length].rstrip(b"\0 ").decode("ascii", "replace")
            position = value + length
        if position > len(first):
            raise OutOfBytes
    except OutOfBytes:
        raise LowfieldError("is truncated in its first bytes.", where=path, hint=DAMAGED_HINT) from None
    return position, syntax, first[start:position]


def _plausible(first: bytes) -> bool:
    """Whether bytes without a preamble begin like a data set: a low tag of group 2 or 8, a sane length."""
    if len(first) < 16 or first[:2] not in (b"\x02\x00", b"\x08\x00") or first[3] != 0:
        return False
    if looks_explicit(first, 0):
        return True
    return first[:2] == b"\x08\x00" and struct.unpack_from("<L", first, 4)[0] <= 1024


def _encoding(data: bytes, start: int, syntax: str) -> Encoding:
    """Byte order from the transfer syntax; the VR style from the bytes, since headers lie about it."""
    return Encoding(implicit=not looks_explicit(data, start), little=syntax != EXPLICIT_BIG)


def _guess(encoding: Encoding) -> str:
    return IMPLICIT_LITTLE if encoding.implicit else EXPLICIT_LITTLE


def inflate(data: bytes, path: Path) -> bytes:
    """Inflate a deflated data set (PS3.5 A.5) within `MAX_INFLATED_BYTES`."""
    machine = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        inflated = machine.decompress(data, MAX_INFLATED_BYTES)
    except zlib.error as error:
        raise LowfieldError("is damaged: its compressed part cannot be read.", where=path) from error
    if machine.unconsumed_tail:
        raise LowfieldError(
            f"unpacks to more than {MAX_INFLATED_BYTES >> 30} GiB and was not opened.",
            where=path,
            hint="It may be made to exhaust the memory; ask its sender.",
        )
    return inflated
