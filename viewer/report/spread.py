"""How the values of an ROI spread, and how well their mean is known: a second look at every measurement."""

from collections.abc import Sequence

from viewer.core.measurement import CENTRES, MeanUncertainty, Measurement, Statistics
from viewer.report import words
from viewer.report.tables import BQ_PER_KBQ, Table, grouped, source_text

WITH_UNIT = {"1 mL peak": "peak_1ml", "P10": "p10", "P25": "p25", "P75": "p75", "P90": "p90", "MAD": "mad"}
WITHOUT_UNIT = {"CoV": "cov", "Skewness": "skewness", "Kurtosis": "kurtosis"}
TLG = "TLG g"


def spread_tables(measurements: Sequence[Measurement]) -> tuple[Table, ...]:
    """Return two tables for each series: first-order statistics beyond mean and SD, and uncertainties of means."""
    tables: list[Table] = []
    for group in grouped(measurements, lambda each: (each.series_uid, each.unit)):
        tables += [table for table in (_spread(group), _uncertainty(group)) if table.rows]
    return tuple(tables)


def _spread(group: Sequence[Measurement]) -> Table:
    chosen = [(each, found) for each in group if (found := _main(each)) is not None and found.p10 is not None]
    if not chosen:
        return Table("", (), ())
    factor, unit = _unit(chosen[0][0])
    title = f"Distribution (IBSI first-order statistics), {unit}" if unit else "Distribution (IBSI first order)"
    decimals = words.common_decimals(found.mean * factor for _, found in chosen)
    columns = [
        words.column((_scaled(getattr(found, name), factor) for _, found in chosen), decimals)
        for name in WITH_UNIT.values()
    ]
    columns += [words.column((getattr(found, name) for _, found in chosen), 3) for name in WITHOUT_UNIT.values()]
    header = ("ROI", *WITH_UNIT, *WITHOUT_UNIT)
    if any(each.tlg_g is not None for each, _ in chosen):
        columns.append(words.column(each.tlg_g for each, _ in chosen))
        header = (*header, TLG)
    rows = tuple((each.name, *cells) for (each, _), cells in zip(chosen, zip(*columns, strict=True), strict=True))
    shares = (2.2, *[1.0] * (len(header) - 1))
    return Table(
        title, rows, shares, header, 1, note=" · ".join(filter(None, _notes([each for each, _ in chosen])))
    )


def _notes(chosen: Sequence[Measurement]) -> tuple[str, ...]:
    exact = [each.name for each in chosen if each.weighting != CENTRES]
    counted = f"counted by exact partial volume: {', '.join(exact)}" if exact else ""
    return source_text(chosen[0]), counted, "kurtosis is 0 for a normal distribution"


def _uncertainty(group: Sequence[Measurement]) -> Table:
    known = [(each.name, each.uncertainty, _main(each)) for each in group if each.uncertainty is not None]
    if not known:
        return Table("", (), ())
    factor, unit = _unit(group[0])
    rows = tuple(_row(name, told, found, factor) for name, told, found in known if found is not None)
    left_out = dict.fromkeys(text for _, told, _ in known for text in told.not_included)
    note = f"not included: {', '.join(left_out)}" if left_out else ""
    header = ("ROI", "Mean", "95 % interval", "Standard", "Made of")
    return Table(
        f"Uncertainty of the mean, {unit}" if unit else "Uncertainty of the mean",
        rows,
        (1.6, 1, 1.8, 1, 4),
        header,
        note=note,
    )


def _row(name: str, told: MeanUncertainty, found: Statistics, factor: float) -> tuple[str, ...]:
    low, high = (words.significant(each * factor) for each in (told.low_95, told.high_95))
    parts = ", ".join(f"{term.name} {words.percent(term.relative)}" for term in told.terms)
    return name, words.significant(found.mean * factor), f"{low} to {high}", words.percent(told.relative), parts


def _main(measurement: Measurement) -> Statistics | None:
    return measurement.activity or measurement.values


def _unit(measurement: Measurement) -> tuple[float, str]:
    return (1 / BQ_PER_KBQ, "kBq/mL") if measurement.activity is not None else (1.0, measurement.unit)


def _scaled(value: float | None, factor: float) -> float | None:
    return None if value is None else value * factor
