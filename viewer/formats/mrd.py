"""MRD 2 streams (github.com/ismrmrd/mrd, binary protocol of the ``mrd-python`` package): images and raw readouts.

The package trusts the lengths in a stream; here each is held against what the file has left before it is believed.
"""

import struct
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import mrd

from viewer.core.errors import LowfieldError
from viewer.core.progress import Progress
from viewer.core.volume import Volume
from viewer.formats import cartesian, pictures
from viewer.formats.entry import HINT, MOST_BYTES, Entry
from viewer.formats.mrdheader import NO_HEADER, Header
from viewer.formats.mrdnouns import header_of, picture_of, readout_of
from viewer.formats.pictures import Picture
from viewer.formats.readouts import Readout

MAGIC = b"yardl"
LONGEST_SCHEMA = 1 << 20
RAW, IMAGE = "raw ", "image "
UNREADABLE = (
    *(EOFError, RuntimeError, ValueError, TypeError, LookupError, MemoryError, ArithmeticError, AttributeError),
    *(struct.error, BufferError, OSError),
)


@dataclass(eq=False)
class Contents:
    """Everything of a stream that this version reads."""

    header: Header = NO_HEADER
    pictures: list[Picture] = field(default_factory=list)
    readouts: list[Readout] = field(default_factory=list)


def is_mrd(path: Path) -> bool:
    """Whether a file begins like a stream of this kind."""
    with path.open("rb") as stream:
        return stream.read(len(MAGIC)) == MAGIC


def entries(path: Path) -> list[Entry]:
    """List the images and reconstructions of a stream."""
    held = _read(path)
    made = pictures.stacks(held.pictures, held.header)
    found = [(IMAGE, each) for each in pictures.entries(made, held.header, path)]
    found += [(RAW, each) for each in cartesian.entries(held.readouts, held.header, path)]
    if not found:
        raise LowfieldError("holds no images or raw readouts that this version reads.", where=path)
    return [Entry(**{**vars(each), "item": kind + each.item}) for kind, each in found]


def load(path: Path, item: str, progress: Progress) -> Volume:
    """Read an image (complex64, or float32 where it is real) or reconstruct raw readouts (complex64)."""
    progress(0.05, f"Reading {path.name}")
    held = _read(path)
    if item.startswith(RAW):
        return cartesian.volume(held.readouts, item.removeprefix(RAW), held.header, path, progress)
    made = pictures.stacks(held.pictures, held.header)
    return pictures.volume(made, item.removeprefix(IMAGE), held.header, path)


def _read(path: Path) -> Contents:
    size = path.stat().st_size
    if size > MOST_BYTES:
        raise LowfieldError("is larger than this version reads.", where=path)
    _check_schema(path)
    try:
        with path.open("rb") as stream:
            reader = mrd.BinaryMrdReader(stream)
            _guard(reader, size)
            header = reader.read_header()
            return _collect(reader.read_data(), header_of(header) if header is not None else NO_HEADER)
    except UNREADABLE as error:
        raise LowfieldError("is a damaged or truncated MRD stream.", where=path, hint=HINT) from error


def _check_schema(path: Path) -> None:
    """Refuse streams of another version by name, and lengths that no schema has, before the package sees them."""
    with path.open("rb") as stream:
        start = stream.read(LONGEST_SCHEMA + 64)
    length, position, shift = 0, len(MAGIC) + 4, 0
    while position < len(start) and shift < 35:
        byte = start[position]
        length |= (byte & 0x7F) << shift
        position, shift = position + 1, shift + 7
        if byte < 0x80:
            break
    if start[: len(MAGIC)] != MAGIC or length > LONGEST_SCHEMA or position + length > len(start):
        raise LowfieldError("is a damaged or truncated MRD stream.", where=path, hint=HINT)
    if start[position : position + length].decode("utf-8", "replace") != mrd.BinaryMrdReader.schema:
        raise LowfieldError(
            "is an MRD stream of another version than 2.1.",
            where=path,
            hint="Convert it to ISMRMRD (HDF5) with the tools of its version.",
        )


def _guard(reader: Any, size: int) -> None:
    """Let the package's input refuse to make room for more bytes than the file holds."""
    stream = reader._stream
    for name in ("read_view", "read_bytearray"):
        inner = getattr(stream, name)

        def bounded(count: int, inner: Any = inner) -> Any:
            if not 0 <= count <= size:
                raise EOFError("more bytes promised than there are")
            return inner(count)

        setattr(stream, name, bounded)


def _collect(items: Iterable[Any], header: Header) -> Contents:
    held = Contents(header)
    for item in items:
        if isinstance(item, mrd.StreamItem.Acquisition):
            held.readouts.append(readout_of(item.value))
        elif hasattr(item.value, "head") and isinstance(item.value.head, mrd.ImageHeader):
            held.pictures.append(picture_of(item.value))
    return held
