"""The real 55 mT scans (Liu et al., Nat Commun 2021; CC0): k-space to images on their measured grid."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy import fft, io, ndimage


def image_of(k_space):
    """Turn (rows, columns, slices) k-space into a complex image (slices, rows, columns)."""
    shifted = fft.ifftshift(k_space.transpose(2, 0, 1), axes=(1, 2))
    return fft.fftshift(fft.ifft2(shifted, axes=(1, 2)), axes=(1, 2)).astype(np.complex64)


@dataclass(frozen=True, eq=False)
class Pair:
    """Two acquisitions ``a`` and ``b`` of one head, peak about 1; ``head``: where to score."""

    name: str
    a: np.ndarray
    b: np.ndarray
    head: np.ndarray
    window: tuple[slice, slice]
    """Rows and columns around the head, 6 voxels of margin: what slow methods are given."""
    unit: float
    """Where the grid of multiples of the corner's sigma starts: without a cage the corners hold interference."""


def pairs(data: Path) -> list[Pair]:
    """Read the repeat pairs; raise FileNotFoundError where there are none.

    Both show the same head in the same place, so the caged scan, whose air is quiet, says where the head is. In
    the scan without a cage a band of interference outshines the head; a threshold on its own signal (as earlier
    figures used) scores that band more than the brain.
    """
    folder = data / "hku_55mT" / "Supplementary Figure 3A"
    caged = [io.loadmat(path)["ksp"] for path in sorted(folder.glob("*RF cage installed*.mat"))]
    open_ = [io.loadmat(path)["ksp"] for path in sorted(folder.glob("*No RF cage*.mat"))]
    if not caged or not open_:
        raise FileNotFoundError(folder)
    a, b = _scaled(caged[0])
    head = _bright(a, b)
    c, d = _scaled(open_[0])
    peak = np.percentile(np.abs(c + d)[head] / 2, 99.5)
    window = around(head, 6)
    return [Pair("caged", a, b, head, window, 1.0), Pair("no cage", c / peak, d / peak, head, window, 0.35)]


def _scaled(k_space):
    """Return both repeats in units of the first one's 99.5th percentile."""
    a, b = (image_of(k_space[..., n]) for n in range(2))
    peak = np.percentile(np.abs(a), 99.5)
    return a / peak, b / peak


def _bright(a, b):
    return ndimage.gaussian_filter(np.abs(a + b), (0, 3, 3)) > 0.3


def around(mask, margin: int) -> tuple[slice, slice]:
    """Return the rows and columns that a mask (slices, rows, columns) spans, and a margin."""
    spans = []
    for axis in (1, 2):
        found = np.flatnonzero(mask.any(axis=tuple({0, 1, 2} - {axis})))
        spans.append(slice(max(int(found[0]) - margin, 0), min(int(found[-1]) + margin + 1, mask.shape[axis])))
    return spans[0], spans[1]


def corner_sigma(image) -> float:
    """Return the noise per channel in the image's four corners (complex (slices, rows, columns))."""
    ends = [(slice(0, 16), slice(-16, None)), (slice(0, 14), slice(-14, None))]
    blocks = [image[:, r, c] for r in ends[0] for c in ends[1]]
    return float(np.median([np.sqrt(np.mean(np.abs(block) ** 2) / 2) for block in blocks]))


def aligned(image, phase_from):
    """Return the part of ``image`` in phase with a smoothed ``phase_from``: magnitude without Rician bias."""
    smooth = ndimage.gaussian_filter(phase_from.real, (0, 1.5, 1.5)) + 1j * ndimage.gaussian_filter(
        phase_from.imag, (0, 1.5, 1.5)
    )
    return np.real(image * np.exp(-1j * np.angle(smooth))).astype(np.float32)
