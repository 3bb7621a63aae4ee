"""Band-limited random fields: the raw material of folds, marbling and wobble."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import fft, ndimage

Array = NDArray[Any]
EXTENT_MM = 256.0
MAX_SPACING_MM = 4.0


@dataclass(frozen=True, eq=False)
class Field:
    """A periodic random field with zero mean and unit SD; ``values`` (n, n, n) over EXTENT_MM along x, y, z."""

    values: NDArray[np.float32]
    wavelength_mm: float

    def __call__(self, x: Array, y: Array, z: Array) -> Array:
        """Sample at points (n,) in mm, trilinear."""
        return self._sample(self.values, x, y, z)

    def _sample(self, values: Array, x: Array, y: Array, z: Array) -> Array:
        scale = np.float32(values.shape[0] / EXTENT_MM)
        points = np.stack((x, y, z)) * scale
        return np.asarray(ndimage.map_coordinates(values, points, order=1, mode="grid-wrap", output=np.float32))


def random_field(rng: np.random.Generator, wavelength_mm: float, octaves: float = 0.35) -> Field:
    """Draw a field whose spectrum is a shell around ``wavelength_mm``, ``octaves`` wide (one SD)."""
    spacing = min(MAX_SPACING_MM, wavelength_mm / 9)
    n = int(2 ** np.ceil(np.log2(EXTENT_MM / spacing)))
    white = fft.rfftn(rng.standard_normal((n, n, n), dtype=np.float32))
    k = np.sqrt(sum(f * f for f in _frequencies(n))) * np.float32(wavelength_mm)
    distance = np.log2(np.maximum(k, 1e-6)) / np.float32(octaves)
    values = fft.irfftn(white * np.exp(-0.5 * distance**2), s=(n, n, n))
    return Field((values / values.std()).astype(np.float32), wavelength_mm)


def _frequencies(n: int) -> tuple[Array, Array, Array]:
    """Return cycles/mm along the three axes of a real FFT, ready to broadcast."""
    full = fft.fftfreq(n, EXTENT_MM / n).astype(np.float32)
    half = fft.rfftfreq(n, EXTENT_MM / n).astype(np.float32)
    return full[:, None, None], full[None, :, None], half[None, None, :]


@dataclass(frozen=True, eq=False)
class Folds:
    """Winding sheets about half a wavelength apart: the zero set of a band-limited field.

    For a plane wave the phase atan2(k·n, |∇n|)/k is the distance to its zero set. ``slope`` is |∇n|·√(2/3):
    the folds are projected along one axis, and two thirds of the squared gradient lie across it.
    """

    field: Field
    slope: Field

    def __call__(self, x: Array, y: Array, z: Array) -> Array:
        """Return the distance (n,) in mm to the nearest sheet at points (n,)."""
        k = np.float32(2 * np.pi / self.field.wavelength_mm)
        return np.arctan2(np.abs(self.field(x, y, z)) * k, self.slope(x, y, z)) / k


def random_folds(rng: np.random.Generator, wavelength_mm: float, octaves: float = 0.3) -> Folds:
    """Draw folds with ridges ``wavelength_mm / 2`` wide."""
    field = random_field(rng, wavelength_mm, octaves)
    gradient = np.gradient(field.values, EXTENT_MM / field.values.shape[0])
    slope = np.sqrt(sum(g * g for g in gradient) * (2 / 3)).astype(np.float32)
    return Folds(field, Field(slope, wavelength_mm))
