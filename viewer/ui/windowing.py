"""What a drag does to a window: right widens, up brightens, at the same pace whatever the unit."""

import math

from viewer.core.picture import Window, window_between, window_range

PIXELS_PER_E = 220.0
"""Pixels to the right that widen a window by the factor e."""


def dragged(window: Window, right: float, up: float) -> Window:
    """Return the window after a drag in pixels."""
    center, width = window
    return center - up * width / PIXELS_PER_E, width * math.exp(right / PIXELS_PER_E)


def dragged_from_zero(window: Window, right: float, up: float) -> Window:
    """Return a window that keeps starting at zero, as activity does: only its upper end moves."""
    _, high = window_range(window)
    return window_between(0.0, max(high, 1e-12) * math.exp((right - up) / PIXELS_PER_E))
