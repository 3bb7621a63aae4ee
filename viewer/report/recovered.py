"""Means raw and corrected for recovery, in one table, never one without the other."""

from collections.abc import Sequence

from viewer.core.measurement import Measurement
from viewer.core.recovery import RecoveredValue
from viewer.report import words
from viewer.report.tables import BQ_PER_KBQ, Table
from viewer.report.words import NOTHING


def recovery_tables(measurements: Sequence[Measurement]) -> list[Table]:
    """Return a table for every recovery table in use: raw and corrected mean of each ROI, or why it is not."""
    found = [(each.name, each.recovered) for each in measurements if each.recovered is not None]
    names = dict.fromkeys(value.table for _, value in found)
    return [_table([(roi, value) for roi, value in found if value.table == name]) for name in names]


def recovered_text(value: RecoveredValue) -> str:
    """Return one line, kBq/mL: raw and corrected, or raw and the reason."""
    raw = f"{words.significant(value.raw / BQ_PER_KBQ)} kBq/mL raw"
    if value.corrected is None or value.low is None or value.high is None or value.rc is None:
        return f"{raw}, not corrected: {value.refusal}"
    limits = f"{words.significant(value.low / BQ_PER_KBQ)} to {words.significant(value.high / BQ_PER_KBQ)}"
    corrected = words.significant(value.corrected / BQ_PER_KBQ)
    return f"{raw}, {corrected} corrected (95 % {limits}) by RC {value.rc:.3f} at {value.diameter_mm:.1f} mm"


def _table(found: Sequence[tuple[str, RecoveredValue]]) -> Table:
    first = found[0][1]
    rows = tuple((name, *_cells(value)) for name, value in found)
    header = ("ROI", "Diameter mm", "RC", "Raw mean", "Corrected mean", "95 % of the curve")
    sentences = (f"{first.source}", f"VOI {first.convention}", first.function, *first.notes)
    title = f"Recovery correction by {first.table}, kBq/mL"
    return Table(title, rows, (2.4, 1.1, 0.8, 1.1, 3, 1.6), header, 1, note=" · ".join(sentences))


def _cells(value: RecoveredValue) -> tuple[str, ...]:
    raw = words.significant(value.raw / BQ_PER_KBQ)
    size = f"{value.diameter_mm:.1f}"
    if value.corrected is None or value.low is None or value.high is None or value.rc is None:
        return size, NOTHING, raw, f"refused: {value.refusal}", NOTHING
    low, high = (words.significant(each / BQ_PER_KBQ) for each in (value.low, value.high))
    return size, f"{value.rc:.3f}", raw, words.significant(value.corrected / BQ_PER_KBQ), f"{low} to {high}"
