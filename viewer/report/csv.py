"""One row an ROI; units in the column names, numbers with a point, in full precision."""

import csv
import io
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from viewer.core.measurement import Measurement, Statistics
from viewer.report.files import write_whole

PARTS = ("mean", "sd", "minimum", "maximum", "median", "peak")
GROUPS = (("activity", "_bq_ml"), ("suv_bw", "_g_ml"), ("values", ""))
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def csv_text(measurements: Iterable[Measurement]) -> str:
    """Return the table as RFC 4180 text; the header never changes with the content."""
    rows = [_row(each) for each in measurements]
    stream = io.StringIO()
    writer = csv.DictWriter(stream, fieldnames=header(), lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(rows)
    return stream.getvalue()


def write_csv(measurements: Iterable[Measurement], path: Path) -> None:
    """Write the table as UTF-8 with a byte-order mark, which spreadsheet programs need to read names right."""
    data = csv_text(measurements).encode("utf-8-sig")
    write_whole(path, lambda stream: stream.write(data))


def header() -> list[str]:
    """Return the column names."""
    numbers = [f"{group}_{part}{unit}" for group, unit in GROUPS for part in PARTS]
    provenance = ["reference_time", "label", "nuclide", "branching_fraction"]
    first = ["name", "voxels", "volume_ml", "total_activity_bq"]
    return [*first, *numbers, "values_unit", *provenance, "series_uid", "warnings"]


def _row(each: Measurement) -> dict[str, Any]:
    found = {"activity": each.activity, "suv_bw": each.suv_bw, "values": each.values}
    numbers = {f"{group}_{part}{unit}": _number(found[group], part) for group, unit in GROUPS for part in PARTS}
    return numbers | {
        "name": _safe(each.name),
        "voxels": each.voxels,
        "volume_ml": each.volume_ml,
        "total_activity_bq": "" if each.total_activity_bq is None else each.total_activity_bq,
        "values_unit": each.unit if each.values else "",
        "reference_time": str(each.provenance.get("reference_time") or ""),
        "label": _safe(str(each.provenance.get("label") or "")),
        "nuclide": _safe(str(each.provenance.get("nuclide") or "")),
        "branching_fraction": each.provenance.get("branching_fraction", ""),
        "series_uid": each.series_uid,
        "warnings": _safe(" | ".join(each.warnings)),
    }


def _number(found: Statistics | None, part: str) -> float | str:
    value = getattr(found, part) if found else None
    return "" if value is None else value


def _safe(text: str) -> str:
    """Keep spreadsheet programs from running a name as a formula."""
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text
