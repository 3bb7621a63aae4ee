"""Noise that differs from line to line: interference and unstable echoes make whole readout positions louder.

Measured on the air at both ends of every line: what is added at one frequency (a "zipper") or by one unstable line
spreads evenly along the phase-encoding axis, so the air of a line is as loud as its anatomy. On real 55 mT repeats
the SD of their difference inside the head follows this profile line by line.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from viewer.denoise.air import share_limit, shared_power

END = 8
"""The air is looked for in the outer 1/8 at either end of a line."""
LEAST_KNOWN = 0.6
"""Share of the lines that must have air; the others are interpolated."""
FEWEST = 24
"""Samples at one end below which a line says nothing."""
MEDIAN_OF_SQUARE = 2 * float(np.log(2))
"""Median of |n|² over sigma², complex or magnitude (exponential distribution)."""
NORMAL_MEDIAN_OF_SQUARE = 0.4549364
ROUGHNESS = {"complex": 1.0, "signed": 1.0, "magnitude": 0.2146}
"""Half the mean squared difference of neighbours over the mean square, in white noise (magnitude: Rayleigh)."""
SMOOTHER = 0.4
"""Air is at least this share as rough as white noise: coloured noise reaches 0.6, anatomy 0.2 and less."""
RELATIVE_ERROR = {"complex": 1.6, "magnitude": 1.6, "signed": 2.6}
"""Relative standard error of such a median times the root of the samples: 1.44 (signed 2.33) if independent."""
SMOOTH_LINES = 2.0
POOLED_LINES = 4.0
NEAR_LINES = 2.0
LOUD = 2.0
"""Variance, of the usual, from which both ends of a line must agree."""
PEAK_SE = 3.0
LEAST_CHANGE = 0.12
"""Profiles that vary less than this (SD of the logarithm of sigma) count as flat."""
RAYLEIGH_LEVEL, RAYLEIGH_LEVEL_SD = 0.8862, 0.6
"""Mean over root mean square of air, sqrt(pi) / 2, and its SD per sample, 0.46 if independent."""
TAIL = {"complex": 6.0, "magnitude": 6.0, "signed": 10.8}
"""Largest 90th percentile of the squares over their median that air has: 1.8 times what is expected."""

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class LineNoise:
    """Noise SD ``sigma`` (lines,) of the lines that ``axis`` (1: rows, 2: columns) of a volume counts."""

    axis: int
    sigma: Floats
    spread: float
    """SD of the logarithm of sigma over the lines."""

    @property
    def uneven(self) -> bool:
        """Whether the lines differ enough to matter."""
        return self.spread >= LEAST_CHANGE

    @property
    def base(self) -> float:
        """The noise of an ordinary line."""
        return float(np.median(self.sigma))

    def relative(self, shape: tuple[int, ...]) -> NDArray[np.float32]:
        """Return the noise relative to `base` as a read-only map of ``shape``."""
        along = [1, 1, 1]
        along[self.axis] = -1
        profile = (self.sigma / self.base).astype(np.float32).reshape(along)
        return np.broadcast_to(profile, shape)


def line_noise(data: NDArray[Any], factor: tuple[float, float] = (1.0, 1.0)) -> LineNoise | None:
    """Return the noise of the lines of ``data`` along the axis where it differs most.

    ``data`` (slices, rows, columns), complex, signed or magnitude; ``factor``: of zero-filling, as in
    `NoiseEstimate`. None where too few lines have air at their ends.
    """
    found = [profile for axis in (1, 2) if (profile := _profile(data, axis, factor)) is not None]
    if sum(profile.uneven for profile in found) == 2:
        return min(found, key=lambda profile: _left_over(data, profile, factor))
    return max(found, key=lambda profile: profile.spread, default=None)


def _left_over(data: NDArray[Any], lines: LineNoise, factor: tuple[float, float]) -> float:
    """Return how uneven the other axis stays once these lines are alike: loud rows also end loud columns."""
    other = _profile(data / lines.relative(data.shape), 3 - lines.axis, factor)
    return float("inf") if other is None else other.spread


def difference_noise(difference: NDArray[Any], factor: tuple[float, float]) -> LineNoise:
    """Return the noise of the lines of ``difference``, complex or signed, which holds noise and nothing else."""
    scale = MEDIAN_OF_SQUARE if np.iscomplexobj(difference) else NORMAL_MEDIAN_OF_SQUARE
    error = RELATIVE_ERROR["complex" if np.iscomplexobj(difference) else "signed"]
    squares = np.square(np.abs(difference).astype(np.float64))
    found = []
    for axis in (1, 2):
        lines = np.moveaxis(squares, axis, 0).reshape(squares.shape[axis], -1)
        log = np.log(np.maximum(np.median(lines, axis=1) / scale, np.finfo(float).tiny))
        log = _steadied(log, error / np.sqrt(lines.shape[1]), SMOOTH_LINES * factor[axis - 1])
        found.append(LineNoise(axis, np.exp(log / 2), float(np.std(log / 2))))
    return max(found, key=lambda lines: lines.spread)


def kind_of(data: NDArray[Any]) -> str:
    """Return ``complex``, ``signed`` or ``magnitude``."""
    if np.iscomplexobj(data):
        return "complex"
    return "signed" if float(data.min()) < 0 else "magnitude"


def _profile(data: NDArray[Any], axis: int, factor: tuple[float, float]) -> LineNoise | None:
    ends, kind = _ends(data, axis, factor), kind_of(data)
    if ends is None:
        return None
    variance, error = _quieter_end(ends, kind)
    known = np.isfinite(variance)
    if np.count_nonzero(known) < LEAST_KNOWN * known.size or (
        kind == "magnitude" and _holds_signal(ends[:, known])
    ):
        return None
    log = np.interp(np.arange(known.size), np.flatnonzero(known), np.log(variance[known]))
    log = _steadied(log, error, SMOOTH_LINES * factor[axis - 1])
    log = log - np.log(NORMAL_MEDIAN_OF_SQUARE if kind == "signed" else MEDIAN_OF_SQUARE)
    return LineNoise(axis, np.exp(log / 2), float(np.std(log / 2)))


def _holds_signal(ends: NDArray[Any]) -> bool:
    """Say whether magnitudes (2, lines, slices, samples) vary too little, all together, to be Rayleigh noise.

    Anatomy of about sigma fills the ends of every line where a head fills the image; no single line shows it.
    """
    power = np.square(ends.astype(np.float64)).mean(axis=(2, 3))
    levels = ends.mean(axis=(2, 3), dtype=np.float64)[power > 0] / np.sqrt(power[power > 0])
    error = RAYLEIGH_LEVEL_SD / np.sqrt(max(ends.size, 1))
    return bool(levels.mean() > RAYLEIGH_LEVEL + PEAK_SE * error) if levels.size else False


def _ends(data: NDArray[Any], axis: int, factor: tuple[float, float]) -> NDArray[Any] | None:
    """Return the two ends of every line, (2, lines, slices, samples), native samples only."""
    other = 3 - axis
    step = max(round(factor[other - 1]), 1)
    lines = np.moveaxis(data, (axis, 0), (0, 1))[..., ::step]
    reach = lines.shape[2] // END
    if reach < 2 or reach * lines.shape[1] < FEWEST:
        return None
    return np.stack([lines[:, :, :reach], lines[:, :, : -reach - 1 : -1]])  # from the edge inwards, both


def _quieter_end(ends: NDArray[Any], kind: str) -> tuple[Floats, float]:
    """Return the median square of each line (NaN where no end is air) and its relative standard error."""
    squares = np.square(np.abs(ends).astype(np.float64))
    samples = squares.shape[2] * squares.shape[3]
    medians = np.median(squares, axis=(2, 3))
    error = RELATIVE_ERROR[kind] / np.sqrt(samples)
    medians = np.where(_is_air(ends, squares, kind), medians, np.nan)
    low, top = np.fmin(*medians), np.fmax(*medians)
    # Two ends that differ by more than chance: anatomy or a ghost at one of them only ever adds.
    alike = top <= low * (1 + 3 * np.sqrt(2) * error)
    variance = np.where(alike, np.sqrt(low * top), low)
    # Interference reaches both ends alike: what is loud at one of them only is not believed.
    both = alike & np.isfinite(medians).all(axis=0)
    usual = np.nanmedian(variance) if np.isfinite(variance).any() else np.nan
    return np.where(both | (variance <= LOUD * usual), variance, np.nan), error


def _is_air(ends: NDArray[Any], squares: Floats, kind: str) -> NDArray[np.bool_]:
    """Say which ends (2, lines) hold noise only: not masked, no outliers, and rough where anatomy is smooth."""
    power = squares.mean(axis=(2, 3))
    rough = np.square(np.abs(np.diff(ends, axis=3)).astype(np.float64)).mean(axis=(2, 3)) / 2
    masked = np.mean(squares == 0, axis=(2, 3)) > 0.05
    outliers = np.quantile(squares, 0.9, axis=(2, 3)) > TAIL[kind] * np.median(squares, axis=(2, 3))
    is_rough = rough >= SMOOTHER * ROUGHNESS[kind] * power
    plain = ~masked & ~outliers & is_rough & (power > 0) & ~_rises_inwards(squares, kind)
    return np.asarray(
        plain & ~_faint_anatomy(ends / np.sqrt(np.where(power > 0, power, 1))[..., None, None], kind)
    )


def _rises_inwards(squares: Floats, kind: str) -> NDArray[np.bool_]:
    """Say which ends (2, lines) get louder towards the middle, as where anatomy begins; interference is even."""
    half = squares.shape[3] // 2
    tiny = np.finfo(float).tiny
    inner, outer = (np.median(part, axis=(2, 3)) + tiny for part in (squares[..., half:], squares[..., :half]))
    rise = np.log(inner) - np.log(outer)
    error = RELATIVE_ERROR[kind] * np.sqrt(2) / np.sqrt(squares.shape[2] * half)
    near = ndimage.gaussian_filter1d(rise, NEAR_LINES, axis=1, mode="nearest")
    together = np.sqrt(2 * np.sqrt(np.pi) * NEAR_LINES)
    return np.asarray((rise > PEAK_SE * error) | (near > PEAK_SE * error / together))


def _faint_anatomy(ends: NDArray[Any], kind: str) -> NDArray[np.bool_]:
    """Say which ends (2, lines), of unit power, hold what `viewer.denoise.air` knows to be no air."""

    def pooled(values: NDArray[Any]) -> NDArray[Any]:
        return np.asarray(ndimage.gaussian_filter1d(values, POOLED_LINES, axis=1, mode="nearest"))

    together = 2 * np.sqrt(np.pi) * POOLED_LINES  # lines that a Gaussian mean is worth
    shared, power, length = shared_power(ends)
    share = np.abs(pooled(shared.mean(axis=2))) / np.maximum(pooled(power.mean(axis=2)), 1e-6)
    return np.asarray(share > share_limit(together * ends.shape[2] * length, kind))


def _steadied(log: Floats, error: float, width: float) -> Floats:
    """Smooth over neighbouring lines, except where a line stands out of them by more than chance."""
    smooth = ndimage.gaussian_filter1d(ndimage.median_filter(log, 5, mode="nearest"), width, mode="nearest")
    ordinary = np.abs(log - smooth) <= PEAK_SE * error
    weight = ndimage.gaussian_filter1d(ordinary.astype(float), width, mode="nearest")
    mean = ndimage.gaussian_filter1d(np.where(ordinary, log, 0.0), width, mode="nearest")
    smooth = np.where(weight > 0.05, mean / np.maximum(weight, 1e-6), log)
    return np.where(np.abs(log - smooth) <= PEAK_SE * error, smooth, log)
