"""When each slice of a PET series was acquired, from classic and enhanced headers."""

from collections.abc import Sequence
from datetime import date, datetime

from pydicom.dataset import Dataset

from viewer.core.pet import PetFrame
from viewer.dicom.groups import FrameGroups
from viewer.dicom.tags import TagReader
from viewer.dicom.times import combine, parse_time

ACQUISITION_DAYS = ("AcquisitionDate", "SeriesDate", "StudyDate")
SERIES_DAYS = ("SeriesDate", "AcquisitionDate", "StudyDate")
UNKNOWN_DAY = date(1900, 1, 1)
"""Stands for the one day of a study whose dates were all removed; only differences of its times mean anything."""


def classic_frames(datasets: Sequence[Dataset], reader: TagReader) -> tuple[PetFrame, ...]:
    """Read one frame per single-slice file: AcquisitionTime, ActualFrameDuration (PS3.3 C.8.9.4)."""
    return tuple(_classic_frame(dataset, reader) for dataset in datasets)


def _classic_frame(dataset: Dataset, reader: TagReader) -> PetFrame:
    start = moment_or_dateless(dataset, ACQUISITION_DAYS, "AcquisitionTime", reader, "frames.start")
    start = start or reader.instant(dataset, "AcquisitionDateTime", field="frames.start")
    duration_ms = reader.positive(dataset, "ActualFrameDuration", "frames.duration_s")
    return PetFrame(
        start=start,
        duration_s=None if duration_ms is None else duration_ms / 1000,
        reference_ms=reader.number(dataset, "FrameReferenceTime", "frames.reference_ms"),
        decay_factor=reader.positive(dataset, "DecayFactor", "frames.decay_factor"),
    )


def moment_or_dateless(
    dataset: Dataset, days: Sequence[str], time: str, reader: TagReader, field: str
) -> datetime | None:
    """Return date and time; where the file holds no date at all, the time on `UNKNOWN_DAY`, with a warning."""
    moment = reader.moment(dataset, days, time, field)
    if moment is None and not any(reader.text(dataset, day) for day in SERIES_DAYS):
        moment = combine(UNKNOWN_DAY, parse_time(reader.text(dataset, time)))
        if moment:
            reader.warn("The file holds no dates: all its times are taken to be of one day.")
            reader.note(field, time, moment)
    return moment


def enhanced_frames(dataset: Dataset, numbers: Sequence[int], reader: TagReader) -> tuple[PetFrame, ...]:
    """Read the frames ``numbers`` (from 0) of an enhanced PET file (PS3.3 C.7.6.16.2.2, C.8.22.5)."""
    groups = FrameGroups.of(dataset)
    zone = reader.text(dataset, "TimezoneOffsetFromUTC")
    return tuple(_enhanced_frame(groups, number, zone, reader) for number in numbers)


def _enhanced_frame(groups: FrameGroups, number: int, zone: str, reader: TagReader) -> PetFrame:
    content = groups.macro(number, "FrameContentSequence")
    factors = groups.macro(number, "PETFrameCorrectionFactorsSequence")
    duration_ms = reader.positive(content, "FrameAcquisitionDuration", "frames.duration_s")
    return PetFrame(
        start=reader.instant(content, "FrameAcquisitionDateTime", zone, "frames.start"),
        duration_s=None if duration_ms is None else duration_ms / 1000,
        decay_factor=reader.positive(factors, "DecayFactor", "frames.decay_factor"),
    )
