"""Masks inside JSON: one bit a voxel, deflated, base64. The journal keeps them so, and a size is checked first."""

import base64
import binascii
import math
import zlib
from typing import Any

import numpy as np

from viewer.core.errors import LowfieldError
from viewer.core.geometry import Geometry
from viewer.roi.fields import Fields
from viewer.roi.masks import mask_of
from viewer.roi.painting import Painting
from viewer.roi.region import Region, index
from viewer.roi.shapes import MaskShape
from viewer.roi.tiles import with_region

MOST_VOXELS = 2_000_000_000
"""A larger mask is no image of a person; a document that claims one is damaged."""


def packed_mask(shape: MaskShape) -> dict[str, Any]:
    """Return the fields of a mask: shape, affine (4 rows), frame_of_reference_uid, mask_zlib_bits."""
    bits = zlib.compress(np.packbits(shape.mask).tobytes())
    series = {"series_uid": shape.series_uid} if shape.series_uid else {}
    return {
        "shape": list(shape.geometry.shape),
        "affine": shape.geometry.affine.tolist(),
        "frame_of_reference_uid": shape.geometry.frame_of_reference_uid,
        "mask_zlib_bits": base64.b64encode(bits).decode("ascii"),
        **series,
    }


def packed_painting(painting: Painting) -> dict[str, Any]:
    """Return the fields of a painting: those of the mask of what is painted, and its place in the whole grid."""
    region = painting.region
    place = {"grid_shape": list(painting.geometry.shape), "first_voxel": [int(n) for n in region.offset]}
    return {**packed_mask(mask_of(painting)), **place}


def unpacked_painting(fields: Fields) -> Painting:
    """Return the painting of such fields; raise `LowfieldError` when they do not fit each other."""
    mask = unpacked_mask(fields)
    size, first = _sizes(fields, "grid_shape"), fields.vector("first_voxel")
    start = np.array(first).astype(int)
    if tuple(start) != first or min(first) < 0 or (start + mask.mask.shape > size).any():
        raise LowfieldError(f"{fields.who}: the painted part does not fit the field 'grid_shape'.")
    affine = mask.geometry.affine.copy()
    affine[:3, 3] = mask.geometry.to_lps(-start)
    grid = Geometry(size, affine, mask.geometry.frame_of_reference_uid)
    return with_region(Painting(grid, mask.series_uid), Region(index(start), mask.mask))


def unpacked_mask(fields: Fields) -> MaskShape:
    """Return the mask of such fields; raise `LowfieldError` when they do not fit each other."""
    k, j, i = _sizes(fields, "shape")
    affine = np.array(fields.matrix("affine", 4, 4))
    frame = fields.text("frame_of_reference_uid", default="")
    bits = np.unpackbits(_inflated(fields, math.ceil(k * j * i / 8)), count=k * j * i)
    series = fields.text("series_uid", default="")
    return MaskShape(bits.reshape(k, j, i).astype(bool), Geometry((k, j, i), affine, frame), series)


def _sizes(fields: Fields, name: str) -> tuple[int, int, int]:
    size = fields.vector(name)
    k, j, i = (int(number) for number in size)
    if (k, j, i) != size or min(size) < 1 or k * j * i > MOST_VOXELS:
        raise LowfieldError(f"{fields.who}: the field {name!r} must be three sensible numbers of voxels.")
    return k, j, i


def _inflated(fields: Fields, size: int) -> np.ndarray[Any, np.dtype[np.uint8]]:
    """Return exactly ``size`` bytes; never inflates more than that."""
    try:
        data = zlib.decompressobj().decompress(
            base64.b64decode(fields.text("mask_zlib_bits"), validate=True), size + 1
        )
    except (binascii.Error, zlib.error) as error:
        raise LowfieldError(f"{fields.who}: the field 'mask_zlib_bits' is damaged.") from error
    if len(data) != size:
        raise LowfieldError(f"{fields.who}: the field 'mask_zlib_bits' does not fit the field 'shape'.")
    return np.frombuffer(data, np.uint8)
