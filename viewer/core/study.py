"""The index of what was found in a folder, built from headers only."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Problem:
    """Something found that cannot be shown: ``where`` names the file or series, ``what`` says why."""

    where: str
    what: str

    def __str__(self) -> str:
        return f"{self.where}: {self.what}"


@dataclass(frozen=True)
class SeriesInfo:
    """One displayable stack of slices, or a named object that cannot be displayed as one.

    ``shape`` is (slices, rows, columns), ``spacing_mm`` (slice, row, column); zeros where unknown.
    ``files`` are in slice order where the stack is regular. ``frames`` names, for a multi-frame file that
    holds several stacks, the frame numbers (from 0) of this stack; empty means all.
    ``viewable`` is false for secondary captures in colour, structured reports, RTSTRUCT and the like.
    """

    series_uid: str
    modality: str
    description: str
    number: str
    instances: int
    shape: tuple[int, int, int]
    spacing_mm: tuple[float, float, float]
    frame_of_reference_uid: str
    files: tuple[Path, ...]
    frames: tuple[int, ...] = ()
    warnings: tuple[str, ...] = ()
    viewable: bool = True
    sop_class_uid: str = ""
    part: int = 0
    """Which stack of the series this is when one SeriesInstanceUID holds several (0 when only one)."""
    format: str = ""
    """Which reader of `viewer.formats` knows the files; empty for DICOM."""
    item: str = ""
    """Which image of the file this is, in the words of that reader; empty where it holds one."""
    component: str = ""
    """``magnitude``, ``phase``, ``real`` or ``imaginary`` where the file says so; else empty."""
    counterpart: str = ""
    """Alike for the components of one complex image, so that they can be joined; empty where nothing tells.
    Its first line says where and what, a second line when."""
    components: tuple["SeriesInfo", ...] = ()
    """The two series (magnitude, phase) or (real, imaginary) that this complex one is joined from; else empty."""

    @property
    def key(self) -> str:
        """Unique name of the stack within the study: the SeriesInstanceUID, with ``#part`` when split."""
        return f"{self.series_uid}#{self.part}" if self.part else self.series_uid


@dataclass(frozen=True)
class StudyInfo:
    """One study and its series, in SeriesNumber order. Dates are DICOM text."""

    study_uid: str
    date: str
    description: str
    series: tuple[SeriesInfo, ...]


@dataclass(frozen=True)
class PatientInfo:
    """One patient. Never log it."""

    patient_id: str
    name: str
    birth_date: str
    sex: str
    studies: tuple[StudyInfo, ...]


@dataclass(frozen=True)
class StudyIndex:
    """Everything found below the opened ``source`` paths, and what could not be used."""

    source: tuple[Path, ...]
    patients: tuple[PatientInfo, ...]
    problems: tuple[Problem, ...] = ()

    def series(self) -> Iterator[SeriesInfo]:
        """Iterate over all series of all patients."""
        for patient in self.patients:
            for study in patient.studies:
                yield from study.series

    def find(self, key: str) -> SeriesInfo | None:
        """Return the series with this key (or SeriesInstanceUID), or None."""
        return next((s for s in self.series() if key in (s.key, s.series_uid)), None)
