"""Real repeats judge without a clean image: denoise A, score against B, less B's own noise.

MSE(denoised A, B) - sigma_B^2 is an unbiased estimate of the error of denoised A against the noise-free image, as
the noise of B is independent; sigma_B^2 comes from the difference of the repeats (all that changed between them
counts as noise, for every method alike). Both ways round, inside the head. Four views of the same scans:
``complex``; ``magnitude`` (|A| denoised, against the part of B that is in phase with the smoothed repeats: a judge
without Rician bias); ``|B|`` (against |B| as stored, whose bias rewards methods that keep theirs);
``|B|, bias put back`` (the same, but what claims to be free of bias is first given the bias that B has).
"""

import contextlib
import itertools
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import numpy as np

from denoising import hku, methods, ours, vst
from denoising.cache import Cache, NotCached

MULTIPLES = (1.0, 1.2, 1.35, 1.5, 1.7, 2.0, 2.4, 3.0)
QUICK = (1.0, 1.35, 1.7, 2.0, 2.4)
"""Multiples of the corners' sigma, times `hku.Pair.unit`."""
VIEWS = ("complex", "magnitude", "|B|", "|B|, bias put back")
RICIAN = dict.fromkeys(VIEWS, ("vst", "none")) | {"complex": ("",)}
BLOCK = 16


@dataclass
class Entry:
    """One method at one multiple of the corner sigma (None: as estimated) on one pair and view."""

    pair: str
    view: str
    method: str
    multiple: float | None
    mse: float
    slices: list[float]
    seconds: float
    sigma: list[float]
    error: Any = field(repr=False)
    """Squared error less noise, summed per block of 16 x 16 voxels, and voxels per block."""

    @property
    def db(self) -> float:
        return float(-10 * np.log10(max(self.mse, 1e-9)))

    def public(self) -> dict[str, Any]:
        kept = {k: v for k, v in asdict(self).items() if k != "error"}
        return {**kept, "db": self.db}


@dataclass(frozen=True, eq=False)
class Trial:
    """One direction: what is denoised, what judges it and how noisy that is (per voxel of the head)."""

    given: Any
    judge: Any
    noise: float
    slice_noise: list[float]
    corner: float
    bias: float = 0.0
    """Sigma of the Rician bias that is put back before judging."""


def trials(pair: hku.Pair, view: str) -> Iterator[Trial]:
    for a, b in ((pair.a, pair.b), (pair.b, pair.a)):
        corner = hku.corner_sigma(a) * pair.unit
        if view == "complex":
            yield _trial(a, b, a - b, pair.head, corner, 2)
        elif view == "magnitude":
            first, second = (hku.aligned(x, pair.a + pair.b) for x in (a, b))
            yield _trial(np.abs(a), second, first - second, pair.head, corner, 1)
        else:
            bias = corner if view.endswith("back") else 0.0
            yield replace(_trial(np.abs(a), np.abs(b), np.abs(a) - np.abs(b), pair.head, corner, 1), bias=bias)


def _trial(given, judge, difference, head, corner, channels) -> Trial:
    squared = np.abs(difference) ** 2 / channels / 2
    per_slice = [float(s[m].mean()) for s, m in zip(squared, head)]
    return Trial(given, judge, float(squared[head].mean()), per_slice, corner)


def evaluate(
    pair: hku.Pair, view: str, method: str, multiple: float | None, answer: Callable[[Trial], Any]
) -> Entry:
    """Score ``answer(trial) -> (image, seconds, sigma)`` over both directions."""
    channels = 2 if view == "complex" else 1
    errors, seconds, sigmas, slices = [], 0.0, [], []
    for trial in trials(pair, view):
        image, spent, sigma = answer(trial)
        if trial.bias and not method.endswith(("none", "input")):
            image = vst.bias(image, trial.bias)
        squared = np.abs(image - trial.judge) ** 2 / channels
        errors.append(_blocks(squared - trial.noise, pair.head))
        slices.append([float(s[m].mean()) - n for s, m, n in zip(squared, pair.head, trial.slice_noise)])
        seconds += spent
        sigmas.append(float(sigma))
    error = (errors[0][0] + errors[1][0], errors[0][1] + errors[1][1])
    mse = float(error[0].sum() / error[1].sum())
    per_slice = [float(-10 * np.log10(max(x, 1e-9))) for x in np.mean(slices, axis=0)]
    return Entry(pair.name, view, method, multiple, mse, per_slice, seconds / 2, sigmas, error)


def _blocks(squared, head):
    """Sum over blocks of the head: (blocks,) sums and voxel counts, for the bootstrap."""
    rows, columns = (-(-n // BLOCK) * BLOCK for n in head.shape[1:])
    pad = ((0, 0), (0, rows - head.shape[1]), (0, columns - head.shape[2]))
    shape = (len(head), rows // BLOCK, BLOCK, columns // BLOCK, BLOCK)
    sums, counts = (
        np.pad(x, pad).reshape(shape).sum(axis=(2, 4)).ravel()
        for x in (np.where(head, squared, 0.0), head.astype(float))
    )
    return sums, counts


def gain_db(better: Entry, worse: Entry, draws: int = 2000) -> tuple[float, float, float]:
    """Return how many dB one entry leads another by, with a 95 % interval (bootstrap over blocks of the head)."""
    rng = np.random.default_rng(0)
    used = np.flatnonzero(better.error[1] > 0)
    picks = rng.choice(used, (draws, used.size))
    means = [np.maximum(e.error[0][picks].sum(1) / e.error[1][picks].sum(1), 1e-9) for e in (better, worse)]
    low, high = np.percentile(10 * np.log10(means[1] / means[0]), [2.5, 97.5])
    return better.db - worse.db, float(low), float(high)


def within(pair: hku.Pair, function: Callable[[Any], Any], image):
    """Run a slow method on the window around the head only; outside, nothing is scored."""
    rows, columns = pair.window
    result = np.zeros_like(image)
    answer = function(np.ascontiguousarray(image[:, rows, columns]))
    result[:, rows, columns] = answer.image
    return result, answer


def competitor(
    cache: Cache, pair: hku.Pair, view: str, method: str, multiple: float, rician: str, **options
) -> Entry:
    def answer(trial: Trial):
        sigma = trial.corner * multiple
        image, made = within(
            pair, lambda x: methods.run(cache, method, x, sigma, rician=rician, **options), trial.given
        )
        return image, made.seconds, sigma

    return evaluate(pair, view, method + (f" {rician}" if rician else ""), multiple, answer)


def ours_entry(cache: Cache, pair: hku.Pair, view: str, model: str | None, multiple: float | None) -> Entry:
    def answer(trial: Trial):
        sigma = None if multiple is None else trial.corner * multiple
        made = ours.run(cache, trial.given, sigma, model)
        return made.image, made.seconds, sigma or np.nan

    return evaluate(pair, view, f"ours {model or ''}".strip(), multiple, answer)


def run(cache: Cache, data, models, quick: bool, say=print) -> list[Entry]:
    """Return every entry for all pairs, views, methods and multiples."""
    entries = []
    for pair in hku.pairs(data):
        for view in VIEWS:
            entries.append(evaluate(pair, view, "input", None, lambda t: (t.given, 0.0, t.corner)))
            for model in models:
                entries += [ours_entry(cache, pair, view, model, m) for m in (None, *MULTIPLES)]
            for method in ("bm4d", "nlm"):
                entries += _grid(cache, pair, view, method, QUICK if quick else MULTIPLES)
            say(f"  {pair.name}, {view}: done")
    return entries


def _grid(cache, pair, view, method, multiples) -> Iterator[Entry]:
    """Yield what one competitor gives at every multiple that is to be had."""
    for multiple, rician in itertools.product(() if methods.missing(method) else multiples, RICIAN[view]):
        with contextlib.suppress(NotCached):
            yield competitor(cache, pair, view, method, multiple, rician)


def best(entries: list[Entry], pair: str, view: str, method: str) -> Entry | None:
    """Return the best entry of all variants and multiples of a method; None where it did not run."""
    found = [
        e for e in entries if (e.pair, e.view) == (pair, view) and e.method.split()[0] == method and e.multiple
    ]
    return max(found, key=lambda e: e.db, default=None)
