"""Structure in the residual: detail that was taken away or made up, and the largest coherent spot, judged exactly.

Noise that stays in the denoised image d is in the residual too, so the two correlate although nothing is lost.
Stein's lemma says by how much: E(n·D d) = b·D(J b) for the detail filter D. Without it remains E((x - d)·D d), the
error along the detail on show: zero for a faithful denoiser, above where detail was taken away, below where it
was made up. Nothing but the noise's size and colour is assumed.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from viewer.denoise.smooth import gaussian
from viewer.denoise.sure import local_means
from viewer.denoise.sure_probe import Floats, Probe

DETAIL = 1.0
"""Detail is what differs from the mean of the neighbours (Gaussian, in voxels, in plane)."""
LEAST_DETAIL = 1e-8
"""Residual times detail (mean squares, in sigma) below which there is nothing to correlate but rounding."""
SPOTS = (1.0, 2.0, 3.5)
"""Radii of the spots looked for (standard deviation of a Gaussian, in voxels, in plane)."""
Mask = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Leak:
    """``map`` (slices, rows, columns) -1..1, its mean ``correlation``, and ``weakness``: by how much of itself the
    detail on show should be stronger."""

    correlation: float
    weakness: float
    map: Floats


def detail(image: Floats, inside: Mask) -> Floats:
    """Return fine detail of (channels, slices, rows, columns) inside the object; its outline is no detail."""
    blur = (0, 0, DETAIL, DETAIL)
    weight = gaussian(inside.astype(np.float32)[None], blur)
    mean = gaussian(image * inside, blur) / np.maximum(weight, 1e-6)
    return np.asarray(np.where(inside, image - mean, 0), dtype=np.float32)


def leak(residual: Floats, denoised: Floats, probe: Probe | None, inside: Mask) -> Leak:
    """Correlate the residual with the detail of the denoised image; in sigma, (channels, slices, rows, columns).

    Without a probe the share that remaining noise alone explains is not known and stays in.
    """
    shown = detail(denoised, inside)
    product = np.sum(residual * shown, axis=0)
    if probe is not None:
        product = product - np.sum(probe.noise * detail(probe.passed, inside), axis=0)
    taken, fine = np.sum(residual**2, axis=0), np.sum(shown**2, axis=0)
    along, removed, present = local_means((product, taken, fine), inside)
    scale = np.sqrt(np.maximum(removed * present, LEAST_DETAIL))
    steady = np.where(inside, np.clip(along / scale, -1, 1), 0).astype(np.float32)
    even = 1 / (present + 1)  # so that a few strong edges do not outvote all tissue
    total = float(np.sum((even * present)[inside]))
    return Leak(float(steady[inside].mean()), float(np.sum((even * along)[inside])) / max(total, 1e-12), steady)


@dataclass(frozen=True)
class Spot:
    """Where most was taken away (or added) in one place: ``z`` in standard deviations of the noise at that size.

    ``index`` (slice, row, column); ``radius`` in voxels. ``chance_z``: the root of 2 ln N, about the largest of N
    independent normal numbers, N being a quarter of the voxels for each radius.
    """

    z: float
    index: tuple[int, int, int]
    radius: float
    chance_z: float


def in_phase(values: Floats, denoised: Floats) -> Floats:
    """Return the part (slices, rows, columns) of ``values`` along the phase of the denoised image."""
    if len(values) == 1:
        return np.asarray(values[0] * np.sign(denoised[0]), dtype=np.float32)
    size = np.maximum(np.sqrt(np.sum(denoised**2, axis=0)), 1e-12)
    return np.asarray(np.sum(values * denoised, axis=0) / size, dtype=np.float32)


def largest_spot(residual: Floats, denoised: Floats, probe: Probe, inside: Mask) -> Spot:
    """Look for spots of several sizes in the residual, as a matched filter would; all in sigma, channels first."""
    taken, noise = (in_phase(values, denoised) for values in (residual, probe.noise))
    deep = ndimage.binary_erosion(inside, np.ones((1, 5, 5), bool))
    places = max(np.count_nonzero(deep) * len(SPOTS) / 4, 2.0)
    best = Spot(0.0, (0, 0, 0), 0.0, float(np.sqrt(2 * np.log(places))))
    if not deep.any():
        return best
    for radius in SPOTS:
        seen, chance = _smoothed(taken, inside, radius), _smoothed(noise, inside, radius)
        size = float(np.sqrt(np.mean(chance[deep] ** 2)))
        z = np.where(deep, np.abs(seen), 0) / max(size, 1e-12)
        slice_, row, column = np.unravel_index(int(np.argmax(z)), z.shape)
        if z[slice_, row, column] > best.z:
            place = (int(slice_), int(row), int(column))
            best = Spot(float(z[place]), place, radius, best.chance_z)
    return best


def _smoothed(values: Floats, inside: Mask, radius: float) -> Floats:
    return np.asarray(gaussian(np.where(inside, values, 0), (0, radius, radius)), dtype=np.float32)


def correlation(a: NDArray[Any], b: NDArray[Any]) -> float:
    """Return Pearson's correlation; 0 where one side does not vary."""
    if a.size < 2:
        return 0.0
    a, b = a - a.mean(dtype=np.float64), b - b.mean(dtype=np.float64)
    scale = float(np.sqrt(np.sum(a * a) * np.sum(b * b)))
    return float(np.sum(a * b)) / scale if scale > 0 else 0.0
