"""Run the lesion study (`lesions`) for every method, and count what methods invent where there is no lesion."""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from scipy import ndimage

from denoising import data as volumes
from denoising import lesions, methods, ours
from denoising.cache import Cache, NotCached

FALSE_CONTRAST = 0.08
"""A spot of the error as strong as a lesion of this contrast counts as invented."""


@dataclass
class Invented:
    """Spots of error per 100 cm² of lesion-free tissue that look like a lesion of one size, added or erased."""

    method: str
    size_mm: float
    per_100_cm2: float
    spots: int

    def public(self) -> dict[str, Any]:
        return asdict(self)


@dataclass
class Study:
    findings: list[lesions.Finding]
    invented: list[Invented]


def run(cache: Cache, data, models, quick: bool, say=print) -> Study:
    references = list(volumes.development(data))[:3]
    scans = list(lesions.scans(references, lesions.QUICK_SCANS if quick else lesions.SCANS))
    study = Study([], [])
    for name, method in _methods(cache, models).items():
        samples, spots, area = [], np.zeros(len(lesions.SIZES_MM)), 0.0
        for number, scan in enumerate(scans):
            try:
                without, with_them = (method(x) for x in (scan.without, scan.with_them))
            except NotCached:
                continue
            samples += lesions.samples(number, scan, without, with_them)
            count, tissue = invented(without, scan.truth)
            spots, area = spots + count, area + tissue
        if samples:
            study.findings += lesions.findings(name, samples)
            for size, count in zip(lesions.SIZES_MM, spots):
                study.invented.append(Invented(name, size, float(count / area), int(count)))
            say(f"  {name}: {len(samples)} lesions")
    return study


def _methods(cache: Cache, models):
    sigma = lesions.SIGMA
    found = {"input": lambda x: x}
    for model in models:
        found[f"ours {model}"] = lambda x, m=model: ours.run(cache, x, sigma, m).image
    for name in ("bm4d", "nlm"):
        if not methods.missing(name):
            found[name] = lambda x, n=name: methods.run(cache, n, x, sigma, rician="vst").image
    return found


def invented(image, truth):
    """Count local extremes of the error, each size in turn, and return them with the tissue's area in 100 cm².

    The error is compared with a lesion's profile by least squares, its own mean around taken off, so that a lesion
    of contrast c answers c. A spot counts where that exceeds `FALSE_CONTRAST` of the local tissue.
    """
    tissue = ndimage.gaussian_filter(truth, (0, 2, 2))
    inside = tissue > 0.25
    counts = []
    for size in lesions.SIZES_MM:
        answer = np.abs(_fit(image - truth, size)) / np.maximum(tissue, 1e-6)
        peaks = answer == ndimage.maximum_filter(answer, (1, 5, 5))
        counts.append(np.count_nonzero(peaks & inside & (answer > FALSE_CONTRAST)))
    return np.array(counts, float), np.count_nonzero(inside) * lesions.VOXEL_MM**2 / 1e4


def _fit(error, size_mm: float):
    sd = size_mm / lesions.FWHM / lesions.VOXEL_MM
    half = int(np.ceil(3 * sd)) + 1
    axis = np.arange(-half, half + 1)
    profile = np.exp(-(axis[:, None] ** 2 + axis[None] ** 2) / (2 * sd**2))
    profile -= profile.mean()
    profile /= np.sum(profile**2)
    return ndimage.correlate(error, profile[None], mode="nearest")
