"""The sections that explain a number as a tree: each can be folded, all of it can be copied as text."""

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QKeySequence, QShortcut
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTreeWidget, QTreeWidgetItem

from viewer.ui.theme import SPACE
from viewer.ui.why import Section, as_text


class ProvenanceTree(QTreeWidget):
    """Names and values; Ctrl+C copies all of it. What the user folded stays folded for other numbers."""

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName("Why this value")
        self.setColumnCount(2)
        self.setHeaderHidden(True)
        self.setIndentation(SPACE + 4)
        self.setMinimumHeight(SPACE * 32)
        self.setWordWrap(True)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.header().setSectionResizeMode(0, QHeaderView.ResizeMode.Interactive)
        self.header().setStretchLastSection(True)
        self.header().resizeSection(0, SPACE * 15)
        self.setToolTip("Ctrl+C copies all of it")
        self._sections: tuple[Section, ...] = ()
        self._folded: dict[str, bool] = {}
        self.itemExpanded.connect(lambda item: self._remember(item, False))
        self.itemCollapsed.connect(lambda item: self._remember(item, True))
        copy = QShortcut(QKeySequence(QKeySequence.StandardKey.Copy), self)
        copy.setContext(Qt.ShortcutContext.WidgetShortcut)
        copy.activated.connect(self.copy)

    def show_sections(self, sections: Sequence[Section]) -> None:
        """Show sections; nothing is rebuilt when they are those on show."""
        sections = tuple(sections)
        if sections == self._sections:
            return
        place = self.verticalScrollBar().value()
        self._sections = sections
        self.clear()
        for number, section in enumerate(sections):
            self._add(section, first=number == 0)
        self.verticalScrollBar().setValue(place)

    @property
    def text(self) -> str:
        """All of it as plain text."""
        return as_text(self._sections)

    def copy(self) -> None:
        """Put all of it on the clipboard."""
        QGuiApplication.clipboard().setText(self.text)

    def _add(self, section: Section, *, first: bool) -> None:
        title = QTreeWidgetItem([section.title])
        title.setToolTip(0, section.title)
        font = title.font(0)
        font.setBold(True)
        title.setFont(0, font)
        self.addTopLevelItem(title)
        title.setFirstColumnSpanned(True)
        for name, value in section.rows:
            row = QTreeWidgetItem([name, value] if name else [value])
            row.setToolTip(0, name or value)
            row.setToolTip(1, value)
            row.setTextAlignment(0, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
            title.addChild(row)
            row.setFirstColumnSpanned(not name)
        title.setExpanded(first or not self._folded.get(section.title, not section.open))

    def _remember(self, item: QTreeWidgetItem, folded: bool) -> None:
        if item.parent() is None:
            self._folded[item.text(0)] = folded
