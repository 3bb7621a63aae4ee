"""Nouns of dosimetry: an ROI over time, the curve through it, its integral and the absorbed dose."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from viewer.core.geometry import Floats
from viewer.core.measurement import Measurement, UncertaintyTerm
from viewer.core.volume import Volume


@dataclass(frozen=True)
class TimePoint:
    """What one ROI held at one time, as really present (the scanner's decay correction undone).

    ``time`` (naive, local) is when the mean activity of the ROI's frames was present. ``uncertainty_bq_ml`` is the
    standard uncertainty of the mean that is independent from scan to scan; what all scans share is not in it.
    """

    time: datetime
    since_injection_s: float
    mean_bq_ml: float
    uncertainty_bq_ml: float
    total_bq: float
    volume_ml: float
    measurement: Measurement


@dataclass(frozen=True)
class Parameter:
    """One fitted number with its 95 % confidence interval; the value may be negative, the interval contains it."""

    name: str
    value: float
    low: float
    high: float
    unit: str


@dataclass(frozen=True)
class Candidate:
    """A curve that was considered: its AICc (None where it has none) and why it was not ranked or not fitted."""

    model: str
    aicc: float | None
    chi_squared: float | None
    p_value: float | None
    reason: str = ""


@dataclass(frozen=True, eq=False)
class CurveFit:
    """C(t) = Σ amplitude · e^(−rate·t), t in seconds since injection, in Bq/mL.

    ``covariance`` (k, k) is that of the logarithms of ``parameters``, widened by the misfit where the points
    scatter more than their uncertainties allow (``widened_by`` above 1). ``choice`` says why this curve.
    """

    model: str
    title: str
    amplitudes_bq_ml: tuple[float, ...]
    rates_per_s: tuple[float, ...]
    parameters: tuple[Parameter, ...]
    covariance: Floats
    chi_squared: float
    degrees_of_freedom: int
    p_value: float | None
    aicc: float | None
    widened_by: float = 1.0
    choice: str = ""
    candidates: tuple[Candidate, ...] = ()
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class TimeIntegral:
    """Time-integrated activity concentration in Bq·s/mL: before the first point, between them, after the last.

    ``uncertainty_bq_s_ml`` is the standard uncertainty that the fit brings. ``uptake`` and ``tail`` say in a
    sentence what was assumed outside the points.
    """

    before_bq_s_ml: float
    measured_bq_s_ml: float
    after_bq_s_ml: float
    uncertainty_bq_s_ml: float
    uptake: str
    tail: str

    @property
    def total_bq_s_ml(self) -> float:
        """From injection to infinity."""
        return self.before_bq_s_ml + self.measured_bq_s_ml + self.after_bq_s_ml

    @property
    def extrapolated_fraction(self) -> float:
        """Which part of it was assumed, not measured."""
        return (self.before_bq_s_ml + self.after_bq_s_ml) / self.total_bq_s_ml


@dataclass(frozen=True)
class Dose:
    """Absorbed dose by local deposition, Gy: alpha particles with their recoil nuclei, and electrons.

    ``weighted_gy`` (Gy·RBE) is ``rbe``·alpha + electrons. ``terms`` are the relative standard uncertainties that
    ``relative_uncertainty`` combines (k = 1); ``not_included`` names what nobody put a number on.
    """

    alpha_gy: float
    electron_gy: float
    rbe: float
    density_g_ml: float
    density_source: str
    terms: tuple[UncertaintyTerm, ...] = ()
    not_included: tuple[str, ...] = ()

    @property
    def total_gy(self) -> float:
        """Unweighted absorbed dose, Gy."""
        return self.alpha_gy + self.electron_gy

    @property
    def weighted_gy(self) -> float:
        """RBE-weighted dose, Gy·RBE."""
        return self.rbe * self.alpha_gy + self.electron_gy

    @property
    def relative_uncertainty(self) -> float:
        """Combined relative standard uncertainty (k = 1) of both doses."""
        return float(sum(term.relative**2 for term in self.terms) ** 0.5)


@dataclass(frozen=True)
class Daughter:
    """A radioactive daughter: its activity once all of the parent has decayed, if it stays where it was born.

    ``per_bq`` is that activity for each Bq of parent at the start.
    """

    name: str
    fraction: float
    half_life_s: float
    per_bq: float
    total_bq: float | None = None


@dataclass(frozen=True)
class Ratio:
    """This ROI over another: of mean concentrations at each time point, and of doses. Uncertainties are k = 1."""

    to: str
    kind: str
    """``background`` or ``organ``."""
    values: tuple[tuple[float, float, float], ...]
    """(seconds since injection, ratio, standard uncertainty) of each time point."""
    dose: tuple[float, float] | None
    """(ratio, standard uncertainty) of absorbed doses."""


@dataclass(frozen=True, eq=False)
class RoiDose:
    """All that is known about one ROI; what cannot be trusted is None and ``warnings`` says why."""

    name: str
    points: tuple[TimePoint, ...]
    fit: CurveFit | None = None
    integral: TimeIntegral | None = None
    time_integrated_activity_bq_s: float | None = None
    residence_time_s: float | None = None
    dose: Dose | None = None
    daughters: tuple[Daughter, ...] = ()
    ratios: tuple[Ratio, ...] = ()
    map_mean_gy: float | None = None
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class DoseMap:
    """Voxelwise dose on the grid of the first time point: ``gray`` in Gy and ``weighted`` in Gy·RBE; NaN: no dose.

    ``rule`` says how the time between and outside the points was bridged, ``density`` which mass was used.
    """

    gray: Volume
    weighted: Volume
    rule: str
    density: str
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Alignment:
    """How a time point was brought to the patient space of the first one.

    ``matrix`` (4, 4) maps LPS mm of the first time point to LPS mm of this one. ``method`` is ``same frame of
    reference`` (identity) or names what was registered. Correlation and Dice overlap are given before and after.
    ``restart_mm`` is how far the whole body ends elsewhere from a start 3° beside, ``disagreement_mm`` how far
    halves of it do that are registered alone; P95 at the body's surface.
    """

    series_uid: str
    series_description: str
    method: str
    matrix: Floats
    rotation_deg: tuple[float, float, float] = (0.0, 0.0, 0.0)
    translation_mm: tuple[float, float, float] = (0.0, 0.0, 0.0)
    center_lps_mm: tuple[float, float, float] = (0.0, 0.0, 0.0)
    correlation: tuple[float, float] | None = None
    dice: tuple[float, float] | None = None
    overlap: float | None = None
    inverse_error_mm: float | None = None
    restart_mm: float | None = None
    disagreement_mm: float | None = None
    picture: NDArray[np.uint8] | None = None
    """Both images over each other, (rows, columns, 3): `viewer.align.shown.overlay`; None where none was moved."""


@dataclass(frozen=True, eq=False)
class Verification:
    """Verification of therapy: every ROI over all time points of one patient, and how it came about."""

    nuclide: str
    half_life_s: float
    injection: datetime
    injected_bq: float | None
    rois: tuple[RoiDose, ...]
    alignments: tuple[Alignment, ...]
    excluded: tuple[str, ...] = ()
    method: tuple[str, ...] = ()
    map: DoseMap | None = None
    warnings: tuple[str, ...] = ()
    constants: dict[str, Any] = field(default_factory=dict)
    replay: Mapping[str, Any] = field(default_factory=dict)
    """What `lowfield replay` needs: options, ROIs, scans, and a digest of the voxels that were read."""

    def all_warnings(self) -> tuple[str, ...]:
        """Return its own warnings, the map's and those of the ROIs, each once, naming the ROIs concerned."""
        concerned: dict[str, list[str]] = {}
        for roi in self.rois:
            for text in roi.warnings:
                concerned.setdefault(text, []).append(roi.name)
        everywhere = len(self.rois)
        named = [f"{', '.join(n)}: {text}" if len(n) < everywhere else text for text, n in concerned.items()]
        return tuple(dict.fromkeys([*self.warnings, *(self.map.warnings if self.map else ()), *named]))
