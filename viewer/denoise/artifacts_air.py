"""What the air around the object holds besides noise: lines of interference, and ghosts of the object."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from viewer.denoise.smooth import gaussian

AIR_BELOW = 0.06
"""Air lies where the smoothed denoised image is below this share of its brightest percent …"""
FAR = 3
"""… and so many voxels away from anything brighter."""
FEWEST = 24
"""Air voxels below which a line or a region says nothing."""
AROUND = 15
"""Lines beside a line that say what is usual."""
LOUD = 2.0
"""A line so many times louder than those around it holds interference."""
MOST_NAMED = 4
FAINTEST_GHOST = 0.02
CLEAR = 5.0
LOUDEST = 20.0
"""Power of a voxel of air, over the median, beyond which it counts no more: a few loud ones are no ghost."""
SORTED_MIDDLE = (
    *((0, 5), (0, 3), (1, 6), (2, 4), (0, 1), (3, 5), (2, 6)),
    *((2, 3), (3, 6), (4, 5), (1, 4), (1, 3), (3, 4)),
)
"""Pairs to put in order, one after the other, until the fourth of seven is the median."""
NAMES = {1: "rows", 2: "columns"}
DIRECTIONS = {1: "the vertical", 2: "the horizontal"}
Mask = NDArray[np.bool_]
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Lines:
    """Interference at ``numbers`` (from 1) of ``rows`` or ``columns``, ``loudest`` times the usual noise."""

    axis: str
    numbers: tuple[int, ...]
    loudest: float

    def describe(self) -> str:
        """Return ``columns 12, 13, 40`` or, if there are many, how many there are."""
        if len(self.numbers) > MOST_NAMED:
            return f"{len(self.numbers)} {self.axis}"
        return f"{self.axis} {', '.join(map(str, self.numbers))}"


def air(denoised: NDArray[Any]) -> Mask:
    """Return where there is no object (slices, rows, columns)."""
    smooth = gaussian(np.abs(denoised), (0, 1.5, 1.5))
    bright = smooth > AIR_BELOW * float(np.percentile(smooth, 99))
    return ~_grown(_grown(bright, 1), 2)


def _grown(mask: Mask, axis: int) -> Mask:
    """Return what lies in a mask or up to `FAR` voxels from it along one axis."""
    grown = mask.copy()
    before, after = np.moveaxis(mask, axis, 0), np.moveaxis(grown, axis, 0)
    for steps in range(1, FAR + 1):
        after[steps:] |= before[:-steps]
        after[:-steps] |= before[steps:]
    return grown


def zipper_lines(source: NDArray[Any], denoised: NDArray[Any]) -> Lines | None:
    """Return the lines whose air is far louder than that of the lines around; None if there are none.

    Air is taken from the image without bright *areas*, so a line of interference does not hide itself.
    """
    found = []
    for axis in (1, 2):
        free = _free_of_lines(air(_without_lines(denoised, axis)), source)
        loudness = _line_loudness(source, free, axis)
        loud = np.flatnonzero(loudness > LOUD)
        if 0 < loud.size <= source.shape[axis] // 4:
            numbers = tuple(int(n) + 1 for n in loud)
            found.append(Lines(NAMES[axis], numbers, float(np.nanmax(loudness))))
    return max(found, key=lambda lines: lines.loudest, default=None)


def _without_lines(image: NDArray[Any], axis: int) -> NDArray[Any]:
    """Take away what is only a few lines wide: the median of seven lines, mirrored at the border."""
    steady = np.abs(image)
    for slice_ in steady:  # its lines along the first axis of a view
        lines = slice_ if axis == 1 else slice_.T
        padded = np.pad(lines, ((3, 3), (0, 0)), mode="symmetric")
        seven = [padded[start : start + len(lines)] for start in range(7)]
        for low, high in SORTED_MIDDLE:  # whole images are compared: ten times faster than voxel by voxel
            seven[low], seven[high] = np.minimum(seven[low], seven[high]), np.maximum(seven[low], seven[high])
        lines[:] = seven[3]
    return np.asarray(steady)


def _free_of_lines(free: Mask, source: NDArray[Any]) -> Mask:
    return np.asarray(free & (np.abs(source) > 0))  # masked voxels are no air


def _line_loudness(source: NDArray[Any], free: Mask, axis: int) -> Floats:
    """Return the RMS of the air of each line over that of the lines around it; NaN where there is too little."""
    lines = np.moveaxis(np.square(np.abs(source)), axis, 0).reshape(source.shape[axis], -1)
    use = np.moveaxis(free, axis, 0).reshape(source.shape[axis], -1)
    size = np.array([np.sqrt(np.median(row[ok])) if ok.sum() >= FEWEST else np.nan for row, ok in zip(lines, use)])
    known = np.flatnonzero(np.isfinite(size))
    if known.size < AROUND:
        return np.full(size.shape, np.nan)
    filled = np.interp(np.arange(size.size), known, size[known])
    return np.asarray(size / np.maximum(ndimage.median_filter(filled, AROUND, mode="nearest"), 1e-12))


def ghost(source: NDArray[Any], denoised: NDArray[Any]) -> tuple[str, float] | None:
    """Return along which axis a copy of the object lies half the field of view away, and its share of the signal.

    Where the shifted object falls on air, the air's power must follow the shifted object's: the slope of that line
    is the square of the ghost's share. N/2 ghosts come from lines of k-space that alternate in phase.
    """
    free = air(denoised)
    power, clean = (
        gaussian(np.square(np.abs(each)).astype(np.float64), (0, 1.5, 1.5)) for each in (source, denoised)
    )
    power = np.minimum(power, LOUDEST * float(np.median(power[free]))) if free.any() else power
    found, power = [], _without_profiles(power, free)[free]
    for axis in (1, 2):
        shifted = np.roll(clean, source.shape[axis] // 2, axis=axis)
        share, clarity = _follows(power, _without_profiles(shifted, free)[free])
        if share > FAINTEST_GHOST and clarity > CLEAR:
            found.append((DIRECTIONS[axis], share))
    return max(found, key=lambda each: each[1], default=None)


def _without_profiles(values: Floats, free: Mask) -> Floats:
    """Take away what rows and columns have in common: noise that differs from line to line is no ghost."""
    for axis in (2, 1):
        count = np.maximum(np.count_nonzero(free, axis=axis, keepdims=True), 1)
        values = values - values.sum(axis=axis, keepdims=True, where=free) / count
    return values


def _follows(power: Floats, shifted: Floats) -> tuple[float, float]:
    """Return the root of the slope of power over the shifted object's, and the slope in standard errors."""
    spread = float(np.sum(shifted * shifted))
    if power.size < FEWEST or spread == 0:
        return 0.0, 0.0
    slope = float(np.sum(shifted * power)) / spread
    rest = power - slope * shifted
    independent = max(power.size / (4 * np.pi * 1.5**2), 1.0)
    error = float(np.sqrt(np.sum(rest**2) / spread / independent))
    return float(np.sqrt(max(slope, 0.0))), slope / error if error > 0 else 0.0
