"""Jobs without a window: what arrives, in which order, and what never arrives."""

import queue
import threading
from collections.abc import Callable, Iterator

import pytest

from viewer.core.errors import Cancelled, LowfieldError
from viewer.core.progress import Progress
from viewer.jobs.runner import Runner


class MainThread:
    """Collects thunks like an event loop; `run_until` executes them on the test's thread."""

    def __init__(self) -> None:
        self.thunks: queue.Queue[Callable[[], object]] = queue.Queue()
        self.threads: set[int] = set()

    def __call__(self, thunk: Callable[[], object]) -> None:
        self.thunks.put(thunk)

    def run_until(self, condition: Callable[[], object]) -> None:
        while not condition():
            self.thunks.get(timeout=10)()


@pytest.fixture
def main() -> MainThread:
    return MainThread()


@pytest.fixture
def runner(main: MainThread) -> Iterator[Runner]:
    runner = Runner(2, main)
    yield runner
    runner.shutdown(wait=True)


def wait_for(progress: Progress, gate: threading.Event) -> None:
    while not gate.wait(0.002):
        progress(0.5, "waiting")


def test_result_arrives_on_the_callers_thread(runner: Runner, main: MainThread) -> None:
    got: list[tuple[int, bool]] = []
    runner.submit(lambda progress: 42, on_done=lambda r: got.append((r, threading.current_thread() is home)))
    home = threading.current_thread()
    main.run_until(lambda: got)
    assert got == [(42, True)]
    assert runner.jobs == ()


def test_error_arrives_as_the_exception_itself(runner: Runner, main: MainThread) -> None:
    got: list[Exception] = []

    def fail(progress: Progress) -> None:
        raise LowfieldError("no such series", where="x")

    runner.submit(fail, on_done=got.append, on_error=got.append)
    main.run_until(lambda: got)
    assert isinstance(got[0], LowfieldError) and got[0].what == "no such series"


def test_error_nobody_listens_for_is_raised_not_swallowed(runner: Runner, main: MainThread) -> None:
    runner.submit(lambda progress: 1 // 0)
    with pytest.raises(ZeroDivisionError):
        main.run_until(lambda: False)


def test_cancel_raises_in_the_work_and_drops_the_result(runner: Runner, main: MainThread) -> None:
    seen: list[str] = []
    raised = threading.Event()

    def work(progress: Progress) -> str:
        try:
            wait_for(progress, threading.Event())
        except Cancelled:
            raised.set()
            raise
        return "result"

    job = runner.submit(work, on_done=seen.append, on_cancelled=lambda: seen.append("cancelled"))
    main.run_until(lambda: runner.jobs[0].fraction > 0)
    job.cancel()
    main.run_until(lambda: seen)
    assert seen == ["cancelled"] and raised.is_set()


def test_work_that_never_asks_is_dropped_after_cancel(runner: Runner, main: MainThread) -> None:
    gate, seen = threading.Event(), []
    job = runner.submit(
        lambda p: gate.wait(10), on_done=seen.append, on_cancelled=lambda: seen.append("cancelled")
    )
    job.cancel()
    gate.set()
    main.run_until(lambda: seen)
    assert seen == ["cancelled"]


def test_newer_job_of_a_slot_silences_the_older(runner: Runner, main: MainThread) -> None:
    seen: list[str] = []
    gate = threading.Event()

    def old(progress: Progress) -> str:
        gate.wait(10)
        return "old"

    def note(text: str) -> Callable[..., None]:
        return lambda *_: seen.append(text)

    runner.submit(
        old, slot="s", on_done=seen.append, on_cancelled=note("old cancelled"), on_error=note("old error")
    )
    runner.submit(lambda p: "new", slot="s", on_done=seen.append)
    runner.submit(lambda p: "other", slot="other", on_done=seen.append)
    gate.set()
    main.run_until(lambda: not runner.jobs)
    assert sorted(seen) == ["new", "other"]


def test_result_already_posted_is_dropped_when_superseded(runner: Runner, main: MainThread) -> None:
    seen: list[str] = []
    runner.submit(lambda p: "old", slot="s", on_done=seen.append)
    posted = main.thunks.get(timeout=10)  # finished, and on its way to the main thread
    runner.submit(lambda p: "new", slot="s", on_done=seen.append)
    posted()
    main.run_until(lambda: not runner.jobs)
    assert seen == ["new"]


def test_progress_is_throttled_and_ordered(
    runner: Runner, main: MainThread, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = iter(n * 0.01 for n in range(1000))
    monkeypatch.setattr("viewer.jobs.runner.time.monotonic", lambda: next(clock))
    seen: list[float] = []
    done: list[str] = []

    def work(progress: Progress) -> str:
        for n in range(100):
            progress(n / 100, "")
        return "done"

    runner.submit(work, on_progress=lambda fraction, text: seen.append(fraction), on_done=done.append)
    main.run_until(lambda: done)
    assert 19 <= len(seen) <= 21  # 100 reports in one second, at most 20 a second
    assert seen == sorted(seen) and seen[0] == 0


def test_signals_tell_of_every_job(runner: Runner, main: MainThread) -> None:
    seen: list[str] = []
    runner.started.connect(lambda job: seen.append(f"started {job.title}"))
    runner.progressed.connect(lambda job: seen.append(f"{job.fraction} {job.text}"))
    runner.finished.connect(lambda job: seen.append(f"finished {job.title}"))
    runner.submit(lambda progress: progress(0.25, "slice 1"), title="Loading")
    main.run_until(lambda: not runner.jobs)
    assert seen == ["started Loading", "0.25 slice 1", "finished Loading"]


def test_shutdown_stops_running_and_waiting_jobs(main: MainThread) -> None:
    runner = Runner(1, main)
    seen: list[str] = []
    for name in ("running", "waiting"):
        runner.submit(
            lambda progress: wait_for(progress, threading.Event()),
            on_done=lambda _: seen.append("done"),
            on_cancelled=lambda name=name: seen.append(name),
        )
    runner.shutdown(wait=True)
    main.run_until(lambda: not runner.jobs)
    assert sorted(seen) == ["running", "waiting"]
