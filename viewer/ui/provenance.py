"""A provenance document as a tree that can be read and copied: every tag, factor and time behind a number."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QKeySequence, QShortcut
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTreeWidget, QTreeWidgetItem

from viewer.ui.theme import SPACE


class ProvenanceTree(QTreeWidget):
    """Names and values; Ctrl+C copies the whole document as JSON."""

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName("Provenance")
        self.setColumnCount(2)
        self.setHeaderHidden(True)
        self.setIndentation(SPACE + 4)
        self.setMinimumHeight(SPACE * 32)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.header().setSectionResizeMode(0, QHeaderView.ResizeMode.ResizeToContents)
        self.header().setSectionResizeMode(1, QHeaderView.ResizeMode.ResizeToContents)
        self.header().setStretchLastSection(False)
        self.setToolTip("Ctrl+C copies all of it")
        self._document: Any = None
        copy = QShortcut(QKeySequence(QKeySequence.StandardKey.Copy), self)
        copy.setContext(Qt.ShortcutContext.WidgetShortcut)
        copy.activated.connect(self.copy)

    def show_document(self, document: Mapping[str, Any]) -> None:
        """Show a JSON-like document; nothing is rebuilt when it is the one on show."""
        if document == self._document:
            return
        self._document = document
        self.clear()
        for name, value in document.items():
            self.addTopLevelItem(_item(name, value))
        for number in range(self.topLevelItemCount()):
            item = self.topLevelItem(number)
            if item is not None and item.childCount() <= 12:
                item.setExpanded(True)

    @property
    def text(self) -> str:
        """The document as JSON."""
        return json.dumps(self._document, indent=2, default=str, ensure_ascii=False)

    def copy(self) -> None:
        """Put the document on the clipboard."""
        QGuiApplication.clipboard().setText(self.text)


def _item(name: str, value: Any) -> QTreeWidgetItem:
    words = name.replace("_", " ")
    if isinstance(value, Mapping):
        return _branch(words, "", value.items())
    if isinstance(value, Sequence) and not isinstance(value, str) and any(isinstance(v, Mapping) for v in value):
        return _branch(words, f"{len(value)}", [(_title(one, n), one) for n, one in enumerate(value, start=1)])
    text = ", ".join(map(_text, value)) if isinstance(value, (list, tuple)) else _text(value)
    made = QTreeWidgetItem([words, text])
    made.setToolTip(1, text)
    return made


def _branch(name: str, text: str, children: Any) -> QTreeWidgetItem:
    made = QTreeWidgetItem([name, text])
    for child, value in children:
        made.addChild(_item(str(child), value))
    return made


def _title(one: Any, number: int) -> str:
    return str(one.get("name", one.get("factor", number))) if isinstance(one, Mapping) else str(number)


def _text(value: Any) -> str:
    if value is None:
        return "not stated"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:.6g}" if isinstance(value, float) else str(value)
