"""HDF5 files opened with care: links out of the file are not followed, no array is larger than what it stores."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from viewer.core.errors import LowfieldError
from viewer.formats.entry import HINT, MOST_BYTES

SIGNATURE = b"\x89HDF\r\n\x1a\n"
STARTS = (0, 512, 1024, 2048)
"""Where the signature may stand (HDF5 File Format, II.A); MATLAB puts 512 bytes of text before it."""
MOST_COMPRESSION = 1100
UNREADABLE = (
    OSError,
    RuntimeError,
    LookupError,
    ValueError,
    TypeError,
    MemoryError,
    ArithmeticError,
    AttributeError,
)


def is_hdf5(path: Path) -> bool:
    """Whether a file begins like HDF5."""
    with path.open("rb") as stream:
        start = stream.read(STARTS[-1] + 8)
    return any(start[place : place + 8] == SIGNATURE for place in STARTS)


@contextmanager
def opened(path: Path) -> Iterator[Any]:
    """Open a file for reading; every way in which HDF5 can fail inside the block becomes a LowfieldError."""
    try:
        with h5py.File(path, "r", locking=False) as file:
            yield file
    except UNREADABLE as error:
        raise LowfieldError("is a damaged or truncated HDF5 file.", where=path, hint=HINT) from error


def numeric_arrays(file: Any, path: Path) -> dict[str, tuple[int, ...]]:
    """Return name → shape of the numeric arrays at the top of a file (MATLAB 7.3: axes reversed)."""
    found = {}
    for name in file:
        dataset = member(file, name)
        if _is_numeric(dataset) and "MATLAB_empty" not in dataset.attrs:
            found[str(name)] = tuple(int(n) for n in dataset.shape)
    return found


def member(group: Any, name: str) -> Any:
    """Return a group or array of ``group``, None where there is none; links to other files are not followed."""
    link = group.get(name, getlink=True)
    if not isinstance(link, h5py.HardLink):
        return None
    return group.get(name)


def read(group: Any, name: str, path: Path, fields: str | None = None) -> NDArray[Any]:
    """Read a whole array (or one field of its records); LowfieldError where it is absent, foreign or too large."""
    return np.asarray(checked(group, name, path)[(fields,) if fields else ()])


def checked(group: Any, name: str, path: Path) -> Any:
    """Return the array ``name`` of ``group`` for reading; LowfieldError where it should not be read."""
    dataset = member(group, name)
    if not isinstance(dataset, h5py.Dataset) or dataset.shape is None:
        raise LowfieldError(f"holds no array '{name}'.", where=path, hint=HINT)
    if dataset.external or dataset.is_virtual:
        raise LowfieldError(f"keeps '{name}' in another file, which is not followed.", where=path)
    size = float(np.prod(dataset.shape, dtype=np.float64)) * dataset.dtype.itemsize
    stored = dataset.id.get_storage_size()
    if size > MOST_COMPRESSION * stored:
        raise LowfieldError(f"is truncated: '{name}' holds less than it promises.", where=path, hint=HINT)
    if size > MOST_BYTES:
        raise LowfieldError(f"'{name}' is larger than this version reads ({size / 2**30:.1f} GiB).", where=path)
    return dataset


def _is_numeric(dataset: Any) -> bool:
    if not isinstance(dataset, h5py.Dataset) or dataset.shape is None:
        return False
    return dataset.dtype.names == ("real", "imag") or dataset.dtype.kind in "biuf"
