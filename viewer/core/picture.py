"""From values to colours: window, fusion, residual and ROI outlines; rgb is (rows, columns, 3) uint8.

Real values come in, colours go out; no number is ever read back from a picture. Window, report and command
line paint with these same functions.
"""

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from viewer.core.palettes import Table, palette, signed_palette

Values = NDArray[np.floating]
Mask = NDArray[np.bool_]
Rgb = NDArray[np.uint8]
Window = tuple[float, float]
"""(centre, width) in the unit of the values."""

CT_PRESETS: dict[str, Window] = {
    "Soft tissue": (40, 400),
    "Lung": (-600, 1500),
    "Liver": (90, 150),
    "Bone": (480, 2500),
    "Brain": (40, 80),
}
"""Centre and width in HU."""
RESIDUAL_LIMIT_SIGMA = 3.0
LEAK_LIMIT = 0.5
ERROR_LIMIT_SIGMA = 1.0
TRANSPARENT_BELOW = 0.01
"""Fraction of the window below which fused PET is not painted."""


def window_range(window: Window) -> tuple[float, float]:
    """Return the (lowest, highest) value of a window."""
    center, width = window
    return center - width / 2, center + width / 2


def window_between(low: float, high: float) -> Window:
    """Return the window from ``low`` to ``high``; at least a sliver wide so that it can be drawn."""
    width = max(high - low, 1e-6 * max(abs(low), abs(high), 1e-6))
    return low + width / 2, width


def auto_window(values: Values, low_percent: float = 1.0, high_percent: float = 99.5) -> Window:
    """Return a window from percentiles of the finite values; zeros (air, padding) do not count."""
    sample = values[:: max(1, values.shape[0] // 32)].ravel()
    sample = sample[:: max(1, sample.size // 400_000)]
    sample = np.abs(sample) if np.iscomplexobj(sample) else sample
    sample = sample[np.isfinite(sample)]
    filled = sample[sample != 0]
    if filled.size == 0:
        return 0.5, 1.0
    low, high = np.percentile(filled, [low_percent, high_percent])
    return window_between(min(0.0, float(low)) if low >= 0 else float(low), float(high))


def pet_window(values: Values) -> Window:
    """Return a window from zero to the 99.9th percentile of the positive values, which hot spots may pass."""
    _, high = window_range(auto_window(np.maximum(values, 0), 0.0, 99.9))
    return window_between(0.0, high)


def level(values: Values, window: Window) -> NDArray[np.float32]:
    """Map values to 0..1 within the window (LINEAR_EXACT, DICOM PS3.3 C.11.2.1.3.2); NaN becomes 0."""
    low, high = window_range(window)
    scaled = (np.asarray(values, dtype=np.float32) - np.float32(low)) * np.float32(1.0 / (high - low))
    finite = np.nan_to_num(scaled, copy=False, nan=0.0, posinf=1.0, neginf=0.0)
    return np.asarray(np.clip(finite, 0.0, 1.0), dtype=np.float32)


def colored(values: Values, window: Window, table: Table, inside: Mask | None = None) -> Rgb:
    """Paint values through a table (256, 3); its lowest colour where ``inside`` is false."""
    rgb: Rgb = np.take(table, _entries(values, window), axis=0)
    if inside is not None and not inside.all():
        rgb[~inside] = table[0]
    return rgb


def grey(values: Values, window: Window, inside: Mask | None = None, invert: bool = False) -> Rgb:
    """Paint values in grey, bright for high (or dark, ``invert``); as the lowest where ``inside`` is false."""
    return colored(values, window, palette("Inverse grey" if invert else "Grey"), inside)


def residual_picture(residual_sigma: Values, inside: Mask | None = None) -> Rgb:
    """Paint a residual in units of sigma over ±3 in the signed palette; zero is near black."""
    zero_outside = residual_sigma if inside is None else np.where(inside, residual_sigma, 0)
    return colored(zero_outside, (0.0, 2 * RESIDUAL_LIMIT_SIGMA), signed_palette())


def leak_picture(leak: Values, inside: Mask | None = None) -> Rgb:
    """Paint a correlation over ±0.5 in the signed palette; zero, and what is not judged, is near black."""
    zero_outside = leak if inside is None else np.where(inside, leak, 0)
    return colored(zero_outside, (0.0, 2 * LEAK_LIMIT), signed_palette())


def error_picture(error_sigma: Values, inside: Mask | None = None) -> Rgb:
    """Paint an error in units of sigma, 0 to 1, in Hot Iron; what is not judged is black."""
    return colored(error_sigma, window_between(0.0, ERROR_LIMIT_SIGMA), palette("Hot Iron"), inside)


def fuse(
    ct_rgb: Rgb,
    pet_values: Values,
    window: Window,
    table: Table,
    opacity: float = 0.5,
    threshold: float = TRANSPARENT_BELOW,
    inside: Mask | None = None,
) -> Rgb:
    """Blend PET over CT: ``opacity`` 0..1 where PET is at least ``threshold`` of the window, else CT alone.

    The PET is windowed in real values and only then mixed, so opacity never changes which colour means what.
    """
    entries = _entries(pet_values, window)
    shown = level(pet_values, window) >= max(threshold, 1e-9)
    if inside is not None:
        shown &= inside
    weight = (shown * np.uint16(round(opacity * 256))).astype(np.uint16)[..., None]
    mixed = ct_rgb * (np.uint16(256) - weight) + np.take(table, entries, axis=0) * weight
    return np.asarray(np.right_shift(mixed, 8), dtype=np.uint8)


def mask_outline(rgb: Rgb, mask: Mask, color: tuple[int, int, int], thickness: int = 1) -> Rgb:
    """Return a copy with the inner border of ``mask`` (rows, columns) painted, ``thickness`` pixels wide."""
    inner = ndimage.binary_erosion(mask, iterations=thickness, border_value=0) if mask.any() else mask
    picture = rgb.copy()
    picture[mask & ~inner] = color
    return picture


def enlarged(rgb: Rgb, spacing_mm: tuple[float, float], longest: int = 768) -> Rgb:
    """Return the picture at square pixels, its longer side ``longest`` pixels, for reports and thumbnails."""
    height, width = rgb.shape[0] * spacing_mm[0], rgb.shape[1] * spacing_mm[1]
    scale = longest / max(height, width)
    rows, columns = max(1, round(height * scale)), max(1, round(width * scale))
    zoom = (rows / rgb.shape[0], columns / rgb.shape[1], 1.0)
    return np.asarray(ndimage.zoom(rgb, zoom, order=1, grid_mode=True, mode="nearest"), dtype=np.uint8)


def hex_color(text: str) -> tuple[int, int, int]:
    """Return (red, green, blue) of ``#rrggbb``."""
    value = int(text.lstrip("#"), 16)
    return value >> 16 & 255, value >> 8 & 255, value & 255


def _entries(values: Values, window: Window) -> NDArray[np.uint8]:
    """Table entry of each value: the window is cut into 256 equal steps."""
    return np.asarray(np.minimum(level(values, window) * 256, 255), dtype=np.uint8)
