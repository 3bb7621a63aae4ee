"""The CSV table: one row an ROI, units in the column names, safe to open in a spreadsheet."""

import csv
import io
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from viewer.core.files import write_file
from viewer.core.measurement import Measurement
from viewer.report.json import STATISTICS, measurement_document

BLOCKS = {"activity_bq_ml": "activity_{}_bq_ml", "suv_bw": "suv_bw_{}_g_ml", "values": "value_{}"}
FIRST_ORDER = (
    "peak_1ml", "p5", "p10", "p25", "p75", "p90", "p95", "iqr", "range", "cov", "qcod", "variance", "skewness",
    "kurtosis", "mad", "robust_mad", "median_ad", "energy", "rms",
)  # fmt: skip
"""The rest of the statistics (IBSI names), in the unit of their block, squared or without one as IBSI defines."""
UNCERTAINTY = ("standard", "relative", "low_95", "high_95", "unit")
RECOVERED = {
    "raw": "recovery_raw_mean_bq_ml", "corrected": "recovery_corrected_mean_bq_ml", "low": "recovery_low_95_bq_ml",
    "high": "recovery_high_95_bq_ml", "rc": "recovery_coefficient", "diameter_mm": "recovery_diameter_mm",
    "table": "recovery_table", "refusal": "recovery_refusal",
}  # fmt: skip
COLUMNS = (
    "name", "voxels", "volume_ml",
    *(BLOCKS["activity_bq_ml"].format(name) for name in STATISTICS), "total_activity_bq",
    *(BLOCKS["suv_bw"].format(name) for name in STATISTICS),
    *(BLOCKS["values"].format(name) for name in STATISTICS), "value_unit",
    "label", "reference_time", "series_uid", "series_description", "warnings", "provenance_json",
    "modality", "weighting", "tlg_g",
    *(f"mean_uncertainty_{name}" for name in UNCERTAINTY),
    *(column.format(name) for column in BLOCKS.values() for name in FIRST_ORDER),
    *RECOVERED.values(),
)  # fmt: skip
"""Columns are only ever added at the end, so that scripts go on reading old and new files."""
PLAIN = ("voxels", "volume_ml", "total_activity_bq", "series_uid", "modality", "weighting", "tlg_g")
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
BYTE_ORDER_MARK = "\ufeff"
"""Without it Excel reads UTF-8 as the machine's old code page and garbles every name that is not ASCII."""


def write_csv(measurements: Sequence[Measurement], path: Path) -> None:
    """Write the table (RFC 4180, UTF-8 with byte order mark), all or nothing.

    Missing numbers are empty fields. Read it with encoding ``utf-8-sig``. Raises `LowfieldError`.
    """
    write_file(path, (BYTE_ORDER_MARK + csv_text(measurements)).encode())


def csv_text(measurements: Sequence[Measurement]) -> str:
    """Return the table as text with CRLF line ends, header first."""
    stream = io.StringIO(newline="")
    writer = csv.DictWriter(stream, COLUMNS)
    writer.writeheader()
    writer.writerows({key: _safe(value) for key, value in _row(each).items()} for each in measurements)
    return stream.getvalue()


def _row(measurement: Measurement) -> dict[str, Any]:
    document = measurement_document(measurement)
    provenance = document["provenance"]
    activity, source = provenance.get("activity") or {}, provenance.get("source") or {}
    row = {key: document[key] for key in PLAIN}
    for block, column in BLOCKS.items():
        row |= {column.format(name): (document[block] or {}).get(name) for name in (*STATISTICS, *FIRST_ORDER)}
    row |= {f"mean_uncertainty_{name}": (document["uncertainty"] or {}).get(name) for name in UNCERTAINTY}
    row |= {column: (document["recovered"] or {}).get(name) for name, column in RECOVERED.items()}
    return row | {
        "name": document["name"],
        "value_unit": document["unit"] if document["values"] else None,
        "label": activity.get("label"),
        "reference_time": activity.get("reference_time"),
        "series_description": source.get("series_description"),
        "warnings": " | ".join(document["warnings"]),
        "provenance_json": json.dumps(provenance, ensure_ascii=False, allow_nan=False),
    }


def _safe(value: Any) -> Any:
    """Keep text from running as a formula (OWASP, CSV injection): an apostrophe goes before it."""
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA_STARTS) else value
