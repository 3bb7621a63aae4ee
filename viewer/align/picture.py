"""An image made ready for comparison: the patient alone, at one resolution, with its gradient, at any point."""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from viewer.align.body import grown, patient
from viewer.core.geometry import Floats, Geometry
from viewer.core.volume import Volume

FINEST_MM = 4.0
CT_RANGE_HU = (-1000.0, 800.0)
"""Beyond, metal and padding would decide."""
COMPARED_HU = (-300.0, 300.0)
"""Air is made -300: bones and lungs inside weigh as much as the outline, which a turn may hardly change."""
SOLID_HU, FOREGROUND_HU = -400.0, -200.0
THING_HU = -925.0
"""More than air: the foam of couches and mattresses."""
TOUCH_MM = 16.0
"""So far around a couch nothing is compared: a thin shell may cling to the back, and smoothing spreads it."""
SETTLED_MM = 4.0
"""Sigma of one more smoothing, a voxel at least, before clipping and 0.7 of it after.

Clipping bends what a thick slice holds half of, and sharpens edges past what the grid can hold; both pull the
motion towards the grid."""
RIM_MM = 6.0
"""How much air around the body is kept, so that its edge is that of the image and not of the mask."""
FOREGROUND_PET = 0.1
"""Of the 99.5th percentile of the square roots: the body's outline in the tracer's background."""


@dataclass(frozen=True, eq=False)
class Scene:
    """Values (slices, rows, columns) float32 on ``geometry``; ``foreground`` is the value that bounds the body.

    ``body`` (same shape) is where the patient is, the couch excluded; ``touched`` is where a couch or mattress is
    so near that the body's edge cannot be told from it. ``resolution_mm`` is how far it is smoothed.
    """

    values: NDArray[np.float32]
    geometry: Geometry
    foreground: float
    body: NDArray[np.bool_]
    touched: NDArray[np.bool_]
    resolution_mm: float = 0.0

    @classmethod
    def of(cls, volume: Volume) -> "Scene":
        """Take a volume at `FINEST_MM`: CT without its couch, all else as the square root against hot spots."""
        data = np.asarray(volume.magnitude(), np.float32)
        nowhere = np.zeros(data.shape, bool)
        if volume.unit == "HU":
            tissue = np.clip(np.nan_to_num(data, nan=-1000.0), *CT_RANGE_HU)
            whole = cls(tissue, volume.geometry, FOREGROUND_HU, nowhere, nowhere)
            return whole.blurred(FINEST_MM)._without_couch()
        root = np.sqrt(np.maximum(np.nan_to_num(data), 0), dtype=np.float32)
        level = FOREGROUND_PET * float(np.percentile(root, 99.5))
        return cls(root, volume.geometry, level, nowhere, nowhere).blurred(FINEST_MM)._with_body()

    def _with_body(self) -> "Scene":
        return replace(self, body=np.asarray(self.values > self.foreground))

    def _without_couch(self) -> "Scene":
        """Keep the body and a rim of air; an image without a body stays whole, for the judge to refuse."""
        values = np.clip(self.values, *COMPARED_HU)
        body = patient(self.values > SOLID_HU, self.spacing_mm)
        if not body.any():
            return replace(self, values=values, body=np.asarray(values > self.foreground))
        near = grown(body, self.spacing_mm, max(RIM_MM, 1.5 * float(self.spacing_mm.max())))
        touched = grown((self.values > THING_HU) & ~near, self.spacing_mm, TOUCH_MM)
        alone = np.where(near, self.values, np.float32(CT_RANGE_HU[0]))
        sigmas = np.maximum(SETTLED_MM / self.spacing_mm, 1.0)
        whole = np.clip(ndimage.gaussian_filter(alone, sigmas, mode="nearest", truncate=3.0), *COMPARED_HU)
        settled = ndimage.gaussian_filter(whole, 0.7 * sigmas, mode="nearest", truncate=3.0)
        return replace(self, values=settled, body=body, touched=touched)

    def blurred(self, spacing_mm: float) -> "Scene":
        """Return it smoothed and thinned to about ``spacing_mm`` between voxels."""
        if spacing_mm <= self.resolution_mm:
            return self
        steps = [max(1, round(spacing_mm / side)) for side in self.geometry.spacing_mm]
        further_mm = 0.6 * float(np.sqrt(spacing_mm**2 - self.resolution_mm**2))
        sigmas = [further_mm / side for side in self.geometry.spacing_mm]
        smooth = ndimage.gaussian_filter(self.values, sigmas, mode="nearest", truncate=3.0)
        k, j, i = (slice(None, None, step) for step in steps)
        thin, body, touched = (np.ascontiguousarray(each[k, j, i]) for each in (smooth, self.body, self.touched))
        affine = self.geometry.affine @ np.diag([*steps, 1.0])
        slices, rows, columns = thin.shape
        grid = Geometry((slices, rows, columns), affine)
        return Scene(thin, grid, self.foreground, body, touched, spacing_mm)

    @property
    def spacing_mm(self) -> Floats:
        """Between voxels, (3,)."""
        return np.asarray(self.geometry.spacing_mm, float)

    def near_body(self, margin_mm: float) -> NDArray[np.bool_]:
        """Return which voxels (n,) are in the body or within ``margin_mm``, untouched; all without a body."""
        near = (grown(self.body, self.spacing_mm, margin_mm) & ~self.touched).ravel()
        return near if near.any() else np.ones_like(near)

    @cached_property
    def points(self) -> Floats:
        """Voxel centres (n, 3) in LPS mm."""
        return self.geometry.to_lps(np.moveaxis(np.indices(self.geometry.shape), 0, -1).reshape(-1, 3))

    @cached_property
    def mass_center(self) -> Floats:
        """Centre (3,) of the body's voxels in LPS mm; that of the grid where there are none."""
        body = self.body.ravel()
        return self.points[body].mean(axis=0) if body.any() else self.geometry.center_lps_mm

    def sample(self, points_lps_mm: Floats) -> tuple[Floats, NDArray[np.bool_]]:
        """Return values (n,), linear between voxels, and which points lie inside the grid."""
        index = self.geometry.to_index(points_lps_mm)
        inside = ((index >= 0) & (index <= np.asarray(self.geometry.shape) - 1)).all(axis=1)
        return _linear(self.values, index), np.asarray(inside)

    def touched_at(self, points_lps_mm: Floats) -> NDArray[np.bool_]:
        """Return which points (n,) a couch is too near to."""
        if not self.touched.any():
            return np.zeros(len(points_lps_mm), bool)
        index = self.geometry.to_index(points_lps_mm)
        return np.asarray(ndimage.map_coordinates(self.touched, index.T, order=0, mode="nearest"), bool)

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
