"""What makes one anatomy look like many: tone, shading, phase, small lesions and ghosts."""

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

Floats = NDArray[np.float32]
Rng = np.random.Generator


def smooth_field(size: int, rng: Rng, knots: int = 4) -> Floats:
    """Return a smooth random field (size, size), about standard normal."""
    coarse = rng.standard_normal((knots, knots)).astype(np.float32)
    return np.asarray(
        ndimage.zoom(coarse, size / knots, order=3, mode="nearest", grid_mode=True), dtype=np.float32
    )


def contrast(patch: Floats, rng: Rng) -> Floats:
    """Change contrast by a random tone curve that keeps black black, and shade it like a receive coil."""
    if rng.random() < 0.75:
        knots = np.linspace(0, 1.3, 6)
        curve = np.concatenate([[0.0], rng.uniform(0.1, 1.2, 5)])
        mix = rng.uniform(0.3, 1.0)
        patch = np.interp(patch, knots, mix * curve + (1 - mix) * knots).astype(np.float32)
    if rng.random() < 0.5:
        patch = patch * np.exp(0.25 * smooth_field(patch.shape[-1], rng, 3))
    return patch


def lesions(patch: Floats, rng: Rng, share: float) -> Floats:
    """Sometimes plant one to four faint ellipsoids in tissue (slices, rows, columns): 1-5 voxels, 3-50 %.

    Anatomy alone would teach the network that small isolated things are noise.
    """
    if rng.random() >= share:
        return patch
    grid = [np.arange(n, dtype=np.float32) for n in patch.shape]
    change = np.ones_like(patch)
    for _ in range(int(rng.integers(1, 5))):
        centre = [rng.uniform(0, n) for n in patch.shape]
        radius = rng.uniform(0.7, 3.0, 3) * (rng.uniform(0.3, 1.0), 1, 1)
        z, y, x = ((g - c) / r for g, c, r in zip(grid, centre, radius))
        distance = z[:, None, None] ** 2 + y[:, None] ** 2 + x**2
        contrast_of_it = rng.choice([-1, 1]) * np.exp(rng.uniform(np.log(0.03), np.log(0.5)))
        change += contrast_of_it / (1 + np.exp(np.minimum(4 * (distance - 1), 14)))
    return np.asarray(patch * change, dtype=np.float32)


def ghost(image: NDArray[np.complex64], rng: Rng, share: float) -> NDArray[np.complex64]:
    """Sometimes add a faint copy shifted along one axis: an artifact to be kept, not spread or invented."""
    if rng.random() >= share:
        return image
    size = image.shape[-1]
    shift = size // 2 if rng.random() < 0.5 else int(rng.integers(4, size - 4))
    strength = rng.uniform(0.03, 0.2) * np.exp(1j * rng.uniform(-np.pi, np.pi))
    copy = np.roll(image, shift, axis=int(rng.integers(1, 3)))
    return np.asarray(image + strength * copy, dtype=np.complex64)


def phase(patch: Floats, rng: Rng) -> NDArray[np.complex64]:
    """Return unit phasors like ``patch`` (slices, size, size): smooth, sometimes fringed, own offsets of slices.

    In half of them tissue has a phase of its own, as susceptibility gives it in gradient echoes.
    """
    slices, size = patch.shape[0], patch.shape[-1]
    field = smooth_field(size, rng) * rng.choice([0.2, 1.0, 2.5])
    ramp = np.linspace(-0.5, 0.5, size)
    slope = rng.normal(0, rng.choice([0.5, 6.0], p=[0.8, 0.2]), 2)
    offsets = rng.uniform(-np.pi, np.pi) + rng.normal(0, rng.choice([0.1, 1.0]), (slices, 1, 1))
    angle = field + slope[0] * ramp[:, None] + slope[1] * ramp[None] + offsets
    if rng.random() < 0.5:
        angle = angle + rng.normal(0, 1.0) * patch
    return np.asarray(np.exp(1j * angle), dtype=np.complex64)
