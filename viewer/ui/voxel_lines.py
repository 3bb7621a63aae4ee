"""Where voxels, and what lies between contours, meet a plane: lines along pixels of the screen. No Qt."""

import numpy as np
from numpy.typing import NDArray

from viewer.core.reslice import Plane, sample_plane
from viewer.core.volume import Volume
from viewer.roi.contains import contains
from viewer.roi.polygon import Polygon
from viewer.roi.shapes import MaskShape

Line = NDArray[np.float64]
CUBE = np.stack(np.meshgrid(*[(-0.5, 0.5)] * 3, indexing="ij"), -1).reshape(-1, 3)


def mask_lines(shape: MaskShape, plane: Plane) -> list[Line]:
    """Return the borders of the voxels of a mask where ``plane`` cuts them, in screen millimetres."""
    if shape.bounds is None:
        return []
    first, stop = np.asarray(shape.bounds[0]), np.asarray(shape.bounds[1])
    corners = shape.geometry.to_lps((first + stop - 1) / 2 + CUBE * (stop - first))
    part = cropped(plane, corners)
    if part is None:
        return []
    values, inside = sample_plane(Volume(shape.mask, shape.geometry), part, order=0)
    return pixel_lines((values > 0.5) & inside, part)


def stack_lines(shape: Polygon, plane: Plane) -> list[Line]:
    """Return the border of what contours joined by shape enclose on a plane between or across them."""
    points = np.concatenate([np.asarray(contour) for contour in shape.contours])
    reach = np.asarray(shape.normal) * shape.thickness_mm / 2
    part = cropped(plane, np.concatenate([points - reach, points + reach]))
    if part is None:
        return []
    rows, columns = np.indices(part.shape)
    places = part.to_lps(np.stack([rows, columns], axis=-1)).reshape(-1, 3)
    return pixel_lines(contains(shape, places).reshape(part.shape), part)


def cropped(plane: Plane, points_lps_mm: Line) -> Plane | None:
    """Return the pixels of ``plane`` around points (n, 3) that lie on both of its sides; None where it misses."""
    heights = (points_lps_mm - plane.center_lps_mm) @ plane.normal
    if heights.min() > 1e-6 or heights.max() < -1e-6:
        return None
    left, top, _, _ = plane.rect_mm()
    down, right = plane.spacing_mm
    places = (plane.to_mm(points_lps_mm) - (left, top)) / (right, down)
    size = np.array(plane.shape)[::-1]
    low = np.clip(np.floor(places.min(axis=0)).astype(int) - 1, 0, size)
    high = np.clip(np.ceil(places.max(axis=0)).astype(int) + 1, 0, size)
    if (low >= high).any():
        return None
    middle = plane.to_lps(((low + high - 1) / 2)[::-1])
    columns, rows = (high - low).tolist()
    return Plane(middle, plane.right, plane.down, plane.spacing_mm, (rows, columns))


def pixel_lines(shown: NDArray[np.bool_], plane: Plane) -> list[Line]:
    """Return the borders of the pixels ``shown`` (rows, columns) of a plane, straight runs as one line each."""
    shown = np.pad(shown, 1)
    upright = np.argwhere((shown[:, 1:] != shown[:, :-1]).T) - np.array([0, 1])
    level = np.argwhere(shown[1:, :] != shown[:-1, :]) - np.array([0, 1])
    left, top, _, _ = plane.rect_mm()
    down, right = plane.spacing_mm
    lines = [_runs(upright), _runs(level)[:, :, ::-1]]
    return list(np.concatenate(lines) * (right, down) + (left, top))


def _runs(edges: NDArray[np.intp]) -> Line:
    """Join unit edges (across, along), sorted, that follow each other: (n, 2, 2) of start and end."""
    if not len(edges):
        return np.zeros((0, 2, 2))
    new = np.flatnonzero((np.diff(edges[:, 0]) != 0) | (np.diff(edges[:, 1]) != 1))
    starts, ends = edges[np.append(0, new + 1)], edges[np.append(new, len(edges) - 1)]
    return np.stack([starts, ends + np.array([0, 1])], axis=1).astype(np.float64)
