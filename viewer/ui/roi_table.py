"""The ROIs of the study and their numbers; names are edited in place."""

from PySide6.QtCore import QSignalBlocker, Qt
from PySide6.QtGui import QColor, QGuiApplication, QIcon, QKeySequence, QPixmap, QShortcut
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
)

from viewer.core.measurement import Measurement
from viewer.core.volume import Volume
from viewer.roi.shapes import Roi
from viewer.session.session import Session
from viewer.ui.actions import Actions
from viewer.ui.parts import ElidedLabel, button, label
from viewer.ui.pet_reading import PetReading
from viewer.ui.roi_edit import center_of
from viewer.ui.roi_rows import MARK, Column, as_text, cell, columns_for, heading
from viewer.ui.theme import SPACE

LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
ID = Qt.ItemDataRole.UserRole
EMPTY = "No ROI yet. Choose sphere, ellipse or polygon above the images, then draw on any view."


class RoiTable(QFrame):
    """One row an ROI. Numbers of a shape still being measured are those of its last shape, in grey."""

    def __init__(self, session: Session, actions: Actions) -> None:
        super().__init__()
        self.setProperty("panel", True)
        self._session = session
        self._columns: tuple[Column, ...] = columns_for("", activity=False, suv=False)
        self._reading: PetReading | None = None
        self._last: dict[str, Measurement] = {}
        self.table = QTableWidget()
        self.note = ElidedLabel("warning")
        self.empty = QLabel(EMPTY)
        self._lay_out()
        actions.attach(self.table, "roi.delete", "roi.rename")
        actions.on("roi.delete", self._delete, owner=self)
        actions.on("roi.rename", self._rename, owner=self)
        self._connect()
        self.refresh()

    def show_reading(self, reading: PetReading | None, measured: Volume | None) -> None:
        """Choose the columns for the image that is measured."""
        self._reading = reading
        activity = reading is not None and reading.scales.activity is not None
        suv = reading is not None and reading.scales.suv is not None
        self._columns = columns_for(measured.unit if measured is not None else "", activity=activity, suv=suv)
        label_ = reading.label if reading is not None else ""
        self.note.set_full_text(f"{MARK.strip()} {label_}" if self._rescaled else "")
        self._last.clear()
        self.refresh()

    def refresh(self) -> None:
        """Show the ROIs as they are now."""
        rois = self._session.rois
        with QSignalBlocker(self.table):
            self.table.setColumnCount(len(self._columns) + 1)
            self.table.setHorizontalHeaderLabels(["ROI", *map(heading, self._columns)])
            name = QTableWidgetItem("ROI")
            name.setTextAlignment(LEFT)
            self.table.setHorizontalHeaderItem(0, name)
            self.table.setRowCount(len(rois))
            for row, roi in enumerate(rois):
                self._fill(row, roi)
        self._tips()
        self.table.setVisible(bool(rois))
        self.empty.setVisible(not rois)
        self._follow_selection()

    def copy(self) -> None:
        """Put the table on the clipboard, tab separated."""
        rows = [(roi.name, self._session.measurement(roi.id)) for roi in self._session.rois]
        text = as_text(self._columns, rows, self._label, rescaled=self._rescaled)
        QGuiApplication.clipboard().setText(text)
        self._session.message.emit("info", "The ROI table is on the clipboard.", "")

    @property
    def _rescaled(self) -> bool:
        return self._reading is not None and self._reading.rescaled

    @property
    def _label(self) -> str:
        return self._reading.label if self._reading is not None else ""

    def _fill(self, row: int, roi: Roi) -> None:
        measured = self._session.measurement(roi.id)
        if measured is not None:
            self._last[roi.id] = measured
        name = QTableWidgetItem(_swatch(roi.color), roi.name)
        name.setData(ID, roi.id)
        self.table.setItem(row, 0, name)
        shown = measured or self._last.get(roi.id)
        for number, column in enumerate(self._columns, start=1):
            text = cell(column, shown, rescaled=self._rescaled) or "…"
            item = QTableWidgetItem(text)
            item.setFlags(Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable)
            item.setTextAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            if measured is None:
                item.setForeground(self.palette().placeholderText())
            item.setToolTip(self._tip(column, shown))
            self.table.setItem(row, number, item)

    def _tip(self, column: Column, measured: Measurement | None) -> str:
        parts = [self._label if column.rescales else "", *(measured.warnings if measured is not None else ())]
        return "\n".join(part for part in parts if part)

    def _tips(self) -> None:
        for number, column in enumerate(self._columns, start=1):
            item = self.table.horizontalHeaderItem(number)
            if item is not None:
                item.setToolTip(column.tip or column.title)

    # -- selection and editing -----------------------------------------------------------------------

    def _follow_selection(self) -> None:
        wanted = self._session.state.selected_roi
        with QSignalBlocker(self.table):
            if not wanted:
                self.table.clearSelection()
            for row in range(self.table.rowCount()):
                item = self.table.item(row, 0)
                if item is not None and item.data(ID) == wanted:
                    self.table.selectRow(row)

    def _selected(self) -> None:
        item = self.table.item(self.table.currentRow(), 0)
        if item is not None and self.table.selectedItems():
            self._session.select_roi(item.data(ID))
            self._go_to(self.table.currentRow())

    def _renamed(self, item: QTableWidgetItem) -> None:
        if item.column() == 0:
            self._session.rename_roi(item.data(ID), item.text())

    def _go_to(self, row: int) -> None:
        """Move the crosshair to the middle of an ROI."""
        item = self.table.item(row, 0)
        roi = self._session.roi(item.data(ID)) if item is not None else None
        center = center_of(roi.shape) if roi is not None else None
        if center is not None:
            self._session.set_cursor(center)

    def _delete(self) -> None:
        self._session.delete_roi(self._session.state.selected_roi)

    def _rename(self) -> None:
        item = self.table.item(self.table.currentRow(), 0)
        if item is not None:
            self.table.setFocus()
            self.table.editItem(item)

    def _connect(self) -> None:
        session = self._session
        session.rois_changed.connect(self.refresh)
        session.measurements_changed.connect(self.refresh)
        session.selection_changed.connect(self._follow_selection)
        self.table.itemSelectionChanged.connect(self._selected)
        self.table.itemChanged.connect(self._renamed)
        self.table.cellClicked.connect(lambda row, column: self._go_to(row))
        copy = QShortcut(QKeySequence(QKeySequence.StandardKey.Copy), self.table)
        copy.setContext(Qt.ShortcutContext.WidgetShortcut)
        copy.activated.connect(self.copy)

    def _lay_out(self) -> None:
        self.table.setAccessibleName("ROIs and their measurements")
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.table.setAlternatingRowColors(True)
        self.table.setShowGrid(False)
        self.table.verticalHeader().hide()
        self.table.verticalHeader().setDefaultSectionSize(SPACE * 3 + 4)
        header = self.table.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        header.setMinimumSectionSize(SPACE * 8)
        self.empty.setProperty("role", "muted")
        self.empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        top = QHBoxLayout()
        top.setContentsMargins(SPACE, 0, 0, 0)
        top.addWidget(label("ROIs", "heading"))
        top.addSpacing(SPACE * 2)
        top.addWidget(self.note, 1)
        copy = button("Copy table", self.copy, flat=True)
        copy.setToolTip("Copy all numbers, with units, for a spreadsheet (Ctrl+C in the table)")
        top.addWidget(copy)
        column = QVBoxLayout(self)
        column.setContentsMargins(SPACE, SPACE // 2, SPACE, SPACE)
        column.setSpacing(SPACE // 2)
        column.addLayout(top)
        column.addWidget(self.table, 1)
        column.addWidget(self.empty, 1)
        self.setMinimumHeight(SPACE * 14)


def _swatch(color: str) -> QIcon:
    picture = QPixmap(12, 12)
    picture.fill(QColor(color or "#56b4e9"))
    return QIcon(picture)
