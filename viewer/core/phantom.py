"""The NEMA IEC body phantom as it was found and what it says about a scanner: nouns, no arithmetic."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from viewer.core.geometry import Floats
from viewer.core.options import moment

DIAMETERS_MM = (10.0, 13.0, 17.0, 22.0, 28.0, 37.0)
"""Inner diameters of the six spheres (IEC 61675-1, NEMA NU 2 section 7)."""


@dataclass(frozen=True, eq=False)
class PhantomPose:
    """Where the phantom lies.

    ``sphere_centers_lps_mm`` (6, 3), smallest first, LPS mm, as fitted one by one; ``center_lps_mm`` (3,) and
    ``rotation`` (3, 3) are the rigid ring: columns are the phantom's axes in LPS, x from the ring's middle to
    the smallest sphere, z along the bore so that the spheres grow in the sense from x to y.
    ``contrast`` (6,) is the fitted signal of each sphere above what surrounds it, in the image's unit, and
    ``signal_to_noise`` (6,) that over its standard uncertainty. ``explained`` is the share of the variance around
    the spheres that the model explains (1: all), ``residual_mm`` the RMS distance of the six fitted centres from
    the rigid ring. ``image`` says on what it was found (``PET`` or ``CT``), ``fwhm_mm`` how sharp that is.
    """

    center_lps_mm: Floats
    rotation: Floats
    sphere_centers_lps_mm: Floats
    contrast: Floats
    signal_to_noise: Floats
    explained: float
    residual_mm: float
    fwhm_mm: float
    image: str
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class PhantomPlan:
    """Where background and lung insert are measured. All points LPS mm.

    ``background_centers_lps_mm`` (n, 3) in the plane of the ring, n = 12 where there is room; discs of each
    sphere's diameter stand there at each of ``offsets_mm`` along the bore. ``lung_range_mm`` is the part of the
    bore (from the ring, along z) over which the lung insert is averaged; None where there is no background to see
    the phantom's ends by.
    """

    background_centers_lps_mm: Floats
    offsets_mm: tuple[float, ...]
    lung_range_mm: tuple[float, float] | None
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class TrueFill:
    """What was filled in, Bq/mL at ``at`` (naive local time); None where it is not known."""

    spheres_bq_ml: float | None = None
    background_bq_ml: float | None = None
    at: datetime | None = None

    def document(self) -> dict[str, Any]:
        """Return it as JSON-serialisable data; `from_document` reads it back."""
        return asdict(self) | {"at": self.at.isoformat() if self.at else None}

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> "TrueFill":
        """Read `document`; raise `LowfieldError` for a time that is none."""
        at = document.get("at")
        return cls(
            document.get("spheres_bq_ml"), document.get("background_bq_ml"), None if at is None else moment(at)
        )


@dataclass(frozen=True)
class Verdict:
    """One recovery coefficient against one band: ``passed`` is None where the band says nothing about it."""

    standard: str
    quantity: str
    value: float | None
    low: float
    high: float
    passed: bool | None


@dataclass(frozen=True)
class SphereResult:
    """One sphere. Concentrations in the unit of the result; ratios without; percentages say so.

    ``mean`` over the VOI of the stated convention, ``maximum`` its hottest voxel, ``peak`` of a 12 mm sphere.
    ``rc_*`` are measured over true, ``ratio_mean`` measured over the measured background.
    ``contrast_recovery_percent`` is Q_H and ``background_variability_percent`` N_j of NEMA NU 2 section 7.
    What cannot be said is None, and ``reason`` says why.
    """

    diameter_mm: float
    center_lps_mm: tuple[float, float, float]
    signal_to_noise: float
    voi_ml: float | None = None
    voi_voxels: int = 0
    mean: float | None = None
    maximum: float | None = None
    peak: float | None = None
    rc_mean: float | None = None
    rc_max: float | None = None
    rc_peak: float | None = None
    ratio_mean: float | None = None
    ratio_max: float | None = None
    ratio_peak: float | None = None
    contrast_recovery_percent: float | None = None
    background_variability_percent: float | None = None
    verdicts: tuple[Verdict, ...] = ()
    reason: str = ""


@dataclass(frozen=True, eq=False)
class PhantomResult:
    """All that one scan of the phantom says; ``spheres`` smallest first.

    ``unit`` is that of every concentration (``Bq/mL``, or the file's own numbers when ``relative``); ``relative``
    means: no true concentration is known in this unit, so only ratios to the background are given. ``true_*`` are
    decayed to the image's reference time. ``calibration`` is measured over true background. ``provenance`` is
    JSON-serialisable.
    """

    pose: PhantomPose
    plan: PhantomPlan
    spheres: tuple[SphereResult, ...]
    unit: str
    relative: bool
    convention: str
    convention_text: str
    background: float | None = None
    background_sd: float | None = None
    cov_percent: float | None = None
    lung_residual_percent: float | None = None
    calibration: float | None = None
    calibration_passed: bool | None = None
    true_spheres: float | None = None
    true_background: float | None = None
    reference_time: datetime | None = None
    label: str = ""
    series_uid: str = ""
    series_description: str = ""
    provenance: Mapping[str, Any] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    replay: Mapping[str, Any] = field(default_factory=dict)
    """What `lowfield replay` needs: options, fill, and a digest of the voxels of PET and CT."""
