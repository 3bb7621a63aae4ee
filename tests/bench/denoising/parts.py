"""The parts of the benchmark by name: each takes the setting and returns its table and its numbers."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from denoising import failures, lesionbench, pictures, repeats, siblings, speed, synthetic, tables
from denoising.cache import Cache
from viewer.denoise.card import list_models


@dataclass(frozen=True)
class Setting:
    """What every part needs to know."""

    cache: Cache
    data: Path
    models: list[str]
    quick: bool
    out: Path | None
    say: Callable[[str], None]


def all_models() -> list[str]:
    return [card.name for card in list_models()]


def _repeats(s: Setting) -> tuple[str, Any]:
    entries = repeats.run(s.cache, s.data, s.models, s.quick, s.say)
    if s.out:
        pictures.repeats(s.cache, s.data, s.models[0], s.out)
    return tables.repeats(entries) + tables.grid(entries), [entry.public() for entry in entries]


def _synthetic(s: Setting) -> tuple[str, Any]:
    bench = synthetic.run(s.cache, s.data, s.models, s.quick, s.say)
    found = {"scores": [r.public() for r in bench.rows], "sigma": [r.public() for r in bench.sigmas]}
    if s.out:
        found["failures, error in sigma"] = failures.sheets(s.cache, s.data, s.models[0], s.out)
    return tables.synthetic(bench), found


def _siblings(s: Setting) -> tuple[str, Any]:
    rows, images = siblings.run(s.cache, s.data, s.models, s.say)
    if s.out:
        pictures.siblings(images, s.out)
    return tables.siblings(rows), [row.public() for row in rows]


def _lesions(s: Setting) -> tuple[str, Any]:
    study = lesionbench.run(s.cache, s.data, s.models, s.quick, s.say)
    found = {"findings": [f.public() for f in study.findings], "invented": [i.public() for i in study.invented]}
    return tables.lesions(study), found


def _speed(s: Setting) -> tuple[str, Any]:
    found = speed.run(s.models, s.say)
    return tables.speed(found), [one.public() for one in found]


PARTS: dict[str, Callable[[Setting], tuple[str, Any]]] = {
    "repeats": _repeats,
    "synthetic": _synthetic,
    "siblings": _siblings,
    "lesions": _lesions,
    "speed": _speed,
}
