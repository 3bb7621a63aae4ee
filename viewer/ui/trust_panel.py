"""How far to trust a denoised image: one sentence, a few numbers, what to be wary of; the rest on demand."""

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QVBoxLayout, QWidget

from viewer.core.denoised import DenoiseResult, ResidualReport
from viewer.ui.denoise_facts import detail_rows, first_rows, wary_of
from viewer.ui.facts import Facts, Notice
from viewer.ui.parts import button, label, restyle
from viewer.ui.theme import SPACE, Theme

if TYPE_CHECKING:
    from viewer.ui.residual_plot import ResidualPlot

LOOKS = {"good": "ok", "caution": "warning", "doubtful": "error"}
MORE, LESS = "Show details", "Hide details"
GO = "Go to the largest spot"


class Verdict(QFrame):
    """The sentence, with the colour of its grade at the side."""

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName("Verdict")
        self.sentence = label("", "strong", wrap=True, selectable=True)
        box = QVBoxLayout(self)
        box.setContentsMargins(SPACE * 2, SPACE, SPACE, SPACE)
        box.addWidget(self.sentence)

    def say(self, grade: str, sentence: str) -> None:
        """Show a verdict."""
        self.sentence.setText(sentence)
        restyle(self, "message", LOOKS.get(grade, "info"))


class TrustPanel(QWidget):
    """The panel of one result; folded to its first rows until asked."""

    pointed = Signal(object)
    """Point (3,) in LPS mm that the user wants to see."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._result: DenoiseResult | None = None
        self.verdict = Verdict()
        self.first, self.details = Facts(), Facts()
        self.warnings = Notice()
        self.plot: ResidualPlot | None = None
        self.go = button(GO, self._point, flat=True)
        self.go.setToolTip("Move the crosshair to where most was taken away in one place")
        self.fold = button(MORE, self._toggle, flat=True)
        self._more = QWidget()
        self._column = QVBoxLayout(self._more)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(SPACE)
        self._column.addWidget(self.details)
        self._more.hide()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE)
        for widget in (self.verdict, self.go, self.warnings, self.first, self.fold, self._more):
            column.addWidget(widget)

    def show_result(self, result: DenoiseResult) -> None:
        """Show the numbers of one run."""
        self._result = result
        self.go.setVisible(spot_stands_out(result.residual))
        self.verdict.say(result.residual.grade, result.residual.verdict)
        self.warnings.say("\n\n".join(wary_of(result)))
        self.first.show_rows(first_rows(result))
        self.details.show_rows(detail_rows(result))
        self._draw()

    @property
    def folded(self) -> bool:
        """Whether only the first rows are on show."""
        return self._more.isHidden()

    def _point(self) -> None:
        result = self._result
        if result is not None and result.residual.spot_index is not None:
            self.pointed.emit(result.volume.geometry.to_lps(result.residual.spot_index))

    def _toggle(self) -> None:
        self._more.setVisible(self.folded)
        self.fold.setText(MORE if self.folded else LESS)
        self._draw()

    def _draw(self) -> None:
        """Draw the plot where it is unfolded; it is made at the first wish."""
        if self._result is None or self.folded:
            return
        if self.plot is None:
            from viewer.ui.residual_plot import ResidualPlot  # pyqtgraph takes half a second to load

            self.plot = ResidualPlot(self._theme)
            self._column.insertWidget(0, self.plot)
        self.plot.show_report(self._result.residual)


def spot_stands_out(report: ResidualReport) -> bool:
    """Whether more was taken away in one place than noise alone explains."""
    found, chance = report.spot_z, report.spot_chance_z
    return report.spot_index is not None and found is not None and chance is not None and found > chance
