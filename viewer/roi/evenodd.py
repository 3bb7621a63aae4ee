"""Which points of a plane lie inside closed contours: the even-odd rule, boundary included."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
ON_EDGE_MM = 1e-6
"""A point this near to a contour lies on it."""


def inside_even_odd(points: Floats, contours: Sequence[Floats]) -> NDArray[np.bool_]:
    """Return for ``points`` (n, 2) whether they lie inside ``contours``, each (m, 2) and closed; all in mm.

    A point is inside when a line from it to infinity crosses the contours an odd number of times, or when it
    lies on one of them, that of a hole too. Each edge meets only the points at its own height, so the work grows
    with their number and not with points times edges.
    """
    start = np.concatenate(contours)
    end = np.concatenate([np.roll(contour, -1, axis=0) for contour in contours])
    order = np.argsort(points[:, 1], kind="stable")
    ordered = points[order]
    edge, point = _at_same_height(ordered[:, 1], start[:, 1], end[:, 1])
    a, b, p = start[edge], end[edge], ordered[point]
    crossings = np.bincount(point[_right_of(a, b, p)], minlength=len(points))
    inside = crossings % 2 == 1
    inside[point[_on_edge(a, b, p)]] = True
    result = np.empty(len(points), bool)
    result[order] = inside
    return result


def _at_same_height(heights: Floats, start: Floats, end: Floats) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return pairs (edge, point): ``heights`` ascending, between the ends of the edge or just beside them."""
    low = np.searchsorted(heights, np.minimum(start, end) - ON_EDGE_MM, "left")
    high = np.searchsorted(heights, np.maximum(start, end) + ON_EDGE_MM, "right")
    count = high - low
    edge = np.repeat(np.arange(count.size), count)
    within = np.arange(edge.size) - np.repeat(np.cumsum(count) - count, count)
    return edge, within + low[edge]


def _right_of(a: Floats, b: Floats, p: Floats) -> NDArray[np.bool_]:
    """Whether the edge from ``a`` to ``b`` crosses the line from ``p`` to the right; its upper end is excluded."""
    spans = (a[:, 1] > p[:, 1]) != (b[:, 1] > p[:, 1])
    height = np.where(spans, b[:, 1] - a[:, 1], 1.0)
    crossing = a[:, 0] + (p[:, 1] - a[:, 1]) * (b[:, 0] - a[:, 0]) / height
    return np.asarray(spans & (crossing > p[:, 0]))


def _on_edge(a: Floats, b: Floats, p: Floats) -> NDArray[np.bool_]:
    """Whether ``p`` lies within `ON_EDGE_MM` of the edge from ``a`` to ``b``."""
    along, to_point = b - a, p - a
    length_squared = np.maximum((along**2).sum(axis=1), np.finfo(float).tiny)
    where = np.clip((to_point * along).sum(axis=1) / length_squared, 0.0, 1.0)
    return np.asarray(np.linalg.norm(to_point - where[:, None] * along, axis=1) <= ON_EDGE_MM)
