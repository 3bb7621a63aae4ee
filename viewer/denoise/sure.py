"""The error that remains after denoising, estimated without the noise-free image (Stein's unbiased risk estimate).

Gaussian noise (complex and signed images), per real channel:  E(d - x)² = E(y - d)² - sigma² + 2 E(n d), where the
last mean comes from the probe. Magnitudes have a mean noise beta and a variance xi (Koay & Basser 2006), and
E y² = A² + 2 sigma², hence  E(d - A)² = E(y - d)² - 2 sigma² + 2 [E(n' d) + beta d]; n' counts as Gaussian, which
holds from about three sigma up, so voxels below are left out.

A faithful denoiser (the mean of all images that fit) has the error E(n d) (Tweedie; Efron, JASA 2011;106:1602):
the error that the network "admits". What SURE finds beyond it, the network does not know of.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import special

from viewer.denoise.smooth import gaussian
from viewer.denoise.sure_probe import Floats, Probe, Sigma, within

SMOOTH = (0.8, 4.0, 4.0)
"""Standard deviation (slices, rows, columns), in voxels, over which local errors are averaged."""
RICIAN_FROM = 3.0
"""Magnitudes are judged above so many sigma."""
TABLE_ENDS, ENTRIES_PER_SIGMA = 40, 512
BELIEVED = 0.25
"""Smallest believable share of the admitted mean square error."""
Mask = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Errors:
    """Mean square errors in sigma², per voxel (slices, rows, columns), each very noisy on its own.

    ``admitted`` is what a faithful denoiser would have, ``excess`` what the data show beyond it; SURE is the sum.
    """

    admitted: Floats
    excess: Floats


def rician_bias(theta: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return how far the mean of a magnitude lies above the true one, over sigma, at the SNR ``theta`` (from 0).

    Between the entries of a table, true to 1e-6 of sigma.
    """
    table = _bias_table()
    place = np.minimum(theta, TABLE_ENDS) * ENTRIES_PER_SIGMA
    entry = place.astype(np.intp)
    between = table[entry] + (place - entry) * (table[entry + 1] - table[entry])
    return np.where(theta > TABLE_ENDS, 0.5 / np.maximum(theta, 1), between)


@lru_cache
def _bias_table() -> NDArray[np.float64]:
    """Return the exact bias at every SNR of the table and one beyond (Koay & Basser 2006)."""
    theta = np.arange(TABLE_ENDS * ENTRIES_PER_SIGMA + 2) / ENTRIES_PER_SIGMA
    z = theta**2 / 4
    mean = np.sqrt(np.pi / 8) * ((2 + 4 * z) * special.i0e(z) + 4 * z * special.i1e(z))
    return np.asarray(mean - theta)


def errors(residual: Floats, denoised: Floats, probe: Probe, sigma: Sigma, *, rician: bool) -> Errors:
    """Return the errors per voxel from ``residual`` y - d and ``denoised`` d (channels, slices, rows, columns)."""
    let_through = np.mean(probe.noise * probe.passed / np.square(sigma), axis=0)
    squared = np.mean(np.square(residual / sigma), axis=0)
    if not rician:
        return Errors(let_through, np.asarray(squared - 1 + let_through))
    d = np.abs(denoised[0]).astype(np.float64) / sigma
    shift = 2 - 2 * rician_bias(d) * d
    return Errors(let_through, np.asarray(squared - shift + let_through, dtype=np.float32))


def local_mean(values: Floats, inside: Mask, smooth: tuple[float, ...] = SMOOTH) -> Floats:
    """Return the Gaussian mean of what lies inside, around every voxel inside; 0 elsewhere."""
    return local_means((values,), inside, smooth)[0]


def local_means(images: Iterable[Floats], inside: Mask, smooth: tuple[float, ...] = SMOOTH) -> list[Floats]:
    """Return the `local_mean` of each of several images of one object."""
    weight = np.maximum(gaussian(inside.astype(np.float32), smooth), 1e-6)
    totals = (gaussian(np.where(inside, values, 0).astype(np.float32), smooth) for values in images)
    return [np.where(inside, total / weight, 0).astype(np.float32) for total in totals]


@dataclass(frozen=True, eq=False)
class Local:
    """``error`` around each voxel (slices, rows, columns), root mean square in sigma; how bad the worst place is.

    ``excess_z`` says by how many standard deviations of chance the error passes the admitted one there.
    """

    error: Floats
    excess_z: float


def local_error(found: Errors, probe: Probe, sigma: Any, inside: Mask) -> Local:
    """Average the errors around each voxel inside.

    The excess is drawn towards its mean by as much as its spread can be explained by chance, which the probe's own
    residual shows; the admitted error is well known locally. No error below half of the admitted one is believed.
    """
    rest = np.mean(np.square((probe.noise - probe.passed) / sigma), axis=0) + found.admitted
    admitted, excess, alike = local_means((found.admitted, found.excess, rest), inside)
    mean = float(found.excess[inside].mean())
    chance, spread = float(np.var(alike[inside])), float(np.var(excess[inside]))
    kept = max(0.0, 1 - chance / spread) if spread > 0 else 0.0
    square = np.maximum(admitted + mean + np.float32(kept) * (excess - mean), BELIEVED * np.maximum(admitted, 0))
    worst = float((excess[inside] - max(mean, 0.0)).max()) / np.sqrt(chance) if chance > 0 else 0.0
    return Local(np.where(inside, np.sqrt(square), 0).astype(np.float32), float(worst))


def total(found: Errors, inside: Mask) -> tuple[float, float, float]:
    """Return the mean square error in sigma² by SURE, as admitted, and the standard error of the first."""
    both = (found.admitted + found.excess)[inside]
    standard = float(np.std(both)) / np.sqrt(max(both.size, 1))
    return float(both.mean(dtype=np.float64)), float(found.admitted[inside].mean(dtype=np.float64)), standard


def expected_sd(found: Errors, residual: Floats, sigma: Any, inside: Mask) -> float:
    """Return the residual's root mean square that a faithful denoiser would leave, in sigma (it is below 1)."""
    measured = float(np.mean(np.square(within(residual / sigma, inside))))
    return float(np.sqrt(max(measured - float(found.excess[inside].mean()), 0.0)))
