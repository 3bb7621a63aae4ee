"""The axes of a time–activity curve: solid between the scans, dashed where it is assumed."""

from typing import Any

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import Qt

from viewer.report.dose_plot import PLOT_RULE
from viewer.session.therapy_course import Course
from viewer.ui.theme import Tokens

HEADROOM = 1.08


class TherapyAxes(pg.PlotWidget):  # type: ignore[misc]  # pyqtgraph has no types
    """Draws what `course_of` says; computes nothing."""

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName("Time–activity curve")
        self.setToolTip(PLOT_RULE)
        self.setMenuEnabled(False)
        self.hideButtons()
        self.setMouseEnabled(x=False, y=False)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        for side, text in (("bottom", "hours after injection"), ("left", "kBq/mL")):
            self.getAxis(side).setLabel(text)
            self.getAxis(side).enableAutoSIPrefix(False)

    def show_course(self, course: Course | None, tokens: Tokens, logarithmic: bool) -> None:
        """Draw a course, or empty axes."""
        self._dress(tokens)
        self.clear()
        if course is None:
            return
        for piece in course.pieces:
            style = Qt.PenStyle.DashLine if piece.assumed else Qt.PenStyle.SolidLine
            self.plot(
                piece.hours,
                _axis(piece.kbq_ml, logarithmic),
                pen=pg.mkPen(tokens.accent, width=2, style=style),
                antialias=True,
            )
        self._points(course, tokens, logarithmic)
        self._range(course, logarithmic)

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
        self.addItem(bars)
        self.plot(
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
        self.setXRange(0.0, float(end), padding=0.01)
        joined = np.concatenate(values)
        high = HEADROOM * float(joined.max())
        if logarithmic:
            low = float(joined[joined > 0].min()) / HEADROOM
            self.setYRange(float(np.log10(low)), float(np.log10(high)), padding=0.02)
        else:
            self.setYRange(0.0, high, padding=0.01)
        self.getAxis("left").setTicks([_ticks(joined)] if logarithmic else None)

    def _dress(self, tokens: Tokens) -> None:
        self.setBackground(tokens.surface)
        for side in ("bottom", "left"):
            self.getAxis(side).setPen(tokens.muted)
            self.getAxis(side).setTextPen(tokens.muted)


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
