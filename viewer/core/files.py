"""Write files so that a full disk, a crash or a power cut never costs what was there before."""

import contextlib
import os
import uuid
from collections.abc import Iterator
from pathlib import Path

from viewer.core.errors import LowfieldError


@contextlib.contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Yield the path of a new file in the folder of ``path``; when the block ends well it takes its place.

    The new file keeps the suffixes of ``path`` and is on disk (fsync) before the rename. A link stays a link. When
    the block fails the new file goes and the old one stays; `OSError` becomes `LowfieldError` naming ``path``.
    """
    target = path.resolve()
    temporary = target.with_name(f".{uuid.uuid4().hex}{''.join(target.suffixes[-2:])}")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        yield temporary
        with temporary.open("rb+") as stream:
            os.fsync(stream.fileno())
        temporary.replace(target)
        sync_folder(target.parent)
    except OSError as error:
        raise _unwritable(path, error) from error
    finally:
        with contextlib.suppress(OSError):  # the failure to report is the first one
            temporary.unlink(missing_ok=True)


def write_file(path: Path, content: bytes) -> None:
    """Write a whole file, all or nothing; raise `LowfieldError` where it cannot be written."""
    with replacing(path) as temporary:
        temporary.write_bytes(content)


def _unwritable(path: Path, error: OSError) -> LowfieldError:
    return LowfieldError(
        f"cannot be written ({error.strerror or type(error).__name__}).",
        where=path,
        hint="What was there before is unchanged. Choose another place or make room.",
    )


def sync_folder(folder: Path) -> None:
    """Put the names in ``folder`` on disk."""
    # A rename survives a power cut only once its folder is on disk; Windows has no such call.
    if os.name == "posix":
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
