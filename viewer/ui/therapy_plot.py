"""The time–activity curve of one ROI, its name and the choice of its axis."""

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QVBoxLayout, QWidget

from viewer.core.dose import RoiDose
from viewer.session.therapy_course import Course, course_of
from viewer.ui.parts import ElidedLabel
from viewer.ui.theme import SPACE, Theme

if TYPE_CHECKING:
    from viewer.ui.therapy_axes import TherapyAxes

NO_CURVE = "no curve: see “ROIs without a dose” below"


class TherapyPlot(QWidget):
    """Axes are made with the first ROI."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._course: Course | None = None
        self.axes: TherapyAxes | None = None
        self.title = ElidedLabel("strong")
        self.logarithmic = QCheckBox("Logarithmic")
        self.logarithmic.setToolTip("On a logarithmic axis each exponential is a straight line")
        above = QHBoxLayout()
        above.addWidget(self.title, 1)
        above.addWidget(self.logarithmic)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(SPACE, SPACE, SPACE, 0)
        self._column.setSpacing(SPACE // 2)
        self._column.addLayout(above)
        self.logarithmic.toggled.connect(self._draw)
        theme.changed.connect(self._draw)

    def show_roi(self, roi: RoiDose | None, half_life_s: float = 0.0) -> None:
        """Draw the course of an ROI, or nothing."""
        self._course = None if roi is None else course_of(roi, half_life_s)
        self.title.set_full_text("" if roi is None else f"{roi.name}: {roi.fit.title if roi.fit else NO_CURVE}")
        if roi is not None and self.axes is None:
            from viewer.ui.therapy_axes import TherapyAxes  # pyqtgraph takes half a second to load

            self.axes = TherapyAxes()
            self._column.addWidget(self.axes, 1)
        self._draw()

    def _draw(self) -> None:
        if self.axes is not None:
            self.axes.show_course(self._course, self._theme.tokens, self.logarithmic.isChecked())
