"""Progress of long work, as a plain callable so that rooms need not know who listens."""

from collections.abc import Callable

Progress = Callable[[float, str], None]
"""``progress(fraction, text)``: fraction in 0..1. Raises `Cancelled` when the user has stopped the job."""


def silent(fraction: float, text: str) -> None:
    """Report progress to nobody."""


def part(progress: Progress, start: float, end: float) -> Progress:
    """Return a progress that maps 0..1 of a sub-task onto ``start..end`` of the whole."""
    return lambda fraction, text: progress(start + (end - start) * fraction, text)
