"""The words of the command line; ``lowfield --help`` is the contract."""

import argparse
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path

from viewer import __version__
from viewer.cli.corrections import add_corrections, local_time
from viewer.cli.dose_words import add_dose
from viewer.cli.phantom_words import add_phantom

DESCRIPTION = (
    "Offline viewer for ultra-low-field MRI and quantitative terbium-149 PET/CT. "
    "Without a command it opens the window on the PATHs given. Research use; not for primary diagnosis."
)


def build_parser() -> argparse.ArgumentParser:
    """Build the parser of all commands; the handler's name is in ``command``."""
    parser = argparse.ArgumentParser(prog="lowfield", description=DESCRIPTION)
    parser.add_argument("--version", action="version", version=f"lowfield {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")
    for add in (
        _open, _demo, _index, _denoise, _measure, _report, add_dose, add_phantom, _replay, _models, _selfcheck,
    ):  # fmt: skip
        add(commands.add_parser)
    return parser


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    """Parse; bare paths mean ``open``."""
    parser = build_parser()
    words = list(arguments)
    known = {
        "open", "demo", "index", "denoise", "measure", "report", "dose", "phantom", "replay", "models",
        "selfcheck",
    }  # fmt: skip
    if not words or (words[0] not in known and not words[0].startswith("-")):
        words.insert(0, "open")
    return parser.parse_args(words)


Add = Callable[..., argparse.ArgumentParser]


def _open(add: Add) -> None:
    parser = add("open", help="open the window (the default command)")
    parser.add_argument("paths", nargs="*", type=Path, metavar="PATH", help="folders, files or ZIPs")


def _demo(add: Add) -> None:
    parser = add("demo", help="the built-in simulated study")
    parser.add_argument("--out", type=Path, metavar="DIR", help="where to put the study and the results")
    parser.add_argument("--headless", action="store_true", help="no window: run everything and leave it in DIR")


def _index(add: Add) -> None:
    parser = add("index", help="list patients, studies and series")
    parser.add_argument("path", type=Path, metavar="PATH")
    _json(parser)


def _denoise(add: Add) -> None:
    parser = add("denoise", help="denoise an MR series")
    parser.add_argument("source", type=Path, metavar="SRC", help="folder, file or ZIP of any format")
    parser.add_argument("destination", type=Path, metavar="DST", help=".nii.gz file, or new folder")
    parser.add_argument("--sigma", type=_sigma, default=None, metavar="auto|VALUE", help="noise SD in SRC's units")
    parser.add_argument("--repeat", metavar="UID", help="series of SRC that repeats it: noise from both")
    parser.add_argument("--model", metavar="NAME", help="see `lowfield models`")
    parser.add_argument("--provider", default="CPUExecutionProvider", help="execution provider of onnxruntime")
    parser.add_argument("--strength", type=_strength, default=1.0, metavar="0..1")
    parser.add_argument("--series", metavar="UID")
    parser.add_argument(
        "--part",
        choices=("auto", "complex", "magnitude"),
        default="auto",
        help="of a magnitude and phase (or real and imaginary) pair: auto takes both as one complex image",
    )
    _json(parser)


def _measure(add: Add) -> None:
    parser = add("measure", help="measure ROIs on native voxels")
    _measuring(parser)
    output = parser.add_mutually_exclusive_group()
    output.add_argument("--json", action="store_true", help="print one JSON document on stdout")
    output.add_argument("--csv", type=Path, metavar="FILE")


def _report(add: Add) -> None:
    parser = add("report", help="write a report")
    _measuring(parser)
    parser.add_argument("--pdf", type=Path, required=True, metavar="FILE")
    parser.add_argument("--csv", type=Path, metavar="FILE")
    _json(parser)


def _replay(add: Add) -> None:
    parser = add("replay", help="work a document's numbers out again and compare every one")
    help_text = "of `report`, `measure --json`, `phantom --json`, `dose --json` or `denoise --json`"
    parser.add_argument("report", type=Path, metavar="REPORT.json", help=help_text)
    parser.add_argument("study", type=Path, nargs="*", metavar="STUDY", help="default: where the document says")
    _json(parser)


def _models(add: Add) -> None:
    parser = add("models", help="list the denoising models")
    parser.add_argument("--verify", action="store_true", help="check every model file against its card's SHA-256")
    _json(parser)


def _selfcheck(add: Add) -> None:
    _json(add("selfcheck", help="check this installation against known answers"))


def _measuring(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("study", type=Path, metavar="STUDY")
    parser.add_argument("--rois", type=Path, required=True, metavar="FILE", help="JSON, NIfTI mask or RTSTRUCT")
    parser.add_argument("--series", metavar="UID")
    parser.add_argument("--acquired-as", metavar="NUCLIDE", help="the nuclide the scanner was told")
    parser.add_argument("--nuclide", metavar="NUCLIDE", help="the nuclide it really is")
    parser.add_argument(
        "--reference", type=_reference, default="scan", metavar="scan|injection|ISO-TIME", help="decay-correct to"
    )
    parser.add_argument(
        "--calibration-uncertainty-percent", type=float, metavar="PERCENT", help="of the scanner (k = 1)"
    )
    parser.add_argument("--recovery", metavar="TABLE", help="RC table to correct means by")
    add_corrections(parser)


def _json(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="print one JSON document on stdout")


def _sigma(text: str) -> float | None:
    if text == "auto":
        return None
    value = float(text)
    if not 0 < value < float("inf"):
        raise argparse.ArgumentTypeError("sigma must be `auto` or a number above 0")
    return value


def _strength(text: str) -> float:
    value = float(text)
    if not 0 <= value <= 1:
        raise argparse.ArgumentTypeError("strength lies between 0 and 1")
    return value


def _reference(text: str) -> str | datetime:
    if text in ("scan", "injection"):
        return text
    return local_time(text)
