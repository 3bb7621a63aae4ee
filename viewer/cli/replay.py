"""``lowfield replay``: measure a report's ROIs again on the study, and say whether each number still agrees."""

import argparse
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from viewer.cli import choose, output
from viewer.core.errors import LowfieldError
from viewer.core.options import MeasureOptions
from viewer.core.study import StudyIndex
from viewer.core.volume import Volume
from viewer.phantom import with_recovery
from viewer.pipeline import Scales, load, measure_roi, open_study, scales_for, series_facts
from viewer.report.json import measurement_document
from viewer.report.replay import RELATIVE_TOLERANCE, Replay, compare, merged
from viewer.roi.io import rois_from_json

SAME_PLACE_MM = 1e-3
MOST_LINES = 12


@dataclass(frozen=True)
class Reading:
    """How the report read its numbers: options, and the recovery table its means were corrected by."""

    options: MeasureOptions
    recovery: str | None


def replay(words: argparse.Namespace) -> None:
    """Compare; the command fails unless every number of the report was replayed and agrees."""
    document = _read(words.report)
    outcome = replayed(document, _index_of(words, document))
    if words.json:
        output.print_json({"report": str(words.report), **outcome.document()})
    else:
        _print(outcome)
    if not outcome.agrees:
        wrong = sum(not each.agrees for each in outcome.numbers)
        left = len(outcome.not_replayed)
        raise LowfieldError(
            f"{wrong} of {len(outcome.numbers)} numbers do not agree, {left} part(s) could not be replayed.",
            where=words.report,
        )


def replayed(document: Mapping[str, Any], index: StudyIndex) -> Replay:
    """Measure every ROI of a report's or a measurement's JSON document again and compare."""
    facts = document.get("replay") or {}
    options = MeasureOptions.from_document(facts.get("options") or {})
    by_series: dict[str, list[Mapping[str, Any]]] = {}
    for row in document.get("rois") or ():
        by_series.setdefault(str(row.get("series_uid")), []).append(row)
    stated = {each["series_uid"]: each for each in facts.get("series") or ()}
    reading = Reading(options, facts.get("recovery"))
    parts = [_series(rows, stated.get(uid), uid, reading, index) for uid, rows in by_series.items()]
    others = [Replay(not_replayed=(text,)) for text in _beyond(document)]
    return merged([*parts, *others])


def _series(
    rows: Sequence[Mapping[str, Any]],
    facts: Mapping[str, Any] | None,
    uid: str,
    reading: "Reading",
    index: StudyIndex,
) -> Replay:
    """Replay the ROIs of one series; where that is impossible, say why of all of them."""
    names = ", ".join(str(row.get("name")) for row in rows)
    try:
        if facts is None:
            raise LowfieldError("The report does not describe the series that was measured.")
        volume, doubts = _volume(index, facts)
        scales = scales_for(volume, reading.options)
        parts = [_roi(row, volume, scales, reading.recovery) for row in rows]
    except LowfieldError as error:
        return Replay(not_replayed=(f"{names} on series {uid}: {error}",))
    return merged([Replay(differences=doubts), *parts])


def _roi(row: Mapping[str, Any], volume: Volume, scales: Scales, recovery: str | None) -> Replay:
    if not row.get("definition"):
        return Replay(not_replayed=(f"{row.get('name')}: the report holds no definition of the ROI.",))
    (roi,) = rois_from_json({"rois": [row["definition"]]})
    (found,) = with_recovery([measure_roi(volume, roi, scales)], recovery)
    now: dict[str, Any] = json.loads(json.dumps(measurement_document(found)))
    return compare(row, now)


def _volume(index: StudyIndex, facts: Mapping[str, Any]) -> tuple[Volume, tuple[str, ...]]:
    """Load the stack that was measured: the one with the same voxels, else the only one on the same grid."""
    if facts.get("derivation"):
        raise LowfieldError(f"It was measured on a derived image ({facts['derivation']}), which no study holds.")
    stacks = [each for each in index.series() if each.viewable and each.series_uid == facts.get("series_uid")]
    if not stacks:
        raise LowfieldError("The study does not hold this series.", hint="Name the study that was measured.")
    alike = []
    for volume in map(load, stacks):
        found = series_facts(volume)
        if found["voxels_sha256"] == facts.get("voxels_sha256") and _same_grid(found, facts):
            return volume, ()
        alike += [volume] if _same_grid(found, facts) else []
    if len(alike) != 1:
        raise LowfieldError(f"{len(alike)} of its stacks lie on the grid of the report, and none has its voxels.")
    return alike[0], ("The voxels of the series are not those of the report (another SHA-256).",)


def _same_grid(found: Mapping[str, Any], stated: Mapping[str, Any]) -> bool:
    same_shape = list(found["shape"]) == list(stated.get("shape") or ())
    return same_shape and np.allclose(found["affine_lps"], stated["affine_lps"], rtol=0, atol=SAME_PLACE_MM)


def _beyond(document: Mapping[str, Any]) -> list[str]:
    """Name the parts of a report with numbers that come from no ROI."""
    parts = {
        "denoising": "The denoising (sigma, residual)",
        "phantom": "The phantom's analysis",
        "dose": "The dose",
    }
    return [
        f"{what} is not replayed: run it again with `lowfield {name.replace('denoising', 'denoise')}`."
        for name, what in parts.items()
        if document.get(name)
    ]


def _read(path: Path) -> dict[str, Any]:
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise LowfieldError(f"cannot be read as JSON ({error}).", where=path) from error
    if not isinstance(document, dict) or not isinstance(document.get("rois"), list):
        raise LowfieldError("is no report of Lowfield (no list of ROIs).", where=path)
    if not document.get("replay"):
        raise LowfieldError(
            "does not hold what a replay needs; an older version wrote it.",
            where=path,
            hint="Measure again with `lowfield measure --json` or `lowfield report`.",
        )
    return document


def _index_of(words: argparse.Namespace, document: Mapping[str, Any]) -> StudyIndex:
    """Open the study named, else every place where the report says that its series were."""
    if words.study is not None:
        return choose.open_index(words.study)
    stated = [str(each.get("source") or "") for each in document["replay"].get("series") or ()]
    found = list(dict.fromkeys(path for text in stated if (path := _existing(text)) is not None))
    if not found:
        raise LowfieldError(
            "The study is not where the report says.",
            where=", ".join(dict.fromkeys(stated)),
            hint="Name it: replay REPORT STUDY.",
        )
    return open_study(found)


def _existing(text: str) -> Path | None:
    """Return a place that exists: the path itself, or the ZIP that holds it."""
    path = Path(text)
    inside = [each for each in path.parents if each.is_file()]
    return path if text and path.exists() else next(iter(inside), None)


def _print(outcome: Replay) -> None:
    wrong = [each for each in outcome.numbers if not each.agrees]
    right = len(outcome.numbers) - len(wrong)
    print(f"{right} of {len(outcome.numbers)} numbers agree (relative tolerance {RELATIVE_TOLERANCE:g})")
    for each in wrong[:MOST_LINES]:
        now = "no number" if each.now is None else f"{each.now:.10g}"
        print(f"  {each.roi}: {each.number} was {each.reported:.10g}, is {now}")
    if len(wrong) > MOST_LINES:
        print(f"  and {len(wrong) - MOST_LINES} more")
    for text in outcome.differences:
        print(f"  {text}")
    for text in outcome.not_replayed:
        print(f"not replayed: {text}")
