"""From the records of one series to what the index says of it: an entry per stack and per kind of other object."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from viewer.core.errors import LowfieldError
from viewer.core.study import SeriesInfo
from viewer.dicom.grid import geometry
from viewer.dicom.planes import Plane
from viewer.dicom.records import Record
from viewer.dicom.stack import Stack, stacks
from viewer.dicom.words import listed


@dataclass(frozen=True)
class _Entry:
    info: SeriesInfo
    label: str


def series_of(records: Sequence[Record], uid: str) -> list[SeriesInfo]:
    """Return the stacks of one series, the viewable first; several are numbered by ``part`` from 1."""
    by_path = {record.path: record for record in records}
    planes = [plane for record in records if not record.reason for plane in record.planes]
    found = [_of_stack(stack, by_path, uid) for stack in (stacks(planes) if planes else [])]
    found += _of_others([record for record in records if record.reason], uid)
    found.sort(key=lambda entry: not entry.info.viewable)
    if len(found) == 1:
        return [found[0].info]
    return [_numbered(entry, part, len(found)) for part, entry in enumerate(found, 1)]


def _numbered(entry: _Entry, part: int, parts: int) -> SeriesInfo:
    """Say which part this is, and what sets it apart."""
    name = f"part {part} of {parts}" + (f": {entry.label}" if entry.label else "")
    warning = f"The series holds {parts} sets of images that cannot be stacked together; this is {name}."
    description = f"{entry.info.description} ({name})".strip()
    return replace(entry.info, part=part, description=description, warnings=(warning, *entry.info.warnings))


def _of_stack(stack: Stack, by_path: Mapping[Path, Record], uid: str) -> _Entry:
    planes = stack.planes
    paths = list(dict.fromkeys(plane.path for plane in planes))
    records = [by_path[path] for path in paths]
    first, reason = records[0], stack.reason
    spacing = (0.0, *planes[0].spacing_mm)
    if not reason:
        try:
            spacing = geometry(planes, first.size, first.frame_of_reference_uid).spacing_mm
        except LowfieldError as error:
            reason = f"has no volume ({error.what})"
    files, frames = _addresses(planes, first)
    info = SeriesInfo(
        series_uid=uid,
        modality=first.modality,
        description=first.series[2],
        number=first.series[1],
        instances=len(paths),
        shape=(len(planes), *first.size),
        spacing_mm=spacing,
        frame_of_reference_uid=first.frame_of_reference_uid,
        files=files,
        frames=frames,
        warnings=_warnings(stack, records, reason),
        viewable=not reason,
        sop_class_uid=first.sop_class,
        component=planes[0].traits.component,
        counterpart=_counterpart(planes, first) if planes[0].traits.component else "",
    )
    return _Entry(info, stack.label)


def _counterpart(planes: Sequence[Plane], first: Record) -> str:
    """Return what the parts of one complex image share: study, place, echo, phase, b; last the time."""
    _, size, pitch, _, *rest = planes[0].traits.major
    ends = [np.round(plane.position, 2) + 0.0 for plane in (planes[0], planes[-1])]
    place = [f"{value:.2f}" for value in (*ends[0], *ends[1], *(planes[0].axes.ravel().round(3) + 0.0))]
    alike = "|".join((first.study[0], first.frame_of_reference_uid, size, pitch, *rest, *place))
    return f"{alike}\n{planes[0].order[0]}"


def _addresses(planes: Sequence[Plane], first: Record) -> tuple[tuple[Path, ...], tuple[int, ...]]:
    """Return files and frames in slice order: one file of many frames, else pairwise."""
    frames = tuple(max(0, plane.frame) for plane in planes)
    if all(plane.path == first.path for plane in planes):
        everything = frames == tuple(range(first.frames))
        return (first.path,), () if everything else frames
    return tuple(plane.path for plane in planes), frames if any(frames) else ()


def _warnings(stack: Stack, records: Sequence[Record], reason: str) -> tuple[str, ...]:
    own = [warning for record in records for warning in record.warnings]
    if not records[0].frame_of_reference_uid and records[0].modality in ("CT", "PT"):
        own.append("The images name no frame of reference: they cannot be fused with another series.")
    unshown = (f"Cannot be shown: it {reason}.",) if reason else ()
    return tuple(dict.fromkeys((*unshown, *stack.warnings, *own)))


def _of_others(records: Sequence[Record], uid: str) -> list[_Entry]:
    """One entry per reason and size for objects that are no stacks: colour pictures, contours, reports."""
    groups: dict[tuple[str, tuple[int, int]], list[Record]] = {}
    for record in records:
        groups.setdefault((record.reason, record.size), []).append(record)
    return [_other(members, reason, uid) for (reason, _), members in groups.items()]


def _other(records: Sequence[Record], reason: str, uid: str) -> _Entry:
    first, names = records[0], listed([record.path.name for record in records])
    own = dict.fromkeys(warning for record in records for warning in record.warnings)
    info = SeriesInfo(
        series_uid=uid,
        modality=first.modality,
        description=first.series[2],
        number=first.series[1],
        instances=len(records),
        shape=(sum(record.frames for record in records) if first.size[0] else 0, *first.size),
        spacing_mm=(0.0, 0.0, 0.0),
        frame_of_reference_uid=first.frame_of_reference_uid,
        files=tuple(record.path for record in records),
        warnings=(f"Cannot be shown: it {reason}. Files: {names}.", *own),
        viewable=False,
        sop_class_uid=first.sop_class,
    )
    return _Entry(info, "not shown")
