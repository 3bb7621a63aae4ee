"""An image made ready for comparison: smoothed to one resolution, with its gradient, sampled at any point."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from viewer.core.geometry import Floats, Geometry
from viewer.core.volume import Volume

CT_RANGE_HU = (-1000.0, 800.0)
"""Beyond, metal and padding would decide."""
FOREGROUND_HU = -400.0
FOREGROUND_PET = 0.1
"""Of the 99.5th percentile of the square roots: the body's outline in the tracer's background."""


@dataclass(frozen=True, eq=False)
class Scene:
    """Values (slices, rows, columns) float32 on ``geometry``; ``foreground`` is the value that bounds the body."""

    values: NDArray[np.float32]
    geometry: Geometry
    foreground: float

    @classmethod
    def of(cls, volume: Volume) -> "Scene":
        """Take a volume: CT clipped to tissue, all else as the square root, so that hot spots do not decide."""
        data = np.asarray(volume.magnitude(), np.float32)
        if volume.unit == "HU":
            return cls(np.clip(np.nan_to_num(data, nan=-1000.0), *CT_RANGE_HU), volume.geometry, FOREGROUND_HU)
        root = np.sqrt(np.maximum(np.nan_to_num(data), 0), dtype=np.float32)
        return cls(root, volume.geometry, FOREGROUND_PET * float(np.percentile(root, 99.5)))

    def blurred(self, spacing_mm: float) -> "Scene":
        """Return it smoothed and thinned to about ``spacing_mm`` between voxels."""
        steps = [max(1, round(spacing_mm / side)) for side in self.geometry.spacing_mm]
        sigmas = [0.6 * spacing_mm / side for side in self.geometry.spacing_mm]
        smooth = ndimage.gaussian_filter(self.values, sigmas, mode="nearest", truncate=3.0)
        k, j, i = (slice(None, None, step) for step in steps)
        thin = np.ascontiguousarray(smooth[k, j, i])
        affine = self.geometry.affine @ np.diag([*steps, 1.0])
        slices, rows, columns = thin.shape
        return Scene(thin, Geometry((slices, rows, columns), affine), self.foreground)

    @cached_property
    def points(self) -> Floats:
        """Voxel centres (n, 3) in LPS mm."""
        return self.geometry.to_lps(np.moveaxis(np.indices(self.geometry.shape), 0, -1).reshape(-1, 3))

    @cached_property
    def mass_center(self) -> Floats:
        """Centre (3,) of the body's voxels in LPS mm; that of the grid where there are none."""
        body = self.values.ravel() > self.foreground
        return self.points[body].mean(axis=0) if body.any() else self.geometry.center_lps_mm

    def sample(self, points_lps_mm: Floats) -> tuple[Floats, NDArray[np.bool_]]:
        """Return values (n,), linear between voxels, and which points lie inside the grid."""
        index = self.geometry.to_index(points_lps_mm)
        inside = ((index >= 0) & (index <= np.asarray(self.geometry.shape) - 1)).all(axis=1)
        return _linear(self.values, index), np.asarray(inside)

    def sample_gradient(self, points_lps_mm: Floats) -> Floats:
        """Return the gradient (n, 3) per mm along LPS x, y, z."""
        index = self.geometry.to_index(points_lps_mm)
        along = np.stack([_linear(part, index) for part in self._gradient], axis=1)
        return np.asarray(along @ self.geometry.inverse[:3, :3])

    @cached_property
    def _gradient(self) -> list[NDArray[np.float32]]:
        """Differences per voxel along each axis; none along an axis of a single voxel."""
        return [
            np.gradient(self.values, axis=axis) if size > 1 else np.zeros_like(self.values)
            for axis, size in enumerate(self.values.shape)
        ]


def _linear(values: NDArray[np.float32], index: Floats) -> Floats:
    return np.asarray(ndimage.map_coordinates(values, index.T, np.float64, order=1, mode="nearest"))
