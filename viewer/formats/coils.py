"""Several receiver channels to one complex image whose noise keeps its level.

Adaptive combination (Walsh, Gmitro, Marcellin, Magn Reson Med 2000;43:682): in every voxel the channels are
weighted by the dominant eigenvector of their covariance in a small neighbourhood. The eigenvector is of unit
length, so white noise of equal level in all channels keeps that level. Its free phase is set by the channel
mixture that holds most of the whole image's energy (first singular vector), so that the image's phase stays
smooth.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import uniform_filter

NEIGHBOURHOOD = 7
"""Rows and columns over which the covariance is averaged."""


def combine(channels: NDArray[np.complexfloating]) -> tuple[NDArray[np.complex64], list[str]]:
    """Return (slices, rows, columns) complex64 of (channels, slices, rows, columns), and what was done."""
    count = channels.shape[0]
    flat = channels.reshape(count, -1)
    _, vectors = np.linalg.eigh(flat @ flat.conj().T)
    reference = vectors[:, -1]
    combined = np.empty(channels.shape[1:], np.complex64)
    for k in range(channels.shape[1]):
        combined[k] = _slice(channels[:, k], reference)
    told = f"{count} receiver channels were joined adaptively (Walsh 2000), phase from their strongest mixture."
    return combined, [told]


def _slice(
    channels: NDArray[np.complexfloating], reference: NDArray[np.complexfloating]
) -> NDArray[np.complexfloating]:
    """Combine (channels, rows, columns)."""
    count = channels.shape[0]
    covariance = np.empty((*channels.shape[1:], count, count), np.complex128)
    for a in range(count):
        for b in range(a, count):
            product = channels[a] * channels[b].conj()
            smooth = uniform_filter(product.real, NEIGHBOURHOOD) + 1j * uniform_filter(product.imag, NEIGHBOURHOOD)
            covariance[..., a, b], covariance[..., b, a] = smooth, smooth.conj()
    _, vectors = np.linalg.eigh(covariance)
    weights = vectors[..., -1]  # (rows, columns, channels), unit length
    phase = np.einsum("yxc,c->yx", weights.conj(), reference)
    weights = weights * np.exp(1j * np.angle(phase))[..., None]
    return np.asarray(np.einsum("yxc,cyx->yx", weights.conj(), channels))
