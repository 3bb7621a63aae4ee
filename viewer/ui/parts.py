"""Small widgets every part of the shell is made of."""

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QFontMetrics, QResizeEvent
from PySide6.QtWidgets import (
    QDoubleSpinBox,
    QFrame,
    QLabel,
    QPushButton,
    QSizePolicy,
    QToolButton,
    QWidget,
)


def label(text: str = "", role: str = "", *, wrap: bool = False, selectable: bool = False) -> QLabel:
    """Return a plain-text label; ``role`` is a word of the style sheet."""
    made = QLabel(text)
    made.setTextFormat(Qt.TextFormat.PlainText)
    made.setProperty("role", role)
    made.setWordWrap(wrap)
    if selectable:
        made.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    return made


def button(text: str, slot: Callable[[], object], *, primary: bool = False, flat: bool = False) -> QPushButton:
    """Return a push button."""
    made = QPushButton(text)
    made.setProperty("primary", primary)
    made.setProperty("flat", flat)
    made.clicked.connect(lambda _=False: slot())
    return made


def short_button(text: str, slot: Callable[[], object], width: int, *, flat: bool = False) -> QPushButton:
    """Return a push button for words of any length, cut at ``width`` pixels; the tool tip has them all.

    A button is never narrower than its words: one long name of a patient would make the window grow.
    """
    made = button(text, slot, flat=flat)
    made.setText(QFontMetrics(made.font()).elidedText(text, Qt.TextElideMode.ElideRight, width))
    made.setAccessibleName(text)
    made.setToolTip("" if made.text() == text else text)
    return made


def number_box() -> QDoubleSpinBox:
    """Return a field for a number with steps; the style sheet's padding does not reach its text."""
    made = QDoubleSpinBox()
    made.lineEdit().setTextMargins(6, 0, 0, 0)
    return made


def tool_button(action: QAction) -> QToolButton:
    """Return an icon button for an action."""
    made = QToolButton()
    made.setDefaultAction(action)
    made.setAccessibleName(action.text().replace("&", ""))
    return made


def separator(*, vertical: bool = False) -> QFrame:
    """Return a hairline."""
    made = QFrame()
    made.setProperty("role", "separator")
    if vertical:
        made.setFixedWidth(1)
    else:
        made.setFixedHeight(1)
    return made


def restyle(widget: QWidget, name: str, value: object) -> None:
    """Set a property the style sheet looks at, and let it look again."""
    widget.setProperty(name, value)
    widget.style().unpolish(widget)
    widget.style().polish(widget)


class ElidedLabel(QLabel):
    """A one-line label that shortens itself in the middle or at the end; the tool tip has it all."""

    def __init__(self, role: str = "", mode: Qt.TextElideMode = Qt.TextElideMode.ElideRight) -> None:
        super().__init__()
        self._full = ""
        self._mode = mode
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setProperty("role", role)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)

    def set_full_text(self, text: str) -> None:
        """Show ``text``, shortened to the room there is."""
        self._full = text
        self.setAccessibleName(text)
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: D102
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        shown = QFontMetrics(self.font()).elidedText(self._full, self._mode, max(0, self.width()))
        self.setText(shown)
        self.setToolTip(self._full if shown != self._full else "")
