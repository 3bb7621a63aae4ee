"""The files of this room as an index of patients, studies and series, from headers; and one series as a volume."""

import uuid
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from viewer.core.errors import LowfieldError
from viewer.core.progress import Progress, silent
from viewer.core.study import PatientInfo, Problem, SeriesInfo, StudyInfo
from viewer.core.volume import Volume
from viewer.formats import hdf5, ismrmrd, mat, mrd, nifti_series
from viewer.formats.entry import Entry, Reader
from viewer.formats.isolated import isolated

READERS = {
    "nifti": Reader(nifti_series.entries, nifti_series.load),
    "mat": Reader(mat.entries, mat.load),
    "mat73": isolated(Reader(mat.entries, mat.load)),
    "ismrmrd": isolated(Reader(ismrmrd.entries, ismrmrd.load)),
    "mrd": Reader(mrd.entries, mrd.load),
}
NAMESPACE = uuid.UUID("5f0d9a8e-2f7c-5a55-9a2f-6c6f77666c64")
"""Of identifiers made from paths; fixed, so that a file opened again finds its drawings."""
Named = Callable[[Path], str]


def format_of(path: Path) -> str:
    """Return the format (a key of `READERS`) that a file's name and first bytes promise; empty for other files."""
    name = path.name.lower()
    if name.endswith((".nii", ".nii.gz")):
        return "nifti"
    if name.endswith(".mat"):
        return "mat73" if hdf5.is_hdf5(path) else "mat"
    if name.endswith((".h5", ".hdf5", ".ismrmrd", ".mrd")) and hdf5.is_hdf5(path):
        return "ismrmrd"
    if name.endswith((".mrd", ".mrd2", ".bin")) and mrd.is_mrd(path):
        return "mrd"
    return ""


def index_files(
    files: Sequence[Path], shown: Named = str, progress: Progress = silent
) -> tuple[tuple[PatientInfo, ...], tuple[Problem, ...]]:
    """List what ``files`` of these formats hold; what cannot be read is named.

    ``shown`` gives the name of a file for messages and identifiers (a file out of a ZIP lies elsewhere). Files
    of one folder are one study unless they state patients or studies of their own; nothing else is known about
    them.
    """
    found: list[tuple[Entry, SeriesInfo, str]] = []
    problems: list[Problem] = []
    for number, path in enumerate(files):
        progress(number / len(files), f"Reading {path.name}")
        try:
            entries = READERS[format_of(path)].entries(path)
        except LowfieldError as error:
            problems.append(Problem(shown(path), f"{error.what} {error.hint}".strip()))
        except OSError as error:
            problems.append(Problem(shown(path), f"cannot be read ({error.strerror})."))
        else:
            place = Path(shown(path)).parent
            found += [(entry, _series(entry, path, shown), str(place)) for entry in entries]
    return _patients(found), tuple(problems)


def load_item(info: SeriesInfo, progress: Progress = silent) -> Volume:
    """Load one series that `index_files` listed; identifiers and warnings of the index become the volume's."""
    volume = READERS[info.format].load(info.files[0], info.item, progress)
    origin = replace(volume.origin, series_uid=info.series_uid, series_number=info.number)
    return replace(volume, origin=origin, warnings=tuple(dict.fromkeys((*volume.warnings, *info.warnings))))


def _series(entry: Entry, path: Path, shown: Named) -> SeriesInfo:
    kind = format_of(path)
    unshown = (f"Cannot be shown: it {entry.reason}.",) if entry.reason else ()
    return SeriesInfo(
        series_uid=_uid("series", shown(path), entry.item),
        modality=entry.modality,
        description=entry.description,
        number="",
        instances=1,
        shape=entry.shape,
        spacing_mm=entry.spacing_mm,
        frame_of_reference_uid=entry.frame_of_reference_uid,
        files=(path,),
        warnings=(*unshown, *entry.warnings),
        viewable=not entry.reason,
        format=kind,
        item=entry.item,
        component=entry.component,
        counterpart=entry.counterpart,
    )


def _patients(found: list[tuple[Entry, SeriesInfo, str]]) -> tuple[PatientInfo, ...]:
    studies: dict[tuple[tuple[str, ...], str], list[tuple[Entry, SeriesInfo, str]]] = {}
    for each in found:
        entry, _, place = each
        studies.setdefault((entry.patient, entry.study[0] or place), []).append(each)
    by_patient: dict[tuple[str, str, str, str], list[StudyInfo]] = {}
    for members in studies.values():
        entry, _, place = members[0]
        number = (str(n) for n in range(1, len(members) + 1))
        series = tuple(replace(info, number=next(number)) for _, info, _ in members)
        uid = _uid("study", entry.study[0] or place, *entry.patient)
        made = StudyInfo(uid, entry.study[1], entry.study[2] or Path(place).name, series)
        by_patient.setdefault(entry.patient, []).append(made)
    return tuple(PatientInfo(*patient, studies=tuple(made)) for patient, made in by_patient.items())


def _uid(*words: str) -> str:
    """Return an identifier under 2.25 (PS3.5 B.2), always the same for the same words."""
    return f"2.25.{uuid.uuid5(NAMESPACE, chr(0).join(words)).int}"
