"""Where the background and the lung insert are measured: NEMA NU 2 section 7.4, for a phantom in any pose.

The outline is looked up on an averaged, interpolated picture across the bore; numbers come from native voxels.
"""

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from viewer.core.geometry import Floats, Geometry
from viewer.core.phantom import PhantomPlan, PhantomPose
from viewer.quantify.phantom_shape import RADII_MM

PLACES = 12
OFFSETS_MM = (-20.0, -10.0, 0.0, 10.0, 20.0)
DISC_MM = 37.0
GAPS_MM = (4.0, 2.0, 0.0)
EDGE_MM = 15.0
"""NEMA NU 2: no disc nearer to the edge of the phantom."""
BLUR_MM = 8.0
"""How far discs keep from spheres and lung insert, beyond their walls."""
INSERT_RADIUS_MM = 25.5
END_MM = 10.0
"""Kept clear of both ends of the phantom when the lung insert is averaged."""
PIXEL_MM, FIELD_MM, REACH_MM = 2.0, 180.0, 240.0
ANNULUS_MM = (82.0, 100.0)
LEAST_BACKGROUND = 0.02
"""Of the spheres' signal: with less there is no background to speak of."""
NO_BACKGROUND = (
    "There is no warm background: figures that need one (variability, contrast, lung, ratios) are left out."
)
FEWER = "Only {n} of 12 background places of 37 mm fit between edge, spheres and insert; all that fit are used."
NO_ENDS = "The ends of the phantom are not in the image: the lung insert is averaged over what is."


def plan(values: NDArray[np.floating], geometry: Geometry, pose: PhantomPose) -> PhantomPlan:
    """Return where to measure, in an image of the phantom with warm background; warnings say what is missing."""
    section = _section(values, geometry, pose)
    level = _level(section)
    if level <= LEAST_BACKGROUND * float(np.median(pose.contrast)):
        return PhantomPlan(np.empty((0, 3)), OFFSETS_MM, None, (NO_BACKGROUND,))
    places = _places(section > level / 2, pose)
    points = pose.center_lps_mm + places @ pose.rotation[:, :2].T
    warnings = () if len(places) == PLACES else (FEWER.format(n=len(places)),)
    along, cut = _length(values, geometry, pose, points, level)
    return PhantomPlan(points, OFFSETS_MM, along, (*warnings, *((NO_ENDS,) if cut else ())))


def _axis() -> Floats:
    return np.arange(-FIELD_MM, FIELD_MM + PIXEL_MM / 2, PIXEL_MM)


def _section(values: NDArray[np.floating], geometry: Geometry, pose: PhantomPose) -> Floats:
    """Return the mean picture (x, y) across the bore around the ring, 0 beyond the image."""
    axis = _axis()
    x, y = np.meshgrid(axis, axis, indexing="ij")
    flat = pose.center_lps_mm + x[..., None] * pose.rotation[:, 0] + y[..., None] * pose.rotation[:, 1]
    total = np.zeros_like(x)
    for offset in OFFSETS_MM:
        at = geometry.to_index(flat + offset * pose.rotation[:, 2])
        total += ndimage.map_coordinates(
            np.asarray(values), np.moveaxis(at, -1, 0), order=1, mode="constant", output=np.float64
        )
    return np.asarray(ndimage.gaussian_filter(total / len(OFFSETS_MM), 2.0 / PIXEL_MM))


def _level(section: Floats) -> float:
    """Return the usual number just outside the ring of spheres."""
    axis = _axis()
    radius = np.hypot(axis[:, None], axis[None])
    return float(np.median(section[(radius > ANNULUS_MM[0]) & (radius < ANNULUS_MM[1])]))


def _places(warm: NDArray[np.bool_], pose: PhantomPose) -> Floats:
    """Return up to twelve places (n, 2), mm in the phantom's x and y, whose discs overlap nothing."""
    axis = _axis()
    filled = ndimage.binary_fill_holes(_part_around_ring(warm))
    to_edge = ndimage.distance_transform_edt(np.pad(filled, 1))[1:-1, 1:-1] * PIXEL_MM
    half = DISC_MM / 2
    free = (to_edge >= EDGE_MM + half) & (np.hypot(axis[:, None], axis[None]) >= INSERT_RADIUS_MM + half + BLUR_MM)
    ring = (pose.sphere_centers_lps_mm - pose.center_lps_mm) @ pose.rotation[:, :2]
    for (x, y), radius in zip(ring, RADII_MM):
        free &= np.hypot(axis[:, None] - x, axis[None] - y) >= radius + half + BLUR_MM
    points = np.stack([axis[n] for n in np.nonzero(free)], axis=1)
    return _packed(points, to_edge[free])


def _part_around_ring(warm: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return the largest connected part: the phantom, without what else is warm."""
    labels, count = ndimage.label(warm)
    sizes = ndimage.sum_labels(warm, labels, np.arange(1, count + 1))
    return np.asarray(labels == 1 + int(np.argmax(sizes)))


def _packed(points: Floats, to_edge: Floats) -> Floats:
    """Choose up to twelve points, each a disc's width from the others: along the edge first, from the best start.

    Going round from every start, each next disc is the outermost that clears those before; of the rounds with most
    discs the first is taken, thinned evenly to twelve. Discs stand apart where there is room, else they touch.
    """
    for gap in GAPS_MM:
        best = _round(points, to_edge, DISC_MM + gap)
        if len(best) >= PLACES:
            break
    even = np.linspace(0, len(best) - 1, min(len(best), PLACES)).round().astype(int)
    return np.asarray(best[even])


def _round(points: Floats, to_edge: Floats, apart_mm: float) -> Floats:
    turn = np.arctan2(points[:, 1], points[:, 0])
    best = np.empty((0, 2))
    for start in np.deg2rad(np.arange(-180, 180, 10)):
        order = np.lexsort((to_edge, np.round((turn - start) % (2 * np.pi), 1)))
        kept: list[Floats] = []
        left = points[order]
        while len(left):
            kept.append(left[0])
            left = left[np.linalg.norm(left - left[0], axis=1) >= apart_mm]
        best = np.asarray(kept) if len(kept) > len(best) else best
    return best


def _length(
    values: NDArray[np.floating], geometry: Geometry, pose: PhantomPose, points: Floats, level: float
) -> tuple[tuple[float, float], bool]:
    """Return from where to where along the bore the insert is averaged, and whether the image cuts the phantom."""
    along = np.arange(-REACH_MM, REACH_MM + 1.0, 2.0)
    lines = points[:, None] + along[:, None] * pose.rotation[:, 2]
    at = geometry.to_index(lines)
    found = ndimage.map_coordinates(
        np.asarray(values), np.moveaxis(at, -1, 0), order=1, mode="constant", output=np.float64
    )
    profile = ndimage.gaussian_filter1d(found.mean(axis=0), 2.0)
    warm = profile > level / 2
    middle = len(along) // 2
    low = middle - int(np.argmin(warm[middle::-1])) + 1
    high = middle + int(np.argmin(warm[middle:])) - 1
    ends = geometry.to_index(pose.center_lps_mm + np.outer(along[[low, high]], pose.rotation[:, 2]))
    margin = 6.0 / np.asarray(geometry.spacing_mm)
    cut = bool(((ends < margin) | (ends > np.asarray(geometry.shape) - 1 - margin)).any())
    return (float(along[low] + END_MM), float(along[high] - END_MM)), cut
