"""``lowfield replay``: work a document's numbers out again from the study, and say whether each still agrees."""

import argparse
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from viewer.cli import choose, output
from viewer.cli.commands import DENOISE_SCHEMA
from viewer.cli.replay_denoise import replay_denoising
from viewer.cli.replay_dose import replay_dose
from viewer.cli.replay_images import Images, facts_in
from viewer.cli.replay_phantom import replay_phantom
from viewer.cli.replay_rois import replay_rois
from viewer.core.errors import LowfieldError
from viewer.core.study import StudyIndex
from viewer.pipeline import open_study
from viewer.report import dose, phantom
from viewer.report.facts import software
from viewer.report.replay import Replay, merged

MOST_LINES = 12
OLDER = "does not hold what a replay needs; an older version wrote it."
AGAIN = "Make it again with the same command (`measure`, `report`, `phantom`, `dose`, `denoise`) and --json."
Document = Mapping[str, Any]


def replay(words: argparse.Namespace) -> None:
    """Compare; the command fails unless every number of the document was replayed and agrees."""
    document = _read(words.report)
    outcome = replayed(document, _index_of(words, document))
    if words.json:
        output.print_json({"report": str(words.report), "kind": kind_of(document), **outcome.document()})
    else:
        _print(outcome)
    if not outcome.agrees:
        wrong = sum(not each.agrees for each in outcome.numbers)
        left = len(outcome.not_replayed)
        raise LowfieldError(
            f"{wrong} of {len(outcome.numbers)} numbers do not agree, {left} part(s) could not be replayed.",
            where=words.report,
        )


def replayed(document: Document, index: StudyIndex) -> Replay:
    """Work out again every number of a document of any kind, and compare."""
    rows = [document, *(document.get("denoising") or ())]
    facts = [each["replay"] for each in rows if "denoised_sha256" in (each.get("replay") or {})]
    found = KINDS[kind_of(document)](document, Images(index, facts))
    return merged([Replay(differences=_other_version(document)), found])


def kind_of(document: Document) -> str:
    """Return which command wrote a document: ``report`` (or ``measure``), ``phantom``, ``dose`` or ``denoise``."""
    known = {phantom.SCHEMA: "phantom", dose.SCHEMA: "dose", DENOISE_SCHEMA: "denoise"}
    schema = document.get("schema")
    if isinstance(schema, str):
        return known.get(schema, "")
    older = {"dose_constants": "dose", "sigma": "denoise", "rois": "report"}
    return next((kind for key, kind in older.items() if key in document), "")


def _report(document: Document, images: Images) -> Replay:
    """Replay all parts of a report: ROIs, denoising runs and the phantom."""
    parts = [replay_rois(document, images)]
    parts += [replay_denoising(row, images) for row in document.get("denoising") or ()]
    parts += [replay_phantom(document["phantom"], images)] if document.get("phantom") else []
    return merged(parts)


KINDS: dict[str, Callable[[Document, Images], Replay]] = {
    "report": _report,
    "phantom": replay_phantom,
    "dose": replay_dose,
    "denoise": replay_denoising,
}


def _other_version(document: Document) -> tuple[str, ...]:
    wrote, now = document.get("software") or {}, software()
    if not wrote or wrote == now:
        return ()
    return (f"It was written by {wrote.get('name')} {wrote.get('version')}, replayed by {now['version']}.",)


def _read(path: Path) -> dict[str, Any]:
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise LowfieldError(f"cannot be read as JSON ({error}).", where=path) from error
    if not isinstance(document, dict) or not kind_of(document):
        raise LowfieldError(
            "is no document of Lowfield that this version can replay.",
            where=path,
            hint="Name what `report`, `measure`, `phantom`, `dose` or `denoise` wrote with --json.",
        )
    parts = (document, document.get("phantom") or {}, *(document.get("denoising") or ()))
    if not any(each.get("replay") for each in parts):
        raise LowfieldError(OLDER, where=path, hint=AGAIN)
    return document


def _index_of(words: argparse.Namespace, document: Document) -> StudyIndex:
    """Open the folders named, else every place where the document says that its series were."""
    if words.study:
        return choose.open_indexes(words.study)
    stated = [str(each.get("source") or "") for each in facts_in(document)]
    found = list(dict.fromkeys(path for text in stated if (path := _existing(text)) is not None))
    if not found:
        raise LowfieldError(
            "The study is not where the document says.",
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
    allowed = sorted({each.tolerance.relative for each in outcome.numbers})
    tolerance = " to ".join(f"{each:g}" for each in dict.fromkeys(allowed[:1] + allowed[-1:]))
    print(f"{right} of {len(outcome.numbers)} numbers agree (relative tolerance {tolerance or 'none'})")
    for each in wrong[:MOST_LINES]:
        print(f"  {each.roi}: {each.number} was {_shown(each.reported)}, is {_shown(each.now)}")
    if len(wrong) > MOST_LINES:
        print(f"  and {len(wrong) - MOST_LINES} more")
    for text in outcome.differences:
        print(f"  {text}")
    for text in outcome.not_replayed:
        print(f"not replayed: {text}")
    for text in outcome.left_out:
        print(f"not compared: {text}")


def _shown(value: float | int | str | None) -> str:
    if value is None:
        return "no number"
    return repr(value) if isinstance(value, str | bool) else f"{value:.10g}"
