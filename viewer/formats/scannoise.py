"""The noise scan of a raw file: channel covariance in the units of the imaging readouts.

Thermal noise has a power proportional to the sampling bandwidth, so a scan of another dwell time is rescaled.
Where the header states relativeReceiverNoiseBandwidth b, the receiver filters the ends of the readout and the
mean power is b times that of its middle, which is what remains when readout oversampling is removed (Kellman and
McVeigh, Magn Reson Med 2005;54:1439).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from viewer.formats.readouts import Readout

FEWEST = 256
"""Samples a channel below which a covariance says too little."""


@dataclass(frozen=True, eq=False)
class ChannelNoise:
    """``covariance`` (channels, channels) per real channel of one k-space sample, and where it is from."""

    covariance: NDArray[np.complex128]
    told: str

    @property
    def sigma(self) -> float:
        """Root mean variance over the channels."""
        return float(np.sqrt(np.mean(np.diag(self.covariance).real)))

    def whitened(self, channels: NDArray[np.complexfloating]) -> NDArray[np.complexfloating]:
        """Return channels (channels, ...) mixed so that all have uncorrelated noise of `sigma`."""
        inverse = np.linalg.inv(np.linalg.cholesky(self.covariance)) * self.sigma
        return np.asarray(np.tensordot(inverse.astype(np.complex64), channels, axes=(1, 0)))


def channel_noise(
    readouts: Sequence[Readout], channels: int, sample_time_us: float, bandwidth: float | None
) -> ChannelNoise | None:
    """Return the noise of the readouts that are noise scans, None where there are none or too few samples."""
    scans = [one for one in readouts if one.is_noise and one.channels == channels and one.samples is not None]
    if not scans:
        return None
    samples = np.concatenate([one.samples for one in scans if one.samples is not None], axis=1)
    if samples.shape[1] < max(FEWEST, 4 * channels) or not np.isfinite(samples).all():
        return None
    samples = samples - samples.mean(axis=1, keepdims=True)
    covariance = samples @ samples.conj().T / samples.shape[1] / 2
    if np.linalg.matrix_rank(covariance) < channels:
        return None
    scale, notes = 1.0, []
    dwell = scans[0].sample_time_us
    if dwell > 0 and sample_time_us > 0 and dwell != sample_time_us:
        scale *= dwell / sample_time_us
        notes.append(f"rescaled from {dwell:g} to {sample_time_us:g} µs a sample")
    if bandwidth is not None and 0.3 < bandwidth <= 1:
        scale /= bandwidth
        notes.append(f"relative noise bandwidth {bandwidth:g}")
    how = f" ({', '.join(notes)})" if notes else ""
    return ChannelNoise(covariance * scale, f"the noise scan in the file{how}")
