"""The native voxel under a point, and numbers as people read them. Nothing here is read from a picture."""

from typing import Any

import numpy as np

from viewer.core.reslice import Plane, direction_letters
from viewer.core.volume import Volume

SMALL, LARGE = 1e-4, 1e6
"""Outside of them numbers are written with an exponent."""
AXES = (("L", "R"), ("P", "A"), ("S", "I"))


def voxel_at(volume: Volume, point_lps_mm: Any) -> tuple[int, int, int] | None:
    """Return the index (k, j, i) of the voxel that holds a point, or None outside the image."""
    if not volume.geometry.contains(point_lps_mm):
        return None
    nearest = np.rint(volume.geometry.to_index(point_lps_mm)).astype(int)
    k, j, i = np.clip(nearest, 0, np.asarray(volume.geometry.shape) - 1)
    return int(k), int(j), int(i)


def value_at(volume: Volume | None, point_lps_mm: Any) -> float | None:
    """Return the magnitude of the native voxel at a point, or None outside the image."""
    index = voxel_at(volume, point_lps_mm) if volume is not None else None
    return (
        None
        if volume is None or index is None
        else float(np.abs(volume.data[index]) if volume.is_complex else volume.data[index])
    )


def number(value: float | None, digits: int = 4) -> str:
    """Write a number with ``digits`` significant digits; ``–`` for none, an exponent for the huge and tiny."""
    if value is None or not np.isfinite(value):
        return "–"
    if value == 0:
        return "0"
    if not SMALL <= abs(value) < LARGE:
        mantissa, exponent = f"{value:.{digits - 1}e}".split("e")
        return f"{mantissa}e{int(exponent)}"
    decimals = max(0, digits - 1 - int(np.floor(np.log10(abs(value)))))
    return f"{value:.{decimals}f}"


def fixed(value: float, decimals: int) -> str:
    """Write a number with so many decimals; what rounds to zero has no sign."""
    text = f"{value:.{decimals}f}"
    return text.lstrip("-") if not text.strip("-0.") else text


def shortened(text: str) -> str:
    """Return a `number` without idle zeros behind its point."""
    mantissa, e, exponent = text.partition("e")
    return (mantissa.rstrip("0").rstrip(".") if "." in mantissa else mantissa) + e + exponent


def with_unit(text: str, unit: str) -> str:
    """Return ``12.3 HU``; just the number where there is no unit."""
    return f"{text} {unit}".strip()


def point_text(point_lps_mm: Any) -> str:
    """Return ``L 12.3  P 4.5  S 60.1 mm``: which side of the origin, and how far."""
    parts = [f"{AXES[axis][int(value < 0)]} {abs(value):.1f}" for axis, value in enumerate(point_lps_mm)]
    return "  ".join(parts) + " mm"


def position_text(plane: Plane) -> str:
    """Return where a plane lies along its normal, ``S 45.2 mm``."""
    side = direction_letters(plane.normal if plane.offset_mm >= 0 else -plane.normal)
    return f"{side} {abs(plane.offset_mm):.1f} mm"
