"""A region of an image: the smallest box of voxels around an ROI, and which of them belong to it."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from viewer.core.geometry import Geometry
from viewer.roi.checks import tight_bounds

Index = tuple[int, int, int]
Floats = NDArray[np.float64]
INDEX_TOLERANCE = 1e-6
"""Voxel centres this near to the edge of a bounding box (in voxels) are looked at."""


@dataclass(frozen=True, eq=False)
class Region:
    """``mask`` (slices, rows, columns) of bool, its first voxel at index ``offset`` of the image.

    An empty region has a mask of shape (0, 0, 0).
    """

    offset: Index
    mask: NDArray[np.bool_]

    @property
    def voxels(self) -> int:
        """How many voxels belong to the region."""
        return int(np.count_nonzero(self.mask))

    @property
    def slices(self) -> tuple[slice, slice, slice]:
        """Where the mask lies in the image array."""
        k, j, i = (slice(start, start + size) for start, size in zip(self.offset, self.mask.shape))
        return k, j, i

    def within(self, first: ArrayLike, stop: ArrayLike) -> NDArray[np.bool_]:
        """Return the mask of the box of voxels from ``first`` to before ``stop``, cut or padded with false."""
        first, stop = np.asarray(first), np.asarray(stop)
        box = np.zeros(np.maximum(stop - first, 0), bool)
        low = np.maximum(first, self.offset)
        high = np.maximum(np.minimum(stop, np.add(self.offset, self.mask.shape)), low)
        ours = tuple(slice(a, b) for a, b in zip(low - self.offset, high - self.offset))
        box[tuple(slice(a, b) for a, b in zip(low - first, high - first))] = self.mask[ours]
        return box


EMPTY = Region((0, 0, 0), np.zeros((0, 0, 0), bool))


@dataclass(frozen=True)
class Block:
    """A box of voxels of an image, from ``first`` up to and without ``stop``."""

    first: Index
    stop: Index
    geometry: Geometry

    @classmethod
    def around(cls, low: ArrayLike, high: ArrayLike, geometry: Geometry) -> "Block | None":
        """Return the voxels whose centres lie between fractional indices (3,); None where the image has none."""
        first = np.ceil(np.maximum(np.asarray(low) - INDEX_TOLERANCE, 0)).astype(int)
        last = np.floor(np.minimum(np.asarray(high) + INDEX_TOLERANCE, np.asarray(geometry.shape) - 1)).astype(int)
        if (first > last).any():
            return None
        return cls(index(first), index(last + 1), geometry)

    @property
    def shape(self) -> Index:
        """Number of voxels along each axis."""
        return index(np.subtract(self.stop, self.first))

    @property
    def slices(self) -> tuple[slice, slice, slice]:
        """Where the block lies in the image array."""
        k, j, i = (slice(a, b) for a, b in zip(self.first, self.stop))
        return k, j, i

    def along(self, direction: ArrayLike, origin_lps_mm: ArrayLike) -> Floats:
        """Return, for every voxel centre, its distance in mm from ``origin_lps_mm`` along ``direction`` (3,)."""
        direction, affine = np.asarray(direction, float), self.geometry.affine
        at_first = (self.geometry.to_lps(self.first) - np.asarray(origin_lps_mm, float)) @ direction
        steps = direction @ affine[:3, :3]
        k, j, i = (step * np.arange(size) for step, size in zip(steps, self.shape))
        return np.asarray(at_first + k[:, None, None] + j[:, None] + i)

    def region(self, inside: NDArray[np.bool_]) -> Region:
        """Return the tight region of the voxels ``inside`` this block."""
        bounds = tight_bounds(inside)
        if bounds is None:
            return EMPTY
        first, stop = bounds
        mask = inside[tuple(slice(a, b) for a, b in zip(first, stop))]
        return Region(index(np.add(self.first, first)), mask)


def index(numbers: Iterable[int]) -> Index:
    """Return three plain integers."""
    k, j, i = (int(number) for number in numbers)
    return k, j, i
