"""Shapes in patient millimetres (LPS). They know where they are, not what they measure or how they look."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from uuid import uuid4

import numpy as np
from numpy.typing import NDArray

from viewer.core.errors import LowfieldError
from viewer.core.geometry import Geometry

Point = tuple[float, float, float]
IDENTITY: tuple[Point, Point, Point] = ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0))


def _positive(**lengths: float) -> None:
    for name, value in lengths.items():
        if not (np.isfinite(value) and value > 0):
            raise LowfieldError(f"{name} must be a number above 0 mm, not {value}.")


def _finite(**points: Sequence[float]) -> None:
    for name, point in points.items():
        if len(point) != 3 or not np.isfinite(np.asarray(point, dtype=float)).all():
            raise LowfieldError(f"{name} must be three numbers (x, y, z) in LPS mm.")


@dataclass(frozen=True)
class Sphere:
    """All points within ``radius_mm`` of the centre, border included."""

    center_lps_mm: Point
    radius_mm: float

    def __post_init__(self) -> None:
        _finite(center_lps_mm=self.center_lps_mm)
        _positive(radius_mm=self.radius_mm)


@dataclass(frozen=True)
class Ellipsoid:
    """Semi-axes ``radii_mm`` along the unit vectors ``axes`` (rows, LPS), border included."""

    center_lps_mm: Point
    radii_mm: Point
    axes: tuple[Point, Point, Point] = IDENTITY

    def __post_init__(self) -> None:
        _finite(center_lps_mm=self.center_lps_mm, radii_mm=self.radii_mm)
        _positive(radii_mm=min(self.radii_mm))
        rows = np.asarray(self.axes, dtype=float)
        if rows.shape != (3, 3) or np.abs(rows @ rows.T - np.eye(3)).max() > 1e-6:
            raise LowfieldError("axes must be three unit vectors at right angles.")


@dataclass(frozen=True)
class Box:
    """An axis-aligned box in LPS, border included."""

    min_lps_mm: Point
    max_lps_mm: Point

    def __post_init__(self) -> None:
        _finite(min_lps_mm=self.min_lps_mm, max_lps_mm=self.max_lps_mm)
        if any(low >= high for low, high in zip(self.min_lps_mm, self.max_lps_mm, strict=True)):
            raise LowfieldError("min_lps_mm must be below max_lps_mm on every axis.")


@dataclass(frozen=True)
class Polygon:
    """Closed planar contours (each n points, LPS mm), all across the unit vector ``normal``.

    A contour covers half of ``thickness_mm`` to either side of its plane, the lower border included.
    Contours of one plane combine even-odd, so that a contour inside another cuts a hole.
    """

    contours: tuple[tuple[Point, ...], ...]
    normal: Point
    thickness_mm: float

    def __post_init__(self) -> None:
        _finite(normal=self.normal)
        _positive(thickness_mm=self.thickness_mm)
        if not self.contours or min(len(contour) for contour in self.contours) < 3:
            raise LowfieldError("A polygon needs at least three corners.")
        for contour in self.contours:
            for point in contour:
                _finite(contours=point)
        if abs(np.linalg.norm(self.normal) - 1) > 1e-6:
            raise LowfieldError("The normal of a polygon must be a unit vector.")


@dataclass(frozen=True)
class Isocontour:
    """Voxels of at least ``fraction`` of the hottest one within ``radius_mm`` of the seed, joined to it by faces.

    The bounding sphere bounds the growth too, so that an ROI cannot leak into a neighbour.
    """

    seed_lps_mm: Point
    radius_mm: float
    fraction: float

    def __post_init__(self) -> None:
        _finite(seed_lps_mm=self.seed_lps_mm)
        _positive(radius_mm=self.radius_mm)
        if not 0 < self.fraction <= 1:
            raise LowfieldError(f"fraction must lie between 0 and 1, not {self.fraction}.")


@dataclass(frozen=True)
class Whole:
    """Every voxel of the image."""


@dataclass(frozen=True, eq=False)
class MaskShape:
    """Voxels of another grid: ``mask`` (slices, rows, columns) bool on ``geometry``."""

    mask: NDArray[np.bool_]
    geometry: Geometry

    def __post_init__(self) -> None:
        if self.mask.shape != self.geometry.shape:
            raise LowfieldError(f"The mask has {self.mask.shape} voxels, its grid {self.geometry.shape}.")


Shape = Sphere | Ellipsoid | Box | Polygon | Isocontour | Whole | MaskShape


@dataclass(frozen=True)
class Roi:
    """A named shape. ``color`` is ``#rrggbb`` or empty for the next free colour."""

    name: str
    shape: Shape
    id: str = field(default_factory=lambda: uuid4().hex)
    color: str = ""


def contours_to_polygon(contours: Iterable[NDArray[np.float64]]) -> Polygon:
    """Build a polygon from parallel planar contours (n, 3), as an RTSTRUCT holds them (PS3.3 C.8.8.6).

    The thickness is the median distance between neighbouring contour planes (1 mm for a single plane).
    """
    arrays = [np.asarray(contour, dtype=float) for contour in contours if len(contour) >= 3]
    if not arrays:
        raise LowfieldError("The ROI holds no closed contour.")
    normal = _normal(max(arrays, key=len))
    for array in arrays:
        if np.ptp(array @ normal) > 0.5:
            raise LowfieldError("The contours of the ROI do not lie in parallel planes.")
    depths = np.unique(np.round([float((array @ normal).mean()) for array in arrays], 2))
    thickness = float(np.median(np.diff(depths))) if len(depths) > 1 else 1.0
    points = tuple(tuple((float(x), float(y), float(z)) for x, y, z in array) for array in arrays)
    return Polygon(points, (float(normal[0]), float(normal[1]), float(normal[2])), thickness)


def _normal(contour: NDArray[np.float64]) -> NDArray[np.float64]:
    """Unit normal by Newell's sum, turned so that its largest part is positive."""
    following = np.roll(contour, -1, axis=0)
    normal = np.cross(contour - contour.mean(axis=0), following - contour.mean(axis=0)).sum(axis=0)
    length = np.linalg.norm(normal)
    if length < 1e-9:
        raise LowfieldError("A contour of the ROI encloses no area.")
    unit = normal / length
    return np.asarray(unit * np.sign(unit[np.argmax(np.abs(unit))]), dtype=np.float64)


def moved(shape: Shape, delta_lps_mm: Sequence[float]) -> Shape:
    """Return the shape shifted by (x, y, z) mm; a whole image and a mask stay where they are."""

    def shift(point: Point) -> Point:
        x, y, z = (float(a + b) for a, b in zip(point, delta_lps_mm, strict=True))
        return x, y, z

    match shape:
        case Sphere(center, radius):
            return Sphere(shift(center), radius)
        case Ellipsoid(center, radii, axes):
            return Ellipsoid(shift(center), radii, axes)
        case Box(low, high):
            return Box(shift(low), shift(high))
        case Polygon(contours, normal, thickness):
            return Polygon(tuple(tuple(map(shift, contour)) for contour in contours), normal, thickness)
        case Isocontour(seed, radius, fraction):
            return Isocontour(shift(seed), radius, fraction)
        case _:
            return shape
