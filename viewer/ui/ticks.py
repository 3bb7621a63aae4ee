"""A column of check boxes that follows a list of words."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import QSignalBlocker
from PySide6.QtWidgets import QCheckBox, QVBoxLayout, QWidget

from viewer.ui.theme import SPACE


class Ticks(QWidget):
    """A column of check boxes, rebuilt only when its words are others."""

    def __init__(self, ticked: Callable[[str, bool], object]) -> None:
        super().__init__()
        self._ticked = ticked
        self._shown: tuple[tuple[str, str, bool], ...] = ()
        self.boxes: dict[str, QCheckBox] = {}
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(SPACE // 2)

    def show_rows(self, rows: Sequence[tuple[str, str, bool, bool]]) -> None:
        """Show (key, words, checked, can be changed)."""
        rows = list({row[0]: row for row in rows}.values())  # two ROIs of one name are one choice
        words = tuple((key, text, free) for key, text, _, free in rows)
        if words != self._shown:
            self._rebuild(words)
        for key, _, checked, _ in rows:
            with QSignalBlocker(self.boxes[key]):
                self.boxes[key].setChecked(checked)

    def _rebuild(self, words: tuple[tuple[str, str, bool], ...]) -> None:
        self._shown = words
        for box in self.boxes.values():
            self._column.removeWidget(box)
            box.hide()
            box.deleteLater()
        self.boxes = {}
        for key, text, free in words:
            box = QCheckBox(text)
            box.setEnabled(free)
            box.setToolTip(text if free else f"{text}: the ROIs lie on this scan")
            box.toggled.connect(lambda wanted, key=key: self._ticked(key, wanted))
            self._column.addWidget(box)
            self.boxes[key] = box
