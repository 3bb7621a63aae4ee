"""Polygons to voxels: planes of contours, each thick, filled by the even-odd rule.

A voxel belongs to the contour plane nearest to its centre, when the centre lies within half the thickness of it,
and inside the contours of that plane, seen along the normal. The lower face of a slab belongs to it and the upper
one does not, so that stacked slabs share no slice. Contours so thin that they miss every slice parallel to them
(drawn between slices) go to the nearest one.
"""

import numpy as np
from numpy.typing import NDArray

from viewer.core.geometry import Geometry
from viewer.roi.evenodd import inside_even_odd
from viewer.roi.polygon import Polygon, plane_positions
from viewer.roi.region import EMPTY, Block, Floats, Region

FACE_TOLERANCE_MM = 1e-3
"""How far outside a lower face a centre may lie: stored positions are rounded."""
PARALLEL_TOLERANCE = 1e-3


def rasterize_polygon(polygon: Polygon, geometry: Geometry) -> Region:
    """Return the voxels of a polygon on any grid, sheared and oblique ones included."""
    gap = _slice_gap(np.array(polygon.normal), geometry)
    found = _fill(polygon, geometry, polygon.thickness_mm)
    if found is None and gap is not None and gap > polygon.thickness_mm:
        found = _fill(polygon, geometry, gap)
    return EMPTY if found is None else found


def _slice_gap(normal: Floats, geometry: Geometry) -> float | None:
    """Distance in mm along ``normal`` between planes of voxels perpendicular to it; None without such planes."""
    steps = np.abs(normal @ geometry.affine[:3, :3])
    across = steps / np.asarray(geometry.spacing_mm) > PARALLEL_TOLERANCE
    return float(steps[across][0]) if np.count_nonzero(across) == 1 else None


def _fill(polygon: Polygon, geometry: Geometry, thickness_mm: float) -> Region | None:
    """Return the region of a polygon of this thickness; None when no voxel centre lies in any of its slabs."""
    contours = [np.array(contour) for contour in polygon.contours]
    normal, half = np.array(polygon.normal), thickness_mm / 2
    points = np.concatenate(contours)
    ends = geometry.to_index(np.concatenate([points - half * normal, points + half * normal]))
    slack = FACE_TOLERANCE_MM * np.linalg.norm(geometry.inverse[:3, :3], axis=1)
    block = Block.around(ends.min(axis=0) - slack, ends.max(axis=0) + slack, geometry)
    if block is None:
        return None
    origin = points[0]
    u, v = _in_plane(normal)
    heights = np.array([((contour - origin) @ normal).mean() for contour in contours])
    planes = plane_positions(heights)
    slab = _slabs(block.along(normal, origin), planes, half)
    if (slab < 0).all():
        return None
    across = np.stack([block.along(u, origin), block.along(v, origin)], axis=-1)
    inside = np.zeros(block.shape, bool)
    for number in np.unique(slab[slab >= 0]).tolist():
        chosen = slab == number
        of_plane = [contour for contour, at in zip(contours, _nearest(heights, planes)) if at == number]
        flat = [(contour - origin) @ np.stack([u, v], axis=1) for contour in of_plane]
        inside[chosen] = inside_even_odd(across[chosen], flat)
    return block.region(inside)


def _slabs(heights: Floats, planes: Floats, half: float) -> NDArray[np.intp]:
    """Return which plane's slab each height lies in, −1 for none."""
    nearest = _nearest(heights, planes)
    above = heights - planes[nearest]
    within = (above >= -half - FACE_TOLERANCE_MM) & (above < half - FACE_TOLERANCE_MM)
    return np.where(within, nearest, -1)


def _nearest(heights: Floats, planes: Floats) -> NDArray[np.intp]:
    """Return the index of the plane nearest to each height; just at the middle, the upper one."""
    middles = (planes[1:] + planes[:-1]) / 2 - FACE_TOLERANCE_MM
    return np.asarray(np.searchsorted(middles, heights, "right"), np.intp)


def _in_plane(normal: Floats) -> tuple[Floats, Floats]:
    """Return two unit vectors at right angles to ``normal`` and to each other."""
    u = np.cross(normal, np.eye(3)[np.argmin(np.abs(normal))])
    u /= np.linalg.norm(u)
    return u, np.cross(normal, u)
