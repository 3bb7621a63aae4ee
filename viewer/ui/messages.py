"""The one place where the program speaks: up to three messages above the images, and all of them in a list."""

import time
from collections.abc import Iterable
from dataclasses import replace

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QPlainTextEdit, QVBoxLayout, QWidget

from viewer.core.errors import LowfieldError
from viewer.ui.banner import Banner, Message
from viewer.ui.parts import button
from viewer.ui.theme import Theme

MAX_SHOWN = 3
MAX_KEPT = 500
URGENCY = ("error", "warning", "info")


class Messages(QWidget):
    """Shows messages without stopping the user: errors first, then the newest; equal ones once."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.kept: list[Message] = []
        self.shown: list[Message] = []
        self._open: frozenset[str] = frozenset()
        self._more = button("", self.show_all, flat=True)
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(1)
        theme.changed.connect(self._redraw)
        self.hide()

    def show_error(self, error: LowfieldError, about: str = "") -> None:
        """Show an error that stops what the user asked for; ``about`` as in `settle`."""
        self.add(Message("error", error.what, error.where, error.hint, about=about))

    def say(self, severity: str, text: str, detail: str = "", about: str = "") -> None:
        """Show a message of the session."""
        self.add(Message(severity, text, detail=detail, about=about))

    def warn(self, series: str, about: str, text: str, detail: str) -> None:
        """Show a warning about a series in place of what was said ``about`` it before; an empty one settles it."""
        self.shown = [one for one in self.shown if (one.series, one.about) != (series, about)]
        if text:
            self.add(Message("warning", text, detail=detail, about=about, series=series))
        else:
            self._redraw()

    def look_at(self, series: Iterable[str]) -> None:
        """Say what series are open: warnings about others wait until theirs is opened again."""
        opened = frozenset(series)
        if opened != self._open:
            self._open = opened
            self._redraw()

    def add(self, message: Message) -> None:
        """Show ``message``; of more than three, the least urgent and oldest are only counted."""
        self.shown = [message, *(one for one in self.shown if one != message)]
        stamped = replace(message, time=time.strftime("%H:%M:%S"))
        self.kept = [*self.kept, stamped][-MAX_KEPT:]
        self._redraw()

    def dismiss(self, message: Message) -> None:
        """Take one message off the window; the list keeps it."""
        self.shown = [one for one in self.shown if one != message]
        self._redraw()

    def settle(self, about: str) -> None:
        """What failed before has succeeded: take its messages off the window; the list keeps them."""
        if any(one.about == about for one in self.shown):
            self.shown = [one for one in self.shown if one.about != about]
            self._redraw()

    def clear(self) -> None:
        """Take all messages off the window."""
        self.shown = []
        self._redraw()

    def show_all(self) -> None:
        """Open the list of everything said since the start."""
        show_text(self.window(), "Messages", "\n\n".join(one.as_text() for one in reversed(self.kept)))

    def _redraw(self) -> None:
        while (item := self._layout.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None and widget is not self._more:
                widget.hide()
                widget.deleteLater()
        waiting = [one for one in self.shown if not one.series or one.series in self._open]
        for message in sorted(waiting, key=lambda one: URGENCY.index(one.severity))[:MAX_SHOWN]:
            self._layout.addWidget(Banner(message, self._theme.tokens, self.dismiss))
        hidden = max(len(waiting) - MAX_SHOWN, 0)
        self._more.setText(f"{hidden} more message{'s' if hidden > 1 else ''}…")
        self._more.setVisible(hidden > 0)
        self._layout.addWidget(self._more)
        self.setVisible(bool(waiting))


def show_text(parent: QWidget, title: str, text: str) -> None:
    """Open a window of text to read and copy, without blocking the program."""
    dialog = QDialog(parent)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.setWindowTitle(title)
    dialog.resize(640, 420)
    body = QPlainTextEdit(text or "Nothing so far.")
    body.setReadOnly(True)
    buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
    buttons.rejected.connect(dialog.close)
    layout = QVBoxLayout(dialog)
    layout.addWidget(body)
    layout.addWidget(buttons)
    dialog.show()
