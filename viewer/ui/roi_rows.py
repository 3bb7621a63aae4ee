"""Measurements of an ROI as the cells of a table, each number with its unit in the heading. No Qt.

A row holds one measurement an image: first that of the image ROIs are drawn on, then the CT beneath it.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from viewer.core.measurement import Measurement, Statistics
from viewer.ui.readout import SMALL, fixed, number

Row = Sequence[Measurement]
Get = Callable[[Measurement], float | None]
RESCALED, CORRECTED = "*", "†"
"""Behind every number that was rescaled to another nuclide; that follows from what the user corrected."""


@dataclass(frozen=True)
class Column:
    """``title`` and ``unit`` of the heading; ``get`` returns the value in that unit, None where there is none."""

    title: str
    unit: str
    get: Get
    digits: int = 4
    """Significant ones; 0 for a count."""
    tip: str = ""
    rescales: bool = False
    """Whether the number changes with the nuclide, so that a rescaled one has to be marked."""
    quantity: str = ""
    """``activity``, ``suv_bw`` or empty: the part of the provenance that explains it."""
    spread: Get | None = None
    """What stands behind ±, in the same unit."""
    spread_title: str = ""
    image: int = 0
    """Which measurement of the row it reads."""

    def of(self, row: Row | None) -> Measurement | None:
        """Return the measurement of a row that this column reads."""
        return row[self.image] if row is not None and len(row) > self.image else None


def columns_for(
    measured_unit: str, *, activity: bool, suv: bool, beside_unit: str = "", recovery: bool = False
) -> tuple[Column, ...]:
    """Return the columns for a PET with activity (kBq/mL, then SUV), or for any other image in its own unit.

    ``beside_unit`` is that of a CT measured in the same place; ``recovery`` adds the corrected mean.
    """
    volume = Column("Volume", "mL", lambda m: m.volume_ml)
    voxels = Column("Voxels", "", lambda m: float(m.voxels), 0, "Native voxels whose centre lies inside")
    beside = (_beside(beside_unit),) if beside_unit else ()
    if not activity:
        values = _statistics(lambda m: m.values, measured_unit, 1.0, quantity="")
        return (*values[:1], *values[2:4], volume, *beside, *values[1:2], *values[4:], voxels)
    mean, sd, maximum, peak, minimum = _statistics(lambda m: m.activity, "kBq/mL", 1e-3, quantity="activity")
    total = Column("Total", "kBq", _total, tip="Mean times volume", rescales=True, quantity="activity")
    corrected = (_recovered(),) if recovery else ()
    uptake = _uptake() if suv else ()
    return (mean, *corrected, maximum, peak, volume, total, *beside, *uptake, sd, minimum, voxels)


def cell(column: Column, row: Row | None, *, marks: str = "", exact: bool = False) -> str:
    """Return the text of one cell; empty while there is no measurement. ``marks`` stand behind PET numbers.

    Activity and uptake next to nothing are only called small, unless they shall be ``exact``.
    """
    measured = column.of(row)
    if measured is None:
        return "" if row is None else "–"
    value, spread = column.get(measured), column.spread(measured) if column.spread else None
    if value is None:
        return "–"
    text = with_spread(value, spread, column.digits)
    if column.quantity and not exact and 0 < abs(value) < SMALL:
        text = f"<{SMALL:g}" if value > 0 else f">-{SMALL:g}"
    return f"{text} {marks}" if marks and column.quantity else text


def with_spread(value: float, spread: float | None, digits: int) -> str:
    """Return ``20.00 ± 0.84``: the value as finely as its spread, which has two digits (GUM, 7.2.6)."""
    if not digits:
        return f"{value:.0f}"
    if spread is None or not math.isfinite(spread) or spread <= 0 or abs(value) >= 1e6:
        return number(value, digits)
    decimals = min(max(0, 1 - math.floor(math.log10(spread))), 6)
    return f"{fixed(value, decimals)} ± {spread:.{decimals}f}"


def heading(column: Column) -> str:
    """Return title and unit, one above the other."""
    title = f"{column.title} ± {column.spread_title}" if column.spread else column.title
    return f"{title}\n{column.unit}" if column.unit else title


def as_text(
    columns: tuple[Column, ...], rows: Sequence[tuple[str, Row | None]], label: str, *, marks: str = ""
) -> str:
    """Return the table for the clipboard: tab separated, units in the heading, ``label`` in every row.

    What stands behind ± has a column of its own, so that a spreadsheet can reckon with it.
    """
    plain = [one for column in columns for one in _apart(column)]
    titles = ["ROI", *(f"{c.title} ({c.unit})" if c.unit else c.title for c in plain), "Activity"]
    lines = ["\t".join(titles)]
    for name, row in rows:
        lines.append("\t".join([name, *(cell(c, row, marks=marks, exact=True) for c in plain), label]))
    return "\n".join(lines)


def _apart(column: Column) -> list[Column]:
    if column.spread is None:
        return [column]
    same = {"unit": column.unit, "rescales": column.rescales, "quantity": column.quantity, "image": column.image}
    title = (
        "Standard uncertainty of the mean"
        if column.spread_title == "u"
        else f"{column.title} {column.spread_title}"
    )
    return [Column(column.title, get=column.get, **same), Column(title, get=column.spread, **same)]  # type: ignore[arg-type]


def _statistics(
    get: Callable[[Measurement], Statistics | None], unit: str, factor: float, *, quantity: str
) -> tuple[Column, ...]:
    fields = (
        ("Mean", "mean", "With its standard uncertainty (k = 1); select the cell to see its parts"),
        ("SD", "sd", "Population standard deviation"),
        ("Max", "maximum", "The highest single voxel"),
        ("Peak", "peak", "Highest mean of a 12 mm sphere (0.9 mL)"),
        ("Min", "minimum", "The lowest single voxel"),
    )
    made = [
        Column(title, unit, _field(get, field, factor), tip=tip, rescales=bool(quantity), quantity=quantity)
        for title, field, tip in fields
    ]
    doubt = {"spread": _uncertainty(factor), "spread_title": "u"}
    mean = Column("Mean", unit, made[0].get, tip=fields[0][2], rescales=bool(quantity), quantity=quantity, **doubt)  # type: ignore[arg-type]
    return (mean, *made[1:])


def _uptake() -> tuple[Column, ...]:
    return tuple(
        Column(
            f"SUV {name}",
            "g/mL",
            _field(lambda m: m.suv_bw, field, 1.0),
            3,
            "SUV by body weight",
            quantity="suv_bw",
        )
        for name, field in (("mean", "mean"), ("max", "maximum"), ("peak", "peak"))
    )


def _beside(unit: str) -> Column:
    return Column(
        "CT", unit, _field(lambda m: m.values, "mean", 1.0), 3, "Mean ± SD of the CT's own voxels in the same ROI",
        spread=_field(lambda m: m.values, "sd", 1.0), spread_title="SD", image=1,
    )  # fmt: skip


def _recovered() -> Column:
    return Column(
        "Mean, RC", "kBq/mL", lambda m: None if m.recovered is None else _kbq(m.recovered.corrected),
        tip="The mean corrected for recovery by the ROI's volume; the raw mean stands beside it",
        rescales=True, quantity="activity",
    )  # fmt: skip


def _field(get: Callable[[Measurement], Statistics | None], field: str, factor: float) -> Get:
    def read(measurement: Measurement) -> float | None:
        statistics = get(measurement)
        value = getattr(statistics, field) if statistics is not None else None
        return None if value is None else value * factor

    return read


def _uncertainty(factor: float) -> Get:
    return lambda m: None if m.uncertainty is None else m.uncertainty.standard * factor


def _total(measurement: Measurement) -> float | None:
    return _kbq(measurement.total_activity_bq)


def _kbq(value: float | None) -> float | None:
    return None if value is None else value * 1e-3
