"""The NEMA IEC phantom from images to numbers: scale → find → plan → measure, and the ROIs it placed."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from viewer.core.errors import LowfieldError
from viewer.core.measurement import Measurement
from viewer.core.options import AS_THE_FILE_SAYS, MeasureOptions
from viewer.core.phantom import DIAMETERS_MM, PhantomPose, PhantomResult, TrueFill
from viewer.core.volume import Volume
from viewer.pipeline import Scales, scales_for
from viewer.quantify.phantom import FORMULAS, LUNG_DIAMETER_MM, Scene, evaluate
from viewer.quantify.phantom_find import find_on_ct, find_on_pet
from viewer.quantify.phantom_fit import signals_at
from viewer.quantify.phantom_plan import DISC_MM, plan
from viewer.quantify.phantom_truth import check_fill, decayed
from viewer.quantify.recovery import recovered_measurement
from viewer.quantify.recovery_tables import convention, recovery_table
from viewer.report.assemble import assemble
from viewer.report.facts import series_facts
from viewer.report.model import Report
from viewer.roi.polygon import Polygon
from viewer.roi.shapes import Roi, Sphere

SAME_PLACE_MM = 3.0
ROUND = 96
"""Corners of a circle that is drawn as a polygon: its area is 0.07 % small."""
COLORS = ("#4cc9f0", "#4895ef", "#80ed99", "#f9c74f", "#f8961e", "#f94144")
BACKGROUND_COLOR, LUNG_COLOR = "#9aa5b1", "#c77dff"
METHOD = (
    "Spheres, background discs and lung insert are placed by fitting the ring of six spheres; numbers come from "
    "native voxels whose centres lie inside.",
    *(f"{name}: {text}." for name, text in FORMULAS.items()),
    "EARL bands hold for 18F, RCmean over A50; coefficients are compared at two decimals, as bands are printed.",
)
UNIT_UNKNOWN = "the file's own numbers"
NOT_FILLED = TrueFill()


def analyse_phantom(
    pet: Volume,
    ct: Volume | None = None,
    options: MeasureOptions = AS_THE_FILE_SAYS,
    fill: TrueFill = NOT_FILLED,
    voi: str = "a50",
) -> PhantomResult:
    """Find the phantom and measure it on the native voxels of ``pet``.

    It is looked for on the PET; where that is refused, on ``ct`` if it shares the PET's frame of reference.
    ``fill`` holds the true concentrations, which are decayed to the image's reference time with the nuclide in
    use; without them, or where the image has no activity scale, only ratios to the background are given, with a
    warning. ``voi`` is the key of a convention in ``resources/recovery.json``. Raises `LowfieldError`.
    """
    how = convention(voi)
    check_fill(fill)
    scales = scales_for(pet, options)
    values, unit = _numbers(pet, scales)
    pose, search = _find(values, pet, ct)
    spheres, background, truth = decayed(fill, scales.activity) if scales.activity else (None, None, {})
    chosen = plan(values, pet.geometry, pose)
    result = evaluate(Scene(values, pet.geometry, pose, chosen, how, unit, spheres, background))
    return replace(
        result,
        reference_time=scales.activity.reference_time if scales.activity else None,
        label=scales.activity.label if scales.activity else "",
        series_uid=pet.origin.series_uid,
        series_description=pet.origin.series_description,
        provenance=_provenance(pet, scales, search, truth, result),
        warnings=tuple(
            dict.fromkeys((*pet.warnings, *_scale_warnings(scales), *search["warnings"], *result.warnings))
        ),
        replay=_replay(pet, ct, options, fill, voi),
    )


def analyse_again(facts: Mapping[str, Any], pet: Volume, ct: Volume | None) -> PhantomResult:
    """Repeat `analyse_phantom` as the ``replay`` of a result says, on the images that it names."""
    options = MeasureOptions.from_document(facts.get("options") or {})
    return analyse_phantom(
        pet, ct, options, TrueFill.from_document(facts.get("fill") or {}), str(facts.get("voi"))
    )


def phantom_rois(result: PhantomResult, thickness_mm: float = 2.0) -> tuple[Roi, ...]:
    """Return what was measured as ROIs: six spheres of true size, the background places and the lung insert.

    A background place is a circle of 37 mm at each of its offsets along the bore, each ``thickness_mm`` thick.
    """
    pose, chosen = result.pose, result.plan
    spheres = [
        Roi(f"Sphere {d:g} mm", Sphere(_point(center), d / 2), id=f"phantom-sphere-{d:g}", color=color)
        for d, center, color in zip(DIAMETERS_MM, pose.sphere_centers_lps_mm, COLORS)
    ]
    bore = pose.rotation[:, 2]
    places = [
        Roi(
            f"Background {n}",
            _circles(pose, [place + offset * bore for offset in chosen.offsets_mm], DISC_MM / 2, thickness_mm),
            id=f"phantom-background-{n}",
            color=BACKGROUND_COLOR,
        )
        for n, place in enumerate(chosen.background_centers_lps_mm, start=1)
    ]
    if chosen.lung_range_mm is None:
        return (*spheres, *places)
    low, high = chosen.lung_range_mm
    middle = pose.center_lps_mm + (low + high) / 2 * bore
    insert = _circles(pose, [middle], LUNG_DIAMETER_MM / 2, high - low)
    return (*spheres, *places, Roi("Lung insert", insert, id="phantom-lung", color=LUNG_COLOR))


def phantom_report(
    pet: Volume, ct: Volume | None, result: PhantomResult, options: MeasureOptions = AS_THE_FILE_SAYS
) -> Report:
    """Return a report of the phantom: its figures, and pictures of the ROIs that were placed."""
    scale = scales_for(pet, options).activity
    factor = float(scale.per_slice[0]) if scale is not None and np.ptp(scale.per_slice) == 0 else None
    beneath = ct if ct is not None and _same_frame(pet, ct) else None
    thick = float(np.abs(pet.geometry.affine[:3, :3].T @ result.pose.rotation[:, 2]).max())
    made = assemble(pet, beneath, phantom_rois(result, thick), (), None, factor)
    warnings = tuple(dict.fromkeys((*made.warnings, *result.warnings)))
    return replace(made, title="NEMA IEC body phantom", phantom=result, method=METHOD, warnings=warnings)


def with_recovery(measurements: Iterable[Measurement], name: str | None) -> tuple[Measurement, ...]:
    """Return measurements that hold their mean activity raw and corrected for recovery, side by side.

    ``name`` is the key of a shipped table or the path of a site's own; None leaves the measurements as they are.
    """
    if name is None:
        return tuple(measurements)
    table = recovery_table(name)
    return tuple(replace(each, recovered=recovered_measurement(each, table)) for each in measurements)


def _numbers(pet: Volume, scales: Scales) -> tuple[NDArray[np.floating[Any]], str]:
    """Return the image in Bq/mL where it has a scale, else as it is, and the unit."""
    values = np.asarray(pet.magnitude(), np.float32)
    if scales.activity is None:
        return values, pet.unit or UNIT_UNKNOWN
    return values * np.asarray(scales.activity.per_slice, np.float32)[:, None, None], "Bq/mL"


def _find(values: NDArray[np.floating[Any]], pet: Volume, ct: Volume | None) -> tuple[PhantomPose, dict[str, Any]]:
    search: dict[str, Any] = {"warnings": []}
    beneath = ct if ct is not None and _same_frame(pet, ct) else None
    if ct is not None and beneath is None:
        search["warnings"].append("The CT has another frame of reference than the PET and was not used.")
    try:
        pose = find_on_pet(values, pet.geometry)
    except LowfieldError as error:
        if beneath is None:
            raise
        search["pet_refused"] = error.what
        pose = signals_at(values, pet.geometry, find_on_ct(beneath.magnitude(), beneath.geometry))
        search["warnings"].append(f"{error.what} It was found on the CT instead.")
        return pose, search
    if beneath is not None:
        _compare(pose, beneath, search)
    return pose, search


def _compare(pose: PhantomPose, ct: Volume, search: dict[str, Any]) -> None:
    """Look for the phantom on the CT too, and say how far it lies from where the PET shows it."""
    try:
        other = find_on_ct(ct.magnitude(), ct.geometry)
    except LowfieldError as error:
        search["ct_refused"] = error.what
        return
    away = np.linalg.norm(pose.sphere_centers_lps_mm - other.sphere_centers_lps_mm, axis=1)
    search["ct_apart_mm"] = float(np.sqrt((away**2).mean()))
    if search["ct_apart_mm"] > SAME_PLACE_MM:
        search["warnings"].append(
            f"The spheres lie {search['ct_apart_mm']:.1f} mm (RMS) apart on PET and CT: they are not registered. "
            "The PET's places are used."
        )


def _same_frame(pet: Volume, ct: Volume) -> bool:
    frame = pet.geometry.frame_of_reference_uid
    return bool(frame) and ct.geometry.frame_of_reference_uid == frame


def _scale_warnings(scales: Scales) -> tuple[str, ...]:
    return scales.activity.warnings if scales.activity else tuple(r for r in scales.reasons if "SUV" not in r)


def _provenance(
    pet: Volume, scales: Scales, search: dict[str, Any], truth: dict[str, Any], result: PhantomResult
) -> dict[str, Any]:
    pose = result.pose
    return {
        "source": {
            "series_uid": pet.origin.series_uid,
            "series_description": pet.origin.series_description,
            "derivation": pet.origin.derivation,
            "simulated": pet.origin.simulated,
            "unit": pet.unit,
        },
        "search": {"found_on": pose.image, **search},
        "fit": {
            "explained": pose.explained,
            "off_ring_rms_mm": pose.residual_mm,
            "fwhm_mm": pose.fwhm_mm,
            "rotation": pose.rotation.tolist(),
            "center_lps_mm": pose.center_lps_mm.tolist(),
        },
        "background_places": len(result.plan.background_centers_lps_mm),
        "lung_range_mm": result.plan.lung_range_mm,
        "truth": truth,
        "formulas": FORMULAS,
        "activity": scales.activity.provenance if scales.activity else None,
    }


def _replay(pet: Volume, ct: Volume | None, options: MeasureOptions, fill: TrueFill, voi: str) -> dict[str, Any]:
    images = {"pet": series_facts(pet), "ct": None if ct is None else series_facts(ct)}
    return {"options": options.document(), "fill": fill.document(), "voi": voi, **images}


def _circles(pose: PhantomPose, centers: list[Any], radius_mm: float, thickness_mm: float) -> Polygon:
    angle = np.linspace(0, 2 * np.pi, ROUND, endpoint=False)
    rim = radius_mm * (np.outer(np.cos(angle), pose.rotation[:, 0]) + np.outer(np.sin(angle), pose.rotation[:, 1]))
    contours = tuple(tuple(_point(corner) for corner in center + rim) for center in centers)
    return Polygon(contours, _point(pose.rotation[:, 2]), thickness_mm)


def _point(values: Any) -> tuple[float, float, float]:
    x, y, z = (float(value) for value in values)
    return x, y, z
