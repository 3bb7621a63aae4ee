"""A drawing of a report as a picture for the screen, in the colours of the theme."""

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontMetricsF,
    QGuiApplication,
    QImage,
    QPainter,
    QPen,
    QPolygonF,
    QTransform,
)
from reportlab.graphics.shapes import Circle, Drawing, Group, Line, Polygon, PolyLine, Rect, Shape, String

from viewer.report.fonts import BOLD
from viewer.ui.theme import Tokens

PIXELS_A_POINT = 1.6
"""Letters of 7 points, as printed, come out nearly as large as those around them."""
SHARP = 2.0
"""Pictures are drawn so much finer than they are shown, for dense screens."""
FINE = 8
"""Fonts come in whole pixels: they are set so much larger and drawn so much smaller."""
BRIGHTEST, SPREAD = 0.93, 0.8
"""Lightness of black on a dark theme, and an exponent that keeps pale tints apart from its ground."""


def drawn(plot: Drawing, tokens: Tokens) -> QImage:
    """Return a drawing as a picture of `SHARP` times the size it is meant for.

    Painted shape by shape: Qt's reader of SVG fills with black what has no fill. TypeError for a shape that no
    plot of a report uses.
    """
    scale = PIXELS_A_POINT * SHARP
    image = QImage(round(plot.width * scale), round(plot.height * scale), QImage.Format.Format_RGB32)
    image.fill(QColor(tokens.sunken))
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.translate(0.0, image.height())
    painter.scale(scale, -scale)  # the origin of a drawing is at its lower left
    try:
        _paint(painter, plot, tokens)
    finally:
        painter.end()
    return image


def _paint(painter: QPainter, shape: Shape, tokens: Tokens) -> None:
    if isinstance(shape, Group | Drawing):
        painter.save()
        painter.setTransform(QTransform(*shape.transform), True)
        try:
            for each in shape.contents:
                _paint(painter, each, tokens)
        finally:
            painter.restore()
    elif isinstance(shape, String):
        _write(painter, shape, tokens)
    else:
        painter.setPen(_pen(shape, tokens))
        painter.setBrush(_color(getattr(shape, "fillColor", None), tokens))
        _outline(painter, shape)


def _outline(painter: QPainter, shape: Shape) -> None:
    if isinstance(shape, Rect):
        painter.drawRect(QRectF(shape.x, shape.y, shape.width, shape.height))
    elif isinstance(shape, Line):
        painter.drawLine(QPointF(shape.x1, shape.y1), QPointF(shape.x2, shape.y2))
    elif isinstance(shape, Circle):
        painter.drawEllipse(QPointF(shape.cx, shape.cy), shape.r, shape.r)
    elif isinstance(shape, Polygon):
        painter.drawPolygon(_corners(shape.points))
    elif isinstance(shape, PolyLine):
        painter.drawPolyline(_corners(shape.points))
    else:
        raise TypeError(f"no plot of a report holds a {type(shape).__name__}")


def _write(painter: QPainter, text: String, tokens: Tokens) -> None:
    font = QFont(QGuiApplication.font())
    font.setPixelSize(round(FINE * text.fontSize))
    font.setBold(text.fontName == BOLD)
    wide = QFontMetricsF(font).horizontalAdvance(text.text)
    left = {"start": 0.0, "middle": -wide / 2, "end": -wide}[text.textAnchor]
    painter.save()
    painter.translate(text.x, text.y)
    painter.scale(1 / FINE, -1 / FINE)
    painter.setFont(font)
    painter.setPen(_color(text.fillColor, tokens))
    painter.drawText(QPointF(left, 0.0), text.text)
    painter.restore()


def _pen(shape: Shape, tokens: Tokens) -> QPen:
    color = getattr(shape, "strokeColor", None)
    if color is None:
        return QPen(Qt.PenStyle.NoPen)
    pen = QPen(_color(color, tokens), shape.strokeWidth)
    if shape.strokeDashArray:
        pen.setDashPattern([length / shape.strokeWidth for length in shape.strokeDashArray])
    return pen


def _color(color: object, tokens: Tokens) -> QColor:
    """Return a colour of paper on this theme: on a dark one its lightness is turned round, its hue stays."""
    if color is None:
        return QColor(Qt.GlobalColor.transparent)
    made = QColor.fromRgbF(color.red, color.green, color.blue, color.alpha)  # type: ignore[attr-defined]
    if not tokens.dark:
        return made
    ground = QColor(tokens.sunken).lightnessF()
    light = ground + (1.0 - made.lightnessF()) ** SPREAD * (BRIGHTEST - ground)
    return QColor.fromHslF(max(0.0, made.hslHueF()), made.hslSaturationF(), light, made.alphaF())


def _corners(points: Sequence[float]) -> QPolygonF:
    return QPolygonF([QPointF(x, y) for x, y in zip(points[::2], points[1::2], strict=True)])
