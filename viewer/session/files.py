"""Write small files so that a crash or a full disk never leaves half of one."""

import contextlib
import os
from pathlib import Path

from viewer.core.files import sync_folder


def write_atomically(path: Path, text: str, *, keep_previous: Path | None = None) -> None:
    """Write ``text`` (UTF-8) to ``path``: temporary file in the same folder, fsync, rename.

    With ``keep_previous`` the file replaced is kept under that name. `OSError` passes; then the old file stands.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with temporary.open("w", encoding="utf-8") as stream:
            stream.write(text)
            stream.flush()
            os.fsync(stream.fileno())
        if keep_previous is not None and path.exists():
            path.replace(keep_previous)
        temporary.replace(path)
    except OSError:
        with contextlib.suppress(OSError):  # the reason to report is the first one
            temporary.unlink()
        raise
    sync_folder(path.parent)
