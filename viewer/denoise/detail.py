"""The noise of an image without usable air: fine detail of its smoothest blocks, and what that says of the rest.

Blocks of 8 x 8 voxels are taken apart by the cosine transform. Where a block's coarser texture is weakest, its
finest (diagonal) coefficients hold noise and next to no anatomy. The block was not chosen by them, so the choice
does not make the noise look small (as choosing blocks of least variance does: Liu, Tanaka & Okutomi, IEEE Trans
Image Process 2013;22:5226). Scanners filter k-space, mostly by something like a Gaussian: the coefficients' power
then falls along either axis, and a Gaussian fitted to it gives the power of the coarse ones, which anatomy hides.
"""

from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray
from scipy import fft

from viewer.core.errors import LowfieldError
from viewer.denoise.grid import measured_part
from viewer.denoise.lines import NORMAL_MEDIAN_OF_SQUARE
from viewer.denoise.rician import variance_ratio

SIZE = 8
STEP = 4
FINE = 3
"""Coefficients from this frequency (in 1/16 cycles per voxel) on both axes count as fine."""
SMOOTHEST, FEWEST_BLOCKS = 0.15, 80
MOST_BLOCKS = 8000
"""Larger images are looked at in evenly spread blocks only: 1200 smooth ones settle sigma to 1 %."""
TISSUE = 0.3
"""Tissue of a magnitude image: blocks brighter than this share of the 98th percentile."""
MASKED = 0.05
ITERATIONS = 20
CLEAR_SE = 3.0
"""A fall of the power must exceed this many of its standard errors, or the noise is white along that axis."""

Floats = NDArray[np.float64]

_ROW, _COLUMN = np.indices((SIZE, SIZE))
_FINE = (_ROW >= FINE) & (_COLUMN >= FINE)
_COARSE = ~_FINE & (_ROW + _COLUMN >= 2)
_TERMS = np.stack([np.ones((SIZE, SIZE)), (_ROW / SIZE) ** 2, (_COLUMN / SIZE) ** 2], axis=-1)


def sigma_from_detail(data: NDArray[Any], factor: tuple[float, float]) -> float:
    """Return the noise SD per real channel of ``data`` (slices, rows, columns), magnitude, signed or complex.

    ``factor``: of zero-filling, undone first. An upper bound where texture is everywhere. 0 where the image holds
    no noise; raises LowfieldError where it is too small or too empty to hold blocks.
    """
    coefficients = _blocks(measured_part(data, factor))
    level = np.sqrt(np.sum(coefficients[..., 0, 0] ** 2, axis=0)) / SIZE
    if np.iscomplexobj(data) or float(data.min()) < 0:
        return _pooled(coefficients[:, _smoothest(coefficients)], np.ones(1))
    tissue = np.flatnonzero(level > TISSUE * np.percentile(level, 98))
    chosen = tissue[_smoothest(coefficients[:, tissue])]
    return _rician(coefficients[:, chosen], level[chosen])


def _rician(coefficients: Floats, level: Floats) -> float:
    """Return sigma per channel of magnitudes whose blocks have this mean ``level`` (Koay, per block)."""
    ratio = np.ones(level.size)
    for _ in range(ITERATIONS):
        sigma = _pooled(coefficients, ratio)
        if sigma == 0:
            break
        ratio = variance_ratio(np.sqrt(np.maximum((level / sigma) ** 2 + ratio - 2, 0.0)))
    return sigma


def _pooled(coefficients: Floats, ratio: Floats) -> float:
    """Return the noise SD of blocks (channels, blocks, SIZE, SIZE) whose variance is ``ratio`` of sigma²."""
    squares = (coefficients**2 / ratio[:, None, None]).reshape(-1, SIZE, SIZE)
    return _total(np.median(squares, axis=0) / NORMAL_MEDIAN_OF_SQUARE)


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


def _smoothest(coefficients: Floats) -> NDArray[np.intp]:
    """Return the blocks whose coarse coefficients are weakest."""
    texture = np.sum(coefficients[..., _COARSE] ** 2, axis=(0, 2))
    count = max(round(SMOOTHEST * texture.size), min(FEWEST_BLOCKS, texture.size))
    return np.argsort(texture, kind="stable")[:count]


def _total(power: Floats) -> float:
    """Return the noise SD whose ``power`` per coefficient (SIZE, SIZE) is known where they are fine."""
    if np.any(power[_FINE] <= np.finfo(np.float32).tiny):
        return 0.0
    terms, log = _TERMS[_FINE], np.log(power[_FINE])
    fit = np.linalg.lstsq(terms, log, rcond=None)[0]
    rest = log - terms @ fit
    error = np.sqrt(np.diag(np.linalg.inv(terms.T @ terms)) * (rest @ rest) / (log.size - fit.size))
    falls = fit < -CLEAR_SE * error
    falls[0] = True
    fit = np.linalg.lstsq(terms[:, falls], log, rcond=None)[0]
    return float(np.sqrt(np.mean(np.exp(_TERMS[..., falls] @ fit))))
