"""How the numbers came about, as tables: formulas, factors, nuclides, frames, tags, rules.

Reads the document that `viewer.quantify` leaves in `Measurement.provenance`. What it does not know is shown all
the same, under its own name.
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from viewer.core.measurement import Measurement
from viewer.report import words
from viewer.report.json import plain
from viewer.report.tables import Table, grouped, pairs, source_text

Document = Mapping[str, Any]
KNOWN = {"quantity", "unit", "decay_correction", "reference", "reference_time", "label", "formula", "uncertainty"}
KNOWN |= {"factors", "nuclide", "frames", "tags"}
REFERENCES = {"scan": "start of the scan", "injection": "injection"}
NO_UNCERTAINTY = "uncertainty"
"""Why the mean of an ROI has none (`viewer.quantify`)."""
MOST_FRAMES = 12
BQ_PER_MBQ = 1e6
UNITS = {"_bq_ml": "Bq/mL", "_bq": "Bq", "_kg": "kg", "_ml": "mL", "_mm": "mm", "_ms": "ms", "_s": "s", "_m": "m"}


def provenance_tables(measurements: Sequence[Measurement]) -> tuple[Table, ...]:
    """Return the tables that explain the measurements; what several ROIs share is said once."""
    tables: list[Table] = []
    for group in grouped(measurements, lambda each: json.dumps(_shared(each), sort_keys=True)):
        tables += _tables(group)
    return tuple(tables)


def _shared(measurement: Measurement) -> dict[str, Any]:
    """The provenance without what differs from ROI to ROI by nature: its voxels, and why it has no uncertainty."""
    document = dict(plain(measurement.provenance))
    document.pop(NO_UNCERTAINTY, None)
    document["region"] = {k: v for k, v in _part(document, "region").items() if k not in ("voxels", "first_voxel")}
    return document


def _tables(group: Sequence[Measurement]) -> list[Table]:
    document = _shared(group[0])
    tables = [_measured(group, document)]
    for quantity in ("activity", "suv_bw"):
        tables += _quantity(_part(document, quantity))
    main = _part(document, "activity") or _part(document, "suv_bw")
    if main:
        tables += [
            _nuclides(_part(main, "nuclide")),
            _frames(main.get("frames") or ()),
            _tags(_part(main, "tags")),
        ]
    return [table for table in tables if table.rows]


def _doubts(group: Sequence[Measurement]) -> str:
    """Say why ROIs have no uncertainty, each reason once, with their names unless it is that of all."""
    reasons: dict[str, list[str]] = {}
    for each in group:
        if why := each.provenance.get(NO_UNCERTAINTY):
            reasons.setdefault(str(why), []).append(each.name)
    return " ".join(
        why if len(names) == len(group) else f"{', '.join(names)}: {why}" for why, names in reasons.items()
    )


def _measured(group: Sequence[Measurement], document: Document) -> Table:
    region, statistics = _part(document, "region"), _part(document, "statistics")
    voxel = region.get("voxel_volume_ml")
    rows = [
        ("Voxels counted", str(region.get("rule") or "")),
        ("Voxel volume", f"{words.significant(voxel)} mL" if voxel else ""),
        ("Standard deviation", str(statistics.get("sd") or "")),
        ("Peak", str(statistics.get("peak") or "")),
        ("Uncertainty", _doubts(group)),
        *_others(document, {"source", "region", "statistics", "activity", "suv_bw"}),
    ]
    return pairs(f"Measured on {source_text(group[0])}", rows)


def _quantity(part: Document) -> list[Table]:
    if not part:
        return []
    name = str(part.get("quantity") or "quantity")
    rows = [
        ("Number shown", " · ".join(filter(None, (part.get("label"), part.get("unit"))))),
        ("Formula", str(part.get("formula") or "")),
        ("In the file", _decay(part.get("decay_correction"))),
        ("Reference", _reference(part)),
        *_uncertainty(_part(part, "uncertainty")),
        *_others(part, KNOWN),
    ]
    factors = tuple((f["name"], f["formula"], _values(f)) for f in part.get("factors") or ())
    title = name[0].upper() + name[1:]
    return [
        pairs(title, rows),
        Table(f"Factors of the {name}", factors, (1.4, 3, 1.6), ("Factor", "Formula", "Value"), 2),
    ]


def _decay(correction: Any) -> str:
    meanings = {"START": "to the start of the scan", "ADMIN": "to the injection", "NONE": "not decay corrected"}
    return f"DecayCorrection {correction}: {meanings.get(correction, 'unknown to Lowfield')}" if correction else ""


def _reference(part: Document) -> str:
    if "reference" not in part:
        return ""
    asked = str(part["reference"])
    return f"{words.moment(part.get('reference_time'))} ({REFERENCES.get(asked, 'time asked for')})"


def _uncertainty(part: Document) -> list[tuple[str, str]]:
    if not part:
        return []
    terms = ", ".join(
        f"{term['name']} {words.percent(term['relative'])}" for term in part.get("terms") or () if term["relative"]
    )
    total = (
        f"{words.percent(part['relative'])} relative (k = 1): {terms}" if part.get("relative") is not None else ""
    )
    return [("Uncertainty", total), ("Not included in it", ", ".join(part.get("not_included") or ()))]


def _values(factor: Document) -> str:
    if "value" in factor:
        return words.significant(factor["value"], 6)
    numbers = factor["per_frame"]
    return f"{words.significant(min(numbers), 6)} to {words.significant(max(numbers), 6)}, by frame"


def _nuclides(part: Document) -> Table:
    told, true = _part(part, "acquired_as"), _part(part, "is")
    if not true:
        return Table("", (), ())
    columns = (told, true) if part.get("rescaled") else (true,)
    rows = [(name, *(cell(column) for column in columns)) for name, cell in NUCLIDE_ROWS.items()]
    header = ("", "Told to the scanner", "True nuclide") if part.get("rescaled") else ("", "Nuclide")
    kept = tuple(row for row in rows if any(row[1:]))
    return Table("Nuclide", kept, (1, *[3.4 / len(columns)] * len(columns)), header)


def _fraction(isotope: Document) -> str:
    value, doubt = isotope.get("positron_fraction"), isotope.get("positron_fraction_uncertainty")
    if value is None:
        return words.NOTHING
    return f"{value:g} ± {doubt:g}" if doubt else f"{value:g}"


def _source(text: str | None) -> str:
    return "Lowfield's nuclide table" if text == "resources/nuclides.json" else text or ""


NUCLIDE_ROWS: dict[str, Callable[[Document], str]] = {
    "Name": lambda isotope: isotope.get("name") or "not stated",
    "Half-life": lambda isotope: words.half_life(isotope.get("half_life_s")),
    "Half-life from": lambda isotope: _source(isotope.get("half_life_source")),
    "Positron fraction": _fraction,
    "Positron fraction from": lambda isotope: _source(isotope.get("positron_fraction_source")),
    "Other published values": lambda isotope: "; ".join(
        f"{value:g} ({source})" for value, source in isotope.get("positron_fraction_alternatives") or ()
    ),
}


def _frames(frames: Sequence[Document]) -> Table:
    rows = [
        (words.moment(f.get("start")), words.duration(f.get("duration_s")), str(f.get("slices"))) for f in frames
    ]
    note = f"The first {MOST_FRAMES} of {len(rows)}." if len(rows) > MOST_FRAMES else ""
    return Table("Frames", tuple(rows[:MOST_FRAMES]), (2, 1, 1), ("Start", "Duration", "Slices"), 1, note=note)


def _tags(tags: Document) -> Table:
    rows = tuple((_human(name), _text(name, tag["value"]), tag["source"]) for name, tag in tags.items())
    return Table("Read from the file", rows, (1.5, 2.4, 2), ("Field", "Value", "Tag"))


def _others(part: Document, known: Iterable[str]) -> list[tuple[str, str]]:
    return [(_human(name), _text(name, value)) for name, value in part.items() if name not in known and value]


def _human(name: str) -> str:
    suffix = next((end for end in UNITS if name.endswith(end)), "")
    text = name.removesuffix(suffix).replace("_", " ").replace("suv", "SUV")
    return text[:1].upper() + text[1:]


def _text(name: str, value: Any) -> str:
    """Return a value with the unit that its name ends in."""
    if isinstance(value, Mapping):
        parts = [f"{_human(key)}: {_text(key, each)}" for key, each in value.items()]
        return (" " if any(part.endswith(".") for part in parts) else ", ").join(parts)
    if isinstance(value, list):
        return ", ".join(_text("", each) for each in value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return words.moment(value) if isinstance(value, str) and name.endswith(("time", "start")) else str(value)
    if name.endswith("_bq") and value >= BQ_PER_MBQ:
        return f"{value / BQ_PER_MBQ:.10g} MBq"
    unit = next((unit for end, unit in UNITS.items() if name.endswith(end)), "")
    return f"{value:.10g} {unit}".strip()


def _part(document: Document, name: str) -> Document:
    part = document.get(name)
    return part if isinstance(part, Mapping) else {}
