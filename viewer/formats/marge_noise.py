"""The noise that a MaRGE console measured before the scan, in image units, where that can be checked.

``data_noise`` holds readouts without excitation. Most sequences sample it like the signal; older ones keep it at
the oversampled rate, where its standard deviation is another. The file does not say which, so it is believed
only where it agrees with the outermost part of k-space, which holds next to no signal.
"""

import numpy as np
from numpy.typing import NDArray

from viewer.formats.matfile import MatFile

AGREEMENT = 1.25
"""Largest ratio of the two noise levels, either way."""
FEWEST = 64
OUTER = 0.35
"""Outer k-space lies this far or further from the centre along every axis, in cycles per voxel."""
NORMAL_MAD = 0.67449
UNCHECKED = "The noise readout in the file (data_noise) does not agree with the outer k-space and is not used."


def noise_sigma(file: MatFile, kspace: NDArray[np.complexfloating]) -> tuple[float | None, str]:
    """Return the noise per real channel in units of the unitary image, and a sentence about it (or why None).

    Averaging ``nScans`` readouts divides it by their square root; zeros in k-space (partial Fourier) hold no
    noise.
    """
    shape = file.shapes.get("data_noise")
    scans = file.small("nScans")
    if shape is None or scans is None or not scans[0].real >= 1:
        return None, ""
    noise = file.read("data_noise").ravel()
    outer = _outer_sigma(kspace)
    if noise.size < FEWEST or not np.isfinite(noise).all() or outer is None:
        return None, ""
    noise = noise - noise.mean()
    measured = float(np.sqrt(np.mean(np.abs(noise) ** 2) / 2 / scans[0].real))
    if not outer / AGREEMENT <= measured <= outer * AGREEMENT:
        return None, UNCHECKED
    sigma = measured * float(np.sqrt(np.count_nonzero(kspace) / kspace.size))
    return (
        sigma,
        f"Noise readout of the console: sigma {sigma:.4g} per real channel, confirmed by the outer k-space.",
    )


def _outer_sigma(kspace: NDArray[np.complexfloating]) -> float | None:
    """Return a robust noise level of the corners of k-space, None where too little of them is measured."""
    mask = np.ones(kspace.shape, bool)
    for axis, n in enumerate(kspace.shape):
        if n > 1:
            k = np.abs(np.arange(n) - n // 2) / n
            mask &= np.expand_dims(k >= OUTER, tuple(a for a in range(3) if a != axis))
    values = kspace[mask]
    values = values[values != 0]
    if values.size < FEWEST:
        return None
    return float(np.median(np.abs(np.concatenate([values.real, values.imag]))) / NORMAL_MAD)
