"""A process for what may crash or hang (codecs, HDF5, OpenGL), so that it costs one answer and not the program."""

import multiprocessing
import threading
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Any

SECONDS_TO_START = 60.0
BEAT_SECONDS = 0.2


class ChildError(Exception):
    """The process gave no answer and was ended; callers say what that means for their user."""


class NotStartedError(ChildError):
    """It did not come up, or not in time."""


class HungError(ChildError):
    """It took longer than it was allowed to."""


class Child:
    """One process, started at its first request and again after it died.

    ``serve`` runs in it (importable by name, as processes are spawned): it sends a word when it is ready, then an
    answer to each request until the other end closes. Safe to share between threads: requests take turns.
    """

    def __init__(self, serve: Callable[[Connection], None], name: str) -> None:
        self._serve, self._name = serve, name
        self._process: Any = None
        self._connection: Connection | None = None
        self._lock = threading.Lock()

    @property
    def pid(self) -> int | None:
        """Number of the process, or None while there is none."""
        return None if self._process is None else self._process.pid

    def ask(self, request: Any, seconds: float, beat: Callable[[float], object] | None = None) -> Any:
        """Send a request and return the answer, for which the process has ``seconds``.

        ``beat`` is told every `BEAT_SECONDS` how long that took so far, and may raise to give up. Whatever goes
        wrong, the process is ended: an answer still under way would be taken for the next one's. Raises
        `ChildError` where it died, `NotStartedError`, `HungError`.
        """
        with self._lock:
            try:
                connection = self._connection or self._start()
                connection.send(request)
                return _answer(connection, seconds, beat)
            except (EOFError, OSError) as error:
                self.stop()
                raise ChildError(f"{self._name} died") from error
            except BaseException:
                self.stop()
                raise

    def stop(self) -> None:
        """End the process if there is one."""
        if self._connection is not None:
            self._connection.close()
        if self._process is not None:
            self._process.kill()
            self._process.join(5)
        self._process = self._connection = None

    def _start(self) -> Connection:
        context = multiprocessing.get_context("spawn")  # fork would copy the window's threads and locks
        ours, theirs = context.Pipe()
        process = context.Process(target=self._serve, args=(theirs,), daemon=True, name=self._name)
        try:
            process.start()
        except BaseException as error:  # kept only once it runs: what never ran can be neither killed nor joined
            ours.close()
            if isinstance(error, OSError):
                raise NotStartedError(f"{self._name} could not be started: {error.strerror}") from error
            raise
        finally:
            theirs.close()
        self._process, self._connection = process, ours
        try:
            if not ours.poll(SECONDS_TO_START):
                raise NotStartedError(f"{self._name} is not ready after {SECONDS_TO_START:.0f} s")
            ours.recv()
        except (EOFError, OSError) as error:
            raise NotStartedError(f"{self._name} died while starting") from error
        return ours


def _answer(connection: Connection, seconds: float, beat: Callable[[float], object] | None) -> Any:
    step, waited = (seconds, 0.0) if beat is None else (BEAT_SECONDS, 0.0)
    while not connection.poll(step):
        waited += step
        if beat is not None:
            beat(waited)
        if waited >= seconds:
            raise HungError(f"no answer within {seconds:g} s")
    return connection.recv()
