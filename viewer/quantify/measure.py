"""One region of one volume, measured on native voxels: the only place where image numbers become measurements."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from viewer.core.errors import LowfieldError
from viewer.core.geometry import Geometry
from viewer.core.measurement import Measurement, Statistics
from viewer.core.volume import Volume
from viewer.quantify.activity import ActivityScale
from viewer.quantify.statistics import PEAK_RULE, peak, peak_reach, statistics
from viewer.quantify.suv import SuvScale

Offset = tuple[int, int, int]
NO_PEAK = "No peak is given: around no voxel of the ROI does a 12 mm sphere of valid voxels lie in the image."


def measure_region(
    name: str,
    volume: Volume,
    region_offset: Offset,
    region_mask: NDArray[np.bool_],
    *,
    scale: ActivityScale | None = None,
    suv: SuvScale | None = None,
    reasons: tuple[str, ...] = (),
) -> Measurement:
    """Measure the voxels of ``region_mask``, whose first voxel is ``region_offset`` (slice, row, column).

    ``scale`` gives activity in Bq/mL and total activity in Bq, ``suv`` SUVbw in g/mL; without ``scale`` the
    numbers are given as ``values`` in the volume's own unit. ``reasons`` says why a scale is missing and becomes
    warnings. An empty region, or one with voxels that are no numbers, has no statistics and says so.
    """
    mask = np.asarray(region_mask, bool)
    _check_fits(region_offset, mask, volume.geometry)
    voxels = int(mask.sum())
    known: dict[str, Any] = {
        "voxels": voxels,
        "volume_ml": voxels * volume.geometry.voxel_volume_ml,
        "series_uid": volume.origin.series_uid,
        "unit": volume.unit,
        "provenance": _provenance(volume, region_offset, voxels, scale, suv),
    }
    warnings = [*reasons, *(scale.warnings if scale else ()), *(suv.warnings if suv else ())]
    try:
        known |= _numbers(volume, region_offset, mask, scale, suv)
    except LowfieldError as error:
        warnings.append(str(error))
    if scale and known.get("activity") and known["activity"].peak is None:
        warnings.append(NO_PEAK)
    return Measurement(name, **known, warnings=tuple(dict.fromkeys(warnings)))


def _numbers(
    volume: Volume, offset: Offset, mask: NDArray[np.bool_], scale: ActivityScale | None, suv: SuvScale | None
) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if scale is not None:
        activity = _scaled_statistics(volume, offset, mask, scale.per_slice)
        total = activity.mean * activity.voxels * volume.geometry.voxel_volume_ml
        found |= {"activity": activity, "total_activity_bq": total}
    else:
        found["values"] = statistics(_crop(volume, offset, np.add(offset, mask.shape))[mask])
    if suv is not None:
        found["suv_bw"] = _scaled_statistics(volume, offset, mask, suv.per_slice)
    return found


def _scaled_statistics(
    volume: Volume, offset: Offset, mask: NDArray[np.bool_], per_slice: NDArray[np.float64]
) -> Statistics:
    """Statistics and peak of the values times their slice's factor; touches the region and the peak's margin."""
    grid = volume.geometry
    reach = np.asarray(peak_reach(grid))
    first = np.maximum(np.asarray(offset) - reach, 0)
    stop = np.minimum(np.add(offset, mask.shape) + reach, grid.shape)
    values = _crop(volume, first, stop) * _factors(per_slice, grid.shape[0])[first[0] : stop[0], None, None]
    k, j, i = (np.asarray(offset) - first).tolist()
    inside = values[k:, j:, i:][: mask.shape[0], : mask.shape[1], : mask.shape[2]][mask]
    numbers = statistics(inside)
    affine = grid.affine.copy()
    affine[:3, 3] = grid.to_lps(first)
    cropped = Geometry(values.shape, affine, grid.frame_of_reference_uid)
    return Statistics(**{**vars(numbers), "peak": peak(values, (k, j, i), mask, cropped)})


def _factors(per_slice: NDArray[np.float64], slices: int) -> NDArray[np.float64]:
    """Return one factor for each slice of the volume; one alone is for all of them."""
    if per_slice.size not in (1, slices):
        raise LowfieldError(f"The series states {per_slice.size} frames, but the image has {slices} slices.")
    return np.broadcast_to(per_slice, (slices,))


def _crop(volume: Volume, first: NDArray[np.int_] | Offset, stop: NDArray[np.int_]) -> NDArray[Any]:
    """Return magnitudes of a box of voxels as float64, without touching the others."""
    box = volume.data[tuple(slice(a, b) for a, b in zip(first, stop))]
    return (np.abs(box) if volume.is_complex else box).astype(np.float64)


def _check_fits(offset: Offset, mask: NDArray[np.bool_], grid: Geometry) -> None:
    if mask.ndim != 3 or min(offset) < 0 or (np.add(offset, mask.shape) > grid.shape).any():
        raise ValueError(f"A region of {mask.shape} voxels at {offset} does not fit an image of {grid.shape}.")


def _provenance(
    volume: Volume, offset: Offset, voxels: int, scale: ActivityScale | None, suv: SuvScale | None
) -> dict[str, Any]:
    """Return what the numbers are made of, JSON-serialisable."""
    return {
        "source": {
            "series_uid": volume.origin.series_uid,
            "series_description": volume.origin.series_description,
            "derivation": volume.origin.derivation,
            "simulated": volume.origin.simulated,
            "unit": volume.unit,
        },
        "region": {
            "rule": "native voxels whose centres lie inside the shape",
            "voxels": voxels,
            "first_voxel": [int(n) for n in offset],
            "voxel_volume_ml": volume.geometry.voxel_volume_ml,
        },
        "statistics": {"sd": "population", "peak": PEAK_RULE},
        "activity": scale.provenance if scale else None,
        "suv_bw": suv.provenance if suv else None,
    }
