"""Measure the denoiser against non-local means and a Gaussian: ``python tests/bench/denoise.py [--quick]``.

Development volumes that no training saw, with simulated noise (truth known), and real 55 mT repeats
(``hku_55mT/Supplementary Figure 3A``), where denoise(A) is scored against B: MSE less B's own noise.
"""

import argparse
import json
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from dipy.denoise.nlmeans import nlmeans
from scipy import fft, io, ndimage

from viewer.core.geometry import Geometry
from viewer.core.volume import Volume
from viewer.denoise.engine import denoise
from viewer.simulate.mri import AcquisitionOptions, acquire
from viewer.training.volumes import references

ROOT = Path(__file__).resolve().parents[2]
SIGMAS = (0.025, 0.05, 0.1, 0.2)
KINDS = {
    "complex white": (AcquisitionOptions(), False),
    "Rician": (AcquisitionOptions(), True),
    "Rician coloured": (AcquisitionOptions(gaussian=(0.7, 0.9)), True),
    "Rician zero-filled x2": (AcquisitionOptions(zero_fill=(2.0, 2.0)), True),
}
METHODS = ("input", "gaussian", "nlm", "ours, sigma estimated", "ours, sigma true")


@dataclass(frozen=True)
class Score:
    psnr: float
    ssim: float
    seconds: float


def psnr(image, truth):
    """Peak 1 (the 99.5th percentile of the truth); complex images by channel."""
    difference = image - truth
    channels = 2 if np.iscomplexobj(image) else 1
    return float(-10 * np.log10(np.mean(np.abs(difference) ** 2) / channels))


def ssim(image, truth):
    """Structural similarity of magnitudes in plane (Wang 2004, Gaussian window of 1.5, data range 1)."""
    a, b = np.abs(image).astype(float), np.abs(truth).astype(float)
    blur = [ndimage.gaussian_filter(x, (0, 1.5, 1.5)) for x in (a, b, a * a, b * b, a * b)]
    mean_a, mean_b, aa, bb, ab = blur
    contrast = (2 * (ab - mean_a * mean_b) + 9e-4) / (aa - mean_a**2 + bb - mean_b**2 + 9e-4)
    return float(np.mean((2 * mean_a * mean_b + 1e-4) / (mean_a**2 + mean_b**2 + 1e-4) * contrast))


def by_channel(function, image):
    if np.iscomplexobj(image):
        return function(np.ascontiguousarray(image.real)) + 1j * function(np.ascontiguousarray(image.imag))
    return function(image)


def non_local_means(image, sigma):
    """dipy at its best of six settings tried. It ignores voxels below zero, so signed channels are lifted."""
    rician = not np.iscomplexobj(image)
    lift = 0.0 if rician else 10.0
    options = {"patch_radius": 1, "block_radius": 3, "rician": rician, "num_threads": 2, "method": "classic"}
    return by_channel(
        lambda x: nlmeans(x.transpose(1, 2, 0) + lift, sigma, **options).transpose(2, 0, 1) - lift, image
    )


def best_gaussian(image, truth):
    """The Gaussian width that suits this image best, chosen with the truth: an upper bound."""
    tried = (by_channel(lambda x, w=w: ndimage.gaussian_filter(x, (0, w, w)), image) for w in (0.5, 0.7, 0.9, 1.2))
    return max(tried, key=lambda result: psnr(result, truth))


def ours(image, sigma=None, model=None):
    kind = np.complex64 if np.iscomplexobj(image) else np.float32
    volume = Volume(image.astype(kind), Geometry(image.shape, np.eye(4)))
    return denoise(volume, sigma=sigma, model=model).volume.data


def run_case(clean, sigma, options, magnitude, model):
    noisy = acquire(clean, sigma, options, np.random.default_rng(1))
    truth = acquire(clean, 0.0, options, np.random.default_rng(1))
    if magnitude:
        noisy, truth = np.abs(noisy), np.abs(truth)
    functions = (
        lambda: noisy,
        lambda: best_gaussian(noisy, truth),
        lambda: non_local_means(noisy, sigma),
        lambda: ours(noisy, model=model),
        lambda: ours(noisy, sigma, model=model),
    )
    scores: dict[str, Score] = {}
    for name, function in zip(METHODS, functions):
        started = time.perf_counter()
        result = function()
        scores[name] = Score(psnr(result, truth), ssim(result, truth), time.perf_counter() - started)
    print(f"  sigma {sigma}: ours {scores[METHODS[3]].psnr:.2f}, nlm {scores['nlm'].psnr:.2f} dB", file=sys.stderr)
    return scores


def development(data, quick):
    recipe = json.loads((ROOT / "viewer/training/recipe.json").read_text())
    for entry in recipe["development"]:
        stack = references(entry, data)[0]
        middle, half = len(stack) // 2, 3 if quick else 6
        yield entry["name"], stack[max(middle - half, 0) : middle + half]


def table(rows):
    """Print mean +- spread per kind and noise level, and the worst case against non-local means."""
    print(f"{'kind':24}{'sigma':>6} |" + "".join(f"{name:>24}" for name in METHODS) + "   ours-nlm (worst)")
    for kind in KINDS:
        for sigma in SIGMAS:
            cases = [scores for name, k, s, scores in rows if (k, s) == (kind, sigma)]
            cells = ""
            for method in METHODS:
                values = [case[method].psnr for case in cases]
                similarity = np.mean([case[method].ssim for case in cases])
                cells += f"{np.mean(values):10.2f} ±{np.std(values):4.1f} /{similarity:5.3f}"
            gains = [case[METHODS[3]].psnr - case["nlm"].psnr for case in cases]
            print(f"{kind:24}{sigma:6.3f} |{cells}   {np.mean(gains):+.2f} ({min(gains):+.2f})")


def summary(rows):
    for method in METHODS[3:]:
        gains = np.array([scores[method].psnr - scores["nlm"].psnr for *_, scores in rows])
        print(
            f"{method} over nlm (true sigma): mean {gains.mean():+.2f} dB, sd {gains.std():.2f}, "
            f"worst {gains.min():+.2f}, better in {np.mean(gains > 0):.0%} of {gains.size} cases"
        )
    seconds = {name: sum(scores[name].seconds for *_, scores in rows) for name in METHODS[2:4]}
    print("seconds in all: " + ", ".join(f"{name} {value:.1f}" for name, value in seconds.items()))


def native_image(k_space):
    """(rows, columns, slices) k-space to an image (slices, rows, columns)."""
    shifted = fft.ifftshift(k_space.transpose(2, 0, 1), axes=(1, 2))
    return fft.fftshift(fft.ifft2(shifted, axes=(1, 2)), axes=(1, 2)).astype(np.complex64)


def repeats(data, model):
    """Score denoise(A) against B on the real repeats, both ways round, inside the head."""
    for path in sorted((data / "hku_55mT/Supplementary Figure 3A").glob("*.mat")):
        k_space = io.loadmat(path)["ksp"]
        pair = [native_image(k_space[..., n]) for n in range(2)]
        peak = np.percentile(np.abs(pair[0]), 99.5)
        pair = [image / peak for image in pair]
        head = ndimage.gaussian_filter(np.abs(sum(pair)), (0, 3, 3)) > 0.3
        noise = np.mean(np.abs(pair[0] - pair[1])[head] ** 2) / 4
        print(f"\n{path.name}: noise of one repeat inside the head {np.sqrt(noise):.3f} of the peak")
        for multiple in (1.0, 1.35, 1.7, 2.2):
            for name, method in (("nlm", non_local_means), ("ours", lambda x, s: ours(x, s, model))):
                scores = []
                for a, b in (pair, pair[::-1]):
                    sigma = corner_sigma(a) * multiple
                    error = np.mean(np.abs(method(a, sigma) - b)[head] ** 2) / 2 - noise
                    scores.append(-10 * np.log10(max(error, 1e-9)))
                print(f"  {name:5} corner sigma x {multiple:4.2f}: {np.mean(scores):6.2f} dB")
        auto = [np.mean(np.abs(ours(a, None, model) - b)[head] ** 2) / 2 - noise for a, b in (pair, pair[::-1])]
        print(f"  ours  sigma estimated    : {np.mean(-10 * np.log10(auto)):6.2f} dB")


def corner_sigma(image):
    blocks = [image[:, r, c] for r in (slice(0, 16), slice(-16, None)) for c in (slice(0, 14), slice(-14, None))]
    return float(np.median([np.sqrt(np.mean(np.abs(block) ** 2) / 2) for block in blocks]))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data")
    parser.add_argument("--model", default=None)
    parser.add_argument("--quick", action="store_true", help="six central slices of each volume, not twelve")
    options = parser.parse_args()
    rows = [
        (name, kind, sigma, run_case(clean, sigma, scan, magnitude, options.model))
        for name, clean in development(options.data, options.quick)
        for kind, (scan, magnitude) in KINDS.items()
        for sigma in SIGMAS
    ]
    table(rows)
    summary(rows)
    repeats(options.data, options.model)


if __name__ == "__main__":
    main()
