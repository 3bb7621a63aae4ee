"""Time–activity curves as vector drawings: points with their uncertainty, the fit, and dashed what was assumed."""

from collections.abc import Sequence

import numpy as np
from reportlab.graphics.shapes import Circle, Drawing, Line, PolyLine, String
from reportlab.lib.units import mm

from viewer.core.dose import RoiDose, Verification
from viewer.core.geometry import Floats
from viewer.quantify.timeactivity_curve import assumed_curve
from viewer.quantify.timeactivity_integral import TAIL, UPTAKE
from viewer.report import style
from viewer.report.fonts import BOLD, TEXT

HEIGHT, LEFT, BOTTOM, TOP = 52 * mm, 12 * mm, 11 * mm, 8 * mm
SMALL = 6.5
BEYOND = 1.4
"""The time axis goes on this much after the last scan, to show the assumed tail."""
HOUR_S, BQ_PER_KBQ = 3600.0, 1e3
PLOT_RULE = (
    "Points: mean concentration really present, ± one standard uncertainty. Solid: fitted curve between the "
    "scans; dashed: what is assumed before the first and after the last scan."
)


def dose_plots(verification: Verification, width: float) -> list[Drawing]:
    """Return a drawing ``width`` points wide of every ROI that has a curve."""
    return [
        _drawing(roi, verification.half_life_s, width) for roi in verification.rois if roi.fit and roi.integral
    ]


def _drawing(roi: RoiDose, half_life_s: float, width: float) -> Drawing:
    hours = np.array([point.since_injection_s for point in roi.points]) / HOUR_S
    means = np.array([point.mean_bq_ml for point in roi.points]) / BQ_PER_KBQ
    doubts = np.array([point.uncertainty_bq_ml for point in roi.points]) / BQ_PER_KBQ
    times = np.linspace(0.0, BEYOND * hours.max(), 181)
    curve = curve_kbq_ml(roi, times, half_life_s)
    axes = _Axes(width, float(times[-1]), 1.08 * float(max(curve.max(), (means + doubts).max())))
    between = (times >= hours.min()) & (times <= hours.max())
    for chosen, dashed in ((times <= hours.min(), True), (between, False), (times >= hours.max(), True)):
        axes.line(times[chosen], curve[chosen], dashed)
    for hour, mean, doubt in zip(hours, means, doubts, strict=True):
        axes.point(float(hour), float(mean), float(doubt))
    assert roi.fit
    axes.label(f"{roi.name}: {roi.fit.title}")
    return axes.drawing


def curve_kbq_ml(roi: RoiDose, times_h: Floats, half_life_s: float) -> Floats:
    """Return the curve of an ROI that has one at hours after injection (n,), outside the scans as was assumed."""
    assert roi.fit and roi.integral
    uptake = next(word for word, text in UPTAKE.items() if text == roi.integral.uptake)
    tail = next(word for word, text in TAIL.items() if text == roi.integral.tail)
    seconds = [point.since_injection_s for point in roi.points]
    values = assumed_curve(HOUR_S * times_h, roi.fit, min(seconds), max(seconds), half_life_s, uptake, tail)
    return values / BQ_PER_KBQ


class _Axes:
    """A frame with ticks; hours along, kBq/mL up."""

    def __init__(self, width: float, most_hours: float, most_kbq: float) -> None:
        self.drawing = Drawing(width, HEIGHT)
        self._x = (width - LEFT - 3 * mm) / most_hours
        self._y = (HEIGHT - BOTTOM - TOP) / most_kbq
        right, top = self._at(most_hours, most_kbq)
        self._stroke(LEFT, BOTTOM, right, BOTTOM)
        self._stroke(LEFT, BOTTOM, LEFT, top)
        for hours in _ticks(most_hours):
            x, _ = self._at(hours, 0)
            self._stroke(x, BOTTOM, x, BOTTOM - 2)
            self._text(x, BOTTOM - 9, f"{hours:g}", "middle")
        for kbq in _ticks(most_kbq):
            _, y = self._at(0, kbq)
            self._stroke(LEFT - 2, y, LEFT, y)
            self._text(LEFT - 4, y - 2.2, f"{kbq:g}", "end")
        self._text(right, BOTTOM - 18, "hours after injection", "end")
        self._text(2, top + 4, "kBq/mL", "start")

    def line(self, hours: Floats, kbq: Floats, dashed: bool) -> None:
        """Draw a curve."""
        if len(hours) > 1:
            points = [each for pair in zip(hours, kbq, strict=True) for each in self._at(*pair)]
            dashes = [2.5, 2] if dashed else None
            self.drawing.add(PolyLine(points, strokeColor=style.ACCENT, strokeWidth=1, strokeDashArray=dashes))

    def point(self, hours: float, kbq: float, doubt: float) -> None:
        """Draw a point with ± one standard uncertainty."""
        x, low = self._at(hours, max(kbq - doubt, 0.0))
        _, high = self._at(hours, kbq + doubt)
        self._stroke(x, low, x, high, style.INK)
        self.drawing.add(Circle(x, self._at(hours, kbq)[1], 1.8, fillColor=style.INK, strokeColor=None))

    def label(self, text: str) -> None:
        """Write the title at the top right."""
        self.drawing.add(
            String(self.drawing.width - 3 * mm, HEIGHT - 7, text, fontName=BOLD, fontSize=SMALL + 0.5,
                   fillColor=style.INK, textAnchor="end")
        )  # fmt: skip

    def _at(self, hours: float, kbq: float) -> tuple[float, float]:
        return LEFT + self._x * float(hours), BOTTOM + self._y * float(kbq)

    def _stroke(self, x: float, y: float, to_x: float, to_y: float, color: object = style.MUTED) -> None:
        self.drawing.add(Line(x, y, to_x, to_y, strokeColor=color, strokeWidth=0.5))

    def _text(self, x: float, y: float, text: str, anchor: str) -> None:
        self.drawing.add(
            String(x, y, text, fontName=TEXT, fontSize=SMALL, fillColor=style.MUTED, textAnchor=anchor)
        )


def _ticks(most: float) -> Sequence[float]:
    """Return three to six round numbers from 0 to ``most``."""
    power = 10.0 ** np.floor(np.log10(most))
    step = next(each * power for each in (0.2, 0.5, 1.0, 2.0) if most / (each * power) <= 6)
    return [float(f"{number * step:.6g}") for number in range(int(most / step) + 1)]
