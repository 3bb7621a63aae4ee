"""A measurement as the cells of a table, each number with its unit in the heading. No Qt."""

from collections.abc import Callable
from dataclasses import dataclass

from viewer.core.measurement import Measurement, Statistics
from viewer.ui.readout import number

Get = Callable[[Measurement], float | None]
MARK = " *"
"""Behind every number that was rescaled to another nuclide."""


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


def columns_for(measured_unit: str, *, activity: bool, suv: bool) -> tuple[Column, ...]:
    """Return the columns for a PET with activity (kBq/mL, then SUV), or for any other image in its own unit."""
    volume = Column("Volume", "mL", lambda m: m.volume_ml)
    voxels = Column("Voxels", "", lambda m: float(m.voxels), 0, "Native voxels whose centre lies inside")
    if not activity:
        return (*_statistics(lambda m: m.values, measured_unit, 1.0, rescales=False), volume, voxels)
    kbq = _statistics(lambda m: m.activity, "kBq/mL", 1e-3, rescales=True)
    total = Column("Total", "kBq", _total, tip="Mean times volume", rescales=True)
    bodyweight = (
        Column("SUV mean", "g/mL", lambda m: m.suv_bw.mean if m.suv_bw else None, 3, "SUV by body weight"),
        Column("SUV max", "g/mL", lambda m: m.suv_bw.maximum if m.suv_bw else None, 3, "SUV by body weight"),
    )
    return (*kbq, volume, total, *(bodyweight if suv else ()), voxels)


def cell(column: Column, measurement: Measurement | None, *, rescaled: bool) -> str:
    """Return the text of one cell; empty while there is no measurement."""
    if measurement is None:
        return ""
    value = column.get(measurement)
    text = f"{value:.0f}" if value is not None and not column.digits else number(value, column.digits)
    return text + MARK if rescaled and column.rescales and text != "–" else text


def heading(column: Column) -> str:
    """Return title and unit, one above the other."""
    return f"{column.title}\n{column.unit}" if column.unit else column.title


def as_text(
    columns: tuple[Column, ...], rows: list[tuple[str, Measurement | None]], label: str, *, rescaled: bool
) -> str:
    """Return the table for the clipboard: tab separated, units in the heading, ``label`` in every row."""
    titles = ["ROI", *(f"{c.title} ({c.unit})" if c.unit else c.title for c in columns), "Activity"]
    lines = ["\t".join(titles)]
    for name, measured in rows:
        lines.append("\t".join([name, *(cell(c, measured, rescaled=rescaled) for c in columns), label]))
    return "\n".join(lines)


def _statistics(
    get: Callable[[Measurement], Statistics | None], unit: str, factor: float, *, rescales: bool
) -> tuple[Column, ...]:
    fields = (
        ("Mean", "mean", ""),
        ("SD", "sd", "Population standard deviation"),
        ("Min", "minimum", ""),
        ("Max", "maximum", "The highest single voxel"),
        ("Peak", "peak", "Highest mean of a 12 mm sphere"),
    )
    return tuple(
        Column(title, unit, _field(get, field, factor), tip=tip, rescales=rescales) for title, field, tip in fields
    )


def _field(get: Callable[[Measurement], Statistics | None], field: str, factor: float) -> Get:
    def read(measurement: Measurement) -> float | None:
        statistics = get(measurement)
        value = getattr(statistics, field) if statistics is not None else None
        return None if value is None else value * factor

    return read


def _total(measurement: Measurement) -> float | None:
    return None if measurement.total_activity_bq is None else measurement.total_activity_bq * 1e-3
