"""Implicit shapes: approximate signed distances in mm, negative inside, on float32 coordinate arrays."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
Point = tuple[float, float, float]
Node = tuple[Point, float]
TINY = np.float32(1e-6)


def radius(x: Array, y: Array, z: Array, center: Point, radii: Point) -> Array:
    """Return the radius in units of an ellipsoid: 0 at its centre, 1 on its surface."""
    u, v, w = ((c - np.float32(m)) / np.float32(r) for c, m, r in zip((x, y, z), center, radii))
    return np.asarray(np.sqrt(u * u + v * v + w * w))


def ellipsoid(x: Array, y: Array, z: Array, center: Point, radii: Point) -> Array:
    """Return the distance to an ellipsoid, to first order: (|p/r| − 1)·|p/r| / |p/r²|, exact for a sphere."""
    u, v, w = ((c - np.float32(m)) / np.float32(r) for c, m, r in zip((x, y, z), center, radii))
    k = np.sqrt(u * u + v * v + w * w)
    slope = np.sqrt((u / radii[0]) ** 2 + (v / radii[1]) ** 2 + (w / radii[2]) ** 2)
    return np.asarray(k * (k - 1) / (slope + TINY))


def capsule(x: Array, y: Array, z: Array, start: Node, end: Node) -> Array:
    """Return the distance to a straight tube between two nodes (centre, radius), its radius running linearly."""
    (a, ra), (b, rb) = start, end
    axis = np.subtract(b, a).astype(np.float32)
    px, py, pz = (c - np.float32(m) for c, m in zip((x, y, z), a))
    t = np.clip((px * axis[0] + py * axis[1] + pz * axis[2]) / np.float32(axis @ axis), 0, 1)
    gap = np.sqrt((px - t * axis[0]) ** 2 + (py - t * axis[1]) ** 2 + (pz - t * axis[2]) ** 2)
    return np.asarray(gap - (np.float32(ra) + t * np.float32(rb - ra)))


def tube(x: Array, y: Array, z: Array, nodes: Sequence[Node]) -> Array:
    """Return the distance to a bent tube through ``nodes`` (centre, radius)."""
    pieces = (capsule(x, y, z, a, b) for a, b in pairwise(nodes))
    first = next(pieces)
    for piece in pieces:
        first = np.minimum(first, piece)
    return first


def blend(a: Array, b: Array, width: float) -> Array:
    """Return the union of two shapes with a fillet of ``width`` mm (polynomial smooth minimum)."""
    h = np.maximum(np.float32(width) - np.abs(a - b), 0) / np.float32(width)
    return np.asarray(np.minimum(a, b) - h * h * np.float32(width / 4))


def cut(a: Array, b: Array, width: float) -> Array:
    """Return the intersection of two shapes with a rounded edge of ``width`` mm."""
    return -blend(-a, -b, width)


def sheet(offset: Array, *overshoots: Array) -> Array:
    """Return the distance to a piece of surface: ``offset`` from it, ``overshoots`` beyond its borders."""
    squared = offset * offset
    for beyond in overshoots:
        squared = squared + np.maximum(beyond, 0) ** 2
    return np.asarray(np.sqrt(squared))


def step(value: Array, low: float, high: float) -> Array:
    """Return a smooth step from 0 below ``low`` to 1 above ``high``."""
    t = np.clip((value - np.float32(low)) / np.float32(high - low), 0, 1)
    return np.asarray(t * t * (3 - 2 * t))


def turn(x: Array, y: Array, center: tuple[float, float], degrees: float) -> tuple[Array, Array]:
    """Rotate coordinates about ``center``, so that a shape upright in the result lies at ``degrees`` in (x, y)."""
    c, s = np.float32(np.cos(np.deg2rad(degrees))), np.float32(np.sin(np.deg2rad(degrees)))
    u, v = x - np.float32(center[0]), y - np.float32(center[1])
    return c * u + s * v + np.float32(center[0]), c * v - s * u + np.float32(center[1])
