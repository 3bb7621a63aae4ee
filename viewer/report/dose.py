"""The verification of therapy as JSON-serialisable data: stable keys, units in their names, never a NaN."""

from collections.abc import Sequence
from typing import Any

from viewer.core.dose import (
    Alignment,
    CurveFit,
    Dose,
    DoseMap,
    Ratio,
    RoiDose,
    TimeIntegral,
    TimePoint,
    Verification,
)
from viewer.report.facts import software
from viewer.report.json import measurement_document, plain

SCHEMA = "lowfield dose 1"


def verification_document(verification: Verification) -> dict[str, Any]:
    """Return everything that `viewer.therapy.verify` found, maps only by what they say about themselves."""
    document = {
        "schema": SCHEMA,
        "software": software(),
        "nuclide": verification.nuclide,
        "half_life_s": verification.half_life_s,
        "injection_time": verification.injection,
        "injected_activity_bq": verification.injected_bq,
        "dose_constants": verification.constants,
        "rois": [roi_document(roi) for roi in verification.rois],
        "registrations": [alignment_document(each) for each in verification.alignments],
        "dose_map": _map(verification.map),
        "excluded": verification.excluded,
        "method": verification.method,
        "warnings": verification.warnings,
        "replay": verification.replay,
    }
    result: dict[str, Any] = plain(document)
    return result


def roi_document(roi: RoiDose) -> dict[str, Any]:
    """Return one ROI: points, curve, integral, dose, daughters, ratios."""
    return {
        "name": roi.name,
        "points": [_point(point) for point in roi.points],
        "fit": _fit(roi.fit),
        "time_integral": _integral(roi.integral),
        "time_integrated_activity_bq_s": roi.time_integrated_activity_bq_s,
        "residence_time_s": roi.residence_time_s,
        "dose": _dose(roi.dose),
        "map_mean_gy": roi.map_mean_gy,
        "daughters": [
            {
                "nuclide": each.name,
                "fraction_of_decays": each.fraction,
                "half_life_s": each.half_life_s,
                "bq_per_bq_fully_decayed": each.per_bq,
                "activity_left_bq": each.total_bq,
            }
            for each in roi.daughters
        ],
        "ratios": [_ratio(each) for each in roi.ratios],
        "warnings": list(roi.warnings),
    }


def alignment_document(each: Alignment) -> dict[str, Any]:
    """Return how one scan was brought to the first one's patient space."""
    document = {
        "series_uid": each.series_uid,
        "series_description": each.series_description,
        "method": each.method,
        "matrix_lps_mm": each.matrix,
    }
    if each.correlation is None or each.dice is None:
        return document
    return document | {
        "rotation_deg": each.rotation_deg,
        "translation_mm": each.translation_mm,
        "center_lps_mm": each.center_lps_mm,
        "correlation": _before_after(each.correlation),
        "dice": _before_after(each.dice),
        "shared_field_fraction": each.overlap,
        "inverse_error_mm": each.inverse_error_mm,
        "restart_mm": each.restart_mm,
        "disagreement_of_halves_mm": each.disagreement_mm,
    }


def _before_after(pair: Sequence[float]) -> dict[str, float]:
    return {"before": pair[0], "after": pair[1]}


def _point(point: TimePoint) -> dict[str, Any]:
    return {
        "time": point.time,
        "since_injection_s": point.since_injection_s,
        "mean_bq_ml": point.mean_bq_ml,
        "uncertainty_bq_ml": point.uncertainty_bq_ml,
        "total_bq": point.total_bq,
        "volume_ml": point.volume_ml,
        "measurement": measurement_document(point.measurement),
    }


def _fit(fit: CurveFit | None) -> dict[str, Any] | None:
    if fit is None:
        return None
    return {
        "model": fit.model,
        "title": fit.title,
        "choice": fit.choice,
        "formula": "C(t) = Σ amplitude · e^(−rate·t), t in s since injection, C in Bq/mL",
        "amplitudes_bq_ml": fit.amplitudes_bq_ml,
        "rates_per_s": fit.rates_per_s,
        "parameters": [
            {"name": p.name, "value": p.value, "low_95": p.low, "high_95": p.high, "unit": p.unit}
            for p in fit.parameters
        ],
        "covariance_of_logarithms": fit.covariance,
        "chi_squared": fit.chi_squared,
        "degrees_of_freedom": fit.degrees_of_freedom,
        "p_value": fit.p_value,
        "aicc": fit.aicc,
        "widened_by": fit.widened_by,
        "considered": fit.candidates,
    }


def _integral(integral: TimeIntegral | None) -> dict[str, Any] | None:
    if integral is None:
        return None
    return {
        "before_first_bq_s_ml": integral.before_bq_s_ml,
        "measured_bq_s_ml": integral.measured_bq_s_ml,
        "after_last_bq_s_ml": integral.after_bq_s_ml,
        "total_bq_s_ml": integral.total_bq_s_ml,
        "uncertainty_bq_s_ml": integral.uncertainty_bq_s_ml,
        "extrapolated_fraction": integral.extrapolated_fraction,
        "uptake": integral.uptake,
        "tail": integral.tail,
    }


def _dose(dose: Dose | None) -> dict[str, Any] | None:
    if dose is None:
        return None
    return {
        "alpha_gy": dose.alpha_gy,
        "electron_gy": dose.electron_gy,
        "total_gy": dose.total_gy,
        "rbe_alpha": dose.rbe,
        "rbe_weighted_gy_rbe": dose.weighted_gy,
        "relative_uncertainty": dose.relative_uncertainty,
        "uncertainty_gy": dose.relative_uncertainty * dose.total_gy,
        "uncertainty_terms": dose.terms,
        "not_included": dose.not_included,
        "density_g_ml": dose.density_g_ml,
        "density_source": dose.density_source,
    }


def _ratio(ratio: Ratio) -> dict[str, Any]:
    keys = ("since_injection_s", "ratio", "uncertainty")
    return {
        "to": ratio.to,
        "kind": ratio.kind,
        "concentration": [dict(zip(keys, each, strict=True)) for each in ratio.values],
        "dose": dict(zip(keys[1:], ratio.dose, strict=True)) if ratio.dose else None,
    }


def _map(made: DoseMap | None) -> dict[str, Any] | None:
    if made is None:
        return None
    return {"rule": made.rule, "density": made.density, "unit": "Gy", "warnings": made.warnings}
