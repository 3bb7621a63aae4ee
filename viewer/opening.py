"""Opening what a user names, whatever its format: folder, file or ZIP → index → volume."""

import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from viewer.core.complexpair import join
from viewer.core.errors import LowfieldError
from viewer.core.pairing import kinds_of, with_pairs
from viewer.core.progress import Progress, part, silent
from viewer.core.study import PatientInfo, Problem, SeriesInfo, StudyIndex
from viewer.core.volume import Volume
from viewer.dicom.archive import shown
from viewer.dicom.folder import Findings, gather
from viewer.dicom.load import load_series, load_slice
from viewer.dicom.scan import scan_found
from viewer.formats.index import format_of, index_files, load_item


def open_study(paths: Sequence[Path], progress: Progress = silent) -> StudyIndex:
    """Index folders, files and ZIPs from their headers: DICOM, and every format of `viewer.formats`.

    Series that make one complex image (magnitude and phase, real and imaginary) are followed by that image.
    """
    sources = tuple(Path(path) for path in paths)
    found = gather(sources, part(progress, 0.0, 0.5))
    others = [path for path in found.files if format_of(path)]
    if not others:
        index = scan_found(found, sources, part(progress, 0.5, 1.0))
        return replace(index, patients=with_pairs(index.patients))
    patients, problems = index_files(others, shown, part(progress, 0.5, 0.6))
    rest = [path for path in found.files if not format_of(path)]
    if rest or not patients:
        index = _scan_rest(replace(found, files=rest), sources, patients, problems, part(progress, 0.6, 1.0))
        patients, problems = (*index.patients, *patients), (*index.problems, *problems)
    else:
        problems = (*found.problems, *problems)
    return StudyIndex(sources, with_pairs(patients), problems)


def _scan_rest(
    found: Findings,
    sources: tuple[Path, ...],
    patients: Sequence[PatientInfo],
    problems: Sequence[Problem],
    progress: Progress,
) -> StudyIndex:
    """Index the DICOM files among others; that there are none is no error when the others can be shown."""
    try:
        return scan_found(found, sources, progress)
    except LowfieldError as error:
        if not patients and problems:
            raise LowfieldError(problems[0].what, where=problems[0].where) from error
        left = Problem(error.where, f"{error.what} {error.hint}".strip())
        return StudyIndex(sources, (), (*found.problems, left))


def load(info: SeriesInfo, progress: Progress = silent, **options: Any) -> Volume:
    """Load one series of the index as a volume in patient space; a joined one as a complex volume."""
    if info.components:
        first, second = info.components
        parts = load(first, part(progress, 0.0, 0.5)), load(second, part(progress, 0.5, 1.0))
        volume = join(*parts, kinds_of(info))
        source = _place_of_both(*(each.origin.source for each in parts))
        name = info.description
        origin = replace(volume.origin, source=source, series_uid=info.series_uid, series_description=name)
        return replace(volume, origin=origin)
    if info.format:
        volume = load_item(info, progress)
        return replace(volume, origin=replace(volume.origin, source=shown(info.files[0])))
    return load_series(info, progress, **options)


def _place_of_both(first: str, second: str) -> str:
    """Return the folder, file or ZIP that holds both, from which a joined image can be opened again."""
    try:
        return os.path.commonpath((first, second)) or first
    except ValueError:  # one is relative, or on another drive
        return first


def load_picture(info: SeriesInfo, k: int) -> NDArray[np.float32]:
    """Load slice ``k`` alone (rows, columns), magnitude where it is complex, for a thumbnail."""
    if info.components:
        return load_picture(info.components[0], k)
    if info.format:
        return np.asarray(load_item(info).magnitude()[k], dtype=np.float32)
    return load_slice(info, k)
