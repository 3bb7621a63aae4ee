"""The verification of a therapy of `lowfield dose --json`, or of the window, worked out again and compared."""

import json
from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Any

from viewer.cli.replay_images import Facts, Images
from viewer.core.errors import LowfieldError
from viewer.core.options import MeasureOptions
from viewer.core.study import SeriesInfo
from viewer.core.volume import Volume
from viewer.pipeline import load
from viewer.quantify.corrected import corrected
from viewer.report.dose import verification_document
from viewer.report.replay import EXACT, Replay, Tolerance, compare, merged
from viewer.roi.io import rois_from_json
from viewer.therapy.options import DoseOptions, Load
from viewer.therapy.verify import verify
from viewer.therapy.visits import find_visits

SKIPPED = ("warnings", "replay", "schema", "software", "rois")
FITTED = {"": Tolerance(1e-6), "registrations": Tolerance(1e-6, 1e-6), "points": EXACT}
"""Curves and registrations end an iteration, so their last digits depend on the processor; points are sums."""


def replay_dose(document: Mapping[str, Any], images: Images) -> Replay:
    """Follow the same ROIs over the same scans, and compare every number, ROI by ROI."""
    facts = document.get("replay") or {}
    try:
        now = _again(facts, images, with_map=document.get("dose_map") is not None)
    except LowfieldError as error:
        return Replay(not_replayed=(f"dose: {error}",))
    whole = compare(document, now, "dose", skip=SKIPPED, tolerances=FITTED)
    said = Replay(differences=_other_voxels(facts, now["replay"]))
    return merged([said, *_rois(document.get("rois") or [], now["rois"]), whole])


def _again(facts: Facts, images: Images, *, with_map: bool) -> dict[str, Any]:
    """Return the document of the same verification; only the scans that it used are looked at."""
    options = DoseOptions.from_document(facts.get("options") or {})
    read = _reader(facts)
    visits, _ = find_visits(images.index, replace(options, series=tuple(facts.get("scans") or ())), read)
    rois = rois_from_json({"rois": facts.get("rois") or []})
    found = verify(visits, rois, options, read, with_map=with_map)
    again: dict[str, Any] = json.loads(json.dumps(verification_document(found)))
    return again


def _reader(facts: Facts) -> Load:
    """Return `Load`, with what the user corrected in all headers (the window's form)."""
    given = MeasureOptions.from_document({"corrections": facts.get("corrections") or {}}).corrections

    @lru_cache(maxsize=2)
    def read(info: SeriesInfo) -> Volume:
        volume = load(info)
        if volume.acquisition is None:
            return volume
        return replace(volume, acquisition=corrected(volume.acquisition, given))

    return read


def _rois(reported: list[dict[str, Any]], now: list[dict[str, Any]]) -> list[Replay]:
    if [row.get("name") for row in reported] != [row["name"] for row in now]:
        return [Replay(not_replayed=("dose: its ROIs are not those that it says were drawn.",))]
    return [compare(*pair, skip=("warnings",), tolerances=FITTED) for pair in zip(reported, now, strict=True)]


def _other_voxels(stated: Facts, now: Facts) -> tuple[str, ...]:
    """Name the series whose voxels are not those of the document, and those that were not read by both."""
    old, new = (
        {each["series_key"]: each["voxels_sha256"] for each in facts.get("series") or ()}
        for facts in (stated, now)
    )
    others = [f"dose: series {key} has other voxels." for key in old if key in new and old[key] != new[key]]
    alone = [f"dose: series {key} was read by one of both only." for key in sorted({*old} ^ {*new})]
    return (*others, *alone)
