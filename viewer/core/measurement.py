"""A measurement: numbers with units, and how each of them came to be."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from viewer.core.recovery import RecoveredValue

CENTRES = "voxel centres"
"""Weighting: a voxel counts wholly when its centre lies inside, else not at all."""
EXACT = "exact partial volume"
"""Weighting: a voxel counts with the fraction of its volume that lies inside."""


@dataclass(frozen=True)
class Statistics:
    """First-order statistics of the voxels of an ROI, in the unit u of the values measured.

    Names and definitions of the Image Biomarker Standardisation Initiative (IBSI reference manual, section 3.3),
    codes in brackets. ``sd`` is the population standard deviation. ``peak`` is the mean of a 12 mm diameter sphere
    (0.905 mL) placed to maximise it (Lodge 2012), ``peak_1ml`` that of a sphere of 1 mL (radius 6.204 mm); None
    where it cannot be placed. What weights mean: `viewer.quantify.statistics`. What was not worked out is None.
    """

    voxels: int
    mean: float
    """[Q4LE] u."""
    sd: float
    """√variance, u."""
    minimum: float
    """[1GSF] u."""
    maximum: float
    """[84IY] u."""
    median: float
    """[Y12H] u."""
    peak: float | None = None
    """12 mm diameter sphere, u."""
    peak_1ml: float | None = None
    """1 mL sphere, u."""
    p5: float | None = None
    p10: float | None = None
    """10th percentile [QG58] u."""
    p25: float | None = None
    p75: float | None = None
    p90: float | None = None
    """90th percentile [8DWT] u."""
    p95: float | None = None
    skewness: float | None = None
    """[KE2A] no unit; 0 where all values are equal."""
    kurtosis: float | None = None
    """Excess kurtosis [IPH6] (0 for a normal distribution), no unit; 0 where all values are equal."""
    mad: float | None = None
    """Mean absolute deviation from the mean [4FUA] u."""
    robust_mad: float | None = None
    """The same of the values from P10 to P90 [1128] u."""
    median_ad: float | None = None
    """Mean absolute deviation from the median [N72L] u."""
    energy: float | None = None
    """Sum of squares [N8CA] u²."""
    rms: float | None = None
    """Root mean square [5ZWQ] u."""

    @property
    def variance(self) -> float:
        """[ECT3] u²."""
        return self.sd**2

    @property
    def range(self) -> float:
        """[2OJQ] u."""
        return self.maximum - self.minimum

    @property
    def iqr(self) -> float | None:
        """Interquartile range [SALO] u."""
        return None if self.p25 is None or self.p75 is None else self.p75 - self.p25

    @property
    def cov(self) -> float | None:
        """Coefficient of variation, sd/mean [7TET], no unit; None around a mean of zero."""
        return self.sd / self.mean if self.mean else None

    @property
    def qcod(self) -> float | None:
        """Quartile coefficient of dispersion, (P75 − P25)/(P75 + P25) [9S40], no unit."""
        if self.p25 is None or self.p75 is None or not self.p75 + self.p25:
            return None
        return (self.p75 - self.p25) / (self.p75 + self.p25)


@dataclass(frozen=True)
class Histogram:
    """How often values occur: ``counts[n]`` from ``edges[n]`` to below ``edges[n + 1]``, the last included.

    ``edges`` has one number more than ``counts`` and is in ``unit``. Counts are voxels, or sums of the voxels'
    fractions where the ROI is weighted by partial volume.
    """

    edges: tuple[float, ...]
    counts: tuple[float, ...]
    unit: str


@dataclass(frozen=True)
class UncertaintyTerm:
    """One part of an uncertainty: ``relative`` standard uncertainty (k = 1) and where it was taken from."""

    name: str
    relative: float
    method: str = ""


@dataclass(frozen=True)
class MeanUncertainty:
    """How well the mean of an ROI is known (GUM, JCGM 100:2008): independent parts, added in quadrature.

    ``standard`` (k = 1), ``low_95`` and ``high_95`` (95 % interval) are in ``unit``, the unit of the mean;
    ``relative`` is standard/|mean|. ``not_included`` names what the number does not cover.
    """

    standard: float
    relative: float
    low_95: float
    high_95: float
    unit: str
    terms: tuple[UncertaintyTerm, ...]
    not_included: tuple[str, ...] = ()
    effective_voxels: float | None = None
    """So many independent voxels would average as well as the correlated ones of the ROI."""


@dataclass(frozen=True)
class Measurement:
    """What one ROI says about one volume.

    ``activity`` is in Bq/mL (PET), ``suv_bw`` in g/mL; ``values`` in ``unit`` for everything else (HU, MR).
    What cannot be trusted is None and ``warnings`` says why. ``provenance`` holds tags, factors and times.
    ``volume_ml`` is the volume of the voxels counted, under ``weighting`` (`CENTRES` or `EXACT`).
    """

    name: str
    voxels: int
    volume_ml: float
    series_uid: str
    unit: str = ""
    values: Statistics | None = None
    activity: Statistics | None = None
    total_activity_bq: float | None = None
    suv_bw: Statistics | None = None
    provenance: Mapping[str, Any] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    modality: str = ""
    """``PT``, ``CT``, ``MR``: whose voxels these are, where one ROI is measured on several series."""
    roi_id: str = ""
    weighting: str = CENTRES
    tlg_g: float | None = None
    """Total lesion glycolysis and its like for other tracers: SUVbw mean (g/mL) times volume (mL)."""
    uncertainty: MeanUncertainty | None = None
    """Of the mean of ``activity`` (Bq/mL), or of ``values``; None while it is not asked for."""
    histogram: Histogram | None = None
    """Of ``activity`` (Bq/mL), or of ``values``; None while it is not asked for."""
    other_suv: Mapping[str, Statistics] = field(default_factory=dict)
    """SUV by lean mass, ideal weight (g/mL) and surface (cm²/mL), by their names in PS3.16 CID 85."""
    definition: Mapping[str, Any] | None = None
    """The ROI as `viewer.roi.io` writes it, so that a report alone can be measured again."""
    recovered: RecoveredValue | None = None
    """Mean of ``activity`` (Bq/mL) raw and corrected for partial volume; None while it is not asked for."""
