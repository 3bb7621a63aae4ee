"""Figures of merit against a known truth."""

from dataclasses import dataclass

import numpy as np
from scipy import fft, ndimage

FINE = 1.0
"""Fine detail is what a Gaussian of this many voxels removes."""


@dataclass(frozen=True)
class Score:
    """``detail``: share of the truth's fine detail that is still there (regression slope; 1: all; noise does not
    count for it). ``resolution``: frequency, as a fraction of Nyquist, up to which at least half of the truth's
    amplitude is still there."""

    psnr: float
    ssim: float
    detail: float
    resolution: float


def score(image, truth, window=(slice(None), slice(None))) -> Score:
    image, truth = image[:, *window], truth[:, *window]
    return Score(psnr(image, truth), ssim(image, truth), detail(image, truth), resolution(image, truth))


def psnr(image, truth) -> float:
    """Peak 1 (the 99.5th percentile of the truth); complex images by channel."""
    channels = 2 if np.iscomplexobj(image) else 1
    return float(-10 * np.log10(np.mean(np.abs(image - truth) ** 2) / channels))


def ssim(image, truth) -> float:
    """Structural similarity of magnitudes in plane (Wang 2004, Gaussian window of 1.5, data range 1)."""
    a, b = np.abs(image).astype(float), np.abs(truth).astype(float)
    blur = [ndimage.gaussian_filter(x, (0, 1.5, 1.5)) for x in (a, b, a * a, b * b, a * b)]
    mean_a, mean_b, aa, bb, ab = blur
    contrast = (2 * (ab - mean_a * mean_b) + 9e-4) / (aa - mean_a**2 + bb - mean_b**2 + 9e-4)
    return float(np.mean((2 * mean_a * mean_b + 1e-4) / (mean_a**2 + mean_b**2 + 1e-4) * contrast))


def detail(image, truth) -> float:
    fine_image, fine_truth = (
        np.abs(x) - ndimage.gaussian_filter(np.abs(x), (0, FINE, FINE)) for x in (image, truth)
    )
    return float(np.sum(fine_image * fine_truth) / np.sum(fine_truth**2))


def transfer(image, truth, bands: int = 24):
    """Return the amplitude kept (bands,) per ring of in-plane frequency from 0 to Nyquist."""
    rows, columns = truth.shape[1:]
    taper = np.outer(np.hanning(rows), np.hanning(columns))
    spectra = [fft.fft2(np.abs(x) * taper, axes=(1, 2)) for x in (image, truth)]
    cross = np.real(spectra[0] * np.conj(spectra[1])).sum(axis=0)
    power = (np.abs(spectra[1]) ** 2).sum(axis=0)
    k = np.hypot(fft.fftfreq(rows)[:, None], fft.fftfreq(columns)[None]) * 2
    band = np.minimum((k * bands).astype(int), bands)
    sums = [np.bincount(band.ravel(), x.ravel(), bands + 1)[:bands] for x in (cross, power)]
    return sums[0] / np.maximum(sums[1], 1e-12)


def resolution(image, truth) -> float:
    kept = ndimage.uniform_filter1d(transfer(image, truth), 3)
    below = np.flatnonzero(kept < 0.5)
    return float(below[0] / kept.size) if below.size else 1.0
