"""The constellation of the six spheres, how a blurred sphere looks, and voxels near a point.

Ring and diameters: NEMA NU 2 section 7, facts/tb149-pet.md §4.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import erf

from viewer.core.geometry import Floats, Geometry
from viewer.core.phantom import DIAMETERS_MM

RING_MM = 57.2
RADII_MM = np.asarray(DIAMETERS_MM) / 2
FWHM_PER_SIGMA = float(np.sqrt(8 * np.log(2)))
WALL_MM = 1.0


def constellation() -> Floats:
    """Return the centres (6, 3) in the phantom's own axes, mm: smallest first, 60° apart from x towards y."""
    angle = np.deg2rad(60.0) * np.arange(len(DIAMETERS_MM))
    return np.stack((RING_MM * np.cos(angle), RING_MM * np.sin(angle), np.zeros_like(angle)), axis=1)


def ball(distance_mm: Floats, radius_mm: float, sigma_mm: float) -> Floats:
    """Return a unit ball of ``radius_mm`` convolved with a Gaussian, at distances from its middle.

    The convolution of a ball with an isotropic Gaussian in closed form, e.g. Hofheinz et al., Phys Med Biol 2010.
    """
    rho = np.maximum(distance_mm, 1e-6)
    near, far = (radius_mm - rho) / sigma_mm, (radius_mm + rho) / sigma_mm
    bulk = (erf(near / np.sqrt(2)) + erf(far / np.sqrt(2))) / 2
    skin = (np.exp(-(near**2) / 2) - np.exp(-(far**2) / 2)) * sigma_mm / (np.sqrt(2 * np.pi) * rho)
    return np.asarray(bulk - skin)


def align(local: Floats, points: Floats) -> tuple[Floats, Floats]:
    """Return (rotation (3, 3), shift (3,)) of the proper rigid motion that best carries local to points (n, 3).

    Kabsch, Acta Cryst 1976: local @ rotation.T + shift.
    """
    a, b = local.mean(axis=0), points.mean(axis=0)
    u, _, vt = np.linalg.svd((local - a).T @ (points - b))
    sign = np.sign(np.linalg.det(u @ vt))
    rotation = vt.T @ np.diag((1.0, 1.0, sign)) @ u.T
    return rotation, b - rotation @ a


@dataclass(frozen=True, eq=False)
class Near:
    """The box of voxels around a point: where it lies in the array, and each centre's LPS offset (..., 3), mm."""

    slices: tuple[slice, slice, slice]
    offset_mm: Floats

    @property
    def distance_mm(self) -> Floats:
        """Distance of each voxel centre from the point, mm."""
        return np.asarray(np.linalg.norm(self.offset_mm, axis=-1))


def near(geometry: Geometry, point_lps_mm: ArrayLike, reach_mm: float) -> Near:
    """Return the voxels whose centres may lie within ``reach_mm`` of a point; an empty box beyond the image."""
    index = geometry.to_index(point_lps_mm)
    reach = reach_mm * np.linalg.norm(geometry.inverse[:3, :3], axis=1)
    size = np.asarray(geometry.shape)
    first = np.clip(np.ceil(index - reach), 0, size).astype(int)
    stop = np.clip(np.floor(index + reach) + 1, first, size).astype(int)
    axes = np.meshgrid(*(np.arange(a, b) for a, b in zip(first, stop)), indexing="ij")
    offset = geometry.to_lps(np.stack(axes, axis=-1)) - np.asarray(point_lps_mm, float)
    k, j, i = (slice(int(a), int(b)) for a, b in zip(first, stop))
    return Near((k, j, i), offset)


def block_means(values: NDArray[np.floating], geometry: Geometry, step_mm: float) -> tuple[Floats, Geometry]:
    """Return the image averaged over blocks of voxels up to ``step_mm`` wide, and its geometry."""
    factors = [max(1, int(step_mm / spacing + 1e-6)) for spacing in geometry.spacing_mm]
    factors = [min(factor, size) for factor, size in zip(factors, geometry.shape)]
    k, j, i = (size // factor for size, factor in zip(geometry.shape, factors))
    a, b, c = factors
    cut = np.asarray(values[: k * a, : j * b, : i * c], np.float32)
    means = cut.reshape(k, a, j, b, i, c).mean(axis=(1, 3, 5))
    affine = np.array(geometry.affine)
    affine[:3, 3] = geometry.to_lps((np.asarray(factors) - 1) / 2)
    affine[:3, :3] = affine[:3, :3] * factors
    return means, Geometry((k, j, i), affine, geometry.frame_of_reference_uid)
