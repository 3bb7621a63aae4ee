"""What an ROI is: a shape in patient space (LPS, mm), independent of any image."""

from dataclasses import dataclass, field
from functools import cached_property
from uuid import uuid4

import numpy as np
from numpy.typing import NDArray

from viewer.core.errors import LowfieldError
from viewer.core.geometry import Geometry
from viewer.core.measurement import CENTRES, EXACT
from viewer.roi.checks import Bounds, Vector, orthonormal, positive, store, tight_bounds, vector
from viewer.roi.compound import Combined as Combined
from viewer.roi.compound import Grown as Grown
from viewer.roi.painting import Painting as Painting
from viewer.roi.polygon import Polygon as Polygon
from viewer.roi.polygon import contours_to_polygon as contours_to_polygon

UNIT_AXES: tuple[Vector, Vector, Vector] = ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0))


@dataclass(frozen=True)
class Sphere:
    """All points within ``radius_mm`` of ``center_lps_mm``."""

    center_lps_mm: Vector
    radius_mm: float

    def __post_init__(self) -> None:
        store(self, center_lps_mm=vector(self.center_lps_mm, "The centre"), radius_mm=positive(self.radius_mm))


@dataclass(frozen=True)
class Ellipsoid:
    """An ellipsoid with half-axes ``radii_mm`` along the unit rows of ``axes`` (3, 3)."""

    center_lps_mm: Vector
    radii_mm: Vector
    axes: tuple[Vector, Vector, Vector] = UNIT_AXES

    def __post_init__(self) -> None:
        rows = orthonormal(self.axes, "an ellipsoid")
        radii = vector(self.radii_mm, "The radii")
        for radius in radii:
            positive(radius)
        store(self, center_lps_mm=vector(self.center_lps_mm, "The centre"), radii_mm=radii, axes=rows)


@dataclass(frozen=True)
class Box:
    """A box along the patient's axes, from ``min_lps_mm`` to ``max_lps_mm``, faces included."""

    min_lps_mm: Vector
    max_lps_mm: Vector

    def __post_init__(self) -> None:
        low, high = vector(self.min_lps_mm, "The lower corner"), vector(self.max_lps_mm, "The upper corner")
        if any(a > b for a, b in zip(low, high)):
            raise LowfieldError("The lower corner of a box lies above its upper corner.")
        store(self, min_lps_mm=low, max_lps_mm=high)


@dataclass(frozen=True)
class OrientedBox:
    """A box of ``size_mm`` (whole edges) along the unit rows of ``axes`` (3, 3), faces included."""

    center_lps_mm: Vector
    size_mm: Vector
    axes: tuple[Vector, Vector, Vector] = UNIT_AXES

    def __post_init__(self) -> None:
        size = vector(self.size_mm, "The size")
        for edge in size:
            positive(edge, "An edge")
        center = vector(self.center_lps_mm, "The centre")
        store(self, center_lps_mm=center, size_mm=size, axes=orthonormal(self.axes, "a box"))


@dataclass(frozen=True)
class Isocontour:
    """What is connected (over faces) to the hottest voxel within ``radius_mm`` of the seed and reaches

    ``fraction`` of its value, within the same bounding sphere. Needs image values to become voxels.
    """

    seed_lps_mm: Vector
    radius_mm: float
    fraction: float

    def __post_init__(self) -> None:
        fraction = positive(self.fraction, "The fraction")
        if fraction > 1:
            raise LowfieldError(f"The fraction of an isocontour is at most 1, not {fraction:g}.")
        seed = vector(self.seed_lps_mm, "The seed")
        store(self, seed_lps_mm=seed, radius_mm=positive(self.radius_mm), fraction=fraction)


@dataclass(frozen=True)
class Whole:
    """All voxels of whatever image is measured."""


@dataclass(frozen=True, eq=False)
class MaskShape:
    """Voxels on a grid of their own: ``mask`` (slices, rows, columns) of bool, read-only, on ``geometry``.

    ``series_uid`` names the series whose grid (or a part of it) that is; empty where it is another's.
    """

    mask: NDArray[np.bool_]
    geometry: Geometry
    series_uid: str = ""

    def __post_init__(self) -> None:
        mask = np.array(self.mask, dtype=bool)
        if mask.shape != self.geometry.shape:
            raise LowfieldError(f"The mask has {mask.shape} voxels but its geometry says {self.geometry.shape}.")
        mask.flags.writeable = False
        store(self, mask=mask)

    @cached_property
    def bounds(self) -> Bounds | None:
        """First index and one past the last of the smallest box around the mask; None when it is empty."""
        return tight_bounds(self.mask)


Shape = (
    Sphere | Ellipsoid | Box | OrientedBox | Polygon | Isocontour | Whole | MaskShape | Painting | Grown | Combined
)


@dataclass(frozen=True)
class Roi:
    """A named shape. ``id`` stays when the rest changes; ``color`` is ``#rrggbb`` or empty.

    ``series_uid`` and ``frame_of_reference_uid`` say on which series it was drawn, and in which space its
    millimetres count: an image of another frame is refused. Empty: not known, as in files of older versions.
    ``weighting`` says how its voxels count: `CENTRES`, or for small shapes `EXACT` (partial volumes).
    """

    name: str
    shape: Shape
    id: str = field(default_factory=lambda: uuid4().hex)
    color: str = ""
    series_uid: str = ""
    frame_of_reference_uid: str = ""
    weighting: str = CENTRES

    def __post_init__(self) -> None:
        if self.weighting not in (CENTRES, EXACT):
            raise LowfieldError(f"Voxels are counted by {CENTRES!r} or {EXACT!r}, not {self.weighting!r}.")
