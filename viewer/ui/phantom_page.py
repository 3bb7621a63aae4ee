"""The NEMA IEC phantom: what was filled in, found and measured in the background, shown sphere by sphere."""

from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from PySide6.QtWidgets import QFileDialog, QWidget

from viewer.core.errors import LowfieldError
from viewer.core.options import MeasureOptions
from viewer.core.phantom import PhantomResult
from viewer.core.volume import Volume
from viewer.phantom import analyse_phantom, phantom_rois
from viewer.report.curve import recovery_plot
from viewer.report.phantom import phantom_tables
from viewer.session.functions import options_of
from viewer.session.phantom_files import write_phantom
from viewer.session.workflow import Workflow
from viewer.ui.job_line import JobLine
from viewer.ui.parts import button, label
from viewer.ui.phantom_form import PhantomForm
from viewer.ui.result_page import PLOT_POINTS, ResultPage
from viewer.ui.theme import Theme

TITLE = "Finding the phantom"
ABOUT = (
    "Finds the six spheres, the background and the lung insert on the open PET, in any orientation; where the PET "
    "does not show them, on its CT. Measures them on native voxels and compares every sphere with EARL 1, EARL 2 "
    "and the published curve of 149Tb.\n\nFill in what is known above, then press Find and measure."
)
WORKING = "Working … a large PET with its CT can take a minute. The images stay usable meanwhile."
STALE = "What was filled in has changed: these figures are those of before. Measure again."


@dataclass(frozen=True)
class Analysis:
    """What was measured, on what and how: all that a report needs."""

    pet: Volume
    ct: Volume | None
    options: MeasureOptions
    result: PhantomResult


class PhantomPage(ResultPage):
    """Asks, measures, shows; its ROIs can be taken over into the study."""

    def __init__(self, parent: QWidget, theme: Theme, workflow: Workflow) -> None:
        self.form = PhantomForm()
        super().__init__(parent, theme, workflow.session, "NEMA IEC phantom", self.form)
        self._workflow = workflow
        self._done: Analysis | None = None
        self.measure = button("Find and measure", self.start, primary=True)
        self.export = button("Export report…", self._ask_where)
        self.place = button("Add its ROIs to the study", self._place)
        self.said = label("", "small", wrap=True, selectable=True)
        self.said.hide()
        self.line = JobLine(workflow.runner, TITLE)
        for each in (self.place, self.export):
            each.setAutoDefault(False)
            self.add_button(each)
        self.add_button(self.measure, last=True)
        self.measure.setDefault(True)
        self.add_line(self.said)
        self.add_line(self.line)
        self._order_of_tab()
        self.line.running_changed.connect(self._on_running)
        self.form.changed.connect(lambda: self.form.notice.say(STALE if self.found is not None else ""))
        self._forget(ABOUT)

    @property
    def found(self) -> PhantomResult | None:
        """What was found, while it is on show."""
        return self._done.result if self._done is not None else None

    def start(self) -> None:
        """Find the phantom in the PET that is open and measure it."""
        session = self._workflow.session
        pet, ct = session.volume("pet"), session.volume("ct")
        if pet is None:
            self.form.notice.say("No PET is open.")
            return
        try:
            fill, options = self.form.fill(), options_of(session.state.measure)
        except LowfieldError as error:
            self.form.notice.say(str(error))
            return
        voi = self.form.voi.currentData()
        self.form.notice.say("")
        self._forget(WORKING)
        self.body.setFocus()  # else a disabled button would hand the focus on to the one that closes
        self._workflow.run(
            lambda progress: Analysis(pet, ct, options, analyse_phantom(pet, ct, options, fill, voi)),
            self._show,
            self._failed,
            TITLE,
        )

    def _show(self, done: Analysis) -> None:
        if not self.current:
            return
        self._done = done
        for each in (self.place, self.export):
            each.setEnabled(True)
        plot = recovery_plot(done.result, PLOT_POINTS)
        self.show_results(phantom_tables(done.result), [plot] if plot is not None else [], done.result.warnings)

    def _failed(self, error: Exception) -> None:
        self.show_text(str(error))

    def _on_running(self, running: bool) -> None:
        self.measure.setEnabled(not running)
        if not running and self._done is None and not self.text:
            self.show_hint(ABOUT)  # cancelled

    def _forget(self, hint: str) -> None:
        self._done = None
        self.said.hide()
        for each in (self.place, self.export):
            each.setEnabled(False)
        self.show_hint(hint)

    def _place(self) -> None:
        session = self._workflow.session
        if self.found is not None and self.current:
            placed = phantom_rois(self.found)
            ids = {roi.id for roi in placed}
            others = (roi for roi in session.rois if roi.id not in ids)
            session.edit("Add the phantom's ROIs", (*others, *placed), select=placed[0].id)
            self._tell(f"{len(placed)} ROIs were added to the study; Ctrl+Z in the window takes them back.")

    def _ask_where(self) -> None:
        chosen, _ = QFileDialog.getSaveFileName(
            self, "Export phantom report", str(Path.home() / "phantom.pdf"), "PDF (*.pdf)"
        )
        if chosen:
            path = Path(chosen)
            self.write(path if path.suffix else path.with_suffix(".pdf"))

    def write(self, path: Path) -> None:
        """Write the report as PDF, with JSON beside it, in the background."""
        done = self._done
        if done is not None:
            self._workflow.run(
                lambda _: write_phantom(done.pet, done.ct, done.result, done.options, path),
                lambda paths: self._tell(f"Written: {', '.join(map(str, paths))}"),
                lambda error: self.form.notice.say(str(error)),
                "Writing the phantom report",
            )

    def _tell(self, text: str) -> None:
        self.said.setText(text)
        self.said.show()

    def _order_of_tab(self) -> None:
        form = self.form
        chain = (
            form.spheres, form.background, form.at, form.voi, self.measure, self.body, self.copy, self.export,
            self.place, self.close_button,
        )  # fmt: skip
        for one, other in pairwise(chain):
            QWidget.setTabOrder(one, other)
