"""One frame of a multi-frame file as the header of a classic single image (PS3.3 A.36 → A.4, A.38 → A.3).

The functional groups of the frame become top-level attributes; what only multi-frame objects have goes.
"""

from contextlib import suppress
from datetime import datetime

from pydicom.datadict import dictionary_VR
from pydicom.dataset import Dataset
from pydicom.tag import BaseTag
from pydicom.uid import CTImageStorage, MRImageStorage, PositronEmissionTomographyImageStorage

from viewer.core.errors import LowfieldError
from viewer.dicom.fields import UNREADABLE, text, texts, value
from viewer.dicom.groups import FrameGroups
from viewer.dicom.stored import ds
from viewer.dicom.times import parse_datetime, time_text

CLASSIC = {
    "1.2.840.10008.5.1.4.1.1.4.1": MRImageStorage,
    "1.2.840.10008.5.1.4.1.1.4.4": MRImageStorage,
    "1.2.840.10008.5.1.4.1.1.2.1": CTImageStorage,
    "1.2.840.10008.5.1.4.1.1.2.2": CTImageStorage,
    "1.2.840.10008.5.1.4.1.1.130": PositronEmissionTomographyImageStorage,
    "1.2.840.10008.5.1.4.1.1.128.1": PositronEmissionTomographyImageStorage,
}
"""Enhanced and legacy-converted enhanced classes, and the classic class of the same modality."""
BY_MODALITY = {
    "MR": MRImageStorage,
    "CT": CTImageStorage,
    "PT": PositronEmissionTomographyImageStorage,
}
MULTIFRAME = (
    *("NumberOfFrames", "FrameIncrementPointer", "DimensionOrganizationSequence", "DimensionIndexSequence"),
    *("SharedFunctionalGroupsSequence", "PerFrameFunctionalGroupsSequence", "RadiopharmaceuticalUsageSequence"),
)
ENHANCED_GROUPS, FIRST_ENHANCED = (0x0008, 0x0018, 0x0020, 0x0028, 0x0054), 0x9000
"""Attributes made for enhanced objects are numbered from 9000 on."""
TECHNIQUES = {"SPIN": ["SE"], "GRADIENT": ["GR"], "BOTH": ["SE", "GR"]}
"""EchoPulseSequence (0018,9008) as ScanningSequence (0018,0020)."""
MOVED = {
    "MREchoSequence": {"EffectiveEchoTime": "EchoTime"},
    "MRTimingAndRelatedParametersSequence": {
        "RepetitionTime": "RepetitionTime",
        "FlipAngle": "FlipAngle",
        "EchoTrainLength": "EchoTrainLength",
    },
    "MRModifierSequence": {"InversionTimes": "InversionTime"},
    "PixelMeasuresSequence": {"SliceThickness": "SliceThickness"},
    "FrameVOILUTSequence": {"WindowCenter": "WindowCenter", "WindowWidth": "WindowWidth"},
    "PixelValueTransformationSequence": {"RescaleType": "RescaleType"},
    "CTReconstructionSequence": {"ConvolutionKernel": "ConvolutionKernel"},
    "CTXRayDetailsSequence": {"KVP": "KVP"},
}
"""Macro: {its attribute: the classic one}."""
MR_EMPTY = ("EchoTime", "RepetitionTime", "EchoTrainLength", "ScanOptions")
CT_EMPTY = ("KVP", "AcquisitionNumber")
"""Attributes of type 2: present, even when nothing is known."""


def single_image(header: Dataset, frame: int) -> Dataset:
    """Return the header of frame ``frame`` (from 0) as that of a classic image; ``header`` is not changed."""
    image, groups = Dataset(), FrameGroups.of(header)
    for tag in header.keys():  # noqa: SIM118 - iterating the data set itself would convert every element
        if not _only_multiframe(tag):
            _copy(header, tag, image)
    for keyword in MULTIFRAME:
        if keyword in image:
            delattr(image, keyword)
    image.SOPClassUID = _classic_class(header)
    if groups.frames:
        for macro, names in MOVED.items():
            _move(groups.macro(frame, macro), names, image)
        _put_time(groups.macro(frame, "FrameContentSequence"), header, image)
        _put_modality(header, image)
    return image


def _classic_class(header: Dataset) -> str:
    """Return the class of single images; a file without any is classed by its Modality."""
    own = text(header, "SOPClassUID")
    known = CLASSIC.get(own, own) or BY_MODALITY.get(text(header, "Modality"))
    if not known:
        raise LowfieldError("The source images do not say of which kind they are (SOPClassUID is missing).")
    return known


def _copy(header: Dataset, tag: BaseTag, image: Dataset) -> None:
    """Copy an element, unless its value contradicts its representation: then no valid file could hold it."""
    with suppress(*UNREADABLE):
        image[tag] = header[tag]


def _only_multiframe(tag: BaseTag) -> bool:
    enhanced = tag.group in ENHANCED_GROUPS and tag.element >= FIRST_ENHANCED
    return enhanced or tag.group in (0x5200, 0x7FE0) or tag.is_private


def _move(macro: Dataset, names: dict[str, str], image: Dataset) -> None:
    for theirs, classic in names.items():
        found = value(macro, theirs)
        if found is not None:
            one = isinstance(found, int | float)
            setattr(image, classic, ds(found) if one and dictionary_VR(classic) == "DS" else found)


def _put_time(content: Dataset, header: Dataset, image: Dataset) -> None:
    start: datetime | None = parse_datetime(text(content, "FrameAcquisitionDateTime"))
    start = start or parse_datetime(text(header, "AcquisitionDateTime"))
    if start:
        image.AcquisitionDate, image.AcquisitionTime = start.strftime("%Y%m%d"), time_text(start)


def _put_modality(header: Dataset, image: Dataset) -> None:
    """Add the attributes that classic MR (C.8.3.1) and CT (C.8.2.1) cannot do without."""
    empty = {MRImageStorage: MR_EMPTY, CTImageStorage: CT_EMPTY}.get(image.SOPClassUID, ())
    for keyword in empty:
        if keyword not in image:
            setattr(image, keyword, "")
    if "Laterality" not in image and "BodyPartExamined" not in image:
        image.Laterality = ""
    if image.SOPClassUID == MRImageStorage:
        sequence = list(TECHNIQUES.get(text(header, "EchoPulseSequence"), ["RM"]))
        sequence += ["EP"] if text(header, "EchoPlanarPulseSequence") == "YES" else []
        sequence += ["IR"] if text(header, "InversionRecovery") == "YES" or "InversionTime" in image else []
        image.ScanningSequence = sequence
        image.SequenceVariant = texts(header, "SequenceVariant") or "NONE"
        image.MRAcquisitionType = text(header, "MRAcquisitionType") or "2D"
