"""Model cards: what a network is, what it expects and where it comes from. No scaling constant lives in code."""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from viewer.core.errors import LowfieldError
from viewer.core.paths import models
from viewer.denoise.scaling import channels
from viewer.denoise.views import MOST

FORMAT = 1
SCALING = "snr"
KINDS = frozenset({"complex", "magnitude", "real"})
DEFAULT_MODEL = "lowfield-base"


@dataclass(frozen=True)
class ModelCard:
    """One shipped network, as ``models/<name>/card.json`` describes it.

    ``input_name``/``output_name`` of the ONNX graph; ``context`` neighbour slices on either side; rows and
    columns are padded to a ``multiple``; images larger than ``tile_size`` are cut into tiles that share
    ``tile_overlap`` voxels. ``snr_range`` is the peak SNR seen in training; ``value_range`` of the input in
    units of sigma; ``kinds`` of images it was trained for; ``views``: how many views of an image of each kind are
    averaged (`viewer.denoise.views`). ``training`` holds data, licences and settings.
    """

    name: str
    version: str
    description: str
    folder: Path
    file: str
    sha256: str
    input_name: str
    output_name: str
    context: int
    multiple: int
    tile_size: int
    tile_overlap: int
    units: str
    value_range: tuple[float, float]
    snr_range: tuple[float, float]
    kinds: frozenset[str]
    views: dict[str, int]
    intended_use: str
    limits: tuple[str, ...]
    training: dict[str, Any]

    @property
    def path(self) -> Path:
        """The ONNX file."""
        return self.folder / self.file


def list_models() -> list[ModelCard]:
    """Return the cards of all models in the models folder, by name; a damaged card raises LowfieldError."""
    return [read_card(path.parent) for path in sorted(models().glob("*/card.json"))]


def load_card(name: str | None = None) -> ModelCard:
    """Return the card of one model (None: the default one). LowfieldError names what there is."""
    wanted = name or DEFAULT_MODEL
    folder = models() / wanted
    if Path(wanted).name != wanted or not (folder / "card.json").is_file():
        known = ", ".join(sorted(path.parent.name for path in models().glob("*/card.json"))) or "none"
        raise LowfieldError(f"There is no model named {wanted!r}.", where=models(), hint=f"Available: {known}.")
    return read_card(folder)


def read_card(folder: Path) -> ModelCard:
    """Read and validate ``folder/card.json``."""
    path = folder / "card.json"
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        card = _card(document, folder)
    except (OSError, UnicodeDecodeError, json.JSONDecodeError) as error:
        raise LowfieldError(f"The model card cannot be read ({error}).", where=path) from error
    except (KeyError, TypeError, ValueError) as error:
        raise LowfieldError(f"The model card is incomplete or malformed: {error!r}.", where=path) from error
    _validate(card, document, path)
    return card


def _card(document: dict[str, Any], folder: Path) -> ModelCard:
    graph_input, tile = document["input"], document["tile"]
    low, high = (float(value) for value in document["value_range"])
    least, most = (float(value) for value in document["snr_range"])
    return ModelCard(
        name=str(document["name"]),
        version=str(document["version"]),
        description=str(document["description"]),
        folder=folder,
        file=str(document["file"]),
        sha256=str(document["sha256"]).lower(),
        input_name=str(graph_input["name"]),
        output_name=str(document["output"]["name"]),
        context=int(graph_input["context"]),
        multiple=int(graph_input["multiple"]),
        tile_size=int(tile["size"]),
        tile_overlap=int(tile["overlap"]),
        units=str(document["units"]),
        value_range=(low, high),
        snr_range=(least, most),
        kinds=frozenset(str(kind) for kind in document["kinds"]),
        views={str(kind): int(count) for kind, count in document.get("views", {}).items()},
        intended_use=str(document["intended_use"]),
        limits=tuple(str(limit) for limit in document["limits"]),
        training=dict(document["training"]),
    )


def _validate(card: ModelCard, document: dict[str, Any], path: Path) -> None:
    """Raise LowfieldError for a card that this program would misread."""
    problems = {
        f"its format is {document.get('format')!r}, not {FORMAT}": document.get("format") != FORMAT,
        f"its scaling is {document.get('scaling')!r}, not {SCALING!r}": document.get("scaling") != SCALING,
        "its name differs from its folder": card.name != card.folder.name,
        "its file lies outside its folder": Path(card.file).name != card.file,
        "its SHA-256 is not one": len(card.sha256) != 64 or not set(card.sha256) <= set("0123456789abcdef"),
        "its channels do not fit its context": document["input"].get("channels") != channels(card.context),
        "its kinds are unknown": not card.kinds or not card.kinds <= KINDS,
        "its views are impossible": not all(1 <= count <= MOST for count in card.views.values()),
        "its tiles are impossible": not 0 <= 2 * card.tile_overlap < card.tile_size or card.multiple < 1,
    }
    found = [problem for problem, is_so in problems.items() if is_so]
    if found:
        raise LowfieldError(f"The model card cannot be used: {'; '.join(found)}.", where=path)


def verify(card: ModelCard) -> None:
    """Raise LowfieldError unless the ONNX file is the one that the card describes."""
    verified(card.path, card.sha256)


def verified(path: Path, sha256: str) -> bytes:
    """Return the content of a model file; LowfieldError unless it has this SHA-256 (hexadecimal)."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise LowfieldError(f"The model file cannot be read ({error.strerror}).", where=path) from error
    if hashlib.sha256(content).hexdigest() != sha256:
        raise LowfieldError(
            "The model file is not the one its card describes (SHA-256 differs).",
            where=path,
            hint="Install the program again.",
        )
    return content
