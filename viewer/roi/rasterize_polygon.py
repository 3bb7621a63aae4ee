"""Polygons to voxels: planes of contours, filled by the even-odd rule, joined as the polygon says.

With slabs a voxel belongs to the contour plane nearest to its centre, when the centre lies within half the
thickness of it, and inside the contours of that plane, seen along the normal. The lower face of a slab belongs
to it and the upper one does not, so that stacked slabs share no slice. Contours so thin that they miss every
slice parallel to them (drawn between slices) go to the nearest one.
"""

import numpy as np

from viewer.core.geometry import Geometry
from viewer.roi.polygon import Polygon
from viewer.roi.region import EMPTY, Block, Floats, Region
from viewer.roi.stack import FACE_TOLERANCE_MM, Stack

PARALLEL_TOLERANCE = 1e-3


def rasterize_polygon(polygon: Polygon, geometry: Geometry) -> Region:
    """Return the voxels of a polygon on any grid, sheared and oblique ones included."""
    gap = slice_gap(np.array(polygon.normal), geometry)
    found = _fill(polygon, geometry, polygon.thickness_mm)
    if found is None and gap is not None and gap > polygon.thickness_mm:
        found = _fill(polygon, geometry, gap)
    return EMPTY if found is None else found


def slice_gap(normal: Floats, geometry: Geometry) -> float | None:
    """Distance in mm along ``normal`` between planes of voxels perpendicular to it; None without such planes."""
    steps = np.abs(normal @ geometry.affine[:3, :3])
    across = steps / np.asarray(geometry.spacing_mm) > PARALLEL_TOLERANCE
    return float(steps[across][0]) if np.count_nonzero(across) == 1 else None


def _fill(polygon: Polygon, geometry: Geometry, thickness_mm: float) -> Region | None:
    """Return the region of a polygon of this thickness; None when no voxel centre lies at the height of any."""
    stack = Stack.of(polygon, thickness_mm)
    block = polygon_block(polygon, geometry, thickness_mm)
    if block is None:
        return None
    heights = block.along(stack.normal, stack.origin)
    inside = stack.reaches(heights)
    if not inside.any():
        return None
    flat = np.stack([block.along(axis, stack.origin)[inside] for axis in (stack.u, stack.v)], axis=-1)
    inside[inside] = stack.inside(heights[inside], flat)
    return block.region(inside)


def polygon_block(polygon: Polygon, geometry: Geometry, thickness_mm: float) -> Block | None:
    """Return the box of voxels whose centres a polygon of this thickness can hold; None where there are none."""
    points, normal = np.concatenate([np.array(contour) for contour in polygon.contours]), np.array(polygon.normal)
    half = thickness_mm / 2
    ends = geometry.to_index(np.concatenate([points - half * normal, points + half * normal]))
    slack = FACE_TOLERANCE_MM * np.linalg.norm(geometry.inverse[:3, :3], axis=1)
    return Block.around(ends.min(axis=0) - slack, ends.max(axis=0) + slack, geometry)
