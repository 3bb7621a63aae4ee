"""From the stored grid to the measured one and back, so that the network sees noise as the scanner measured it.

Complex images: crop k-space, denoise, zero-fill again: exact. Magnitudes have lost the phase that this needs,
but where the factor is a whole number n every n-th voxel *is* a measured image (Rician noise and all), shifted by
a part of a voxel: each of these interleaved images is denoised and put back in its place: exact as well.
Magnitudes with a fractional factor are denoised as they are, with a warning.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import fft

IN_PLANE = (1, 2)
Factor = tuple[float, float]
NEARLY_WHOLE = 0.12
"""A measured factor this near a whole number is taken for it."""


@dataclass(frozen=True)
class NativeGrid:
    """How images of one stored shape (rows, columns) come from the measured grid. ``method`` says it in words."""

    stored: tuple[int, int]
    cropped: tuple[int, int] | None = None
    stride: tuple[int, int] = (1, 1)
    method: str = "native grid"
    warning: str = ""

    def parts(self, data: NDArray[Any]) -> Iterator[tuple[tuple[slice, ...], NDArray[Any]]]:
        """Yield each measured image (slices, rows, columns) and where it belongs in the stored one."""
        for row in range(self.stride[0]):
            for column in range(self.stride[1]):
                place = (slice(None), slice(row, None, self.stride[0]), slice(column, None, self.stride[1]))
                yield place, self._crop(np.ascontiguousarray(data[place]))

    def part_map(
        self, place: tuple[slice, ...], relative: NDArray[np.float32] | None
    ) -> NDArray[np.float32] | None:
        """Return the noise map (slices, rows, columns) of one part, of the map of the stored image."""
        if relative is None or self.cropped is None:
            return None if relative is None else relative[place]
        rows, columns = (
            np.linspace(0, n - 1, new).round().astype(int) for n, new in zip(self.stored, self.cropped)
        )
        return relative[:, rows][:, :, columns]

    def restore(self, image: NDArray[Any]) -> NDArray[Any]:
        """Undo the k-space crop of one part."""
        return image if self.cropped is None else _resize_spectrum(image, self.stored)

    def _crop(self, image: NDArray[Any]) -> NDArray[Any]:
        return image if self.cropped is None else _resize_spectrum(image, self.cropped)


def native_grid(shape: tuple[int, ...], factor: Factor, *, is_complex: bool) -> NativeGrid:
    """Choose how to undo zero-filling by ``factor`` for data of ``shape`` (slices, rows, columns)."""
    stored = (shape[1], shape[2])
    if max(factor) == 1:
        return NativeGrid(stored)
    if is_complex:
        rows, columns = (min(n, 2 * int(np.ceil(n / f / 2) + 1)) for n, f in zip(stored, factor))
        return NativeGrid(
            stored, cropped=(rows, columns), method="k-space cropped to the measured part, then zero-filled"
        )
    stride = tuple(round(f) if abs(f - round(f)) < NEARLY_WHOLE else 1 for f in factor)
    fractional = [f for f, s in zip(factor, stride) if f > 1 and s == 1]
    warning = (
        f"The scanner interpolated this magnitude image by about {fractional[0]:.2f}; this cannot be undone "
        "exactly, so correlated noise may remain."
        if fractional
        else ""
    )
    method = "interleaved measured images denoised one by one" if max(stride) > 1 else "stored grid"
    return NativeGrid(stored, stride=(stride[0], stride[1]), method=method, warning=warning)


def measured_part(data: NDArray[Any], factor: Factor) -> NDArray[Any]:
    """Return ``data`` (slices, rows, columns) on about the measured grid, for measuring its noise.

    Of magnitudes every n-th voxel, n the factor rounded up: noise of unchanged strength, Rician, and white if the
    factor is whole; if not, see `sampled_autocorrelation`.
    """
    if np.iscomplexobj(data):
        return next(iter(native_grid(data.shape, factor, is_complex=True).parts(data)))[1]
    rows, columns = (_stride(f) for f in factor)
    return data[:, ::rows, ::columns]


def sampled_autocorrelation(factor: float, lags: NDArray[Any]) -> NDArray[np.float64]:
    """Return the autocorrelation along one axis of white noise, zero-filled by ``factor``, in `measured_part`.

    Voxels further apart than a measured one: what is beyond their Nyquist frequency folds back.
    """
    n = _stride(factor)
    return np.asarray(np.sinc(lags * (n / factor if abs(n - factor) > NEARLY_WHOLE else 1.0)))


def cropped_magnitude(data: NDArray[Any], factor: Factor) -> NDArray[np.float32]:
    """Return magnitudes (slices, rows, columns) with k-space cropped to the measured part: right if noise is low.

    Bright magnitudes are as good as linear in the noise. In the dark they spread it beyond what was measured.
    """
    rows, columns = (2 * int(np.ceil(n / f / 2)) for n, f in zip(data.shape[1:], factor))
    return np.asarray(_resize_spectrum(data, (rows, columns)).real)


def is_fractional(factor: Factor) -> bool:
    """Say whether no whole number of voxels stands for a measured one along some axis."""
    return any(abs(f - round(f)) >= NEARLY_WHOLE for f in factor)


def _stride(factor: float) -> int:
    return int(np.ceil(factor - NEARLY_WHOLE))


def _resize_spectrum(image: NDArray[Any], size: tuple[int, int]) -> NDArray[Any]:
    """Crop or zero-fill the k-space of (slices, rows, columns) to ``size``, brightness kept."""
    spectrum = fft.fftshift(fft.fft2(image, axes=IN_PLANE), axes=IN_PLANE)
    gain = size[0] * size[1] / (image.shape[1] * image.shape[2])
    for axis, wanted in zip(IN_PLANE, size):
        spectrum = _centre(spectrum, axis, wanted)
    resized = fft.ifft2(fft.ifftshift(spectrum, axes=IN_PLANE), axes=IN_PLANE) * gain
    return np.asarray(resized, dtype=np.complex64)


def _centre(spectrum: NDArray[Any], axis: int, wanted: int) -> NDArray[Any]:
    """Cut or pad one axis so that frequency zero stays at index ``n // 2``."""
    n = spectrum.shape[axis]
    start = n // 2 - wanted // 2
    if start >= 0:
        return np.take(spectrum, range(start, start + wanted), axis=axis)
    pad = [(0, 0)] * spectrum.ndim
    pad[axis] = (-start, wanted - n + start)
    return np.pad(spectrum, pad)
