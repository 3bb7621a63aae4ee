"""Small, faint lesions put into clean volumes: what is left of them, and can an observer still find them?

Blobs with Gaussian edges, 2 to 8 mm wide (full width at half maximum; voxels of 1.6 mm, slices of 5 mm), 3 to 20 %
brighter or darker than the tissue around them, at random places in tissue. Each volume is scanned with and without
them, with the same noise, as Rician magnitudes. The observer is a channelised Hotelling observer (Barrett 1998;
six Laguerre-Gauss channels as wide as the lesion) that knows place, size and sign; trained on half of the scans
and tested on the others, both ways round. ``auc``: anatomy unknown, as for a reader of one scan; ``auc_known``:
anatomy known (the truth is subtracted first), so that only noise and what the method does to lesions hide them.

``kept``: share of the inserted contrast that is still there (difference of the two scans, so free of noise).
"""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from scipy import ndimage, special

from denoising.hku import around

VOXEL_MM, SLICE_MM = 1.6, 5.0
SIZES_MM = (2.0, 4.0, 8.0)
CONTRASTS = (0.03, 0.05, 0.10, 0.20)
SIGMA = 0.05
SCANS, QUICK_SCANS = 24, 8
HALF = 8
"""An observer sees 17 x 17 voxels."""
CHANNELS = 6
WIDTH = 80
APART = 13
FWHM = 2.3548


@dataclass(frozen=True)
class Lesion:
    k: int
    row: int
    column: int
    size_mm: float
    contrast: float
    """Signed, of the local tissue."""


@dataclass(frozen=True, eq=False)
class Scan:
    """One noise realisation: the scan without and with its lesions, and the truth without."""

    volume: str
    lesions: list[Lesion]
    truth: Any
    blobs: Any
    without: Any
    with_them: Any


def blob(shape, lesion: Lesion):
    """Return the lesion's profile (slices, rows, columns), 1 at its centre."""
    k, r, c = np.ogrid[tuple(slice(0, n) for n in shape)]
    sd = lesion.size_mm / FWHM
    squared = ((k - lesion.k) * SLICE_MM) ** 2 + ((r - lesion.row) ** 2 + (c - lesion.column) ** 2) * VOXEL_MM**2
    return np.exp(-squared / (2 * sd**2)).astype(np.float32)


def scans(references, count: int) -> Iterator[Scan]:
    """Yield ``count`` scans, in turn from each reference."""
    for number in range(count):
        reference = references[number % len(references)]
        clean = _window(np.abs(reference.clean))
        rng = np.random.default_rng([11, number])
        lesions = _places(clean, rng)
        added = np.zeros_like(clean)
        for lesion in lesions:
            local = clean[lesion.k, lesion.row - 2 : lesion.row + 3, lesion.column - 2 : lesion.column + 3].mean()
            added += lesion.contrast * local * blob(clean.shape, lesion)
        noise = rng.standard_normal((2, *clean.shape)).astype(np.float32) * SIGMA
        pair = (np.hypot(x + noise[0], noise[1]) for x in (clean, np.maximum(clean + added, 0)))
        yield Scan(reference.name, lesions, clean, added, *pair)


def _window(clean):
    rows, columns = around(clean > 0.2, 0)
    starts = [
        int(np.clip((s.start + s.stop - WIDTH) // 2, 0, max(n - WIDTH, 0)))
        for s, n in zip((rows, columns), clean.shape[1:])
    ]
    return np.ascontiguousarray(clean[:, starts[0] : starts[0] + WIDTH, starts[1] : starts[1] + WIDTH])


def _places(clean, rng) -> list[Lesion]:
    """Draw lesions in tissue that is alike around them, in two slices, apart from each other."""
    smooth = ndimage.gaussian_filter(clean, (0, 2, 2))
    rough = np.sqrt(np.maximum(ndimage.gaussian_filter(clean**2, (0, 2, 2)) - smooth**2, 0))
    found: list[Lesion] = []
    for k in (1, len(clean) - 2):
        fit = (smooth[k] > 0.25) & (rough[k] < 0.25 * smooth[k])
        fit[:HALF], fit[-HALF:], fit[:, :HALF], fit[:, -HALF:] = False, False, False, False
        spots = rng.permutation(np.argwhere(fit))
        taken: list[Any] = []
        for spot in spots:
            if len(taken) < 12 and all(np.abs(spot - other).max() >= APART for other in taken):
                taken.append(spot)
        for row, column in taken:
            contrast = rng.choice(CONTRASTS) * rng.choice([-1, 1])
            found.append(Lesion(k, int(row), int(column), float(rng.choice(SIZES_MM)), float(contrast)))
    return found


def laguerre_gauss(size_mm: float):
    """Return the channels (CHANNELS, patch voxels) for lesions of one size (Gallas & Barrett 2003)."""
    axis = np.arange(-HALF, HALF + 1) * VOXEL_MM
    squared = axis[:, None] ** 2 + axis[None] ** 2
    a = max(size_mm, 1.5 * VOXEL_MM) * 1.5
    g = 2 * np.pi * squared / a**2
    return np.stack([(np.exp(-g / 2) * special.eval_laguerre(n, g)).ravel() for n in range(CHANNELS)])


@dataclass(frozen=True, eq=False)
class Sample:
    """What the observer sees of one lesion's place with and without it, and how much of it is kept."""

    scan: int
    lesion: Lesion
    present: Any
    absent: Any
    anatomy: Any
    kept: float


def samples(number: int, scan: Scan, without, with_them) -> Iterator[Sample]:
    for lesion in scan.lesions:
        place = (
            lesion.k,
            slice(lesion.row - HALF, lesion.row + HALF + 1),
            slice(lesion.column - HALF, lesion.column + HALF + 1),
        )
        sign = np.sign(lesion.contrast)
        patches = [sign * (x[place] - x[place].mean()) for x in (with_them, without, scan.truth)]
        shape = blob(scan.truth.shape, lesion)[place] * scan.blobs[place[0], lesion.row, lesion.column]
        kept = float(np.sum((with_them - without)[place] * shape) / np.sum(shape**2))
        yield Sample(number, lesion, *(patch.ravel() for patch in patches), kept)


@dataclass
class Finding:
    """How one method treats lesions of one size and contrast; intervals are 95 %, bootstrap over lesions."""

    method: str
    size_mm: float
    contrast: float
    lesions: int
    kept: float
    kept_low: float
    kept_high: float
    auc: float
    auc_low: float
    auc_high: float
    auc_known: float
    auc_known_low: float
    auc_known_high: float

    def public(self) -> dict[str, Any]:
        return asdict(self)


def findings(method: str, found: list[Sample]) -> Iterator[Finding]:
    for size in SIZES_MM:
        here = [s for s in found if s.lesion.size_mm == size]
        answers = [_observe(here, size, known) for known in (False, True)]
        for contrast in CONTRASTS:
            chosen = np.array([n for n, s in enumerate(here) if np.isclose(abs(s.lesion.contrast), contrast)])
            if chosen.size >= 5:
                kept = np.array([here[n].kept for n in chosen])
                aucs = [_auc(a[:, chosen]) for a in answers]
                yield Finding(method, size, contrast, chosen.size, *_mean(kept), *aucs[0], *aucs[1])


def _observe(found: list[Sample], size: float, known: bool):
    """Return the answers (2, lesions), with and without; each half is read with the other's template."""
    channels = laguerre_gauss(size)
    seen = [np.stack([getattr(s, name) - known * s.anatomy for s in found]) for name in ("present", "absent")]
    seen = [patches @ channels.T for patches in seen]
    half = np.array([s.scan // 3 % 2 for s in found])  # // 3: both halves hold every volume
    answers = np.zeros((2, len(found)))
    for test in (0, 1):
        train = half != test
        signal = (seen[0][train] - seen[1][train]).mean(axis=0)
        spread = np.cov(seen[0][train].T) + np.cov(seen[1][train].T)
        template = np.linalg.solve(spread + 1e-6 * np.trace(spread) * np.eye(CHANNELS), signal)
        answers[:, half == test] = [values[half == test] @ template for values in seen]
    return answers


def _auc(answers, draws: int = 500) -> tuple[float, float, float]:
    """Return the area under the ROC curve (Mann-Whitney) and its interval; a place is not compared with itself."""
    greater = (answers[0][:, None] > answers[1][None]) + 0.5 * (answers[0][:, None] == answers[1][None])
    np.fill_diagonal(greater := greater.astype(float), np.nan)
    rng = np.random.default_rng(0)
    picks = (rng.integers(0, len(greater), (2, len(greater))) for _ in range(draws))
    low, high = np.percentile([np.nanmean(greater[np.ix_(*pick)]) for pick in picks], [2.5, 97.5])
    return float(np.nanmean(greater)), float(low), float(high)


def _mean(values, draws: int = 500) -> tuple[float, float, float]:
    rng = np.random.default_rng(0)
    means = [values[rng.integers(0, values.size, values.size)].mean() for _ in range(draws)]
    low, high = np.percentile(means, [2.5, 97.5])
    return float(values.mean()), float(low), float(high)
