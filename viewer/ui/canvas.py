"""One view of one plane: turns the mouse into intentions.

It computes no values and changes no state: workspaces listen, change the session, and show what follows.
"""

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPointF, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QWheelEvent

from viewer.ui.camera import Look
from viewer.ui.picture_view import PictureView
from viewer.ui.tool import Tool

NOTCH = 120
"""Wheel units of one step (Qt)."""


class SliceView(PictureView):
    """A picture on a plane whose signals say what the user wants; ``tool`` may take the left drags."""

    hovered = Signal(object)
    """Point (3,) in LPS mm under the mouse, or None when it left."""
    pointed = Signal(object)
    """Point (3,) the crosshair shall move to."""
    scrolled = Signal(int)
    """Slices to move, positive for the next."""
    windowed = Signal(float, float)
    """Window drag since the last event: pixels to the right, pixels up."""
    looked = Signal(object)
    """The user chose another `Look`."""
    maximised = Signal()

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.tool: Tool | None = None
        self._drag: tuple[str, QPointF] | None = None
        self._wheel = 0

    def paint_above(self, painter: QPainter) -> None:  # noqa: D102
        if self.tool is not None:
            self.tool.paint(self, painter)

    def point_at(self, position: QPointF) -> NDArray[np.float64] | None:
        """Return the point (3,) in LPS mm under a widget pixel, or None without a picture."""
        if self.plane is None:
            return None
        return self.plane.from_mm(*self.camera.to_mm(position.x(), position.y()))

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: D102
        here = event.position()
        kinds = {
            Qt.MouseButton.LeftButton: "window",
            Qt.MouseButton.MiddleButton: "pan",
            Qt.MouseButton.RightButton: "zoom",
        }
        kind = kinds.get(event.button(), "")
        if self.plane is None or not kind:
            return
        if kind == "window" and event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            kind = "point"
            self.pointed.emit(self.point_at(here))
        elif kind == "window" and self.tool is not None and self.tool.press(self, *self._mm(here)):
            kind = "tool"
        self._drag = (kind, here)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: D102
        here = event.position()
        point = self.point_at(here)
        if point is None:
            return
        self.hovered.emit(point)
        if self._drag is not None:
            self._continue(*self._drag, here)
        elif event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            self.pointed.emit(point)
        elif self.tool is not None:
            self.setCursor(self.tool.hover(self, *self._mm(here)))

    def _continue(self, kind: str, before: QPointF, here: QPointF) -> None:
        dx, dy = here.x() - before.x(), here.y() - before.y()
        self._drag = (kind, here)
        if kind == "window":
            self.windowed.emit(dx, -dy)
        elif kind == "pan":
            self._look_by_hand(self.camera.panned(dx, dy))
        elif kind == "zoom":
            self._look_by_hand(self.camera.zoomed(1.01**-dy, self.width() / 2, self.height() / 2))
        elif kind == "point":
            self.pointed.emit(self.point_at(here))
        elif self.tool is not None:
            self.tool.drag(self, *self._mm(here))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: D102
        drag, self._drag = self._drag, None
        if drag is not None and drag[0] == "tool" and self.tool is not None:
            self.tool.release(self)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:  # noqa: D102
        if event.button() != Qt.MouseButton.LeftButton:
            return
        if self.tool is None or not self.tool.double_click(self):
            self.maximised.emit()

    def wheelEvent(self, event: QWheelEvent) -> None:  # noqa: D102
        delta = event.angleDelta().y()
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            here = event.position()
            self._look_by_hand(self.camera.zoomed(1.15 ** (delta / NOTCH), here.x(), here.y()))
        else:
            self._wheel -= delta  # trackpads send fractions of a step
            steps = int(self._wheel / NOTCH)
            self._wheel -= steps * NOTCH
            if steps:
                self.scrolled.emit(steps)
        event.accept()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: D102
        factor = {Qt.Key.Key_Plus: 1.25, Qt.Key.Key_Equal: 1.25, Qt.Key.Key_Minus: 0.8}.get(Qt.Key(event.key()))
        if factor is not None:
            self._look_by_hand(self.camera.zoomed(factor, self.width() / 2, self.height() / 2))
        else:
            super().keyPressEvent(event)

    def leaveEvent(self, event: QEvent) -> None:  # noqa: D102
        self.hovered.emit(None)

    def _mm(self, position: QPointF) -> tuple[float, float]:
        return self.camera.to_mm(position.x(), position.y())

    def _look_by_hand(self, look: Look) -> None:
        if self.plane is not None:
            self.set_look(look)
            self.looked.emit(look)
