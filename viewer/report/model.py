"""What a report says, before it is laid out on paper or written as text."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from viewer.core.denoised import DenoiseResult, ModelIdentity, NoiseEstimate, ResidualReport
from viewer.core.dose import Verification
from viewer.core.errors import LowfieldError
from viewer.core.measurement import Measurement
from viewer.core.phantom import PhantomResult
from viewer.core.study import PatientInfo, SeriesInfo
from viewer.formats.assumed import to_scale

NOT_GOOD = ("caution", "doubtful")
"""Grades of a denoised image whose verdict is a warning."""
DISCLAIMER = "Research use; not for primary diagnosis."


@dataclass(frozen=True)
class Software:
    """The program that made the report."""

    name: str
    version: str

    def __str__(self) -> str:
        return f"{self.name} {self.version}".strip()


@dataclass(frozen=True)
class Patient:
    """Who was imaged. ``name`` as on screen, dates as DICOM text. Never log it."""

    name: str = ""
    patient_id: str = ""
    birth_date: str = ""
    sex: str = ""

    @classmethod
    def of(cls, info: PatientInfo) -> "Patient":
        """Take the person from an index."""
        return cls(info.name, info.patient_id, info.birth_date, info.sex)


@dataclass(frozen=True)
class Study:
    """Which study; ``source`` says where it was opened from, ``series`` which of it the report used."""

    date: str = ""
    description: str = ""
    source: str = ""
    series: tuple[SeriesInfo, ...] = ()


@dataclass(frozen=True)
class DenoiseSummary:
    """A denoising run without its arrays; ``noise.sigma`` is in ``unit``, ``seconds`` is its duration."""

    noise: NoiseEstimate
    model: ModelIdentity
    residual: ResidualReport
    strength: float
    seconds: float
    source_series: str = ""
    derived_series: str = ""
    unit: str = ""
    warnings: tuple[str, ...] = ()
    replay: Mapping[str, Any] = field(default_factory=dict)
    to_scale: bool = True
    """False where the file states no voxel size: no length is told then."""

    @classmethod
    def of(cls, result: DenoiseResult, derived_series: str = "") -> "DenoiseSummary":
        """Take everything but the voxels; ``derived_series`` names where the denoised images went."""
        origin = result.source.origin
        source = origin.series_description or origin.series_uid or origin.source
        kept = (result.noise, result.model, result.residual, result.strength, result.seconds)
        known = to_scale(result.source.warnings)
        return cls(*kept, source, derived_series, result.source.unit, result.warnings, result.replay, known)


@dataclass(frozen=True)
class Outlined:
    """The name of what is outlined on a picture, its ``#rrggbb``, and its (left, top, right, bottom) as shares."""

    name: str
    color: str
    box: tuple[float, float, float, float]


@dataclass(frozen=True, eq=False)
class Picture:
    """A key image: ``rgb`` (rows, columns, 3) uint8 at square pixels. Neighbours of one ``group`` share a grid.

    ``letters`` are the sides of the patient at ``left``, ``right``, ``top``, ``bottom``, none where they are not
    known; ``width_mm`` is how wide all its columns are, None where the voxel size is not known. ``outlined`` are
    the ROIs whose outlines are drawn on it.
    """

    caption: str
    rgb: NDArray[np.uint8]
    group: str = ""
    letters: Mapping[str, str] = field(default_factory=dict)
    width_mm: float | None = None
    outlined: tuple[Outlined, ...] = ()

    def __post_init__(self) -> None:
        if self.rgb.ndim != 3 or self.rgb.shape[2] != 3 or self.rgb.dtype != np.uint8 or not self.rgb.size:
            raise LowfieldError(f"The picture {self.caption!r} is not (rows, columns, 3) of 8 bit.")


@dataclass(frozen=True, eq=False)
class Report:
    """All a report says. ``created`` is ISO 8601 local time; ``method`` and ``notes`` are sentences."""

    title: str
    created: str
    software: Software
    patient: Patient = Patient()
    study: Study = Study()
    method: tuple[str, ...] = ()
    measurements: tuple[Measurement, ...] = ()
    denoising: tuple[DenoiseSummary, ...] = ()
    pictures: tuple[Picture, ...] = ()
    warnings: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    replay: Mapping[str, Any] = field(default_factory=dict)
    """What `lowfield replay` needs beside the measurements: series, grid, digest of the voxels, options."""
    therapy: Verification | None = None
    """Verification of therapy: curves over time and absorbed doses."""
    phantom: PhantomResult | None = None

    def all_warnings(self) -> tuple[str, ...]:
        """Return the report's own warnings and those of its parts, each once, naming the ROIs concerned."""
        judged = [each.residual for each in self.denoising]
        parts = [each.verdict for each in judged if each.grade in NOT_GOOD]
        parts += [text for summary in self.denoising for text in summary.warnings]
        parts += self.therapy.all_warnings() if self.therapy else ()
        return tuple(dict.fromkeys([*self.warnings, *parts, *_by_roi(self.measurements)]))


def _by_roi(measurements: tuple[Measurement, ...]) -> list[str]:
    """A warning that all ROIs share is said once without names, one of a whole series once with its name."""
    concerned: dict[str, list[Measurement]] = {}
    for each in measurements:
        for text in each.warnings:
            concerned.setdefault(text, []).append(each)
    return [f"{_names(rois, measurements)}{text}" for text, rois in concerned.items()]


def _names(rois: list[Measurement], measurements: tuple[Measurement, ...]) -> str:
    if len(rois) == len(measurements):
        return ""
    series = {each.series_uid for each in rois}
    if len(rois) == sum(each.series_uid in series for each in measurements):
        names = [
            str((each.provenance.get("source") or {}).get("series_description") or each.series_uid)
            for each in rois
        ]
    else:
        names = [each.name for each in rois]
    return f"{', '.join(dict.fromkeys(names))}: "
