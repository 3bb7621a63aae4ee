"""From PET headers to an acquisition: every tag behind an activity number (facts/tb149-pet §3).

Classic PET: PS3.3 C.8.9 (one file per slice). Enhanced PET: PS3.3 C.8.22 (one file, many frames). Nothing is
made up: what the file does not say stays None, and what it says in the wrong unit is converted with a warning.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from pydicom.dataset import Dataset

from viewer.core.errors import LowfieldError
from viewer.core.pet import PetAcquisition
from viewer.dicom.pet_contradictions import all_values, warn_of_contradictions
from viewer.dicom.pet_enhanced import enhanced_fields, name_administration
from viewer.dicom.pet_frames import SERIES_DAYS, classic_frames, moment_or_dateless
from viewer.dicom.pet_injection import dose_bq, injection_time, radionuclide
from viewer.dicom.pet_legacy import classic_images, is_legacy
from viewer.dicom.pet_start import Clues, find_start
from viewer.dicom.private import GE_SCAN_TIME, PHILIPS_BQ, PHILIPS_SUV, PrivateTag
from viewer.dicom.tags import TagReader

HEAVIEST_KG = 1000
TALLEST_M, TALLEST_CM = 3, 300


def read_acquisition(
    datasets: Sequence[Dataset], frames: Sequence[int] | None = None, names: Sequence[str] = ()
) -> PetAcquisition:
    """Read what a PET series says about itself; ``datasets`` in slice order.

    ``names`` (one a slice) let a warning say which slices contradict the first.
    Of an enhanced multi-frame file, give the one data set and the ``frames`` (from 0) in slice order (default:
    all as they come). Times are naive local datetimes, dose in Bq, weight in kg, height in m.
    """
    if not datasets:
        raise LowfieldError("A PET series without images has no acquisition.")
    if is_legacy(datasets[0]):
        datasets = classic_images(datasets[0], frames)
    first, reader = datasets[0], TagReader()
    enhanced = "PerFrameFunctionalGroupsSequence" in first
    isotope = reader.item(first, "RadiopharmaceuticalInformationSequence")
    fields: dict[str, Any] = {"manufacturer": reader.text(first, "Manufacturer", "manufacturer")}
    fields |= radionuclide(isotope, reader) | _patient(first, reader) | _philips(first, reader)
    fields |= enhanced_fields(first, frames, reader) if enhanced else _classic(datasets, fields, reader)
    fields["injected_dose_bq"] = dose_bq(isotope, enhanced, reader)
    fields["stated_dose"] = reader.number(isotope, "RadionuclideTotalDose")
    zone = reader.text(first, "TimezoneOffsetFromUTC")
    times = fields["scan_start"], fields["frames"], fields["half_life_s"]
    fields["injection_time"] = injection_time(isotope, *times, reader, zone)
    if enhanced:
        name_administration(fields, reader)
    warn_of_contradictions(datasets, fields, names, reader)
    return PetAcquisition(**fields, sources=reader.sources, warnings=tuple(reader.warnings))


def _classic(datasets: Sequence[Dataset], known: dict[str, Any], reader: TagReader) -> dict[str, Any]:
    """Units, corrections and times of single-slice files (PS3.3 C.8.9.1, C.8.9.4)."""
    first = datasets[0]
    series_time = moment_or_dateless(first, SERIES_DAYS, "SeriesTime", reader, "series_time")
    frames = classic_frames(datasets, series_time, reader)
    decay_correction = reader.text(first, "DecayCorrection", "decay_correction").upper()
    half_life_s, maker = known["half_life_s"], known["manufacturer"]
    clues = Clues(series_time, _ge_time(first, reader), frames, half_life_s, maker, decay_correction)
    corrected = all_values(first, "CorrectedImage")
    reader.note("corrected_image", "CorrectedImage (0028,0051)", corrected or None)
    return {
        "units": reader.text(first, "Units", "units").upper(),
        "suv_type": reader.text(first, "SUVType", "suv_type").upper(),
        "decay_correction": decay_correction,
        "corrected_image": corrected,
        "series_time": series_time,
        "frames": frames,
        "scan_start": find_start(clues, reader),
    }


def _patient(dataset: Dataset, reader: TagReader) -> dict[str, Any]:
    """Weight in kg, height in m and sex (PS3.3 C.7.2.2); impossible numbers are grams and centimetres."""
    weight = reader.positive(dataset, "PatientWeight", "patient_weight_kg")
    if weight is not None and weight > HEAVIEST_KG:
        reader.warn(f"PatientWeight (0010,1030) is {weight:g}: taken as grams. Check the weight.")
        reader.note("patient_weight_kg", "PatientWeight (0010,1030), taken as grams", weight)
        weight /= 1000
    height = reader.positive(dataset, "PatientSize", "patient_height_m")
    if height is not None and height > TALLEST_M:
        unit, per_m = ("centimetres", 100) if height <= TALLEST_CM else ("millimetres", 1000)
        reader.warn(f"PatientSize (0010,1020) is {height:g}: taken as {unit}. Check the height.")
        reader.note("patient_height_m", f"PatientSize (0010,1020), taken as {unit}", height)
        height /= per_m
    sex = reader.text(dataset, "PatientSex", "patient_sex").upper()
    return {"patient_weight_kg": weight, "patient_height_m": height, "patient_sex": sex}


def _philips(dataset: Dataset, reader: TagReader) -> dict[str, Any]:
    """Philips' factors to SUVbw and to Bq/mL."""
    places = {"philips_suv_factor": PHILIPS_SUV, "philips_bq_factor": PHILIPS_BQ}
    return {field: _private_number(dataset, place, field, reader) for field, place in places.items()}


def _private_number(dataset: Dataset, place: PrivateTag, field: str, reader: TagReader) -> float | None:
    tag = _find(dataset, place, reader)
    number = reader.positive(dataset, tag) if tag else None
    reader.note(field, str(place), number)
    return number


def _ge_time(dataset: Dataset, reader: TagReader) -> datetime | None:
    tag = _find(dataset, GE_SCAN_TIME, reader)
    return reader.instant(dataset, tag) if tag else None


def _find(dataset: Dataset, place: PrivateTag, reader: TagReader) -> int | None:
    tag = place.find(dataset)
    if tag is None and place.is_orphan(dataset):
        reader.warn(f"{place} has lost its creator and was ignored.")
    return tag
