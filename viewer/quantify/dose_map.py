"""Voxelwise dose: the time integral as a weighted sum of images on one grid, and tissue density from CT.

Arithmetic on arrays; which images, and where they lie, is for `viewer.therapy` to say.
"""

import math

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from viewer.core.geometry import Floats, Geometry
from viewer.quantify.dose import GRAMS_PER_KG
from viewer.quantify.dose_constants import DoseConstants, density_g_ml

LEAST_DENSITY_G_ML = 0.15
"""Less is air, in which a dose by local deposition means nothing; lung has about 0.26."""


def resampled(values: NDArray[np.floating], source: Geometry, target: Geometry) -> NDArray[np.float32]:
    """Return values (slices, rows, columns) on another grid, linear between voxel centres; NaN outside of them.

    The same grid is returned as it is, without rounding.
    """
    if source.same_grid(target):
        return np.asarray(values, np.float32)
    to_index = source.inverse @ target.affine
    return np.asarray(
        ndimage.affine_transform(
            np.asarray(values, np.float32), to_index[:3, :3], to_index[:3, 3], target.shape, np.float32,
            order=1, mode="constant", cval=np.nan,
        )
    )  # fmt: skip


def density_on(hounsfield: NDArray[np.floating], ct: Geometry, target: Geometry) -> NDArray[np.float32]:
    """Return mass density in g/mL on the PET grid: that of each CT voxel, averaged over about a PET voxel.

    NaN where the CT does not reach.
    """
    density = density_g_ml(hounsfield).astype(np.float32)
    # A Gaussian with the variance of a box of the target's voxel, less that of the CT's own.
    wider = [max(_across(target, ct, axis) ** 2 - side**2, 0.0) / 12 for axis, side in enumerate(ct.spacing_mm)]
    sigmas = [math.sqrt(variance) / side for variance, side in zip(wider, ct.spacing_mm, strict=True)]
    return resampled(ndimage.gaussian_filter(density, sigmas, mode="nearest"), ct, target)


def dose_from_integral(
    integral_bq_s_ml: NDArray[np.floating],
    density: NDArray[np.floating] | float,
    constants: DoseConstants,
    rbe: float,
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return dose in Gy and RBE-weighted dose in Gy·RBE, each (slices, rows, columns).

    NaN where the integral is unknown, or the density is below 0.15 g/mL or unknown.
    """
    mass = np.where(np.asarray(density) >= LEAST_DENSITY_G_ML, density, np.nan)
    per_kg: Floats = np.asarray(integral_bq_s_ml, np.float64) * GRAMS_PER_KG / mass
    gray = per_kg * (constants.alpha_gy_kg + constants.electron_gy_kg)
    weighted = per_kg * (rbe * constants.alpha_gy_kg + constants.electron_gy_kg)
    return gray.astype(np.float32), weighted.astype(np.float32)


def _across(target: Geometry, ct: Geometry, axis: int) -> float:
    """Return how far a voxel of the target reaches along an axis of the CT, in mm."""
    return float(np.abs(target.affine[:3, :3].T @ ct.directions[axis]).max())
