"""The JSON document: what a script reads. Stable keys, units in their names, never a NaN."""

import json
import math
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import numpy as np

from viewer.core.files import write_file
from viewer.core.measurement import Measurement, Statistics
from viewer.core.study import SeriesInfo
from viewer.report.model import DISCLAIMER, DenoiseSummary, Report

SCHEMA = {"name": "lowfield-report", "version": 2}
"""Version 2 carries what `lowfield replay` needs; keys are only ever added."""
STATISTICS = {"min": "minimum", "max": "maximum", "mean": "mean", "sd": "sd", "median": "median", "peak": "peak"}
"""Names in documents, and of `Statistics`' fields."""
DERIVED = ("variance", "range", "iqr", "cov", "qcod")
"""Statistics that are worked out from the others; the rest of the fields go by their own names."""


def measurement_document(measurement: Measurement) -> dict[str, Any]:
    """Return one ROI as JSON-serialisable data: Bq/mL, Bq, mL, g/mL, and ``values`` in ``unit``.

    What is missing is null, and so is what is not a finite number, with a warning that says which.
    """
    blocks = {
        "activity_bq_ml": _statistics(measurement.activity),
        "total_activity_bq": measurement.total_activity_bq,
        "suv_bw": _statistics(measurement.suv_bw),
        "values": _statistics(measurement.values),
        "tlg_g": measurement.tlg_g,
        "other_suv": {name: _statistics(each) for name, each in measurement.other_suv.items()},
        "uncertainty": plain(measurement.uncertainty),
        "histogram": plain(measurement.histogram),
        "recovered": plain(measurement.recovered),
    }
    return {
        "name": measurement.name,
        "series_uid": measurement.series_uid,
        "voxels": measurement.voxels,
        "volume_ml": measurement.volume_ml,
        **plain(blocks),
        "unit": measurement.unit,
        "modality": measurement.modality,
        "roi_id": measurement.roi_id,
        "weighting": measurement.weighting,
        "definition": plain(measurement.definition),
        "provenance": plain(measurement.provenance),
        "warnings": [*measurement.warnings, *_not_finite(blocks)],
    }


def denoising_document(summary: DenoiseSummary) -> dict[str, Any]:
    """Return one denoising run; sigma is in the source's unit."""
    noise, model = summary.noise, summary.model
    return {
        "source_series": summary.source_series,
        "derived_series": summary.derived_series,
        "sigma": noise.sigma,
        "sigma_unit": summary.unit,
        "sigma_source": noise.source,
        "sigma_method": noise.method,
        "sigma_confidence": noise.confidence,
        "zero_filling": list(noise.factor),
        "model": model.name,
        "model_version": model.version,
        "model_sha256": model.sha256,
        "runtime": f"{model.runtime} {model.provider}".strip(),
        "strength": summary.strength,
        "seconds": summary.seconds,
        "residual": plain(summary.residual),
        "warnings": list(summary.warnings),
        "replay": plain(summary.replay),
    }


def report_document(report: Report) -> dict[str, Any]:
    """Return the whole report as JSON-serialisable data; pictures only by their captions."""
    return {
        "schema": SCHEMA,
        "title": report.title,
        "disclaimer": DISCLAIMER,
        "created": report.created,
        "software": plain(report.software),
        "patient": plain(report.patient),
        "study": {
            "date": report.study.date,
            "description": report.study.description,
            "source": report.study.source,
            "series": [_series(info) for info in report.study.series],
        },
        "method": list(report.method),
        "rois": [measurement_document(each) for each in report.measurements],
        "denoising": [plain(denoising_document(each)) for each in report.denoising],
        "pictures": [each.caption for each in report.pictures],
        "warnings": list(report.all_warnings()),
        "notes": list(report.notes),
        "replay": plain(report.replay),
        "phantom": plain(report.phantom),
    }


def write_json(report: Report, path: Path) -> None:
    """Write `report_document`, all or nothing; raise `LowfieldError` where that fails."""
    text = json.dumps(report_document(report), indent=2, ensure_ascii=False, allow_nan=False)
    write_file(path, f"{text}\n".encode())


def plain(value: Any) -> Any:
    """Return ``value`` as JSON data: ISO times, lists, null for numbers that are not finite.

    Raises TypeError for what has no obvious JSON form, rather than write its ``repr``.
    """
    if isinstance(value, np.ndarray | np.generic):
        value = value.tolist()
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if value is None or isinstance(value, str | int):
        return value
    if isinstance(value, datetime | date):
        return value.isoformat()
    return _plain_container(value)


def _plain_container(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [plain(each) for each in value]
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: plain(getattr(value, field.name)) for field in fields(value)}
    raise TypeError(f"{type(value).__name__} has no JSON form")


def _statistics(statistics: Statistics | None) -> dict[str, float | None] | None:
    if statistics is None:
        return None
    others = [each.name for each in fields(statistics) if each.name not in (*STATISTICS.values(), "voxels")]
    names = STATISTICS | {name: name for name in (*others, *DERIVED)}
    return {name: getattr(statistics, field) for name, field in names.items()}


def _series(info: SeriesInfo) -> dict[str, Any]:
    kept = ("series_uid", "modality", "description", "number", "instances")
    return {name: getattr(info, name) for name in kept}


def _not_finite(blocks: Mapping[str, Any]) -> list[str]:
    numbers: dict[str, float | None] = {}
    for name, block in blocks.items():
        if isinstance(block, dict):
            numbers |= {f"{name}.{key}": each for key, each in block.items() if isinstance(each, float)}
        elif isinstance(block, float):
            numbers[name] = block
    bad = [name for name, each in numbers.items() if each is not None and not math.isfinite(each)]
    return [f"{name} is not a finite number and is left out." for name in bad]
