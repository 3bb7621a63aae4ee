"""From an acquisition to the tags of classic PET: what `viewer.dicom.pet` reads, written (PS3.3 C.8.9)."""

import math
from datetime import datetime

from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from viewer.core.pet import PetAcquisition, PetFrame
from viewer.dicom.modules import code_item
from viewer.dicom.pet_start import first_start, mean_count_time_s
from viewer.dicom.private import PHILIPS_BQ, PHILIPS_SUV
from viewer.dicom.stored import ds
from viewer.dicom.times import time_text

PRIVATE_SCHEME = "99LOWFIELD"
"""Of nuclides that CID 4020 lacks, e.g. (TB149, 99LOWFIELD, "^149^Terbium")."""


def put_acquisition(dataset: Dataset, acquisition: PetAcquisition, k: int) -> None:
    """Write the acquisition into the data set of slice ``k``. What it does not know stays out (or empty, type 2).

    FrameReferenceTime and DecayFactor follow from half-life and times where the frame does not state them.
    """
    _put_series(dataset, acquisition)
    _put_patient(dataset, acquisition)
    dataset.RadiopharmaceuticalInformationSequence = Sequence([_isotope(acquisition)])
    if acquisition.nuclide_code and acquisition.nuclide_code[1] == PRIVATE_SCHEME:
        dataset.CodingSchemeIdentificationSequence = Sequence([_private_scheme()])
    frame = acquisition.frames[k] if k < len(acquisition.frames) else PetFrame(None, None)
    _put_frame(dataset, acquisition, frame)
    dataset.ImageIndex = k + 1


def _put_series(dataset: Dataset, acquisition: PetAcquisition) -> None:
    several = len({frame.start for frame in acquisition.frames}) > 1
    dataset.SeriesType = ["WHOLE BODY" if several else "STATIC", "IMAGE"]
    dataset.Units = acquisition.units
    dataset.CountsSource = "EMISSION"
    dataset.NumberOfSlices = len(acquisition.frames)
    dataset.DecayCorrection = acquisition.decay_correction
    dataset.CorrectedImage = list(acquisition.corrected_image)
    dataset.CollimatorType = "NONE"
    if acquisition.suv_type:
        dataset.SUVType = acquisition.suv_type
    _put_moment(dataset, "Series", acquisition.scan_start or acquisition.series_time)
    philips = {PHILIPS_SUV: acquisition.philips_suv_factor, PHILIPS_BQ: acquisition.philips_bq_factor}
    for place, factor in philips.items():
        if factor is not None:
            block = dataset.private_block(place.group, place.creator, create=True)
            block.add_new(place.element, "DS", str(ds(factor)))


def _put_patient(dataset: Dataset, acquisition: PetAcquisition) -> None:
    dataset.PatientSex = acquisition.patient_sex or dataset.get("PatientSex", "")
    if acquisition.patient_weight_kg is not None:
        dataset.PatientWeight = ds(acquisition.patient_weight_kg)
    if acquisition.patient_height_m is not None:
        dataset.PatientSize = ds(acquisition.patient_height_m)


def _isotope(acquisition: PetAcquisition) -> Dataset:
    """Radiopharmaceutical information (C.8.9.2): dose in Bq, half-life in s."""
    item, injection = Dataset(), acquisition.injection_time
    item.RadionuclideCodeSequence = Sequence()
    if acquisition.nuclide_code:
        value, scheme = acquisition.nuclide_code
        code = code_item(value, scheme, acquisition.nuclide_meaning or value)
        item.RadionuclideCodeSequence = Sequence([code])
    item.Radiopharmaceutical = acquisition.nuclide_meaning.replace("^", "")
    if injection:
        item.RadiopharmaceuticalStartTime = time_text(injection)
        item.RadiopharmaceuticalStartDateTime = injection.strftime("%Y%m%d") + time_text(injection)
    numbers = {
        "RadionuclideTotalDose": acquisition.injected_dose_bq,
        "RadionuclideHalfLife": acquisition.half_life_s,
        "RadionuclidePositronFraction": acquisition.positron_fraction,
    }
    for keyword, number in numbers.items():
        if number is not None:
            setattr(item, keyword, ds(number))
    return item


def _put_frame(dataset: Dataset, acquisition: PetAcquisition, frame: PetFrame) -> None:
    """Times and decay of one image (PET Image, C.8.9.4)."""
    _put_moment(dataset, "Acquisition", frame.start)
    if frame.duration_s is not None:
        dataset.ActualFrameDuration = round(frame.duration_s * 1000)
    reference_s = _reference_s(acquisition, frame)
    if reference_s is None:
        return
    dataset.FrameReferenceTime = ds(reference_s * 1000)
    factor = frame.decay_factor
    if factor is None and acquisition.decay_correction == "START" and acquisition.half_life_s:
        factor = math.exp(math.log(2) / acquisition.half_life_s * reference_s)
    if factor is not None:
        dataset.DecayFactor = ds(factor)


def _reference_s(acquisition: PetAcquisition, frame: PetFrame) -> float | None:
    """Seconds from the start of the scan to the frame's mean count time, unless the frame states its own."""
    if frame.reference_ms is not None:
        return frame.reference_ms / 1000
    start = acquisition.scan_start or first_start(acquisition.frames)
    if not (start and frame.start and frame.duration_s):
        return None
    return (frame.start - start).total_seconds() + mean_count_time_s(frame.duration_s, acquisition.half_life_s)


def _private_scheme() -> Dataset:
    item = Dataset()
    item.CodingSchemeDesignator = PRIVATE_SCHEME
    item.CodingSchemeName = "Lowfield nuclides without a standard code"
    return item


def _put_moment(dataset: Dataset, what: str, moment: datetime | None) -> None:
    if moment:
        setattr(dataset, f"{what}Date", moment.strftime("%Y%m%d"))
        setattr(dataset, f"{what}Time", time_text(moment))
