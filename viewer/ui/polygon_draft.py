"""A polygon while it is being clicked: corner by corner on one plane, closed by Enter or a double click."""

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF

from viewer.core.reslice import Plane
from viewer.session.session import Session
from viewer.ui.canvas import SliceView
from viewer.ui.contour_stack import draw_contour
from viewer.ui.overlays import ACCENT, HALO
from viewer.ui.roi_laid import Readings

SAME_MM = 0.2
"""Clicks nearer to the last corner than this are the second half of a double click."""


class PolygonDraft:
    """Corners so far; becomes an ROI of the session when closed."""

    def __init__(self, session: Session, readings: Readings) -> None:
        self._session, self._readings = session, readings
        self._plane: Plane | None = None
        self._view: SliceView | None = None
        self._corners: list[NDArray[np.float64]] = []
        self._mouse: NDArray[np.float64] | None = None

    @property
    def active(self) -> bool:
        """Whether a polygon is under way."""
        return bool(self._corners)

    def click(self, view: SliceView, x_mm: float, y_mm: float) -> None:
        """Add a corner; a click in another view or slice starts anew there."""
        if view.plane is None:
            return
        if (
            self._view is not view
            or self._plane is None
            or abs(self._plane.offset_mm - view.plane.offset_mm) > 1e-3
        ):
            self.cancel()
            self._view, self._plane = view, view.plane
        corner = self._plane.from_mm(x_mm, y_mm)
        if not self._corners or np.linalg.norm(corner - self._corners[-1]) > SAME_MM:
            self._corners.append(corner)
        view.update()

    def hover(self, view: SliceView, x_mm: float, y_mm: float) -> None:
        """Let the open edge follow the mouse."""
        if view is self._view and self._plane is not None:
            self._mouse = self._plane.from_mm(x_mm, y_mm)
            view.update()

    def close(self) -> bool:
        """Make it an ROI, as thick as a slice of the measured image; false with fewer than three corners."""
        if self._plane is None or len(self._corners) < 3:
            self._session.message.emit("info", "A polygon needs at least three corners.", "")
            return False
        corners, plane = self._corners, self._plane
        self.cancel()
        draw_contour(self._session, self._readings(), corners, plane, "Polygon")
        return True

    def cancel(self) -> None:
        """Give it up."""
        view, self._view = self._view, None
        self._plane = self._mouse = None
        self._corners = []
        if view is not None:
            view.update()

    def paint(self, view: SliceView, painter: QPainter) -> None:
        """Draw the corners and the open edge."""
        if view is not self._view or view.plane is None:
            return
        points = [*self._corners, *([self._mouse] if self._mouse is not None else [])]
        device = [QPointF(*view.camera.to_pixels(*view.plane.to_mm(point))) for point in points]
        for color, width in ((HALO, 4.0), (ACCENT, 1.6)):
            painter.setPen(QPen(color, width))
            painter.drawPolyline(QPolygonF(device))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor("#ffffff"))
        for point in device[: len(self._corners)]:
            painter.drawEllipse(point, 3, 3)
        painter.setBrush(Qt.BrushStyle.NoBrush)
