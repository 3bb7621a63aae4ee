"""The verification of therapy as tables: doses first, then what they rest on."""

from collections.abc import Sequence

from viewer.core.dose import Alignment, RoiDose, Verification
from viewer.report import words
from viewer.report.tables import Table
from viewer.report.words import NOTHING

HOUR_S, BQ_PER_KBQ, MGY_PER_GY = 3600.0, 1e3, 1e3
GRAY_FROM = 0.1
"""From this dose on a table is in Gy, below in mGy."""

REGISTERED = "above as scanned, below registered; red: the first scan, cyan: this one, grey: both"


def dose_tables(verification: Verification) -> tuple[Table, ...]:
    """Return all tables of a verification; empty ones have no rows."""
    rois = verification.rois
    return (
        _doses(rois),
        _without(rois),
        *(_points(roi) for roi in rois),
        _curves(rois),
        _uncertainties(rois),
        _integrals(rois),
        _ratios(rois),
        _daughters(rois),
        _registrations(verification.alignments),
        _constants(verification),
    )


def _doses(rois: Sequence[RoiDose]) -> Table:
    chosen = [roi for roi in rois if roi.dose]
    highest = max((roi.dose.weighted_gy for roi in chosen if roi.dose), default=0.0)
    unit, scale = ("Gy", 1.0) if highest >= GRAY_FROM else ("mGy", MGY_PER_GY)
    rows = []
    for roi in chosen:
        dose = roi.dose
        assert dose
        share = dose.relative_uncertainty
        parts = [words.significant(scale * each, 3) for each in (dose.alpha_gy, dose.electron_gy)]
        total, weighted = (_plus_minus(scale * each, share) for each in (dose.total_gy, dose.weighted_gy))
        mapped = words.significant(None if roi.map_mean_gy is None else scale * roi.map_mean_gy, 3)
        rows.append((roi.name, *parts, total, weighted, mapped))
    shares, header = (2.2, 1, 1, 1.7, 1.9, 1.2), (
        "ROI", f"Alpha {unit}", f"Electrons {unit}", f"Dose {unit}", f"RBE-weighted {unit}·RBE",
        f"Map mean {unit}",
    )  # fmt: skip
    note = ""
    if chosen and chosen[0].dose:
        first = chosen[0].dose
        note = f"± standard uncertainty (k = 1) · RBE {first.rbe:g} for alpha · density: {first.density_source}"
    return Table("Absorbed dose by local deposition", tuple(rows), shares, header, 1, note=note)


def _without(rois: Sequence[RoiDose]) -> Table:
    rows = tuple((roi.name, " ".join(roi.warnings) or NOTHING) for roi in rois if not roi.dose)
    return Table("ROIs without a dose", rows, (1, 3), ("ROI", "Why"))


def _points(roi: RoiDose) -> Table:
    rows = tuple(
        (
            words.moment(point.time.isoformat()),
            f"{point.since_injection_s / HOUR_S:.2f}",
            _plus_minus(point.mean_bq_ml / BQ_PER_KBQ, point.uncertainty_bq_ml / point.mean_bq_ml),
            words.significant(point.total_bq / BQ_PER_KBQ),
            words.significant(point.volume_ml),
        )
        for point in roi.points
        if point.mean_bq_ml > 0
    )
    header = ("Time", "h after injection", "Mean kBq/mL", "Total kBq", "Volume mL")
    return Table(f"Activity really present: {roi.name}", rows, (2, 1.2, 1.6, 1, 1), header, 1)


def _curves(rois: Sequence[RoiDose]) -> Table:
    rows = []
    for roi in rois:
        for parameter in roi.fit.parameters if roi.fit else ():
            assert roi.fit
            rate = parameter.unit == "1/s"
            scale, unit = (HOUR_S, "1/h") if rate else (1 / BQ_PER_KBQ, "kBq/mL")
            numbers = [words.significant(scale * x) for x in (parameter.value, parameter.low, parameter.high)]
            life = words.half_life(0.6931471805599453 / parameter.value).split("(")[-1].rstrip(")") if rate else ""
            rows.append(
                (roi.name, roi.fit.title, f"{parameter.name} {unit}", numbers[0], " – ".join(numbers[1:]), life)
            )
    header = ("ROI", "Curve", "Parameter", "Value", "95 % interval", "Half-life")
    notes = [f"{roi.name}: {roi.fit.choice}" for roi in rois if roi.fit and roi.fit.choice]
    return Table("Fitted curves", tuple(rows), (1.5, 1.8, 1.1, 1, 1.8, 1), header, 3, note="; ".join(notes))


def _integrals(rois: Sequence[RoiDose]) -> Table:
    rows, notes = [], set()
    for roi in rois:
        part = roi.integral
        if part is None:
            continue
        numbers = (part.before_bq_s_ml, part.measured_bq_s_ml, part.after_bq_s_ml)
        split = [words.significant(each / BQ_PER_KBQ / HOUR_S, 3) for each in numbers]
        share = part.uncertainty_bq_s_ml / part.total_bq_s_ml
        residence = None if roi.residence_time_s is None else roi.residence_time_s / HOUR_S
        total = _plus_minus(part.total_bq_s_ml / BQ_PER_KBQ / HOUR_S, share)
        rows.append((roi.name, *split, total, words.significant(residence, 3)))
        notes.add(f"before the first scan: {part.uptake}; after the last: {part.tail}")
    header = ("ROI", "Before", "Between", "After", "Total kBq·h/mL", "Residence h")
    note = " · ".join(sorted(notes))
    return Table("Time-integrated activity, kBq·h/mL", tuple(rows), (2, 1, 1, 1, 1.6, 1), header, 1, note=note)


def _uncertainties(rois: Sequence[RoiDose]) -> Table:
    rows, missing = [], dict[str, None]()
    for roi in rois:
        if roi.dose is None:
            continue
        terms = ", ".join(
            f"{each.name} {words.percent(each.relative)}" for each in roi.dose.terms if each.relative
        )
        rows.append((roi.name, words.percent(roi.dose.relative_uncertainty), terms))
        missing |= dict.fromkeys(roi.dose.not_included)
    note = f"not included: {', '.join(missing)}" if missing else ""
    header = ("ROI", "Relative (k = 1)", "Made of")
    return Table("Uncertainty of the dose", tuple(rows), (1.5, 1, 4.5), header, note=note)


def _ratios(rois: Sequence[RoiDose]) -> Table:
    rows = []
    for roi in rois:
        for ratio in roi.ratios:
            shown = ", ".join(
                f"{_plus_minus(value, doubt / value)} at {seconds / HOUR_S:.1f} h"
                for seconds, value, doubt in ratio.values
            )
            dose = _plus_minus(ratio.dose[0], ratio.dose[1] / ratio.dose[0]) if ratio.dose else NOTHING
            rows.append((roi.name, f"{ratio.to} ({ratio.kind})", shown or NOTHING, dose))
    header = ("ROI", "To", "Ratio of concentrations", "Ratio of doses")
    return Table("Target to background and to organ", tuple(rows), (1.4, 1.5, 3.4, 1.2), header)


def _daughters(rois: Sequence[RoiDose]) -> Table:
    rows = tuple(
        (roi.name, each.name, words.half_life(each.half_life_s), words.significant(each.total_bq, 3))
        for roi in rois
        for each in roi.daughters
    )
    note = "at most, if they stay where they were born; what they emit is not in the dose"
    return Table("Daughters left behind", rows, (2, 1, 2, 1), ("ROI", "Daughter", "Half-life", "Bq"), 3, note=note)


def _registrations(alignments: Sequence[Alignment]) -> Table:
    rows = []
    for each in alignments:
        moved = agreement = NOTHING
        if each.correlation and each.dice:
            turn, shift = (
                ", ".join(words.fixed(x, 1) for x in part) for part in (each.rotation_deg, each.translation_mm)
            )
            moved = f"turn ({turn})°, shift ({shift}) mm"
            agreement = (
                f"correlation {each.correlation[0]:.3f} → {each.correlation[1]:.3f}, Dice {each.dice[0]:.3f} → "
                f"{each.dice[1]:.3f}, way back {each.inverse_error_mm:.2f} mm"
            )
            if each.restart_mm is not None and each.disagreement_mm is not None:
                agreement += f", other starts {each.restart_mm:.2f} mm, halves {each.disagreement_mm:.2f} mm"
        rows.append((each.series_description or each.series_uid, each.method, moved, agreement))
    header = ("Scan", "Method", "Motion (LPS)", "Before → after")
    return Table("Registration", tuple(rows), (1.8, 1.6, 2, 2.4), header)


def _constants(verification: Verification) -> Table:
    known = verification.constants
    rows = [
        ("Nuclide", f"{verification.nuclide}, half-life {words.half_life(verification.half_life_s)}"),
        ("S, alpha and recoil", f"{known.get('alpha_gy_kg_per_bq_s'):.4g} Gy·kg/(Bq·s)"),
        ("S, electrons", f"{known.get('electron_gy_kg_per_bq_s'):.4g} Gy·kg/(Bq·s)"),
        ("Energies from", str(known.get("source"))),
        ("Other values", str(known.get("other_values"))),
        ("Injected", _injected(verification)),
    ]
    if verification.map:
        rows.append(("Dose map", f"{verification.map.rule}. Density: {verification.map.density}."))
    return Table("Constants", tuple(rows), (1, 3.4))


def _injected(verification: Verification) -> str:
    at = words.moment(verification.injection.isoformat())
    amount = verification.injected_bq
    return f"{at}" if amount is None else f"{words.significant(amount / 1e6)} MBq at {at}"


def _plus_minus(value: float, share: float) -> str:
    """Return value ± uncertainty, both with the decimals that show two digits of the uncertainty."""
    doubt = abs(value) * share
    if not doubt > 0:
        return words.significant(value)
    text = f"{doubt:.1e}"
    decimals = max(0, 1 - int(text.split("e")[1]))
    return f"{words.fixed(value, decimals)} ± {words.fixed(doubt, decimals)}"
