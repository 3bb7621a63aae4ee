"""ZIP studies: unpacked into a private folder that dies with the program, never outside it or unbounded."""

import atexit
import os
import platform
import shutil
import stat
import tempfile
import time
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import IO

from viewer.core.errors import LowfieldError
from viewer.core.paths import user_data
from viewer.core.progress import Progress, silent
from viewer.core.study import Problem
from viewer.dicom.throttle import Throttle

MAX_BYTES = 20 << 30
SPARE_BYTES = 1 << 30
"""Left free on the disk."""
MAX_RATIO = 200
RATIO_FREE_BYTES = 1 << 30
"""Below this size any ratio is harmless: an empty image shrinks a thousandfold."""
MAX_ENTRIES = 200_000
CHUNK_BYTES = 1 << 20
STALE_DAYS = 2
ENCRYPTED = 0x1
_unpacked: dict[Path, Path] = {}
"""Folder of an unpacked ZIP: the ZIP."""


def is_zip(path: Path) -> bool:
    """Whether a file begins like a ZIP (also like an empty one)."""
    with path.open("rb") as file:
        start = file.read(132)
    return start[:4] in (b"PK\x03\x04", b"PK\x05\x06") and start[128:] != b"DICM"


def shown(path: Path) -> str:
    """Name a file for messages: one out of a ZIP as ``study.zip/inner/name``."""
    for folder, archive in _unpacked.items():
        if path.is_relative_to(folder):
            return (archive / path.relative_to(folder)).as_posix()
    return str(path)


def unpack(archive: Path, progress: Progress = silent) -> tuple[Path, list[Problem]]:
    """Unpack into a new private folder and return it, with a `Problem` for each entry refused.

    Raises `LowfieldError` where the whole ZIP is unreadable, encrypted or larger than is safe.
    """
    folder = _private_folder()
    _unpacked[folder] = archive
    try:
        with zipfile.ZipFile(archive) as opened:
            return folder, list(_extract(opened, archive, folder, Throttle(progress)))
    except (zipfile.BadZipFile, OSError, zlib.error, NotImplementedError, EOFError) as error:
        _discard(folder)
        raise LowfieldError(
            f"cannot be unpacked ({error}).", where=archive, hint="Copy it again or unpack it yourself."
        ) from error
    except BaseException:
        _discard(folder)
        raise


def _extract(opened: zipfile.ZipFile, archive: Path, folder: Path, progress: Progress) -> Iterator[Problem]:
    entries = [entry for entry in opened.infolist() if not entry.is_dir()]
    if len(entries) > MAX_ENTRIES:
        raise LowfieldError(f"holds {len(entries)} files, more than {MAX_ENTRIES}.", where=archive)
    if entries and all(entry.flag_bits & ENCRYPTED for entry in entries):
        raise LowfieldError(
            "is protected by a password.", where=archive, hint="Unpack it with its password and open the folder."
        )
    budget, spent = _budget(archive, folder), 0
    for index, entry in enumerate(entries):
        progress(index / len(entries), f"Unpacking {archive.name}")
        refusal, target = _target(entry, folder)
        if target is None:
            yield Problem(f"{archive.name}/{entry.filename}", refusal)
            continue
        try:
            spent += _write(opened, entry, target, budget - spent, archive)
        except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
            target.unlink(missing_ok=True)
            yield Problem(f"{archive.name}/{entry.filename}", f"is damaged inside the ZIP ({error}).")


def _budget(archive: Path, folder: Path) -> int:
    """How many bytes may be written: by disk, by absolute limit and by ratio."""
    free = max(0, shutil.disk_usage(folder).free - SPARE_BYTES)
    return min(MAX_BYTES, free, max(RATIO_FREE_BYTES, MAX_RATIO * archive.stat().st_size))


def _target(entry: zipfile.ZipInfo, folder: Path) -> tuple[str, Path | None]:
    """Return where an entry may be written, or why it may not."""
    name = PurePosixPath(entry.filename.replace("\\", "/"))
    if entry.flag_bits & ENCRYPTED:
        return "is protected by a password and was left out.", None
    if stat.S_ISLNK(entry.external_attr >> 16):
        return "is a link to another place and was left out.", None
    if name.is_absolute() or ".." in name.parts or ":" in entry.filename:
        return "points outside the ZIP and was left out.", None
    target = folder.joinpath(*(_harmless(part) for part in name.parts))
    if not name.parts or not target.is_relative_to(folder):
        return "has no usable name and was left out.", None
    if target.exists() or any(parent.is_file() for parent in target.parents):
        return "appears twice in the ZIP; only the first was opened.", None
    return "", target


def _harmless(part: str) -> str:
    """A file name without control characters and without what Windows forbids."""
    kept = "".join("_" if ord(letter) < 32 or letter in '<>"|?*' else letter for letter in part)
    return kept.rstrip(" .")[:200] or "_"


def _write(opened: zipfile.ZipFile, entry: zipfile.ZipInfo, target: Path, budget: int, archive: Path) -> int:
    target.parent.mkdir(parents=True, exist_ok=True)
    written = 0
    with opened.open(entry) as source, target.open("wb") as file:
        for chunk in _chunks(source):
            written += len(chunk)
            if written > budget:
                raise LowfieldError(
                    "unpacks to more than is safe or than the disk has room for.",
                    where=archive,
                    hint="If you trust it, unpack it yourself and open the folder.",
                )
            file.write(chunk)
    return written


def _chunks(source: IO[bytes]) -> Iterator[bytes]:
    while chunk := source.read(CHUNK_BYTES):
        yield chunk


def _private_folder() -> Path:
    """Make a folder only this user can read; remove those that a crashed run left behind."""
    root = user_data() / "unpacked"
    root.mkdir(mode=0o700, exist_ok=True)
    for old in root.iterdir():
        if old not in _unpacked and _is_leftover(old):
            shutil.rmtree(old, ignore_errors=True)
    return Path(tempfile.mkdtemp(prefix=f"zip {platform.node()} {os.getpid()} ", dir=root)).resolve()


def _is_leftover(folder: Path) -> bool:
    """Whether the process that made a folder is gone; of another computer's (a shared home), whether it is old."""
    if time.time() - folder.stat().st_mtime > STALE_DAYS * 86400:
        return True
    _, computer, process, *_ = [*folder.name.split(" "), "", "", ""]
    if os.name != "posix" or computer != platform.node() or not process.isdigit():
        return False
    try:
        os.kill(int(process), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False


def _discard(folder: Path) -> None:
    _unpacked.pop(folder, None)
    shutil.rmtree(folder, ignore_errors=True)


@atexit.register
def discard_all() -> None:
    """Remove everything unpacked by this process."""
    for folder in list(_unpacked):
        _discard(folder)
