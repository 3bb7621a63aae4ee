"""k-space to images: centred, unitary Fourier transforms, so that noise keeps its standard deviation.

Both domains have their zero at index ``n // 2`` for even and odd sizes. ``norm="ortho"``: white noise of standard
deviation sigma per real channel in k-space is white noise of the same sigma in the image; where only a share f of
k-space was filled it is sigma · sqrt(f) there.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import fft


def to_image(kspace: NDArray[Any], axes: Sequence[int], *, forward: bool = False) -> NDArray[np.complex64]:
    """Transform ``axes`` of k-space by exp(+i2πkr), as ISMRMRD and MaRGE do; ``forward``: by exp(-i2πkr)."""
    transform = fft.fftn if forward else fft.ifftn
    moved = fft.ifftshift(kspace, axes=axes)
    return np.asarray(fft.fftshift(transform(moved, axes=axes, norm="ortho"), axes=axes), dtype=np.complex64)


def single(array: NDArray[Any]) -> NDArray[Any]:
    """Return an array as float32 or complex64; numbers beyond their range become infinite, without a warning."""
    with np.errstate(over="ignore", invalid="ignore"):
        return array.astype(np.complex64 if np.iscomplexobj(array) else np.float32)


def cut(data: NDArray[Any], axis: int, size: int) -> NDArray[Any]:
    """Keep the middle ``size`` samples of one axis; what was at ``n // 2`` is at ``size // 2``."""
    start = data.shape[axis] // 2 - size // 2
    return np.take(data, range(start, start + size), axis=axis)


def filled_share(kspace: NDArray[Any], axis: int) -> float:
    """Return which share of the planes across ``axis`` holds anything but zeros (1 for full k-space)."""
    others = tuple(n for n in range(kspace.ndim) if n != axis)
    return float(np.count_nonzero(np.any(kspace, axis=others)) / kspace.shape[axis])
