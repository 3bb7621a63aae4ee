"""Rows of "what: value" that fill a side panel, and the frame around one section of it."""

from collections.abc import Iterable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QComboBox,
    QFrame,
    QGridLayout,
    QLabel,
    QLayout,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from viewer.ui.parts import label, separator
from viewer.ui.theme import SPACE

FOCUS_BORDER = 2
"""Pixels around a side panel that show its focus (`viewer.ui.style`)."""


NAMES = SPACE * 11
"""Pixels for names, so that lists below each other have their values in one line."""


class Facts(QWidget):
    """Two columns: names in muted text, values that can be copied."""

    def __init__(self) -> None:
        super().__init__()
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(SPACE)
        self._grid.setVerticalSpacing(4)
        self._grid.setColumnMinimumWidth(0, NAMES)
        self._grid.setColumnStretch(1, 1)
        self._shown: tuple[tuple[str, str], ...] = ()

    def show_rows(self, rows: Iterable[tuple[str, str]]) -> None:
        """Show (name, value) rows; nothing is rebuilt when they are those on show."""
        rows = tuple(rows)
        if rows == self._shown:
            return
        self._shown = rows
        while (item := self._grid.takeAt(0)) is not None:
            old = item.widget()
            if old is not None:
                old.hide()  # deleting waits for the event loop, and old numbers would show through new ones
                old.deleteLater()
        for number, (name, value) in enumerate(rows):
            self._grid.addWidget(label(name, "muted"), number, 0, Qt.AlignmentFlag.AlignTop)
            self._grid.addWidget(label(value, wrap=True, selectable=True), number, 1)

    @property
    def rows(self) -> tuple[tuple[str, str], ...]:
        """The rows on show."""
        return self._shown


class SidePanel(QScrollArea):
    """A column of sections that scrolls when the window is low."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setAccessibleName(name)
        self.setWidgetResizable(True)
        self.setProperty("side", True)  # it can be scrolled with keys, so its focus shows
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)  # a click beside a field would frame it, too
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        body = QFrame()
        body.setProperty("panel", "side")
        self.column = QVBoxLayout(body)
        side = SPACE * 2 - FOCUS_BORDER
        self.column.setContentsMargins(side, SPACE - FOCUS_BORDER, side, side)
        self.column.setSpacing(SPACE)
        self.column.addStretch(1)
        body.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.setWidget(body)

    def add(self, title: str, *items: QWidget | QLayout, stretch: int = 0) -> QWidget:
        """Append a section; returns its frame, to hide it. One with ``stretch`` takes the height that is left."""
        frame = QWidget()
        box = QVBoxLayout(frame)
        box.setContentsMargins(0, SPACE, 0, 0)
        box.setSpacing(SPACE)
        if self.column.count() > 1:
            box.addWidget(separator())
        if title:
            box.addWidget(label(title, "heading"))
        for item in items:
            if isinstance(item, QLayout):
                box.addLayout(item)
            else:
                box.addWidget(item, stretch if _grows(item) else 0)
        box.addStretch(0)
        self.column.insertWidget(self.column.count() - 1, frame, stretch)
        return frame


def choice_box(name: str) -> QComboBox:
    """Return a combo box that a narrow panel may make small."""
    made = QComboBox()
    made.setAccessibleName(name)
    made.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
    made.setMinimumContentsLength(6)
    return made


class Notice(QLabel):
    """A wrapped warning, hidden while it has nothing to say."""

    def __init__(self) -> None:
        super().__init__()
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setProperty("role", "warning")
        self.setWordWrap(True)
        self.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.hide()

    def say(self, text: str) -> None:
        """Show ``text``; an empty one hides the line."""
        self.setText(text)
        self.setVisible(bool(text))


def _grows(widget: QWidget) -> bool:
    return widget.sizePolicy().verticalPolicy() == QSizePolicy.Policy.Expanding
