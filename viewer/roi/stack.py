"""A polygon's planes, and whether points lie inside: within a plane's slab, or interpolated between planes."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from viewer.roi.evenodd import ON_EDGE_MM, Floats, inside_even_odd
from viewer.roi.polygon import SHAPE, Polygon, plane_positions

FACE_TOLERANCE_MM = 1e-3
"""How far outside a lower face a centre may lie: stored positions are rounded."""
MOST_PAIRS = 2_000_000
"""Points times edges looked at together, to bound memory."""


@dataclass(frozen=True, eq=False)
class Stack:
    """Contours of a polygon by plane, seen along its normal.

    ``planes`` (p,) are their heights in mm along ``normal`` from ``origin`` (LPS mm), ascending, and ``contours``
    theirs, each (m, 2) in mm along ``u`` and ``v``. ``half`` is half the thickness of the (outermost) planes.
    """

    origin: Floats
    normal: Floats
    u: Floats
    v: Floats
    planes: Floats
    contours: tuple[list[Floats], ...]
    half: float
    by_shape: bool

    @classmethod
    def of(cls, polygon: Polygon, thickness_mm: float) -> "Stack":
        """Sort the contours of a polygon into planes of this thickness."""
        loops, normal = [np.array(contour) for contour in polygon.contours], np.array(polygon.normal)
        origin, (u, v) = loops[0][0], _in_plane(normal)
        heights = np.array([((loop - origin) @ normal).mean() for loop in loops])
        planes = plane_positions(heights)
        contours: tuple[list[Floats], ...] = tuple([] for _ in planes)
        for loop, plane in zip(loops, _nearest(heights, planes).tolist()):
            contours[plane].append((loop - origin) @ np.stack([u, v], axis=1))
        by_shape = polygon.interpolation == SHAPE and planes.size > 1
        return cls(origin, normal, u, v, planes, contours, thickness_mm / 2, by_shape)

    def reaches(self, heights: Floats) -> NDArray[np.bool_]:
        """Return which ``heights`` (mm, any shape) lie in a slab, or between the outermost faces."""
        nearest = self.planes[_nearest(heights, self.planes)]
        above = heights - nearest
        within = (above >= -self.half - FACE_TOLERANCE_MM) & (above < self.half - FACE_TOLERANCE_MM)
        return within | ((heights > self.planes[0]) & (heights < self.planes[-1])) if self.by_shape else within

    def inside(self, heights: Floats, flat: Floats) -> NDArray[np.bool_]:
        """Return which points lie inside: at ``heights`` (n,) that it reaches, and ``flat`` (n, 2) across."""
        inside = np.zeros(heights.size, bool)
        key = self._below(heights) if self.by_shape else _nearest(heights, self.planes)
        for plane in np.unique(key).tolist():
            chosen = key == plane
            if self.by_shape:
                inside[chosen] = self._between(plane, heights[chosen], flat[chosen])
            else:
                inside[chosen] = inside_even_odd(flat[chosen], self.contours[plane])
        return inside

    def contains(self, points_lps_mm: Floats) -> NDArray[np.bool_]:
        """Return which points (n, 3) in LPS mm lie inside."""
        away = points_lps_mm - self.origin
        heights = away @ self.normal
        inside = self.reaches(heights)
        inside[inside] = self.inside(heights[inside], away[inside] @ np.stack([self.u, self.v], axis=1))
        return inside

    def _below(self, heights: Floats) -> NDArray[np.intp]:
        """Return the plane under each height; the last but one at most, so that there is one above it."""
        found = np.searchsorted(self.planes, heights + FACE_TOLERANCE_MM, "right") - 1
        return np.asarray(found.clip(0, self.planes.size - 2), np.intp)

    def _between(self, plane: int, heights: Floats, flat: Floats) -> NDArray[np.bool_]:
        """Interpolate the signed distance; where both planes agree about a point it need not be known."""
        low, high = self.contours[plane], self.contours[plane + 1]
        inside, other = inside_even_odd(flat, low), inside_even_odd(flat, high)
        part = ((heights - self.planes[plane]) / (self.planes[plane + 1] - self.planes[plane])).clip(0, 1)
        differ = inside != other
        signs = np.where(inside[differ], -1.0, 1.0)
        below, above = distance_to(flat[differ], low), distance_to(flat[differ], high)
        distance = signs * ((1 - part[differ]) * below - part[differ] * above)
        inside[differ] = distance <= ON_EDGE_MM
        return inside


def distance_to(points: Floats, contours: Sequence[Floats]) -> Floats:
    """Return the distance (n,) in mm from ``points`` (n, 2) to the nearest edge of closed ``contours``."""
    start = np.concatenate(contours)
    along = np.concatenate([np.roll(contour, -1, axis=0) for contour in contours]) - start
    length_squared = np.maximum((along**2).sum(axis=1), np.finfo(float).tiny)
    step = max(1, MOST_PAIRS // len(start))
    return np.concatenate(
        [
            np.zeros(0),
            *(_distance(points[n : n + step], start, along, length_squared) for n in range(0, len(points), step)),
        ]
    )


def _distance(points: Floats, start: Floats, along: Floats, length_squared: Floats) -> Floats:
    away = points[:, None] - start
    where = ((away * along).sum(axis=2) / length_squared).clip(0, 1)
    return np.asarray(np.linalg.norm(away - where[:, :, None] * along, axis=2).min(axis=1))


def _nearest(heights: Floats, planes: Floats) -> NDArray[np.intp]:
    """Return the index of the plane nearest to each height; just at the middle, the upper one."""
    middles = (planes[1:] + planes[:-1]) / 2 - FACE_TOLERANCE_MM
    return np.asarray(np.searchsorted(middles, heights, "right"), np.intp)


def _in_plane(normal: Floats) -> tuple[Floats, Floats]:
    """Return two unit vectors at right angles to ``normal`` and to each other."""
    u = np.cross(normal, np.eye(3)[np.argmin(np.abs(normal))])
    u /= np.linalg.norm(u)
    return u, np.cross(normal, u)
