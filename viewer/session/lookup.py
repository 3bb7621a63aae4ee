"""Find things in an index, and put two indexes together."""

from collections.abc import Iterable
from dataclasses import replace

from viewer.core.study import PatientInfo, SeriesInfo, StudyIndex, StudyInfo

Owner = tuple[PatientInfo | None, StudyInfo | None]


def study_by_uid(index: StudyIndex | None, study_uid: str) -> Owner:
    """Return the patient and the study with this StudyInstanceUID, or (None, None)."""
    for patient in index.patients if index else ():
        for study in patient.studies:
            if study.study_uid == study_uid:
                return patient, study
    return None, None


def study_of(index: StudyIndex | None, key: str) -> Owner:
    """Return the patient and the study that hold the series ``key``, or (None, None)."""
    for patient in index.patients if index else ():
        for study in patient.studies:
            if any(series.key == key for series in study.series):
                return patient, study
    return None, None


def merge(old: StudyIndex, new: StudyIndex) -> StudyIndex:
    """Add ``new`` to ``old``: patients by ID and name, studies and series by UID; the newer entry wins."""
    source = tuple(dict.fromkeys((*old.source, *new.source)))
    problems = tuple(dict.fromkeys((*old.problems, *new.problems)))
    return StudyIndex(source, _merged_patients((*old.patients, *new.patients)), problems)


def _merged_patients(patients: Iterable[PatientInfo]) -> tuple[PatientInfo, ...]:
    found: dict[tuple[str, str], PatientInfo] = {}
    for patient in patients:
        name = (patient.patient_id, patient.name)
        earlier = found[name].studies if name in found else ()
        found[name] = replace(patient, studies=_merged_studies((*earlier, *patient.studies)))
    return tuple(found.values())


def _merged_studies(studies: Iterable[StudyInfo]) -> tuple[StudyInfo, ...]:
    found: dict[str, StudyInfo] = {}
    for study in studies:
        earlier = found[study.study_uid].series if study.study_uid in found else ()
        series: dict[str, SeriesInfo] = {one.key: one for one in (*earlier, *study.series)}
        found[study.study_uid] = replace(study, series=tuple(series.values()))
    return tuple(found.values())
