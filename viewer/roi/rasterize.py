"""From a shape in patient space to voxels: a voxel belongs when its centre lies inside, boundary included.

Only the bounding box of the shape is ever touched. Everything is worked out in LPS mm, so oblique, flipped and
sheared (gantry tilt) grids need no care. "Boundary included" reaches one part in 10⁹ of a radius (1 µm for boxes
and contours) beyond it, so that rounding does not decide about centres that lie on it.
"""

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from viewer.core.errors import LowfieldError
from viewer.core.geometry import Geometry
from viewer.roi.checks import Vector
from viewer.roi.masks import rasterize_mask
from viewer.roi.rasterize_polygon import rasterize_polygon
from viewer.roi.region import EMPTY, Block, Floats
from viewer.roi.region import Region as Region
from viewer.roi.shapes import UNIT_AXES, Box, Ellipsoid, Isocontour, MaskShape, Polygon, Shape, Sphere

RELATIVE_TOLERANCE = 1e-9
BOX_TOLERANCE_MM = 1e-6


def rasterize(shape: Shape, geometry: Geometry, values: NDArray[np.generic] | None = None) -> Region:
    """Return the voxels of ``geometry`` whose centres lie inside ``shape``; an empty region when there are none.

    ``values`` (slices, rows, columns), real, is needed for an `Isocontour` only. Raises `LowfieldError` for an
    isocontour without values, and for a mask of another frame of reference. An isocontour around nothing positive
    is empty.
    """
    match shape:
        case Sphere(center, radius):
            return _ellipsoid(center, (radius,) * 3, UNIT_AXES, geometry)
        case Ellipsoid(center, radii, axes):
            return _ellipsoid(center, radii, axes, geometry)
        case Box():
            return _box(shape, geometry)
        case Polygon():
            return rasterize_polygon(shape, geometry)
        case Isocontour():
            return _isocontour(shape, geometry, values)
        case MaskShape():
            return rasterize_mask(shape, geometry)
        case _:
            return Region((0, 0, 0), np.ones(geometry.shape, bool))


def _ellipsoid(center: Vector, radii: Vector, axes: tuple[Vector, Vector, Vector], geometry: Geometry) -> Region:
    found = _inside_ellipsoid(center, radii, axes, geometry)
    return EMPTY if found is None else found[0].region(found[1])


def _inside_ellipsoid(
    center: Vector, radii: Vector, axes: tuple[Vector, Vector, Vector], geometry: Geometry
) -> tuple[Block, NDArray[np.bool_]] | None:
    middle = geometry.to_index(center)
    # The half-axes in index space; their root sum of squares is how far the ellipsoid reaches along each index.
    reach = np.linalg.norm(geometry.inverse[:3, :3] @ (np.array(axes).T * np.array(radii)), axis=1)
    block = Block.around(middle - reach, middle + reach, geometry)
    if block is None:
        return None
    squared: Floats = np.zeros(block.shape)
    for axis, radius in zip(axes, radii):
        squared += (block.along(axis, center) / radius) ** 2
    return block, squared <= (1 + RELATIVE_TOLERANCE) ** 2


def _box(box: Box, geometry: Geometry) -> Region:
    low, high = np.array(box.min_lps_mm) - BOX_TOLERANCE_MM, np.array(box.max_lps_mm) + BOX_TOLERANCE_MM
    corners = np.stack(np.meshgrid(*zip(low, high), indexing="ij"), -1).reshape(-1, 3)
    indices = geometry.to_index(corners)
    block = Block.around(indices.min(axis=0), indices.max(axis=0), geometry)
    if block is None:
        return EMPTY
    inside = np.ones(block.shape, bool)
    for axis, bottom, top in zip(UNIT_AXES, low, high):
        position = block.along(axis, (0.0, 0.0, 0.0))
        inside &= (position >= bottom) & (position <= top)
    return block.region(inside)


def _isocontour(shape: Isocontour, geometry: Geometry, values: NDArray[np.generic] | None) -> Region:
    """Grow over faces (6 neighbours) from the hottest voxel in the sphere, of several the first in array order."""
    if values is None:
        raise LowfieldError("An isocontour needs the values of an image.")
    if values.shape != geometry.shape:
        raise LowfieldError(f"The image has {values.shape} voxels but its geometry says {geometry.shape}.")
    found = _inside_ellipsoid(shape.seed_lps_mm, (shape.radius_mm,) * 3, UNIT_AXES, geometry)
    if found is None or not found[1].any():
        return EMPTY
    block, ball = found
    numbers = np.asarray(values[block.slices], np.float64)
    numbers = np.where(ball & np.isfinite(numbers), numbers, -np.inf)
    hottest = np.unravel_index(int(numbers.argmax()), numbers.shape)
    if not numbers[hottest] > 0:  # a fraction of nothing bounds nothing
        return EMPTY
    labels, _ = ndimage.label(numbers >= shape.fraction * numbers[hottest])
    return block.region(labels == labels[hottest])
