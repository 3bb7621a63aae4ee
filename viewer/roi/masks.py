"""Masks on a grid of their own, carried over to the grid of another image of the same frame of reference."""

import numpy as np

from viewer.core.errors import LowfieldError
from viewer.core.geometry import Geometry
from viewer.roi.painting import Painting
from viewer.roi.region import EMPTY, Block, Region, index
from viewer.roi.shapes import MaskShape


def mask_of(painting: Painting) -> MaskShape:
    """Return what is painted as a mask of its own small box (of one empty voxel where nothing is)."""
    return region_mask(painting.region, painting.geometry, painting.series_uid)


def region_mask(region: Region, geometry: Geometry, series_uid: str = "") -> MaskShape:
    """Return a region of ``geometry`` as a mask of its own small box, which is all that is kept."""
    affine = geometry.affine.copy()
    affine[:3, 3] = geometry.to_lps(region.offset)
    mask = region.mask if region.voxels else np.zeros((1, 1, 1), bool)
    return MaskShape(mask, Geometry(index(mask.shape), affine, geometry.frame_of_reference_uid), series_uid)


def rasterize_mask(shape: MaskShape, geometry: Geometry) -> Region:
    """Return the voxels whose centres lie in a voxel of the mask; voxel by voxel when both grids are the same.

    A centre between two voxels of the mask belongs to the one of higher index. Raises `LowfieldError` when the
    frames of reference differ.
    """
    if shape.geometry.frame_of_reference_uid != geometry.frame_of_reference_uid:
        raise LowfieldError(
            "The mask and the image lie in different frames of reference, so their places cannot be compared.",
            hint="Use a mask made on an image of this frame of reference.",
        )
    if shape.bounds is None:
        return EMPTY
    if shape.geometry.same_grid(geometry):
        first, stop = shape.bounds
        return Region(first, shape.mask[tuple(map(slice, first, stop))])
    return _resampled(shape, geometry, *shape.bounds)


def _resampled(
    shape: MaskShape, geometry: Geometry, first: tuple[int, int, int], stop: tuple[int, int, int]
) -> Region:
    ends = zip(np.subtract(first, 0.5), np.subtract(stop, 0.5))
    corners = np.stack(np.meshgrid(*ends, indexing="ij"), -1).reshape(-1, 3)
    indices = geometry.to_index(shape.geometry.to_lps(corners))
    block = Block.around(indices.min(axis=0), indices.max(axis=0), geometry)
    if block is None:
        return EMPTY
    to_mask = shape.geometry.inverse
    inside, places = np.ones(block.shape, bool), []
    for axis, size in enumerate(shape.mask.shape):
        # `along` of a row of the inverse matrix is an index of the mask grid, half voxels rounded up.
        place = np.floor(block.along(to_mask[axis, :3], shape.geometry.origin_lps_mm) + 0.5).astype(np.intp)
        inside &= (place >= 0) & (place < size)
        places.append(place.clip(0, size - 1))
    return block.region(inside & shape.mask[tuple(places)])
