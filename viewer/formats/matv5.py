"""Numeric arrays of MATLAB files of version 5 (MAT-File Format, MathWorks, chapter 1).

`scipy.io.loadmat` reads these too, but crashes the interpreter on some damaged files (found by changing bytes at
random), which a window must survive. Only numeric arrays are read; every length is held against what is there.
"""

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from viewer.core.errors import LowfieldError
from viewer.formats.entry import HINT, MOST_BYTES

HEADER_BYTES = 128
MATRIX, COMPRESSED = 14, 15
MOST_COMPRESSION = 1100
"""Deflate cannot shrink data by more than 1032."""
HEAD_BYTES = 4096
"""Flags, dimensions and name of an array lie within its first so many bytes."""
STORED = {1: "i1", 2: "u1", 3: "i2", 4: "u2", 5: "i4", 6: "u4", 7: "f4", 9: "f8", 12: "i8", 13: "u8"}
"""How numbers are stored (mi types); doubles that are whole are often stored as integers."""
CLASSES = {6: "f8", 7: "f4", 8: "i1", 9: "u1", 10: "i2", 11: "u2", 12: "i4", 13: "u4", 14: "i8", 15: "u8"}
"""What the array is to MATLAB (mx classes); others are cells, structures, text, objects."""
IS_COMPLEX = 0x0800


@dataclass(frozen=True)
class Variable:
    """A numeric array of a file: its shape and where its element lies."""

    name: str
    shape: tuple[int, ...]
    start: int
    kind: int
    length: int


class _Damaged(Exception):
    """The bytes do not follow the format."""


def variables(path: Path) -> dict[str, Variable]:
    """List the numeric arrays of a file by name; LowfieldError where it is none of this kind or is damaged."""
    try:
        found = list(_variables(path))
    except (_Damaged, struct.error, zlib.error, UnicodeError, ValueError, OverflowError) as error:
        raise _complaint(path) from error
    return {each.name: each for each in found}


def read(path: Path, variable: Variable) -> NDArray[Any]:
    """Read one array in its own shape; complex128 or complex64 where it is complex."""
    order = _order(path)
    try:
        with path.open("rb") as stream:
            stream.seek(variable.start)
            body = stream.read(variable.length)
        if variable.kind == COMPRESSED:
            body = _inflated(body, order)
        return _array(body, order)
    except (_Damaged, struct.error, zlib.error, UnicodeError, ValueError, OverflowError, MemoryError) as error:
        raise _complaint(path) from error


def _complaint(path: Path) -> LowfieldError:
    return LowfieldError("is a damaged or truncated MATLAB file.", where=path, hint=HINT)


def _order(path: Path) -> str:
    with path.open("rb") as stream:
        header = stream.read(HEADER_BYTES)
    order = {b"IM": "<", b"MI": ">"}.get(header[126:128])
    if len(header) < HEADER_BYTES or order is None:
        raise LowfieldError("is not a MATLAB file of version 5 or 7.3.", where=path, hint=HINT)
    return order


def _variables(path: Path) -> Iterator[Variable]:
    order, size = _order(path), path.stat().st_size
    with path.open("rb") as stream:
        position = HEADER_BYTES
        while position < size:
            stream.seek(position)
            kind, length = struct.unpack(f"{order}II", stream.read(8))
            start, position = position + 8, position + 8 + length
            if kind not in (MATRIX, COMPRESSED) or position > size:
                raise _Damaged
            head = stream.read(min(length, HEAD_BYTES))
            if kind == COMPRESSED:
                head = zlib.decompressobj().decompress(head, HEAD_BYTES)
                inner, promised = struct.unpack(f"{order}II", head[:8])
                if inner != MATRIX or promised > MOST_COMPRESSION * length + 64:
                    raise _Damaged
                head = head[8:]
            if length and (described := _described(head, order)) is not None:
                yield Variable(described[0], described[1], start, kind, length)


def _described(head: bytes, order: str) -> tuple[str, tuple[int, ...], bool, str, int] | None:
    """Return (name, shape, complex, class, where its numbers start) of a matrix, None where it is not numeric."""
    flags, position = _element(head, 0, order)
    word = struct.unpack(f"{order}I", flags[:4])[0]
    if word & 0xFF not in CLASSES:
        return None
    sizes, position = _element(head, position, order)
    name, position = _element(head, position, order)
    shape = tuple(int(n) for n in np.frombuffer(sizes, f"{order}i4"))
    if not 2 <= len(shape) <= 32 or min(shape) < 0:
        raise _Damaged
    return name.decode("latin-1"), shape, bool(word & IS_COMPLEX), CLASSES[word & 0xFF], position


def _element(data: bytes, position: int, order: str) -> tuple[bytes, int]:
    """Return the bytes of a sub-element and where the next begins (padded to 8 bytes)."""
    start, length, end = _extent(data, position, order)
    if start + length > len(data):
        raise _Damaged
    return data[start : start + length], end


def _extent(data: bytes, position: int, order: str) -> tuple[int, int, int]:
    word, length = struct.unpack_from(f"{order}II", data, position)
    if word >> 16:  # a small element: type, length and up to 4 bytes in 8
        length = word >> 16
        if length > 4:
            raise _Damaged
        return position + 4, length, position + 8
    return position + 8, length, position + 8 + length + (-length) % 8


def _inflated(body: bytes, order: str) -> bytes:
    machine = zlib.decompressobj()
    head = machine.decompress(body, 8)
    length = struct.unpack(f"{order}II", head)[1]
    if length > MOST_BYTES or length > MOST_COMPRESSION * len(body) + 64:
        raise _Damaged
    whole = machine.decompress(machine.unconsumed_tail, length)
    if len(whole) < length:
        raise _Damaged
    return whole


def _array(body: bytes, order: str) -> NDArray[Any]:
    described = _described(body, order)
    if described is None:
        raise _Damaged
    _, shape, is_complex, kind, position = described
    real, position = _numbers(body, position, order, kind)
    if not is_complex:
        return _shaped(real, shape)
    imaginary, _ = _numbers(body, position, order, kind)
    return _shaped(real, shape) + 1j * _shaped(imaginary, shape)


def _numbers(body: bytes, position: int, order: str, kind: str) -> tuple[NDArray[Any], int]:
    word = struct.unpack_from(f"{order}I", body, position)[0]
    stored = STORED.get(word & 0xFFFF)
    content, position = _element(body, position, order)
    if stored is None:
        raise _Damaged
    return np.frombuffer(content, f"{order}{stored}").astype(kind), position


def _shaped(numbers: NDArray[Any], shape: tuple[int, ...]) -> NDArray[Any]:
    if numbers.size != int(np.prod(shape, dtype=np.float64)):
        raise _Damaged
    return numbers.reshape(shape, order="F")
