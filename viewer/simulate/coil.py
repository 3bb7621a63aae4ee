"""What the receive coil adds: smooth shading and a smooth background phase."""

import numpy as np
from numpy.typing import NDArray

from viewer.core.geometry import Geometry

SHADING = 0.10
PHASE_RAD = 0.5


def _smooth(geometry: Geometry, rng: np.random.Generator) -> NDArray[np.float32]:
    """Return a random polynomial of second order in patient space, about −3 to 3, over 200 mm."""
    k, j, i = np.indices(geometry.shape, dtype=np.float32)
    m = geometry.affine - np.pad(geometry.center_lps_mm[:, None], ((0, 1), (3, 0)))
    x, y, z = (np.float32(0.01) * (row[0] * k + row[1] * j + row[2] * i + row[3]) for row in m[:3])
    terms = (x, y, z, x * x, y * y, z * z, x * y, x * z, y * z)
    return sum((np.float32(rng.normal()) * term for term in terms), np.zeros(geometry.shape, np.float32))


def receive_sensitivity(geometry: Geometry, seed: int) -> NDArray[np.float32]:
    """Return the coil's relative sensitivity (slices, rows, columns), 1 at the centre, falling towards the neck.

    The drop below the coil's edge is that of a helmet-shaped coil, half about 85 mm under its centre.
    """
    shading = np.exp(SHADING * _smooth(geometry, np.random.default_rng((seed, 1))))
    z = geometry.affine[2, 0] * np.arange(geometry.shape[0]) + geometry.affine[2, 3]
    helmet = 1 / (1 + np.exp(-(z + 85) / 14))
    return np.asarray(shading * helmet[:, None, None], dtype=np.float32)


def background_phase(geometry: Geometry, seed: int) -> NDArray[np.float32]:
    """Return the phase in rad (slices, rows, columns) that field and coil leave in the image."""
    return np.float32(PHASE_RAD) * _smooth(geometry, np.random.default_rng((seed, 2)))
