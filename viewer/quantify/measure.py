"""One region of one volume, measured on native voxels: the only place where image numbers become measurements."""

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from viewer.core.errors import LowfieldError
from viewer.core.measurement import CENTRES, EXACT, Measurement, Statistics
from viewer.core.volume import Volume
from viewer.quantify.activity import ActivityScale
from viewer.quantify.patch import Floats, Patch
from viewer.quantify.peak import PEAK_1ML_RADIUS_MM, PEAK_1ML_RULE, PEAK_RADIUS_MM, PEAK_RULE, peak, peak_reach
from viewer.quantify.statistics import HALF, scaled, statistics
from viewer.quantify.suv import SuvScale

Offset = tuple[int, int, int]
NO_PEAK = "No peak is given: around no voxel of the ROI does a 12 mm sphere of valid voxels lie in the image."
RULES = {
    CENTRES: "native voxels whose centres lie inside the shape",
    EXACT: (
        "native voxels, each counted with the fraction of its volume that lies inside the shape; minimum, maximum "
        "and peak from voxels at least half inside"
    ),
}
PET = "PT"


def measure_region(
    name: str,
    volume: Volume,
    region_offset: Offset,
    region_mask: NDArray[np.bool_],
    *,
    region_weights: NDArray[np.float64] | None = None,
    scale: ActivityScale | None = None,
    suv: SuvScale | None = None,
    reasons: tuple[str, ...] = (),
) -> Measurement:
    """Measure the voxels of ``region_mask``, whose first voxel is ``region_offset`` (slice, row, column).

    ``region_weights``, of the same shape, are the fractions of the voxels inside the ROI and replace the mask.
    ``scale`` gives activity in Bq/mL and total activity in Bq, ``suv`` SUVbw in g/mL; without ``scale`` the
    numbers are given as ``values`` in the volume's own unit. ``reasons`` says why a scale is missing and becomes
    warnings. An empty region, or one with voxels that are no numbers, has no statistics and says so.
    """
    wanted = scale is not None or suv is not None or _is_pet(volume)
    margin = peak_reach(volume.geometry, PEAK_1ML_RADIUS_MM) if wanted else 0
    patch = Patch.around(volume, region_offset, region_mask, region_weights, margin)
    known: dict[str, Any] = {
        "voxels": int(patch.mask.sum()),
        "volume_ml": patch.counted_voxels * volume.geometry.voxel_volume_ml,
        "series_uid": volume.origin.series_uid,
        "modality": volume.origin.modality,
        "unit": volume.unit,
        "weighting": CENTRES if patch.weights is None else EXACT,
        "provenance": _provenance(patch, scale, suv),
    }
    warnings = [*reasons, *(scale.warnings if scale else ()), *(suv.warnings if suv else ())]
    try:
        known |= _numbers(patch, scale, suv)
    except LowfieldError as error:
        warnings.append(str(error))
    if scale and known.get("activity") and known["activity"].peak is None:
        warnings.append(NO_PEAK)
    return Measurement(name, **known, warnings=tuple(dict.fromkeys(warnings)))


def _numbers(patch: Patch, scale: ActivityScale | None, suv: SuvScale | None) -> dict[str, Any]:
    found: dict[str, Any] = {}
    volume_ml = patch.counted_voxels * patch.volume.geometry.voxel_volume_ml
    if scale is not None:
        activity = _statistics(patch, scale.per_slice)
        found |= {"activity": activity, "total_activity_bq": activity.mean * volume_ml}
    else:
        found["values"] = _statistics(patch, None)
    if suv is not None:
        known = (scale.per_slice, found["activity"]) if scale is not None else (np.ones(1), found["values"])
        uptake = _rescaled(patch, suv.per_slice, *known)
        found |= {"suv_bw": uptake, "tlg_g": uptake.mean * volume_ml}
    return found


def _statistics(patch: Patch, per_slice: Floats | None) -> Statistics:
    """Statistics of the values times their slice's factor; with peaks where they are activity or from PET."""
    values = patch.scaled(per_slice)
    found = statistics(patch.inside(values), patch.inside_weights)
    if per_slice is None and not _is_pet(patch.volume):
        return found
    allowed = patch.mask if patch.weights is None else patch.weights >= HALF
    small, large = (
        peak(values, patch.start, allowed, patch.geometry, radius)
        for radius in (PEAK_RADIUS_MM, PEAK_1ML_RADIUS_MM)
    )
    return replace(found, peak=small, peak_1ml=large)


def _rescaled(patch: Patch, per_slice: Floats, known_per_slice: Floats, known: Statistics) -> Statistics:
    """Statistics of the values times other factors; known ones are used where one factor leads to all of them."""
    ratios = patch.factors(per_slice) / patch.factors(known_per_slice)
    if known.peak is not None and ratios.min() == ratios.max() > 0:
        return scaled(known, float(ratios[0]))
    return _statistics(patch, per_slice)


def _is_pet(volume: Volume) -> bool:
    return volume.acquisition is not None or volume.origin.modality == PET


def _provenance(patch: Patch, scale: ActivityScale | None, suv: SuvScale | None) -> dict[str, Any]:
    """Return what the numbers are made of, JSON-serialisable."""
    volume = patch.volume
    counted = {} if patch.weights is None else {"counted_voxels": patch.counted_voxels}
    return {
        "source": {
            "series_uid": volume.origin.series_uid,
            "series_description": volume.origin.series_description,
            "derivation": volume.origin.derivation,
            "simulated": volume.origin.simulated,
            "unit": volume.unit,
        },
        "region": {
            "rule": RULES[CENTRES if patch.weights is None else EXACT],
            "voxels": int(patch.mask.sum()),
            "first_voxel": [int(n) for n in patch.offset],
            "voxel_volume_ml": volume.geometry.voxel_volume_ml,
            **counted,
        },
        "statistics": {"sd": "population", "peak": PEAK_RULE, "peak_1ml": PEAK_1ML_RULE},
        "activity": scale.provenance if scale else None,
        "suv_bw": suv.provenance if suv else None,
    }
