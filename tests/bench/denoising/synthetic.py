"""Simulated noise on clean volumes that no training saw: every method on the same input, judged by the truth.

Ours is given the whole slab, as a user would give it; the others, which are slow, a window of it (8 voxels of
margin), and everything is scored inside that window. Where the noise is Rician, BM4D runs between a
variance-stabilising transform and its unbiased inverse; once more without, as users of the library would run it.
"""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from denoising import data as volumes
from denoising import methods, ours
from denoising.cache import Answer, Cache, NotCached
from denoising.own_noise import OwnNoise
from denoising.scores import Score, score
from viewer.core.errors import LowfieldError
from viewer.denoise.noise import estimate_sigma

SIGMAS = (0.1, 0.05, 0.2, 0.025, 0.3)
"""In units of the peak; the order of work, so that what is stopped early holds the middle."""
QUICK_SIGMAS = (0.1, 0.05)
AS_STORED = "bm4d, magnitudes as stored"
ESTIMATED_AT = (0.05, 0.2)
"""Where BM4D also runs with sigma as its users would estimate it, and with the noise's power spectrum."""
INNER, INNER_FILLED, MARGIN = 64, 96, 8
"""Voxels of the scored window's edge, on a measured and on a zero-filled grid."""


@dataclass
class Row:
    """One method on one scan."""

    volume: str
    kind: str
    sigma: float
    method: str
    score: Score
    seconds: float
    cpu_seconds: float

    def public(self) -> dict[str, Any]:
        return {**{k: v for k, v in asdict(self).items() if k != "score"}, **asdict(self.score)}


@dataclass
class SigmaRow:
    """How well the noise of one scan was estimated, as a ratio to what was added.

    ``of_all``: ours as a ratio to all noise there, the reference's own included (`own_noise`): what an honest
    estimate reads.
    """

    volume: str
    kind: str
    sigma: float
    ours: float
    of_all: float
    library: float

    def public(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True, eq=False)
class Case:
    """One simulated scan; ``outer`` is what slow methods see, ``inner`` where in it everything is scored."""

    volume: str
    kind: volumes.Kind
    sigma: float
    noisy: Any
    truth: Any
    power: Any
    outer: tuple[slice, slice]
    inner: tuple[slice, slice]
    own: OwnNoise

    @property
    def rician(self) -> str:
        return "vst" if self.kind.stored == "magnitude" else ""


def cases(reference, sigmas):
    for sigma in sigmas:
        if sigma < reference.lowest:
            continue
        for kind in volumes.KINDS:
            noisy, truth, power = volumes.scan(reference.clean, kind, sigma)
            filled = kind.options.zero_fill != (1.0, 1.0)
            outer, inner = _window(np.abs(truth), INNER_FILLED if filled else INNER)
            yield Case(reference.name, kind, sigma, noisy, truth, power, outer, inner, reference.own)


def _window(image, width):
    """Return the window around the signal's centre (rows, columns), and the scored part within it."""
    outer, inner = [], []
    for axis in (1, 2):
        profile = image.sum(axis=tuple({0, 1, 2} - {axis}))
        n, centre = profile.size, round(float(profile @ np.arange(profile.size) / profile.sum()))
        start = int(np.clip(centre - width // 2, 0, max(n - width, 0)))
        stop = min(start + width, n)
        first, last = max(start - MARGIN, 0), min(stop + MARGIN, n)
        outer.append(slice(first, last))
        inner.append(slice(start - first, stop - first))
    return (outer[0], outer[1]), (inner[0], inner[1])


def library_sigma(image, stored: str) -> float:
    """Estimate the noise as users of the libraries would: scikit-image's MAD, dipy's for magnitudes."""
    if stored == "magnitude":
        from dipy.denoise.noise_estimate import estimate_sigma as dipy_sigma

        return float(np.mean(dipy_sigma(image.transpose(1, 2, 0).astype(np.float64), N=1)))
    from skimage.restoration import estimate_sigma as skimage_sigma

    planes = [*image.real, *image.imag] if np.iscomplexobj(image) else list(image)
    return float(np.mean([skimage_sigma(plane) for plane in planes]))


class Bench:
    """Runs every method on a case and collects the rows."""

    def __init__(self, cache: Cache, models, quick: bool, say=print):
        self.cache, self.models, self.quick, self.say = cache, models, quick, say
        self.rows: list[Row] = []
        self.sigmas: list[SigmaRow] = []

    def case(self, case: Case) -> None:
        self._add(case, "input", Answer(case.noisy[:, *case.outer], 0.0, 0.0, True))
        for model in self.models:
            for label, sigma in (("", None), (", true sigma", case.sigma)):
                try:
                    made = ours.run(self.cache, case.noisy, sigma, model)
                except (NotCached, LowfieldError) as problem:
                    self.say(f"  ours failed on {case.volume}, {case.kind.name}, {case.sigma}: {problem}")
                    continue
                kept = Answer(made.image[:, *case.outer], made.seconds, made.cpu_seconds, made.cached)
                self._add(case, f"ours {model or ''}".strip() + label, kept)
        self._competitors(case, np.ascontiguousarray(case.noisy[:, *case.outer]))
        self._sigma(case)

    def _competitors(self, case: Case, given) -> None:
        truth = case.truth[:, *case.outer]

        def loss(image):
            return -score(image, truth, case.inner).psnr

        jobs = {"bm4d": lambda: methods.run(self.cache, "bm4d", given, case.sigma, rician=case.rician)}
        for name in methods.TUNED:
            jobs[name] = lambda name=name: methods.run_best(
                self.cache, name, given, case.sigma, loss, rician=case.rician
            )
        if case.rician:  # what the library does unless its user knows of the bias
            jobs[AS_STORED] = lambda: methods.run(self.cache, "bm4d", given, case.sigma, rician="none")
        jobs["wavelet"] = lambda: methods.run(self.cache, "wavelet", given, case.sigma, rician=case.rician)
        if not self.quick and case.sigma in ESTIMATED_AT:
            jobs |= self._more_bm4d(case, given)
        for name, job in jobs.items():
            if methods.missing(name.split(",")[0]):
                continue
            try:
                self._add(case, name, job())
            except NotCached:
                continue

    def _more_bm4d(self, case: Case, given):
        estimate = max(library_sigma(case.noisy, case.kind.stored), 1e-4)
        jobs = {
            "bm4d, estimated sigma": lambda: methods.run(self.cache, "bm4d", given, estimate, rician=case.rician)
        }
        if case.kind.name in volumes.HARD and case.kind.name != "Rician":
            psd = volumes.window_power(case.power, given.shape[1:])
            jobs["bm4d, true spectrum"] = lambda: methods.run(
                self.cache, "bm4d", given, case.sigma, rician=case.rician, psd=psd
            )
        return jobs

    def _add(self, case: Case, method: str, answer: Answer) -> None:
        found = score(answer.image, case.truth[:, *case.outer], case.inner)
        self.rows.append(
            Row(case.volume, case.kind.name, case.sigma, method, found, answer.seconds, answer.cpu_seconds)
        )

    def _sigma(self, case: Case) -> None:
        mine, of_all, library = np.nan, np.nan, np.nan
        try:
            found = estimate_sigma(case.noisy)
            mine = found.sigma / case.sigma
            of_all = found.sigma / case.own.total(case.sigma, case.kind.stored, found.source)
            library = library_sigma(case.noisy, case.kind.stored) / case.sigma
        except (LowfieldError, ImportError) as problem:
            self.say(f"  sigma of {case.volume}, {case.kind.name}, {case.sigma}: {problem}")
        ratios = (float(mine), float(of_all), float(library))
        self.sigmas.append(SigmaRow(case.volume, case.kind.name, case.sigma, *ratios))


def run(cache: Cache, data, models, quick: bool, say=print) -> Bench:
    bench = Bench(cache, models, quick, say)
    references = list(volumes.development(data))
    for sigma in QUICK_SIGMAS if quick else SIGMAS:
        for reference in references[:2] if quick else references:
            for case in cases(reference, (sigma,)):
                bench.case(case)
            say(f"  {reference.name}, sigma {sigma:g}: done")
    return bench
