"""Brings the images of series that were opened: a preview at once, the volume when it is there."""

import threading
from collections.abc import Callable, Sequence
from typing import Any

from numpy.typing import NDArray

from viewer.core.study import SeriesInfo
from viewer.core.volume import Volume
from viewer.jobs.runner import Runner
from viewer.session.functions import Functions
from viewer.session.session import Session


class Loading:
    """Loads what is assigned and not in memory. ``failed(exception, doing)`` hears of what went wrong."""

    def __init__(
        self, session: Session, runner: Runner, functions: Functions, failed: Callable[[Exception, str], object]
    ) -> None:
        self._session, self._runner, self._load, self._failed = session, runner, functions.load, failed
        session.series_assigned.connect(self.load)

    def load(self, role: str) -> None:
        """Load the series assigned to ``role`` unless it is in memory; what cannot be loaded is closed again."""
        key = self._session.key(role)
        info = self._session.info(key)
        if info is None or self._session.loaded(key) is not None:
            return
        on_slice = self._previews(key)
        self._runner.submit(
            lambda progress: self._load(info, progress, on_slice),
            on_done=lambda volume: self._done(info, volume),
            on_error=lambda error: self._give_up(role, key, error),
            on_cancelled=lambda: self._give_up(role, key),
            title=f"Loading {info.description or info.modality}",
            slot=f"load {role}",
        )

    def _done(self, info: SeriesInfo, volume: Volume) -> None:
        self._session.add_volume(info.key, volume)
        warn(self._session, info.key, info.description or info.modality, (*info.warnings, *volume.warnings))

    def _give_up(self, role: str, key: str, error: Exception | None = None) -> None:
        if self._session.key(role) == key:  # else the user has long gone on to another series
            self._session.assign(role, "")
        if error is not None:
            self._failed(error, "Loading a series")

    def _previews(self, key: str) -> Callable[[int, NDArray[Any]], None]:
        """Tell of one slice at a time: the next is sent when the one before has been shown."""
        shown = threading.Event()
        shown.set()

        def show(k: int, picture: NDArray[Any]) -> None:
            shown.set()
            if self._session.loaded(key) is None:
                self._session.preview_arrived.emit(key, k, picture)

        def on_slice(k: int, picture: NDArray[Any]) -> None:
            if shown.is_set():
                shown.clear()
                self._runner.deliver(lambda: show(k, picture))

        return on_slice


def warn(session: Session, key: str, title: str, warnings: Sequence[str]) -> None:
    """Send warnings about a series, each once, as one message in place of the one before."""
    told = tuple(dict.fromkeys(warnings))
    if not told:
        session.warned.emit(key, title, "", "")
        return
    first = told[0].removesuffix(".") if len(told) > 1 else told[0]
    more = f" (and {len(told) - 1} more)." if len(told) > 1 else ""
    session.warned.emit(key, title, f"{title}: {first}{more}", "\n".join(told[1:]))
