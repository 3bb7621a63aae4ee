"""Where ISMRMRD images lie: centre and directions of each picture → one grid in LPS mm.

``position`` is the centre of the field of view, relative to the isocentre, in LPS mm. A Fourier transform puts the
centre at sample ``n // 2``, so that voxel lies at ``position``, as in the DICOM export of Gadgetron.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from viewer.core.geometry import Geometry
from viewer.formats.assumed import NO_ORIENTATION, NO_SPACING, PLAIN_AXES

Vector = NDArray[np.float64]
EVEN = 0.02
"""How far slices may be off their even places, in slice distances; at least 0.01 mm."""
UNIT_TOLERANCE = 1e-2
NO_SLICE_PLACES = "The file does not say where its slices lie: they are taken to follow each other without gaps."
NOT_EVEN = "has slices that are not evenly spaced or not parallel, which are not stacked"


@dataclass(frozen=True, eq=False)
class Place:
    """Centre (LPS mm), unit directions along a row (x), down a column (y) and along z, voxel size (x, y, z) in mm.

    Sizes are 0 and directions zero where a file does not state them.
    """

    center: Vector
    along_x: Vector
    along_y: Vector
    along_z: Vector
    voxel_mm: tuple[float, float, float]


def grid(
    places: Sequence[Place], shape: tuple[int, int, int], frame_of_reference_uid: str = ""
) -> tuple[Geometry, tuple[str, ...], tuple[int, ...]]:
    """Return the grid, what had to be assumed, and the order of the slices.

    ``shape`` (slices, rows, columns); one place for a 3D image, else one for each slice. Raises `ValueError`
    with the reason where slices make no regular grid.
    """
    warnings: list[str] = []
    first = places[0]
    x, y, z = _directions(first, warnings)
    size = _sizes(first.voxel_mm, warnings)
    order: tuple[int, ...] = tuple(range(len(places)))
    step, centre = z * size[2], first.center
    if len(places) > 1:
        if any(np.abs(_axes(one) - _axes(first)).max() > UNIT_TOLERANCE for one in places):
            raise ValueError(NOT_EVEN)
        order, step = _stacked([one.center for one in places], z, size[2], warnings)
        centre = places[order[0]].center
    slices = shape[0] if len(places) == 1 else 1
    origin = centre - step * (slices // 2) - y * size[1] * (shape[1] // 2) - x * size[0] * (shape[2] // 2)
    affine = np.eye(4)
    affine[:3, 0], affine[:3, 1], affine[:3, 2], affine[:3, 3] = step, y * size[1], x * size[0], origin
    return Geometry(shape, affine, frame_of_reference_uid), tuple(warnings), order


def _axes(place: Place) -> Vector:
    return np.stack([place.along_x, place.along_y])


def _directions(place: Place, warnings: list[str]) -> tuple[Vector, Vector, Vector]:
    x, y, z = (np.asarray(v, float) for v in (place.along_x, place.along_y, place.along_z))
    if not all(np.isfinite(v).all() and abs(np.linalg.norm(v) - 1) < UNIT_TOLERANCE for v in (x, y)):
        warnings.append(NO_ORIENTATION)
        plain = np.asarray(PLAIN_AXES, float)
        return plain[2], plain[1], plain[0]
    x, y = x / np.linalg.norm(x), y / np.linalg.norm(y)
    if abs(x @ y) > UNIT_TOLERANCE:
        raise ValueError("states directions that are not at right angles")
    if not np.isfinite(z).all() or abs(np.linalg.norm(z) - 1) > UNIT_TOLERANCE:
        z = np.cross(x, y)
    return x, y, z / np.linalg.norm(z)


def _sizes(voxel_mm: tuple[float, float, float], warnings: list[str]) -> tuple[float, float, float]:
    if all(np.isfinite(size) and size > 0 for size in voxel_mm):
        return voxel_mm
    in_plane = [size if np.isfinite(size) and size > 0 else 0.0 for size in voxel_mm]
    if in_plane[0] and in_plane[1]:
        warnings.append("The file states no slice thickness: 1 mm is assumed.")
        return in_plane[0], in_plane[1], 1.0
    warnings.append(NO_SPACING)
    return 1.0, 1.0, 1.0


def _stacked(
    centers: list[Vector], normal: Vector, thickness: float, warnings: list[str]
) -> tuple[tuple[int, ...], Vector]:
    """Sort slices along their normal; return the order and the step from one to the next."""
    points = np.asarray(centers, float)
    if not np.isfinite(points).all():
        raise ValueError("states positions that are no numbers")
    if np.ptp(points, axis=0).max() == 0:
        warnings.append(NO_SLICE_PLACES)
        return tuple(range(len(points))), normal * thickness
    heights = points @ normal
    order = np.argsort(heights, kind="stable")
    ordered = points[order]
    step = (ordered[-1] - ordered[0]) / (len(points) - 1)
    even = ordered[0] + np.arange(len(points))[:, None] * step
    slack = max(EVEN * float(np.linalg.norm(step)), 0.01)
    if np.abs(ordered - even).max() > slack or float(step @ normal) <= 0.01:
        raise ValueError(NOT_EVEN)
    return tuple(int(n) for n in order), step
