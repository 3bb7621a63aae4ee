"""Units, corrections and times of an enhanced multi-frame PET file (PS3.3 C.8.22), in the words of classic PET."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from pydicom.dataset import Dataset

from viewer.dicom.groups import FrameGroups
from viewer.dicom.pet_frames import enhanced_frames
from viewer.dicom.pet_start import first_start
from viewer.dicom.tags import TagReader

CORRECTIONS = {
    "DecayCorrected": "DECY",
    "AttenuationCorrected": "ATTN",
    "ScatterCorrected": "SCAT",
    "DeadTimeCorrected": "DTIM",
    "GantryMotionCorrected": "MOTN",
    "CountLossNormalizationCorrected": "CLN",
    "RandomsCorrected": "RAN",
    "NonUniformRadialSamplingCorrected": "RADL",
    "SensitivityCalibrated": "DCAL",
    "DetectorNormalizationCorrection": "NORM",
}
"""Flags of the Enhanced PET Corrections module (C.8.22.4) and the terms of CorrectedImage (0028,0051)."""
UCUM_UNITS = {
    "bq/ml": ("BQML", ""),
    "g/ml": ("GML", ""),
    "g/ml{suvbw}": ("GML", "BW"),
    "g/ml{suvlbm}": ("GML", "LBM"),
    "g/ml{suvlbm(james128)}": ("GML", "LBMJAMES128"),
    "g/ml{suvlbm(janma)}": ("GML", "LBMJANMA"),
    "g/ml{suvibw}": ("GML", "IBW"),
    "cm2/ml{suvbsa}": ("CM2ML", "BSA"),
    "cm2/ml": ("CM2ML", ""),
    "{counts}": ("CNTS", ""),
    "{counts}/s": ("CPS", ""),
    "{propcounts}": ("PROPCNTS", ""),
    "{propcounts}/s": ("PROPCPS", ""),
}
"""UCUM codes of CID 83 and CID 85 (lower case), as Units (0054,1001) and SUVType (0054,1006)."""


def enhanced_fields(dataset: Dataset, numbers: Sequence[int] | None, reader: TagReader) -> dict[str, Any]:
    """Return units, corrections, frames ``numbers`` (from 0, in slice order) and decay reference of a file."""
    if numbers is None:
        numbers = range(len(dataset.PerFrameFunctionalGroupsSequence))
    frames = enhanced_frames(dataset, numbers, reader)
    units, suv_type = _units(dataset, numbers[0] if numbers else 0, reader)
    decay, reference = _decay(dataset, first_start(frames), reader)
    return {
        "units": units,
        "suv_type": suv_type,
        "decay_correction": decay,
        "corrected_image": tuple(
            term for keyword, term in CORRECTIONS.items() if reader.text(dataset, keyword) == "YES"
        ),
        "series_time": reader.moment(dataset, ("SeriesDate", "StudyDate"), "SeriesTime", "series_time"),
        "frames": frames,
        "scan_start": reference,
    }


def _units(dataset: Dataset, number: int, reader: TagReader) -> tuple[str, str]:
    """Units of the mapped values: Units (0054,1001) where present, else the real world value mapping."""
    units = reader.text(dataset, "Units", "units").upper()
    if units:
        return units, reader.text(dataset, "SUVType", "suv_type").upper()
    groups = FrameGroups.of(dataset)
    mapping = groups.macro(number, "RealWorldValueMappingSequence")
    code = reader.text(reader.item(mapping, "MeasurementUnitsCodeSequence"), "CodeValue")
    rescale = reader.text(groups.macro(number, "PixelValueTransformationSequence"), "RescaleType")
    found = UCUM_UNITS.get(code.lower()) or UCUM_UNITS.get(rescale.lower()) or (rescale.upper(), "")
    source = (
        "MeasurementUnitsCodeSequence (0040,08ea)" if code.lower() in UCUM_UNITS else "RescaleType (0028,1054)"
    )
    reader.note("units", source, found[0])
    return found


def _decay(dataset: Dataset, first: datetime | None, reader: TagReader) -> tuple[str, datetime | None]:
    """Return DecayCorrection in classic words and the moment that activity values refer to."""
    corrected = reader.text(dataset, "DecayCorrected", "decay_correction")
    if corrected != "YES":
        reader.note("scan_start", "earliest FrameAcquisitionDateTime (0018,9074)", first)
        return ("NONE" if corrected == "NO" else ""), first
    zone = reader.text(dataset, "TimezoneOffsetFromUTC")
    reference = reader.instant(dataset, "DecayCorrectionDateTime", zone, "scan_start")
    if reference is None and first:
        reader.warn(
            "DecayCorrectionDateTime (0018,9701) is missing; the earliest FrameAcquisitionDateTime is used."
        )
        reader.note("scan_start", "earliest FrameAcquisitionDateTime (0018,9074)", first)
    return "START", reference or first


def name_administration(fields: dict[str, Any], reader: TagReader) -> None:
    """Rename START to ADMIN where values are decayed to the injection; scan start: first frame."""
    reference, injection, first = fields["scan_start"], fields["injection_time"], first_start(fields["frames"])
    if fields["decay_correction"] != "START" or not (reference and injection and first) or injection >= first:
        return
    if abs((reference - injection).total_seconds()) < 1:
        fields["decay_correction"], fields["scan_start"] = "ADMIN", first
        reader.note("scan_start", "earliest FrameAcquisitionDateTime (0018,9074)", first)
