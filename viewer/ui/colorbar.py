"""The legend of colours: reads the very table and window that painted the image, in one or two units."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QFontMetricsF, QImage, QPainter, QPen

from viewer.core.palettes import Table
from viewer.core.picture import Window, window_range
from viewer.ui.corners import NARROW
from viewer.ui.overlays import ON_BLACK, Ink, haloed
from viewer.ui.readout import number, shortened

BAR = 11.0
TICKS = 5
TEXT_WIDTH = 64.0
SMALLEST_VIEW, LOW_VIEW, FEW_LINES = 200, 420, 330
ONE_COLUMN = 92
NOTHING = 1e-9
"""Of the span: a tick so near to zero is zero."""
INSET = 78.0
INSET_ONE_UNIT = 34.0


@dataclass(frozen=True, eq=False)
class ColorScale:
    """``window`` in the values painted; a unit is (name, factor): value × factor reads in that unit."""

    table: Table
    window: Window
    unit: tuple[str, float]
    second: tuple[str, float] | None = None


def ticks(low: float, high: float, count: int = TICKS) -> list[float]:
    """Return round numbers (1, 2, 2.5, 5 × 10ⁿ apart) within low..high, about ``count`` of them."""
    if not high > low:
        return [low]
    raw = (high - low) / count
    power = 10.0 ** np.floor(np.log10(raw))
    step = next(factor * power for factor in (1, 2, 2.5, 5, 10) if factor * power >= raw * 0.999)
    first = np.ceil(low / step - 1e-9) * step
    return [float(value) for value in np.arange(first, high + step * 1e-6, step)]


def bar_ticks(low: float, high: float, count: int = TICKS) -> list[float]:
    """Return what to write beside a bar: round numbers; zero, both ends and their halves where it has a sign.

    Values beyond a scale with a sign are shown in the colours of its ends, so the ends have to be told.
    """
    if high > 0 and abs(low + high) <= NOTHING * (high - low):
        return [low, 0.0, high] if count < TICKS else [low, low / 2, 0.0, high / 2, high]
    return ticks(low, high, count)


def paint_color_bar(painter: QPainter, size: tuple[float, float], scale: ColorScale, ink: Ink = ON_BLACK) -> None:
    """Draw the legend at the right border of a view of ``size`` pixels; low ones get one unit, small ones none."""
    if min(size) < SMALLEST_VIEW:
        return
    font = painter.font()
    font.setPointSize(8)
    painter.setFont(font)
    low = min(size) < LOW_VIEW
    lines = 40 if min(size) < FEW_LINES else 82
    below = ONE_COLUMN if size[0] < NARROW else lines  # the lines of the lower corner
    second = None if low else scale.second
    top, bottom = (size[1] * 0.42, size[1] - below) if low else (size[1] * 0.56, size[1] - below)
    bar = QRectF(size[0] - (INSET if second else INSET_ONE_UNIT) - BAR, top, BAR, bottom - top)
    painter.drawImage(bar, _strip(scale.table))
    painter.setPen(QPen(ink.faint, 1.0))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRect(bar)
    _axis(painter, bar, scale.window, scale.unit, ink, on_left=True)
    if second is not None:
        _axis(painter, bar, scale.window, second, ink, on_left=False)


def bar_area(size: tuple[float, float], scale: ColorScale) -> QRectF:
    """Return what `paint_color_bar` writes over: bar, ticks and headings; empty where there is none."""
    if min(size) < SMALLEST_VIEW:
        return QRectF()
    top = size[1] * (0.42 if min(size) < LOW_VIEW else 0.56) - 36
    inset = INSET if scale.second is not None and min(size) >= LOW_VIEW else INSET_ONE_UNIT
    left = size[0] - inset - BAR - TEXT_WIDTH - 6
    return QRectF(left, top, size[0] - left, size[1] - top)


def _strip(table: NDArray[np.uint8]) -> QImage:
    column = np.ascontiguousarray(table[::-1])
    return QImage(column.data, 1, len(column), 3, QImage.Format.Format_RGB888).copy()


def _axis(
    painter: QPainter, bar: QRectF, window: Window, unit: tuple[str, float], ink: Ink, *, on_left: bool
) -> None:
    name, factor = unit
    low, high = (edge * factor for edge in window_range(window))
    height = QFontMetricsF(painter.font()).height()
    side = Qt.AlignmentFlag.AlignRight if on_left else Qt.AlignmentFlag.AlignLeft
    edge = bar.left() if on_left else bar.right()
    left = edge - TEXT_WIDTH - 6 if on_left else edge + 6
    for value in bar_ticks(low, high, TICKS if bar.height() > 120 else 3):
        y = bar.bottom() - (value - low) / (high - low) * bar.height()
        for color, width in ((ink.halo, 3.0), (ink.text, 1.0)):
            painter.setPen(QPen(color, width))
            painter.drawLine(QPointF(edge, y), QPointF(edge + (-4 if on_left else 4), y))
        haloed(
            painter,
            QRectF(left, y - height / 2, TEXT_WIDTH, height),
            side,
            tick_text(value, high - low),
            ink.text,
            ink.halo,
        )
    heading = QRectF(left, bar.top() - 2 * height, TEXT_WIDTH + (BAR + 6 if on_left else 0), height)
    haloed(painter, heading, side, name, ink.text, ink.halo)


def tick_text(value: float, span: float) -> str:
    """Return a tick in as few letters as it needs; what reckoning left of zero is zero."""
    return shortened(number(value if abs(value) > NOTHING * span else 0.0, 3))
