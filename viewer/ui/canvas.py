"""One view of one plane: paints a picture at its true proportions and turns the mouse into intentions.

It computes no values and changes no state: workspaces listen, change the session, and show what follows.
Plain QPainter, no OpenGL, so that it works on remote desktops and without a graphics card.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QImage, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QWheelEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from viewer.core.reslice import Plane, edge_letters
from viewer.ui.camera import Camera, Look
from viewer.ui.colorbar import ColorScale, paint_color_bar
from viewer.ui.overlays import (
    ON_BLACK,
    Overlay,
    paint_crosshair,
    paint_letters,
    paint_overlay,
    paint_scale_bar,
)
from viewer.ui.theme import DARK
from viewer.ui.tool import Tool

NOTCH = 120
"""Wheel units of one step (Qt)."""
FRAME = QColor(DARK.line)
FOCUS = QColor(DARK.accent)


class SliceView(QWidget):
    """A picture (rows, columns, 3) uint8 on a plane, with overlays, linked by its signals."""

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
        super().__init__()
        self.setAccessibleName(name)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(80, 80)
        self.plane: Plane | None = None
        self.smooth = True
        self.tool: Tool | None = None
        self.color_scale: ColorScale | None = None
        self.ink = ON_BLACK
        self._picture: NDArray[np.uint8] | None = None
        self._letters: dict[str, str] = {}
        self._look = Look()
        self._overlay = Overlay()
        self._cross: tuple[float, float] | None = None
        self._drag: tuple[str, QPointF] | None = None
        self._wheel = 0

    # -- what it shows -------------------------------------------------------------------------------

    def show_picture(self, rgb: NDArray[np.uint8], plane: Plane, *, letters: bool = True) -> None:
        """Show a picture whose pixels are those of ``plane``; ``letters`` false where its place is not known."""
        self._picture = np.ascontiguousarray(rgb)
        self.plane = plane
        self._letters = edge_letters(plane) if letters else {}
        self.update()

    def clear(self) -> None:
        """Show nothing."""
        self.plane = self._picture = self._cross = None
        self._overlay = Overlay()
        self.update()

    @property
    def picture(self) -> NDArray[np.uint8] | None:
        """The picture on show."""
        return self._picture

    @property
    def letters(self) -> dict[str, str]:
        """The letters at the borders of the picture on show."""
        return dict(self._letters)

    @property
    def overlay(self) -> Overlay:
        """The texts on show."""
        return self._overlay

    def set_overlay(self, overlay: Overlay) -> None:
        """Write other texts over the picture."""
        if overlay != self._overlay:
            self._overlay = overlay
            self.update()

    def set_crosshair(self, point_lps_mm: Any | None) -> None:
        """Mark a point (3,) in LPS mm, or none."""
        cross = None
        if point_lps_mm is not None and self.plane is not None:
            x, y = self.plane.to_mm(point_lps_mm)
            cross = (float(x), float(y))
        if cross != self._cross:
            self._cross = cross
            self.update()

    @property
    def look(self) -> Look:
        """Zoom and place."""
        return self._look

    def set_look(self, look: Look) -> None:
        """Look elsewhere; the views that caused it do not hear of it again."""
        if look != self._look:
            self._look = look
            self.update()

    @property
    def camera(self) -> Camera:
        """Arithmetic between millimetres and pixels for what is on show now."""
        rect = self.plane.rect_mm() if self.plane is not None else (0.0, 0.0, 1.0, 1.0)
        return Camera(rect, (self.width(), self.height()), self._look)

    def sizeHint(self) -> QSize:  # noqa: D102
        return QSize(400, 400)

    # -- painting ------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: D102
        painter = QPainter(self)
        painter.fillRect(self.rect(), self.ink.ground)
        size = (float(self.width()), float(self.height()))
        if self._picture is not None and self.plane is not None:
            self._paint_picture(painter, self._picture, self.plane)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            if self.tool is not None:
                self.tool.paint(self, painter)
            if self._cross is not None:
                paint_crosshair(painter, size, *self.camera.to_pixels(*self._cross), self.ink)
            paint_scale_bar(painter, size, self.camera.scale, self.ink)
            paint_letters(painter, size, self._letters, self.ink)
            if self.color_scale is not None:
                paint_color_bar(painter, size, self.color_scale, self.ink)
        paint_overlay(painter, size, self._overlay, self.ink)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        painter.setPen(FOCUS if self.hasFocus() else FRAME)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(self.rect().adjusted(0, 0, -1, -1))
        painter.end()

    def _paint_picture(self, painter: QPainter, rgb: NDArray[np.uint8], plane: Plane) -> None:
        rows, columns = rgb.shape[:2]
        image = QImage(rgb.data, columns, rows, 3 * columns, QImage.Format.Format_RGB888)
        left, top, width, height = plane.rect_mm()
        camera = self.camera
        x, y = camera.to_pixels(left, top)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, self.smooth)
        painter.drawImage(QRectF(x, y, width * camera.scale, height * camera.scale), image)

    # -- mouse ---------------------------------------------------------------------------------------

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
