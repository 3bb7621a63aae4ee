"""Progress that is told often enough for cancelling and seldom enough to cost nothing (mpReview#161)."""

import time

from viewer.core.progress import Progress

CALLS_PER_SECOND = 20


class Throttle:
    """Wraps a progress; calls it at most `CALLS_PER_SECOND` times a second, and always at the very start."""

    def __init__(self, progress: Progress) -> None:
        self._progress, self._next = progress, 0.0

    def __call__(self, fraction: float, text: str) -> None:
        """Report; lets `Cancelled` pass."""
        now = time.monotonic()
        if now >= self._next:
            self._next = now + 1 / CALLS_PER_SECOND
            self._progress(fraction, text)
