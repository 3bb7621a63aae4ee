"""From planes to regular grids: a voxel is never placed where its slice does not say it is.

Planes that are not evenly spaced are cut into runs that are; each run is a true regular grid of its own.
The slice axis is the vector from the first to the last position over n - 1, so a gantry tilt (slices shifted
in their own plane) becomes a sheared affine, exact to `tolerance_mm`.
"""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from viewer.core.geometry import Geometry
from viewer.dicom.planes import Plane

Floats = NDArray[np.float64]
SAME_PLACE_MM = 0.01
SAME_AXES = 2e-4
"""Largest difference of direction cosines in one stack: 0.04 mm at 200 mm from the corner."""
TILT_DEGREES = 0.1


def tolerance_mm(spacing_mm: float) -> float:
    """How far a slice may lie off its place in the regular grid: positions are often rounded to 0.1 mm."""
    return max(SAME_PLACE_MM, min(0.1, 0.1 * spacing_mm))


def normal(plane: Plane) -> Floats:
    """Return the unit normal (3,) of a plane, LPS: row direction × column direction (PS3.3 C.7.6.2.1.1)."""
    return np.cross(plane.axes[0], plane.axes[1])


def positions(planes: Sequence[Plane]) -> Floats:
    """Return the positions (n, 3), LPS mm."""
    return np.stack([plane.position for plane in planes])


def along_normal(planes: Sequence[Plane]) -> Floats:
    """Return the coordinates (n,) of the planes along the normal of the first one, mm."""
    return positions(planes) @ normal(planes[0])


def is_regular(points: Floats) -> bool:
    """Whether points (n, 3) in order lie evenly on a line."""
    if len(points) < 3:
        return True
    step = (points[-1] - points[0]) / (len(points) - 1)
    ideal = points[0] + np.arange(len(points))[:, None] * step
    off = np.linalg.norm(points - ideal, axis=1).max()
    return bool(off <= tolerance_mm(float(np.linalg.norm(step))))


def regular_runs(points: Floats) -> list[range]:
    """Cut points (n, 3) in order into runs of even spacing, the longest claiming their slices first."""
    if is_regular(points):
        return [range(len(points))]
    free = np.ones(len(points), dtype=bool)
    runs: list[range] = []
    for found in sorted(_even_stretches(points), key=lambda stretch: -len(stretch)):
        left = [index for index in found if free[index]]
        run = range(left[0], left[-1] + 1) if left else range(0)
        whole = len(run) > 1 and is_regular(points[run.start : run.stop])
        if whole and not _is_stray_pair(points, run, runs):
            free[left] = False
            runs.append(run)
    runs += [range(index, index + 1) for index in np.flatnonzero(free).tolist()]
    return sorted(runs, key=lambda run: run.start)


def _even_stretches(points: Floats) -> list[range]:
    """Return stretches that cannot be longer without being uneven; neighbours share a point."""
    stretches, start = [], 0
    while start < len(points) - 1:
        end = start + 2
        while end < len(points) and is_regular(points[start : end + 1]):
            end += 1
        stretches.append(range(start, end))
        start = end - 1
    return stretches


def _is_stray_pair(points: Floats, run: range, runs: Sequence[range]) -> bool:
    """Whether two slices lie much further apart than the longest run's: then they are no stack, only two."""
    if len(run) > 2 or not runs:
        return False
    usual = np.linalg.norm(points[runs[0][1]] - points[runs[0][0]])
    return bool(np.linalg.norm(points[run[1]] - points[run[0]]) > 1.5 * usual)


def geometry(planes: Sequence[Plane], shape: tuple[int, int], frame_of_reference_uid: str) -> Geometry:
    """Return the grid of planes in order, each of ``shape`` (rows, columns)."""
    affine = np.eye(4)
    affine[:3, 0] = slice_step(planes)
    affine[:3, 1] = planes[0].axes[1] * planes[0].spacing_mm[0]
    affine[:3, 2] = planes[0].axes[0] * planes[0].spacing_mm[1]
    affine[:3, 3] = planes[0].position
    return Geometry((len(planes), *shape), affine, frame_of_reference_uid)


def slice_step(planes: Sequence[Plane]) -> Floats:
    """Return the vector (3,) from slice to slice, mm; of a single slice its thickness along the normal."""
    if len(planes) > 1:
        return (planes[-1].position - planes[0].position) / (len(planes) - 1)
    return normal(planes[0]) * (planes[0].thickness_mm or planes[0].gap_mm or 1.0)


def tilt_degrees(planes: Sequence[Plane]) -> float:
    """Angle between the slice axis and the slices' normal, degrees (gantry tilt)."""
    step = slice_step(planes)
    cosine = float(abs(step @ normal(planes[0])) / np.linalg.norm(step))
    return float(np.degrees(np.arccos(min(1.0, cosine))))


def same_axes(a: Plane, b: Plane) -> bool:
    """Whether two planes are parallel, with rows and columns alike."""
    return a.axes is b.axes or bool(np.abs(a.axes - b.axes).max() <= SAME_AXES)


def orientation_name(plane: Plane) -> str:
    """Return axial, coronal or sagittal, whichever is nearest; ``oblique`` is added beyond 2 degrees."""
    components = np.abs(normal(plane))
    axis = int(components.argmax())
    name = ("sagittal", "coronal", "axial")[axis]
    return name if components[axis] > np.cos(np.radians(2)) else f"oblique {name}"


def irregularities(planes: Sequence[Plane], runs: Sequence[range]) -> list[str]:
    """Say in words what lies between the runs: missing slices, or where the spacing changes."""
    place = along_normal(planes)
    usual = {run: _spacing(place, run) for run in runs}
    known = [step for step in usual.values() if step]
    if not known:
        return []
    return [_boundary(planes, place, a, b, usual[a] or usual[b] or known[0], usual[b]) for a, b in pairwise(runs)]


def _spacing(place: Floats, run: range) -> float:
    return float(place[run[-1]] - place[run[0]]) / (len(run) - 1) if len(run) > 1 else 0.0


def _boundary(planes: Sequence[Plane], place: Floats, a: range, b: range, step: float, after: float) -> str:
    last, first = planes[a[-1]].name, planes[b[0]].name
    before, behind = place[a[-1]], place[b[0]]
    gap = behind - before
    if after and abs(after - step) > tolerance_mm(step):
        return (
            f"The slice spacing changes from {step:.2f} mm ({planes[a[0]].name} to {last}) to {after:.2f} mm "
            f"({first} to {planes[b[-1]].name}); between {last} and {first} it is {gap:.2f} mm."
        )
    count = round(gap / step)
    if count >= 2 and abs(gap - count * step) <= count * tolerance_mm(step):
        where = ", ".join(f"{before + step * k:.2f}" for k in range(1, min(count, 6)))
        words = "1 slice is" if count == 2 else f"{count - 1} slices are"
        return (
            f"{words} missing between {last} ({before:.2f} mm) and {first} ({behind:.2f} mm): "
            f"expected at {where} mm along the slice normal."
        )
    return f"The slice spacing is {step:.2f} mm, but {gap:.2f} mm between {last} and {first}."
