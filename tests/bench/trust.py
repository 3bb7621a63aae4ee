"""Calibrate and test the trust panel: ``python tests/bench/trust.py [--quick] [--model NAME] [--calibrate]``.

Development volumes that no training saw and simulated heads, scanned in software, so the truth is known. Failures
are planted in good results; the panel must tell them apart (area under the ROC curve, good results as negatives),
and Stein's risk estimate must agree with the true error. Limits come from two volumes (``--calibrate`` writes them
to ``resources/trust.json``); the table is about the others.
"""

import argparse
import json
import sys
import time
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
from scipy import ndimage, stats

from viewer.core.denoised import NoiseEstimate
from viewer.denoise import verdict
from viewer.denoise.card import load_card
from viewer.denoise.engine import Run
from viewer.denoise.residual import Scan, judge, object_mask
from viewer.denoise.runtime import open_network
from viewer.denoise.sure import local_mean
from viewer.denoise.sure_probe import as_channels
from viewer.simulate.head import head_phantom
from viewer.simulate.mri import AcquisitionOptions, acquire
from viewer.simulate.tissue import SEQUENCES
from viewer.training.volumes import fourier_crop, references

ROOT = Path(__file__).resolve().parents[2]
KINDS = {
    "complex white": (AcquisitionOptions(), False),
    "complex coloured": (AcquisitionOptions(gaussian=(0.7, 0.9)), False),
    "Rician white": (AcquisitionOptions(), True),
    "Rician coloured": (AcquisitionOptions(gaussian=(0.7, 0.9)), True),
}
FAILURES = (
    "over-smoothed",
    "sigma x 0.5",
    "sigma x 2",
    "lesion removed",
    "texture invented",
    "unseen contrast",
)
GOOD = "good"
LESION_SIGMA, LESION_VOXELS, TEXTURE_SIGMA, BLUR_VOXELS = 1.5, 3.0, 1.0, 1.2
WORST_GOOD = 0.8
"""A result whose true error passes this (sigma) is no good one, though nothing was planted."""
OWN = "own failure"
FLOORS = {
    "spread": (-0.04, 0.04),
    "leak": (-0.04, 0.04),
    "whiteness": (-0.04, 0.04),
    "spot": (-1.0, 0.5),
    "local": (-1.0, 4.0),
    "sigma": (-0.15, 0.15),
}
"""Ranges that are harmless whatever the calibration found: a few good results cannot show all chance."""
MORE_GOOD = (0.03, 0.07, 0.15)
"""Noise levels that calibration adds, good results only."""


@dataclass(frozen=True)
class Outcome:
    """One result: what was done to it, the panel, the true and estimated error (sigma²), their maps' agreement."""

    volume: str
    kind: str
    failure: str
    report: object
    true: float
    local: tuple[float, float]


class Bench:
    def __init__(self, model):
        self.card = load_card(model)
        self.network = open_network(self.card)

    def run(self, image, sigma):
        return Run(NoiseEstimate(sigma, "given", "", 1.0), self.card, self.network)

    def judge(self, case, failure, image, denoised, sigma, again, truth):
        scan = Scan(trained_snr=self.card.snr_range, sigma_source="given")
        report, maps = judge(image, denoised, sigma, again, scan)
        true, local = agreement(maps, denoised, truth, sigma)
        failure = OWN if failure == GOOD and true > WORST_GOOD**2 else failure
        return Outcome(*case, failure, report, true, local)

    def outcomes(self, case, clean, sigma, options, magnitude, rng):
        """Yield the good result of one scan and every planted failure."""
        lesion = LESION_SIGMA * sigma * lesion_in(clean, sigma)
        with_lesion = clean + lesion
        seed = int(rng.integers(2**31))

        def scan(image):
            noisy = acquire(image, sigma, options, np.random.default_rng(seed))
            truth = acquire(image, 0.0, options, np.random.default_rng(seed))
            return (np.abs(noisy), np.abs(truth)) if magnitude else (noisy, truth)

        image, truth = scan(with_lesion)
        run = memory(self.run(image, sigma))
        good = run(image)
        yield self.judge(case, GOOD, image, good, sigma, run, truth)
        for name, plant in (("over-smoothed", smoothed), ("texture invented", with_texture(image, sigma, rng))):
            yield self.judge(case, name, image, plant(good), sigma, lambda y, p=plant: p(run(y)), truth)
        without = self.run(image, sigma)
        trace = scan(with_lesion)[0] - scan(clean)[0]  # what the lesion adds to this very scan
        missed = without(image - trace)
        yield self.judge(case, "lesion removed", image, missed, sigma, lambda y: without(y - trace), truth)
        for name, factor in (("sigma x 0.5", 0.5), ("sigma x 2", 2.0)):
            wrong = self.run(image, factor * sigma)
            yield self.judge(case, name, image, wrong(image), factor * sigma, wrong, truth)
        image, truth = scan(unseen(clean))
        run = self.run(image, sigma)
        yield self.judge(case, "unseen contrast", image, run(image), sigma, run, truth)


def memory(run):
    """Remember answers: planted failures ask for the same runs again."""
    known = {}

    def again(image):
        key = (float(np.abs(image).sum()), image.shape, float(np.abs(image[:, ::3]).sum()))
        if key not in known:
            known[key] = run(image)
        return known[key]

    return again


def smoothed(image):
    """Half of the image, half of it blurred."""
    blur = lambda x: ndimage.gaussian_filter(x, (0, BLUR_VOXELS, BLUR_VOXELS))  # noqa: E731
    return 0.5 * image + 0.5 * (
        blur(image.real) + 1j * blur(image.imag) if np.iscomplexobj(image) else blur(image)
    )


def with_texture(image, sigma, rng):
    """Return a function that adds a fine pattern of one sigma to a quarter of the object, along its phase."""
    noise = rng.standard_normal(image.shape)
    band = ndimage.gaussian_filter(noise, (0, 1, 1)) - ndimage.gaussian_filter(noise, (0, 2, 2))
    middle = ndimage.center_of_mass(np.abs(image) > 4 * sigma)
    row, column = np.indices(image.shape)[1:]
    there = (row < middle[1]) & (column < middle[2])
    pattern = TEXTURE_SIGMA * sigma * band / band.std() * there

    def plant(result):
        size = np.abs(result)
        return result + pattern * (size > 4 * sigma) * (result / np.maximum(size, 1e-9))

    return plant


def lesion_in(clean, sigma):
    """Return a soft ball (peak 1) in the flattest bright place of the middle slice, three voxels in radius."""
    k = len(clean) // 2
    size = np.abs(clean)
    smooth = ndimage.gaussian_filter(size, (0, 3, 3))
    rough = np.sqrt(np.maximum(ndimage.gaussian_filter(size**2, (0, 3, 3)) - smooth**2, 0))
    level = np.percentile(smooth[k], 97)
    tissue = (smooth[k] > max(0.5 * level, 5 * sigma)) & (smooth[k] < max(1.1 * level, 7 * sigma))
    fit = np.where(tissue, -rough[k] / np.maximum(smooth[k], 1e-9), -np.inf)
    row, column = np.unravel_index(int(np.argmax(fit)), fit.shape)
    rows, columns = np.indices(fit.shape)
    distance = np.hypot(rows - row, columns - column)
    ball = np.zeros(clean.shape, np.float32)
    ball[k] = np.clip(LESION_VOXELS + 0.5 - distance, 0, 1)
    return ball * np.exp(1j * np.angle(clean)) if np.iscomplexobj(clean) else ball


def unseen(clean):
    """Bright where it was dark: a contrast with bars of two voxels that no scanner made."""
    size = np.abs(clean)
    body = np.clip((ndimage.gaussian_filter(size, (0, 2, 2)) - 0.08) / 0.05, 0, 1)
    bars = 0.12 * np.sign(np.sin(np.indices(clean.shape)[2] * np.pi / 2 + 0.1))
    made = body * (np.clip(1.1 - size, 0.1, 1) + bars)
    return made * np.exp(1j * np.angle(clean)) if np.iscomplexobj(clean) else made


def agreement(maps, denoised, truth, sigma):
    """Return the true mean square error (sigma²) and how local maps agree: correlation, SD of the log ratio."""
    inside = object_mask(np.abs(denoised) / sigma, rician=not np.iscomplexobj(denoised))
    square = np.mean(np.square(as_channels(denoised - truth)), axis=0) / sigma**2
    true = np.sqrt(local_mean(square, inside))[inside]
    found = maps.error_sigma[inside]
    ratio = np.log(np.maximum(found, 1e-3) / np.maximum(true, 1e-3))
    return float(square[inside].mean()), (float(np.corrcoef(true, found)[0, 1]), float(ratio.std()))


def volumes(data, quick):
    """Yield (role, name, clean stack): two volumes to calibrate, one and simulated heads to test."""
    slices, longest = (3, 120) if quick else (4, 136)
    recipe = json.loads((ROOT / "viewer/training/recipe.json").read_text())
    for number, entry in enumerate(recipe["development"]):
        stack = references({**entry, "scales": [1.0]}, data)[0]
        start = max(len(stack) // 2 - slices // 2, 0)
        stack = fourier_crop(stack[start : start + slices], min(longest / max(stack.shape[1:]), 0.7))
        yield ("calibrate" if number < 2 else "test"), entry["name"], stack / np.percentile(stack, 99.5)
    for seed, name in ((11, "T2"), (12, "FLAIR"), (13, "T1"))[: 2 if quick else 3]:
        head = head_phantom(seed, (slices, 136, 112))
        image = head.image(SEQUENCES[name])
        yield "test", f"simulated head {seed} {name}", image / np.percentile(np.abs(image), 99.5)


def run_all(bench, data, quick):
    roles, found = {}, []
    for role, name, clean in volumes(data, quick):
        roles[name] = role
        for number, (kind, (options, magnitude)) in enumerate(KINDS.items()):
            sigmas = ((0.05, 0.1)[number % 2],) if quick else (0.04, 0.07, 0.12)
            for sigma in sigmas:
                rng = np.random.default_rng([number, int(1000 * sigma)])
                found += bench.outcomes((name, f"{kind} {sigma}"), clean, sigma, options, magnitude, rng)
            for sigma in MORE_GOOD if role == "calibrate" else ():
                rng = np.random.default_rng([number, int(1000 * sigma)])
                outcomes = bench.outcomes((name, f"{kind} {sigma}"), clean, sigma, options, magnitude, rng)
                found.append(next(outcomes))
        print(f"  {name} ({role}) done", file=sys.stderr, flush=True)
    return roles, found


def auc(bad, good):
    """Area under the ROC curve: how often a failure scores above a good result (Mann-Whitney)."""
    return float(stats.mannwhitneyu(bad, good).statistic / (len(bad) * len(good)))


def roc_table(title, outcomes):
    names = list(verdict.usual())
    good = [verdict.distances(o.report) for o in outcomes if o.failure == GOOD]
    panel = [verdict.score(o.report) for o in outcomes if o.failure == GOOD]
    print(f"\n{title}: area under the ROC curve against {len(good)} good results; flagged: not graded good")
    print(
        f"{'failure':18}{'panel':>8}" + "".join(f"{name:>11}" for name in names) + f"{'flagged':>9}{'doubtful':>9}"
        f"{'true error':>18}"
    )
    for failure in (GOOD, *FAILURES, OWN):
        group = [o for o in outcomes if o.failure == failure]
        if not group:
            continue
        rows = [verdict.distances(o.report) for o in group]
        cells = f"{auc([verdict.score(o.report) for o in group], panel):8.2f}" if failure != GOOD else f"{'':8}"
        for name in names:
            sides = [abs(row.get(name, 0.0)) for row in rows], [abs(row.get(name, 0.0)) for row in good]
            cells += f"{auc(*sides):11.2f}" if failure != GOOD else f"{np.median(sides[0]):11.2f}"
        flagged = np.mean([o.report.grade != "good" for o in group])
        doubtful = np.mean([o.report.grade == "doubtful" for o in group])
        errors = np.sqrt([o.true for o in group])  # whether what was planted is a failure at all
        print(
            f"{failure:18}{cells}{flagged:9.0%}{doubtful:9.0%}{np.median(errors):8.2f}"
            f" ({errors.min():.2f}-{errors.max():.2f})"
        )


def sure_table(title, outcomes):
    """Print how Stein's estimate compares with the true error where sigma was right."""
    right = [o for o in outcomes if not o.failure.startswith("sigma")]
    print(f"\n{title}: error by Stein's risk estimate against the true one (root mean square, in sigma)")
    columns = ("cases", "slope", "correl.", "ratio", "± SD", "local correl.", "local SD")
    print(f"{'noise':24}" + "".join(f"{name:>{width}}" for name, width in zip(columns, (6, 8, 9, 8, 7, 15, 15))))
    kinds = [*KINDS, ""]
    for kind in kinds:
        group = [o for o in right if o.kind.startswith(kind)]
        true = np.sqrt([o.true for o in group])
        found = np.array([o.report.error_sigma for o in group])
        slope = float(np.sum(true * found) / np.sum(true**2))
        ratio = found / true
        local = np.array([o.local for o in group])
        print(
            f"{kind or 'all':24}{len(group):6}{slope:8.3f}{np.corrcoef(true, found)[0, 1]:9.3f}{ratio.mean():8.3f}"
            f"{ratio.std():7.3f}{np.median(local[:, 0]):15.2f}{np.median(local[:, 1]):15.2f}"
        )


def calibrate(outcomes, bench, quick):
    """Write how far good results went in every measure, and a tenth more, to ``resources/trust.json``."""
    rows = [verdict.measures(o.report) for o in outcomes if o.failure == GOOD]
    usual = {}
    for name, (low, high) in FLOORS.items():
        values = np.array([row[name] for row in rows if name in row])
        ends = min(1.1 * float(values.min()), low), max(1.1 * float(values.max()), high)
        usual[name] = dict(zip(("low", "high"), (round(end, 4) for end in ends)))
    document = {
        "format": 1,
        "provenance": {
            "command": f"python tests/bench/trust.py {'--quick ' if quick else ''}--calibrate",
            "model": f"{bench.card.name} {bench.card.version}, SHA-256 {bench.card.sha256}",
            "date": date.today().isoformat(),
            "volumes": sorted({o.volume for o in outcomes}),
            "good results": len(rows),
            "own failures left out": sum(o.failure == OWN for o in outcomes),
        },
        "measures": usual,
    }
    (ROOT / "resources/trust.json").write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
    verdict.usual.cache_clear()


def regraded(outcomes):
    """Grade again with the limits just written."""
    from dataclasses import replace

    return [replace(o, report=verdict.judged(o.report)) for o in outcomes]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data")
    parser.add_argument("--model", default=None)
    parser.add_argument("--quick", action="store_true", help="three small slices and one noise level of each kind")
    parser.add_argument("--calibrate", action="store_true", help="write resources/trust.json")
    options = parser.parse_args()
    started = time.perf_counter()
    bench = Bench(options.model)
    roles, outcomes = run_all(bench, options.data, options.quick)
    if options.calibrate:
        calibrate([o for o in outcomes if roles[o.volume] == "calibrate"], bench, options.quick)
        outcomes = regraded(outcomes)
    for role in ("calibrate", "test"):
        chosen = [o for o in outcomes if roles[o.volume] == role]
        title = f"{bench.card.name} {bench.card.version}, {role} volumes"
        roc_table(title, chosen)
        sure_table(title, chosen)
    print(f"\n{time.perf_counter() - started:.0f} s")
    return outcomes


if __name__ == "__main__":
    main()
