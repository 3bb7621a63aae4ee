"""What the dose map shows on a plane: dose over CT, legend and corner texts. No widgets."""

from dataclasses import dataclass

from viewer.core.dose import DoseMap
from viewer.core.geometry import Floats
from viewer.core.palettes import palette
from viewer.core.picture import CT_PRESETS, Rgb, Window, auto_window, colored, fuse, grey, pet_window, window_range
from viewer.core.reslice import Orientation, Plane, sample_plane, standard_plane
from viewer.core.volume import Volume
from viewer.report.dose_tables import GRAY_FROM, MGY_PER_GY
from viewer.session.state import Fusion
from viewer.ui.colorbar import ColorScale
from viewer.ui.corners import Overlay
from viewer.ui.image_text import flags
from viewer.ui.readout import number, position_text, value_at

PIXELS = 420


@dataclass(frozen=True, eq=False)
class MapImages:
    """A dose map of `viewer.therapy` and the CT beneath it; ``weighted`` shows Gy·RBE in place of Gy."""

    map: DoseMap
    ct: Volume | None
    weighted: bool

    @property
    def dose(self) -> Volume:
        """The values on show."""
        return self.map.weighted if self.weighted else self.map.gray

    @property
    def grid(self) -> Volume:
        """The image whose slices are scrolled through: the finer one."""
        return self.ct or self.dose


def default_window(images: MapImages) -> Window:
    """Return a window from zero to what nearly all voxels with a dose stay below."""
    return pet_window(images.dose.data)


def unit_of(images: MapImages, window: Window) -> tuple[str, float]:
    """Return the unit of the legend and the factor to it: mGy for what is small, as in the tables."""
    name = "Gy·RBE" if images.weighted else "Gy"
    return (name, 1.0) if window_range(window)[1] >= GRAY_FROM else (f"m{name}", MGY_PER_GY)


def plane_for(images: MapImages, orientation: Orientation, point_lps_mm: Floats) -> Plane:
    """Return the plane of the view through a point."""
    geometry = images.grid.geometry
    low, high = geometry.bounds_lps_mm()
    spacing = min(min(geometry.spacing_mm), float((high - low).max()) / PIXELS)
    return standard_plane(geometry, orientation, point_lps_mm, spacing)


def picture(images: MapImages, plane: Plane, window: Window, fusion: Fusion, smooth: bool) -> Rgb:
    """Paint the dose over the CT, or alone where there is none; a voxel without a dose shows the CT."""
    values, inside = sample_plane(images.dose, plane, int(smooth))
    table = palette(fusion.palette)
    if images.ct is None:
        return colored(values, window, table, inside)
    hu, within = sample_plane(images.ct, plane, int(smooth))
    preset = CT_PRESETS["Soft tissue"] if images.ct.unit == "HU" else auto_window(images.ct.data)
    rgb = grey(hu, images.ct.origin.window or preset, within)
    return fuse(rgb, values, window, table, fusion.opacity, fusion.threshold, inside)


def color_scale(images: MapImages, window: Window, fusion: Fusion) -> ColorScale:
    """Return the legend of the table that `picture` uses."""
    return ColorScale(palette(fusion.palette), window, unit_of(images, window))


def overlay(images: MapImages, plane: Plane, window: Window) -> Overlay:
    """Return the corner texts."""
    name, factor = unit_of(images, window)
    low, high = (edge * factor for edge in window_range(window))
    levels = (f"{number(low, 3)} – {number(high, 3)} {name}",)
    kind = "RBE-weighted dose" if images.weighted else "Absorbed dose"
    badges = ((kind, "warning" if images.weighted else "info"), *flags(images.map.gray.origin))
    return Overlay(bottom_left=levels, top_right=(position_text(plane),), badges=badges)


def text_at(images: MapImages, window: Window, point_lps_mm: Floats) -> str:
    """Return the dose of the native voxel at a point; empty outside the map."""
    value = value_at(images.dose, point_lps_mm)
    name, factor = unit_of(images, window)
    if value is None:
        return ""
    return "no dose here" if value != value else f"{number(value * factor, 3)} {name}"
