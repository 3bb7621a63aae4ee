"""What is written over an image: corner texts, badges, letters of the patient's sides, scale bar, crosshair."""

from collections.abc import Mapping
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPen

from viewer.ui.corners import NARROW, PAD, Corners, Overlay
from viewer.ui.theme import DARK, LIGHT

ACCENT = QColor(DARK.accent)
TONES = {"info": QColor(DARK.accent), "warning": QColor(DARK.warning), "error": QColor(DARK.error)}
HALO = QColor(0, 0, 0, 190)
CROSS_GAP = 14.0
LEAST_FOR_LETTERS = 90
SHORTEST_BAR = 18.0
ROUND_MM = (1, 2, 5, 10, 20, 50, 100, 200)


@dataclass(frozen=True)
class Ink:
    """Colours of what is written over an image, and of the ground around it."""

    ground: QColor
    text: QColor
    faint: QColor
    accent: QColor
    cross: QColor
    halo: QColor


ON_BLACK = Ink(
    QColor(DARK.image), QColor(DARK.image_text), QColor("#8e9aa6"), ACCENT, QColor(88, 184, 214, 170), HALO
)
ON_WHITE = Ink(
    QColor("#ffffff"),
    QColor("#2b353e"),
    QColor("#5d6a76"),
    QColor(LIGHT.accent),
    QColor(7, 99, 127, 150),
    QColor(255, 255, 255, 210),
)


def paint_overlay(
    painter: QPainter, size: tuple[float, float], overlay: Overlay, ink: Ink = ON_BLACK, *, letters: bool = True
) -> None:
    """Write the corners, as many lines as the view has room for; narrow views have one column of them.

    The readout changes with the mouse: it is left to `paint_readout`, and has its line free.
    """
    corners = _corners(painter, size, letters=letters)
    for line in corners.lines(overlay):
        side = Qt.AlignmentFlag.AlignRight if line.right else Qt.AlignmentFlag.AlignLeft
        haloed(painter, line.rect, side, line.text, ink.text, ink.halo)
    _badges(painter, overlay, corners)


def paint_readout(
    painter: QPainter, size: tuple[float, float], readout: str, ink: Ink = ON_BLACK, *, letters: bool = True
) -> None:
    """Write what lies under the mouse, in the line that `paint_overlay` left free."""
    if readout:
        place = _corners(painter, size, letters=letters).readout()
        haloed(painter, place, Qt.AlignmentFlag.AlignLeft, readout, ink.accent, ink.halo)


def _corners(painter: QPainter, size: tuple[float, float], *, letters: bool) -> Corners:
    painter.setFont(_font(painter, 9))
    metrics = QFontMetricsF(painter.font())
    return Corners(size, metrics.height(), metrics.horizontalAdvance, letters)


def paint_letters(
    painter: QPainter, size: tuple[float, float], letters: Mapping[str, str], ink: Ink = ON_BLACK
) -> None:
    """Write which side of the patient each border is."""
    if min(size) < LEAST_FOR_LETTERS:
        return
    font = _font(painter, 11)
    font.setWeight(QFont.Weight.DemiBold)
    painter.setFont(font)
    height, width = QFontMetricsF(font).height(), 40.0
    middle, centre = (size[1] - height) / 2, (size[0] - width) / 2
    places = {
        "left": (QRectF(PAD, middle, width, height), Qt.AlignmentFlag.AlignLeft),
        "right": (QRectF(size[0] - PAD - width, middle, width, height), Qt.AlignmentFlag.AlignRight),
        "top": (QRectF(centre, PAD, width, height), Qt.AlignmentFlag.AlignHCenter),
        "bottom": (QRectF(centre, size[1] - PAD - height, width, height), Qt.AlignmentFlag.AlignHCenter),
    }
    for side, (rect, alignment) in places.items():
        haloed(painter, rect, alignment, letters.get(side, ""), ink.text, ink.halo)


def letter_areas(size: tuple[float, float]) -> tuple[QRectF, ...]:
    """Return where `paint_letters` writes."""
    if min(size) < LEAST_FOR_LETTERS:
        return ()
    wide, high = 26.0, 22.0
    x, y = (size[0] - wide) / 2, (size[1] - high) / 2
    corners = ((0.0, y), (size[0] - wide, y), (x, PAD), (x, size[1] - PAD - high))
    return tuple(QRectF(*corner, wide, high) for corner in corners)


def paint_scale_bar(
    painter: QPainter, size: tuple[float, float], pixels_per_mm: float, ink: Ink = ON_BLACK
) -> None:
    """Draw a bar of a round length at the left border, between the letter and the lower corner."""
    below = 88 if size[0] < NARROW else 72  # the lines of the lower corner
    room = size[1] * 0.5 - below - 20
    length_mm = max((mm for mm in ROUND_MM if mm * pixels_per_mm <= min(room, 0.25 * size[1])), default=0)
    if length_mm * pixels_per_mm < SHORTEST_BAR or min(size) < 180:
        return
    x, bottom = PAD + 1.5, size[1] - below
    top = bottom - length_mm * pixels_per_mm
    for color, width in ((ink.halo, 4.0), (ink.text, 1.5)):
        painter.setPen(QPen(color, width))
        painter.drawLine(QPointF(x, bottom), QPointF(x, top))
        for y in (bottom, top):
            painter.drawLine(QPointF(x, y), QPointF(x + 4, y))
    painter.setFont(_font(painter, 8))
    text = f"{length_mm // 10} cm" if length_mm >= 10 else f"{length_mm} mm"
    place = QRectF(x + 7, (top + bottom) / 2 - 7, 60, 14)
    haloed(painter, place, Qt.AlignmentFlag.AlignLeft, text, ink.text, ink.halo)


def paint_crosshair(painter: QPainter, size: tuple[float, float], x: float, y: float, ink: Ink = ON_BLACK) -> None:
    """Draw thin lines that leave the point itself free."""
    painter.setPen(QPen(ink.cross, 1.0))
    for start, end in (((0, y), (x - CROSS_GAP, y)), ((x + CROSS_GAP, y), (size[0], y))):
        painter.drawLine(QPointF(*start), QPointF(*end))
    for start, end in (((x, 0), (x, y - CROSS_GAP)), ((x, y + CROSS_GAP), (x, size[1]))):
        painter.drawLine(QPointF(*start), QPointF(*end))


def haloed(
    painter: QPainter, rect: QRectF, alignment: Qt.AlignmentFlag, text: str, color: QColor, halo: QColor = HALO
) -> None:
    """Write text that stays legible on any image, shortened to the rectangle."""
    if not text:
        return
    shown = QFontMetricsF(painter.font()).elidedText(text, Qt.TextElideMode.ElideRight, rect.width())
    flags = alignment | Qt.AlignmentFlag.AlignVCenter
    painter.setPen(halo)
    for dx, dy in ((-1, 0), (1, 0), (0, -1), (0, 1), (1, 1)):
        painter.drawText(rect.translated(dx, dy), flags, shown)
    painter.setPen(color)
    painter.drawText(rect, flags, shown)


def _badges(painter: QPainter, overlay: Overlay, corners: Corners) -> None:
    """Draw the badges from left to right, in as many rows as they need."""
    font = _font(painter, 8)
    font.setWeight(QFont.Weight.DemiBold)
    painter.setFont(font)
    metrics = QFontMetricsF(font)
    x, height, room = PAD, metrics.height() + 4, corners.size[0] - 2 * PAD
    needed = sum(metrics.horizontalAdvance(text) + 16 for text, _ in overlay.badges)
    y = corners.badges_top(overlay, needed)
    for text, tone in overlay.badges:
        shown = metrics.elidedText(text, Qt.TextElideMode.ElideRight, room - 12)
        width = metrics.horizontalAdvance(shown) + 12
        if x > PAD and x + width > PAD + room:
            x, y = PAD, y + height + 4
        rect = QRectF(x, y, width, height)
        painter.setPen(QPen(TONES[tone], 1.0))
        painter.setBrush(QColor(7, 9, 11, 205))
        painter.drawRoundedRect(rect.adjusted(0.5, 0.5, -0.5, -0.5), 3, 3)
        painter.drawText(rect, Qt.AlignmentFlag.AlignCenter, shown)
        x += width + 4


def _font(painter: QPainter, points: int) -> QFont:
    font = QFont(painter.font())
    font.setPointSize(points)
    font.setWeight(QFont.Weight.Normal)
    return font
