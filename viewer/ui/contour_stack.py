"""Contours drawn by hand: which of them belong to the selected ROI, and what they make of it. No Qt."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from viewer.core.reslice import Plane
from viewer.core.volume import Volume
from viewer.measuring import Reading
from viewer.roi.contours import with_contour
from viewer.roi.polygon import PLANE_TOLERANCE_MM, SHAPE, Contour
from viewer.roi.shapes import Polygon, Shape
from viewer.session.session import Session
from viewer.ui.roi_edit import polygon_of
from viewer.ui.roi_laid import fresh_roi

PARALLEL = 0.9999
LONE_MM = 1.0
Points = NDArray[np.float64]


def draw_contour(
    session: Session, readings: Sequence[Reading], points: list[Points], plane: Plane, stem: str
) -> None:
    """Add a closed contour (LPS mm) to the selected ROI where it belongs to it, else as an ROI of its own."""
    roi = session.selected_roi
    joined = stacked(roi.shape, points, plane) if roi is not None else None
    if roi is not None and joined is not None:
        session.replace_roi(replace(roi, shape=joined), f"Add a contour to {roi.name}")
        return
    shape = polygon_of(points, plane, slice_thickness(readings[0].volume if readings else None, plane))
    session.add_roi(fresh_roi(session, readings, stem, shape))


def stacked(shape: Shape, points: list[Points], plane: Plane) -> Polygon | None:
    """Return the stack of contours with one more; None where the new contour is something else.

    It belongs to a stack whose planes are parallel to ``plane`` and which it overlaps as seen across them. On a
    plane that has a contour already it takes its place, if it overlaps that very one.
    """
    if not isinstance(shape, Polygon) or shape.interpolation != SHAPE:
        return None
    if abs(float(np.asarray(shape.normal) @ plane.normal)) < PARALLEL:
        return None
    here = [one for one in shape.contours if abs(plane.distance_mm(np.mean(one, axis=0))) <= PLANE_TOLERANCE_MM]
    if not _overlap(points, here or shape.contours, plane):
        return None
    return with_contour(shape, np.asarray(points))


def slice_thickness(volume: Volume | None, plane: Plane) -> float:
    """Distance of neighbouring voxel centres of an image across a plane, mm."""
    if volume is None:
        return LONE_MM
    steps = np.abs(volume.geometry.directions @ plane.normal)
    return float(np.asarray(volume.geometry.spacing_mm)[int(np.argmax(steps))])


def _overlap(points: list[Points], contours: Sequence[Contour], plane: Plane) -> bool:
    """Whether the rectangle around ``points`` meets that around any of the contours, on the screen."""
    new = plane.to_mm(np.asarray(points))
    low, high = new.min(axis=0), new.max(axis=0)
    others = [plane.to_mm(np.asarray(contour)) for contour in contours]
    return any((low <= one.max(axis=0)).all() and (high >= one.min(axis=0)).all() for one in others)
