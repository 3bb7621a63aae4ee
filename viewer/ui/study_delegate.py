"""How a row of the study browser is painted."""

from collections.abc import Callable

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPen
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from viewer.core.study import PatientInfo, SeriesInfo, StudyInfo
from viewer.ui import words
from viewer.ui.icons import pixmap
from viewer.ui.study_model import INFO, KIND, OPEN, PICTURE
from viewer.ui.theme import SPACE, Theme, Tokens

Index = QModelIndex | QPersistentModelIndex
HEIGHTS = {"patient": 48, "study": 32, "series": 64}
THUMBNAIL = 48
MIDDLE = Qt.TextElideMode.ElideMiddle
LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter


class StudyDelegate(QStyledItemDelegate):
    """Patients: name and details. Studies: date and words. Series: thumbnail, modality, words, size, warnings."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.show_names = True
        """Whether patients are named."""

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:  # noqa: D102
        return QSize(160, HEIGHTS[index.data(KIND)])

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:  # noqa: D102
        tokens = self._theme.tokens
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        _ground(painter, option, tokens)
        info, area = index.data(INFO), option.rect.adjusted(SPACE, 0, -SPACE, 0)
        if not isinstance(info, SeriesInfo):
            area.setRight(_chevron(painter, option, tokens))
        if isinstance(info, PatientInfo):
            name, details = words.patient_title(info), words.patient_details(info)
            shown = (name, details) if self.show_names else (f"Patient {index.row() + 1}", "hidden")
            _two_lines(painter, area, *shown, tokens)
        elif isinstance(info, StudyInfo):
            _line(painter, area, words.study_title(info), tokens.muted, _font(painter, bold=True))
        elif isinstance(info, SeriesInfo):
            self._series(painter, area, info, index, tokens)
        painter.restore()

    def _series(self, painter: QPainter, area: QRect, info: SeriesInfo, index: Index, tokens: Tokens) -> None:
        frame = QRect(area.left(), area.center().y() - THUMBNAIL // 2 + 1, THUMBNAIL, THUMBNAIL)
        _thumbnail(painter, frame, index, info, tokens)
        text = area.adjusted(THUMBNAIL + SPACE, SPACE, 0, -SPACE)
        right = text.right()
        if info.warnings:
            right -= SPACE * 3
            painter.drawPixmap(right + SPACE, text.top() + 2, pixmap("warning", tokens.warning, 16))
        modality = info.modality or "?"
        left = text.left() + _badge_width(painter, modality) + SPACE
        color = tokens.text if info.viewable else tokens.muted
        font, metrics = _font(painter), QFontMetrics(_font(painter))
        first, second = two_lines(words.series_title(info), metrics.horizontalAdvance, right - left)
        row = text.height() // (3 if second else 2)
        _badge(painter, QRect(text.left(), text.top(), 0, row), modality, tokens)
        _line(painter, QRect(left, text.top(), right - left, row), first, color, font)
        if second:
            rest = QRect(text.left(), text.top() + row, right - text.left(), row)
            _line(painter, rest, second, color, font, MIDDLE)
        below = QRect(text.left(), text.bottom() + 1 - row, text.width(), row)
        _line(painter, below, words.series_size(info), tokens.muted, _font(painter, small=True))


def two_lines(text: str, advance: Callable[[str], int], width: int) -> tuple[str, str]:
    """Break a title that does not fit into ``width`` pixels; the other line is shortened by who paints it.

    It breaks behind a space, ``_`` or ``-`` where one is near, for what tells the series of a study apart often
    stands at the end of their names.
    """
    if advance(text) <= width:
        return text, ""
    fits = max((n for n in range(1, len(text)) if advance(text[:n]) <= width), default=1)
    breaks = [n for n in range(max(1, fits // 2), fits + 1) if text[n - 1] in " _-"]
    cut = breaks[-1] if breaks else fits
    return text[:cut].rstrip(), text[cut:].lstrip()


def _ground(painter: QPainter, option: QStyleOptionViewItem, tokens: Tokens) -> None:
    if option.state & QStyle.StateFlag.State_Selected:
        painter.fillRect(option.rect, QColor(tokens.accent_soft))
    if option.state & QStyle.StateFlag.State_HasFocus:
        painter.setPen(QPen(QColor(tokens.accent), 2))
        painter.drawRect(option.rect.adjusted(1, 1, -1, -1))


def _chevron(painter: QPainter, option: QStyleOptionViewItem, tokens: Tokens) -> int:
    """Say whether the branch is open; returns where the text has to end."""
    name = "down" if option.state & QStyle.StateFlag.State_Open else "right"
    left = option.rect.right() - SPACE * 3
    painter.drawPixmap(left, option.rect.center().y() - 8, pixmap(name, tokens.muted, 16))
    return left - SPACE


def _thumbnail(painter: QPainter, frame: QRect, index: Index, info: SeriesInfo, tokens: Tokens) -> None:
    painter.fillRect(frame, QColor(tokens.image if info.viewable else tokens.raised))
    picture = index.data(PICTURE)
    if picture is not None:
        size = picture.size().scaled(frame.size(), Qt.AspectRatioMode.KeepAspectRatio)
        place = QRect(frame.topLeft(), size)
        place.moveCenter(frame.center())
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawPixmap(place, picture)
    elif not info.viewable:
        painter.drawPixmap(frame.center().x() - 9, frame.center().y() - 9, pixmap("file", tokens.muted))
    if index.data(OPEN):
        painter.setPen(QPen(QColor(tokens.accent), 2))
        painter.drawRect(frame)


def _badge_width(painter: QPainter, text: str) -> int:
    return QFontMetrics(_font(painter, small=True, bold=True)).horizontalAdvance(text) + SPACE


def _badge(painter: QPainter, row: QRect, text: str, tokens: Tokens) -> None:
    height = min(19, row.height())
    top = row.top() + (row.height() - height + 1) // 2
    frame = QRect(row.left(), top, _badge_width(painter, text), height)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(tokens.line))
    painter.drawRoundedRect(frame, 3, 3)
    painter.setFont(_font(painter, small=True, bold=True))
    painter.setPen(QColor(tokens.text))
    painter.drawText(frame, Qt.AlignmentFlag.AlignCenter, text)


def _two_lines(painter: QPainter, area: QRect, first: str, second: str, tokens: Tokens) -> None:
    upper = QRect(area.left(), area.top() + 4, area.width(), area.height() // 2 - 4)
    lower = QRect(area.left(), upper.bottom(), area.width(), area.height() // 2 - 4)
    _line(painter, upper, first, tokens.text, _font(painter, bold=True))
    _line(painter, lower, second, tokens.muted, _font(painter, small=True))


def _line(
    painter: QPainter,
    area: QRect,
    text: str,
    color: str,
    font: QFont,
    cut: Qt.TextElideMode = Qt.TextElideMode.ElideRight,
) -> None:
    painter.setFont(font)
    painter.setPen(QColor(color))
    painter.drawText(area, LEFT, QFontMetrics(font).elidedText(text, cut, max(0, area.width())))


def _font(painter: QPainter, *, small: bool = False, bold: bool = False) -> QFont:
    font = QFont(painter.font())
    font.setPointSizeF(9.0 if small else 10.0)
    font.setWeight(QFont.Weight.DemiBold if bold else QFont.Weight.Normal)
    return font
