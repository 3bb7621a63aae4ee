"""The NEMA IEC body phantom (IEC 61675-1, NEMA NU 2 section 7): its form, fill and place.

Dimensions: facts/tb149-pet.md §4 and, for wall, length and the 35 mm between the arc's centre and the ring's
axis, OpenGATE ``contrib/phantoms/nemaiec.py``. Phantom axes: x to the patient's left, y to the back (the flat
side), z along the bore; origin in the middle of the ring of spheres.
"""

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

from viewer.core.errors import LowfieldError
from viewer.core.geometry import Floats, Geometry
from viewer.simulate.coverage import body_coverage, sphere_coverage

DIAMETERS_MM = (10.0, 13.0, 17.0, 22.0, 28.0, 37.0)
RING_MM = 57.2
ARC_MM, CORNER_MM, FLAT_MM, ARC_CENTER_MM = 147.0, 77.0, 70.0, 35.0
Z_RANGE_MM = (-70.0, 124.0)
"""Inside of the two end plates; the spheres hang 70 mm from the lid."""
BODY_WALL_MM = 3.0
LUNG_RADIUS_MM = 25.5


@dataclass(frozen=True, eq=False)
class IecPhantom:
    """A filled phantom in patient space.

    ``center_lps_mm`` is the middle of the ring of spheres; ``rotation`` (3, 3) has the phantom's axes as columns
    in LPS. ``activity_bq`` is all activity inside, spheres ``ratio`` times as concentrated as the background.
    ``wall_mm`` is the thickness of the spheres' wall, without activity.
    """

    center_lps_mm: tuple[float, float, float] = (0.0, 0.0, 0.0)
    rotation: Floats = field(default_factory=lambda: np.eye(3))
    activity_bq: float = 45e6
    ratio: float = 10.0
    wall_mm: float = 1.0

    def __post_init__(self) -> None:
        rotation = np.asarray(self.rotation, float)
        if rotation.shape != (3, 3) or not np.allclose(rotation.T @ rotation, np.eye(3), atol=1e-6):
            raise LowfieldError("The phantom's rotation is not an orthonormal 3x3 matrix.")
        object.__setattr__(self, "rotation", rotation)

    @cached_property
    def sphere_centers_lps_mm(self) -> Floats:
        """Centres (6, 3) in LPS mm, smallest first; clockwise by size on a transverse slice seen from the feet."""
        angle = np.deg2rad(60.0 * np.arange(6) + 180)
        local = np.stack((RING_MM * np.cos(angle), RING_MM * np.sin(angle), np.zeros(6)), axis=1)
        return np.asarray(np.asarray(self.center_lps_mm) + local @ self.rotation.T)

    @property
    def sphere_volumes_ml(self) -> NDArray[np.float64]:
        """Fillable volumes (6,) of the spheres in mL, smallest first."""
        return np.pi / 6 * np.asarray(DIAMETERS_MM) ** 3 / 1000

    @property
    def background_volume_ml(self) -> float:
        """Fillable volume outside spheres and lung insert in mL."""
        section = np.pi * ARC_MM**2 / 2 + np.pi * CORNER_MM**2 / 2 + 2 * FLAT_MM * CORNER_MM
        section -= np.pi * LUNG_RADIUS_MM**2
        shells = np.pi / 6 * (np.asarray(DIAMETERS_MM) + 2 * self.wall_mm) ** 3
        return float((section * (Z_RANGE_MM[1] - Z_RANGE_MM[0]) - shells.sum()) / 1000)

    @property
    def background_bq_ml(self) -> float:
        """True activity concentration of the background in Bq/mL."""
        return float(self.activity_bq / (self.background_volume_ml + self.ratio * self.sphere_volumes_ml.sum()))

    @property
    def sphere_bq_ml(self) -> float:
        """True activity concentration of the spheres in Bq/mL."""
        return self.ratio * self.background_bq_ml

    def to_phantom(self, points_lps_mm: ArrayLike) -> Floats:
        """Map LPS points (..., 3) to the phantom's axes, mm."""
        return np.asarray((np.asarray(points_lps_mm, float) - np.asarray(self.center_lps_mm)) @ self.rotation)

    def body_distance(self, points_lps_mm: Floats) -> Floats:
        """Return the signed distance (...) in mm to the inner wall; a lower bound of it beyond the end plates."""
        local = self.to_phantom(points_lps_mm)
        z, low, high = local[..., 2], *Z_RANGE_MM
        return np.maximum(_section(local[..., 0], local[..., 1]), np.maximum(low - z, z - high))

    def lung_distance(self, points_lps_mm: Floats) -> Floats:
        """Return the signed distance (...) in mm to the lung insert, which runs the phantom's whole length."""
        local = self.to_phantom(points_lps_mm)
        z, low, high = local[..., 2], *Z_RANGE_MM
        radial = np.hypot(local[..., 0], local[..., 1]) - LUNG_RADIUS_MM
        return np.maximum(radial, np.maximum(low - z, z - high))

    def sphere_fractions(self, geometry: Geometry, grow_mm: float = 0.0) -> NDArray[np.float32]:
        """Return how much of each voxel lies in each sphere, (6, slices, rows, columns); radii + ``grow_mm``."""
        out = np.zeros((6, *geometry.shape), np.float32)
        for one, center, diameter in zip(out, self.sphere_centers_lps_mm, DIAMETERS_MM):
            box, fraction = sphere_coverage(geometry, center, diameter / 2 + grow_mm)
            one[box] = fraction
        return out

    def concentration(self, geometry: Geometry) -> NDArray[np.float32]:
        """Return the true activity concentration (slices, rows, columns) in Bq/mL, partial volume included."""
        warm = body_coverage(geometry, self.body_distance) - body_coverage(geometry, self.lung_distance)
        warm -= self.sphere_fractions(geometry, self.wall_mm).sum(axis=0)
        hot = self.sphere_fractions(geometry).sum(axis=0)
        return np.asarray(warm * self.background_bq_ml + hot * self.sphere_bq_ml, dtype=np.float32)

    def truth(self) -> dict[str, object]:
        """Return what a measurement ought to find: concentrations in Bq/mL, volumes in mL, places in LPS mm."""
        spheres = [
            {"diameter_mm": d, "center_lps_mm": [round(float(c), 6) for c in center], "volume_ml": float(v)}
            for d, center, v in zip(DIAMETERS_MM, self.sphere_centers_lps_mm, self.sphere_volumes_ml)
        ]
        return {
            "activity_bq": self.activity_bq,
            "ratio": self.ratio,
            "sphere_bq_ml": self.sphere_bq_ml,
            "background_bq_ml": self.background_bq_ml,
            "lung_bq_ml": 0.0,
            "background_volume_ml": self.background_volume_ml,
            "center_lps_mm": list(self.center_lps_mm),
            "spheres": spheres,
        }


def _section(x: Floats, y: Floats) -> Floats:
    """Return the signed distance in mm to the D-shaped section: an arc above, a rounded box below."""
    below = y - ARC_CENTER_MM
    arc = np.hypot(x, below) - ARC_MM
    beside = np.abs(x) - FLAT_MM
    corner = np.hypot(np.maximum(beside, 0), below) - CORNER_MM
    return np.where(below < 0, arc, corner)
