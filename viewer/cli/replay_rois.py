"""ROIs of a report or of `lowfield measure --json`, measured again and compared."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from viewer.cli.replay_images import Facts, Images
from viewer.core.errors import LowfieldError
from viewer.core.options import MeasureOptions
from viewer.core.volume import Volume
from viewer.phantom import with_recovery
from viewer.pipeline import Scales, measure_roi, scales_for
from viewer.report.json import measurement_document
from viewer.report.replay import Replay, compare, merged
from viewer.roi.io import rois_from_json

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Reading:
    """How the document read its numbers: options, and the recovery table its means were corrected by."""

    options: MeasureOptions
    recovery: str | None


def replay_rois(document: Mapping[str, Any], images: Images) -> Replay:
    """Measure every ROI again, series by series."""
    facts = document.get("replay") or {}
    by_series: dict[str, list[Row]] = {}
    for row in document.get("rois") or ():
        by_series.setdefault(str(row.get("series_uid")), []).append(row)
    stated = {each["series_uid"]: each for each in facts.get("series") or ()}
    reading = Reading(MeasureOptions.from_document(facts.get("options") or {}), facts.get("recovery"))
    return merged([_series(rows, stated.get(uid), uid, reading, images) for uid, rows in by_series.items()])


def _series(rows: Sequence[Row], facts: Facts | None, uid: str, reading: Reading, images: Images) -> Replay:
    """Replay the ROIs of one series; where that is impossible, say why of all of them."""
    names = ", ".join(str(row.get("name")) for row in rows)
    try:
        if facts is None:
            raise LowfieldError("The document does not describe the series that was measured.")
        volume, doubts = images.find(facts)
        scales = scales_for(volume, reading.options)
        parts = [_roi(row, volume, scales, reading.recovery) for row in rows]
    except LowfieldError as error:
        return Replay(not_replayed=(f"{names} on series {uid}: {error}",))
    return merged([Replay(differences=doubts), *parts])


def _roi(row: Row, volume: Volume, scales: Scales, recovery: str | None) -> Replay:
    if not row.get("definition"):
        return Replay(not_replayed=(f"{row.get('name')}: the document holds no definition of the ROI.",))
    (roi,) = rois_from_json({"rois": [row["definition"]]})
    (found,) = with_recovery([measure_roi(volume, roi, scales)], recovery)
    now: dict[str, Any] = json.loads(json.dumps(measurement_document(found)))
    return compare(row, now)
