"""The maximum intensity projection: turned by dragging, slowly by itself, dark on white or bright on black."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QImage, QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from viewer.core.errors import LowfieldError
from viewer.core.palettes import palette
from viewer.core.picture import Window, level
from viewer.core.reslice import direction_letters
from viewer.core.volume import Volume
from viewer.jobs.runner import Runner
from viewer.ui.mip_client import UNAVAILABLE, MipClient, still
from viewer.ui.mip_process import view_axes
from viewer.ui.overlays import ON_BLACK, ON_WHITE, Ink, haloed, paint_letters
from viewer.ui.theme import DARK

STEP = 6
"""Degrees between the frames that are rendered and kept."""
TURN_MS = 110
DEGREES_PER_PIXEL = 0.6
LOWEST, HIGHEST = 200, 512
"""Rows of a frame: two to a voxel within these bounds; the screen smooths the rest."""
Render = Callable[[Volume, Window, float, tuple[int, int]], NDArray[np.uint8]]


class MipView(QWidget):
    """Shows `show_volume`'s projection. Frames come from another process; those seen once are kept."""

    maximised = Signal()

    def __init__(self, runner: Runner, client: MipClient | None = None) -> None:
        super().__init__()
        self.setAccessibleName("Rotating projection of the PET")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setToolTip("Drag to turn; A turns it slowly by itself")
        self.problem = ""
        self.on_white = True
        self.angle = 0.0
        self._client = client or MipClient()
        self._runner = runner
        self._volume: Volume | None = None
        self._window: Window = (0.5, 1.0)
        self._frames: dict[int, NDArray[np.uint8]] = {}
        self._busy = False
        self._drag: QPointF | None = None
        self._turning = QTimer(self)
        self._turning.setInterval(TURN_MS)
        self._turning.timeout.connect(self._turn_on)
        self.destroyed.connect(self._client.close)

    def show_volume(self, volume: Volume | None, window: Window) -> None:
        """Show a volume (real) with a window in its unit; None shows nothing."""
        if volume is not self._volume or window != self._window:
            self._volume, self._window = volume, window
            self._frames.clear()
            self._render()

    @property
    def ink(self) -> Ink:
        """Colours of texts and ground."""
        return ON_WHITE if self.on_white and self._volume is not None else ON_BLACK

    def turn(self, on: bool) -> None:
        """Start or stop turning slowly."""
        if on:
            self._turning.start()
        else:
            self._turning.stop()

    def set_on_white(self, on: bool) -> None:
        """Choose dark on white, or bright on black."""
        self.on_white = on
        self.update()

    @property
    def frame(self) -> NDArray[np.uint8] | None:
        """Brightness of the frame on show, or of the nearest one that is there; None before the first."""
        return self._frames.get(self._key()) if self._key() in self._frames else self._nearest()

    # -- frames --------------------------------------------------------------------------------------

    def _key(self) -> int:
        return round(self.angle / STEP) * STEP % 360

    def _nearest(self) -> NDArray[np.uint8] | None:
        ways = {key: min(abs(key - self.angle % 360), 360 - abs(key - self.angle % 360)) for key in self._frames}
        return self._frames[min(ways, key=lambda key: ways[key])] if ways else None

    def _render(self) -> None:
        """Ask for the frame of this angle unless it is there; one at a time, the newest angle next."""
        volume, window, key = self._volume, self._window, self._key()
        self.update()
        if volume is None or self._busy or self.problem or key in self._frames or not self.isVisible():
            return
        self._busy = True
        self._runner.submit(
            lambda progress: self._client.render(volume, window, key, self._size(volume)),
            on_done=lambda frame: self._arrived(volume, window, key, frame),
            on_error=self._failed,
        )

    def _arrived(self, volume: Volume, window: Window, key: int, frame: NDArray[np.uint8]) -> None:
        self._busy = False
        if volume is self._volume and window == self._window:
            self._frames[key] = frame
        self._render()

    def _failed(self, error: Exception) -> None:
        self._busy = False
        self.problem = str(error) if isinstance(error, LowfieldError) else UNAVAILABLE
        self._turning.stop()
        self.update()
        if not isinstance(error, LowfieldError):
            raise error  # a bug: the still picture stands in, and the window reports it

    def _size(self, volume: Volume) -> tuple[int, int]:
        low, high = volume.geometry.bounds_lps_mm()
        across, tall = float(np.hypot(*(high - low)[:2])), float(high[2] - low[2])
        rows = min(max(round(2 * tall / min(volume.geometry.spacing_mm)), LOWEST), HIGHEST)
        return min(max(32, round(rows * across / tall)), 2 * HIGHEST), rows

    def _turn_on(self) -> None:
        if self.isVisible() and not self._busy:
            self._turn_to(self._key() + STEP)

    def _turn_to(self, angle: float) -> None:
        self.angle = angle % 360
        self._render()

    # -- Qt ------------------------------------------------------------------------------------------

    def sizeHint(self) -> QSize:  # noqa: D102
        return QSize(220, 400)

    def showEvent(self, event: object) -> None:  # noqa: D102
        self._render()

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: D102
        self._drag = event.position()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: D102
        if self._drag is not None:
            dx = event.position().x() - self._drag.x()
            self._drag = event.position()
            self._turn_to(self.angle + dx * DEGREES_PER_PIXEL)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: D102
        self._drag = None

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:  # noqa: D102
        self.maximised.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: D102
        step = {Qt.Key.Key_Left: -STEP, Qt.Key.Key_Right: STEP}.get(Qt.Key(event.key()))
        if step is None:
            super().keyPressEvent(event)
        else:
            self._turn_to(self._key() + step)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: D102
        painter = QPainter(self)
        painter.fillRect(self.rect(), self.ink.ground)
        if self._volume is not None:
            self._paint_projection(painter, self._volume)
            right, _ = view_axes(90.0 if self._from_side() else 0.0 if self.problem else self._key())
            letters = {"left": direction_letters(-right), "right": direction_letters(right)}
            paint_letters(painter, (self.width(), self.height()), letters, self.ink)
        painter.setPen(QColor(DARK.accent if self.hasFocus() else DARK.line))
        painter.drawRect(self.rect().adjusted(0, 0, -1, -1))
        painter.end()

    def _paint_projection(self, painter: QPainter, volume: Volume) -> None:
        frame = self.frame
        if self.problem:
            values, tall = still(volume, self._from_side())
            grey = (level(values, self._window) * 255).astype(np.uint8)
            self._draw(painter, grey, tall)
            self._write(
                painter, f"{self.problem} Shown instead: {'side' if self._from_side() else 'front'}, still."
            )
        elif frame is not None:
            self._draw(painter, frame, 1.0)
            self._write(painter, f"MIP {self._key()}°")
        else:
            self._write(painter, "Preparing the projection…")

    def _from_side(self) -> bool:
        """Whether a still stands for this angle that is seen from the side."""
        return bool(self.problem) and 45 <= self.angle % 180 < 135

    def _draw(self, painter: QPainter, grey: NDArray[np.uint8], tall: float) -> None:
        rgb = np.ascontiguousarray(palette("Inverse grey" if self.on_white else "Grey")[grey])
        rows, columns = grey.shape
        image = QImage(rgb.data, columns, rows, 3 * columns, QImage.Format.Format_RGB888)
        scale = min(self.width() / columns, self.height() / (rows * tall)) * 0.98
        width, height = columns * scale, rows * tall * scale
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        place = QRectF((self.width() - width) / 2, (self.height() - height) / 2, width, height)
        painter.drawImage(place, image)

    def _write(self, painter: QPainter, text: str) -> None:
        font = painter.font()
        font.setPointSize(9)
        painter.setFont(font)
        if self.problem:
            painter.setPen(self.ink.faint)
            rect = QRectF(8, self.height() - 120, self.width() - 16, 112)
            painter.drawText(rect, Qt.AlignmentFlag.AlignBottom | Qt.TextFlag.TextWordWrap, text)
            return
        rect = QRectF(8, 8, self.width() - 16, 16)
        haloed(painter, rect, Qt.AlignmentFlag.AlignLeft, text, self.ink.text, self.ink.halo)
