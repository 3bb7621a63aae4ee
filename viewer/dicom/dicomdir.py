"""A DICOMDIR is believed only about what should be there; files are found by looking, never by its references.

References that leave the folder are an attack (CVE-2026-32711); references to absent files a damaged copy.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

from viewer.core.errors import LowfieldError
from viewer.core.study import Problem
from viewer.dicom.archive import shown
from viewer.dicom.fields import items, texts
from viewer.dicom.guard import read_header
from viewer.dicom.words import listed


def check_directories(directories: Sequence[Path], roots: Sequence[Path]) -> list[Problem]:
    """Compare what the directory files (PS3.3 F.3) list with what lies below ``roots``: one problem per fault."""
    listed_files: dict[tuple[str, ...], Path] = {}
    problems = []
    for directory in directories:
        try:
            listed_files |= dict.fromkeys(_references(directory), directory)
        except LowfieldError as error:
            problems.append(Problem(shown(directory), f"{error.what} {error.hint}".strip()))
    outside = {names: where for names, where in listed_files.items() if not all(map(_is_plain, names))}
    absent = {
        names: where
        for names, where in listed_files.items()
        if names not in outside and not any(base.joinpath(*names).is_file() for base in _bases(where, roots))
    }
    if absent:
        words = listed(["/".join(names) for names in absent])
        what = (
            f"lists {len(absent)} of {len(listed_files)} files that are absent: {words}. Those present are opened."
        )
        problems.append(Problem(shown(next(iter(absent.values()))), what))
    if outside:
        what = f"points {len(outside)} times outside its folder, which was not followed."
        problems.append(Problem(shown(next(iter(outside.values()))), what))
    return problems


def _references(directory: Path) -> Iterator[tuple[str, ...]]:
    for record in items(read_header(directory), "DirectoryRecordSequence"):
        if names := texts(record, "ReferencedFileID"):
            yield names


def _is_plain(name: str) -> bool:
    return name not in ("", ".", "..") and not set(name) & set("/\\:")


def _bases(directory: Path, roots: Sequence[Path]) -> list[Path]:
    """Folders a reference may count from: the directory file's own and those above it, within what was opened."""
    return [base for base in directory.parents if any(base.is_relative_to(root) for root in roots)]
