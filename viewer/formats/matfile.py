"""MATLAB files as named numeric arrays: version 5 (scipy) and 7.3, which is HDF5. Nothing in them is executed.

Only numeric arrays are offered; cells, structures, objects and functions are left alone. What a file claims to
hold is compared with its size before anything is read.
"""

import struct
import warnings
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray
from scipy.io import loadmat, whosmat
from scipy.io.matlab import MatReadError

from viewer.core.errors import LowfieldError
from viewer.formats import hdf5
from viewer.formats.entry import HINT, MOST_BYTES

HEADER_BYTES = 128
MATRIX, COMPRESSED = 14, 15
MOST_COMPRESSION = 1100
"""Deflate cannot shrink data by more than 1032."""
NUMERIC = frozenset({"double", "single", "logical", *(f"{u}int{n}" for u in ("", "u") for n in (8, 16, 32, 64))})
UNREADABLE = (
    *(MatReadError, ValueError, TypeError, LookupError, OSError, EOFError, ArithmeticError, MemoryError),
    *(zlib.error, struct.error, NotImplementedError, AttributeError, AssertionError),
)


@dataclass(frozen=True)
class MatFile:
    """An opened MATLAB file: name → shape of each numeric array, in MATLAB's axis order."""

    path: Path
    shapes: dict[str, tuple[int, ...]]
    is_hdf5: bool

    def read(self, name: str) -> NDArray[Any]:
        """Return one array in MATLAB's axis order; LowfieldError where it is damaged or too large."""
        size = float(np.prod(self.shapes[name], dtype=np.float64))
        if size * 16 > MOST_BYTES:
            raise LowfieldError(f"'{name}' is larger than this version reads.", where=self.path)
        if self.is_hdf5:
            return _read_hdf5(self.path, name)
        return _read_v5(self.path, name)

    def small(self, name: str) -> NDArray[Any] | None:
        """Return a short array of numbers flattened, or None where there is none under this name."""
        if name not in self.shapes or not 0 < int(np.prod(self.shapes[name], dtype=np.float64)) <= 64:
            return None
        return self.read(name).ravel()


def open_mat(path: Path) -> MatFile:
    """List the numeric arrays of a MATLAB file; LowfieldError where it is none, is damaged or lies."""
    if hdf5.is_hdf5(path):
        with hdf5.opened(path) as file:
            shapes = {name: tuple(reversed(shape)) for name, shape in hdf5.numeric_arrays(file, path).items()}
        return MatFile(path, shapes, is_hdf5=True)
    _check_v5(path)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found = whosmat(path)
    except UNREADABLE as error:
        raise _damaged(path) from error
    shapes = {name: tuple(int(n) for n in shape) for name, shape, kind in found if kind in NUMERIC}
    return MatFile(path, shapes, is_hdf5=False)


def _check_v5(path: Path) -> None:
    """Walk the elements of a version 5 file (MAT-File Format, chapter 1): their lengths must be true."""
    size = path.stat().st_size
    with path.open("rb") as stream:
        header = stream.read(HEADER_BYTES)
        order = {b"IM": "<", b"MI": ">"}.get(header[126:128])
        if len(header) < HEADER_BYTES or order is None or header[:4] == b"\0\0\0\0":
            raise LowfieldError("is not a MATLAB file of version 5 or 7.3.", where=path, hint=HINT)
        position = HEADER_BYTES
        while position < size:
            kind, length = _tag(stream, order, path)
            if kind not in (MATRIX, COMPRESSED) or position + 8 + length > size:
                raise _damaged(path)
            if kind == COMPRESSED:
                _check_compressed(stream.read(min(length, 256)), length, order, path)
            position += 8 + length
            stream.seek(position)


def _tag(stream: BinaryIO, order: str, path: Path) -> tuple[int, int]:
    data = stream.read(8)
    if len(data) < 8:
        raise _damaged(path)
    kind, length = struct.unpack(f"{order}II", data)
    return int(kind), int(length)


def _check_compressed(start: bytes, length: int, order: str, path: Path) -> None:
    try:
        inner = zlib.decompressobj().decompress(start, 8)
    except zlib.error as error:
        raise _damaged(path) from error
    if len(inner) < 8 or struct.unpack(f"{order}II", inner)[1] > MOST_COMPRESSION * length + 64:
        raise _damaged(path)


def _read_v5(path: Path, name: str) -> NDArray[Any]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            value = loadmat(path, variable_names=[name]).get(name)
    except UNREADABLE as error:
        raise _damaged(path) from error
    if not isinstance(value, np.ndarray) or value.dtype.kind not in "biufc":
        raise LowfieldError(f"'{name}' cannot be read as numbers.", where=path, hint=HINT)
    return value


def _read_hdf5(path: Path, name: str) -> NDArray[Any]:
    with hdf5.opened(path) as file:
        value = hdf5.read(file, name, path)
    if value.dtype.names == ("real", "imag"):  # how MATLAB stores complex numbers
        value = value["real"] + 1j * value["imag"]
    if value.dtype.kind not in "biufc":
        raise LowfieldError(f"'{name}' cannot be read as numbers.", where=path, hint=HINT)
    return np.asarray(value).T


def _damaged(path: Path) -> LowfieldError:
    return LowfieldError("is a damaged or truncated MATLAB file.", where=path, hint=HINT)
