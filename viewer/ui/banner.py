"""One message on the window."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import PurePath

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFrame, QGridLayout, QLabel, QPushButton, QToolButton, QWidget

from viewer.ui.icons import icon, pixmap
from viewer.ui.parts import button, label
from viewer.ui.theme import SPACE, Tokens

WORDS = {"info": "Note", "warning": "Warning", "error": "Error"}


@dataclass(frozen=True)
class Message:
    """Something said to the user. ``severity``: ``info``, ``warning``, ``error``; ``detail`` on demand.

    ``about`` is what has to succeed for it to be settled, if anything; one about the ``series`` of this key
    belongs on the window while that is open.
    """

    severity: str
    text: str
    where: str = ""
    hint: str = ""
    detail: str = ""
    time: str = ""
    about: str = ""
    series: str = ""

    @property
    def heading(self) -> str:
        """The text; one that starts in the middle of a sentence gets the place it speaks of in front."""
        place = PurePath(self.where).name
        return f"{place} {self.text}" if place and self.text[:1].islower() else self.text

    def as_text(self) -> str:
        """Return all of it, for the clipboard."""
        parts = (f"{self.time} {WORDS[self.severity]}: {self.heading}", self.where, self.hint, self.detail)
        return "\n".join(part for part in parts if part)


Dismiss = Callable[[Message], object]


class Banner(QFrame):
    """One message: sign, what, where and what to do; details, copy, close."""

    def __init__(self, message: Message, tokens: Tokens, dismiss: Dismiss) -> None:
        super().__init__()
        self.message = message
        self.setProperty("message", message.severity)
        color = {"info": tokens.accent, "warning": tokens.warning, "error": tokens.error}[message.severity]
        sign = QLabel()
        sign.setPixmap(pixmap(message.severity, color))
        sign.setAccessibleName(WORDS[message.severity])
        detail = label(message.detail, "small", wrap=True, selectable=True)
        detail.hide()
        grid = QGridLayout(self)
        grid.setContentsMargins(SPACE * 2, SPACE // 2, SPACE, SPACE // 2)
        grid.setHorizontalSpacing(SPACE)
        grid.setVerticalSpacing(0)
        grid.setColumnStretch(1, 1)
        grid.addWidget(sign, 0, 0)
        lines = (label(message.heading, "strong"), label(message.where, "small"), label(message.hint), detail)
        for row, line in enumerate(lines):
            line.setWordWrap(True)
            line.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            line.setVisible(bool(line.text()) and line is not detail)
            grid.addWidget(line, row, 1)
        for column, tool in enumerate(self._tools(message, detail, tokens, dismiss), start=2):
            grid.addWidget(tool, 0, column)

    def _tools(self, message: Message, detail: QLabel, tokens: Tokens, dismiss: Dismiss) -> list[QWidget]:
        copy = _sign("copy", "Copy this message", tokens)
        copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(message.as_text()))
        close = _sign("close", "Close this message", tokens)
        close.clicked.connect(lambda: dismiss(message))
        more: list[QPushButton] = []
        if message.detail:
            more.append(button("Details", lambda: detail.setVisible(not detail.isVisible()), flat=True))
        return [*more, copy, close]


def _sign(name: str, words: str, tokens: Tokens) -> QToolButton:
    made = QToolButton()
    made.setIcon(icon(name, tokens))
    made.setIconSize(QSize(16, 16))
    made.setToolTip(words)
    made.setAccessibleName(words)
    return made
