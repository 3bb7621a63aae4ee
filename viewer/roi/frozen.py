"""Shapes that depend on an image, turned into voxels, so that another series is measured in the same place."""

from dataclasses import replace

from viewer.core.geometry import Geometry
from viewer.roi.masks import region_mask
from viewer.roi.rasterize import Values, rasterize
from viewer.roi.shapes import Combined, Grown, Isocontour, Shape


def needs_values(shape: Shape) -> bool:
    """Whether the voxels of a shape depend on the numbers of the image it is laid on."""
    return isinstance(shape, Isocontour | Grown) or (
        isinstance(shape, Combined) and any(needs_values(part) for part in shape.parts)
    )


def frozen(shape: Shape, geometry: Geometry, values: Values, series_uid: str = "") -> Shape:
    """Return the shape with every isocontour replaced by the voxels it takes in this image.

    ``values`` are the image's numbers, on ``geometry``. Shapes that need no image come back as they are. Raises
    `LowfieldError` as `rasterize` does.
    """
    match shape:
        case Isocontour() | Grown():
            return region_mask(rasterize(shape, geometry, values), geometry, series_uid)
        case Combined() if needs_values(shape):
            return replace(shape, parts=tuple(frozen(part, geometry, values, series_uid) for part in shape.parts))
        case _:
            return shape
