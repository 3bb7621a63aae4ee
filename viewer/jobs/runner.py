"""Threads for long work: progress, cancellation, and results that arrive on the caller's own thread.

A worker never touches a widget: everything it says is a thunk given to ``deliver``, which the window
implements as "run this on the main thread". Without a window ``deliver`` runs thunks where they are.
"""

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, Generic, TypeVar

from psygnal import Signal

from viewer.core.errors import Cancelled
from viewer.core.progress import Progress

T = TypeVar("T")
Thunk = Callable[[], object]
Deliver = Callable[[Thunk], object]
PROGRESS_INTERVAL_S = 0.05


def at_once(thunk: Thunk) -> None:
    """Deliver by calling, on whatever thread this is."""
    thunk()


class Job(Generic[T]):
    """One piece of work under way. ``fraction`` in 0..1 and ``text`` are the last progress delivered."""

    def __init__(self, title: str, deliver: Deliver, on_progress: Progress | None) -> None:
        self.title = title
        self.fraction = 0.0
        self.text = ""
        self.finished = False
        self._deliver = deliver
        self._on_progress = on_progress
        self._cancel = threading.Event()
        self._stale = threading.Event()
        self._next_report = 0.0

    def cancel(self) -> None:
        """Ask the work to stop; its next progress call raises `Cancelled` and its result is dropped."""
        self._cancel.set()

    def supersede(self) -> None:
        """Cancel without a word: a newer job has taken the slot, and nobody waits for this one."""
        self._stale.set()
        self._cancel.set()

    @property
    def cancelled(self) -> bool:
        """Whether somebody asked this job to stop."""
        return self._cancel.is_set()

    @property
    def stale(self) -> bool:
        """Whether a newer job took its slot."""
        return self._stale.is_set()

    def report(self, fraction: float, text: str) -> None:
        """The `Progress` the work receives: at most 20 reports a second get through."""
        if self.cancelled:
            raise Cancelled
        now = time.monotonic()
        if now < self._next_report:
            return
        self._next_report = now + PROGRESS_INTERVAL_S
        self._deliver(lambda: self._arrive(fraction, text))

    def _arrive(self, fraction: float, text: str) -> None:
        if self.cancelled or self.finished:
            return
        self.fraction, self.text = fraction, text
        if self._on_progress:
            self._on_progress(fraction, text)


class Runner:
    """A few threads that run jobs. Signals fire on the thread ``deliver`` leads to."""

    started = Signal(object)
    """(job)"""
    progressed = Signal(object)
    """(job); read its ``fraction`` and ``text``"""
    finished = Signal(object)
    """(job), however it ended"""

    def __init__(self, max_workers: int = 2, deliver: Deliver = at_once) -> None:
        self._pool = ThreadPoolExecutor(max_workers, thread_name_prefix="lowfield")
        self._default_deliver = deliver
        self._jobs: list[Job[Any]] = []
        self._slots: dict[str, Job[Any]] = {}
        self._closed = False

    @property
    def jobs(self) -> tuple[Job[Any], ...]:
        """Jobs submitted and not yet finished, oldest first."""
        return tuple(self._jobs)

    def submit(
        self,
        function: Callable[[Progress], T],
        *,
        on_progress: Progress | None = None,
        on_done: Callable[[T], object] | None = None,
        on_error: Callable[[Exception], object] | None = None,
        on_cancelled: Callable[[], object] | None = None,
        deliver: Deliver | None = None,
        slot: str = "",
        title: str = "",
    ) -> Job[T]:
        """Run ``function(progress)`` on a worker; exactly one of the last three callbacks follows.

        A job submitted to the same ``slot`` later makes this one stale: it is cancelled and none of its
        callbacks run any more. An exception without ``on_error`` is raised on the caller's thread.
        ``title`` names the job to the user; jobs without one work unseen.
        """
        deliver = deliver or self._default_deliver
        job: Job[T] = Job(title, deliver, self._reporter(on_progress, lambda: job))
        if self._closed:  # the window is closing: nobody waits for anything any more
            job.supersede()
            return job
        if slot and slot in self._slots:
            self._slots[slot].supersede()
        if slot:
            self._slots[slot] = job
        self._jobs.append(job)
        self.started.emit(job)
        ends = (on_done, on_error, on_cancelled)
        future = self._pool.submit(_run, function, job)
        future.add_done_callback(lambda done: deliver(lambda: self._finish(job, done, *ends)))
        return job

    def deliver(self, thunk: Thunk) -> None:
        """From inside a job's work: run ``thunk`` on the caller's thread, before the job's own callbacks."""
        self._default_deliver(thunk)

    def cancel_all(self) -> None:
        """Ask every job to stop."""
        for job in self.jobs:
            job.cancel()

    def shutdown(self, *, wait: bool = False) -> None:
        """Cancel everything and take no more jobs; ``wait`` until the workers have noticed."""
        self._closed = True
        self.cancel_all()
        self._pool.shutdown(wait=wait, cancel_futures=True)

    def _reporter(self, on_progress: Progress | None, job: Callable[[], Job[Any]]) -> Progress:
        def report(fraction: float, text: str) -> None:
            if on_progress:
                on_progress(fraction, text)
            self.progressed.emit(job())

        return report

    def _finish(
        self,
        job: Job[T],
        future: "Future[T]",
        on_done: Callable[[T], object] | None,
        on_error: Callable[[Exception], object] | None,
        on_cancelled: Callable[[], object] | None,
    ) -> None:
        job.finished = True
        self._jobs.remove(job)
        self._slots = {slot: other for slot, other in self._slots.items() if other is not job}
        self.finished.emit(job)
        error = Cancelled() if future.cancelled() else future.exception()
        if job.stale:
            return
        if job.cancelled or isinstance(error, Cancelled):
            _call(on_cancelled)
        elif error is None:
            _call(on_done, future.result())
        elif on_error and isinstance(error, Exception):
            on_error(error)
        else:
            raise error


def _run(function: Callable[[Progress], T], job: Job[T]) -> T:
    if job.cancelled:
        raise Cancelled
    return function(job.report)


def _call(callback: Callable[..., object] | None, *arguments: object) -> None:
    if callback:
        callback(*arguments)
