"""A second noise, sent through the same network: what it does to noise tells what it does to the image.

Stein's lemma: for Gaussian noise n with covariance C, any denoiser f and any linear A, the mean of n·A f(y) is the
trace of A J C, J being the derivative of f at y. Probing with one more noise b of covariance C gives that trace
from two runs, b·A [f(y + e b) - f(y)] / e (Ramani, Blu & Unser, IEEE Trans Image Process 2008;17:1540). Hence all
that this room wants to know about noise that nobody sees can be had without the noise-free image.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import fft, ndimage

from viewer.denoise.rician import variance_ratio

Floats = NDArray[np.float32]
Sigma = float | Floats
"""Standard deviation of the noise per real channel, for all voxels or (slices, rows, columns)."""
Denoiser = Callable[[NDArray[Any]], NDArray[Any]]

STEP = 0.1
"""Size of the probe in units of the noise: small enough for a derivative, large enough for float32."""
SEED = 20261128


@dataclass(frozen=True, eq=False)
class Colour:
    """Autocorrelation of the noise along rows and columns at lags 0, 1, 2, … of the *measured* grid; 1 at lag 0.

    ``factor``: stored voxels that share one measured sample along (rows, columns). ``source`` is ``background``,
    ``residual`` or ``assumed``.
    """

    rows: Floats
    columns: Floats
    factor: tuple[float, float] = (1.0, 1.0)
    source: str = "assumed"


WHITE = Colour(np.ones(1, np.float32), np.ones(1, np.float32))


@dataclass(frozen=True, eq=False)
class Probe:
    """``noise`` b and ``passed`` J b, what the denoiser lets through of it; (channels, slices, rows, columns)."""

    noise: Floats
    passed: Floats


def as_channels(image: NDArray[Any]) -> Floats:
    """Return an image (slices, rows, columns) as float32 (channels, slices, rows, columns): real and imaginary."""
    if np.iscomplexobj(image):
        return np.stack([image.real, image.imag]).astype(np.float32)
    return np.asarray(image, dtype=np.float32)[None]


def within(values: NDArray[Any], inside: NDArray[np.bool_]) -> NDArray[Any]:
    """Return (channels, voxels): what of (channels, slices, rows, columns) lies inside.

    As ``values[:, inside]``, for which numpy takes ten times as long.
    """
    return np.stack([channel[inside] for channel in values])


def is_magnitude(source: NDArray[Any]) -> bool:
    """Whether the noise is Rician: real numbers, none below zero."""
    return not np.iscomplexobj(source) and float(source.min()) >= 0


def take_probe(
    source: NDArray[Any], denoised: NDArray[Any], sigma: Sigma, colour: Colour, again: Denoiser
) -> Probe:
    """Run ``again`` on ``source`` (slices, rows, columns) plus a little more of its own noise.

    ``denoised`` is what ``again`` made of ``source`` itself; the probe does not depend on it, so that answers can
    be kept. In magnitudes noise is smaller where signal is weak (Koay & Basser's xi). Voxels that are exactly zero
    are masked or missing and get none.
    """
    noise = coloured_noise((as_channels(source).shape), colour, np.random.default_rng(SEED))
    noise *= np.asarray(sigma, np.float32)
    noise *= np.abs(source) > 0
    if is_magnitude(source):
        noise *= np.sqrt(variance_ratio(_signal_over_noise(source, sigma))).astype(np.float32)
        noise = np.maximum(noise, -as_channels(source) / np.float32(STEP))  # a magnitude stays one
    moved = again(source + np.float32(STEP) * _as_image(noise, source))
    return Probe(noise, as_channels(moved - denoised) / np.float32(STEP))


def _signal_over_noise(magnitude: NDArray[Any], sigma: Sigma) -> NDArray[np.float64]:
    """Return the SNR from the mean square around each voxel: A² = E m² - 2 sigma² (Rice)."""
    square = ndimage.uniform_filter(np.square(magnitude.astype(np.float64) / sigma), (0, 3, 3))
    return np.asarray(np.sqrt(np.maximum(square - 2, 0.0)))


def _as_image(values: Floats, like: NDArray[Any]) -> NDArray[Any]:
    image = values[0] + 1j * values[1] if np.iscomplexobj(like) else values[0]
    return np.asarray(image, dtype=like.dtype)


def coloured_noise(shape: tuple[int, ...], colour: Colour, rng: np.random.Generator) -> Floats:
    """Return Gaussian noise (..., rows, columns) of unit variance with the autocorrelation of ``colour``."""
    noise = rng.standard_normal(shape, dtype=np.float32)
    for axis, correlation, factor in zip((-2, -1), (colour.rows, colour.columns), colour.factor):
        if len(correlation) > 1 or factor > 1:
            gain = np.sqrt(power_spectrum(correlation, factor, shape[axis])).astype(np.float32)
            spectrum = fft.fft(noise, axis=axis)
            noise = fft.ifft(spectrum * (gain[:, None] if axis == -2 else gain), axis=axis).real
    return np.asarray(noise, dtype=np.float32)


def power_spectrum(correlation: Floats, factor: float, count: int) -> NDArray[np.float64]:
    """Return the power at ``count`` frequencies (order of ``fft``), mean 1; 0 beyond the measured part."""
    k = np.abs(fft.fftfreq(count))
    lags = np.arange(1, len(correlation))
    power = 1 + 2 * np.cos(2 * np.pi * factor * np.outer(k, lags)) @ correlation[1:].astype(np.float64)
    power = np.maximum(power, 0.0) * (k <= 0.5 / factor)
    return np.asarray(power / power.mean())
