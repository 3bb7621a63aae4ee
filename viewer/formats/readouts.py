"""Raw readouts, as ISMRMRD files and MRD streams hold them: what each one is, and which are part of an image."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

LABELS = ("contrast", "phase", "repetition", "set")
NOISE = 1 << 18
"""ISMRMRD_ACQ_IS_NOISE_MEASUREMENT (19; flags count from 1)."""
REVERSE = 1 << 21
NOT_IMAGING = sum(1 << (n - 1) for n in (19, 20, 23, 24, 26, 27, 28, 29, 30, 31))
"""Noise, calibration only, navigator, phase correction, feedback, dummy, coil correction, stabilisation."""


@dataclass(frozen=True, slots=True, eq=False)
class Readout:
    """One readout. ``labels`` count from 0 in the order of `LABELS`; ``samples`` (channels, count) or None.

    ``directions``: read, phase, slice, LPS; ``position`` (LPS mm) is the centre of the field of view.
    """

    flags: int
    steps: tuple[int, int]
    average: int
    slice: int
    labels: tuple[int, ...]
    encoding: int
    channels: int
    count: int
    center: int
    discard: tuple[int, int]
    sample_time_us: float
    position: NDArray[np.float64]
    directions: tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]
    samples: NDArray[np.complex64] | None

    @property
    def is_image(self) -> bool:
        """Whether it belongs into k-space."""
        return not self.flags & NOT_IMAGING

    @property
    def is_noise(self) -> bool:
        """Whether it was taken without excitation."""
        return bool(self.flags & NOISE)

    def line(self) -> NDArray[np.complex64]:
        """Return the samples in the order of k, those to be discarded set to zero."""
        assert self.samples is not None
        line = np.array(self.samples)
        before, after = self.discard
        line[:, :before] = 0
        line[:, self.count - after :] = 0
        return line[:, ::-1] if self.flags & REVERSE else line


def groups(readouts: Sequence[Readout]) -> dict[tuple[int, tuple[int, ...]], list[Readout]]:
    """Return the readouts of each image: by encoding and labels, in a stable order."""
    found: dict[tuple[int, tuple[int, ...]], list[Readout]] = {}
    for one in readouts:
        if one.is_image:
            found.setdefault((one.encoding, one.labels), []).append(one)
    return dict(sorted(found.items()))


def names(keys: Sequence[tuple[int, tuple[int, ...]]]) -> list[str]:
    """Name each image by the labels (from 1) that differ between them."""
    varies = [len({labels[n] for _, labels in keys}) > 1 for n in range(len(LABELS))]
    several = len({encoding for encoding, _ in keys}) > 1
    made = []
    for encoding, labels in keys:
        words = [f"encoding {encoding + 1}"] if several else []
        words += [f"{name} {labels[n] + 1}" for n, name in enumerate(LABELS) if varies[n]]
        made.append(" ".join(words))
    return made
