"""The NEMA IEC phantom: what was filled in, found and measured in the background, shown sphere by sphere."""

from datetime import datetime

from PySide6.QtWidgets import QFormLayout, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from viewer.core.errors import LowfieldError
from viewer.core.phantom import PhantomResult, TrueFill
from viewer.phantom import analyse_phantom, phantom_rois
from viewer.quantify.recovery_tables import conventions
from viewer.report.curve import recovery_plot
from viewer.report.phantom import phantom_tables
from viewer.session.functions import options_of
from viewer.session.workflow import Workflow
from viewer.ui.facts import Notice, choice_box
from viewer.ui.parts import button, label
from viewer.ui.result_page import PLOT_POINTS, ResultPage
from viewer.ui.theme import SPACE, Theme

BQ_PER_KBQ = 1e3
HINT = "Without true concentrations only ratios to the background are given, and no verdicts."


class PhantomForm(QWidget):
    """True concentrations and when they were so, and how a sphere becomes voxels."""

    def __init__(self) -> None:
        super().__init__()
        self.spheres, self.background, self.at = QLineEdit(), QLineEdit(), QLineEdit()
        self.voi = choice_box("Volume of interest")
        self.notice = Notice()
        for known in conventions():
            self.voi.addItem(known.name, known.key)
        self.at.setPlaceholderText("2026-05-04 09:30")
        self.spheres.setPlaceholderText("kBq/mL")
        self.background.setPlaceholderText("kBq/mL")
        self.row = QHBoxLayout()
        left, right = QFormLayout(), QFormLayout()
        left.addRow("True activity of the spheres", self.spheres)
        left.addRow("True activity of the background", self.background)
        right.addRow("They were so at", self.at)
        right.addRow("Volume of interest", self.voi)
        self.row.addLayout(left, 1)
        self.row.addSpacing(SPACE * 2)
        self.row.addLayout(right, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addLayout(self.row)
        column.addWidget(label(HINT, "small", wrap=True))
        column.addWidget(self.notice)

    def fill(self) -> TrueFill:
        """Return what was filled in; LowfieldError for what is no number or no time."""
        at = self.at.text().strip()
        try:
            moment = datetime.fromisoformat(at) if at else None
        except ValueError as error:
            raise LowfieldError(f"{at!r} is no time.", hint="Write it as 2026-05-04 09:30.") from error
        spheres, background = _bq(self.spheres.text()), _bq(self.background.text())
        if (spheres, background) != (None, None) and moment is None:
            raise LowfieldError("True activities hold for one moment.", hint="Say when they were so.")
        return TrueFill(spheres, background, moment)


class PhantomPage(ResultPage):
    """Asks, measures, shows; its ROIs can be taken over into the study."""

    def __init__(self, parent: QWidget, theme: Theme, workflow: Workflow) -> None:
        self.form = PhantomForm()
        super().__init__(parent, theme, workflow.session, "NEMA IEC phantom", self.form)
        self._workflow = workflow
        self.found: PhantomResult | None = None
        self.measure = button("Find and measure", self.start, primary=True)
        self.place = button("Add its ROIs to the study", self._place)
        self.place.setEnabled(False)
        self.add_button(self.place)
        self.add_button(self.measure, last=True)

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
        self.measure.setEnabled(False)
        self._workflow.run(
            lambda progress: analyse_phantom(pet, ct, options, fill, voi),
            self._show,
            self._failed,
            "Finding the phantom",
        )

    def _show(self, result: PhantomResult) -> None:
        self.measure.setEnabled(True)
        if not self.current:
            return
        self.found = result
        self.place.setEnabled(True)
        plot = recovery_plot(result, PLOT_POINTS)
        self.show_results(phantom_tables(result), [plot] if plot is not None else [], result.warnings)

    def _failed(self, error: Exception) -> None:
        self.measure.setEnabled(True)
        self.show_text(str(error))

    def _place(self) -> None:
        session = self._workflow.session
        if self.found is not None and self.current:
            placed = phantom_rois(self.found)
            ids = {roi.id for roi in placed}
            others = (roi for roi in session.rois if roi.id not in ids)
            session.edit("Add the phantom's ROIs", (*others, *placed), select=placed[0].id)


def _bq(text: str) -> float | None:
    text = text.strip().replace(",", ".")
    try:
        return BQ_PER_KBQ * float(text) if text else None
    except ValueError as error:
        raise LowfieldError(f"{text!r} is no number of kBq/mL.", hint="Write it as 20.5.") from error
