"""Who and what a series shows, for corner overlays and reports."""

from collections.abc import Sequence
from pathlib import Path

from pydicom.dataset import Dataset

from viewer.core.study import SeriesInfo
from viewer.core.volume import Origin
from viewer.dicom.archive import shown
from viewer.dicom.fields import number, person, text
from viewer.dicom.groups import FrameGroups

MHZ_PER_TESLA = 42.577
"""Proton Larmor frequency."""
GAUSS_PER_TESLA = 10_000
STRONGEST_T = 30.0
SIMULATED = "simulat"


def origin_of(header: Dataset, frame: int, info: SeriesInfo, lossy: bool) -> Origin:
    """Describe a series by the header of its middle slice (``frame`` within the file, from 0)."""
    return Origin(
        source=_source(info.files),
        patient_id=text(header, "PatientID"),
        patient_name=person(header),
        birth_date=text(header, "PatientBirthDate"),
        sex=text(header, "PatientSex"),
        study_uid=text(header, "StudyInstanceUID"),
        study_date=text(header, "StudyDate"),
        study_time=text(header, "StudyTime"),
        study_description=text(header, "StudyDescription"),
        series_uid=info.series_uid,
        series_number=info.number,
        series_description=info.description,
        modality=info.modality,
        manufacturer=text(header, "Manufacturer"),
        scanner=text(header, "ManufacturerModelName"),
        field_strength_t=field_strength_t(header, frame) if info.modality == "MR" else None,
        window=_window(header, frame),
        lossy=lossy,
        simulated=_is_simulated(header),
        derivation=_derivation(header),
    )


def _source(files: Sequence[Path]) -> str:
    return shown(files[0] if len(files) == 1 else files[0].parent)


def field_strength_t(header: Dataset, frame: int = 0) -> float | None:
    """MagneticFieldStrength in tesla, else from the proton frequency; None where neither is stated."""
    strength = number(header, "MagneticFieldStrength")
    if strength and strength > STRONGEST_T:  # written in gauss by old scanners
        strength /= GAUSS_PER_TESLA
    if strength and strength > 0:
        return strength
    frequency = number(header, "ImagingFrequency")
    if not frequency:
        modifier = FrameGroups.of(header).macro(frame, "MRImagingModifierSequence")
        frequency = number(modifier, "TransmitterFrequency")
    nucleus = text(header, "ImagedNucleus") or text(header, "ResonantNucleus") or "1H"
    return round(frequency / MHZ_PER_TESLA, 4) if frequency and frequency > 0 and nucleus == "1H" else None


def _window(header: Dataset, frame: int) -> tuple[float, float] | None:
    """First (WindowCenter, WindowWidth), in the unit after rescaling (PS3.3 C.11.2.1.2)."""
    holder = FrameGroups.of(header).holder(frame, "FrameVOILUTSequence", "WindowWidth")
    center, width = number(holder, "WindowCenter"), number(holder, "WindowWidth")
    return (center, width) if center is not None and width is not None and width > 0 else None


def _is_simulated(header: Dataset) -> bool:
    places = ("ImageType", "Manufacturer", "SeriesDescription", "DerivationDescription")
    return any(SIMULATED in text(header, keyword).lower() for keyword in places)


def _derivation(header: Dataset) -> str:
    """DerivationDescription of an image derived from others."""
    derived = text(header, "ImageType").startswith("DERIVED")
    return text(header, "DerivationDescription") if derived else ""
