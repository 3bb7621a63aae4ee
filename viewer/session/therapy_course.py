"""The course of an ROI as a plot shows it: points with their uncertainty, and the curve in three pieces."""

from dataclasses import dataclass

import numpy as np

from viewer.core.dose import RoiDose
from viewer.core.geometry import Floats
from viewer.report.dose_plot import BEYOND, BQ_PER_KBQ, HOUR_S, curve_kbq_ml

STEPS = 121


@dataclass(frozen=True, eq=False)
class Piece:
    """Part of a curve; ``assumed`` where it lies before the first or after the last scan."""

    hours: Floats
    kbq_ml: Floats
    assumed: bool


@dataclass(frozen=True, eq=False)
class Course:
    """``hours`` after injection (n,), ``kbq_ml`` really present ± standard uncertainty; ``pieces`` of a fit."""

    hours: Floats
    kbq_ml: Floats
    uncertainty_kbq_ml: Floats
    pieces: tuple[Piece, ...] = ()


def course_of(roi: RoiDose, half_life_s: float) -> Course:
    """Return what to draw of an ROI; one without a fit has its points only."""
    hours = np.array([point.since_injection_s for point in roi.points]) / HOUR_S
    means = np.array([point.mean_bq_ml for point in roi.points]) / BQ_PER_KBQ
    doubts = np.array([point.uncertainty_bq_ml for point in roi.points]) / BQ_PER_KBQ
    if not (roi.fit and roi.integral and roi.points):
        return Course(hours, means, doubts)
    first, last = float(hours.min()), float(hours.max())
    spans = ((0.0, first, True), (first, last, False), (last, BEYOND * last, True))
    return Course(hours, means, doubts, tuple(_piece(roi, half_life_s, *span) for span in spans))


def _piece(roi: RoiDose, half_life_s: float, start: float, end: float, assumed: bool) -> Piece:
    times = np.linspace(start, end, STEPS)
    return Piece(times, curve_kbq_ml(roi, times, half_life_s), assumed)
