"""One geometry for every image: a regular voxel grid in patient space, LPS millimetres."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

from viewer.core.errors import LowfieldError

Floats = NDArray[np.float64]
ORTHOGONAL_TOLERANCE = 1e-3
SAME_GRID_TOLERANCE_MM = 1e-2


@dataclass(frozen=True, eq=False)
class Geometry:
    """A voxel grid in the patient frame (LPS, mm; DICOM PS3.3 C.7.6.2.1.1).

    ``shape`` is (slices, rows, columns), the shape of the numpy array. ``affine`` (4, 4) maps the
    array index (k, j, i, 1) of a voxel *centre*, in the array's own axis order, to (x, y, z, 1) in
    LPS mm. Two geometries are comparable only within one ``frame_of_reference_uid``.
    """

    shape: tuple[int, int, int]
    affine: Floats
    frame_of_reference_uid: str = ""

    def __post_init__(self) -> None:
        affine = np.array(self.affine, dtype=np.float64)
        if affine.shape != (4, 4) or not np.isfinite(affine).all():
            raise LowfieldError("The image position or orientation is not a finite 4x4 matrix.")
        if len(self.shape) != 3 or min(self.shape) < 1 or abs(np.linalg.det(affine[:3, :3])) < 1e-9:
            raise LowfieldError("The image has no volume: its axes or spacing are degenerate.")
        affine.flags.writeable = False
        object.__setattr__(self, "affine", affine)
        object.__setattr__(self, "shape", tuple(int(n) for n in self.shape))

    @classmethod
    def from_axes(
        cls,
        shape: tuple[int, int, int],
        spacing_mm: ArrayLike,
        directions: ArrayLike,
        origin_lps_mm: ArrayLike,
        frame_of_reference_uid: str = "",
    ) -> "Geometry":
        """Build from spacing (3,) and unit direction rows (3, 3), both in (slice, row, column) order.

        ``directions[0]`` points from slice to slice, ``[1]`` down the rows (DICOM column cosine),
        ``[2]`` along the columns (DICOM row cosine). ``origin_lps_mm`` is the centre of voxel (0, 0, 0).
        """
        affine = np.eye(4)
        affine[:3, :3] = (np.asarray(directions, float) * np.asarray(spacing_mm, float)[:, None]).T
        affine[:3, 3] = np.asarray(origin_lps_mm, float)
        return cls(shape, affine, frame_of_reference_uid)

    @cached_property
    def spacing_mm(self) -> tuple[float, float, float]:
        """Distance between voxel centres along (slice, row, column), mm."""
        steps = np.linalg.norm(self.affine[:3, :3], axis=0)
        return float(steps[0]), float(steps[1]), float(steps[2])

    @cached_property
    def directions(self) -> Floats:
        """Unit vectors (3, 3) in LPS; row 0 from slice to slice, row 1 down rows, row 2 along columns."""
        unit: Floats = self.affine[:3, :3].T / np.asarray(self.spacing_mm)[:, None]
        return unit

    @property
    def origin_lps_mm(self) -> Floats:
        """Centre of voxel (0, 0, 0) in LPS mm."""
        return self.affine[:3, 3]

    @cached_property
    def inverse(self) -> Floats:
        """LPS mm (x, y, z, 1) to index (k, j, i, 1)."""
        return np.asarray(np.linalg.inv(self.affine), dtype=np.float64)

    @cached_property
    def voxel_volume_ml(self) -> float:
        """Volume of one voxel in mL (1 mL = 1000 mm³), sheared grids included."""
        return float(abs(np.linalg.det(self.affine[:3, :3])) / 1000.0)

    @cached_property
    def is_orthogonal(self) -> bool:
        """Whether the three axes are at right angles (false for gantry tilt)."""
        off_diagonal = self.directions @ self.directions.T - np.eye(3)
        return bool(np.abs(off_diagonal).max() < ORTHOGONAL_TOLERANCE)

    @cached_property
    def center_lps_mm(self) -> Floats:
        """Centre of the whole grid in LPS mm."""
        return self.to_lps((np.asarray(self.shape) - 1) / 2)

    def to_lps(self, index: ArrayLike) -> Floats:
        """Map indices (..., 3) in (k, j, i) order to points (..., 3) in LPS mm."""
        return np.asarray(index, float) @ self.affine[:3, :3].T + self.affine[:3, 3]

    def to_index(self, point_lps_mm: ArrayLike) -> Floats:
        """Map points (..., 3) in LPS mm to fractional indices (..., 3) in (k, j, i) order."""
        return np.asarray(point_lps_mm, float) @ self.inverse[:3, :3].T + self.inverse[:3, 3]

    def contains(self, point_lps_mm: ArrayLike) -> bool:
        """Whether a point (3,) lies inside the grid, voxel borders included."""
        index = self.to_index(point_lps_mm)
        return bool(((index >= -0.5) & (index <= np.asarray(self.shape) - 0.5)).all())

    def bounds_lps_mm(self) -> tuple[Floats, Floats]:
        """Smallest and largest corner (3,), (3,) of the axis-aligned box around all voxels, borders included."""
        ends = [(-0.5, n - 0.5) for n in self.shape]
        corners = self.to_lps(np.stack(np.meshgrid(*ends, indexing="ij"), -1).reshape(-1, 3))
        return corners.min(axis=0), corners.max(axis=0)

    def same_grid(self, other: "Geometry", tolerance_mm: float = SAME_GRID_TOLERANCE_MM) -> bool:
        """Whether both grids put every voxel at the same place, within ``tolerance_mm`` at the far corner."""
        if self.shape != other.shape or self.frame_of_reference_uid != other.frame_of_reference_uid:
            return False
        far = np.asarray(self.shape) - 1
        ends = np.stack(np.meshgrid(*[(0, n) for n in far], indexing="ij"), -1).reshape(-1, 3)
        return bool(np.abs(self.to_lps(ends) - other.to_lps(ends)).max() <= tolerance_mm)
