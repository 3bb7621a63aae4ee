"""What tells two images of the same place apart: echo, time, diffusion weighting, image type and the like."""

from typing import NamedTuple

from pydicom.dataset import Dataset

from viewer.dicom.fields import items, number, numbers, text, texts
from viewer.dicom.groups import EMPTY, FrameGroups


class Traits(NamedTuple):
    """``major`` labels always keep planes apart; ``minor`` ones only where planes share a place."""

    major: tuple[str, ...]
    minor: tuple[tuple[str, str], ...]


MINOR_KEYWORDS = (
    *("ImageType", "SequenceName", "InversionTime", "FlipAngle", "TriggerTime", "DiffusionGradientOrientation"),
    *("EchoNumbers", "ConvolutionKernel", "FrameReferenceTime", "AcquisitionNumber", "AcquisitionTime"),
)
TRAIT_KEYWORDS = (
    *MINOR_KEYWORDS,
    *("EchoTime", "TemporalPositionIdentifier", "DiffusionBValue", "FrameOfReferenceUID"),
    *("ImageIndex", "NumberOfSlices"),
)


def classic_traits(header: Dataset) -> tuple[Traits, str]:
    """Return the traits of a single-frame image, and when it was acquired (sortable text)."""
    kinds = texts(header, "ImageType")
    major = (
        *_common(header, numbers(header, "PixelSpacing", 2)),
        kinds[2] if len(kinds) > 2 else "",
        _labelled("TE", number(header, "EchoTime"), "ms"),
        _labelled("time", number(header, "TemporalPositionIdentifier")),
        _labelled("b", number(header, "DiffusionBValue")),
    )
    minor = (*((keyword, text(header, keyword)) for keyword in MINOR_KEYWORDS), ("time slot", _time_slot(header)))
    return Traits(major, minor), (text(header, "AcquisitionDate") + text(header, "AcquisitionTime"))


def frame_traits(groups: FrameGroups, index: int) -> tuple[Traits, str]:
    """Return the traits of one frame of an enhanced object, and when it was acquired (sortable text)."""
    content = groups.macro(index, "FrameContentSequence")
    kind = _frame_type(groups, index)
    diffusion = groups.macro(index, "MRDiffusionSequence")
    types = texts(kind, "FrameType")
    component = text(kind, "ComplexImageComponent")
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
    return Traits(major, minor), time


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
