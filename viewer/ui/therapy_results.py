"""What a verification found: the curve and the dose map of the ROI in view above, all tables below."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QMenu, QPushButton, QSplitter, QVBoxLayout, QWidget

from viewer.measuring import Reading
from viewer.pipeline import reading_of, scales_for
from viewer.session.functions import options_of
from viewer.session.session import Session
from viewer.session.therapy_run import TherapyResult
from viewer.ui.facts import choice_box
from viewer.ui.parts import ElidedLabel, label, separator
from viewer.ui.theme import SPACE, Theme
from viewer.ui.therapy_map import TherapyMap
from viewer.ui.therapy_plot import TherapyPlot
from viewer.ui.therapy_tables import TherapyTables
from viewer.ui.words import plural

UPPER = 0.55
"""How much of the height curve and map get at first."""


class TherapyResults(QWidget):
    """Shows one `TherapyResult`; the menu of exports is for the page to answer."""

    def __init__(self, session: Session, theme: Theme) -> None:
        super().__init__()
        self._result: TherapyResult | None = None
        self._sized = False
        self.summary = ElidedLabel("muted")
        self.roi = choice_box("ROI in view")
        self.plot, self.map, self.tables = TherapyPlot(theme), TherapyMap(session), TherapyTables(theme)
        self.menu = QMenu(self)
        self.report = self.menu.addAction("Report: PDF, CSV and JSON…")
        self.maps = self.menu.addAction("Dose maps: NIfTI in Gy and Gy·RBE…")
        self.copy = self.menu.addAction("Copy the tables as text")
        self.export = QPushButton("Export")
        self.export.setMenu(self.menu)
        self.export.setProperty("menu", True)
        self._lay_out()
        self.roi.activated.connect(lambda _: self.choose(self.roi.currentText()))
        self.tables.roi_chosen.connect(self.choose)

    def show_result(self, result: TherapyResult | None) -> None:
        """Show a result from its first ROI on, or nothing."""
        before, self._result = self.roi.currentText(), result
        self.roi.clear()
        self.map.show_result(result, self._readings(result))
        self.tables.show_verification(result.verification if result is not None else None)
        if result is None:
            self.summary.set_full_text("")
            self.plot.show_roi(None)
            return
        names = [roi.name for roi in result.verification.rois]
        self.roi.addItems(names)
        self.maps.setEnabled(result.verification.map is not None)
        scans = plural(len(result.scans), "time point")
        self.summary.set_full_text(f"{scans} · {self.tables.headline}")
        self.choose(before if before in names else names[0])

    def choose(self, name: str) -> None:
        """Bring an ROI into view: its curve, its place on the map, its row."""
        if self._result is None:
            return
        found = self._result.verification
        self.roi.setCurrentText(name)
        self.plot.show_roi(next((roi for roi in found.rois if roi.name == name), None), found.half_life_s)
        self.map.show_roi(next((roi for roi in self._result.request.rois if roi.name == name), None))
        self.tables.select(name)

    @property
    def text(self) -> str:
        """Everything in words, for the clipboard."""
        return f"{self.summary.accessibleName()}\n\n{self.tables.text}"

    def showEvent(self, event: QShowEvent) -> None:  # noqa: D102
        super().showEvent(event)
        if not self._sized:
            self._sized = True
            upper = round(UPPER * self.splitter.height())
            self.splitter.setSizes([upper, self.splitter.height() - upper])
            self.across.setSizes(2 * [self.across.width() // 2])  # the axes are made later, so none asks for width

    @staticmethod
    def _readings(result: TherapyResult | None) -> list[Reading]:
        """How the first scan is read, to outline what was grown in its numbers."""
        if result is None:
            return []
        return [reading_of(result.first, scales_for(result.first, options_of(result.request.measure)))]

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.setContentsMargins(SPACE, SPACE, SPACE, SPACE // 2)
        head.setSpacing(SPACE)
        head.addWidget(label("ROI", "muted"))
        head.addWidget(self.roi)
        head.addWidget(self.summary, 1)
        head.addWidget(self.export)
        self.roi.setMinimumContentsLength(14)
        self.across = QSplitter(Qt.Orientation.Horizontal)
        self.splitter = QSplitter(Qt.Orientation.Vertical)
        for widget in (self.plot, self.map):
            self.across.addWidget(widget)
        for each in (self.across, self.splitter):
            each.setChildrenCollapsible(False)
        self.splitter.addWidget(self.across)
        self.splitter.addWidget(self.tables)
        self.splitter.setStretchFactor(0, 1)
        self.splitter.setStretchFactor(1, 0)
        self.export.setAutoDefault(False)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(head)
        column.addWidget(separator())
        column.addWidget(self.splitter, 1)
