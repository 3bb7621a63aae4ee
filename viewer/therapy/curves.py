"""From the points of an ROI to its curve, time integral, residence time, dose, daughters and ratios."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

from viewer.core.dose import Dose, Ratio, RoiDose, TimeIntegral, TimePoint
from viewer.core.errors import LowfieldError
from viewer.core.measurement import UncertaintyTerm
from viewer.quantify.dose import absorbed_dose, daughters
from viewer.quantify.dose_constants import DoseConstants
from viewer.quantify.fit_choice import choose_curve
from viewer.quantify.timeactivity_integral import integrate
from viewer.therapy.options import DoseOptions

MOSTLY_ASSUMED = 0.5
SAME_VOLUME = 0.15
"""A sphere of a few voxels may change this much from grid to grid; more means that the field cuts it."""
FIT = "curve fit (noise and scan-to-scan)"


def roi_dose(
    name: str,
    points: Sequence[TimePoint],
    constants: DoseConstants,
    half_life_s: float,
    injected_bq: float | None,
    density: tuple[float, str],
    options: DoseOptions,
) -> RoiDose:
    """Return what the points of one ROI come to; where a step is refused, what came before it and the reason."""
    result = RoiDose(name, tuple(points), warnings=tuple(_point_warnings(points)))
    times = [point.since_injection_s for point in points]
    try:
        fit = choose_curve(
            times,
            [point.mean_bq_ml for point in points],
            [point.uncertainty_bq_ml for point in points],
            half_life_s,
            options.model,
        )
        result = replace(result, fit=fit, warnings=(*result.warnings, *fit.warnings))
        integral = integrate(fit, min(times), max(times), half_life_s, options.uptake, options.tail)
        dose = _dose(integral, points[0], constants, density, options)
    except LowfieldError as error:
        return replace(result, warnings=(*result.warnings, f"No dose is given: {error}"))
    total = integral.total_bq_s_ml * points[0].volume_ml
    return replace(
        result,
        integral=integral,
        time_integrated_activity_bq_s=total,
        residence_time_s=None if injected_bq is None else total / injected_bq,
        dose=dose,
        daughters=daughters(constants, total),
        warnings=(*result.warnings, *_assumed(integral)),
    )


def ratios(rois: Mapping[str, RoiDose], options: DoseOptions) -> dict[str, RoiDose]:
    """Return the ROIs with their ratios to the background and the organs that the options name."""
    others = [*([(options.background, "background")] if options.background else [])]
    others += [(organ, "organ") for organ in options.organs]
    for name, _ in others:
        if name not in rois:
            raise LowfieldError(f"There is no ROI called {name!r}.", hint=f"There are {', '.join(rois)}.")
    return {
        name: replace(roi, ratios=tuple(_ratio(roi, rois[to], kind) for to, kind in others if to != name))
        for name, roi in rois.items()
    }


def _ratio(roi: RoiDose, other: RoiDose, kind: str) -> Ratio:
    complete = len(roi.points) == len(other.points)
    matched = zip(roi.points, other.points, strict=True) if complete else ()
    pairs = [(a, b) for a, b in matched if min(a.mean_bq_ml, b.mean_bq_ml) > 0]
    values = [(a.since_injection_s, *_quotient(_known(a), _known(b))) for a, b in pairs]
    dose = None
    if roi.dose and other.dose and other.dose.total_gy > 0:
        dose = _quotient(_independent(roi.dose), _independent(other.dose))
    return Ratio(other.name, kind, tuple(values), dose)


def _known(point: TimePoint) -> tuple[float, float]:
    return point.mean_bq_ml, point.uncertainty_bq_ml / point.mean_bq_ml


def _independent(dose: Dose) -> tuple[float, float]:
    """Return the dose and what of its relative uncertainty another ROI of the same scans does not share."""
    return dose.total_gy, next((term.relative for term in dose.terms if term.name == FIT), 0.0)


def _quotient(a: tuple[float, float], b: tuple[float, float]) -> tuple[float, float]:
    """Return a/b and its standard uncertainty, from values with relative uncertainties."""
    value = a[0] / b[0]
    return value, value * math.hypot(a[1], b[1])


def _dose(
    integral: TimeIntegral,
    point: TimePoint,
    constants: DoseConstants,
    density: tuple[float, str],
    options: DoseOptions,
) -> Dose:
    """Return the dose with the uncertainty of the fit and of all that the activity of every scan shares."""
    shared = (point.measurement.provenance.get("activity") or {}).get("uncertainty") or {}
    terms = [UncertaintyTerm(FIT, integral.uncertainty_bq_s_ml / integral.total_bq_s_ml, "covariance of the fit")]
    terms += [
        UncertaintyTerm(term["name"], term["relative"], term.get("source", "")) for term in shared.get("terms", ())
    ]
    row = constants.nuclide
    if row.half_life_uncertainty_s is not None:
        share = row.half_life_uncertainty_s / row.half_life_s
        terms.append(UncertaintyTerm(f"half-life of {row.name} in the integral (at most)", share, row.source))
    return absorbed_dose(
        integral.total_bq_s_ml,
        constants,
        rbe=options.rbe,
        density_g_ml=density[0],
        density_source=density[1],
        terms=terms,
        not_included=[each for each in shared.get("not_included", ()) if each != "image noise"],
    )


def _point_warnings(points: Sequence[TimePoint]) -> list[str]:
    found = [text for point in points for text in point.measurement.warnings]
    first = points[0].volume_ml
    cut = [point for point in points if abs(point.volume_ml / first - 1) > SAME_VOLUME]
    found += [
        f"At {point.time:%Y-%m-%d %H:%M} the ROI holds {point.volume_ml:.3g} mL, not {first:.3g} mL as on the "
        "first scan: the field of view may cut it."
        for point in cut
    ]
    return list(dict.fromkeys(found))


def _assumed(integral: TimeIntegral) -> list[str]:
    share = integral.extrapolated_fraction
    if share <= MOSTLY_ASSUMED:
        return []
    return [f"{share:.0%} of the time-integrated activity lies outside the scans and is assumed, not measured."]
