"""An ultra-low-field acquisition in software: k-space noise, filters, partial Fourier, zero-filling.

Recipe of SNRAware (Xue et al., Radiology: AI 2025;7(6):e250227): white complex Gaussian noise in k-space,
passed through the scanner's filters, the combined filter renormalised so that the noise power is kept.
Signal and noise pass through the same filter, as in a scanner; the signal keeps its brightness (gain 1 at
the centre of k-space). ``acquire(clean, 0, options, rng)`` is therefore the noise-free truth of
``acquire(clean, sigma, options, rng)``.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import fft

from viewer.core.errors import LowfieldError

Pair = tuple[float, float]
PARTIAL_FOURIER = (1.0, 0.875, 0.75, 0.625)
RESOLUTION = (1.0, 0.75, 0.65, 0.55)
WHITE_SHARE, FILLED_SHARE = 0.45, 0.15
FILLED_BY = (1.2, 2.0)
IN_PLANE = (-2, -1)


@dataclass(frozen=True)
class AcquisitionOptions:
    """What the scanner does to k-space; every pair is (rows, columns). The default is plain white noise.

    ``partial_fourier`` fraction of k-space acquired, from one side; ``resolution`` fraction kept around the
    centre (the rest is zero); ``gaussian`` standard deviation of a Gaussian k-space filter in units of the
    Nyquist frequency (0: none); ``taper`` width of the raised-cosine edges of the two cuts, as a fraction
    of the axis; ``zero_fill`` factor >= 1 by which the stored image is larger than the acquired one.
    """

    partial_fourier: Pair = (1.0, 1.0)
    resolution: Pair = (1.0, 1.0)
    gaussian: Pair = (0.0, 0.0)
    taper: float = 0.05
    zero_fill: Pair = (1.0, 1.0)

    def __post_init__(self) -> None:
        fractions = (*self.partial_fourier, *self.resolution)
        if not all(0 < f <= 1 for f in fractions) or min(self.gaussian) < 0 or min(self.zero_fill) < 1:
            raise LowfieldError("Acquisition options are out of range.", hint=f"Given: {self}.")


def random_options(rng: np.random.Generator) -> AcquisitionOptions:
    """Draw the k-space treatment of one scan as SNRAware does; nearly half of the scans are left white.

    Some are cut on both axes, hard: what zero-filling by a fraction (1.2 to 2) leaves of the stored k-space.
    """
    draw = rng.random()
    if draw < WHITE_SHARE:
        return AcquisitionOptions()
    if draw < WHITE_SHARE + FILLED_SHARE:
        measured = 1 / float(rng.uniform(*FILLED_BY))
        return AcquisitionOptions(resolution=(measured, measured), taper=float(rng.choice([0.0, 0.02])))
    gaussian = tuple(float(rng.uniform(0.5, 1.5)) if rng.random() < 0.5 else 0.0 for _ in IN_PLANE)
    phase = int(rng.integers(2))  # only the phase-encoding axis is under-sampled
    partial, resolution = [1.0, 1.0], [1.0, 1.0]
    partial[phase] = float(rng.choice(PARTIAL_FOURIER))
    resolution[phase] = float(rng.choice(RESOLUTION)) if rng.random() < 0.5 else 1.0
    taper = float(rng.uniform(0.0, 0.2))
    return AcquisitionOptions(
        (partial[0], partial[1]), (resolution[0], resolution[1]), (gaussian[0], gaussian[1]), taper
    )


def axis_filter(
    n: int, partial_fourier: float, resolution: float, gaussian: float, taper: float
) -> NDArray[np.float64]:
    """Return the filter (n,) along one k-space axis, in the order of ``fft``, 1 at its centre."""
    k = fft.fftshift(fft.fftfreq(n)) * 2  # in units of Nyquist: [-1, 1)
    edge = max(2 * taper, 1e-9)
    low = -(2 * partial_fourier - 1) if partial_fourier < 1 else -2.0
    response = _rise((k - low) / edge) if partial_fourier < 1 else np.ones(n)
    if resolution < 1:
        response = response * _rise((resolution - np.abs(k)) / edge)
    if gaussian > 0:
        response = response * np.exp(-0.5 * (k / gaussian) ** 2)
    response = response / response[n // 2]
    return np.asarray(fft.ifftshift(response), dtype=np.float64)


def _rise(x: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return a raised-cosine step: 0 below 0, 1 above 1."""
    return np.asarray(0.5 - 0.5 * np.cos(np.pi * np.clip(x, 0, 1)), dtype=np.float64)


def k_space_filter(rows: int, columns: int, options: AcquisitionOptions) -> NDArray[np.float64]:
    """Return the combined filter (rows, columns), in the order of ``fft2``, 1 at the centre of k-space."""
    parts = zip((rows, columns), options.partial_fourier, options.resolution, options.gaussian)
    first, second = (axis_filter(n, p, r, g, options.taper) for n, p, r, g in parts)
    return np.outer(first, second)


def white_noise(shape: tuple[int, ...], sigma: float, rng: np.random.Generator) -> NDArray[np.complex64]:
    """Return complex Gaussian noise with standard deviation ``sigma`` in each of its two channels."""
    pair = rng.standard_normal((2, *shape), dtype=np.float32)
    return np.asarray((pair[0] + 1j * pair[1]) * np.float32(sigma), dtype=np.complex64)


def acquire(
    clean: NDArray[Any], sigma: float, options: AcquisitionOptions, rng: np.random.Generator
) -> NDArray[np.complex64]:
    """Scan a ``clean`` image (slices, rows, columns), real or complex, slice by slice (2D k-space).

    Returns a complex image with noise of standard deviation ``sigma`` per channel, in the unit of ``clean``,
    white or coloured as ``options`` say; (slices, rows*zero_fill, columns*zero_fill). Zero-filling keeps
    brightness and ``sigma``, and centres voxels as scanners do: sample (r, c) stays at (r*factor, c*factor).
    """
    if clean.ndim != 3 or not np.isfinite(sigma) or sigma < 0:
        raise LowfieldError("A simulated scan needs a three-dimensional image and a noise level of 0 or more.")
    if options == AcquisitionOptions():
        return clean.astype(np.complex64) + white_noise(clean.shape, sigma, rng)  # white stays white: no transform
    response = k_space_filter(clean.shape[1], clean.shape[2], options)
    spectrum = fft.fft2(clean.astype(np.complex64), axes=IN_PLANE) * response
    if sigma > 0:
        noise = fft.fft2(white_noise(clean.shape, sigma, rng), axes=IN_PLANE)
        spectrum = spectrum + noise * (response / np.sqrt(np.mean(response**2)))
    stored = tuple(round(n * factor) for n, factor in zip(clean.shape[1:], options.zero_fill))
    gain = stored[0] * stored[1] / (clean.shape[1] * clean.shape[2])
    image = fft.ifft2(zero_fill(spectrum, stored), axes=IN_PLANE) * gain
    return np.asarray(image, dtype=np.complex64)


def zero_fill(spectrum: NDArray[Any], stored: tuple[int, ...]) -> NDArray[Any]:
    """Embed a spectrum (slices, rows, columns; order of ``fft2``) in a larger one of ``stored`` rows, columns."""
    if stored == spectrum.shape[1:]:
        return spectrum
    whole = np.zeros((spectrum.shape[0], *stored), dtype=spectrum.dtype)
    start = [n // 2 - old // 2 for n, old in zip(stored, spectrum.shape[1:])]
    rows, columns = (slice(s, s + old) for s, old in zip(start, spectrum.shape[1:]))
    whole[:, rows, columns] = fft.fftshift(spectrum, axes=IN_PLANE)
    return np.asarray(fft.ifftshift(whole, axes=IN_PLANE))


def magnitude(image: NDArray[Any]) -> NDArray[np.float32]:
    """Return what a scanner stores as DICOM: the magnitude, whose noise is Rician."""
    return np.asarray(np.abs(image), dtype=np.float32)
