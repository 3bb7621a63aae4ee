"""Child processes that decode: limited in memory and time, restarted when they die."""

import atexit
import multiprocessing
import os
import queue
from functools import cache
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from viewer.core.errors import LowfieldError
from viewer.dicom.decoder import serve

SECONDS_PER_FRAME = 60.0
SECONDS_TO_START = 60.0
MAX_PROCESSES = 2
HINT = "The file may be damaged; copy it again or export it uncompressed."


class _Child:
    """One process, started at its first request and again after it died."""

    def __init__(self) -> None:
        self._process: Any = None
        self._connection: Connection | None = None

    def ask(self, request: dict[str, Any], path: Path) -> tuple[str, Any]:
        """Send a request and wait for (outcome, result); raise `LowfieldError` when the process dies or hangs."""
        connection = self._connection or self._start()
        try:
            connection.send(request)
            if not connection.poll(SECONDS_PER_FRAME):
                raise LowfieldError(
                    f"could not be decoded within {SECONDS_PER_FRAME:.0f} seconds.", where=path, hint=HINT
                )
            answer: tuple[str, Any] = connection.recv()
            return answer
        except (EOFError, OSError) as error:
            self.stop()
            raise LowfieldError("made the image decoder crash.", where=path, hint=HINT) from error
        except BaseException:
            self.stop()  # an answer still under way would be taken for the next one's
            raise

    def _start(self) -> Connection:
        context = multiprocessing.get_context("spawn")  # fork would copy the window's threads and locks
        ours, theirs = context.Pipe()
        self._process = context.Process(target=serve, args=(theirs,), daemon=True, name="lowfield-decoder")
        self._process.start()
        theirs.close()
        self._connection = ours
        try:
            if not ours.poll(SECONDS_TO_START):
                raise EOFError
            ours.recv()
        except (EOFError, OSError) as error:
            self.stop()
            raise LowfieldError(
                "The decoder of compressed images does not start.", hint="Install the program again."
            ) from error
        return ours

    def stop(self) -> None:
        """End the process if there is one."""
        if self._connection is not None:
            self._connection.close()
        if self._process is not None:
            self._process.kill()
            self._process.join(5)
        self._process = self._connection = None


class Pool:
    """A few children shared by all threads; a thread waits until one is free."""

    def __init__(self, size: int) -> None:
        self._children = [_Child() for _ in range(size)]
        self._free: queue.LifoQueue[_Child] = queue.LifoQueue()
        for child in self._children:
            self._free.put(child)

    def decode(self, request: dict[str, Any], path: Path) -> NDArray[np.integer]:
        """Decode one frame; raise `LowfieldError` naming ``path`` where that fails in any way."""
        child = self._free.get()
        try:
            outcome, result = child.ask(request, path)
        finally:
            self._free.put(child)
        if outcome != "pixels":
            raise LowfieldError(f"cannot be decoded ({result}).", where=path, hint=HINT)
        return np.asarray(result)

    def close(self) -> None:
        """End all children."""
        for child in self._children:
            child.stop()


@cache
def pool() -> Pool:
    """Return the decoders of this process, made at first use and ended at exit."""
    made = Pool(min(MAX_PROCESSES, os.cpu_count() or 1))
    atexit.register(made.close)
    return made
