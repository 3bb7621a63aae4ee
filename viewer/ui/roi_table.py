"""The ROIs of the study and their numbers; names are edited in place."""

from functools import partial

from PySide6.QtCore import QItemSelectionModel, QSignalBlocker, Qt, QTimer, Signal
from PySide6.QtGui import QGuiApplication, QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QTableWidgetItem,
    QVBoxLayout,
)

from viewer.core.volume import Volume
from viewer.roi.compound import INTERSECT, SUBTRACT, UNION
from viewer.roi.shapes import Roi
from viewer.session.session import Session
from viewer.ui.actions import Actions
from viewer.ui.number_table import number_table
from viewer.ui.parts import ElidedLabel, button, label, tool_button
from viewer.ui.pet_reading import PetReading
from viewer.ui.roi_cells import ID, write_heads, write_row
from viewer.ui.roi_edit import center_of
from viewer.ui.roi_rows import Column, Row, as_text, cell, columns_for, heading
from viewer.ui.theme import SPACE

KEEP = QItemSelectionModel.SelectionFlag.NoUpdate
WHOLE_ROW = QItemSelectionModel.SelectionFlag.Select | QItemSelectionModel.SelectionFlag.Rows
EMPTY = "No ROI yet. Choose a shape, the brush or an isocontour above the images, then draw on any view."
COMBINE = ("roi.union", "roi.subtract", "roi.intersect")
LATE_MS = 100
"""For how long numbers of the last step of a drag may stand as if they were those of this one."""


class RoiTable(QFrame):
    """One row an ROI. Numbers of a shape still being measured are those of its last shape, in grey."""

    asked = Signal(object)
    """The `Column` whose number was selected, None for a name."""

    def __init__(self, session: Session, actions: Actions) -> None:
        super().__init__()
        self._actions = actions
        self.setProperty("panel", True)
        self._session = session
        self.columns: tuple[Column, ...] = columns_for("", activity=False, suv=False)
        self._reading: PetReading | None = None
        self._last: dict[str, Row] = {}
        self._heads: list[tuple[str, str]] = []
        self._late = QTimer(self)
        self._late.setSingleShot(True)
        self._late.timeout.connect(self.refresh)
        self.table = number_table("ROIs and their measurements")
        self.note = ElidedLabel("warning")
        self.empty = QLabel(EMPTY)
        self.empty.setWordWrap(True)
        self._lay_out()
        actions.attach(self.table, "roi.delete", "roi.rename")
        self._answer(actions)
        self._connect()
        self.refresh()

    def show_reading(
        self, reading: PetReading | None, measured: Volume | None, beside: Volume | None = None
    ) -> None:
        """Choose the columns for the image that is measured, and for the CT ``beside`` it."""
        self._reading = reading
        activity = reading is not None and reading.scales.activity is not None
        suv = reading is not None and reading.scales.suv is not None
        self.columns = columns_for(
            measured.unit if measured is not None else "", activity=activity, suv=suv,
            beside_unit=beside.unit if beside is not None else "",
            recovery=bool(self._session.state.measure.recovery),
        )  # fmt: skip
        self.note.set_full_text("   ".join(reading.notes) if reading is not None else "")
        self._last.clear()
        self.refresh()

    def refresh(self) -> None:
        """Show the ROIs as they are now; cells that would stay the same are left alone."""
        self._late.stop()
        rois = self._session.rois
        with QSignalBlocker(self.table):
            self._write_heads()
            self.table.setRowCount(len(rois))
            for row, roi in enumerate(rois):
                self._fill(row, roi)
        self.table.setVisible(bool(rois))
        self.empty.setVisible(not rois)
        self._follow_selection()

    def refresh_in_time(self) -> None:
        """As `refresh`; while an ROI is dragged once a step, when its numbers are there.

        Numbers that are late turn grey after `LATE_MS`.
        """
        rois = self._session.rois
        same = [self._id(row) for row in range(self.table.rowCount())] == [roi.id for roi in rois]
        if not (self._session.in_gesture and same) or all(self._session.measured(roi.id) for roi in rois):
            self.refresh()
        elif not self._late.isActive():
            self._late.start(LATE_MS)

    def copy(self) -> None:
        """Put the table on the clipboard, tab separated."""
        rows = [(roi.name, self._session.measured(roi.id) or None) for roi in self._session.rois]
        text = as_text(self.columns, rows, self._label, marks=self._marks)
        QGuiApplication.clipboard().setText(text)
        self._session.message.emit("info", "The ROI table is on the clipboard.", "")

    @property
    def _marks(self) -> str:
        return self._reading.marks if self._reading is not None else ""

    @property
    def _label(self) -> str:
        return self._reading.label if self._reading is not None else ""

    def _fill(self, row: int, roi: Roi) -> None:
        measured = self._session.measured(roi.id)
        if measured:
            self._last[roi.id] = measured
        shown = measured or self._last.get(roi.id)
        numbers = [(cell(one, shown, marks=self._marks) or "…", self._tip(one, shown)) for one in self.columns]
        write_row(self.table, row, roi, numbers, late=not measured)

    def _write_heads(self) -> None:
        heads = [("ROI", ""), *((heading(one), one.tip or one.title) for one in self.columns)]
        if heads != self._heads:
            self._heads = heads
            write_heads(self.table, heads)

    def _tip(self, column: Column, row: Row | None) -> str:
        measured = column.of(row)
        refused = measured.recovered.refusal if measured is not None and measured.recovered is not None else ""
        parts = [self._label if column.rescales else "", *(measured.warnings if measured is not None else ())]
        parts.append(f"Not corrected for recovery: {refused}" if refused else "")
        return "\n".join(part for part in parts if part)

    # -- selection and editing -----------------------------------------------------------------------

    def _ask(self, number: int) -> None:
        """Say which number of the selected ROI is looked at, so that it can be explained."""
        self.asked.emit(self.columns[number - 1] if 1 <= number <= len(self.columns) else None)

    def _follow_selection(self) -> None:
        wanted, picked = self._session.state.selected_roi, {roi.id for roi in self._session.picked}
        ids = [self._id(row) for row in range(self.table.rowCount())]
        shown = {index.row() for index in self.table.selectionModel().selectedRows()}
        current = self._id(self.table.currentRow())
        if shown == {row for row, name in enumerate(ids) if name == wanted or name in picked} and (
            current == wanted or wanted not in ids
        ):
            return  # a drag comes by at every step
        with QSignalBlocker(self.table):
            self.table.clearSelection()
            for row in range(self.table.rowCount()):
                name = self._id(row)
                if name == wanted:
                    here = self.table.model().index(row, max(0, self.table.currentColumn()))
                    self.table.selectionModel().setCurrentIndex(here, KEEP)
                if name == wanted or name in picked:
                    self.table.selectionModel().select(self.table.model().index(row, 0), WHOLE_ROW)

    def _selected(self) -> None:
        """With several rows the first one picked stays the selected ROI: others are taken from it."""
        rows = sorted({index.row() for index in self.table.selectedIndexes()})
        ids = [self._id(row) for row in rows]
        if not ids:
            return
        before = self._session.state.selected_roi
        self._session.select_roi(before if len(ids) > 1 and before in ids else self._id(self.table.currentRow()))
        self._session.pick(ids)
        if len(ids) == 1:
            self._go_to(rows[0])

    def _id(self, row: int) -> str:
        item = self.table.item(row, 0)
        return str(item.data(ID)) if item is not None else ""

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

    def _answer(self, actions: Actions) -> None:
        session = self._session
        actions.on("roi.delete", self._delete, owner=self)
        actions.on("roi.rename", self._rename, owner=self)
        actions.on("roi.duplicate", lambda: session.duplicate_roi(session.state.selected_roi), owner=self)
        actions.on("roi.exact", lambda: session.toggle_weighting(session.state.selected_roi), owner=self)
        for kind in (UNION, SUBTRACT, INTERSECT):
            actions.on(f"roi.{kind}", partial(session.combine_rois, kind), owner=self)

    def _delete(self) -> None:
        self._session.delete_roi(self._session.state.selected_roi)

    def _rename(self) -> None:
        item = self.table.item(self.table.currentRow(), 0)
        if item is not None:
            self.table.setFocus()
            self.table.editItem(item)

    def _connect(self) -> None:
        session = self._session
        session.rois_changed.connect(self.refresh_in_time)
        session.measurements_changed.connect(self.refresh_in_time)
        session.selection_changed.connect(self._follow_selection)
        self.table.itemSelectionChanged.connect(self._selected)
        self.table.itemChanged.connect(self._renamed)
        self.table.cellClicked.connect(lambda row, column: self._go_to(row))
        self.table.currentCellChanged.connect(lambda row, column, *_: self._ask(column))
        copy = QShortcut(QKeySequence(QKeySequence.StandardKey.Copy), self.table)
        copy.setContext(Qt.ShortcutContext.WidgetShortcut)
        copy.activated.connect(self.copy)

    def _lay_out(self) -> None:
        self.empty.setProperty("role", "muted")
        self.empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        top = QHBoxLayout()
        top.setContentsMargins(SPACE, 0, 0, 0)
        top.addWidget(label("ROIs", "heading"))
        top.addSpacing(SPACE * 2)
        top.addWidget(self.note, 1)
        for name in COMBINE:
            top.addWidget(tool_button(self._actions[name]))
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
