"""A picture on a plane at its true proportions, with everything that is written over it."""

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, QSize, QSizeF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPaintEvent, QPixmap
from PySide6.QtWidgets import QSizePolicy, QWidget

from viewer.core.reslice import Plane, edge_letters
from viewer.ui.camera import Camera, Look
from viewer.ui.colorbar import ColorScale, bar_area, paint_color_bar
from viewer.ui.corners import Overlay
from viewer.ui.overlays import (
    ON_BLACK,
    letter_areas,
    paint_crosshair,
    paint_letters,
    paint_overlay,
    paint_readout,
    paint_scale_bar,
)
from viewer.ui.theme import DARK

FRAME = QColor(DARK.line)
FOCUS = QColor(DARK.accent)


class PictureView(QWidget):
    """Paints rgb (rows, columns, 3) uint8 with plain QPainter: without OpenGL it works on any desktop."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setAccessibleName(name)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(80, 80)
        self.plane: Plane | None = None
        self.smooth = True
        self.color_scale: ColorScale | None = None
        self.ink = ON_BLACK
        self._picture: NDArray[np.uint8] | None = None
        self._letters: dict[str, str] = {}
        self._to_scale = True
        self._scaled: tuple[object, QPixmap] | None = None
        self._seen: tuple[object, Camera] | None = None
        self._written: tuple[object, QPixmap] | None = None
        self._look = Look()
        self._overlay = Overlay()
        self._cross: tuple[float, float] | None = None

    # -- what it shows -------------------------------------------------------------------------------

    def show_picture(
        self, rgb: NDArray[np.uint8], plane: Plane, *, letters: bool = True, to_scale: bool = True
    ) -> None:
        """Show a picture whose pixels are those of ``plane``.

        ``letters`` is false where its place is not known, ``to_scale`` where the size of its voxels is not.
        """
        self._to_scale = to_scale
        self._picture, self._scaled = np.ascontiguousarray(rgb), None
        self.plane = plane
        self._letters = edge_letters(plane) if letters else {}
        self.update()

    def clear(self) -> None:
        """Show nothing."""
        self.plane = self._picture = self._cross = self._scaled = None
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
    def to_scale(self) -> bool:
        """Whether a bar tells how long a millimetre is."""
        return self._to_scale

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
        key = (self.plane, self.width(), self.height(), self._look)
        if self._seen is None or self._seen[0] != key:
            rect = self.plane.rect_mm() if self.plane is not None else (0.0, 0.0, 1.0, 1.0)
            self._seen = key, Camera(rect, key[1:3], self._look)
        return self._seen[1]

    def sizeHint(self) -> QSize:  # noqa: D102
        return QSize(400, 400)

    def written_on(self) -> tuple[QRectF, ...]:
        """Return where letters and legend stand, which names of ROIs keep clear of."""
        size = (float(self.width()), float(self.height()))
        bar = () if self.color_scale is None else (bar_area(size, self.color_scale),)
        return (*(letter_areas(size) if self._letters else ()), *bar)

    # -- painting ------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: D102
        painter = QPainter(self)
        painter.fillRect(self.rect(), self.ink.ground)
        size = (float(self.width()), float(self.height()))
        if self._picture is not None and self.plane is not None:
            painter.drawPixmap(0, 0, self._scaled_picture(self._picture, self.plane))
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            self.paint_above(painter)
            if self._cross is not None:
                paint_crosshair(painter, size, *self.camera.to_pixels(*self._cross), self.ink)
        painter.drawPixmap(0, 0, self._texts(size))
        painter.setFont(self.font())
        paint_readout(painter, size, self._overlay.readout, self.ink, letters=bool(self._letters))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        painter.setPen(FOCUS if self.hasFocus() else FRAME)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(self.rect().adjusted(0, 0, -1, -1))
        painter.end()

    def _scaled_picture(self, rgb: NDArray[np.uint8], plane: Plane) -> QPixmap:
        """Return the picture as it lies in the view; kept, for what is dragged over it changes nothing."""
        key = (self.camera, self.smooth, self.ink, self.devicePixelRatioF())
        if self._scaled is None or self._scaled[0] != key:
            made = self._sheet(self.ink.ground)
            painter = QPainter(made)
            self._paint_picture(painter, rgb, plane)
            painter.end()
            self._scaled = key, made
        return self._scaled[1]

    def _texts(self, size: tuple[float, float]) -> QPixmap:
        """Return what is written over the picture, kept likewise: text with a halo is drawn six times."""
        bars = self._picture is not None and self.plane is not None
        overlay = replace(self._overlay, readout="…" if self._overlay.readout else "")
        key = (
            bars, self.camera, overlay, self._letters, self.color_scale, self.ink, self._to_scale,
            self.devicePixelRatioF(),
        )  # fmt: skip
        if self._written is None or self._written[0] != key:
            made = self._sheet(Qt.GlobalColor.transparent)
            painter = QPainter(made)
            painter.setFont(self.font())
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            if bars:
                self._write_bars(painter, size)
            paint_overlay(painter, size, overlay, self.ink, letters=bool(self._letters))
            painter.end()
            self._written = key, made
        return self._written[1]

    def _write_bars(self, painter: QPainter, size: tuple[float, float]) -> None:
        if self._to_scale:
            paint_scale_bar(painter, size, self.camera.scale, self.ink)
        paint_letters(painter, size, self._letters, self.ink)
        if self.color_scale is not None:
            paint_color_bar(painter, size, self.color_scale, self.ink)

    def _sheet(self, ground: QColor | Qt.GlobalColor) -> QPixmap:
        """Return an empty picture as large as the view, in the pixels of its screen."""
        sharp = self.devicePixelRatioF()
        made = QPixmap((QSizeF(self.size()) * sharp).toSize())
        made.setDevicePixelRatio(sharp)
        made.fill(ground)
        return made

    def _paint_picture(self, painter: QPainter, rgb: NDArray[np.uint8], plane: Plane) -> None:
        rows, columns = rgb.shape[:2]
        image = QImage(rgb.data, columns, rows, 3 * columns, QImage.Format.Format_RGB888)
        left, top, width, height = plane.rect_mm()
        camera = self.camera
        x, y = camera.to_pixels(left, top)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, self.smooth)
        painter.drawImage(QRectF(x, y, width * camera.scale, height * camera.scale), image)

    def paint_above(self, painter: QPainter) -> None:
        """Draw over the picture and below the texts, in widget pixels; nothing here."""
