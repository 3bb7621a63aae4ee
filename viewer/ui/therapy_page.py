"""Verification of a therapy in a window of its own: choices on the left, what came out beside them."""

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QDialog, QFileDialog, QFrame, QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from viewer.session.therapy import TITLE, Therapy
from viewer.session.workflow import Workflow
from viewer.ui.banner import Banner, Message
from viewer.ui.job_line import JobLine
from viewer.ui.parts import button, label, separator
from viewer.ui.theme import SPACE, Theme
from viewer.ui.therapy_form import TherapyForm
from viewer.ui.therapy_results import TherapyResults

HEADING = "Verification of therapy"
EXPLAINED = (
    "Follows the ROIs of this study through all PET scans of the patient: the activity really present, the curve "
    "through it, and the absorbed dose by local deposition in Gy, with the RBE-weighted dose beside it."
)
READY = "Everything that is needed is there. Press Verify."
FAILED = "Nothing could be verified; the message above says why."
STALE = "ROIs, scans or choices have changed: these numbers are those of before. Verify again."
FORM_WIDTH, WIDTH, HEIGHT, TEXT_WIDTH = SPACE * 44, 1264, 760, SPACE * 70


class TherapyPage(QDialog):
    """Does not block the main window. It shows the study that is open, never another patient's numbers."""

    def __init__(self, parent: QWidget, theme: Theme, workflow: Workflow, therapy: Therapy) -> None:
        super().__init__(parent, Qt.WindowType.Window)
        self.setWindowTitle(HEADING)
        self.resize(WIDTH, HEIGHT)
        self._theme, self._workflow, self._therapy = theme, workflow, therapy
        self.form = TherapyForm(workflow.session, therapy)
        self.results = TherapyResults(workflow.session, theme)
        self.verify = button("Verify", therapy.verify, primary=True)
        self.verify.setAutoDefault(False)  # Enter in a field means the field
        self.line = JobLine(workflow.runner, TITLE)
        self.obstacle = label("", "warning", wrap=True)
        self.said = QVBoxLayout()
        self.empty = label("", "strong", wrap=True)
        self.stack = QStackedWidget()
        self._shown: object = None
        self._told: object = None
        self._lay_out()
        self.results.report.triggered.connect(lambda _=False: self.export())
        self.results.maps.triggered.connect(lambda _=False: self.export_maps())
        self.results.copy.triggered.connect(lambda _=False: self._copy())
        therapy.changed.connect(self.refresh)
        therapy.written.connect(self._written)
        self.line.running_changed.connect(lambda _: self.refresh())
        theme.changed.connect(self._tell)
        self.line.cancel.setAutoDefault(False)
        self.refresh()

    def open(self) -> None:
        """Show it, or bring it to the front."""
        self.refresh()
        self.show()
        self.raise_()
        self.activateWindow()

    def refresh(self) -> None:
        """Follow `Therapy`."""
        therapy, result = self._therapy, self._therapy.result
        running = self.line.job is not None
        self.verify.setText("Verify again" if result is not None else "Verify")
        self.verify.setEnabled(not therapy.obstacle and not running)
        self.obstacle.setText(therapy.obstacle if result is not None else "")
        self.obstacle.setVisible(bool(self.obstacle.text()))
        ready = FAILED if therapy.failure is not None else READY
        self.empty.setText("Working …" if running else therapy.obstacle or ready)
        if result is not self._shown:
            self._shown = result
            self.results.show_result(result)
        self.stack.setCurrentIndex(int(result is not None))
        self._tell_if_new()

    def export(self) -> None:
        """Ask for a name and write the report, with CSV and JSON beside it."""
        chosen, _ = QFileDialog.getSaveFileName(
            self, "Export therapy report", str(Path.home() / "therapy.pdf"), "PDF (*.pdf)"
        )
        if chosen:
            path = Path(chosen)
            self._therapy.export(path if path.suffix else path.with_suffix(".pdf"))

    def export_maps(self) -> None:
        """Ask for a folder and write the dose maps into it."""
        chosen = QFileDialog.getExistingDirectory(self, "Export dose maps into a folder", str(Path.home()))
        if chosen:
            self._therapy.export_maps(Path(chosen))

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self.results.text)
        self._say([Message("info", "The tables are on the clipboard.")], keep=True)

    def _written(self, paths: list[Path]) -> None:
        names = ", ".join(path.name for path in paths)
        self._say([Message("info", f"Written: {names}", str(paths[0].parent))], keep=True)

    # -- messages ------------------------------------------------------------------------------------

    def _messages(self) -> list[Message]:
        therapy, found = self._therapy, []
        if therapy.failure is not None:
            error = therapy.failure
            found.append(Message("error", error.what, error.where, error.hint))
        if therapy.stale and self.line.job is None:
            found.append(Message("warning", STALE))
        warnings = therapy.result.warnings if therapy.result is not None else ()
        if warnings:
            first = warnings[0].removesuffix(".") if len(warnings) > 1 else warnings[0]
            more = f" (and {len(warnings) - 1} more)." if len(warnings) > 1 else ""
            found.append(Message("warning", f"{first}{more}", detail="\n".join(warnings[1:])))
        return found

    def _tell_if_new(self) -> None:
        messages = self._messages()
        if messages != self._told:
            self._told = messages
            self._say(messages)

    def _tell(self) -> None:
        self._told = None
        self._tell_if_new()

    def _say(self, messages: list[Message], *, keep: bool = False) -> None:
        """Show messages above the results; ``keep`` those that stand there already."""
        while not keep and (item := self.said.takeAt(0)) is not None:
            _drop(item.widget())
        for message in messages:
            banner = Banner(message, self._theme.tokens, self._dismiss)
            self.said.insertWidget(0 if keep else self.said.count(), banner)

    def _dismiss(self, message: Message) -> None:
        for number in range(self.said.count()):
            item = self.said.itemAt(number)
            banner = item.widget() if item is not None else None
            if isinstance(banner, Banner) and banner.message is message:
                self.said.removeWidget(banner)
                _drop(banner)
                return

    # -- places --------------------------------------------------------------------------------------

    def _lay_out(self) -> None:
        left, right = QFrame(), QVBoxLayout()
        left.setProperty("panel", "side")
        left.setFixedWidth(FORM_WIDTH)
        column = QVBoxLayout(left)
        column.setContentsMargins(0, 0, 0, SPACE * 2)
        column.setSpacing(SPACE)
        column.addWidget(self.form, 1)
        foot = QVBoxLayout()
        foot.setContentsMargins(SPACE * 2, 0, SPACE * 2, 0)
        for widget in (separator(), self.obstacle, self.line, self.verify):
            foot.addWidget(widget)
        column.addLayout(foot)
        self.stack.addWidget(self._empty_page())
        self.stack.addWidget(self.results)
        right.setContentsMargins(0, 0, 0, 0)
        right.setSpacing(0)
        self.said.setSpacing(1)
        right.addLayout(self.said)
        right.addWidget(self.stack, 1)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(left)
        row.addWidget(separator(vertical=True))
        row.addLayout(right, 1)

    def _empty_page(self) -> QWidget:
        page = QWidget()
        middle = QVBoxLayout()
        middle.setSpacing(SPACE * 2)
        for words in (label(HEADING, "title"), label(EXPLAINED, wrap=True), self.empty):
            words.setMaximumWidth(TEXT_WIDTH)
            middle.addWidget(words)
        column = QVBoxLayout(page)
        column.addStretch(1)
        row = QHBoxLayout()
        row.addStretch(1)
        row.addLayout(middle, 3)
        row.addStretch(1)
        column.addLayout(row)
        column.addStretch(2)
        return page


def _drop(widget: QWidget | None) -> None:
    if widget is not None:
        widget.hide()
        widget.deleteLater()
