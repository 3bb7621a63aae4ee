"""Denoising runs of a report or of `lowfield denoise --json`, repeated with the same network and compared."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from viewer.cli.commands import denoise_document
from viewer.cli.replay_images import Images
from viewer.core.errors import LowfieldError
from viewer.report.json import denoising_document
from viewer.report.model import DenoiseSummary
from viewer.report.replay import Replay, Tolerance, compare, merged

SKIPPED = ("seconds", "warnings", "replay", "schema", "software", "input", "destination", "written")
SECONDS = "seconds: how long a run took is no result of it."
JUDGED = {"residual": Tolerance(1e-5, 1e-6)}
"""What the network had a hand in: its float32 sums depend on the processor and on onnxruntime's version."""


def replay_denoising(document: Mapping[str, Any], images: Images) -> Replay:
    """Denoise again; compare noise, network and trust numbers. ``document``: a whole one, or a report's row."""
    facts = document.get("replay")
    name = str(document.get("source_series") or (document.get("input") or {}).get("description") or "denoising")
    if not facts:
        return Replay(not_replayed=(f"{name}: the document does not say how it was denoised.",))
    try:
        result, doubts = images.denoised(facts)
    except LowfieldError as error:
        return Replay(not_replayed=(f"{name}: {error}",))
    if "source_series" in document:
        now = denoising_document(DenoiseSummary.of(result))
    else:
        now = denoise_document(result, Path())
    same: dict[str, Any] = json.loads(json.dumps(now))
    if same["runtime"] != document.get("runtime"):
        doubts += (f"{name}: the runtime was {document.get('runtime')}, is {same['runtime']}.",)
    found = compare(document, same, f"{name} denoised", skip=SKIPPED, tolerances=JUDGED)
    return merged([Replay(differences=doubts, left_out=(SECONDS,)), found])
