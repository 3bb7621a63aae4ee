"""The voxels of a region and a margin around it: all of a volume that a measurement touches."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from viewer.core.errors import LowfieldError
from viewer.core.geometry import Geometry
from viewer.core.volume import Volume

Index = tuple[int, int, int]
Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Patch:
    """A box of ``volume`` from index ``first`` on.

    ``mask`` (bool) is the region and ``weights`` (float, or None) the fraction of each voxel inside it, both of
    the same shape, their first voxel at index ``offset`` of the volume. ``values`` are the magnitudes of the box.
    """

    volume: Volume
    offset: Index
    mask: NDArray[np.bool_]
    weights: Floats | None
    first: Index
    values: Floats

    @classmethod
    def around(
        cls,
        volume: Volume,
        offset: Index,
        mask: ArrayLike,
        weights: ArrayLike | None = None,
        margin: ArrayLike = 0,
    ) -> "Patch":
        """Cut a region and ``margin`` voxels on each side out of ``volume``; ValueError where it does not fit.

        With ``weights`` the region is where they are above 0, whatever ``mask`` says.
        """
        shares = None if weights is None else np.asarray(weights, np.float64)
        inside = np.asarray(mask, bool) if shares is None else shares > 0
        size = volume.geometry.shape
        if inside.ndim != 3 or min(offset) < 0 or (np.add(offset, inside.shape) > size).any():
            raise ValueError(f"A region of {inside.shape} voxels at {offset} does not fit an image of {size}.")
        low = np.maximum(np.asarray(offset) - np.asarray(margin), 0)
        high = np.minimum(np.add(offset, inside.shape) + np.asarray(margin), size)
        box = volume.data[tuple(slice(a, b) for a, b in zip(low, high))]
        values = (np.abs(box) if volume.is_complex else box).astype(np.float64)
        return cls(volume, offset, inside, shares, _index(low), values)

    @property
    def start(self) -> Index:
        """Where the region begins within the box."""
        return _index(np.subtract(self.offset, self.first))

    @cached_property
    def geometry(self) -> Geometry:
        """Where the box lies in patient space."""
        grid = self.volume.geometry
        affine = grid.affine.copy()
        affine[:3, 3] = grid.to_lps(self.first)
        return Geometry(_index(self.values.shape), affine, grid.frame_of_reference_uid)

    @cached_property
    def inside_weights(self) -> Floats | None:
        """The weights (n,) of the voxels of the region, in array order; None where each counts 1."""
        return None if self.weights is None else self.weights[self.mask]

    @property
    def counted_voxels(self) -> float:
        """How many voxels the region is worth: their number, or the sum of their weights."""
        return float(self.mask.sum() if self.weights is None else self.weights.sum())

    def factors(self, per_slice: Floats) -> Floats:
        """Return one factor for each slice of the box; one alone is for all slices of the volume."""
        slices = self.volume.geometry.shape[0]
        if per_slice.size not in (1, slices):
            raise LowfieldError(f"The series states {per_slice.size} frames, but the image has {slices} slices.")
        return np.broadcast_to(per_slice, (slices,))[self.first[0] :][: self.values.shape[0]]

    def scaled(self, per_slice: Floats | None) -> Floats:
        """Return the values of the box, each slice times its factor."""
        return self.values if per_slice is None else self.values * self.factors(per_slice)[:, None, None]

    def inside(self, values: NDArray[Any]) -> NDArray[Any]:
        """Return the voxels (n,) of the region out of ``values`` (of the box), in array order."""
        k, j, i = (slice(start, start + size) for start, size in zip(self.start, self.mask.shape))
        return np.asarray(values[k, j, i][self.mask])


def _index(numbers: ArrayLike) -> Index:
    k, j, i = (int(number) for number in np.asarray(numbers))
    return k, j, i
