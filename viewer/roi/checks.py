"""Checks and helpers that all shapes share."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from viewer.core.errors import LowfieldError

Vector = tuple[float, float, float]
"""(x, y, z), in LPS mm or as a direction."""
Bounds = tuple[tuple[int, int, int], tuple[int, int, int]]
"""First index and one past the last, each (slice, row, column)."""
ORTHONORMAL_TOLERANCE = 1e-3


def vector(value: ArrayLike, what: str) -> Vector:
    """Return three finite floats, or raise `LowfieldError` naming ``what``."""
    numbers = np.asarray(value, dtype=np.float64)
    if numbers.shape != (3,) or not np.isfinite(numbers).all():
        raise LowfieldError(f"{what} must be three finite numbers (LPS mm).")
    x, y, z = numbers.tolist()
    return x, y, z


def positive(value: float, what: str = "A radius") -> float:
    """Return a finite float above 0, or raise `LowfieldError` naming ``what``."""
    if not 0 < float(value) < float("inf"):
        raise LowfieldError(f"{what} must be above 0, not {value}.")
    return float(value)


def orthonormal(axes: ArrayLike, whose: str) -> tuple[Vector, Vector, Vector]:
    """Return three unit vectors at right angles, or raise `LowfieldError` naming ``whose`` they are."""
    rows = tuple(vector(row, "An axis") for row in np.asarray(axes, np.float64))
    if len(rows) != 3 or np.abs(np.array(rows) @ np.transpose(rows) - np.eye(3)).max() > ORTHONORMAL_TOLERANCE:
        raise LowfieldError(f"The axes of {whose} are three unit vectors at right angles.")
    return rows[0], rows[1], rows[2]


def store(shape: object, **fields: object) -> None:
    """Store checked fields of a frozen shape while it is made."""
    for name, value in fields.items():
        object.__setattr__(shape, name, value)


def tight_bounds(mask: NDArray[np.bool_]) -> Bounds | None:
    """Return first index and one past the last, in each axis, of the true voxels of a 3D mask; None if none is."""
    lines = [np.flatnonzero(mask.any(axis=tuple(a for a in range(3) if a != axis))) for axis in range(3)]
    if not lines[0].size:
        return None
    k, j, i = ((int(line[0]), int(line[-1]) + 1) for line in lines)
    return (k[0], j[0], i[0]), (k[1], j[1], i[1])
