"""The phantom of `lowfield phantom --json`, or of a report, found and measured again, and compared."""

import json
from collections.abc import Mapping
from typing import Any

from viewer.cli.replay_images import Facts, Images, stated
from viewer.core.errors import LowfieldError
from viewer.core.volume import Volume
from viewer.phantom import analyse_again
from viewer.report.phantom import phantom_document
from viewer.report.replay import Replay, Tolerance, compare, merged

SKIPPED = ("warnings", "replay", "schema", "software", "spheres")
FITTED, PLACED = Tolerance(1e-6), Tolerance(1e-6, 1e-6)
TOLERANCES = {"": FITTED, "pose": PLACED, "plan": PLACED, "center_lps_mm": PLACED, "provenance.fit": PLACED}
"""The pose ends an iteration, so its last digits depend on the processor; lengths in mm, axes near zero."""


def replay_phantom(document: Mapping[str, Any], images: Images) -> Replay:
    """Analyse the same images with the same options and fill, and compare every number, sphere by sphere."""
    facts = document.get("replay")
    if not facts:
        return Replay(not_replayed=("phantom: the document does not say how it was measured.",))
    try:
        pet, doubts = images.find(stated(facts, "pet"))
        ct, more = _ct(facts, images)
        found = phantom_document(analyse_again(facts, pet, ct))
    except LowfieldError as error:
        return Replay(not_replayed=(f"phantom: {error}",))
    now: dict[str, Any] = json.loads(json.dumps(found))
    whole = compare(document, now, "phantom", skip=SKIPPED, tolerances=TOLERANCES)
    said = Replay(differences=(*doubts, *more))
    return merged([said, *_spheres(document.get("spheres") or [], now["spheres"]), whole])


def _spheres(reported: list[dict[str, Any]], now: list[dict[str, Any]]) -> list[Replay]:
    if len(reported) != len(now):
        return [Replay(not_replayed=(f"phantom: the document holds {len(reported)} spheres, not {len(now)}.",))]
    return [
        compare(row, again, f"sphere {again['diameter_mm']:g} mm", skip=(), tolerances=TOLERANCES)
        for row, again in zip(reported, now, strict=True)
    ]


def _ct(facts: Facts, images: Images) -> tuple[Volume | None, tuple[str, ...]]:
    return images.find(facts["ct"]) if facts.get("ct") is not None else (None, ())
