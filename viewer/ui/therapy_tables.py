"""Everything a verification says in tables, a page each: doses first, what they rest on after."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QBuffer, QByteArray, QIODevice, Qt, Signal
from PySide6.QtGui import QImage, QImageWriter
from PySide6.QtWidgets import (
    QButtonGroup,
    QHBoxLayout,
    QHeaderView,
    QSizePolicy,
    QStackedWidget,
    QTableWidget,
    QTableWidgetItem,
    QTextBrowser,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from viewer.core.dose import Verification
from viewer.report.dose_report import registered_pictures
from viewer.report.dose_tables import dose_tables
from viewer.report.model import Picture
from viewer.report.tables import Table
from viewer.ui.number_table import number_table
from viewer.ui.parts import label
from viewer.ui.rich_text import table_html, table_text, words_html
from viewer.ui.theme import SPACE, Theme

PAGES = ("Dose", "Activity", "Curves", "Ratios", "Registration", "Uncertainty", "Basis")
EMPTY = {
    "Ratios": "Choose a background or an organ among the ROIs on the left, and verify again.",
    "Curves": "No ROI has a curve.",
    "Uncertainty": "No ROI has a dose.",
    "Activity": "No ROI could be measured on a scan.",
}


@dataclass(frozen=True)
class Page:
    """Tables and sentences under one heading."""

    tables: tuple[Table, ...]
    sentences: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """(heading, sentences)"""
    pictures: tuple[Picture, ...] = ()


def pages_of(verification: Verification) -> dict[str, Page]:
    """Return the tables of the report by page; the very same texts."""
    doses, without, *points, curves, uncertainties, integrals, ratios, daughters, registrations, constants = (
        dose_tables(verification)
    )
    return {
        "Dose": Page((doses, without), (("Not in the dose", verification.excluded),)),
        "Activity": Page(tuple(points)),
        "Curves": Page((curves, integrals)),
        "Ratios": Page((ratios,)),
        "Registration": Page((registrations,), pictures=tuple(registered_pictures(verification))),
        "Uncertainty": Page((uncertainties,)),
        "Basis": Page((constants, daughters), (("Method", verification.method),)),
    }


class TherapyTables(QWidget):
    """Tabs over the pages; a row of the dose table selects its ROI."""

    roi_chosen = Signal(str)
    """(name)"""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._pages: dict[str, Page] = {}
        self.stack = QStackedWidget()
        self.doses = number_table("Absorbed dose by local deposition")
        self.doses.setSelectionMode(QTableWidget.SelectionMode.SingleSelection)
        self.doses.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
        self.note = label("", "small", wrap=True, selectable=True)
        self.texts = {name: QTextBrowser() for name in PAGES}
        self.tabs: dict[str, QToolButton] = {}
        self._lay_out()
        self.doses.currentCellChanged.connect(self._on_row)
        theme.changed.connect(self._write)

    def show_verification(self, found: Verification | None) -> None:
        """Show all pages of a verification, or none."""
        self._pages = pages_of(found) if found is not None else {}
        self._fill_doses(self._pages["Dose"].tables[0] if found is not None else None)
        self._write()

    def select(self, name: str) -> None:
        """Select the row of an ROI."""
        for row in range(self.doses.rowCount()):
            item = self.doses.item(row, 0)
            if item is not None and item.text() == name:
                self.doses.setCurrentCell(row, 0)

    @property
    def headline(self) -> str:
        """Nuclide and injection in one line."""
        rows = self._pages["Basis"].tables[0].rows if self._pages else ()
        constants = {row[0]: row[1] for row in rows}
        nuclide = constants.get("Nuclide", "").split(",")[0]
        return f"{nuclide} · injected {constants.get('Injected', '')}"

    @property
    def text(self) -> str:
        """All tables and sentences as text, tab separated."""
        parts = [table_text(table) for page in self._pages.values() for table in page.tables if table.rows]
        said = ["\n".join([head, *lines]) for page in self._pages.values() for head, lines in page.sentences]
        return "\n\n".join([*parts, *said])

    def _on_row(self, row: int, *_: int) -> None:
        item = self.doses.item(row, 0)
        if item is not None:
            self.roi_chosen.emit(item.text())

    def _fill_doses(self, table: Table | None) -> None:
        widget = self.doses
        widget.setRowCount(0)
        widget.setVisible(bool(table and table.rows))
        self.note.setText(table.note if table else "")
        self.note.setVisible(bool(self.note.text()))
        if table is None or not table.rows:
            return
        widget.setColumnCount(len(table.header))
        widget.setHorizontalHeaderLabels([_two_lines(text) for text in table.header])
        widget.setRowCount(len(table.rows))
        for row, cells in enumerate(table.rows):
            for column, text in enumerate(cells):
                item = QTableWidgetItem(text)
                side = Qt.AlignmentFlag.AlignRight if column >= table.numbers_from else Qt.AlignmentFlag.AlignLeft
                item.setTextAlignment(side | Qt.AlignmentFlag.AlignVCenter)
                widget.setItem(row, column, item)
        first = widget.horizontalHeaderItem(0)
        if first is not None:
            first.setTextAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        widget.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        self._fit_doses()

    def _fit_doses(self) -> None:
        """As high as its rows, so that what is not in the dose follows at once; many rows scroll."""
        rows = min(self.doses.rowCount(), 6)
        height = self.doses.horizontalHeader().sizeHint().height() + rows * self.doses.rowHeight(0) + 4
        self.doses.setFixedHeight(height)

    def _write(self) -> None:
        tokens = self._theme.tokens
        for name, browser in self.texts.items():
            page = self._pages.get(name, Page(()))
            tables = page.tables[1:] if name == "Dose" else page.tables
            parts = [table_html(table, tokens) for table in tables if table.rows]
            parts += [_sentences(head, lines) for head, lines in page.sentences if lines]
            parts += [_picture(each) for each in page.pictures]
            if not parts and self._pages:
                parts = [f'<p style="color:{tokens.muted}">{words_html(EMPTY.get(name, "Nothing."))}</p>']
            browser.setHtml("".join(parts))

    def _lay_out(self) -> None:
        tabs, group = QHBoxLayout(), QButtonGroup(self)
        tabs.setSpacing(0)
        for number, name in enumerate(PAGES):
            tab = QToolButton()
            tab.setText(name)
            tab.setCheckable(True)
            tab.setChecked(number == 0)
            tab.setProperty("tab", True)
            tab.clicked.connect(lambda _=False, number=number: self.stack.setCurrentIndex(number))
            group.addButton(tab)
            tabs.addWidget(tab)
            self.tabs[name] = tab
            self.texts[name].document().setDocumentMargin(SPACE)
            self.texts[name].setAccessibleName(name)
            self.texts[name].setFrameShape(QTextBrowser.Shape.NoFrame)
            self.stack.addWidget(self._dose_page() if name == "Dose" else self.texts[name])
        tabs.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(SPACE, 0, SPACE, 0)
        column.setSpacing(SPACE // 2)
        column.addLayout(tabs)
        column.addWidget(self.stack, 1)

    def _dose_page(self) -> QWidget:
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE // 2)
        column.addWidget(self.doses)
        column.addWidget(self.note)
        self.texts["Dose"].setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        column.addWidget(self.texts["Dose"], 1)
        return page


def _picture(picture: Picture) -> str:
    """Return a picture within the text: as PNG in the address itself, for there is no file."""
    data, buffer = QByteArray(), QBuffer()
    buffer.setBuffer(data)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    rows, columns, _ = picture.rgb.shape
    pixels = np.ascontiguousarray(picture.rgb).data
    image = QImage(pixels, columns, rows, 3 * columns, QImage.Format.Format_RGB888)
    QImageWriter(buffer, QByteArray(b"png")).write(image)
    encoded = bytes(data.toBase64().data()).decode("ascii")
    return f'<p>{words_html(picture.caption)}<br><img src="data:image/png;base64,{encoded}"></p>'


def _two_lines(heading: str) -> str:
    """Put the unit of a heading, its last word, on a line of its own."""
    name, _, unit = heading.rpartition(" ")
    return f"{name}\n{unit}" if name else heading


def _sentences(head: str, lines: Sequence[str]) -> str:
    return f"<p><b>{words_html(head)}</b></p>" + "".join(f"<p>{words_html(line)}</p>" for line in lines)
