"""The verification as a CSV table: one row a time point of an ROI, the ROI's own numbers repeated in each."""

import csv
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from viewer.core.dose import RoiDose, TimePoint, Verification
from viewer.core.files import write_file
from viewer.report.csv import BYTE_ORDER_MARK, FORMULA_STARTS

COLUMNS = (
    "name", "time", "since_injection_s", "mean_bq_ml", "uncertainty_bq_ml", "total_bq", "volume_ml", "series_uid",
    "curve", "time_integral_bq_s_ml", "time_integral_uncertainty_bq_s_ml", "extrapolated_fraction",
    "time_integrated_activity_bq_s", "residence_time_s", "alpha_gy", "electron_gy", "dose_gy",
    "dose_relative_uncertainty", "rbe_alpha", "rbe_weighted_dose_gy_rbe", "density_g_ml", "map_mean_gy",
    "warnings",
)  # fmt: skip


def write_dose_csv(verification: Verification, path: Path) -> None:
    """Write the table (RFC 4180, UTF-8 with byte order mark), all or nothing; `LowfieldError` where that fails."""
    stream = io.StringIO(newline="")
    writer = csv.DictWriter(stream, COLUMNS)
    writer.writeheader()
    for roi in verification.rois:
        writer.writerows({key: _safe(value) for key, value in row.items()} for row in _rows(roi))
    write_file(path, (BYTE_ORDER_MARK + stream.getvalue()).encode())


def _rows(roi: RoiDose) -> Iterator[dict[str, Any]]:
    shared = _of_roi(roi)
    for point in roi.points:
        yield {**shared, **_of_point(point)}
    if not roi.points:
        yield shared


def _of_point(point: TimePoint) -> dict[str, Any]:
    names = ("since_injection_s", "mean_bq_ml", "uncertainty_bq_ml", "total_bq", "volume_ml")
    series = point.measurement.series_uid
    return {"time": point.time.isoformat(), "series_uid": series, **{name: getattr(point, name) for name in names}}


def _of_roi(roi: RoiDose) -> dict[str, Any]:
    row: dict[str, Any] = {"name": roi.name, "warnings": " | ".join(roi.warnings), "map_mean_gy": roi.map_mean_gy}
    row |= {
        "time_integrated_activity_bq_s": roi.time_integrated_activity_bq_s,
        "residence_time_s": roi.residence_time_s,
        "curve": roi.fit.title if roi.fit else None,
    }
    if roi.integral:
        row["time_integral_bq_s_ml"] = roi.integral.total_bq_s_ml
        row["time_integral_uncertainty_bq_s_ml"] = roi.integral.uncertainty_bq_s_ml
        row["extrapolated_fraction"] = roi.integral.extrapolated_fraction
    if roi.dose:
        row |= {"alpha_gy": roi.dose.alpha_gy, "electron_gy": roi.dose.electron_gy, "dose_gy": roi.dose.total_gy}
        row |= {"rbe_alpha": roi.dose.rbe, "rbe_weighted_dose_gy_rbe": roi.dose.weighted_gy}
        row |= {"density_g_ml": roi.dose.density_g_ml, "dose_relative_uncertainty": roi.dose.relative_uncertainty}
    return row


def _safe(value: Any) -> Any:
    """Keep text from running as a formula (OWASP, CSV injection)."""
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA_STARTS) else value
