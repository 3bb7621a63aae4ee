"""Folders, files and ZIPs to an index of patients, studies and series, from headers alone."""

from collections.abc import Callable, Sequence
from pathlib import Path

from viewer.core.errors import LowfieldError
from viewer.core.progress import Progress, part, silent
from viewer.core.study import PatientInfo, Problem, SeriesInfo, StudyIndex, StudyInfo
from viewer.dicom.archive import shown
from viewer.dicom.dicomdir import check_directories
from viewer.dicom.folder import Findings, gather, looks_like_dicom_by_name
from viewer.dicom.headers import Headers
from viewer.dicom.layout import NotDicom
from viewer.dicom.records import TAGS, Record, read_record
from viewer.dicom.series import series_of
from viewer.dicom.throttle import Throttle
from viewer.dicom.words import listed

UNPACKING = 0.5
"""Share of the progress that belongs to looking for files and unpacking."""


def scan(paths: Sequence[Path], progress: Progress = silent) -> StudyIndex:
    """Index everything DICOM below ``paths`` (folders, files, ZIPs mixed) without reading pixels.

    What cannot be used is named in ``problems``; the rest opens. Raises `LowfieldError` where nothing is left.
    """
    sources = tuple(Path(path) for path in paths)
    found = gather(sources, part(progress, 0.0, UNPACKING))
    return scan_found(found, sources, part(progress, UNPACKING, 1.0))


def scan_found(found: Findings, sources: tuple[Path, ...], progress: Progress = silent) -> StudyIndex:
    """Index files that `gather` found below ``sources``; otherwise like `scan`."""
    records, problems = _read(found, progress)
    records, twice = _unique(records)
    problems = [*found.problems, *problems, *twice]
    if not records:
        raise _nothing(sources, found, problems)
    return StudyIndex(sources, _patients(records), tuple(problems))


def _read(found: Findings, progress: Progress) -> tuple[list[Record], list[Problem]]:
    tell, headers = Throttle(progress), Headers(TAGS)
    records: list[Record] = []
    problems: list[Problem] = []
    others: list[str] = []
    directories: list[Path] = []
    for index, path in enumerate(found.files):
        tell(index / len(found.files), f"Reading headers: {index + 1} of {len(found.files)}")
        try:
            record = read_record(path, headers)
        except NotDicom as error:
            if path in found.named or looks_like_dicom_by_name(path):
                problems.append(Problem(shown(path), error.what))
            else:
                others.append(path.name)
        except LowfieldError as error:
            problems.append(Problem(shown(path), f"{error.what} {error.hint}".strip()))
        else:
            if record is None:
                directories.append(path)
            else:
                records.append(record)
    if others:
        problems.append(Problem(listed(others), "not DICOM, left out."))
    return records, problems + check_directories(directories, found.roots)


def _unique(records: list[Record]) -> tuple[list[Record], list[Problem]]:
    """Keep one of the files that hold the very same object (SOPInstanceUID), if possible one that can be shown."""
    kept: dict[object, Record] = {}
    copies: dict[Path, list[str]] = {}
    for record in sorted(records, key=lambda record: bool(record.reason)):
        first = kept.setdefault(
            (record.sop_uid, record.study, record.series) if record.sop_uid else record.path, record
        )
        if first is not record:
            copies.setdefault(record.path.parent, []).append(record.path.name)
    problems = [
        Problem(
            shown(folder), f"{len(names)} files repeat objects already read and are left out: {listed(names)}."
        )
        for folder, names in copies.items()
    ]
    return list(kept.values()), problems


def _nothing(sources: tuple[Path, ...], found: Findings, problems: Sequence[Problem]) -> LowfieldError:
    if len(problems) == 1:
        return LowfieldError(problems[0].what, where=problems[0].where)
    where = ", ".join(map(str, sources))
    seen = f" {len(found.files)} files were looked at." if found.files else " It is empty."
    first = f" First problem: {problems[0]}" if problems else ""
    return LowfieldError(f"contains no DICOM images.{seen}{first}", where=where, hint="Choose another folder.")


def _patients(records: list[Record]) -> tuple[PatientInfo, ...]:
    """Group records by patient (two names under one ID stay apart), study and series, in a stable order."""
    patients = _grouped(records, lambda record: "\\".join(record.patient[:2]).casefold())
    return tuple(PatientInfo(*members[0].patient, studies=_studies(members)) for members in patients)


def _studies(records: list[Record]) -> tuple[StudyInfo, ...]:
    studies = _grouped(records, lambda record: record.study[0])
    made = [StudyInfo(*members[0].study, series=_series(members)) for members in studies]
    return tuple(sorted(made, key=lambda study: (study.date, study.study_uid)))


def _series(records: list[Record]) -> tuple[SeriesInfo, ...]:
    groups = _grouped(records, _series_key)
    groups.sort(key=lambda members: (_number(members[0].series[1]), members[0].series[2], members[0].series[0]))
    return tuple(info for members in groups for info in series_of(members, _series_key(members[0])))


def _series_key(record: Record) -> str:
    """SeriesInstanceUID; where a de-identifier removed it, a name made of what is left."""
    uid, number, description = record.series
    return uid or f"unnamed-{record.modality}-{number}-{description}".rstrip("-")


def _grouped(records: list[Record], key: Callable[[Record], str]) -> list[list[Record]]:
    groups: dict[str, list[Record]] = {}
    for record in records:
        groups.setdefault(key(record), []).append(record)
    return list(groups.values())


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return float("inf")
