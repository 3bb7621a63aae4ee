"""Is this air? Noise has no neighbours; faint anatomy has, even where it drowns in noise.

Anatomy of SNR 1.5 passes every test of the shape of a distribution that tolerates coloured noise, and makes sigma
half too large. But values three and four samples apart agree in it, where those of coloured noise no longer do.
Their mean product over their mean square is 0 for complex and signed noise and pi/4 for Rayleigh magnitudes (for
independent values, squared mean over mean square), and more where anything else than noise is about.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

LAGS = (3, 4)
EXPECTED = {"complex": 0.0, "signed": 0.0, "magnitude": float(np.pi / 4)}
MOST_BEYOND = {"complex": 0.10, "signed": 0.10, "magnitude": 0.012}
"""How far beyond the expected share air may be: magnitudes of SNR 1 are 0.014 beyond, of SNR 1.5 0.034."""
PRODUCT_SD = {"complex": 1.0, "signed": 1.0, "magnitude": 0.6}
SURE = 3.0
"""Standard errors by which chance may exceed that."""

Floats = NDArray[np.float64]


def shared_power(values: NDArray[Any]) -> tuple[NDArray[Any], Floats, int]:
    """Return mean products of samples 3 and 4 apart along the last axis, mean squares, and how many products.

    ``values`` (..., samples), complex, signed or magnitude; means over further axes are up to the caller.
    """
    wide = values.astype(np.complex128 if np.iscomplexobj(values) else np.float64)
    products = [wide[..., lag:] * np.conj(wide[..., :-lag]) for lag in LAGS if values.shape[-1] > lag]
    if not products:
        return np.zeros(values.shape[:-1]), np.ones(values.shape[:-1]), 0
    means = [product.mean(axis=-1) for product in products]
    return sum(means) / len(means), np.square(np.abs(wide)).mean(axis=-1), products[0].shape[-1]


def share_limit(samples: float, kind: str) -> float:
    """Return the largest share of power that so many products of pure noise show."""
    chance = SURE * PRODUCT_SD[kind] / np.sqrt(max(samples, 1))
    return float(EXPECTED[kind] + max(MOST_BEYOND[kind], chance))


def is_air(block: NDArray[Any], kind: str) -> bool:
    """Say whether a block (slices, rows, columns) holds noise and no faint anatomy, as far as can be told."""
    return all(_unlike(np.moveaxis(block, axis, -1), kind) for axis in (1, 2))


def _unlike(lines: NDArray[Any], kind: str) -> bool:
    shared, power, length = shared_power(lines)
    share = float(np.abs(shared.mean()) / max(float(power.mean()), 1e-300))
    return share <= share_limit(shared.size * length, kind)
