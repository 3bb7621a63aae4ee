"""What a report shows in tables: measurements and denoising as rows of text, whatever they are printed with."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from viewer.core.measurement import Measurement, Statistics
from viewer.denoise.trust_words import trust_rows
from viewer.report import words
from viewer.report.model import DenoiseSummary, Patient, Study
from viewer.report.words import NOTHING

STATISTICS = {"Mean": "mean", "SD": "sd", "Min": "minimum", "Max": "maximum", "Median": "median", "Peak": "peak"}
BQ_PER_KBQ = 1e3
SIMULATED = "SIMULATED"
SUV_UNITS = {"SUVbsa": "cm²/mL"}
"""Every other kind of SUV is in g/mL (PS3.16 CID 85)."""


@dataclass(frozen=True)
class Table:
    """Rows of text. ``header`` is empty for tables of names and values; ``shares`` are relative column widths.

    Columns from ``numbers_from`` on are numbers (right-aligned). Below the title stand ``label``, which must not
    be overlooked, and ``note``.
    """

    title: str
    rows: tuple[tuple[str, ...], ...]
    shares: tuple[float, ...]
    header: tuple[str, ...] = ()
    numbers_from: int = 99
    label: str = ""
    note: str = ""


def pairs(title: str, rows: Iterable[tuple[str, str]]) -> Table:
    """Return a table of names and values, without those that have no value."""
    return Table(title, tuple(row for row in rows if row[1]), (1, 3.4))


def patient_rows(patient: Patient) -> Table:
    """Return who was imaged."""
    born = " · ".join(filter(None, (words.day(patient.birth_date), patient.sex)))
    rows = (("Name", patient.name), ("ID", patient.patient_id), ("Born, sex", born))
    return Table("Patient", tuple((name, value or NOTHING) for name, value in rows), (1, 2.6))


def study_rows(study: Study) -> Table:
    """Return which study."""
    rows = (("Date", words.day(study.date)), ("Study", study.description), ("Opened from", study.source))
    return Table("Study", tuple((name, value or NOTHING) for name, value in rows), (1, 2.6))


def series_table(study: Study) -> Table:
    """Return the series that the report used."""
    rows = tuple(
        (s.modality, s.number, s.description or NOTHING, str(s.instances), s.series_uid) for s in study.series
    )
    header = ("Modality", "No.", "Series", "Images", "Series instance UID")
    return Table("", rows, (0.9, 0.5, 2.6, 0.7, 4.4), header)


def measurement_tables(measurements: Sequence[Measurement]) -> tuple[Table, ...]:
    """Return activity, SUV and other values, each series and unit in its own table; no ROI is left out."""
    tables: list[Table] = []
    for group in grouped(measurements, lambda each: (each.series_uid, each.unit, _label(each))):
        made = (_activity(group), _suv(group), *_other_suv(group), _values(group))
        tables += [table for table in made if table.rows]
    return (*tables, _unmeasured(measurements))


def denoising_table(summary: DenoiseSummary) -> Table:
    """Return the verdict, the trust panel in the window's own words, and which network ran on what."""
    noise, model, residual = summary.noise, summary.model, summary.residual
    filled = (
        "" if noise.factor == (1.0, 1.0) else f"{noise.factor[0]:.3g} (rows) × {noise.factor[1]:.3g} (columns)"
    )
    rows = (
        ("Verdict", " ".join([residual.verdict, *(f"Also: {reason}." for reason in residual.reasons[1:])])),
        *((row.name, row.value) for row in trust_rows(residual, noise, summary.unit, to_scale=summary.to_scale)),
        ("Sigma's method", noise.method),
        ("Zero filling", filled),
        ("Source series", summary.source_series),
        ("Denoised series", summary.derived_series),
        ("Model", f"{model.name} {model.version}".strip()),
        ("Model SHA-256", model.sha256),
        ("Run by", " · ".join(filter(None, (model.runtime, model.provider, words.duration(summary.seconds))))),
        ("Strength", f"{summary.strength:g} (1 = as the network returns it)"),
    )
    return pairs("", rows)


def grouped(items: Iterable[Measurement], key: Callable[[Measurement], Any]) -> list[list[Measurement]]:
    """Return the items of each key together, keys and items in order of appearance."""
    groups: dict[Any, list[Measurement]] = {}
    for item in items:
        groups.setdefault(key(item), []).append(item)
    return list(groups.values())


def source_text(measurement: Measurement) -> str:
    """Return which images were measured, and how they differ from the scanner's."""
    source = measurement.provenance.get("source") or {}
    name = source.get("series_description") or measurement.series_uid
    return " · ".join(filter(None, [name, source.get("derivation"), SIMULATED if source.get("simulated") else ""]))


def _activity(group: Sequence[Measurement]) -> Table:
    chosen = [each for each in group if each.activity]
    totals = ("Total kBq", words.column(_scaled(each.total_activity_bq, 1 / BQ_PER_KBQ) for each in chosen))
    table = _statistics(
        "Activity concentration, kBq/mL", chosen, [each.activity for each in chosen], 1 / BQ_PER_KBQ, totals
    )
    if not chosen:
        return table
    provenance, label = chosen[0].provenance.get("activity") or {}, _label(chosen[0])
    at = provenance.get("reference_time")
    time = f"decay-corrected to {words.moment(at)}" if at else "as stored: no reference time is known"
    if (provenance.get("nuclide") or {}).get("rescaled") or provenance.get("corrected_by_user"):
        return replace(table, label=label, note=f"{table.note} · {time}")
    return replace(table, note=" · ".join(filter(None, (label, table.note, time))))


def _suv(group: Sequence[Measurement]) -> Table:
    chosen = [each for each in group if each.suv_bw]
    table = _statistics("SUV by body weight, g/mL", chosen, [each.suv_bw for each in chosen])
    corrected = (chosen[0].provenance.get("suv_bw") or {}).get("corrected_by_user") if chosen else None
    return replace(table, label=f"corrected by user: {'; '.join(corrected)}") if corrected else table


def _other_suv(group: Sequence[Measurement]) -> tuple[Table, ...]:
    """Return SUV by lean mass, ideal weight and surface, a table a kind."""
    names = dict.fromkeys(name for each in group for name in each.other_suv)
    chosen = {name: [each for each in group if name in each.other_suv] for name in names}
    return tuple(
        _statistics(f"{name}, {SUV_UNITS.get(name, 'g/mL')}", found, [each.other_suv[name] for each in found])
        for name, found in chosen.items()
    )


def _values(group: Sequence[Measurement]) -> Table:
    chosen = [each for each in group if each.values]
    title = f"Values, {chosen[0].unit}" if chosen and chosen[0].unit else "Values, in the numbers of the file"
    return _statistics(title, chosen, [each.values for each in chosen])


def _unmeasured(measurements: Sequence[Measurement]) -> Table:
    """ROIs without any number, and why: their own warnings, or those they share if there are no others."""
    missing = [each for each in measurements if not (each.activity or each.suv_bw or each.values)]
    told = [text for each in measurements if each not in missing for text in each.warnings]
    reasons = [[text for text in each.warnings if text not in told] or each.warnings for each in missing]
    rows = tuple(
        (each.name, " ".join(why) or "no reason given") for each, why in zip(missing, reasons, strict=True)
    )
    return Table("ROIs without a number", rows, (1, 3), ("ROI", "Why"))


def _statistics(
    title: str,
    chosen: Sequence[Measurement],
    statistics: Sequence[Statistics | None],
    factor: float = 1.0,
    last: tuple[str, tuple[str, ...]] = ("", ()),
) -> Table:
    """Return a row an ROI; all statistics of the table share the decimals that suit the means."""
    if not chosen:
        return Table(title, (), ())
    numbers = [[_scaled(getattr(each, field), factor) for each in statistics] for field in STATISTICS.values()]
    decimals = words.common_decimals(numbers[0])
    cells = zip(*(words.column(each, decimals) for each in numbers), strict=True)
    volumes = words.column(each.volume_ml for each in chosen)
    rows = [
        (each.name, words.fixed(each.voxels, 0), volume, *row)
        for each, volume, row in zip(chosen, volumes, cells, strict=True)
    ]
    header, shares = ("ROI", "Voxels", "Volume mL", *STATISTICS), (2.4, 0.9, 1.2, *[1.0] * len(STATISTICS))
    if last[0]:
        header, shares = (*header, last[0]), (*shares, 1.2)
        rows = [(*row, cell) for row, cell in zip(rows, last[1], strict=True)]
    return Table(title, tuple(rows), shares, header, 1, note=source_text(chosen[0]))


def _scaled(value: float | None, factor: float) -> float | None:
    return None if value is None else value * factor


def _label(measurement: Measurement) -> str:
    return str((measurement.provenance.get("activity") or {}).get("label") or "")
