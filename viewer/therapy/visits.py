"""Which scans belong together: the PET series of one patient, each at its own time, and their injection."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from viewer.core.errors import LowfieldError
from viewer.core.pet import PetAcquisition
from viewer.core.study import PatientInfo, SeriesInfo, StudyIndex
from viewer.quantify.declare import Declaration
from viewer.quantify.timeactivity import declaration_of
from viewer.therapy.options import DoseOptions, Load

SAME_INJECTION_S = 60.0
SAME_DOSE = 0.01
NAME_THEM = "Name the series to use with --series."


@dataclass(frozen=True, eq=False)
class Visit:
    """One PET series, the CT beneath it (None: there is none), and when its frames began and ended."""

    pet: SeriesInfo
    ct: SeriesInfo | None
    acquisition: PetAcquisition
    start: datetime
    end: datetime


@dataclass(frozen=True)
class Injection:
    """When, how much (None: not known, or of another nuclide), and what to be wary of."""

    time: datetime
    activity_bq: float | None
    warnings: tuple[str, ...] = ()


def find_visits(index: StudyIndex, options: DoseOptions, load: Load) -> tuple[tuple[Visit, ...], tuple[str, ...]]:
    """Return the scans to use, the reference first and then by time, and sentences about those left out.

    Each series is loaded once to read its times. Raises `LowfieldError` where there is no PET, where several
    patients are mixed, or where two series show the same time (two reconstructions would count twice).
    """
    patient = _one_patient(index, options.series)
    found: list[Visit] = []
    left_out: list[str] = []
    for study in patient.studies:
        for series in study.series:
            if _wanted(series, options.series):
                found += _visit(series, patient, load, left_out)
    if not found:
        raise LowfieldError("No PET series can be used.", hint=" ".join(left_out) or "Open the PET series.")
    found.sort(key=lambda visit: visit.start)
    _refuse_overlaps(found)
    return _reference_first(found, options.first), tuple(left_out)


def injection_of(visits: tuple[Visit, ...], options: DoseOptions) -> Injection:
    """Return the one injection behind all scans; raise `LowfieldError` where they disagree or none is stated."""
    times = [visit.acquisition.injection_time for visit in visits]
    stated = [options.injection_time] if options.injection_time else [time for time in times if time is not None]
    if not stated:
        raise LowfieldError("No file states the time of injection.", hint="State it with --injected-at.")
    if max(stated) - min(stated) > timedelta(seconds=SAME_INJECTION_S):
        raise LowfieldError(
            f"The files state several injections, from {min(stated)} to {max(stated)}.",
            hint="Use the scans of one, or state its time with --injected-at.",
        )
    if options.injected_bq is not None:
        return Injection(stated[0], options.injected_bq)
    return Injection(stated[0], *_activity(visits, declaration(visits[0], options)))


def declaration(visit: Visit, options: DoseOptions) -> Declaration:
    """Return what the scanner was told and what it is."""
    return declaration_of(visit.acquisition, options.acquired_as, options.nuclide)


def _one_patient(index: StudyIndex, series: tuple[str, ...]) -> PatientInfo:
    for uid in series:
        if index.find(uid) is None:
            raise LowfieldError(f"The study holds no series {uid}.")
    having = [
        patient
        for patient in index.patients
        if any(_wanted(each, series) for study in patient.studies for each in study.series)
    ]
    if not having:
        raise LowfieldError("The study holds no PET series that can be shown.")
    if len(having) > 1:
        raise LowfieldError(
            f"The PET series belong to {len(having)} patients (by ID and name).",
            hint=f"A dose is that of one patient. {NAME_THEM}",
        )
    return having[0]


def _wanted(series: SeriesInfo, named: tuple[str, ...]) -> bool:
    chosen = not named or series.key in named or series.series_uid in named
    return series.modality == "PT" and series.viewable and chosen


def _visit(series: SeriesInfo, patient: PatientInfo, load: Load, left_out: list[str]) -> list[Visit]:
    """Return the visit of a series, or nothing and why not in ``left_out``."""
    acquisition = load(series).acquisition
    name = series.description or series.key
    if acquisition is None:
        left_out.append(f"{name}: holds no PET acquisition.")
        return []
    if acquisition.corrected_image and "ATTN" not in acquisition.corrected_image:
        left_out.append(f"{name}: not attenuation corrected, so left out.")
        return []
    starts = [frame.start for frame in acquisition.frames if frame.start is not None]
    if not starts:
        left_out.append(f"{name}: states no time of its frames, so left out.")
        return []
    ends = [
        frame.start + timedelta(seconds=frame.duration_s or 0.0)
        for frame in acquisition.frames
        if frame.start is not None
    ]
    return [Visit(series, _ct_beneath(series, patient), acquisition, min(starts), max(ends))]


def _ct_beneath(pet: SeriesInfo, patient: PatientInfo) -> SeriesInfo | None:
    """Return the largest CT in the PET's frame of reference."""
    frame = pet.frame_of_reference_uid
    fitting = [
        series
        for study in patient.studies
        for series in study.series
        if series.modality == "CT" and series.viewable and frame and series.frame_of_reference_uid == frame
    ]
    return max(fitting, key=lambda series: series.shape[0], default=None)


def _refuse_overlaps(visits: list[Visit]) -> None:
    for first, second in zip(visits, visits[1:]):  # noqa: RUF007
        if second.start < first.end:
            raise LowfieldError(
                f"{first.pet.description!r} and {second.pet.description!r} were acquired at the same time; "
                "two reconstructions of one scan would count twice.",
                hint=NAME_THEM,
            )


def _reference_first(visits: list[Visit], first: str) -> tuple[Visit, ...]:
    chosen = [visit for visit in visits if first and first in (visit.pet.key, visit.pet.series_uid)]
    if first and not chosen:
        raise LowfieldError(f"The series {first} that the ROIs were drawn on is not among the PET series.")
    return tuple(sorted(visits, key=lambda visit: visit not in chosen))


def _activity(visits: tuple[Visit, ...], told: Declaration) -> tuple[float | None, tuple[str, ...]]:
    doses = [visit.acquisition.injected_dose_bq for visit in visits]
    stated = [dose for dose in doses if dose is not None]
    if not stated:
        return None, ("No file states the injected activity, so no residence time is given (--injected-mbq).",)
    if told.rescaled:
        return None, (
            f"The injected activity in the files was recorded for {told.acquired.name}, so no residence time of "
            f"{told.actual.name} is given (--injected-mbq).",
        )
    if max(stated) > min(stated) * (1 + SAME_DOSE):
        return None, ("The files state different injected activities, so no residence time is given.",)
    return stated[0], ()
