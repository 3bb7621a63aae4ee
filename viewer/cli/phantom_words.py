"""The words of ``lowfield phantom``; apart from the command, so that the parser loads none of its rooms."""

import argparse
from collections.abc import Callable
from pathlib import Path

from viewer.cli.corrections import local_time
from viewer.quantify.recovery_tables import conventions


def add_phantom(add: Callable[..., argparse.ArgumentParser]) -> None:
    """Add the command's words."""
    parser = add("phantom", help="find and measure the NEMA IEC body phantom")
    parser.add_argument("study", type=Path, metavar="STUDY")
    parser.add_argument("--spheres-kbq-ml", type=float, metavar="A", help="true concentration of the spheres")
    parser.add_argument(
        "--background-kbq-ml", type=float, metavar="B", help="true concentration of the background"
    )
    parser.add_argument("--at", type=local_time, metavar="TIME", help="when they were so, 2026-05-04T13:30:00")
    parser.add_argument("--pet", metavar="UID", help="series to measure, where the study holds several PET")
    parser.add_argument("--ct", metavar="UID", help="CT of the same frame of reference; default: the largest")
    parser.add_argument("--acquired-as", metavar="NUCLIDE", help="the nuclide the scanner was told")
    parser.add_argument("--nuclide", metavar="NUCLIDE", help="the nuclide it really is")
    keys = [each.key for each in conventions()]
    parser.add_argument("--voi", choices=keys, default=keys[0], help="how a sphere becomes voxels")
    parser.add_argument("--json", action="store_true", help="print one JSON document on stdout")
    parser.add_argument("--pdf", type=Path, metavar="FILE")
    parser.add_argument("--table", type=Path, metavar="FILE", help="write this scan's own recovery table")
