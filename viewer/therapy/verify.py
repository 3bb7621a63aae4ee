"""The whole verification: scans → common space → points of every ROI → curves and doses → ratios → map."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from viewer.align.judge import doubts
from viewer.core.dose import Alignment, DoseMap, RoiDose, TimePoint, Verification
from viewer.core.errors import LowfieldError
from viewer.core.progress import Progress, part, silent
from viewer.core.volume import Volume
from viewer.quantify.dose import exclusions
from viewer.quantify.dose_constants import DoseConstants, dose_constants
from viewer.roi.rasterize import rasterize
from viewer.roi.shapes import Roi
from viewer.therapy.curves import ratios, roi_dose
from viewer.therapy.dosemap import density_of, dose_map
from viewer.therapy.frames import alignment, in_first_frame
from viewer.therapy.options import DoseOptions, Load
from viewer.therapy.points import carried, time_point
from viewer.therapy.visits import Injection, Visit, declaration, injection_of
from viewer.therapy.witness import Witness

METHOD = (
    "Activity is what was really present: each ROI is measured on native voxels of every scan and decayed to the "
    "mean time of its own frames; nothing is decay corrected to the start of the scan.",
    "A point's uncertainty is the noise of its mean, estimated from the image, and {between:.1%} from scan to "
    "scan. Curves are fitted by weighted least squares with positive parameters; intervals are 95 %, other "
    "uncertainties are standard uncertainties (k = 1).",
    "auto takes the curve with the lowest AICc (χ² + 2k + 2k(k+1)/(n−k−1)); one that AICc cannot rank for lack of "
    "points only where χ² rejects the ranked ones (p below 0.05).",
    "Dose is by local deposition of alpha particles, recoil nuclei and electrons. Gy is unweighted; Gy·RBE counts "
    "alpha particles and recoil nuclei {rbe:g}-fold and electrons once.",
)

SAME_NAME = (
    "Curves, doses and ratios go by the name: give each ROI one of its own (double click it in the ROI table, or "
    "edit the ROI file)."
)


def verify(
    visits: Sequence[Visit],
    rois: Sequence[Roi],
    options: DoseOptions,
    load: Load,
    *,
    with_map: bool = False,
    progress: Progress = silent,
) -> Verification:
    """Follow every ROI, drawn in the first scan's patient space, over all scans of `find_visits`.

    Refuses a nuclide without dose constants, scans of several nuclides, several injections, ROIs of one name and
    registrations that are not believed. What fails for one ROI is said there and leaves the others alone.
    """
    load = witness = Witness(load)
    nuclide = declaration(visits[0], options).actual.name
    constants, injection = dose_constants(nuclide), injection_of(tuple(visits), options)
    _check(visits, rois, options, nuclide)
    carried_rois, reasons = _carried(rois, load(visits[0].pet), options)
    placed = _alignments(visits, load, part(progress, 0.0, 0.4))
    points = _points(visits, placed, carried_rois, reasons, injection, options, load, part(progress, 0.4, 0.7))
    doses = _doses(points, reasons, carried_rois, visits[0], constants, injection, options, load)
    found, made = ratios(doses, options), None
    if with_map:
        made = dose_map(visits, placed, injection, constants, options, load, part(progress, 0.7, 1.0))
        found = _with_map(found, carried_rois, load(visits[0].pet), made)
    return Verification(
        nuclide=constants.nuclide.name,
        half_life_s=constants.nuclide.half_life_s,
        injection=injection.time,
        injected_bq=injection.activity_bq,
        rois=tuple(found.values()),
        alignments=tuple(placed),
        excluded=exclusions(constants),
        method=tuple(text.format(between=options.between_scans, rbe=options.rbe) for text in METHOD),
        map=made,
        warnings=(*injection.warnings, *(text for each in placed for text in doubts(each))),
        constants=constants.document(),
        replay=witness.facts(visits, rois, options),
    )


def _check(visits: Sequence[Visit], rois: Sequence[Roi], options: DoseOptions, nuclide: str) -> None:
    for visit in visits:
        other = declaration(visit, options).actual.name
        if other != nuclide:
            raise LowfieldError(f"The scans are of {nuclide} and of {other}; a dose is that of one nuclide.")
    names = [roi.name for roi in rois]
    if not names:
        raise LowfieldError("There is no ROI.", hint="Draw the organs and lesions on the first scan.")
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise LowfieldError("Several ROIs have the same name.", where=", ".join(twice), hint=SAME_NAME)


def _alignments(visits: Sequence[Visit], load: Load, progress: Progress) -> list[Alignment]:
    return [
        alignment(visits[0], visit, load, part(progress, number / len(visits), (number + 1) / len(visits)))
        for number, visit in enumerate(visits)
    ]


def _carried(
    rois: Sequence[Roi], first: Volume, options: DoseOptions
) -> tuple[dict[str, Roi], dict[str, list[str]]]:
    """Return the ROIs by name, those that can be carried over, and the reasons of the others."""
    found: dict[str, Roi] = {}
    reasons: dict[str, list[str]] = {roi.name: [] for roi in rois}
    for roi in rois:
        try:
            found[roi.name] = carried(roi, first, options)
        except LowfieldError as error:
            reasons[roi.name].append(str(error))
    return found, reasons


def _points(
    visits: Sequence[Visit],
    placed: Sequence[Alignment],
    rois: dict[str, Roi],
    reasons: dict[str, list[str]],
    injection: Injection,
    options: DoseOptions,
    load: Load,
    progress: Progress,
) -> dict[str, list[TimePoint]]:
    """Return the points of each ROI in order of time; why one is missing is added to ``reasons``."""
    points: dict[str, list[TimePoint]] = {name: [] for name in reasons}
    frame = visits[0].pet.frame_of_reference_uid
    for number, (visit, where) in enumerate(zip(visits, placed, strict=True)):
        progress(number / len(visits), f"Measuring {visit.pet.description}")
        scan = in_first_frame(load(visit.pet), where.matrix, frame)
        for name, roi in rois.items():
            try:
                points[name].append(time_point(scan, roi, injection.time, declaration(visit, options), options))
            except LowfieldError as error:
                reasons[name].append(str(error))
    return {name: sorted(each, key=lambda point: point.since_injection_s) for name, each in points.items()}


def _doses(
    points: dict[str, list[TimePoint]],
    reasons: dict[str, list[str]],
    rois: dict[str, Roi],
    first: Visit,
    constants: DoseConstants,
    injection: Injection,
    options: DoseOptions,
    load: Load,
) -> dict[str, RoiDose]:
    """Return the dose of each ROI; one that a scan does not show has its points, the reason, and no dose."""
    found = {}
    for name, missing in reasons.items():
        if missing:
            found[name] = RoiDose(name, tuple(points[name]), warnings=tuple(missing))
            continue
        density = density_of(rois[name], first, options, load)
        half_life, injected = constants.nuclide.half_life_s, injection.activity_bq
        found[name] = roi_dose(name, points[name], constants, half_life, injected, density, options)
    return found


def _with_map(found: dict[str, RoiDose], rois: dict[str, Roi], first: Volume, made: DoseMap) -> dict[str, RoiDose]:
    """Add the map's mean over each ROI, on the first scan's voxels; None where some of them have no dose."""
    result = dict(found)
    for name, roi in rois.items():
        region = rasterize(roi.shape, first.geometry)
        values = made.gray.data[region.slices][region.mask]
        known = values.size > 0 and bool(np.isfinite(values).all())
        result[name] = replace(found[name], map_mean_gy=float(values.mean(dtype=float)) if known else None)
    return result
