"""What tells two images of the same place apart: echo, time, diffusion weighting, image type and the like."""

from typing import NamedTuple

from pydicom.dataset import Dataset

from viewer.dicom.fields import UNREADABLE, items, number, numbers, text, texts
from viewer.dicom.groups import EMPTY, FrameGroups
from viewer.dicom.remembered import remembered


class Traits(NamedTuple):
    """``major`` labels always keep planes apart; ``minor`` ones only where planes share a place."""

    major: tuple[str, ...]
    minor: tuple[tuple[str, str], ...]
    component: str = ""
    """``magnitude``, ``phase``, ``real`` or ``imaginary`` where the header says so."""


COMPONENT_OF_TEXT = {
    **dict.fromkeys(("M", "MAGNITUDE"), "magnitude"),
    **dict.fromkeys(("P", "PHASE"), "phase"),
    **dict.fromkeys(("R", "REAL"), "real"),
    **dict.fromkeys(("I", "IMAGINARY"), "imaginary"),
}
GE_IMAGE_TYPE = 0x0043102F
GE_COMPONENTS = ("magnitude", "phase", "real", "imaginary")
SETTLED_KEYWORDS = (
    *("ImageType", "SequenceName", "InversionTime", "FlipAngle", "TriggerTime", "DiffusionGradientOrientation"),
    *("EchoNumbers", "ConvolutionKernel"),
)
CHANGING_KEYWORDS = ("FrameReferenceTime", "AcquisitionNumber", "AcquisitionTime")
"""Minor traits, the likeliest explanation of two planes at one place first."""
TRAIT_KEYWORDS = (
    *SETTLED_KEYWORDS,
    *CHANGING_KEYWORDS,
    *("EchoTime", "TemporalPositionIdentifier", "DiffusionBValue", "FrameOfReferenceUID"),
    *("ImageIndex", "NumberOfSlices"),
    *("ComplexImageComponent", "Manufacturer"),
)


def classic_traits(header: Dataset) -> tuple[Traits, str]:
    """Return the traits of a single-frame image, and when it was acquired (sortable text)."""
    major, settled, component = _settled(header)
    changing = [(keyword, text(header, keyword)) for keyword in CHANGING_KEYWORDS]
    minor = (*settled, *changing, ("time slot", _time_slot(header)))
    return Traits(major, minor, component), (text(header, "AcquisitionDate") + text(header, "AcquisitionTime"))


@remembered
def _settled(header: Dataset) -> Traits:
    """Traits of a single-frame image that hardly ever change from slice to slice."""
    kinds = texts(header, "ImageType")
    component, from_private = _component(header, kinds)
    major = (
        *_common(header, numbers(header, "PixelSpacing", 2)),
        component if from_private else (kinds[2] if len(kinds) > 2 else ""),
        _labelled("TE", number(header, "EchoTime"), "ms"),
        _labelled("time", number(header, "TemporalPositionIdentifier")),
        _labelled("b", number(header, "DiffusionBValue")),
    )
    return Traits(major, tuple((keyword, text(header, keyword)) for keyword in SETTLED_KEYWORDS), component)


def frame_traits(groups: FrameGroups, index: int) -> tuple[Traits, str]:
    """Return the traits of one frame of an enhanced object, and when it was acquired (sortable text)."""
    content = groups.macro(index, "FrameContentSequence")
    kind = _frame_type(groups, index)
    diffusion = groups.macro(index, "MRDiffusionSequence")
    types = texts(kind, "FrameType")
    component = text(kind, "ComplexImageComponent") or text(groups.root, "ComplexImageComponent")
    named = COMPONENT_OF_TEXT.get(component.upper()) or _of_kinds(types)
    major = (
        *_common(groups.root, numbers(groups.macro(index, "PixelMeasuresSequence"), "PixelSpacing", 2)),
        component if component not in ("", "MAGNITUDE", "MIXED") else (types[2] if len(types) > 2 else ""),
        _labelled("TE", number(groups.macro(index, "MREchoSequence"), "EffectiveEchoTime"), "ms"),
        _labelled("time", number(content, "TemporalPositionIndex")),
        _labelled("b", number(diffusion, "DiffusionBValue")),
    )
    time = text(content, "FrameAcquisitionDateTime")
    gradient = _gradient(diffusion)
    dimensions = numbers(content, "DimensionIndexValues") or ()
    minor = (
        ("frame type", "\\".join(types)),
        ("gradient", gradient),
        ("trigger", text(groups.macro(index, "CardiacSynchronizationSequence"), "NominalCardiacTriggerDelayTime")),
        ("inversion", text(groups.macro(index, "MRModifierSequence"), "InversionTimes")),
        *((f"dimension {axis + 1}", f"{value:g}") for axis, value in enumerate(dimensions)),
        ("acquisition", text(content, "FrameAcquisitionNumber")),
        ("acquisition time", time),
    )
    return Traits(major, minor, named), time


def _component(header: Dataset, kinds: tuple[str, ...]) -> tuple[str, bool]:
    """Return the part of a complex image that a classic image is, and whether only GE's private tag says so."""
    stated = COMPONENT_OF_TEXT.get(text(header, "ComplexImageComponent").upper()) or _of_kinds(kinds)
    if stated:
        return stated, False
    number = _private_number(header)
    return (GE_COMPONENTS[number], True) if number in range(len(GE_COMPONENTS)) else ("", False)


def _of_kinds(kinds: tuple[str, ...]) -> str:
    """Read ImageType from value 3 on: ``M``, ``P``, ``R``, ``I`` (Siemens), ``M_FFE``, ``PHASE MAP`` (Philips)."""
    for kind in kinds[2:4]:
        first = kind.upper().replace("_", " ").split(" ")[0]
        if first in COMPONENT_OF_TEXT:
            return COMPONENT_OF_TEXT[first]
    return ""


def _private_number(header: Dataset) -> int:
    """Return GE's Image Type (0043,102F), -1 where it is absent or unreadable."""
    if not text(header, "Manufacturer").upper().startswith("GE") or GE_IMAGE_TYPE not in header:
        return -1
    try:
        found = header[GE_IMAGE_TYPE].value
        return int.from_bytes(found[:2], "little") if isinstance(found, bytes) else int(found)
    except UNREADABLE:
        return -1


def _time_slot(header: Dataset) -> str:
    """Return which time frame or gate (from 1) a classic PET image belongs to: ImageIndex (PS3.3 C.8.9.4.1.9).

    It counts slices first, then time slots or slices of time, then R-R intervals.
    """
    index, slices = number(header, "ImageIndex"), number(header, "NumberOfSlices")
    return "" if index is None or not slices or slices < 1 else f"{(index - 1) // slices + 1:g}"


def _gradient(diffusion: Dataset) -> str:
    """Return the gradient direction of a diffusion macro as text (PS3.3 C.8.13.5.9)."""
    inner = items(diffusion, "DiffusionGradientDirectionSequence")
    return text(inner[0], "DiffusionGradientOrientation") if inner else text(diffusion, "DiffusionDirectionality")


def _frame_type(groups: FrameGroups, index: int) -> Dataset:
    names = ("MRImageFrameTypeSequence", "CTImageFrameTypeSequence", "PETFrameTypeSequence")
    return next((macro for name in names if len(macro := groups.macro(index, name))), EMPTY)


def _common(header: Dataset, spacing: tuple[float, ...] | None) -> tuple[str, str, str]:
    size = f"{text(header, 'Columns')}×{text(header, 'Rows')} pixels"
    pitch = f"{spacing[0]:.4g}×{spacing[1]:.4g} mm pixels" if spacing else ""
    return text(header, "FrameOfReferenceUID"), size, pitch


def _labelled(name: str, value: float | None, unit: str = "") -> str:
    return "" if value is None else f"{name} {value:.4g} {unit}".strip()
