"""A contour while it is drawn by hand: a line that follows the mouse, closed when the button is let go."""

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF
from PySide6.QtGui import QPainter, QPen, QPolygonF

from viewer.core.reslice import Plane
from viewer.roi.contours import simplified
from viewer.session.session import Session
from viewer.ui.canvas import SliceView
from viewer.ui.contour_stack import draw_contour
from viewer.ui.overlays import ACCENT, HALO
from viewer.ui.roi_laid import Readings

STEP_PIXELS = 1.5
"""The mouse has to move this far for another point."""
TOLERANCE_PIXELS = 0.4
"""Points nearer than this to the line through the others are left out."""
TOO_SMALL = "That line encloses nothing: draw around what you want to measure."


class FreehandDraft:
    """Points so far, on one plane of one view."""

    def __init__(self, session: Session, readings: Readings) -> None:
        self._session, self._readings = session, readings
        self._view: SliceView | None = None
        self._plane: Plane | None = None
        self._points: list[NDArray[np.float64]] = []

    @property
    def active(self) -> bool:
        """Whether a line is under way."""
        return self._plane is not None

    def press(self, view: SliceView, x_mm: float, y_mm: float) -> None:
        """Start a line."""
        assert view.plane is not None
        self._view, self._plane = view, view.plane
        self._points = [view.plane.from_mm(x_mm, y_mm)]

    def drag(self, view: SliceView, x_mm: float, y_mm: float) -> None:
        """Lengthen it."""
        if view is not self._view or self._plane is None:
            return
        point = self._plane.from_mm(x_mm, y_mm)
        if np.linalg.norm(point - self._points[-1]) * view.camera.scale >= STEP_PIXELS:
            self._points.append(point)
            view.update()

    def release(self) -> None:
        """Close it and make it a contour."""
        view, plane, points = self._view, self._plane, self._points
        self.cancel()
        if view is None or plane is None:
            return
        closed = simplified(np.array([*points, points[0]]), TOLERANCE_PIXELS / view.camera.scale)[:-1]
        if len(closed) < 3:
            self._session.message.emit("info", TOO_SMALL, "")
            return
        draw_contour(self._session, self._readings(), list(closed), plane, "Freehand")

    def cancel(self) -> None:
        """Give it up."""
        view, self._view, self._plane, self._points = self._view, None, None, []
        if view is not None:
            view.update()

    def paint(self, view: SliceView, painter: QPainter) -> None:
        """Draw the line so far."""
        if view is not self._view or self._plane is None:
            return
        lines = view.camera.pixels_of(self._plane.to_mm(np.array(self._points)))
        device = QPolygonF([QPointF(x, y) for x, y in lines.tolist()])
        for color, width in ((HALO, 4.0), (ACCENT, 1.6)):
            painter.setPen(QPen(color, width))
            painter.drawPolyline(device)
