"""The parts of the benchmark by name: each takes the setting and returns its table and its numbers."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from denoising import repeats, speed, synthetic, tables
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
    return tables.repeats(entries) + tables.grid(entries), [entry.public() for entry in entries]


def _synthetic(s: Setting) -> tuple[str, Any]:
    bench = synthetic.run(s.cache, s.data, s.models, s.quick, s.say)
    found = {"scores": [r.public() for r in bench.rows], "sigma": [r.public() for r in bench.sigmas]}
    return tables.synthetic(bench), found


def _speed(s: Setting) -> tuple[str, Any]:
    found = speed.run(s.models, s.say)
    return tables.speed(found), [one.public() for one in found]


PARTS: dict[str, Callable[[Setting], tuple[str, Any]]] = {
    "repeats": _repeats,
    "synthetic": _synthetic,
    "speed": _speed,
}
