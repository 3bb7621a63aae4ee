"""Pictures and corner texts of the MRI workspace, from volumes; no widgets are changed but a preview's."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from viewer.core.denoised import DenoiseResult
from viewer.core.palettes import signed_palette
from viewer.core.picture import RESIDUAL_LIMIT_SIGMA, Rgb, Window, auto_window, grey, residual_picture
from viewer.core.reslice import Plane, sample_plane
from viewer.core.volume import Volume
from viewer.ui.canvas import SliceView
from viewer.ui.colorbar import ColorScale
from viewer.ui.image_text import flags, patient_lines, series_lines, window_line
from viewer.ui.overlays import Overlay
from viewer.ui.readout import number, position_text, with_unit

WORDS = {"raw": "Original", "denoised": "Denoised", "residual": "Residual"}
RESIDUAL_WINDOW: Window = (0.0, 2 * RESIDUAL_LIMIT_SIGMA)
RESIDUAL_SCALE = ColorScale(signed_palette(), RESIDUAL_WINDOW, ("sigma", 1.0))


def residual_volume(result: DenoiseResult) -> Volume:
    """Return (original − denoised) / sigma as a volume on the same grid."""
    return result.volume.with_data(result.residual_sigma, unit="")


def picture(name: str, shown: Volume, plane: Plane, window: Window, inverted: bool) -> Rgb:
    """Paint the native voxels of one acquired slice."""
    values, inside = sample_plane(shown, plane, order=0)
    return residual_picture(values, inside) if name == "residual" else grey(values, window, inside, inverted)


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
    levels = f"±{RESIDUAL_LIMIT_SIGMA:g} sigma" if name == "residual" else window_line(window, volume.unit)
    return Overlay(
        patient_lines(volume.origin, patient),
        series_lines(volume.origin),
        (f"Slice {k + 1} / {count}   {position_text(plane)}", *_how(name, result)),
        (levels, f"Zoom {zoom:.0%}"),
        (*_badges(name, result), *flags(volume.origin)),
    )


def show_preview(view: SliceView, slice_: NDArray[Any], spacing_mm: tuple[float, float, float], k: int) -> None:
    """Show one slice (rows, columns) whose place in the patient is not known yet."""
    values = np.abs(slice_) if np.iscomplexobj(slice_) else slice_
    axes = (np.array([1.0, 0, 0]), np.array([0, 1.0, 0]))
    rows, columns = values.shape
    plane = Plane(np.zeros(3), *axes, (spacing_mm[1], spacing_mm[2]), (rows, columns))
    view.show_picture(grey(values, auto_window(values[None])), plane, letters=False)
    view.set_overlay(Overlay(badges=((f"Loading, slice {k + 1}", "info"),)))


def sigma_text(result: DenoiseResult) -> str:
    """Return ``σ 12.3 (from the background)``."""
    noise = result.noise
    return f"σ {with_unit(number(noise.sigma, 3), result.source.unit)} ({noise.source})"


def _badges(name: str, result: DenoiseResult | None) -> tuple[tuple[str, str], ...]:
    strength = f" {result.strength:.0%}" if name == "denoised" and result and result.strength < 1 else ""
    return ((WORDS[name].upper() + strength, "info"),)


def _how(name: str, result: DenoiseResult | None) -> tuple[str, ...]:
    """By which model and with which sigma, or what the residual is."""
    if name == "raw" or result is None:
        return ()
    if name == "residual":
        return ("(original − denoised) / σ",)
    return sigma_text(result), f"{result.model.name} {result.model.version} · {result.model.sha256[:8]}"
