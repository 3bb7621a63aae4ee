"""How much noise the clean references hold themselves, told from what their making threw away.

No estimator under test is asked. Cropping k-space leaves its outer part unused: white noise is as strong there as
within and anatomy only adds, so the quietest part of what was measured bounds the noise of the tissue from above
(where scanners filter it, the bound is too low, which makes the estimator look worse than it is). The multi-echo
scan is its own repeat: three equally spaced echoes of one decay satisfy s1 s3 = s2², but for noise. Air is judged
apart, for scanners mask it: the quietest corner of the reference as it is used, or the tissue's noise if that is
less (no air there).
"""

from dataclasses import dataclass

import numpy as np
from scipy import fft, ndimage

BAND = 0.05
"""Width of the bands of k-space (cycles per voxel) whose median power is compared."""
OUTERMOST = 0.85
LOCAL = 3
CORNER = 8
NORMAL_MAD = 0.67449


@dataclass(frozen=True)
class OwnNoise:
    """Noise SD per real channel in units of the peak: in tissue, and in the quietest corner.

    ``one_channel``: the reference is a magnitude, so the noise of its tissue lies along the signal only.
    """

    tissue: float = 0.0
    air: float = 0.0
    one_channel: bool = True

    def total(self, sigma: float, stored: str, source: str) -> float:
        """Return the noise per channel of a scan with added ``sigma``, there where the estimate came from."""
        if source == "background":
            return float(np.hypot(sigma, min(self.air, self.tissue)))
        halved = self.one_channel and stored == "complex"
        return float(np.hypot(sigma, self.tissue / np.sqrt(2) if halved else self.tissue))


def quiet_corner(clean) -> float:
    """Return the noise of the quietest corner block (1/8 of each axis) of (slices, rows, columns)."""
    rows, columns = (max(n // CORNER, 4) for n in clean.shape[1:])
    ends = [(slice(None, rows), slice(-rows, None)), (slice(None, columns), slice(-columns, None))]
    blocks = [np.abs(clean[:, r, c]) for r in ends[0] for c in ends[1]]
    return float(min(np.sqrt(np.mean(np.square(block, dtype=float)) / 2) for block in blocks))


def outer_k_space(volume, measured: tuple[float, float], scale: float) -> float:
    """Return the noise SD, after a crop of k-space to ``scale``, of white noise as weak as its quietest band.

    ``volume`` (slices, rows, columns), magnitude; ``measured``: frequencies (cycles per voxel) along rows and
    columns up to which k-space was measured, on both axes at once (0.5: all of it).
    """
    window = np.outer(*(np.hanning(n) for n in volume.shape[1:]))
    power = np.abs(fft.fft2(volume * window, axes=(1, 2))) ** 2 / np.sum(window**2)
    bands = [(np.abs(fft.fftfreq(n)) / BAND).astype(int) for n in power.shape[1:]]
    rows, columns = (round(limit / BAND) for limit in measured)
    places = [(r, c) for r in range(rows) for c in range(columns)]
    quietest = min(np.median(power[:, bands[0] == r][:, :, bands[1] == c]) for r, c in places)
    return float(np.sqrt(quietest / np.log(2)) * scale)


def outer_coils(k_space, weights) -> float:
    """Return the noise SD of coils (coils, rows, columns) joined by ``weights`` on the grid of a cropped image.

    From the outermost part of each coil's k-space; correlation between coils is left out.
    """
    distance = [np.abs(np.arange(n) - n // 2) / (n / 2) for n in k_space.shape[1:]]
    outermost = np.maximum(distance[0][:, None], distance[1]) > OUTERMOST
    power = np.array([np.median(np.abs(coil[outermost & (coil != 0)]) ** 2) for coil in k_space])
    variance = power / (2 * np.log(2)) / weights[0].size
    return float(np.sqrt(np.median(np.tensordot(variance, np.abs(weights) ** 2, 1))))


def echo_residual(echoes) -> float:
    """Return the noise SD of the magnitudes of three equally spaced echoes (echoes, slices, rows, columns).

    ``s1 s3 / s2 - s2`` holds nothing of any one decay; smooth rests of several are taken out by a local mean.
    """
    first, second, third = np.abs(echoes).astype(float)
    residual = (first * third / second - second) / np.sqrt((first**2 + third**2) / second**2 + 4)
    rough = residual - ndimage.uniform_filter(residual, (0, LOCAL, LOCAL))
    return float(np.median(np.abs(rough)) / NORMAL_MAD / np.sqrt(1 - 1 / LOCAL**2))
