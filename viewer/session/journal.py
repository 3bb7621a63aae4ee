"""The journal: one JSON file a study, outside the study, named by a hash, with the generation before beside it."""

import hashlib
import json
import shutil
from itertools import count
from pathlib import Path
from typing import Any

from viewer.core.errors import LowfieldError
from viewer.session.files import write_atomically

FORMAT = "lowfield-session"
VERSION = 1


class Journal:
    """Reads and writes what is remembered about studies in ``folder``."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def path(self, study_uid: str) -> Path:
        """File of a study. UIDs may identify a patient, so the name is their SHA-256."""
        return self.folder / f"{hashlib.sha256(study_uid.encode()).hexdigest()[:32]}.json"

    def write(self, study_uid: str, document: dict[str, Any]) -> None:
        """Write one study; the last good file becomes the ``.bak``. `OSError` passes."""
        path = self.path(study_uid)
        text = json.dumps({"format": FORMAT, "version": VERSION} | document, indent=1, allow_nan=False)
        good = path.exists() and _parse(path) is not None
        write_atomically(path, text, keep_previous=path.with_suffix(".bak") if good else None)

    def read(self, study_uid: str) -> tuple[dict[str, Any] | None, tuple[str, ...]]:
        """Return what is remembered, or None, and sentences about what was wrong with the files."""
        path = self.path(study_uid)
        complaints: list[str] = []
        for candidate in (path, path.with_suffix(".bak")):
            document = _parse(candidate) if candidate.exists() else None
            if document is not None:
                return document, _told(complaints, recovered=True)
            if candidate.exists():
                kept = _set_aside(candidate)
                complaints.append(f"{candidate.name} could not be read and is kept as {kept.name}")
        return None, _told(complaints, recovered=False)

    def keep_copy(self, study_uid: str) -> Path:
        """Copy the file of a study beside itself, before a save leaves out what was not understood."""
        path = self.path(study_uid)
        source = path if path.exists() else path.with_suffix(".bak")
        kept = _free_name(source)
        shutil.copyfile(source, kept)
        return kept


def _told(complaints: list[str], *, recovered: bool) -> tuple[str, ...]:
    if not complaints:
        return ()
    ending = "The generation before it was used" if recovered else "The study starts without saved ROIs"
    return (f"{'; '.join(complaints)}. {ending}.",)


def _parse(path: Path) -> dict[str, Any] | None:
    """Return the document, or None where it is not one this version understands."""
    try:
        document = json.loads(path.read_text(encoding="utf-8"), parse_constant=_no_constant)
    except (ValueError, RecursionError):  # not UTF-8, not JSON
        return None
    except OSError as error:
        raise LowfieldError(f"The saved session cannot be read ({error.strerror}).", where=path) from error
    known = isinstance(document, dict) and document.get("format") == FORMAT and document.get("version") == VERSION
    return document if known else None


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is not a number")


def _set_aside(path: Path) -> Path:
    """Rename a file nobody can read, so that the next save does not overwrite it."""
    kept = _free_name(path)
    path.replace(kept)
    return kept


def _free_name(path: Path) -> Path:
    numbered = (path.with_name(f"{path.name}.unread{n}") for n in count(1))
    return next(name for name in numbered if not name.exists())
