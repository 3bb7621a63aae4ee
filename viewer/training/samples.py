"""Draw training samples: clean patches of every contrast, scanned by the simulator, in the network's channels."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from viewer.denoise.scaling import stack_context, to_snr
from viewer.simulate.mri import acquire, random_options

Floats = NDArray[np.float32]
Rng = np.random.Generator


@dataclass(frozen=True)
class Sampler:
    """Draws (input, target) batches from clean ``stacks`` (slices, rows, columns), reproducibly by step."""

    stacks: list[Floats]
    recipe: dict[str, Any]

    def batch(self, step: int) -> tuple[Floats, Floats]:
        """Return inputs (batch, channels, patch, patch) and targets (batch, 2, patch, patch) in SNR units."""
        rng = np.random.default_rng([self.recipe["seed"], step])
        pairs = [self.sample(rng) for _ in range(self.recipe["batch"])]
        return np.stack([p[0] for p in pairs]), np.stack([p[1] for p in pairs])

    def sample(self, rng: Rng) -> tuple[Floats, Floats]:
        """Draw one patch with its neighbours, its contrast, its scan and its noise."""
        context = self.recipe["context"]
        clean = _contrast(self._crop(rng), rng) * _phase(self.recipe["patch"], 2 * context + 1, rng)
        low, high = np.log(self.recipe["sigma"])
        sigma = float(np.exp(rng.uniform(low, high)))
        modes = self.recipe["modes"]
        mode = str(rng.choice(list(modes), p=list(modes.values())))
        noisy, truth, noise_map = _scan(clean, sigma, rng)
        noisy, truth = _as_stored(noisy, truth, mode, rng)
        noisy = noisy * np.abs(clean).any(axis=(1, 2), keepdims=True)  # beyond the stack: nothing, not noise
        noisy = _drop_neighbours(noisy, context, rng)
        return (
            stack_context(to_snr(noisy, sigma), context, context, noise_map),
            to_snr(truth[context : context + 1], sigma)[0],
        )

    def _crop(self, rng: Rng) -> Floats:
        """Cut 2 * context + 1 neighbouring patches (zero beyond the stack), mostly where there is something."""
        context, size = self.recipe["context"], self.recipe["patch"]
        stack = self.stacks[rng.integers(len(self.stacks))]
        step = int(rng.choice([1, 1, 1, 2, 3]))  # slices less alike than the volume's own
        for _ in range(4):
            k = int(rng.integers(len(stack)))
            r, c = (int(rng.integers(max(n - size, 0) + 1)) for n in stack.shape[1:])
            patch = np.zeros((2 * context + 1, size, size), dtype=np.float32)
            for slot, index in enumerate(range(k - context * step, k + context * step + 1, step)):
                if 0 <= index < len(stack):
                    part = stack[index, r : r + size, c : c + size]
                    patch[slot, : part.shape[0], : part.shape[1]] = part
            if patch[context].mean() > 0.08:
                break
        patch = np.rot90(patch, int(rng.integers(4)), axes=(1, 2))
        return np.ascontiguousarray(patch[:, ::-1] if rng.random() < 0.5 else patch)


def _smooth_field(size: int, rng: Rng, knots: int = 4) -> Floats:
    """Return a smooth random field (size, size), about standard normal."""
    coarse = rng.standard_normal((knots, knots)).astype(np.float32)
    return np.asarray(
        ndimage.zoom(coarse, size / knots, order=3, mode="nearest", grid_mode=True), dtype=np.float32
    )


def _contrast(patch: Floats, rng: Rng) -> Floats:
    """Change contrast by a random tone curve that keeps black black, and shade it like a receive coil."""
    if rng.random() < 0.75:
        knots = np.linspace(0, 1.3, 6)
        curve = np.concatenate([[0.0], rng.uniform(0.1, 1.2, 5)])
        mix = rng.uniform(0.3, 1.0)
        patch = np.interp(patch, knots, mix * curve + (1 - mix) * knots).astype(np.float32)
    if rng.random() < 0.5:
        patch = patch * np.exp(0.25 * _smooth_field(patch.shape[-1], rng, 3))
    return patch


def _phase(size: int, slices: int, rng: Rng) -> NDArray[np.complex64]:
    """Return unit phasors (slices, size, size): smooth, sometimes fringed, with an own offset in every slice."""
    field = _smooth_field(size, rng) * rng.choice([0.2, 1.0, 2.5])
    ramp = np.linspace(-0.5, 0.5, size)
    slope = rng.normal(0, rng.choice([0.5, 6.0], p=[0.8, 0.2]), 2)
    offsets = rng.uniform(-np.pi, np.pi) + rng.normal(0, rng.choice([0.1, 1.0]), (slices, 1, 1))
    angle = field + slope[0] * ramp[:, None] + slope[1] * ramp[None] + offsets
    return np.asarray(np.exp(1j * angle), dtype=np.complex64)


def _scan(clean: NDArray[Any], sigma: float, rng: Rng) -> tuple[NDArray[Any], NDArray[Any], Floats]:
    """Scan the patch; return noisy, noise-free (same filter) and the noise map (rows, columns)."""
    options = random_options(rng)
    truth = acquire(clean, 0.0, options, rng)
    noise = acquire(np.zeros_like(clean), sigma, options, rng)
    size = clean.shape[-1]
    noise_map = np.ones((size, size), dtype=np.float32)
    if rng.random() < 0.2:
        noise_map = np.exp(0.3 * _smooth_field(size, rng, 3)).astype(np.float32)
    noise = noise * noise_map
    if rng.random() < 0.06:
        noise[..., rng.integers(size)] += _zipper(clean.shape[:2], sigma, rng)
    return truth + noise, truth, noise_map


def _zipper(shape: tuple[int, ...], sigma: float, rng: Rng) -> NDArray[Any]:
    """Return interference at one frequency (slices, rows): one column of strong noise, not anatomy."""
    return rng.uniform(1, 5) * sigma * (rng.standard_normal(shape) + 1j * rng.standard_normal(shape))


def _as_stored(noisy: NDArray[Any], truth: NDArray[Any], mode: str, rng: Rng) -> tuple[NDArray[Any], NDArray[Any]]:
    """Keep the complex image, its magnitude (Rician, sometimes with the air masked away) or one signed channel."""
    if mode == "complex":
        return noisy, truth
    if mode == "real":
        return noisy.real, truth.real
    noisy, truth = np.abs(noisy), np.abs(truth)
    if rng.random() < 0.12:
        tissue = ndimage.uniform_filter(truth, (0, 5, 5)) > 0.04
        noisy, truth = noisy * tissue, truth * tissue
    return noisy, truth


def _drop_neighbours(noisy: NDArray[Any], context: int, rng: Rng) -> NDArray[Any]:
    """Sometimes take neighbours away, as at the ends of a stack or in a single slice."""
    if rng.random() < 0.15:
        keep = np.zeros(len(noisy), dtype=bool)
        reach = int(rng.integers(0, context + 1))
        keep[context - reach : context + 1 + (reach if rng.random() < 0.5 else 0)] = True
        noisy = noisy * keep[:, None, None]
    return noisy
