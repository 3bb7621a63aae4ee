"""Tiles of a painting changed by a region: the ones it does not touch are shared with the painting before."""

import numpy as np
from numpy.typing import NDArray

from viewer.roi.painting import TILE, Painting, tile_slices
from viewer.roi.region import Index, Region, index


def with_region(painting: Painting, region: Region, *, erase: bool = False) -> Painting:
    """Return the painting with a region added or taken away; tiles that do not change are shared."""
    changed = {
        place: tile
        for place in _tiles_of(region)
        if (tile := _changed_tile(painting.tiles.get(place), region, place, erase)) is not None
    }
    if not changed:
        return painting
    tiles = {**painting.tiles, **changed}
    return Painting(painting.geometry, painting.series_uid, {at: tile for at, tile in tiles.items() if tile.any()})


def _tiles_of(region: Region) -> list[Index]:
    first = np.asarray(region.offset) // TILE
    count = -(-np.add(region.offset, region.mask.shape) // TILE) - first if region.mask.size else (0, 0, 0)
    return [index(first + step) for step in np.ndindex(*count)]


def _changed_tile(
    old: NDArray[np.bool_] | None, region: Region, place: Index, erase: bool
) -> NDArray[np.bool_] | None:
    """Return the tile at ``place`` as it becomes, read-only; None where it stays what it is."""
    span = tile_slices(place)
    touched = region.within([axis.start for axis in span], [axis.stop for axis in span])
    before = np.zeros((TILE,) * 3, bool) if old is None else old
    after = before & ~touched if erase else before | touched
    if (after == before).all():
        return None
    after.flags.writeable = False
    return after
