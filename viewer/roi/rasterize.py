"""From a shape in patient space to voxels: a voxel belongs when its centre lies inside, boundary included.

Only the bounding box of the shape is ever touched. Everything is worked out in LPS mm, so oblique, flipped and
sheared (gantry tilt) grids need no care. "Boundary included" reaches one part in 10⁹ of a radius (1 µm for boxes
and contours) beyond it, so that rounding does not decide about centres that lie on it.
"""

import numpy as np

from viewer.core.geometry import Geometry
from viewer.roi.checks import Vector
from viewer.roi.compound import INTERSECT, UNION, Combined, Grown, OfMaximum
from viewer.roi.isocontour import Threshold as Threshold
from viewer.roi.isocontour import grow
from viewer.roi.masks import mask_of, rasterize_mask
from viewer.roi.painting import Painting
from viewer.roi.rasterize_polygon import rasterize_polygon
from viewer.roi.region import EMPTY, Block, Floats, index
from viewer.roi.region import Region as Region
from viewer.roi.shapes import UNIT_AXES, Box, Ellipsoid, Isocontour, MaskShape, OrientedBox, Polygon, Shape, Sphere
from viewer.roi.values import ImageValues as ImageValues
from viewer.roi.values import Numbers, checked_values

RELATIVE_TOLERANCE = 1e-9
BOX_TOLERANCE_MM = 1e-6


Values = ImageValues | Numbers | None


def rasterize(shape: Shape, geometry: Geometry, values: Values = None) -> Region:
    """Return the voxels of ``geometry`` whose centres lie inside ``shape``; an empty region when there are none.

    ``values`` is the image that isocontours grow in: its numbers (slices, rows, columns), real, or `ImageValues`,
    which know other units too. Raises `LowfieldError` for an isocontour without values or in a unit they do not
    have, and for a mask of another frame of reference. An isocontour around nothing positive is empty.
    """
    match shape:
        case Isocontour() | Grown():
            return grow(as_grown(shape), geometry, checked_values(values, geometry), rasterize)[0]
        case Combined():
            return _combined(shape, geometry, values)
        case Polygon():
            return rasterize_polygon(shape, geometry)
        case MaskShape():
            return rasterize_mask(shape, geometry)
        case Painting():
            return _painting(shape, geometry)
        case _:
            return _solid(shape, geometry)


def threshold_of(shape: Isocontour | Grown, geometry: Geometry, values: Values) -> Threshold | None:
    """Return the level at which an isocontour stands in this image, to show it; None where nothing bounds it.

    Raises `LowfieldError` as `rasterize` does.
    """
    return grow(as_grown(shape), geometry, checked_values(values, geometry), rasterize)[1]


def as_grown(shape: Isocontour | Grown) -> Grown:
    """Return an isocontour in its general form: the hottest voxel of a sphere, and a fraction of it."""
    if isinstance(shape, Grown):
        return shape
    return Grown(Sphere(shape.seed_lps_mm, shape.radius_mm), OfMaximum(shape.fraction))


def _solid(shape: Shape, geometry: Geometry) -> Region:
    match shape:
        case Sphere(center, radius):
            return _ellipsoid(center, (radius,) * 3, UNIT_AXES, geometry)
        case Ellipsoid(center, radii, axes):
            return _ellipsoid(center, radii, axes, geometry)
        case Box():
            return _box(shape, geometry)
        case OrientedBox(center, size, axes):
            return _oriented_box(np.array(center), np.array(size) / 2, np.array(axes), geometry)
        case _:
            return Region((0, 0, 0), np.ones(geometry.shape, bool))


def _ellipsoid(center: Vector, radii: Vector, axes: tuple[Vector, Vector, Vector], geometry: Geometry) -> Region:
    middle = geometry.to_index(center)
    # The half-axes in index space; their root sum of squares is how far the ellipsoid reaches along each index.
    reach = np.linalg.norm(geometry.inverse[:3, :3] @ (np.array(axes).T * np.array(radii)), axis=1)
    block = Block.around(middle - reach, middle + reach, geometry)
    if block is None:
        return EMPTY
    squared: Floats = np.zeros(block.shape)
    for axis, radius in zip(axes, radii):
        squared += (block.along(axis, center) / radius) ** 2
    return block.region(squared <= (1 + RELATIVE_TOLERANCE) ** 2)


def _box(box: Box, geometry: Geometry) -> Region:
    middle, half = np.add(box.min_lps_mm, box.max_lps_mm) / 2, np.subtract(box.max_lps_mm, box.min_lps_mm) / 2
    return _oriented_box(middle, half, np.eye(3), geometry)


def _oriented_box(middle: Floats, half: Floats, axes: Floats, geometry: Geometry) -> Region:
    half = half + BOX_TOLERANCE_MM
    # The half-edges in index space; the sum of their sizes is how far the box reaches along each index.
    reach = np.abs(geometry.inverse[:3, :3] @ (axes.T * half)).sum(axis=1)
    block = Block.around(geometry.to_index(middle) - reach, geometry.to_index(middle) + reach, geometry)
    if block is None:
        return EMPTY
    inside = np.ones(block.shape, bool)
    for axis, width in zip(axes, half):
        inside &= np.abs(block.along(axis, middle)) <= width
    return block.region(inside)


def _painting(shape: Painting, geometry: Geometry) -> Region:
    """Take a painting as it is on its own grid, and by the voxels it lies in on any other."""
    if shape.geometry.same_grid(geometry):
        return shape.region
    return rasterize_mask(mask_of(shape), geometry)


def _combined(shape: Combined, geometry: Geometry, values: Values) -> Region:
    regions = [rasterize(part, geometry, values) for part in shape.parts]
    if shape.kind == UNION:
        regions = [region for region in regions if region.voxels]
    elif not regions[0].voxels or (shape.kind == INTERSECT and not all(region.voxels for region in regions)):
        return EMPTY
    if not regions:
        return EMPTY
    around = regions if shape.kind == UNION else regions[:1]
    first = np.min([region.offset for region in around], axis=0)
    stop = np.max([np.add(region.offset, region.mask.shape) for region in around], axis=0)
    total = regions[0].within(first, stop)
    for region in regions[1:]:
        other = region.within(first, stop)
        total = total | other if shape.kind == UNION else total & (other if shape.kind == INTERSECT else ~other)
    return Block(index(first), index(stop), geometry).region(total)
