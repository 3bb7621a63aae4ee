"""Why a number is what it is, in words: sections of names and values, for the panel and as text. No Qt.

Tags, factors, times and nuclides come from the very tables a report prints, so both say the same.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from viewer.core.measurement import MeanUncertainty, Measurement
from viewer.report.provenance import provenance_tables
from viewer.report.tables import Table
from viewer.report.words import percent
from viewer.roi.io import rois_to_json
from viewer.roi.shapes import Roi
from viewer.ui.readout import number
from viewer.ui.roi_rows import Column, Row, cell

BIG = {"mask", "tiles", "voxels_zlib_base64", "data", "geometry", "affine_lps", "contours"}
"""Parts of a definition that are data and not words."""
MOST_NUMBERS = 6


@dataclass(frozen=True)
class Section:
    """A title, rows of (name, value), and whether it is open at first."""

    title: str
    rows: tuple[tuple[str, str], ...]
    open: bool = True


def explain(roi: Roi, row: Row, column: Column, marks: str = "") -> tuple[Section, ...]:
    """Return the sections that explain the number of ``column`` for an ROI; the number itself comes first."""
    measured = column.of(row)
    if measured is None:
        return ()
    sections = [
        Section(headline(roi, row, column, marks), _number(measured, column)),
        Section("Uncertainty of the mean", _uncertainty(measured.uncertainty) or _not_given(measured)),
        Section("Recovery correction", _recovery(measured)),
        Section("Corrected by user", _corrected(measured, column)),
        Section("ROI", (*_definition(roi), *_region(measured))),
        *(_section(table, column) for table in provenance_tables([measured])),
        Section("Be wary of", tuple(("", text) for text in measured.warnings)),
    ]
    return tuple(section for section in sections if section.rows)


def headline(roi: Roi, row: Row, column: Column, marks: str = "") -> str:
    """Return ``Lesion · Mean 20.00 ± 0.84 kBq/mL``."""
    name = f"{column.title} ± {column.spread_title}" if column.spread else column.title
    return f"{roi.name} · {name} {cell(column, row, marks=marks)} {column.unit}".strip()


def as_text(sections: Sequence[Section]) -> str:
    """Return the sections as plain text, for a mail or a laboratory book."""
    return "\n\n".join("\n".join([one.title, *map(_line, one.rows)]) for one in sections)


def _line(row: tuple[str, str]) -> str:
    name, value = row
    return f"  {name}: {value}" if name else f"  {value}"


def _number(measured: Measurement, column: Column) -> tuple[tuple[str, str], ...]:
    value = column.get(measured)
    full = "not given" if value is None else f"{value:.9g} {column.unit}".strip()
    rows = [
        ("Value", full),
        ("What it is", column.tip),
        ("Voxels", str(measured.voxels)),
        ("Volume", f"{number(measured.volume_ml, 5)} mL"),
        ("Voxels counted by", measured.weighting),
        ("Measured on", f"{measured.modality} series {measured.series_uid}".strip()),
    ]
    return tuple(row for row in rows if row[1])


def _uncertainty(found: MeanUncertainty | None) -> tuple[tuple[str, str], ...]:
    if found is None:
        return ()
    factor, unit = (1e-3, "kBq/mL") if found.unit == "Bq/mL" else (1.0, found.unit)
    low, high = (number(value * factor) for value in (found.low_95, found.high_95))
    parts = [(t.name, " · ".join(filter(None, (percent(t.relative), t.method)))) for t in found.terms]
    return (
        ("Standard (k = 1)", f"{number(found.standard * factor, 2)} {unit}, {percent(found.relative)}"),
        ("95 % interval", f"{low} to {high} {unit}"),
        *parts,
        *((("Not included", ", ".join(found.not_included)),) if found.not_included else ()),
    )


def _not_given(measured: Measurement) -> tuple[tuple[str, str], ...]:
    """Why nobody knows how well the mean is known."""
    reason = measured.provenance.get("uncertainty")
    return (("", str(reason)),) if isinstance(reason, str) else ()


def _recovery(measured: Measurement) -> tuple[tuple[str, str], ...]:
    found = measured.recovered
    if found is None:
        return ()
    rows = [("Raw mean", f"{number(found.raw * 1e-3)} kBq/mL")]
    if found.corrected is None or found.low is None or found.high is None or found.rc is None:
        rows.append(("Corrected mean", f"refused: {found.refusal}"))
    else:
        band = f"{number(found.low * 1e-3)} to {number(found.high * 1e-3)}"
        rows.append(("Corrected mean", f"{number(found.corrected * 1e-3)} kBq/mL (95 % of the curve: {band})"))
        rows.append(("RC", f"{found.rc:.3f} at the diameter {found.diameter_mm:.1f} mm of its sphere"))
    return (*rows, ("Table", f"{found.table}: {found.source}"), *(("", note) for note in found.notes))


def _corrected(measured: Measurement, column: Column) -> tuple[tuple[str, str], ...]:
    part = measured.provenance.get(column.quantity) if column.quantity else None
    return tuple(("", text) for text in (part or {}).get("corrected_by_user", ()))


def _definition(roi: Roi) -> tuple[tuple[str, str], ...]:
    """The ROI as a file writes it, without the data of its voxels."""
    document = rois_to_json([roi])["rois"][0]
    return tuple(
        (_words(name), _text(value))
        for name, value in document.items()
        if name not in ("id", "color", "name") and name not in BIG
    )


def _region(measured: Measurement) -> tuple[tuple[str, str], ...]:
    region = measured.provenance.get("region") or {}
    level = region.get("threshold")
    rows = [("First voxel (slice, row, column)", _text(region.get("first_voxel", "")))]
    if level:
        rows.append(("Grown at", f"{number(level['value'], 6)} {level['unit']}: {level['rule']}"))
        rows.append(("Maximum in its bound", f"{number(level['maximum'], 6)} {level['unit']}"))
        if level.get("background") is not None:
            rows.append(("Background", f"{number(level['background'], 6)} {level['unit']}"))
    return tuple(row for row in rows if row[1])


def _section(table: Table, column: Column) -> Section:
    head = (("", "   ".join(table.header[1:])),) if len(table.header) > 2 else ()
    rows = tuple((row[0], "   ".join(row[1:])) for row in table.rows)
    other = column.quantity == "suv_bw" and "activity" in table.title.lower()
    other |= column.quantity == "activity" and "suv" in table.title.lower()
    return Section(table.title, (*head, *rows), not other)


def _words(name: str) -> str:
    text = name.replace("_lps_mm", " (LPS, mm)").replace("_mm", " (mm)").replace("_", " ")
    return text[:1].upper() + text[1:]


def _text(value: Any) -> str:
    if isinstance(value, Mapping):
        kept = {name: one for name, one in value.items() if name not in BIG}
        return ", ".join(f"{_words(name).lower()} {_text(one)}" for name, one in kept.items())
    if isinstance(value, list | tuple):
        many = len(value) > MOST_NUMBERS
        return f"{len(value)} parts" if many else ", ".join(_text(one) for one in value)
    return f"{value:.6g}" if isinstance(value, float) else str(value)
