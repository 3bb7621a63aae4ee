"""Child processes that decode: limited in memory and time, restarted when they die."""

import atexit
import os
import queue
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from viewer.core.child import Child, ChildError, HungError, NotStartedError
from viewer.core.errors import LowfieldError
from viewer.dicom.decoder import serve

SECONDS_PER_FRAME = 60.0
MAX_PROCESSES = 2
HINT = "The file may be damaged; copy it again or export it uncompressed."


class Pool:
    """A few children shared by all threads; a thread waits until one is free."""

    def __init__(self, size: int) -> None:
        self._children = [Child(serve, "lowfield-decoder") for _ in range(size)]
        self._free: queue.LifoQueue[Child] = queue.LifoQueue()
        for child in self._children:
            self._free.put(child)

    def decode(self, request: dict[str, Any], path: Path) -> NDArray[np.integer]:
        """Decode one frame; raise `LowfieldError` naming ``path`` where that fails in any way."""
        child = self._free.get()
        try:
            outcome, result = _ask(child, request, path)
        finally:
            self._free.put(child)
        if outcome != "pixels":
            raise LowfieldError(f"cannot be decoded ({result}).", where=path, hint=HINT)
        return np.asarray(result)

    def close(self) -> None:
        """End all children."""
        for child in self._children:
            child.stop()


def _ask(child: Child, request: dict[str, Any], path: Path) -> tuple[str, Any]:
    """Return (outcome, result); raise `LowfieldError` when the process does not start, dies or hangs."""
    try:
        answer: tuple[str, Any] = child.ask(request, SECONDS_PER_FRAME)
    except NotStartedError as error:
        what = "The decoder of compressed images does not start."
        raise LowfieldError(what, hint="Install the program again.") from error
    except HungError as error:
        what = f"could not be decoded within {SECONDS_PER_FRAME:.0f} seconds."
        raise LowfieldError(what, where=path, hint=HINT) from error
    except ChildError as error:
        raise LowfieldError("made the image decoder crash.", where=path, hint=HINT) from error
    return answer


@cache
def pool() -> Pool:
    """Return the decoders of this process, made at first use and ended at exit."""
    made = Pool(min(MAX_PROCESSES, os.cpu_count() or 1))
    atexit.register(made.close)
    return made
