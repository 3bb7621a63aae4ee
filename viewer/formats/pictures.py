"""Images of ISMRMRD files and MRD streams: single pictures → stacks, each with a name of its own → volumes."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from viewer.core.errors import LowfieldError
from viewer.core.geometry import Geometry
from viewer.core.volume import Origin, Volume
from viewer.formats.assumed import NO_ORIENTATION
from viewer.formats.coils import combine
from viewer.formats.entry import HINT, Entry
from viewer.formats.mrdheader import Header
from viewer.formats.mrdplace import Place, grid

LABELS = ("average", "contrast", "phase", "repetition", "set")
KINDS = {1: "magnitude", 2: "phase", 3: "real", 4: "imaginary"}
RGB = 6
MOST_STACKS = 4096


@dataclass(frozen=True, eq=False)
class Picture:
    """One image message. ``labels`` count from 0 in the order of `LABELS`; ``read`` gives (channels, z, y, x)."""

    series: str
    kind: int
    labels: tuple[int, ...]
    slice: int
    channels: int
    shape: tuple[int, int, int]
    """(z, y, x)."""
    place: Place
    description: str
    slope: float
    intercept: float
    read: Callable[[], NDArray[Any]]


@dataclass(frozen=True, eq=False)
class Stack:
    """Pictures that are one volume, in slice order, on ``geometry``; ``reason`` where they are none."""

    pictures: tuple[Picture, ...]
    name: str
    geometry: Geometry | None
    warnings: tuple[str, ...]
    reason: str = ""

    @property
    def shape(self) -> tuple[int, int, int]:
        """(slices, rows, columns)."""
        first = self.pictures[0].shape
        return first if len(self.pictures) == 1 else (len(self.pictures), *first[1:])


def stacks(pictures: Sequence[Picture], header: Header) -> list[Stack]:
    """Group pictures: one stack for each series, kind, size and set of labels; repeats of one place stay apart."""
    groups: dict[tuple[Any, ...], list[Picture]] = {}
    for one in pictures:
        key = (one.series, one.kind, one.labels, one.channels, one.shape)
        groups.setdefault(key, []).append(one)
    members = [part for group in groups.values() for part in _parts(group)]
    if len(members) > MOST_STACKS:
        members = members[:MOST_STACKS]
    names = _names([part[0] for part in members])
    return [_stack(part, name, header) for part, name in zip(members, names)]


def entries(made: Sequence[Stack], header: Header, path: Path) -> list[Entry]:
    """Describe stacks for the index."""
    found = []
    for number, stack in enumerate(made):
        first = stack.pictures[0]
        told = header.description or path.stem
        found.append(
            Entry(
                item=str(number),
                description=f"{first.description or told} {stack.name}".strip(),
                shape=stack.shape,
                spacing_mm=stack.geometry.spacing_mm if stack.geometry else (0.0, 0.0, 0.0),
                reason=stack.reason,
                frame_of_reference_uid=header.frame_of_reference_uid,
                patient=header.patient,
                study=header.study,
                warnings=stack.warnings,
                component=KINDS.get(first.kind, ""),
                counterpart=f"{path}|{first.labels}|{first.shape}" if first.kind in KINDS else "",
            )
        )
    return found


def volume(made: Sequence[Stack], item: str, header: Header, path: Path) -> Volume:
    """Read one stack: complex64 where its pictures are complex, else float32."""
    number = int(item or 0)
    if not 0 <= number < len(made):
        raise LowfieldError(f"has no image {number + 1}.", where=path, hint="Open the file again.")
    stack = made[number]
    if stack.geometry is None or stack.reason:
        raise LowfieldError(f"Cannot be shown: it {stack.reason}.", where=path)
    parts = [_read(one, path) for one in stack.pictures]
    data, warnings = _combined(np.concatenate(parts, axis=1), path)
    described = entries(made, header, path)[number].description
    return Volume(
        data,
        stack.geometry,
        origin=origin(header, path, described, NO_ORIENTATION not in stack.warnings),
        warnings=(*warnings, *stack.warnings),
        slice_names=tuple(f"{path.name}, slice {k + 1}" for k in range(data.shape[0])),
    )


def origin(header: Header, path: Path, description: str, orientation_known: bool) -> Origin:
    """Return who and what a volume of this file shows."""
    return Origin(
        source=path.name,
        patient_id=header.patient[0],
        patient_name=header.patient[1],
        birth_date=header.patient[2],
        sex=header.patient[3],
        study_uid=header.study[0],
        study_date=header.study[1],
        study_description=header.study[2],
        series_description=description,
        modality="MR",
        manufacturer=header.manufacturer,
        scanner=header.scanner,
        field_strength_t=header.field_strength_t,
        orientation_known=orientation_known,
    )


def _read(one: Picture, path: Path) -> NDArray[Any]:
    array = one.read()
    if array.shape != (one.channels, *one.shape):
        raise LowfieldError("is damaged: an image is not of the size its header states.", where=path, hint=HINT)
    kind = np.complex64 if np.iscomplexobj(array) else np.float32
    scaled = array.astype(kind)
    return (
        scaled if (one.slope, one.intercept) == (1.0, 0.0) else (scaled * one.slope + one.intercept).astype(kind)
    )


def _combined(data: NDArray[Any], path: Path) -> tuple[NDArray[Any], list[str]]:
    if data.shape[0] == 1:
        return np.ascontiguousarray(data[0]), []
    if not np.iscomplexobj(data):
        raise LowfieldError(
            f"holds {data.shape[0]} receiver channels as magnitudes, which cannot be joined.",
            where=path,
            hint="Store the channels complex, or joined by the reconstruction.",
        )
    return combine(data)


def _parts(group: list[Picture]) -> list[list[Picture]]:
    """Split pictures of one kind: each 3D one is a volume; 2D ones at the same place are repeats of each other."""
    if group[0].shape[0] > 1:
        return [[one] for one in group]
    rounds: list[list[Picture]] = []
    seen: dict[tuple[float, ...], int] = {}
    positions = {tuple(one.place.center.tolist()) for one in group}
    if len(positions) == 1 and len({one.slice for one in group}) == len(group):
        return [sorted(group, key=lambda one: one.slice)]  # slices whose places the file does not state
    for one in group:
        place = tuple(np.round(one.place.center, 3).tolist())
        number = seen.get(place, 0)
        seen[place] = number + 1
        if number == len(rounds):
            rounds.append([])
        rounds[number].append(one)
    return rounds


def _names(firsts: list[Picture]) -> list[str]:
    """Name each stack by what differs: series, kind, labels (from 1), and a number where all are alike."""
    varies = [len({one.labels[n] for one in firsts}) > 1 for n in range(len(LABELS))]
    several = len({one.series for one in firsts}) > 1
    kinds = len({one.kind for one in firsts}) > 1
    names = []
    for one in firsts:
        words = [one.series] if several else []
        words += [KINDS.get(one.kind, "")] if kinds or one.kind == 2 else []
        words += [f"{name} {one.labels[n] + 1}" for n, name in enumerate(LABELS) if varies[n]]
        names.append(" ".join(filter(None, words)))
    counts: dict[str, int] = {}
    for n, name in enumerate(names):
        counts[name] = counts.get(name, 0) + 1
        if names.count(name) > 1 or counts[name] > 1:
            names[n] = f"{name} image {counts[name]}".strip()
    return names


def _stack(part: list[Picture], name: str, header: Header) -> Stack:
    first = part[0]
    shape = first.shape if len(part) == 1 else (len(part), *first.shape[1:])
    if first.kind == RGB:
        return Stack(tuple(part), name, None, (), "is a colour picture, without values to measure")
    try:
        geometry, warnings, order = grid([one.place for one in part], shape, header.frame_of_reference_uid)
    except (ValueError, LowfieldError) as error:
        return Stack(tuple(part), name, None, (), str(error).rstrip("."))
    return Stack(tuple(part[n] for n in order), name, replace(geometry), warnings)
