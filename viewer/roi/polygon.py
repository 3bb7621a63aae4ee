"""Polygons: planar contours, drawn on a view or read from a structure set."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from viewer.core.errors import LowfieldError
from viewer.roi.checks import Vector, positive, store, vector

Contour = tuple[Vector, ...]
SLAB, SHAPE = "slab", "shape"
"""How contours of neighbouring planes are joined: see `Polygon`."""
PLANE_TOLERANCE_MM = 0.1
"""Points this near to a plane lie in it: files round coordinates."""
LONE_THICKNESS_MM = 1.0
"""What one plane alone covers: it has no neighbour to tell the spacing."""


@dataclass(frozen=True)
class Polygon:
    """Planar closed contours, all perpendicular to ``normal``.

    Contours of one plane combine by even-odd, so an inner contour is a hole. ``interpolation`` says what lies
    between planes. `SLAB`: each plane covers ``thickness_mm`` centred on it. `SHAPE`: the signed distance to the
    contours (in their planes, negative inside) is interpolated linearly from plane to plane, and what it makes
    negative is inside (shape-based interpolation, Raya and Udupa, IEEE TMI 1990; Herman et al. 1992); the
    outermost planes reach half a thickness further.
    """

    contours: tuple[Contour, ...]
    normal: Vector
    thickness_mm: float
    interpolation: str = SLAB

    def __post_init__(self) -> None:
        normal = np.array(vector(self.normal, "The normal"))
        length = float(np.linalg.norm(normal))
        if not length > 0:
            raise LowfieldError("The normal of a polygon has no length.")
        contours = tuple(tuple(vector(point, "A point") for point in contour) for contour in self.contours)
        _check_contours(contours, normal / length)
        unit = vector(normal / length, "The normal")
        if self.interpolation not in (SLAB, SHAPE):
            raise LowfieldError(f"Between contours one interpolates by {SLAB!r} or {SHAPE!r}.")
        store(self, contours=contours, normal=unit, thickness_mm=positive(self.thickness_mm, "The thickness"))


def contours_to_polygon(contours: Sequence[ArrayLike], thickness_mm: float | None = None) -> Polygon:
    """Return the polygon of planar contours, each (n, 3) in LPS mm, in any order.

    Without ``thickness_mm`` each contour covers the median distance between neighbouring planes (one plane alone:
    1 mm). Contours of fewer than three points enclose nothing and are left out. Raises `LowfieldError` when
    nothing is left, or the contours lie in planes of different directions.
    """
    points = [np.asarray(contour, np.float64).reshape(-1, 3) for contour in contours]
    points = [contour for contour in points if len(contour) >= 3]
    areas = [_area_vector(contour) for contour in points]
    sizes = [float(np.linalg.norm(area)) for area in areas]
    if not sizes or not max(sizes) > 0:
        raise LowfieldError("The contours enclose nothing.")
    normal = areas[int(np.argmax(sizes))] / max(sizes)
    normal *= np.sign(normal[np.argmax(np.abs(normal))])
    thickness = _plane_spacing(points, normal) if thickness_mm is None else thickness_mm
    loops = tuple(tuple(vector(point, "A point") for point in contour) for contour in points)
    return Polygon(loops, vector(normal, "The normal"), thickness)


def plane_positions(positions: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the distinct ones among positions along a normal (mm), ascending; nearly equal ones are one plane."""
    ordered = np.unique(positions)
    first_of_plane = np.concatenate([[True], np.diff(ordered) > PLANE_TOLERANCE_MM])
    return np.asarray(ordered[first_of_plane])


def _area_vector(contour: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return normal times area (Newell), (3,) in mm²."""
    centered = contour - contour.mean(axis=0)
    return np.asarray(np.cross(centered, np.roll(centered, -1, axis=0)).sum(axis=0) / 2)


def _plane_spacing(points: Sequence[NDArray[np.float64]], normal: NDArray[np.float64]) -> float:
    planes = plane_positions(np.array([(contour @ normal).mean() for contour in points]))
    return float(np.median(np.diff(planes))) if planes.size > 1 else LONE_THICKNESS_MM


def _check_contours(contours: tuple[Contour, ...], unit_normal: NDArray[np.float64]) -> None:
    if not contours or min(len(contour) for contour in contours) < 3:
        raise LowfieldError("A polygon needs at least one contour, and each at least three points.")
    for contour in contours:
        if np.ptp(np.array(contour) @ unit_normal) > 2 * PLANE_TOLERANCE_MM:
            raise LowfieldError("A contour does not lie in the plane of its polygon.")
