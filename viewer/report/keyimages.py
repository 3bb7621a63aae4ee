"""Key images without a window: raw | denoised | residual, and fused slices with their ROIs.

Painted with the functions that paint the window, so that report and screen show the same picture.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from viewer.core.denoised import DenoiseResult
from viewer.core.palettes import palette
from viewer.core.picture import (
    ERROR_LIMIT_SIGMA,
    LEAK_LIMIT,
    RESIDUAL_LIMIT_SIGMA,
    Window,
    auto_window,
    enlarged,
    error_picture,
    fuse,
    grey,
    hex_color,
    leak_picture,
    mask_outline,
    pet_window,
    residual_picture,
)
from viewer.core.reslice import Plane, edge_letters, native_plane, sample_plane, standard_plane
from viewer.core.volume import Volume
from viewer.formats.assumed import to_scale
from viewer.report.model import Outlined, Picture
from viewer.report.words import fixed, significant
from viewer.roi.rasterize import Region, rasterize
from viewer.roi.shapes import Roi

PICTURE_SIDE = 720
BQML = "BQML"
"""Units (0054,1001) of becquerels per millilitre (PS3.3 C.8.9.1.1.3)."""
ROI_COLORS = ("#4dd0e1", "#ffd54f", "#aed581", "#ff8a65", "#ba68c8", "#f06292")
LEAK_CAPTION = f"Leaked detail, correlation ±{LEAK_LIMIT:g}: orange taken away, blue made up, {{}}"
ERROR_CAPTION = f"Remaining error, black 0 to white {ERROR_LIMIT_SIGMA:g} σ, {{}}"
RESIDUAL_CAPTION = f"Residual, ±{RESIDUAL_LIMIT_SIGMA:g} σ: orange taken away, blue added, {{}}"
SOFT_TISSUE: Window = (40.0, 400.0)


def denoised_pictures(result: DenoiseResult, rows: int = 2) -> tuple[Picture, ...]:
    """Return raw, denoised, residual and both maps of ``rows`` slices that hold most signal."""
    window = result.source.origin.window or auto_window(result.source.magnitude())
    residual = result.volume.with_data(result.residual_sigma)
    pictures: list[Picture] = []
    for k in _fullest_slices(result.source, rows):
        plane = native_plane(result.source.geometry, k)
        place = f"slice {k + 1} of {result.source.geometry.shape[0]}"
        group = f"Denoising, {place}"
        for title, volume in (("Raw", result.source), ("Denoised", result.volume)):
            rgb = grey(sample_plane(volume, plane, order=0)[0], window)
            caption = f"{title}, {place}, {window_text(window, result.source.unit)}"
            pictures.append(_picture(caption, rgb, plane, group, result.source))
        rgb = residual_picture(sample_plane(residual, plane, order=0)[0])
        pictures.append(_picture(RESIDUAL_CAPTION.format(place), rgb, plane, group, result.source))
        pictures += _trust_pictures(result, plane, place, group)
    return tuple(pictures)


def _trust_pictures(result: DenoiseResult, plane: Plane, place: str, group: str) -> list[Picture]:
    """Return the maps of leaked detail and remaining error of a slice; none where the run was not judged."""
    if result.maps is None:
        return []
    leak, error = (
        sample_plane(result.volume.with_data(values), plane, order=0)[0]
        for values in (result.maps.leak, result.maps.error_sigma)
    )
    return [
        _picture(LEAK_CAPTION.format(place), leak_picture(leak), plane, group, result.source),
        _picture(ERROR_CAPTION.format(place), error_picture(error), plane, group, result.source),
    ]


def fused_pictures(
    ct: Volume | None, pet: Volume, rois: Sequence[Roi], activity_per_unit: float | None, most: int = 3
) -> tuple[Picture, ...]:
    """Return axial slices through the ROIs, PET over CT, each ROI outlined.

    Slices that several ROIs share are shown once, those with most ROIs first. ``activity_per_unit`` turns
    PET numbers into Bq/mL for the caption; without it the caption gives the window in the file's unit.
    """
    ct = ct if ct is None or _comparable(ct, pet) else None
    regions = [rasterize(roi.shape, pet.geometry, pet.magnitude()) for roi in rois]
    window = pet_window(pet.data)
    top = window[0] + window[1] / 2
    per_unit = activity_per_unit or (1.0 if pet.unit == BQML else None)
    scale = f"0 to {top * per_unit / 1e3:.4g} kBq/mL" if per_unit else f"0 to {top:.4g} {pet.unit}"
    pictures = []
    for point in _places(pet, regions)[:most]:
        plane = standard_plane(pet.geometry, "axial", point, min((ct or pet).geometry.spacing_mm))
        rgb = _fused(ct, pet, plane, window)
        outlined = []
        for number, roi in enumerate(rois):
            color = roi.color or ROI_COLORS[number % len(ROI_COLORS)]
            mask = _on_plane(roi, regions[number], pet, plane)
            rgb = mask_outline(rgb, mask, hex_color(color), 2)
            outlined += [Outlined(roi.name, color, _box(mask))] if mask.any() else []
        kind = "PET over CT" if ct is not None else "PET"
        window_ct = f"; CT {window_text(SOFT_TISSUE, ct.unit)}" if ct is not None else ""
        caption = f"{kind}, axial at z = {fixed(point[2], 1)} mm (LPS); PET {scale}{window_ct}"
        made = _picture(caption, rgb, plane, "Fused slices", pet)
        pictures.append(replace(made, outlined=tuple(outlined)))
    return tuple(pictures)


def _comparable(ct: Volume, pet: Volume) -> bool:
    frame = pet.geometry.frame_of_reference_uid
    return bool(frame) and ct.geometry.frame_of_reference_uid == frame  # two unknown frames are not one


def _fused(ct: Volume | None, pet: Volume, plane: Plane, window: Window) -> NDArray[np.uint8]:
    values, inside = sample_plane(pet, plane)
    if ct is None:
        return grey(values, window, inside, invert=True)
    ct_values, ct_inside = sample_plane(ct, plane)
    return fuse(grey(ct_values, SOFT_TISSUE, ct_inside), values, window, palette("Hot Iron"), inside=inside)


def _on_plane(roi: Roi, region: Region, pet: Volume, plane: Plane) -> NDArray[np.bool_]:
    """The measured voxels where the plane cuts them: the outline shows what was counted, not what was drawn."""
    full = np.zeros(pet.geometry.shape, np.float32)
    stop = [start + size for start, size in zip(region.offset, region.mask.shape, strict=True)]
    full[tuple(map(slice, region.offset, stop))] = region.mask
    values, inside = sample_plane(Volume(full, pet.geometry), plane, order=0)
    return (values > 0.5) & inside


def _box(mask: NDArray[np.bool_]) -> tuple[float, float, float, float]:
    """Return left, top, right and bottom of the voxels of a mask as shares of its columns and rows."""
    rows, columns = np.nonzero(mask)
    high, wide = mask.shape
    left, right = columns.min() / wide, (columns.max() + 1) / wide
    return float(left), float(rows.min() / high), float(right), float((rows.max() + 1) / high)


def _places(pet: Volume, regions: Sequence[Region]) -> list[NDArray[np.float64]]:
    """Centres of the ROIs (LPS mm), those whose slice cuts most ROIs first, one for each slice."""
    centers: dict[int, list[NDArray[np.float64]]] = {}
    for region in regions:
        if region.mask.any():
            index = np.argwhere(region.mask).mean(axis=0) + region.offset
            point = pet.geometry.to_lps(index)
            centers.setdefault(round(float(point[2])), []).append(point)
    ranked = sorted(centers.values(), key=len, reverse=True)
    return [group[0] for group in ranked] or [pet.geometry.center_lps_mm]


def _fullest_slices(volume: Volume, count: int) -> list[int]:
    """Evenly spread slices from the part of the stack that holds signal, in order."""
    signal = volume.magnitude().reshape(volume.geometry.shape[0], -1).mean(axis=1)
    filled = np.flatnonzero(signal >= 0.6 * signal.max())
    places = np.linspace(0, len(filled) - 1, count + 2)[1:-1] if len(filled) > count else np.arange(len(filled))
    return sorted({int(filled[round(place)]) for place in places})


def window_text(window: Window, unit: str) -> str:
    """Return ``W 400 L 40 HU``."""
    center, width = window
    return f"W {significant(width, 3)} L {significant(center, 3)} {unit}".rstrip()


def _picture(caption: str, rgb: NDArray[np.uint8], plane: Plane, group: str, volume: Volume) -> Picture:
    """Return a picture of ``volume`` with the sides and the length that it states."""
    letters = edge_letters(plane) if volume.origin.orientation_known else {}
    width_mm = plane.rect_mm()[2] if to_scale(volume.warnings) else None
    return Picture(caption, enlarged(rgb, plane.spacing_mm, PICTURE_SIDE), group, letters, width_mm)
