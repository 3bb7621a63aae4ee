"""What kind of object a file holds, and why it can or cannot be shown as a stack of slices."""

from pydicom.dataset import Dataset
from pydicom.uid import UID

from viewer.core.errors import LowfieldError
from viewer.dicom.decode import undecodable
from viewer.dicom.elements import PIXEL_TAGS
from viewer.dicom.fields import integer, text, texts
from viewer.dicom.layout import DAMAGED_HINT, Layout
from viewer.dicom.remembered import remembered

MEDIA_DIRECTORY = "1.2.840.10008.1.3.10"
MODALITY_OF_CLASS = {
    "1.2.840.10008.5.1.4.1.1.2": "CT",
    "1.2.840.10008.5.1.4.1.1.2.1": "CT",
    "1.2.840.10008.5.1.4.1.1.2.2": "CT",
    "1.2.840.10008.5.1.4.1.1.4": "MR",
    "1.2.840.10008.5.1.4.1.1.4.1": "MR",
    "1.2.840.10008.5.1.4.1.1.4.4": "MR",
    "1.2.840.10008.5.1.4.1.1.128": "PT",
    "1.2.840.10008.5.1.4.1.1.128.1": "PT",
    "1.2.840.10008.5.1.4.1.1.130": "PT",
}
"""SOP classes of PS3.4 B.5: classic, enhanced and legacy converted CT, MR and PET."""
NOT_A_PICTURE = {
    "1.2.840.10008.5.1.4.1.1.66.4": "is a segmentation, not an image",
    "1.2.840.10008.5.1.4.1.1.66.7": "is a segmentation, not an image",
    "1.2.840.10008.5.1.4.1.1.481.2": "is a dose distribution, which this version does not show",
}
MONOCHROME = ("MONOCHROME1", "MONOCHROME2")
PIXEL_DATA = 0x7FE00010


def modality(header: Dataset) -> tuple[str, str]:
    """Return the modality and a warning: the SOP class decides where Modality (0008,0060) is odd or empty."""
    stated = text(header, "Modality")
    meant = MODALITY_OF_CLASS.get(text(header, "SOPClassUID"), "PT" if stated == "PET" else "")
    if not meant or stated == meant:
        return stated, ""
    words = f"Modality is '{stated}'" if stated else "Modality is empty"
    return meant, f"{words}; the file is taken as {meant} by its SOP class."


def why_not_viewable(header: Dataset, layout: Layout) -> str:
    """Return why the object cannot be shown as monochrome slices; "" where, position apart, it can.

    Raises `LowfieldError` for an image whose pixels are not there at all.
    """
    if layout.pixels is None and text(header, "SOPClassUID") in MODALITY_OF_CLASS:
        raise LowfieldError("is an image without pixels.", where=layout.path, hint=DAMAGED_HINT)
    return _why_not_viewable(header, layout.pixels.tag if layout.pixels else None, layout.transfer_syntax)


@remembered
def _why_not_viewable(header: Dataset, pixel_tag: int | None, transfer_syntax: str) -> str:
    sop_class = text(header, "SOPClassUID")
    if sop_class in NOT_A_PICTURE:
        return NOT_A_PICTURE[sop_class]
    if pixel_tag is None:
        return f"holds no image ({UID(sop_class).name})" if sop_class else "holds no image"
    assert pixel_tag in PIXEL_TAGS
    if pixel_tag != PIXEL_DATA:
        return "holds floating-point pixels, which this version does not show"
    return _why_not_monochrome(header) or undecodable(transfer_syntax)


def _why_not_monochrome(header: Dataset) -> str:
    photometric = text(header, "PhotometricInterpretation")
    if (integer(header, "SamplesPerPixel") or 1) != 1 or photometric not in MONOCHROME:
        return f"is a colour picture ({photometric or 'no photometric interpretation'}), without values to measure"
    if not (integer(header, "Rows") and integer(header, "Columns")):
        return "states no rows or columns"
    if integer(header, "BitsAllocated") not in (8, 16, 32):
        return f"has {integer(header, 'BitsAllocated')} bits per pixel, which this version does not read"
    if "MOSAIC" in texts(header, "ImageType"):
        return "is a Siemens mosaic: many slices in one picture, whose own positions are not stated"
    return ""
