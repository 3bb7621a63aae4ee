"""Which files to look at: folders without their links to elsewhere, files, ZIPs, and what a DICOMDIR promises."""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from viewer.core.errors import LowfieldError
from viewer.core.progress import Progress
from viewer.core.study import Problem
from viewer.dicom import archive

DICOM_SUFFIXES = frozenset({"", ".dcm", ".dicom", ".dic", ".ima"})


@dataclass
class Findings:
    """Files to read, in a stable order, and what was refused on the way.

    ``named`` were asked for by name; ``roots`` are the folders searched.
    """

    files: list[Path] = field(default_factory=list)
    named: set[Path] = field(default_factory=set)
    roots: list[Path] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def gather(paths: Sequence[Path], progress: Progress) -> Findings:
    """List the files below ``paths``, unpacking ZIPs. Raises `LowfieldError` for a path that is not there."""
    found, seen = Findings(), set[Path]()
    for path in paths:
        if not path.exists():
            raise LowfieldError("does not exist.", where=path, hint="Check the path.")
        for file in _below(path, found):
            if file in seen:
                continue
            seen.add(file)
            _add(file, file == path, found, progress)
    return found


def _below(path: Path, found: Findings) -> Iterator[Path]:
    if path.is_dir():
        yield from _walk(path, found)
    elif path.name.upper() == "DICOMDIR":  # an index of the folder it lies in
        yield from _walk(path.parent, found)
    else:
        yield path


def _add(file: Path, named: bool, found: Findings, progress: Progress) -> None:
    if named:
        found.named.add(file)
    try:
        if not archive.is_zip(file):
            found.files.append(file)
            return
        folder, problems = archive.unpack(file, progress)
    except LowfieldError as error:
        found.problems.append(Problem(error.where or str(file), f"{error.what} {error.hint}".strip()))
        return
    except OSError as error:
        found.problems.append(Problem(str(file), f"cannot be read ({error.strerror})."))
        return
    found.problems += problems
    found.files += _walk(folder, found)


def _walk(folder: Path, found: Findings) -> Iterator[Path]:
    """Yield regular files below a folder, sorted; hidden ones are left out, links out of it are named."""
    root = folder.resolve()
    found.roots.append(folder)

    def unreadable(error: OSError) -> None:
        found.problems.append(Problem(str(error.filename), f"cannot be read ({error.strerror})."))

    for place, folders, names in os.walk(folder, onerror=unreadable):
        folders[:] = sorted(name for name in folders if not name.startswith(".") and name != "__MACOSX")
        for name in sorted(name for name in names if not name.startswith(".")):
            path = Path(place) / name
            if path.is_symlink() and not path.resolve().is_relative_to(root):
                found.problems.append(Problem(str(path), "is a link out of the folder and was not followed."))
            elif path.is_file():
                yield path


def looks_like_dicom_by_name(path: Path) -> bool:
    """Whether the name promises DICOM: then it is worth a message when the content is something else."""
    return path.suffix.lower() in DICOM_SUFFIXES or path.suffix[1:].isdigit()
