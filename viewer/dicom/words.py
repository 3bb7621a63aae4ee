"""Words for messages."""

from collections.abc import Sequence

MOST_NAMES = 5


def listed(names: Sequence[str]) -> str:
    """Name the first few and count the rest: ``a.dcm, b.dcm and 3 more``."""
    shown = ", ".join(names[:MOST_NAMES])
    more = len(names) - MOST_NAMES
    return f"{shown} and {more} more" if more > 0 else shown
