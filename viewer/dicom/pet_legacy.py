"""Legacy converted enhanced PET (PS3.3 A.71): the frames of one file as the classic images they were made from.

What has no functional group of its own was moved, unchanged, to Unassigned Shared and Per-Frame Converted
Attributes (C.7.6.16.2.25, C.7.6.16.2.26), so units, dose (in Bq) and decay correction mean what they mean in
classic PET.
"""

from collections.abc import Sequence

from pydicom.dataset import Dataset

from viewer.dicom.fields import items, number, text
from viewer.dicom.groups import FrameGroups
from viewer.dicom.rescale import LEGACY_PET, MACRO
from viewer.dicom.times import parse_datetime, time_text

SHARED, PER_FRAME = "UnassignedSharedConvertedAttributesSequence", "UnassignedPerFrameConvertedAttributesSequence"
LEFT_OUT = (0x5200, 0x7FE0)
"""Groups of the functional groups themselves and of the pixels."""


def is_legacy(dataset: Dataset) -> bool:
    """Whether a file is a classic PET series put into one file."""
    return text(dataset, "SOPClassUID") == LEGACY_PET and "PerFrameFunctionalGroupsSequence" in dataset


def classic_images(dataset: Dataset, numbers: Sequence[int] | None) -> list[Dataset]:
    """Return the headers of the frames ``numbers`` (from 0; default all) as those of classic images."""
    groups = FrameGroups.of(dataset)
    common = Dataset()
    for source in (dataset, *items(groups.shared, SHARED)[:1]):
        common.update({tag: source[tag] for tag in source.keys() if tag.group not in LEFT_OUT})  # noqa: SIM118
    return [_image(common, groups, n) for n in (range(len(groups.frames)) if numbers is None else numbers)]


def _image(common: Dataset, groups: FrameGroups, frame: int) -> Dataset:
    image = Dataset()
    image.update(common)
    for own in items(groups.frames[frame], PER_FRAME)[:1]:
        image.update(own)
    content = groups.macro(frame, "FrameContentSequence")
    start = parse_datetime(text(content, "FrameAcquisitionDateTime"), text(common, "TimezoneOffsetFromUTC"))
    if start and not text(image, "AcquisitionTime"):
        image.AcquisitionDate, image.AcquisitionTime = start.strftime("%Y%m%d"), time_text(start)
    duration_ms = number(content, "FrameAcquisitionDuration")
    if duration_ms and not text(image, "ActualFrameDuration"):
        image.ActualFrameDuration = round(duration_ms)
    for keyword in ("RescaleSlope", "RescaleIntercept"):
        holder = groups.macro(frame, MACRO)
        if keyword in holder:
            image[keyword] = holder[keyword]
    return image
