"""The words of ``lowfield dose``; apart from the command, so that the parser loads none of its rooms."""

import argparse
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from viewer.quantify.dose import DEFAULT_RBE
from viewer.quantify.timeactivity import BETWEEN_SCANS
from viewer.quantify.timeactivity_integral import TAIL, UPTAKE
from viewer.therapy.options import CT_DENSITY, WATER_DENSITY


def add_dose(add: Callable[..., argparse.ArgumentParser]) -> None:
    """Add the words of the command to the parser."""
    parser = add("dose", help="verify a therapy: activity over several scans, absorbed dose")
    parser.add_argument("study", nargs="+", type=Path, metavar="STUDY", help="all scans of one patient")
    parser.add_argument(
        "--rois", type=Path, required=True, metavar="FILE", help="drawn on the first scan: JSON, mask or RTSTRUCT"
    )
    parser.add_argument("--series", action="append", default=[], metavar="UID", help="only these PET series")
    parser.add_argument("--first", default="", metavar="UID", help="the series the ROIs were drawn on")
    parser.add_argument("--acquired-as", metavar="NUCLIDE", help="the nuclide the scanner was told")
    parser.add_argument("--nuclide", metavar="NUCLIDE", help="the nuclide it really is")
    parser.add_argument("--injected-mbq", type=float, metavar="MBQ", help="injected activity of the true nuclide")
    parser.add_argument("--injected-at", type=_time, metavar="ISO-TIME", help="time of injection (local)")
    _add_model(parser)
    parser.add_argument("--background", default="", metavar="ROI", help="for target-to-background ratios")
    parser.add_argument("--organ", action="append", default=[], metavar="ROI", help="for target-to-organ ratios")
    parser.add_argument("--map", type=Path, metavar="DIR", help="write dose maps (NIfTI, Gy and Gy·RBE) here")
    parser.add_argument("--csv", type=Path, metavar="FILE")
    parser.add_argument("--pdf", type=Path, metavar="FILE")
    parser.add_argument("--json", action="store_true", help="print one JSON document on stdout")


def _add_model(parser: argparse.ArgumentParser) -> None:
    curves = ("auto", "mono", "bi", "uptake", "physical")
    parser.add_argument("--model", choices=curves, default="auto", help="curve through the points (auto: by AICc)")
    parser.add_argument("--uptake", choices=tuple(UPTAKE), default="effective", help="before the first scan")
    parser.add_argument("--tail", choices=tuple(TAIL), default="physical", help="after the last scan")
    parser.add_argument("--rbe", type=float, default=DEFAULT_RBE, metavar="RBE", help="of alpha particles")
    parser.add_argument("--density", choices=(WATER_DENSITY, CT_DENSITY), default=WATER_DENSITY)
    parser.add_argument(
        "--between-scans-percent", type=float, default=100 * BETWEEN_SCANS, metavar="PERCENT",
        help="uncertainty that each scan adds of its own (k = 1)",
    )  # fmt: skip
    parser.add_argument("--calibration-uncertainty-percent", type=float, metavar="PERCENT", help="of the scanner")


def _time(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError("say a time such as 2026-05-04T13:30:00") from error
    if moment.tzinfo is not None:
        raise argparse.ArgumentTypeError("the time must be the scanner's local time, without a time zone")
    return moment
