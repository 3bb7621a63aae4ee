"""Colour tables (256, 3) uint8: the standard palettes of DICOM PS3.6 Annex B.1, greys and a signed one."""

from functools import cache

import numpy as np
from numpy.typing import NDArray

Table = NDArray[np.uint8]
Ramp = tuple[int, int, int]
"""(first value, step, number of entries)."""

_CHANNELS: dict[str, tuple[tuple[Ramp, ...], ...]] = {
    "Hot Iron": (
        ((0, 2, 128), (255, 0, 128)),
        ((0, 0, 129), (2, 2, 126), (255, 0, 1)),
        ((0, 0, 192), (4, 4, 63), (255, 0, 1)),
    ),
    "PET": (
        ((0, 0, 64), (1, 2, 43), (86, 2, 43), (171, 2, 43), (255, 0, 63)),
        ((0, 2, 32), (65, 2, 31), (128, -2, 33), (63, -2, 32), (0, 2, 127), (255, 0, 1)),
        ((0, 1, 2), (3, 2, 127), (252, -4, 64), (4, 4, 20), (85, 4, 21), (170, 4, 21), (255, 0, 1)),
    ),
    "Grey": (((0, 1, 256),),) * 3,
    "Inverse grey": (((255, -1, 256),),) * 3,
}
PALETTES = ("Hot Iron", "PET", "Inverse grey", "Grey")
"""Names a user may choose for PET, the best for fusion first."""
_SIGNED = (
    (0.0, (150, 214, 255)),
    (0.22, (40, 122, 210)),
    (0.5, (18, 20, 24)),
    (0.78, (214, 92, 28)),
    (1.0, (255, 208, 140)),
)
"""Blue below zero, near black at zero, orange above: equally light on both sides, safe for red-green blindness."""


@cache
def palette(name: str) -> Table:
    """Return the read-only table (256, 3) of a palette of `PALETTES`; KeyError for an unknown name."""
    channels = [
        np.concatenate([first + step * np.arange(n) for first, step, n in ramps]) for ramps in _CHANNELS[name]
    ]
    return _frozen(np.stack(channels, axis=1).astype(np.uint8))


@cache
def signed_palette() -> Table:
    """Return the read-only diverging table (256, 3); the middle of it stands for zero."""
    places = [place for place, _ in _SIGNED]
    colors = np.array([color for _, color in _SIGNED], dtype=float)
    x = np.linspace(0, 1, 256)
    channels = [np.interp(x, places, colors[:, channel]) for channel in range(3)]
    return _frozen(np.stack(channels, axis=1).round().astype(np.uint8))


def _frozen(table: Table) -> Table:
    table.flags.writeable = False
    return table
