"""Recovery tables and EARL bands as data: ``resources/recovery.json``, and a site's own file."""

import json
import math
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from viewer.core.errors import LowfieldError
from viewer.core.files import write_file
from viewer.core.paths import resources
from viewer.core.recovery import RecoveryPoint, RecoveryTable

FORMAT = "lowfield recovery table 1"
LEAST_POINTS = 4
MOST_RC = 2.0


@dataclass(frozen=True)
class Convention:
    """How a sphere becomes voxels: isocontour at ``fraction`` of the maximum, or, without one, the true sphere."""

    key: str
    name: str
    text: str
    fraction: float | None
    background_corrected: bool


@dataclass(frozen=True)
class Band:
    """Limits of RCmean and RCmax of one sphere, both included."""

    diameter_mm: float
    mean: tuple[float, float]
    max: tuple[float, float]


@dataclass(frozen=True)
class Standard:
    """The bands of one accreditation, for one VOI convention."""

    key: str
    name: str
    source: str
    convention: str
    nuclide: str
    contrast: float
    bands: tuple[Band, ...]


@cache
def _document() -> dict[str, Any]:
    document: dict[str, Any] = json.loads((resources() / "recovery.json").read_text(encoding="utf-8"))
    return document


@cache
def conventions() -> tuple[Convention, ...]:
    """Return the ways to count the voxels of a sphere, the usual one first."""
    return tuple(Convention(**row) for row in _document()["conventions"])


def convention(key: str) -> Convention:
    """Return one of them by its key; refuse unknown ones."""
    found = next((each for each in conventions() if each.key == key), None)
    if found is None:
        known = ", ".join(each.key for each in conventions())
        raise LowfieldError(f"The VOI convention {key!r} is not known.", hint=f"Known are {known}.")
    return found


@cache
def standards() -> tuple[Standard, ...]:
    """Return EARL 1 and EARL 2."""
    return tuple(
        Standard(**{**row, "bands": tuple(_band(each) for each in row["bands"])})
        for row in _document()["standards"]
    )


def calibration_tolerance() -> float:
    """Return by how much (relative) a measured background may differ from the true one."""
    return float(_document()["calibration_tolerance"])


@cache
def tables() -> tuple[RecoveryTable, ...]:
    """Return the shipped tables: the paper's, and the middles of the EARL bands with their half widths."""
    papers = tuple(_table(row, "recovery.json") for row in _document()["tables"])
    return (*papers, *(_of_standard(each) for each in standards()))


def recovery_table(name: str) -> RecoveryTable:
    """Return a shipped table by its key, or a site's own by the path of its file."""
    found = next((each for each in tables() if each.key == name), None)
    return found if found is not None else read_table(Path(name))


def read_table(path: Path) -> RecoveryTable:
    """Read a table that `write_table` wrote; `LowfieldError` says what does not fit."""
    known = ", ".join(each.key for each in tables())
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise LowfieldError(
            "is no recovery table.", where=path, hint=f"Give a file of `lowfield phantom --table`, or {known}."
        ) from error
    except ValueError as error:
        raise LowfieldError(f"is not valid JSON ({error}).", where=path) from error
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise LowfieldError(f"is not a file of the format {FORMAT!r}.", where=path)
    try:
        return _table(document["table"], str(path))
    except (KeyError, TypeError, ValueError) as error:
        raise LowfieldError(f"is damaged ({type(error).__name__}: {error}).", where=path) from error


def write_table(table: RecoveryTable, path: Path) -> None:
    """Write a site's own table as JSON, all or nothing."""
    points = [vars(point) for point in table.points]
    document = {"format": FORMAT, "table": {**vars(table), "points": points}}
    write_file(path, (json.dumps(document, indent=1, ensure_ascii=False, allow_nan=False) + "\n").encode())


def _table(row: dict[str, Any], where: str) -> RecoveryTable:
    points = tuple(sorted((RecoveryPoint(**each) for each in row["points"]), key=lambda each: each.diameter_mm))
    bad = [point for point in points if not (_possible(point.rc, MOST_RC) and _possible(point.diameter_mm, 500.0))]
    doubts = [point.uncertainty for point in points if point.uncertainty is not None]
    if bad or not all(_possible(doubt, MOST_RC) for doubt in doubts):
        raise LowfieldError("A recovery coefficient, its uncertainty or a diameter is not possible.", where=where)
    if len({point.diameter_mm for point in points}) < LEAST_POINTS or len(points) != len({*points}):
        raise LowfieldError(f"A recovery table needs {LEAST_POINTS} different spheres or more.", where=where)
    known = {name: row[name] for name in ("nuclide", "contrast") if name in row}
    convention(row["convention"])
    return RecoveryTable(row["key"], row["name"], row["source"], row["convention"], points, **known)


def _possible(value: float, most: float) -> bool:
    return math.isfinite(value) and 0 < value < most


def _of_standard(standard: Standard) -> RecoveryTable:
    """Return the middle of each band, its half width over √3 as standard uncertainty (rectangular)."""
    points = tuple(
        RecoveryPoint(band.diameter_mm, sum(band.mean) / 2, (band.mean[1] - band.mean[0]) / math.sqrt(12))
        for band in standard.bands
    )
    source = f"{standard.source}: middle of the band of RCmean"
    return RecoveryTable(
        standard.key,
        f"{standard.name} band",
        source,
        standard.convention,
        points,
        standard.nuclide,
        standard.contrast,
    )


def _band(row: dict[str, Any]) -> Band:
    return Band(float(row["diameter_mm"]), (row["mean"][0], row["mean"][1]), (row["max"][0], row["max"][1]))
