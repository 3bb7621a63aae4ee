"""The part of a simulated image's header that all modalities share; everything in it says "simulated"."""

from datetime import datetime
from typing import Any

from pydicom.dataset import Dataset

import viewer
from viewer.core.volume import Origin, Volume
from viewer.dicom.files import new_uid
from viewer.dicom.modules import LONGEST_LO, SOFTWARE, allow_any_text, put_plane, stamp
from viewer.dicom.stored import ds

MANUFACTURER = "Lowfield simulation"
PREFIX = "SIMULATED "
Fields = dict[str, Any]
"""Attributes by DICOM keyword; None stands for "not there"."""


def series_identifiers(volume: Volume, modality: str, seed: str) -> Fields:
    """Return identifiers shared by all slices: the volume's own, else new ones, fixed by a ``seed``."""
    origin = volume.origin

    def identifier(known: str, *what: str) -> str:
        return known or (new_uid(seed, *what) if seed else new_uid())

    return {
        "StudyInstanceUID": identifier(origin.study_uid, "study"),
        "SeriesInstanceUID": identifier(origin.series_uid, modality, origin.series_description),
        "FrameOfReferenceUID": identifier(volume.geometry.frame_of_reference_uid, "frame of reference"),
    }


def simulated_header(volume: Volume, modality: str, identifiers: Fields, k: int, now: datetime) -> Dataset:
    """Return patient, study, series, equipment, image and plane modules of slice ``k`` (PS3.3 C.7).

    ``now`` stands for a study date and time that are not known; the same for all slices of a series.
    """
    origin, dataset = volume.origin, Dataset()
    series = _series(origin, modality)
    texts = (origin.patient_name, origin.patient_id, origin.study_description, series["SeriesDescription"])
    allow_any_text(dataset, *texts)
    stamp(dataset, now)
    date, time = origin.study_date or now.strftime("%Y%m%d"), origin.study_time or now.strftime("%H%M%S")
    for fields in (identifiers, _patient(origin), series, _equipment(), _image(volume, k), _moments(date, time)):
        put(dataset, fields)
    put_plane(dataset, volume.geometry, k)
    return dataset


def put(dataset: Dataset, fields: Fields) -> None:
    """Set attributes by keyword; None removes one."""
    for keyword, value in fields.items():
        if value is not None:
            setattr(dataset, keyword, value)
        elif keyword in dataset:
            delattr(dataset, keyword)


def _patient(origin: Origin) -> Fields:
    """Patient and study; a name as on screen (``Family, Given``) becomes ``Family^Given``."""
    return {
        "PatientName": origin.patient_name.replace(", ", "^") or "Simulated^Head",
        "PatientID": origin.patient_id or "SIMULATED",
        "PatientBirthDate": origin.birth_date,
        "PatientSex": origin.sex or "O",
        "StudyID": "1",
        "StudyDescription": origin.study_description,
        "AccessionNumber": "",
        "ReferringPhysicianName": "",
    }


def _series(origin: Origin, modality: str) -> Fields:
    description = PREFIX + origin.series_description.removeprefix(PREFIX)
    return {
        "Modality": modality,
        "SeriesNumber": origin.series_number or "1",
        "SeriesDescription": description[:LONGEST_LO],
        "PatientPosition": "HFS",
        "PositionReferenceIndicator": "",
        "Laterality": "",
    }


def _equipment() -> Fields:
    return {
        "Manufacturer": MANUFACTURER,
        "ManufacturerModelName": SOFTWARE,
        "SoftwareVersions": viewer.__version__,
        "DeviceSerialNumber": "0",
    }


def _image(volume: Volume, k: int) -> Fields:
    return {
        "InstanceNumber": str(k + 1),
        "SliceThickness": ds(volume.geometry.spacing_mm[0]),
        "BurnedInAnnotation": "NO",
        "ImageComments": "Simulated data",
    }


def _moments(date: str, time: str) -> Fields:
    """Everything happens at the time of the study."""
    events = ("Study", "Series", "Acquisition", "Content")
    return {f"{event}Date": date for event in events} | {f"{event}Time": time for event in events}
