"""The noise of an image without usable air: fine detail of its smooth blocks, and what that says of the rest.

Blocks of 8 x 8 voxels are taken apart by the cosine transform. Their coarser texture says how smooth they are, and
their finest (diagonal) coefficients hold noise and little anatomy. A block is not judged by the coefficients that
are measured, so choosing smooth ones does not make the noise look small, as choosing blocks of least variance does
(Liu, Tanaka & Okutomi, IEEE Trans Image Process 2013;22:5226). What texture even smooth blocks hold is told from
noise by `viewer.denoise.texture`. Scanners filter k-space, mostly by something like a Gaussian: the coefficients'
power then falls along either axis, and a Gaussian fitted to it gives the power of the coarse ones, which anatomy
hides.
"""

from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray
from scipy import fft

from viewer.core.errors import LowfieldError
from viewer.denoise.grid import cropped_magnitude, is_fractional, measured_part, sampled_autocorrelation
from viewer.denoise.rician import RAYLEIGH_MEAN, variance_ratio_of_mean
from viewer.denoise.texture import IS_COARSE, IS_FINE, SIZE, Share, noise_share

STEP = 4
MOST_BLOCKS = 8000
"""Larger images are looked at in evenly spread blocks only: 4000 smooth ones settle sigma to 1 %."""
TISSUE = 0.3
"""Tissue of a magnitude image, at first: blocks brighter than this share of the 98th percentile."""
CLEAR_SNR, DIMMEST, BRIGHTEST = 3.0, 0.08, 0.6
"""Then, once sigma is known: blocks of this SNR. In the dark the Rician bias cannot be told from noise."""
FEWEST_BLOCKS = 80
LOW_NOISE = 0.05
"""Below this share of the 98th percentile, the noise of magnitudes is as good as Gaussian in bright tissue."""
MASKED = 0.05
ITERATIONS, PRECISE, LARGEST_STEP = 10, 2e-3, 1.4

Floats = NDArray[np.float64]


def sigma_from_detail(data: NDArray[Any], factor: tuple[float, float]) -> float:
    """Return the sigma that `share_from_detail` finds."""
    return share_from_detail(data, factor).sigma


def share_from_detail(data: NDArray[Any], factor: tuple[float, float]) -> Share:
    """Return the noise SD per real channel of ``data`` (slices, rows, columns), magnitude, signed or complex.

    ``factor``: of zero-filling, undone first. An upper bound where texture is everywhere. 0 where the image holds
    no noise; raises LowfieldError where it is too small or too empty to hold blocks.
    """
    part = measured_part(data, factor)
    if np.iscomplexobj(data) or float(data.min()) < 0:
        squares = _blocks(part) ** 2
        return noise_share(squares[..., IS_FINE].reshape(-1, IS_FINE.sum()), _coarse(squares).ravel())
    share = _of_magnitudes(part, np.outer(*(_sampled_spectrum(f) for f in factor)))
    if not is_fractional(factor):
        return share
    # Sampling folded anatomy onto the fine coefficients, where noise this low does not hide it.
    cropped = _of_magnitudes(cropped_magnitude(data, factor), np.ones((SIZE, SIZE)), TISSUE)
    is_low = cropped.sigma < LOW_NOISE * float(np.percentile(part, 98))
    return min(share, cropped, key=lambda found: found.sigma) if is_low else share


def _sampled_spectrum(factor: float) -> Floats:
    """Return the power (SIZE,) that white noise, zero-filled and sampled again, has in each cosine."""
    cosines = fft.dct(np.eye(SIZE), axis=0, norm="ortho")
    places = np.arange(SIZE)
    between = sampled_autocorrelation(factor, places[:, None] - places)
    return np.asarray(np.diag(cosines @ between @ cosines.T))


def _coarse(squares: Floats) -> Floats:
    return np.asarray(squares[..., IS_COARSE].mean(axis=-1))


def _of_magnitudes(data: NDArray[Any], spectrum: Floats, dimmest: float = DIMMEST) -> Share:
    """Return the noise of magnitudes from blocks that are clearly tissue; ``spectrum``: of white noise there."""
    coefficients = _blocks(data)[0]
    level = np.abs(coefficients[:, 0, 0]) / SIZE
    squares = coefficients**2 / spectrum
    fine, coarse = squares[:, IS_FINE], _coarse(squares)
    top = float(np.percentile(level, 98))
    tissue = level > TISSUE * top
    highest = float(np.median(level[tissue])) / RAYLEIGH_MEAN
    first = _rician(fine[tissue], coarse[tissue], level[tissue], highest)
    if first.sigma == 0:
        return first
    wanted = float(np.clip(CLEAR_SNR * first.sigma, dimmest * top, BRIGHTEST * top))
    clear = level > min(wanted, float(np.sort(level)[-min(FEWEST_BLOCKS, level.size)]))
    second = _rician(fine[clear], coarse[clear], level[clear], first.sigma)
    # More and dimmer blocks can only show smoother ones.
    return min(first, second, key=lambda share: share.sigma) if wanted < TISSUE * top else second


def _rician(fine: Floats, coarse: Floats, level: Floats, start: float) -> Share:
    """Return the noise per channel of magnitudes whose blocks have this mean ``level`` (Koay, per block)."""

    def corrected(sigma: float) -> Share:
        ratio = variance_ratio_of_mean(level / sigma)
        return noise_share(fine / ratio[:, None], coarse / ratio)

    share = corrected(start)
    old, old_gap, sigma = start, share.sigma - start, share.sigma
    for _ in range(ITERATIONS):
        if sigma == 0:
            break
        share = corrected(sigma)
        gap = share.sigma - sigma
        if abs(gap) < PRECISE * sigma:
            break
        # The secant: in the dark the plain iteration crawls, and stopping early reads too little.
        step = -gap * (sigma - old) / (gap - old_gap) if gap != old_gap else gap
        old, old_gap = sigma, gap
        sigma = float(np.clip(sigma + step, sigma / LARGEST_STEP, sigma * LARGEST_STEP))
    return share


def _blocks(data: NDArray[Any]) -> Floats:
    """Return the cosine coefficients (channels, blocks, SIZE, SIZE) of every block that is not masked."""
    if min(data.shape[1:]) < SIZE:
        raise LowfieldError("The image is too small for its noise to be estimated.", hint="Give sigma.")
    places = sliding_window_view(data, (SIZE, SIZE), axis=(1, 2))[:, ::STEP, ::STEP]
    count = places[..., 0, 0].size
    chosen = np.unravel_index(np.arange(0, count, -(-count // MOST_BLOCKS)), places.shape[:3])
    windows = places[chosen]
    windows = windows[np.mean(windows == 0, axis=(1, 2)) <= MASKED]
    if len(windows) == 0:
        raise LowfieldError(
            "The image is empty nearly everywhere: its noise cannot be estimated.", hint="Give sigma."
        )
    parts = np.stack([windows.real, windows.imag]) if np.iscomplexobj(windows) else windows[None]
    return np.asarray(fft.dctn(parts.astype(np.float64), axes=(-2, -1), norm="ortho"))
