"""MATLAB files as named numeric arrays: version 5, and 7.3, which is HDF5. Nothing in them is executed.

Only numeric arrays are offered; cells, structures, objects and functions are left alone.
"""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from viewer.core.errors import LowfieldError
from viewer.formats import hdf5, matv5
from viewer.formats.entry import HINT, MOST_BYTES


@dataclass(frozen=True)
class MatFile:
    """An opened MATLAB file: name → shape of each numeric array, in MATLAB's axis order."""

    path: Path
    shapes: dict[str, tuple[int, ...]]
    variables: dict[str, matv5.Variable] = field(default_factory=dict)
    """Where the arrays of a version 5 file lie; empty for version 7.3."""

    def read(self, name: str) -> NDArray[Any]:
        """Return one array in MATLAB's axis order; LowfieldError where it is damaged or too large."""
        size = float(np.prod(self.shapes[name], dtype=np.float64))
        if size * 16 > MOST_BYTES:
            raise LowfieldError(f"'{name}' is larger than this version reads.", where=self.path)
        if self.variables:
            return matv5.read(self.path, self.variables[name])
        return _read_hdf5(self.path, name)

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
        return MatFile(path, shapes)
    found = matv5.variables(path)
    return MatFile(path, {name: each.shape for name, each in found.items()}, found)


def _read_hdf5(path: Path, name: str) -> NDArray[Any]:
    with hdf5.opened(path) as file:
        value = hdf5.read(file, name, path)
    if value.dtype.names == ("real", "imag"):  # how MATLAB stores complex numbers
        value = value["real"] + 1j * value["imag"]
    if value.dtype.kind not in "biufc":
        raise LowfieldError(f"'{name}' cannot be read as numbers.", where=path, hint=HINT)
    return np.asarray(value).T
