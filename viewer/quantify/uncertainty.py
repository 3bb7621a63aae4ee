"""How well the mean of an ROI is known: image noise, nuclear data and calibration, each listed, in quadrature.

Standard uncertainties (k = 1) of independent inputs add in quadrature (GUM, JCGM 100:2008, 5.1); the 95 % interval
takes the quantile of Student's t for the effective degrees of freedom of Welch and Satterthwaite (GUM, annex G.4),
where only the noise, which is estimated from few voxels, has finitely many.
"""

import math
from typing import Any

import numpy as np
from scipy import special

from viewer.core.errors import LowfieldError
from viewer.core.measurement import MeanUncertainty, Statistics, UncertaintyTerm
from viewer.quantify.activity import ActivityScale
from viewer.quantify.noise import estimate_noise
from viewer.quantify.patch import Patch

BQ_ML = "Bq/mL"
IMAGE_NOISE = "image noise"
METHOD = (
    "second differences of neighbouring voxels: noise of one voxel {sd:.4g} {unit}, correlated as by a Gaussian "
    "filter of {fwhm} mm FWHM (slice, row, column), {voxels:.1f} effective voxels"
)
FWHM_PER_SD = math.sqrt(8 * math.log(2))
COVERAGE = 0.95
MOST_OF_SPREAD = 2.0
"""Noise larger than so many SD of all voxels of the ROI is curvature of a small hot object, not noise."""


def mean_uncertainty(patch: Patch, scale: ActivityScale | None, found: Statistics) -> MeanUncertainty:
    """Return the uncertainty of ``found.mean``, the mean of the patch's region in Bq/mL (or the volume's unit).

    Raises `LowfieldError` where the region is too small to tell its noise (alone, or from structure), or the mean
    is zero.
    """
    if not found.mean:
        raise LowfieldError("A mean of zero has no relative uncertainty.")
    k, j, i = (slice(a, a + size) for a, size in zip(patch.start, patch.mask.shape))
    values = patch.scaled(None if scale is None else scale.per_slice)[k, j, i]
    spacing = patch.volume.geometry.spacing_mm
    unit = patch.volume.unit if scale is None else BQ_ML
    noise = estimate_noise(values, patch.mask, spacing)
    if noise.sd > MOST_OF_SPREAD * found.sd:
        raise LowfieldError("The ROI is too small to tell its noise from its structure.")
    effective = noise.effective_voxels(patch.mask.astype(np.float64) if patch.weights is None else patch.weights)
    fwhm = " × ".join(f"{FWHM_PER_SD * s * step:.2g}" for s, step in zip(noise.filter_sd_voxels, spacing))
    method = METHOD.format(sd=noise.sd, unit=unit, fwhm=fwhm, voxels=effective)
    share = noise.sd / math.sqrt(effective) / abs(found.mean)
    terms = (UncertaintyTerm(IMAGE_NOISE, share, method), *_other_terms(scale))
    relative = math.hypot(*(term.relative for term in terms))
    freedom = noise.freedom * (relative / share) ** 4
    standard = relative * abs(found.mean)
    reach = standard * float(special.stdtrit(freedom, (1 + COVERAGE) / 2))
    left_out = tuple(text for text in _stated(scale).get("not_included", ()) if text != IMAGE_NOISE)
    return MeanUncertainty(
        standard, relative, found.mean - reach, found.mean + reach, unit, terms, left_out, effective
    )


def _other_terms(scale: ActivityScale | None) -> list[UncertaintyTerm]:
    return [
        UncertaintyTerm(term["name"], term["relative"], str(term.get("source", "")))
        for term in _stated(scale).get("terms", ())
    ]


def _stated(scale: ActivityScale | None) -> dict[str, Any]:
    return {} if scale is None else scale.provenance.get("uncertainty") or {}
