"""Cut images of any size into overlapping tiles and blend the answers with linear ramps."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Window = tuple[slice, slice]


@dataclass(frozen=True)
class Tiling:
    """Tiles of one image size (rows, columns): all alike, a ``multiple`` wide, sharing ``overlap`` voxels.

    Images smaller than a tile become one tile, padded by mirroring. Weights of all tiles add up to one in every
    voxel, so an identity network returns its input exactly.
    """

    rows: int
    columns: int
    size: int
    overlap: int
    multiple: int

    @cached_property
    def tile_shape(self) -> tuple[int, int]:
        """Rows and columns of every tile."""
        rows, columns = (min(self.size, n) for n in (self.rows, self.columns))
        return self._rounded(rows), self._rounded(columns)

    def _rounded(self, n: int) -> int:
        return -(-n // self.multiple) * self.multiple

    @cached_property
    def padded_shape(self) -> tuple[int, int]:
        """Rows and columns after padding: at least one tile."""
        return max(self.rows, self.tile_shape[0]), max(self.columns, self.tile_shape[1])

    def windows(self) -> list[Window]:
        """Return where each tile lies in the padded image."""
        starts = [self._starts(n, tile) for n, tile in zip(self.padded_shape, self.tile_shape)]
        height, width = self.tile_shape
        return [(slice(r, r + height), slice(c, c + width)) for r in starts[0] for c in starts[1]]

    def _starts(self, n: int, tile: int) -> list[int]:
        """Spread tiles evenly over an axis, at least ``overlap`` voxels shared."""
        if tile >= n:
            return [0]
        count = int(np.ceil((n - self.overlap) / (tile - self.overlap)))
        return [round(start) for start in np.linspace(0, n - tile, count)]

    def pad(self, image: Floats) -> Floats:
        """Mirror (..., rows, columns) up to the padded size."""
        extra = [(0, 0)] * (image.ndim - 2)
        extra += [(0, padded - n) for padded, n in zip(self.padded_shape, image.shape[-2:])]
        return np.pad(image, extra, mode="symmetric")

    def weights(self, window: Window) -> Floats:
        """Return the blending weights (tile rows, tile columns) of one tile; over all tiles they sum to one."""
        raw = self._ramp(window)
        return raw / self._total[window]

    def _ramp(self, window: Window) -> Floats:
        edges = [self._axis_ramp(part, n) for part, n in zip(window, self.padded_shape)]
        return np.outer(edges[0], edges[1]).astype(np.float32)

    def _axis_ramp(self, part: slice, n: int) -> NDArray[np.float64]:
        """Rise linearly over the overlap at borders that have a neighbour."""
        tile = part.stop - part.start
        ramp = np.ones(tile)
        rise = (np.arange(min(self.overlap, tile)) + 1) / (min(self.overlap, tile) + 1)
        if part.start > 0:
            ramp[: rise.size] *= rise
        if part.stop < n:
            ramp[tile - rise.size :] *= rise[::-1]
        return ramp

    @cached_property
    def _total(self) -> Floats:
        total = np.zeros(self.padded_shape, dtype=np.float32)
        for window in self.windows():
            total[window] += self._ramp(window)
        return total
