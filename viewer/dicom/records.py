"""One record per file, made from its header alone: who, what, and where each of its planes lies."""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from pydicom.datadict import tag_for_keyword
from pydicom.dataset import Dataset

from viewer.core.errors import LowfieldError
from viewer.dicom.classify import MEDIA_DIRECTORY, modality, why_not_viewable
from viewer.dicom.fields import integer, person, text
from viewer.dicom.fragments import PixelData, frame_count
from viewer.dicom.headers import Headers
from viewer.dicom.layout import DAMAGED_HINT
from viewer.dicom.planes import PLANE_KEYWORDS, Plane, planes_of
from viewer.dicom.remembered import remembered
from viewer.dicom.traits import GE_IMAGE_TYPE

OWN_KEYWORDS = (
    *("SpecificCharacterSet", "SOPClassUID", "SOPInstanceUID", "Modality", "PatientID", "PatientName"),
    *("PatientBirthDate", "PatientSex", "StudyInstanceUID", "StudyDate", "StudyDescription", "SeriesInstanceUID"),
    *("SeriesNumber", "SeriesDescription", "FrameOfReferenceUID", "PhotometricInterpretation", "SamplesPerPixel"),
    *("BitsAllocated", "NumberOfFrames", "ExtendedOffsetTable"),
)
TAGS = frozenset(tag_for_keyword(keyword) or 0 for keyword in (*OWN_KEYWORDS, *PLANE_KEYWORDS)) | {GE_IMAGE_TYPE}


class Record(NamedTuple):
    """What the index needs of one file. ``reason`` says why it cannot be shown; "" where it can."""

    path: Path
    sop_class: str
    sop_uid: str
    modality: str
    patient: tuple[str, str, str, str]
    """(PatientID, name, birth date, sex)."""
    study: tuple[str, str, str]
    """(StudyInstanceUID, date, description)."""
    series: tuple[str, str, str]
    """(SeriesInstanceUID, number, description)."""
    frame_of_reference_uid: str
    size: tuple[int, int]
    frames: int
    reason: str
    planes: tuple[Plane, ...]
    warnings: tuple[str, ...]


def read_record(path: Path, headers: Headers) -> Record | None:
    """Read a file's header into a record; None for a DICOMDIR, which is only an index of other files.

    ``headers`` wants `TAGS` and serves one file after the other. Raises `NotDicom` for other files and
    `LowfieldError` for damaged or truncated ones.
    """
    layout, header = headers.read(path)
    if text(header, "SOPClassUID") == MEDIA_DIRECTORY or MEDIA_DIRECTORY.encode() in layout.meta:
        return None
    reason = why_not_viewable(header, layout)
    if not reason:
        PixelData.locate(layout, header)  # raises where pixels are missing
    try:
        planes, faults = planes_of(header, path) if not reason else ((), ())
    except (ValueError, TypeError, ArithmeticError, LookupError, AttributeError) as error:
        raise LowfieldError("is damaged: its geometry cannot be read.", where=path, hint=DAMAGED_HINT) from error
    if not reason and not planes:
        reason, faults = faults[0], faults[1:]
    about = _about(header)
    return about._replace(
        path=path,
        sop_uid=text(header, "SOPInstanceUID"),
        reason=reason,
        planes=planes,
        warnings=tuple(filter(None, (*about.warnings, *faults))),
    )


@remembered
def _about(header: Dataset) -> Record:
    """What all files of a series have in common, and the warning about their modality; the rest is left empty."""
    read: Callable[[str], str] = lambda keyword: text(header, keyword)  # noqa: E731
    kind, warning = modality(header)
    return Record(
        path=Path(),
        sop_class=read("SOPClassUID"),
        sop_uid="",
        modality=kind,
        patient=(read("PatientID"), person(header), read("PatientBirthDate"), read("PatientSex")),
        study=(read("StudyInstanceUID"), read("StudyDate"), read("StudyDescription")),
        series=(read("SeriesInstanceUID"), read("SeriesNumber"), read("SeriesDescription")),
        frame_of_reference_uid=read("FrameOfReferenceUID"),
        size=(integer(header, "Rows") or 0, integer(header, "Columns") or 0),
        frames=frame_count(header),
        reason="",
        planes=(),
        warnings=(warning,),
    )
