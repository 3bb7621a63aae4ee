"""What the command line prints: one JSON document on stdout, or a readable table; messages on stderr."""

import json
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from viewer.core.measurement import Measurement, Statistics
from viewer.core.study import SeriesInfo, StudyIndex
from viewer.report.recovered import recovered_text

CORRECTED = "corrected by user"


def print_json(document: Mapping[str, Any]) -> None:
    """Print exactly one document; NaN is a bug, so it is refused here."""
    print(json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False))


def say(text: str) -> None:
    """Tell the user something beside the result."""
    print(text, file=sys.stderr)


def index_document(index: StudyIndex) -> dict[str, Any]:
    """Return the document of ``lowfield index --json``."""
    patients = [
        {
            "patient_id": patient.patient_id,
            "name": patient.name,
            "birth_date": patient.birth_date,
            "sex": patient.sex,
            "studies": [
                {
                    "study_uid": study.study_uid,
                    "date": study.date,
                    "description": study.description,
                    "series": [series_document(series) for series in study.series],
                }
                for study in patient.studies
            ],
        }
        for patient in index.patients
    ]
    problems = [{"where": problem.where, "what": problem.what} for problem in index.problems]
    return {"patients": patients, "problems": problems}


def series_document(series: SeriesInfo) -> dict[str, Any]:
    """Return one series of the index; ``series_key`` tells the stacks of a split series apart."""
    return {
        "series_uid": series.series_uid,
        "series_key": series.key,
        "modality": series.modality,
        "description": series.description,
        "number": series.number,
        "instances": series.instances,
        "shape": list(series.shape),
        "spacing_mm": list(series.spacing_mm),
        "frame_of_reference_uid": series.frame_of_reference_uid,
        "viewable": series.viewable,
        "warnings": list(series.warnings),
    }


def print_index(index: StudyIndex) -> None:
    """Print patients, studies and series as an indented list."""
    for patient in index.patients:
        print(f"{patient.name or '(no name)'}  [{patient.patient_id or 'no ID'}]")
        for study in patient.studies:
            print(f"  {study.date or 'no date'}  {study.description or '(no description)'}")
            for series in study.series:
                size = "x".join(map(str, series.shape)) if series.viewable else "not shown"
                print(f"    {series.modality or '?':<4} {size:<14} {series.description}  {series.key}")
                for warning in series.warnings:
                    print(f"         ! {warning}")
    for problem in index.problems:
        say(str(problem))


def print_measurements(measurements: Sequence[Measurement]) -> None:
    """Print one line an ROI, with units."""
    for each in measurements:
        print(f"{each.name:<20} {each.voxels:>8} voxels {each.volume_ml:>10.3f} mL  {_numbers(each)}")
        if each.recovered is not None:
            print(f"{'':<20} recovery: {recovered_text(each.recovered)}")


def _numbers(each: Measurement) -> str:
    if each.activity is not None:
        total = f"  total {each.total_activity_bq / 1e3:.4g} kBq" if each.total_activity_bq is not None else ""
        suv = f"  SUVbw mean {each.suv_bw.mean:.3f}" if each.suv_bw else ""
        label = str((each.provenance.get("activity") or {}).get("label", ""))
        marked = f"  [{label}]" if label.startswith("rescaled") or CORRECTED in label else ""
        return _line(each.activity, "kBq/mL", 1e-3) + total + suv + marked
    return _line(each.values, each.unit, 1.0) if each.values is not None else "no number: see the warnings"


def _line(statistics: Statistics, unit: str, scale: float) -> str:
    parts = ("mean", "sd", "minimum", "maximum")
    return "  ".join(f"{part} {getattr(statistics, part) * scale:.5g}" for part in parts) + f" {unit}"
