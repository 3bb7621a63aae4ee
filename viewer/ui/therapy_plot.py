"""The time–activity curve of one ROI: solid between the scans, dashed where it is assumed."""

from typing import Any

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QVBoxLayout, QWidget

from viewer.core.dose import RoiDose
from viewer.report.dose_plot import PLOT_RULE
from viewer.session.therapy_course import Course, course_of
from viewer.ui.parts import ElidedLabel
from viewer.ui.theme import SPACE, Theme, Tokens

NO_CURVE = "no curve: see “ROIs without a dose” below"
HEADROOM = 1.08


class TherapyPlot(QWidget):
    """Draws what `course_of` says; computes nothing."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._course: Course | None = None
        self.title = ElidedLabel("strong")
        self.logarithmic = QCheckBox("Logarithmic")
        self.logarithmic.setToolTip("On a logarithmic axis each exponential is a straight line")
        self.plot = pg.PlotWidget()
        self.plot.setAccessibleName("Time–activity curve")
        self.plot.setToolTip(PLOT_RULE)
        self.plot.setMenuEnabled(False)
        self.plot.hideButtons()
        self.plot.setMouseEnabled(x=False, y=False)
        self.plot.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        for side, text in (("bottom", "hours after injection"), ("left", "kBq/mL")):
            self.plot.getAxis(side).setLabel(text)
            self.plot.getAxis(side).enableAutoSIPrefix(False)
        above = QHBoxLayout()
        above.addWidget(self.title, 1)
        above.addWidget(self.logarithmic)
        column = QVBoxLayout(self)
        column.setContentsMargins(SPACE, SPACE, SPACE, 0)
        column.setSpacing(SPACE // 2)
        column.addLayout(above)
        column.addWidget(self.plot, 1)
        self.logarithmic.toggled.connect(self._draw)
        theme.changed.connect(self._draw)
        self._draw()

    def show_roi(self, roi: RoiDose | None, half_life_s: float = 0.0) -> None:
        """Draw the course of an ROI, or nothing."""
        self._course = None if roi is None else course_of(roi, half_life_s)
        self.title.set_full_text("" if roi is None else f"{roi.name}: {roi.fit.title if roi.fit else NO_CURVE}")
        self._draw()

    def _draw(self) -> None:
        tokens, plot = self._theme.tokens, self.plot
        self._dress(tokens)
        plot.clear()
        if self._course is None:
            return
        logarithmic = self.logarithmic.isChecked()
        for piece in self._course.pieces:
            style = Qt.PenStyle.DashLine if piece.assumed else Qt.PenStyle.SolidLine
            plot.plot(
                piece.hours,
                _axis(piece.kbq_ml, logarithmic),
                pen=pg.mkPen(tokens.accent, width=2, style=style),
                antialias=True,
            )
        self._points(self._course, tokens, logarithmic)
        self._range(self._course, logarithmic)

    def _points(self, course: Course, tokens: Tokens, logarithmic: bool) -> None:
        middle = _axis(course.kbq_ml, logarithmic)
        high = _axis(course.kbq_ml + course.uncertainty_kbq_ml, logarithmic)
        low = _axis(course.kbq_ml - course.uncertainty_kbq_ml, logarithmic)
        bars = pg.ErrorBarItem(
            x=course.hours,
            y=middle,
            top=high - middle,
            bottom=middle - low,
            beam=0.0,
            pen=pg.mkPen(tokens.text, width=1.5),
        )
        self.plot.addItem(bars)
        self.plot.plot(
            course.hours,
            middle,
            pen=None,
            symbol="o",
            symbolSize=7,
            symbolBrush=tokens.text,
            symbolPen=tokens.surface,
        )

    def _range(self, course: Course, logarithmic: bool) -> None:
        values = [course.kbq_ml + course.uncertainty_kbq_ml, *(piece.kbq_ml for piece in course.pieces)]
        values = [each for each in values if each.size]
        if not values:
            return
        end = course.pieces[-1].hours[-1] if course.pieces else HEADROOM * course.hours.max()
        self.plot.setXRange(0.0, float(end), padding=0.01)
        joined = np.concatenate(values)
        high = HEADROOM * float(joined.max())
        if logarithmic:
            low = float(joined[joined > 0].min()) / HEADROOM
            self.plot.setYRange(float(np.log10(low)), float(np.log10(high)), padding=0.02)
        else:
            self.plot.setYRange(0.0, high, padding=0.01)
        self.plot.getAxis("left").setTicks([_ticks(joined)] if logarithmic else None)

    def _dress(self, tokens: Tokens) -> None:
        self.plot.setBackground(tokens.surface)
        for side in ("bottom", "left"):
            self.plot.getAxis(side).setPen(tokens.muted)
            self.plot.getAxis(side).setTextPen(tokens.muted)


def _axis(values: NDArray[Any], logarithmic: bool) -> NDArray[Any]:
    """Return where values lie on the axis; what has no logarithm lies at the foot of it."""
    if not logarithmic:
        return values
    positive = values[values > 0]
    return np.asarray(np.log10(np.maximum(values, positive.min() if positive.size else 1.0)))


def _ticks(values: NDArray[Any]) -> list[tuple[float, str]]:
    """Return (place, words) of 1, 2 and 5 in every decade that the values touch."""
    positive = np.log10(values[values > 0])
    decades = range(int(np.floor(positive.min())), int(np.ceil(positive.max())) + 1)
    return [
        (decade + float(np.log10(digit)), f"{digit * 10.0**decade:g}") for decade in decades for digit in (1, 2, 5)
    ]
