"""SNR units: what the network sees and how its answer becomes an image again. Training uses this very code.

SNRAware (Xue et al. 2025): the image is divided by sigma, so that the noise has unit standard deviation
in every channel, and the network is told by a map how strong the noise is where (1 everywhere when it is
the same everywhere). Channels of one sample, (2 * context + 1) * 2 + 1 of them:
``[Re, Im] of slice k - context, ..., [Re, Im] of slice k + context, noise map``.
Magnitude images have Im = 0. Slices beyond the stack are zero: to a network without bias, zero is "nothing".
The network returns the estimated noise-free [Re, Im] of slice k, in the same units.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]


def channels(context: int) -> int:
    """Return how many input channels a model with this many neighbours on either side has."""
    return 2 * (2 * context + 1) + 1


def to_snr(data: NDArray[Any], sigma: float) -> Floats:
    """Turn a real or complex image (slices, rows, columns) into (slices, 2, rows, columns) in units of sigma."""
    imaginary = data.imag if np.iscomplexobj(data) else np.zeros_like(data)
    return np.stack([data.real, imaginary], axis=1).astype(np.float32) / np.float32(sigma)


def mostly_positive(data: NDArray[Any]) -> bool:
    """Whether a signed image leans above zero: it is then shown negated, lest it pass for a magnitude."""
    return not np.iscomplexobj(data) and float(data.min()) < 0 < float(data.mean(dtype=np.float64))


def from_snr(pairs: Floats, sigma: float, *, as_complex: bool) -> NDArray[Any]:
    """Turn (slices, 2, rows, columns) in units of sigma back into an image in its own unit."""
    if not as_complex:
        return np.asarray(pairs[:, 0] * np.float32(sigma), dtype=np.float32)
    return np.asarray((pairs[:, 0] + 1j * pairs[:, 1]) * np.float32(sigma), dtype=np.complex64)


WHOLE = (slice(None), slice(None))


def stack_context(
    pairs: Floats, k: int, context: int, noise_map: Floats, window: tuple[slice, slice] = WHOLE
) -> Floats:
    """Return the network's input (channels, rows, columns) for slice ``k`` of (slices, 2, rows, columns).

    ``window`` cuts rows and columns; ``noise_map`` has the shape of the window.
    """
    sample = np.zeros((channels(context), *noise_map.shape), dtype=np.float32)
    first, last = max(k - context, 0), min(k + context + 1, len(pairs))
    start = 2 * (first - (k - context))
    count = 2 * (last - first)
    sample[start : start + count] = pairs[first:last, :, *window].reshape(count, *noise_map.shape)
    sample[-1] = noise_map
    return sample
