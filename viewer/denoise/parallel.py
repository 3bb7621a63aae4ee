"""Several calls at a time, their answers in order; what is no longer wanted is not begun, nor waited for."""

from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from functools import partial
from typing import TypeVar

Item = TypeVar("Item")
Answer = TypeVar("Answer")
PATIENCE_S = 0.1


def in_order(
    function: Callable[[Item], Answer], items: Iterable[Item], at_once: int, waiting: Callable[[int], None]
) -> Generator[Answer, None, None]:
    """Yield ``function(item)`` of every item in order, computed in ``at_once`` threads.

    One more call waits, so that no thread idles while the caller works on an answer: no more than that is held
    in memory. ``waiting`` is called with the number of answers given, before each and every `PATIENCE_S` in which
    none comes, and may raise. Then, and when the generator is closed, no further call begins; those under way end
    in the background, their answers unused. A call's exception is raised in its place.
    """
    pending: deque[Future[Answer]] = deque()
    pool = ThreadPoolExecutor(at_once, thread_name_prefix="lowfield-denoise")
    given = 0
    try:
        for item in items:
            pending.append(pool.submit(function, item))
            if len(pending) > at_once:
                yield _answer(pending.popleft(), partial(waiting, given))
                given += 1
        while pending:
            yield _answer(pending.popleft(), partial(waiting, given))
            given += 1
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def _answer(call: Future[Answer], waiting: Callable[[], None]) -> Answer:
    waiting()
    while not wait((call,), PATIENCE_S).done:
        waiting()
    return call.result()
