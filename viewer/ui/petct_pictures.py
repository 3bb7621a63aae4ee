"""What PET/CT views show: CT, PET and fusion on planes of one patient space, and the corner texts. No widgets."""

from dataclasses import dataclass

import numpy as np

from viewer.core.geometry import Floats, Geometry
from viewer.core.palettes import palette
from viewer.core.picture import CT_PRESETS, Rgb, Window, auto_window, colored, fuse, grey, pet_window, window_range
from viewer.core.reslice import SCREEN_AXES, Orientation, Plane, sample_plane, standard_plane
from viewer.core.volume import Volume
from viewer.session.state import Fusion
from viewer.ui.colorbar import ColorScale
from viewer.ui.corners import Overlay
from viewer.ui.image_text import flags, patient_lines, series_lines, window_line
from viewer.ui.pet_reading import PetReading
from viewer.ui.readout import number, position_text

LAYERS = ("ct", "pet", "fusion")
TITLES = {"ct": "CT", "pet": "PET", "fusion": "PET/CT"}
PIXELS = 420
"""A plane has at least this many pixels along its longer side: PET is interpolated as values, not as colours."""


@dataclass(frozen=True, eq=False)
class Images:
    """The CT and the PET of a study; either may be missing."""

    ct: Volume | None
    pet: PetReading | None

    @property
    def fusable(self) -> bool:
        """Whether both are there and lie in one frame of reference: only then do positions mean the same."""
        return self.ct is not None and self.pet is not None and self._same_frame(self.ct, self.pet.source)

    @property
    def layers(self) -> tuple[str, ...]:
        """The layers that can be shown."""
        present = (("ct", self.ct is not None), ("pet", self.pet is not None), ("fusion", self.fusable))
        return tuple(name for name, there in present if there)

    @property
    def main(self) -> Volume | None:
        """The image whose frame of reference the crosshair and the ROIs live in: PET, else CT."""
        return self.pet.source if self.pet is not None else self.ct

    def volume(self, layer: str) -> Volume | None:
        """The image whose grid a layer scrolls through."""
        if layer == "pet" and not self.fusable:
            return self.pet.source if self.pet is not None else None
        return self.ct

    @staticmethod
    def _same_frame(ct: Volume, pet: Volume) -> bool:
        frame = ct.geometry.frame_of_reference_uid
        return bool(frame) and frame == pet.geometry.frame_of_reference_uid


@dataclass(frozen=True)
class Paint:
    """How images are painted: windows in HU and in the unit of `PetReading.shown`."""

    ct_window: Window
    pet_window: Window
    fusion: Fusion
    inverted: bool = False
    smooth: bool = True


def default_ct_window(ct: Volume) -> Window:
    """Return the window of the file, else soft tissue for HU, else one from the data."""
    preset = CT_PRESETS["Soft tissue"] if ct.unit == "HU" else auto_window(ct.data)
    return ct.origin.window or preset


def default_pet_window(reading: PetReading) -> Window:
    """Return a window from zero to what nearly all voxels stay below."""
    return pet_window(reading.shown.data)


def plane_for(images: Images, layer: str, orientation: Orientation, point_lps_mm: Floats) -> Plane:
    """Return the plane of a view through a point; the same for all layers that can be fused."""
    volume = images.volume(layer)
    assert volume is not None
    low, high = volume.geometry.bounds_lps_mm()
    spacing = min(min(volume.geometry.spacing_mm), float((high - low).max()) / PIXELS)
    return standard_plane(volume.geometry, orientation, point_lps_mm, spacing)


def picture(images: Images, layer: str, plane: Plane, paint: Paint) -> Rgb:
    """Paint one view."""
    order = int(paint.smooth)
    table = palette(paint.fusion.palette)
    if layer == "pet" and images.pet is not None:
        values, inside = sample_plane(images.pet.shown, plane, order)
        return colored(values, paint.pet_window, palette("Grey" if paint.inverted else "Inverse grey"), inside)
    assert images.ct is not None
    values, inside = sample_plane(images.ct, plane, order)
    rgb = grey(values, paint.ct_window, inside, paint.inverted and layer == "ct")
    if layer == "ct" or images.pet is None:
        return rgb
    values, inside = sample_plane(images.pet.shown, plane, order)
    fusion = paint.fusion
    return fuse(rgb, values, paint.pet_window, table, fusion.opacity, fusion.threshold, inside)


def on_white(layer: str, paint: Paint) -> bool:
    """Whether the ground of a view is white: PET is dark on white, CT the other way round."""
    return (layer == "pet") != (paint.inverted and layer != "fusion")


def color_scale(layer: str, reading: PetReading, paint: Paint) -> ColorScale:
    """Return the legend of the table that `picture` uses for PET."""
    name = paint.fusion.palette if layer == "fusion" else "Grey" if paint.inverted else "Inverse grey"
    return ColorScale(palette(name), paint.pet_window, reading.unit, reading.suv_unit)


def overlay(images: Images, layer: str, plane: Plane, paint: Paint, zoom: float, *, patient: bool) -> Overlay:
    """Return the corner texts of one view."""
    volume = images.pet.source if layer == "pet" and images.pet is not None else images.ct
    assert volume is not None
    right = series_lines(volume.origin)
    if layer == "fusion" and images.pet is not None:
        right = (right[0], *series_lines(images.pet.source.origin))
    levels = [f"Zoom {zoom:.0%}"]
    if layer != "ct" and images.pet is not None:
        levels[:0] = [_pet_levels(images.pet, paint), *_nuclide(images.pet)]
    if layer != "pet" and images.ct is not None:
        levels.insert(0, f"CT {window_line(paint.ct_window, images.ct.unit)}")
    badges = [(TITLES[layer], "info")] if layer != "fusion" else []
    if layer != "ct" and images.pet is not None and images.pet.rescaled:
        badges.append((images.pet.nuclide, "warning"))
    if layer != "ct" and images.pet is not None and images.pet.corrected:
        badges.append(("corrected by user", "warning"))
    place = (f"{position_text(plane)}",)
    return Overlay(
        patient_lines(volume.origin, patient), right, place, tuple(levels), (*badges, *flags(volume.origin))
    )


def slice_axis(geometry: Geometry, orientation: Orientation) -> int:
    """Return the index axis (0 slices, 1 rows, 2 columns) that runs most across planes of an orientation."""
    right, down = SCREEN_AXES[orientation]
    return int(np.argmax(np.abs(geometry.directions @ np.cross(right, down))))


def _pet_levels(reading: PetReading, paint: Paint) -> str:
    name, factor = reading.unit
    low, high = (edge * factor for edge in window_range(paint.pet_window))
    return f"PET {number(low, 3)} – {number(high, 3)} {name}"


def _nuclide(reading: PetReading) -> list[str]:
    """The nuclide, unless a badge says already what was rescaled."""
    return [reading.nuclide] if reading.nuclide and not reading.rescaled else []
