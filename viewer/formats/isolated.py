"""HDF5 is read in a process of its own: its library crashes on some damaged files, which must not end the program.

One child is started at the first such file and kept. It runs the room's own readers and sends back what they
return; progress and cancelling stay with the caller.
"""

import atexit
import os
import signal
from dataclasses import replace
from functools import cache
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from viewer.core.child import Child, ChildError, HungError
from viewer.core.errors import LowfieldError
from viewer.core.progress import Progress, silent
from viewer.core.volume import Volume
from viewer.formats.entry import HINT, Entry, Reader

SECONDS = 900.0


def isolated(reader: Reader) -> Reader:
    """Return a reader that does the same in the child. Its functions must be importable by name."""

    def entries(path: Path) -> list[Entry]:
        found: list[Entry] = _ask((reader.entries, (path,)), path, silent)
        return found

    def load(path: Path, item: str, progress: Progress) -> Volume:
        volume: Volume = _ask((reader.load, (path, item, silent)), path, progress)
        return replace(volume)  # runs the checks again, and makes the numbers read-only

    return Reader(entries, load)


def _ask(request: tuple[Any, tuple[Any, ...]], path: Path, progress: Progress) -> Any:
    """Run a function in the child; raise what it raised, or `LowfieldError` where it died or hung."""

    def beat(waited: float) -> None:
        progress(min(0.9, 0.1 + waited / 60), f"Reading {path.name}")

    try:
        outcome, result = _child().ask(request, SECONDS, beat)
    except HungError as error:
        what = f"could not be read within {SECONDS / 60:.0f} minutes."
        raise LowfieldError(what, where=path, hint=HINT) from error
    except ChildError as error:
        raise LowfieldError("is damaged: reading it crashed its library.", where=path, hint=HINT) from error
    if outcome == "error":
        raise result
    return result


def serve(connection: Connection) -> None:
    """Answer requests until the other side closes; the child's side."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C is for the parent, which then closes the pipe
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in (1, 2):  # what C libraries print does not belong into the parent's output
        os.dup2(nowhere, stream)
    connection.send(("ready", None))
    while True:
        try:
            function, arguments = connection.recv()
        except (EOFError, OSError):
            return
        connection.send(_result(function, arguments))


def _result(function: Any, arguments: tuple[Any, ...]) -> tuple[str, Any]:
    try:
        return "result", function(*arguments)
    except LowfieldError as error:
        return "error", error
    except MemoryError:
        return "error", LowfieldError("needs more memory than there is.", where=arguments[0])


@cache
def _child() -> Child:
    made = Child(serve, "lowfield-reader")
    atexit.register(made.stop)
    return made
