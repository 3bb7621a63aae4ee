"""Draw training samples: clean patches of every contrast, scanned by the simulator, in the network's channels."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from viewer.denoise.scaling import mostly_positive, stack_context, to_snr
from viewer.simulate.mri import acquire, random_options
from viewer.training.contrast import contrast, ghost, lesions, phase
from viewer.training.noise_maps import noise_map
from viewer.training.scenes import Scenes

Floats = NDArray[np.float32]
Rng = np.random.Generator


@dataclass(frozen=True)
class Sampler:
    """Draws (input, target) batches from clean ``scenes``, reproducibly by step."""

    scenes: Scenes
    recipe: dict[str, Any]

    def batch(self, step: int) -> tuple[Floats, Floats]:
        """Return inputs (batch, channels, patch, patch) and targets (batch, 2, patch, patch) in SNR units."""
        rng = np.random.default_rng([self.recipe["seed"], step])
        pairs = [self.sample(rng) for _ in range(self.recipe["batch"])]
        return np.stack([p[0] for p in pairs]), np.stack([p[1] for p in pairs])

    def sample(self, rng: Rng) -> tuple[Floats, Floats]:
        """Draw one patch with its neighbours, its contrast, its scan and its noise."""
        recipe, context = self.recipe, self.recipe["context"]
        low, high = np.log(recipe["sigma"])
        sigma = float(np.exp(rng.uniform(low, high)))
        mode = str(rng.choice(list(recipe["modes"]), p=list(recipe["modes"].values())))
        clean = self._clean(mode, rng)
        noisy, truth, measured_map = _scan(clean, sigma, recipe, rng)
        noisy, truth = _as_stored(noisy, truth, mode, rng)
        noisy = noisy * np.abs(clean).any(axis=(1, 2), keepdims=True)  # beyond the stack: nothing, not noise
        noisy = _drop_neighbours(noisy, recipe["lonely"], rng)
        return (
            stack_context(to_snr(noisy, sigma), context, context, measured_map),
            to_snr(truth[context : context + 1], sigma)[0],
        )

    def _clean(self, mode: str, rng: Rng) -> NDArray[np.complex64]:
        size, slices = self.recipe["patch"], 2 * self.recipe["context"] + 1
        patch = lesions(self.scenes.draw(slices, size, rng), rng, self.recipe["lesions"])
        # Half of the signed images have one sign, as inversion recovery or bias correction leaves them.
        turn = -1 if mode == "real" and rng.random() < 0.5 else phase(patch, rng)
        image = (contrast(patch, rng) * turn).astype(np.complex64)
        return ghost(image, rng, self.recipe["ghosts"])


def _scan(
    clean: NDArray[Any], sigma: float, recipe: dict[str, Any], rng: Rng
) -> tuple[NDArray[Any], NDArray[Any], Floats]:
    """Scan the patch; return noisy, noise-free (same filter) and the measured noise map (rows, columns)."""
    options = random_options(rng)
    truth = acquire(clean, 0.0, options, rng)
    true_map, measured_map = noise_map(clean.shape[-1], recipe["noise_maps"], rng)
    noise = acquire(np.zeros_like(clean), sigma, options, rng) * true_map
    if rng.random() < recipe["surprises"]:
        noise[..., rng.integers(clean.shape[-1])] += _zipper(clean.shape[:2], sigma, rng)
    slip = np.float32(np.exp(rng.normal(0, recipe["sigma_slip"])))
    return truth + noise, truth, measured_map * slip


def _zipper(shape: tuple[int, ...], sigma: float, rng: Rng) -> NDArray[Any]:
    """Return interference at one frequency (slices, rows) that no map names: noise, not anatomy."""
    return rng.uniform(1, 5) * sigma * (rng.standard_normal(shape) + 1j * rng.standard_normal(shape))


def _as_stored(noisy: NDArray[Any], truth: NDArray[Any], mode: str, rng: Rng) -> tuple[NDArray[Any], NDArray[Any]]:
    """Keep the complex image, its magnitude (Rician, sometimes with the air masked away) or one signed channel."""
    if mode == "complex":
        return noisy, truth
    if mode == "real":
        sign = -1 if mostly_positive(noisy.real) else 1
        return sign * noisy.real, sign * truth.real
    noisy, truth = np.abs(noisy), np.abs(truth)
    if rng.random() < 0.12:
        tissue = ndimage.uniform_filter(truth, (0, 5, 5)) > 0.04
        noisy, truth = noisy * tissue, truth * tissue
    return noisy, truth


def _drop_neighbours(noisy: NDArray[Any], lonely: dict[str, float], rng: Rng) -> NDArray[Any]:
    """Take neighbours away as often as said: ``single`` slices, ``small`` stacks, ``ends`` of larger ones."""
    context, draw = len(noisy) // 2, rng.random()
    if draw >= sum(lonely.values()):
        return noisy
    below = above = 0
    if draw >= lonely["single"]:
        below = int(rng.integers(1, context + 1))
        above = int(rng.integers(0, 2)) if draw < lonely["single"] + lonely["small"] else 0
    keep = np.zeros(len(noisy), dtype=bool)
    keep[context - below : context + above + 1] = True
    return noisy * (keep if rng.random() < 0.5 else keep[::-1])[:, None, None]
