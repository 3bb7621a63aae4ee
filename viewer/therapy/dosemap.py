"""The dose map: every scan brought to the first one's grid, weighted by time, and turned into Gy."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from viewer.core.dose import Alignment, DoseMap
from viewer.core.errors import LowfieldError
from viewer.core.geometry import Geometry
from viewer.core.progress import Progress, silent
from viewer.core.study import SeriesInfo
from viewer.core.volume import Volume
from viewer.quantify.dose import WATER
from viewer.quantify.dose_constants import DoseConstants, density_curve, density_g_ml
from viewer.quantify.dose_map import density_on, dose_from_integral, resampled
from viewer.quantify.timeactivity import linear_weights, mean_time
from viewer.roi.rasterize import rasterize
from viewer.roi.shapes import Roi
from viewer.therapy.frames import in_first_frame
from viewer.therapy.options import CT_DENSITY, DoseOptions, Load
from viewer.therapy.points import scale_at
from viewer.therapy.visits import Injection, Visit, declaration

RULE = (
    "each voxel's decay-corrected concentration runs straight between scans, stays after the last (physical decay "
    "only) and, before the first, {head}; no curve is fitted to single voxels"
)
HEADS = {"effective": "stays too (uptake complete at the injection)", "linear": "rises straight from zero"}


def dose_map(
    visits: Sequence[Visit],
    alignments: Sequence[Alignment],
    injection: Injection,
    constants: DoseConstants,
    options: DoseOptions,
    load: Load,
    progress: Progress = silent,
) -> DoseMap:
    """Return the map on the grid of the first scan; each scan is loaded again, one at a time."""
    half_life, times = constants.nuclide.half_life_s, [_time(visit, options) for visit in visits]
    seconds = np.array([(time - injection.time).total_seconds() for time in times])
    order = np.argsort(seconds)
    weights = np.empty(len(visits))
    weights[order] = linear_weights(seconds[order], half_life, options.uptake)
    first = load(visits[0].pet)
    integral = np.zeros(first.geometry.shape)
    for number, (visit, placed) in enumerate(zip(visits, alignments, strict=True)):
        progress(number / len(visits), "Summing up the dose map")
        scan = in_first_frame(load(visit.pet), placed.matrix, first.geometry.frame_of_reference_uid)
        per_slice = scale_at(scan, times[number], options).per_slice
        factors = np.broadcast_to(per_slice, (scan.geometry.shape[0],))[:, None, None]
        activity = np.asarray(scan.magnitude(), np.float32) * factors.astype(np.float32)
        integral += weights[number] * resampled(activity, scan.geometry, first.geometry)
    density, source, warnings = _density(visits[0], first.geometry, options, load)
    gray, weighted = dose_from_integral(integral, density, constants, options.rbe)
    rule = RULE.format(head=HEADS[options.uptake])
    lost = int(np.isnan(gray).sum())
    if lost:
        warnings.append(f"{lost} voxels have no dose: air, or not seen by every scan.")
    text = f"Absorbed dose of {constants.nuclide.name}, local deposition; {source}; {rule}"
    return DoseMap(
        _volume(first, gray, "Gy", text), _volume(first, weighted, "Gy", f"{text}; RBE {options.rbe:g} for alpha"),
        rule, source, tuple(warnings),
    )  # fmt: skip


def density_of(roi: Roi, visit: Visit, options: DoseOptions, load: Load) -> tuple[float, str]:
    """Return the mean mass density of an ROI in g/mL on the first scan, and where it comes from."""
    if options.density != CT_DENSITY:
        return 1.0, WATER
    ct = load(_need_ct(visit))
    region = rasterize(roi.shape, ct.geometry, ct.magnitude())
    if not region.voxels:
        raise LowfieldError(f"The ROI {roi.name!r} holds no voxel of the CT.", hint="Use the density of water.")
    values = np.asarray(ct.data[region.slices])[region.mask]
    return float(density_g_ml(values).mean()), f"CT, {density_curve()[2]}"


def _density(
    visit: Visit, grid: Geometry, options: DoseOptions, load: Load
) -> tuple[NDArray[np.float32] | float, str, list[str]]:
    if options.density != CT_DENSITY:
        return 1.0, WATER, []
    ct = load(_need_ct(visit))
    return density_on(np.asarray(ct.data), ct.geometry, grid), f"density from CT, {density_curve()[2]}", []


def _need_ct(visit: Visit) -> SeriesInfo:
    if visit.ct is None:
        raise LowfieldError(
            "The first scan has no CT in its frame of reference, so no density can be read from one.",
            hint="Use the density of water.",
        )
    return visit.ct


def _time(visit: Visit, options: DoseOptions) -> datetime:
    slices = np.arange(len(visit.acquisition.frames))
    return mean_time(visit.acquisition, slices, declaration(visit, options))


def _volume(first: Volume, values: NDArray[np.float32], unit: str, derivation: str) -> Volume:
    origin = replace(
        first.origin, derivation=derivation, series_uid="", series_description=f"{unit} map", window=None
    )
    return Volume(values, first.geometry, unit, origin)
