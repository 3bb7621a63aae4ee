"""What a user could run instead. Every method takes an image (slices, rows, columns) and sigma per real channel.

Complex images are denoised channel by channel; magnitudes have Rician noise unless said otherwise. Real volumes
are processed in float32. BM4D (PyPI ``bm4d``, non-commercial licence) and scikit-image are not part of the
project: where they are not installed, their rows say so.
"""

import importlib.metadata
import importlib.util
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from scipy import ndimage

from denoising import vst
from denoising.cache import Answer, Cache

PACKAGES = {"bm4d": "bm4d", "nlm": "dipy", "wavelet": "skimage", "tv": "skimage", "gaussian": "scipy"}
DISTRIBUTIONS = {"skimage": "scikit-image"}
BLOCK = 5
"""Edge of BM4D's blocks in its second stage; thinner stacks get blocks as thin as they are."""


def missing(method: str) -> bool:
    return importlib.util.find_spec(PACKAGES[method]) is None


def version(method: str) -> str:
    package = PACKAGES[method]
    return importlib.metadata.version(DISTRIBUTIONS.get(package, package))


def by_channel(function: Callable[[Any], Any], image):
    if np.iscomplexobj(image):
        parts = (np.ascontiguousarray(part, dtype=np.float32) for part in (image.real, image.imag))
        real, imaginary = (function(part) for part in parts)
        return real + 1j * imaginary
    return function(np.ascontiguousarray(image, dtype=np.float32))


def bm4d(image, sigma, rician="", psd=None, profile="lc"):
    """BM4D with one thread. ``psd``: noise power, relative, per in-plane frequency in the order of ``fft2``.

    ``rician``: '' for signed channels, 'vst' to stabilise and invert, 'plain' to correct the bias afterwards,
    'none' to leave magnitudes as they are. ``profile``: 'np' as in the paper (search window 15 voxels wide), or
    'lc' (9 wide), three times as fast; on the real repeats the two differ by less than 0.05 dB.
    """
    if rician == "vst":
        return vst.inverse(_bm4d_channel(vst.forward(image, sigma), 1.0, psd, profile), sigma)
    denoised = by_channel(lambda x: _bm4d_channel(x, sigma, psd, profile), image)
    return vst.unbias(denoised, sigma) if rician == "plain" else denoised


def _bm4d_channel(x, sigma, psd, profile):
    from bm4d import bm4d as package_bm4d
    from bm4d import profiles

    if len(x) < BLOCK - 1:
        return np.stack([_bm4d_run(package_bm4d, p[None], sigma, psd, profiles.BM4DProfileBM3D()) for p in x])[
            :, 0
        ]
    chosen = profiles.BM4DProfileLC() if profile == "lc" else profiles.BM4DProfile()
    chosen.bs_wiener = (BLOCK, BLOCK, min(BLOCK, len(x)))
    return _bm4d_run(package_bm4d, x, sigma, psd, chosen)


def _bm4d_run(function, x, sigma, psd, profile):
    profile.num_threads = 1
    stack = np.ascontiguousarray(x.transpose(1, 2, 0))
    level = float(sigma)
    if psd is not None:
        if not hasattr(np, "trapz"):
            np.trapz = np.trapezoid  # noqa: NPY201  (bm4d 4.2 still calls it by the name that NumPy 2.4 dropped)
        # bm4d wants the variance of each coefficient of the whole transform: sigma^2 * size where white
        level = np.repeat((psd / psd.mean())[..., None], stack.shape[2], axis=2) * sigma**2 * stack.size
    return np.asarray(function(stack, level, profile)).reshape(stack.shape).transpose(2, 0, 1)


def nlm(image, sigma, rician="", patch=1, block=3, strength=1.0):
    """dipy's non-local means. It ignores voxels below zero, so signed channels are lifted."""
    from dipy.denoise.nlmeans import nlmeans

    magnitude = rician in ("vst", "plain")
    lift = 0.0 if magnitude else 10.0
    options = {"patch_radius": patch, "block_radius": block, "num_threads": 2, "method": "classic"}
    run = partial(nlmeans, sigma=sigma * strength, rician=magnitude, **options)
    return by_channel(lambda x: run(x.transpose(1, 2, 0) + lift).transpose(2, 0, 1) - lift, image)


def wavelet(image, sigma, rician=""):
    """scikit-image's BayesShrink in plane, shift-averaged over four positions, soft, db2."""
    from skimage.restoration import denoise_wavelet

    def one(plane):
        return denoise_wavelet(plane, sigma=sigma, wavelet="db2", method="BayesShrink", rescale_sigma=False)

    def shifted(plane):
        moves = [(0, 0), (1, 1), (2, 3), (3, 2)]
        return np.mean([np.roll(one(np.roll(plane, s, (0, 1))), (-s[0], -s[1]), (0, 1)) for s in moves], axis=0)

    denoised = by_channel(lambda x: np.stack([shifted(plane) for plane in x]), image)
    return vst.unbias(denoised, sigma) if rician in ("vst", "plain") else denoised


def tv(image, sigma, rician="", weight=1.0):
    """scikit-image's total variation (Chambolle 2004) in plane, ``weight`` in units of sigma."""
    from skimage.restoration import denoise_tv_chambolle

    def one(plane):
        return denoise_tv_chambolle(plane, weight=weight * sigma, max_num_iter=100)

    denoised = by_channel(lambda x: np.stack([one(plane) for plane in x]), image)
    return vst.unbias(denoised, sigma) if rician in ("vst", "plain") else denoised


def gaussian(image, sigma, rician="", width=0.7):
    denoised = by_channel(lambda x: ndimage.gaussian_filter(x, (0, width, width)), image)
    return vst.unbias(denoised, sigma) if rician in ("vst", "plain") else denoised


FUNCTIONS = {"bm4d": bm4d, "nlm": nlm, "wavelet": wavelet, "tv": tv, "gaussian": gaussian}
TUNED: dict[str, list[dict[str, Any]]] = {
    "nlm": [{"patch": 1, "block": 3}, {"patch": 1, "block": 5}, {"patch": 1, "block": 3, "strength": 1.25}],
    "tv": [{"weight": w} for w in (0.5, 0.8, 1.2)],
    "gaussian": [{"width": w} for w in (0.5, 0.7, 0.9, 1.2)],
}
"""Settings to choose from with the truth in hand: the best a user could hope for."""


def run(cache: Cache, method: str, image, sigma: float, **options: Any) -> Answer:
    """Run one method, or take its answer from the cache."""
    function = FUNCTIONS[method]
    # float32 sigma: the same key on every run
    settings = {**options, "sigma": round(float(sigma), 9)}
    return cache.run(
        method, version(method), image, settings, lambda: function(image, settings["sigma"], **options)
    )


def run_best(
    cache: Cache, method: str, image, sigma: float, loss: Callable[[Any], float], **options: Any
) -> Answer:
    """Run a method with each of its settings and return the answer with the least ``loss``; seconds of one run."""
    answers = [run(cache, method, image, sigma, **options, **tuned) for tuned in TUNED[method]]
    return min(answers, key=lambda answer: loss(answer.image))
