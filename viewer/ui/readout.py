"""The native voxel under a point, and numbers as people read them. Nothing here is read from a picture."""

from typing import Any

import numpy as np

from viewer.core.reslice import Plane, direction_letters
from viewer.core.volume import Volume

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
    """Write a number with ``digits`` significant digits; ``–`` for none, an exponent only from a million on."""
    if value is None or not np.isfinite(value):
        return "–"
    if value == 0 or abs(value) < 10.0 ** -(digits + 2):
        return "0"
    if abs(value) >= 1e6:
        return f"{value:.{digits - 1}e}"
    decimals = max(0, digits - 1 - int(np.floor(np.log10(abs(value)))))
    return f"{value:.{decimals}f}"


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
