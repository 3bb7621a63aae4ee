"""Pictures and corner texts of the MRI workspace, from volumes; no widgets are changed but a preview's."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from viewer.core.denoised import DenoiseResult
from viewer.core.palettes import palette, signed_palette
from viewer.core.picture import (
    ERROR_LIMIT_SIGMA,
    LEAK_LIMIT,
    RESIDUAL_LIMIT_SIGMA,
    Mask,
    Rgb,
    Window,
    auto_window,
    error_picture,
    grey,
    leak_picture,
    residual_picture,
    window_between,
)
from viewer.core.reslice import Plane, sample_plane
from viewer.core.volume import Volume
from viewer.denoise.sure_probe import is_magnitude
from viewer.formats.assumed import to_scale
from viewer.ui.canvas import SliceView
from viewer.ui.colorbar import ColorScale
from viewer.ui.corners import Overlay
from viewer.ui.image_text import flags, patient_lines, series_lines, window_line
from viewer.ui.readout import number, position_text, with_unit

WORDS = {
    "raw": "Original",
    "denoised": "Denoised",
    "residual": "Residual",
    "leak": "Leaked detail",
    "error": "Remaining error",
}
SCALES = {
    "residual": ColorScale(signed_palette(), (0.0, 2 * RESIDUAL_LIMIT_SIGMA), ("σ", 1.0)),
    "leak": ColorScale(signed_palette(), (0.0, 2 * LEAK_LIMIT), ("correlation", 1.0)),
    "error": ColorScale(palette("Hot Iron"), window_between(0.0, ERROR_LIMIT_SIGMA), ("σ", 1.0)),
}
"""Views that are painted in colours of their own, whatever the window."""
PAINTERS: dict[str, Callable[[NDArray[Any], Mask], Rgb]] = {
    "residual": residual_picture,
    "leak": leak_picture,
    "error": error_picture,
}
LEVELS = {
    "residual": f"±{RESIDUAL_LIMIT_SIGMA:g} σ",
    "leak": f"±{LEAK_LIMIT:g} correlation",
    "error": f"0 to {ERROR_LIMIT_SIGMA:g} σ",
}
UNITS = {"residual": "σ", "leak": "", "error": "σ"}
SOURCES = {"wavelet": "inside the object", "repeat": "repeated scans"}
"""What sigma was measured on, where the name of the method does not tell."""
EXPLAINED = {
    "residual": "(original − denoised) / σ",
    "leak": "orange: removed, blue: made up",
    "error": "probable error (SURE)",
}
AIR = "orange air: mean of its noise"
"""Noise of a magnitude is never below zero: in air its mean, 1.25 sigma (Rayleigh), is taken away with it."""


def derived_volume(name: str, result: DenoiseResult) -> Volume | None:
    """Return what the view ``name`` shows as a volume on the same grid; None where the run did not make it."""
    if name == "residual":
        return result.volume.with_data(result.residual_sigma, unit="")
    if name == "denoised" or result.maps is None:
        return result.volume if name == "denoised" else None
    values = result.maps.leak if name == "leak" else result.maps.error_sigma
    return result.volume.with_data(values, unit="")


def picture(name: str, shown: Volume, plane: Plane, window: Window, inverted: bool) -> Rgb:
    """Paint the native voxels of one acquired slice."""
    values, inside = sample_plane(shown, plane, order=0)
    return PAINTERS[name](values, inside) if name in PAINTERS else grey(values, window, inside, inverted)


def overlay(
    name: str,
    volume: Volume,
    result: DenoiseResult | None,
    plane: Plane,
    k: int,
    window: Window,
    zoom: float,
    *,
    patient: bool,
) -> Overlay:
    """Return the texts of a view of ``volume`` (the original), slice ``k`` on ``plane``."""
    count = volume.geometry.shape[0]
    levels = LEVELS[name] if name in LEVELS else window_line(window, volume.unit)
    return Overlay(
        patient_lines(volume.origin, patient),
        series_lines(volume.origin),
        (f"Slice {k + 1} / {count}{_place(volume, plane)}", *_how(name, result)),
        (levels, f"Zoom {zoom:.0%}"),
        (*_badges(name, result), *flags(volume.origin)),
    )


def nothing_yet(name: str, result: DenoiseResult | None) -> Overlay:
    """Say why the view ``name`` is empty; the denoised one has a card for that."""
    if name == "denoised":
        return Overlay()
    why = "Shown once the series is denoised" if result is None else "This run did not make it"
    return Overlay((why,), badges=((WORDS[name].upper(), "info"),))


def _place(volume: Volume, plane: Plane) -> str:
    """Where the slice lies, if the file says where that is."""
    known = volume.origin.orientation_known and to_scale(volume.warnings)
    return f"   {position_text(plane)}" if known else ""


def show_preview(view: SliceView, slice_: NDArray[Any], spacing_mm: tuple[float, float, float], k: int) -> None:
    """Show one slice (rows, columns) whose place in the patient is not known yet."""
    values = np.abs(slice_) if np.iscomplexobj(slice_) else slice_
    axes = (np.array([1.0, 0, 0]), np.array([0, 1.0, 0]))
    rows, columns = values.shape
    plane = Plane(np.zeros(3), *axes, (spacing_mm[1], spacing_mm[2]), (rows, columns))
    view.show_picture(grey(values, auto_window(values[None])), plane, letters=False)
    view.set_overlay(Overlay(badges=((f"Loading, slice {k + 1}", "info"),)))


def sigma_text(result: DenoiseResult) -> str:
    """Return ``σ 12.3 (background)``."""
    noise = result.noise
    source = SOURCES.get(noise.source, noise.source)
    return f"σ {with_unit(number(noise.sigma, 3), result.source.unit)} ({source})"


def _badges(name: str, result: DenoiseResult | None) -> tuple[tuple[str, str], ...]:
    strength = f" {result.strength:.0%}" if name == "denoised" and result and result.strength < 1 else ""
    return ((WORDS[name].upper() + strength, "info"),)


def _how(name: str, result: DenoiseResult | None) -> tuple[str, ...]:
    """By which model and with which sigma, or what the residual is."""
    if name == "raw" or result is None:
        return ()
    if name in EXPLAINED:
        return (EXPLAINED[name], AIR) if name == "residual" and _of_magnitudes(result) else (EXPLAINED[name],)
    return sigma_text(result), f"{result.model.name} {result.model.version} · {result.model.sha256[:8]}"


def _of_magnitudes(result: DenoiseResult) -> bool:
    return result.source.is_complex or is_magnitude(result.source.data)
