"""A rigid motion of patient space: three turns and three shifts about a fixed centre.

x ↦ R·(x − c) + c + t in LPS mm; R by the rotation vector (Rodrigues), whose length is the angle.
"""

from dataclasses import dataclass

import numpy as np
from scipy.spatial.transform import Rotation

from viewer.core.geometry import Floats, Geometry


@dataclass(frozen=True, eq=False)
class Rigid:
    """``parameters`` (6,): rotation vector in rad, then shift in mm; ``center_lps_mm`` (3,) is where it turns."""

    parameters: Floats
    center_lps_mm: Floats

    @property
    def rotation(self) -> Floats:
        """Rotation matrix (3, 3)."""
        return np.asarray(Rotation.from_rotvec(self.parameters[:3]).as_matrix())

    @property
    def angle_deg(self) -> float:
        """By how much it turns in all."""
        return float(np.rad2deg(np.linalg.norm(self.parameters[:3])))

    @property
    def matrix(self) -> Floats:
        """Homogeneous matrix (4, 4)."""
        matrix = np.eye(4)
        matrix[:3, :3] = self.rotation
        matrix[:3, 3] = self.center_lps_mm + self.parameters[3:] - self.rotation @ self.center_lps_mm
        return matrix

    def apply(self, points_lps_mm: Floats) -> Floats:
        """Move points (n, 3)."""
        return np.asarray(points_lps_mm @ self.matrix[:3, :3].T + self.matrix[:3, 3])


def seen_from(geometry: Geometry, matrix: Floats, frame_of_reference_uid: str) -> Geometry:
    """Return where the voxels of an image lie in another patient space.

    ``matrix`` (4, 4) maps LPS mm of that space to LPS mm of the image's own. Nothing is resampled: the grid is
    turned, its voxels stay what they are.
    """
    return Geometry(geometry.shape, np.linalg.inv(matrix) @ geometry.affine, frame_of_reference_uid)
