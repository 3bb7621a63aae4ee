"""Write a file whole or not at all."""

import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

from viewer.core.errors import LowfieldError


def write_whole(path: Path, write: Callable[[BinaryIO], object]) -> None:
    """Let ``write`` fill a temporary file in the same folder, then put it in place of ``path``.

    Raises `LowfieldError` when the disk is full or the folder cannot be written to; an older file stays.
    """
    handle, name = -1, ""
    try:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".tmp")
        with os.fdopen(handle, "wb") as stream:
            write(stream)
            stream.flush()
            os.fsync(stream.fileno())
        Path(name).chmod(0o644)
        Path(name).replace(path)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise LowfieldError(f"cannot be written ({reason}).", where=path, hint="Choose another place.") from error
    finally:
        if name:
            Path(name).unlink(missing_ok=True)
