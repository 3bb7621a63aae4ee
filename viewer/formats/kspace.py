"""Readouts on their encoded grid: where each sample belongs, what is missing, and how noisy the whole will be."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from viewer.core.errors import LowfieldError
from viewer.formats.entry import HINT, MOST_BYTES
from viewer.formats.mrdheader import Encoding
from viewer.formats.readouts import REVERSE, Readout

LEAST_FILLED = 0.7
"""Share of the measured box that must be filled; an elliptical shutter leaves π/4 of it."""
NO_CENTER = "The file does not state which line is the middle of k-space: the middle one is taken."


@dataclass(frozen=True, eq=False)
class Filled:
    """``kspace`` (channels, slices or partitions, rows, columns), zero where nothing was measured.

    ``noise_gain``: noise in the unitary image over noise in one sample, both per real channel.
    """

    kspace: NDArray[np.complex64]
    noise_gain: float
    warnings: tuple[str, ...]


def fill(
    readouts: Sequence[Readout], encoding: Encoding, slices: Sequence[int], path: Path, *, is_3d: bool
) -> Filled:
    """Put readouts on the grid, averaging what was measured several times; LowfieldError where they do not fit."""
    x, y, z = encoding.encoded.matrix
    channels, depth = readouts[0].channels, z if is_3d else len(slices)
    if 8.0 * channels * depth * y * x > MOST_BYTES:
        raise LowfieldError("has a larger k-space than this version reconstructs.", where=path)
    kspace = np.zeros((channels, depth, y, x), np.complex64)
    counts = np.zeros((depth, y, x), np.float32)
    row_of = {number: k for k, number in enumerate(slices)}
    centers, warnings = _centers(readouts, encoding, is_3d)
    for one in readouts:
        if one.channels != channels:
            raise LowfieldError("changes its number of channels on the way.", where=path, hint=HINT)
        row = one.steps[0] - centers[0] + y // 2
        plane = one.steps[1] - centers[1] + z // 2 if is_3d else row_of[one.slice]
        columns, part = _columns(one, x, path)
        if not (0 <= row < y and 0 <= plane < depth):
            raise LowfieldError("holds a line outside the k-space of its header.", where=path, hint=HINT)
        if one.samples is None or not np.isfinite(one.samples).all():
            raise LowfieldError("holds samples that are not finite numbers.", where=path)
        kspace[:, plane, row, columns] += one.line()[:, part]
        counts[plane, row, columns] += _measured(one)[part]
    kspace /= np.maximum(counts, 1)
    warnings += _missing(counts > 0, path, is_3d=is_3d)
    if any(one.flags & REVERSE for one in readouts):
        warnings.append("Readouts run both ways (EPI) and are not phase corrected: expect ghosts.")
    variance = np.where(counts > 0, 1 / np.maximum(counts, 1), 0)
    return Filled(kspace, float(np.sqrt(variance.mean())), tuple(warnings))


def _centers(readouts: Sequence[Readout], encoding: Encoding, is_3d: bool) -> tuple[tuple[int, int], list[str]]:
    _, y, z = encoding.encoded.matrix
    stated = encoding.centers
    missing = stated[0] is None or (is_3d and stated[1] is None)
    first = y // 2 if stated[0] is None else stated[0]
    second = z // 2 if stated[1] is None else stated[1]
    return (first, second), [NO_CENTER] if missing else []


def _columns(one: Readout, x: int, path: Path) -> tuple[slice, slice]:
    """Return where in a row of ``x`` samples a readout goes, and which of its samples lie in it."""
    center = one.center if 0 < one.center < one.count else one.count // 2
    if one.flags & REVERSE:
        center = one.count - 1 - center
    start = x // 2 - center
    first, last = max(start, 0), min(start + one.count, x)
    before, after = first - start, start + one.count - last
    kept = _measured(one)
    if kept[:before].any() or (after and kept[one.count - after :].any()):
        raise LowfieldError("holds readouts longer than the k-space of its header.", where=path, hint=HINT)
    return slice(first, last), slice(before, one.count - after)


def _measured(one: Readout) -> NDArray[np.bool_]:
    """Return which samples of `Readout.line` count."""
    kept = np.ones(one.count, bool)
    before, after = one.discard
    kept[:before] = False
    kept[one.count - after :] = False
    return kept[::-1] if one.flags & REVERSE else kept


def _missing(filled: NDArray[np.bool_], path: Path, *, is_3d: bool) -> list[str]:
    """Say which share of each axis was measured; refuse gaps, which are undersampling."""
    warnings = []
    box = 1.0
    axes = ((2, "readout"), (1, "phase"), *(((0, "partition"),) if is_3d else ()))
    for axis, name in axes:
        along = filled.any(axis=tuple(n for n in range(3) if n != axis))
        places = np.flatnonzero(along)
        share = places.size / along.size
        box *= share
        if places.size != places[-1] - places[0] + 1:
            raise _undersampled(path)
        if share < 1:
            warnings.append(
                f"Partial Fourier: {100 * share:.1f} % of k-space is measured along {name}, rest zero."
            )
    if filled.mean() < LEAST_FILLED * box:
        raise _undersampled(path)
    return warnings


def _undersampled(path: Path) -> LowfieldError:
    return LowfieldError(
        "leaves gaps in its k-space, which needs a parallel or compressed-sensing reconstruction.",
        where=path,
        hint="Reconstruct it elsewhere and open the images.",
    )
