"""How loud the noise is where: in the scan, and as the engine would have measured it.

Low-field noise is not the same everywhere: interference and unstable lines make whole positions along the readout
axis louder (measured on 55 mT repeats: 0.06-0.37 of the peak from row to row), and coils shade it.
"""

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from viewer.training.contrast import smooth_field

Floats = NDArray[np.float32]
Rng = np.random.Generator


def noise_map(size: int, shares: dict[str, float], rng: Rng) -> tuple[Floats, Floats]:
    """Return the true and the measured relative noise (size, size each).

    ``shares``: probabilities of ``flat``, ``smooth`` (coil) and ``lines`` (interference; measured line by line).
    """
    kind = str(rng.choice(list(shares), p=list(shares.values())))
    if kind == "flat":
        flat = np.ones((size, size), dtype=np.float32)
        return flat, flat
    if kind == "smooth":
        true = np.exp(0.35 * smooth_field(size, rng, 3)).astype(np.float32)
        return true, true
    profile = _profile(size, rng)
    measured = profile * np.exp(rng.normal(0, 0.07, size))
    if rng.random() < 0.4:
        measured = np.sqrt(ndimage.gaussian_filter1d(measured**2, rng.uniform(0.5, 2.0), mode="nearest"))
    axis = int(rng.integers(2))
    true, seen = (np.repeat(np.expand_dims(p, axis), size, axis) for p in (profile, measured))
    return true.astype(np.float32), seen.astype(np.float32)


def _profile(size: int, rng: Rng) -> NDArray[np.float64]:
    """Return a relative noise level for each line: a slow drift and up to four interference peaks."""
    drift = ndimage.gaussian_filter1d(rng.standard_normal(size + 32), 8)[16 : 16 + size]
    profile = np.exp(rng.uniform(0, 0.3) * drift / max(drift.std(), 1e-6))
    line = np.arange(size)
    for _ in range(int(rng.integers(0, 5))):
        width = np.exp(rng.uniform(np.log(0.4), np.log(6.0)))
        height = np.exp(rng.uniform(np.log(0.3), np.log(9.0)))
        away = np.abs(line - rng.uniform(-4, size + 4)) / width
        profile = profile * (1 + height * (np.exp(-(away**2)) if rng.random() < 0.6 else 1 / (1 + away**2)))
    return np.asarray(profile)
