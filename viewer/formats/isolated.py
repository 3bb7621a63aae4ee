"""HDF5 is read in a process of its own: its library crashes on some damaged files, which must not end the program.

One child is started at the first such file and kept. It runs the room's own readers and sends back what they
return; progress and cancelling stay with the caller.
"""

import atexit
import multiprocessing
import os
import signal
import threading
from dataclasses import replace
from functools import cache
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from viewer.core.errors import LowfieldError
from viewer.core.progress import Progress, silent
from viewer.core.volume import Volume
from viewer.formats.entry import HINT, Entry, Reader

SECONDS = 900.0
BEAT_SECONDS = 0.2
SECONDS_TO_START = 60.0


def isolated(reader: Reader) -> Reader:
    """Return a reader that does the same in the child. Its functions must be importable by name."""

    def entries(path: Path) -> list[Entry]:
        found: list[Entry] = _child().ask((reader.entries, (path,)), path, silent)
        return found

    def load(path: Path, item: str, progress: Progress) -> Volume:
        volume: Volume = _child().ask((reader.load, (path, item, silent)), path, progress)
        return replace(volume)  # runs the checks again, and makes the numbers read-only

    return Reader(entries, load)


class _Child:
    """One process, started at its first request and again after it died."""

    def __init__(self) -> None:
        self._process: Any = None
        self._connection: Connection | None = None
        self._lock = threading.Lock()

    def ask(self, request: tuple[Any, tuple[Any, ...]], path: Path, progress: Progress) -> Any:
        """Run a function in the child; raise what it raised, or `LowfieldError` where it died or hung."""
        with self._lock:
            try:
                connection = self._connection or self._start()
                connection.send(request)
                outcome, result = self._answer(connection, path, progress)
            except (EOFError, OSError) as error:
                self.stop()
                raise LowfieldError(
                    "is damaged: reading it crashed its library.", where=path, hint=HINT
                ) from error
            except BaseException:
                self.stop()  # an answer still under way would be taken for the next one's
                raise
        if outcome == "error":
            raise result
        return result

    def _answer(self, connection: Connection, path: Path, progress: Progress) -> Any:
        waited = 0.0
        while not connection.poll(BEAT_SECONDS):
            waited += BEAT_SECONDS
            progress(min(0.9, 0.1 + waited / 60), f"Reading {path.name}")
            if waited > SECONDS:
                raise LowfieldError(f"could not be read within {SECONDS / 60:.0f} minutes.", where=path, hint=HINT)
        return connection.recv()

    def _start(self) -> Connection:
        context = multiprocessing.get_context("spawn")  # fork would copy the window's threads and locks
        ours, theirs = context.Pipe()
        self._process = context.Process(target=serve, args=(theirs,), daemon=True, name="lowfield-reader")
        self._process.start()
        theirs.close()
        self._connection = ours
        if not ours.poll(SECONDS_TO_START):
            raise EOFError
        ours.recv()
        return ours

    def stop(self) -> None:
        """End the process if there is one."""
        if self._connection is not None:
            self._connection.close()
        if self._process is not None:
            self._process.kill()
            self._process.join(5)
        self._process = self._connection = None


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
def _child() -> _Child:
    made = _Child()
    atexit.register(made.stop)
    return made
