"""The patient without the couch: the couch does not turn with the patient, so it must not have a say."""

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from viewer.core.geometry import Floats

SHEET_MM = 16.0
"""Twice the radius of the opening: couch shells, mattress covers and blankets are thinner; bodies are not."""
LEAST_PART = 0.5
"""Of the largest part: two legs are both the patient, an arm that moves on its own is left out."""


def patient(solid: NDArray[np.bool_], spacing_mm: Floats) -> NDArray[np.bool_]:
    """Return what of ``solid`` (slices, rows, columns) is the body: opened, its largest parts, lungs filled."""
    inner = _depth(solid, spacing_mm) > SHEET_MM / 2
    labels, count = ndimage.label(inner)
    if not count:
        return np.zeros_like(solid)
    sizes = np.bincount(labels.ravel())
    sizes[0] = 0
    core = (sizes >= LEAST_PART * sizes.max())[labels]
    body = solid & grown(core, spacing_mm, SHEET_MM / 2 + float(np.mean(spacing_mm)) / 2)
    return np.stack([ndimage.binary_fill_holes(plane) for plane in body])


def grown(mask: NDArray[np.bool_], spacing_mm: Floats, by_mm: float) -> NDArray[np.bool_]:
    """Return ``mask`` and all that is within ``by_mm`` of it; nothing where it is empty."""
    if not mask.any():
        return mask
    return np.asarray(_depth(~mask, spacing_mm) <= by_mm)


def surface(body: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return the outermost voxels of a body that are seen: where the image ends, so does the body."""
    return np.asarray(body & ~ndimage.binary_erosion(body))


def _depth(mask: NDArray[np.bool_], spacing_mm: Floats) -> Floats:
    """Return the distance in mm of each voxel in ``mask`` to the nearest one outside; infinite without any."""
    if mask.all():
        return np.full(mask.shape, np.inf)
    return np.asarray(ndimage.distance_transform_edt(mask, sampling=tuple(spacing_mm)))
