"""Exceptions nobody expected: a message, a log without patient data, and the program goes on."""

import sys
import threading
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any

from psygnal import EmitLoopError

from viewer.core.errors import Cancelled, LowfieldError
from viewer.core.paths import user_data

LOG_BYTES = 256 * 1024


def log_path() -> Path:
    """Where internal errors are written."""
    return user_data() / "crash.log"


def record(error: BaseException) -> Path:
    """Append where an error happened. Its message is left out: values in it may be patient data."""
    path = log_path()
    chain = _chain(error)
    frames = "".join(f"{type(one).__name__}\n{''.join(traceback.format_tb(one.__traceback__))}" for one in chain)
    old = path.read_text(encoding="utf-8")[-LOG_BYTES:] if path.exists() else ""
    path.write_text(f"{old}\n{time.strftime('%Y-%m-%d %H:%M:%S')} {frames}", encoding="utf-8")
    return path


def for_user(error: BaseException) -> LowfieldError | None:
    """Return what to show: the user's errors as they are, bugs as "internal error"; None for a cancellation."""
    while isinstance(error, EmitLoopError) and error.__cause__ is not None:
        error = error.__cause__
    if isinstance(error, Cancelled):
        return None
    if isinstance(error, LowfieldError):
        return error
    if isinstance(error, MemoryError):
        return LowfieldError("There is not enough memory for this.", hint="Close other programs or studies first.")
    try:
        place: str | Path = record(error)
    except OSError as failure:
        place = f"the log could not be written: {failure.strerror}"
    what = f"Internal error ({type(error).__name__}). Your work is still there."
    return LowfieldError(what, where=place, hint="Please send the log named here to the developers.")


def install(show: Callable[[LowfieldError], object], deliver: Callable[[Callable[[], object]], object]) -> None:
    """Send every uncaught exception of any thread to ``show`` on the main thread."""

    def handle(error: BaseException) -> None:
        shown = for_user(error)
        if shown is not None:
            deliver(lambda: show(shown))

    def hook(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> Any:
        if issubclass(kind, KeyboardInterrupt):
            return sys.__excepthook__(kind, error, trace)
        return handle(error)

    sys.excepthook = hook
    threading.excepthook = lambda arguments: handle(arguments.exc_value) if arguments.exc_value else None


def _chain(error: BaseException) -> list[BaseException]:
    found: list[BaseException] = []
    current: BaseException | None = error
    while current is not None and current not in found:
        found.append(current)
        current = current.__cause__ or current.__context__
    return found[::-1]
