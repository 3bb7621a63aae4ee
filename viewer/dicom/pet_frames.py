"""When each slice of a PET series was acquired, from classic and enhanced headers."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from pydicom.dataset import Dataset

from viewer.core.pet import PetFrame
from viewer.dicom.groups import FrameGroups
from viewer.dicom.remembered import remembered
from viewer.dicom.rescale import Rescale
from viewer.dicom.tags import TagReader
from viewer.dicom.times import combine, parse_date, parse_time

ACQUISITION_DAYS = ("AcquisitionDate", "SeriesDate", "StudyDate")
SERIES_DAYS = ("SeriesDate", "AcquisitionDate", "StudyDate")
UNKNOWN_DAY = date(1900, 1, 1)
"""Stands for the one day of a study whose dates were all removed; only differences of its times mean anything."""


HALF_A_DAY = timedelta(hours=12)


def classic_frames(
    datasets: Sequence[Dataset], series_time: datetime | None, reader: TagReader
) -> tuple[PetFrame, ...]:
    """Read one frame per single-slice file: AcquisitionTime, ActualFrameDuration (PS3.3 C.8.9.4)."""
    return tuple(
        replace(_times(dataset, series_time, reader), **_rescale(FrameGroups.of(dataset), 0, reader))
        for dataset in datasets
    )


@remembered
def _times(dataset: Dataset, series_time: datetime | None, reader: TagReader) -> PetFrame:
    start = moment_or_dateless(dataset, ACQUISITION_DAYS, "AcquisitionTime", reader, "frames.start")
    start = _after_midnight(start, dataset, series_time, reader)
    start = start or reader.instant(dataset, "AcquisitionDateTime", field="frames.start")
    duration_ms = reader.positive(dataset, "ActualFrameDuration", "frames.duration_s")
    return PetFrame(
        start=start,
        duration_s=None if duration_ms is None else duration_ms / 1000,
        reference_ms=reader.number(dataset, "FrameReferenceTime", "frames.reference_ms"),
        decay_factor=reader.positive(dataset, "DecayFactor", "frames.decay_factor"),
    )


def _rescale(groups: FrameGroups, number: int, reader: TagReader) -> dict[str, Any]:
    """Return slope and intercept as the loader applied them; nothing where the file states none."""
    rescale = Rescale.of(groups, number)
    if not rescale.stated or rescale.table is not None:
        return {}
    reader.note("frames.rescale", rescale.source, rescale.slope)
    return {"rescale_slope": rescale.slope, "rescale_intercept": rescale.intercept}


def _after_midnight(
    start: datetime | None, dataset: Dataset, series_time: datetime | None, reader: TagReader
) -> datetime | None:
    """Move a frame whose own date is missing to the next day where it else began half a day before its series."""
    if start is None or series_time is None or parse_date(reader.text(dataset, "AcquisitionDate")):
        return start
    if series_time - start < HALF_A_DAY:
        return start
    reader.warn(
        "AcquisitionDate (0008,0022) is missing and AcquisitionTime lies long before SeriesTime: frames are taken "
        "to be of the next day (midnight crossed)."
    )
    return start + 2 * HALF_A_DAY


def moment_or_dateless(
    dataset: Dataset, days: Sequence[str], time: str, reader: TagReader, field: str
) -> datetime | None:
    """Return date and time; where the file holds no date at all, the time on `UNKNOWN_DAY`, with a warning."""
    moment = reader.moment(dataset, days, time, field)
    if moment is None and not any(parse_date(reader.text(dataset, day)) for day in SERIES_DAYS):
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
        **_rescale(groups, number, reader),
    )
