"""The report and its numbers as JSON: the contract for scripts, SI units in every name."""

import json
from collections.abc import Iterable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import numpy as np

from viewer.core.measurement import Measurement, Statistics
from viewer.report.files import write_whole
from viewer.report.model import DISCLAIMER, Denoising, Report


def measurement_document(measurement: Measurement) -> dict[str, Any]:
    """Return one ROI: numbers that cannot be trusted are null, and ``warnings`` says why."""
    return {
        "name": measurement.name,
        "voxels": measurement.voxels,
        "volume_ml": measurement.volume_ml,
        "series_uid": measurement.series_uid,
        "activity_bq_ml": _statistics(measurement.activity),
        "total_activity_bq": measurement.total_activity_bq,
        "suv_bw": _statistics(measurement.suv_bw),
        "values": _statistics(measurement.values),
        "values_unit": measurement.unit if measurement.values else None,
        "provenance": plain(measurement.provenance),
        "warnings": list(measurement.warnings),
    }


def report_document(report: Report) -> dict[str, Any]:
    """Return the whole report without its pictures."""
    return {
        "format": "lowfield-report",
        "version": 1,
        "title": report.title,
        "created": report.created,
        "software": report.software,
        "disclaimer": DISCLAIMER,
        "simulated": report.simulated,
        "patient": dict(report.patient),
        "study": dict(report.study),
        "method": list(report.method),
        "rois": [measurement_document(each) for each in report.measurements],
        "denoising": [denoising_document(each) for each in report.denoising],
        "warnings": list(report.warnings),
    }


def denoising_document(run: Denoising) -> dict[str, Any]:
    """Return one denoising run."""
    return {
        "series_uid": run.series_uid,
        "series_description": run.series_description,
        "sigma": run.noise.sigma,
        "sigma_unit": run.unit,
        "sigma_source": run.noise.source,
        "sigma_method": run.noise.method,
        "sigma_confidence": run.noise.confidence,
        "model": run.model.name,
        "model_version": run.model.version,
        "model_sha256": run.model.sha256,
        "runtime": f"{run.model.runtime} {run.model.provider}".strip(),
        "strength": run.strength,
        "seconds": run.seconds,
        "residual": {
            "mean": run.residual.mean,
            "sd": run.residual.sd,
            "structure_correlation": run.residual.structure_correlation,
            "whiteness": list(run.residual.whiteness),
            "input_snr": run.residual.input_snr,
            "verdict": run.residual.verdict,
        },
        "warnings": list(run.warnings),
    }


def write_json(report: Report, path: Path) -> None:
    """Write the report as UTF-8 JSON."""
    text = json.dumps(report_document(report), indent=2, ensure_ascii=False, allow_nan=False)
    write_whole(path, lambda stream: stream.write(text.encode("utf-8")))


def plain(value: Any) -> Any:
    """Return ``value`` with arrays, numpy scalars and times as what JSON knows."""
    if isinstance(value, dict) or hasattr(value, "items"):
        return {str(key): plain(each) for key, each in value.items()}
    if isinstance(value, np.ndarray):
        return plain(value.tolist())
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Iterable) and not isinstance(value, str | bytes):
        return [plain(each) for each in value]
    return value


def _statistics(found: Statistics | None) -> dict[str, Any] | None:
    if found is None:
        return None
    return {
        "min": found.minimum,
        "max": found.maximum,
        "mean": found.mean,
        "sd": found.sd,
        "median": found.median,
        "peak": found.peak,
    }
