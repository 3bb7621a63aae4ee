"""Painted voxels, kept in small tiles that versions share: a stroke copies only the tiles it touches.

That is what makes an undo step small: the ROI before a stroke and the one after it have all other tiles in common
(persistent data; the same idea as napari's paint atoms, without a log to replay).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from viewer.core.errors import LowfieldError
from viewer.core.geometry import Geometry
from viewer.roi.checks import Bounds, store, tight_bounds
from viewer.roi.region import EMPTY, Index, Region

TILE = 16
"""Edge of a tile in voxels: 4 kB."""
Tiles = Mapping[Index, NDArray[np.bool_]]


@dataclass(frozen=True, eq=False)
class Painting:
    """Voxels of ``geometry``, the grid of the series ``series_uid``.

    ``tiles`` maps the index of a tile to its voxels (`TILE`, `TILE`, `TILE`) of bool, read-only; absent tiles are
    empty. Tile (a, b, c) begins at voxel `TILE` times (a, b, c).
    """

    geometry: Geometry
    series_uid: str = ""
    tiles: Tiles = field(default_factory=dict)

    def __post_init__(self) -> None:
        size = self.geometry.shape
        for index, tile in self.tiles.items():
            room = tuple(slice(max(0, n - TILE * a), None) for n, a in zip(size, index))
            outside = any(tile[(slice(None),) * axis + (cut,)].any() for axis, cut in enumerate(room))
            if tile.shape != (TILE,) * 3 or min(index) < 0 or outside:
                raise LowfieldError(f"The tile {index} of a painting does not fit its image.")
        store(self, tiles=MappingProxyType(dict(self.tiles)))

    @cached_property
    def region(self) -> Region:
        """The painted voxels as a tight region of ``geometry``."""
        if not self.tiles:
            return EMPTY
        indices = np.array(list(self.tiles))
        low, high = indices.min(axis=0), indices.max(axis=0) + 1
        box = np.zeros((high - low) * TILE, bool)
        for index, tile in self.tiles.items():
            box[tile_slices(index, low)] = tile
        bounds = tight_bounds(box)
        return EMPTY if bounds is None else _cut(box, bounds, low * TILE)


def tile_slices(index: Index, first: NDArray[np.int_] | Index = (0, 0, 0)) -> tuple[slice, slice, slice]:
    """Return where a tile lies in an array whose first voxel is that of the tile ``first``."""
    k, j, i = (slice(TILE * (n - a), TILE * (n - a + 1)) for n, a in zip(index, first))
    return k, j, i


def _cut(box: NDArray[np.bool_], bounds: Bounds, shift: NDArray[np.int_]) -> Region:
    first, stop = bounds
    k, j, i = (int(a + s) for a, s in zip(first, shift))
    return Region((k, j, i), box[tuple(map(slice, first, stop))])
