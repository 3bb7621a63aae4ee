"""From the planes of one series to stacks: planes are stacked only when nothing but their place differs."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from viewer.dicom.grid import (
    SAME_PLACE_MM,
    TILT_DEGREES,
    along_normal,
    irregularities,
    orientation_name,
    positions,
    regular_runs,
    same_axes,
    slice_step,
    tilt_degrees,
)
from viewer.dicom.planes import Plane
from viewer.dicom.words import listed

MOST_PARTS = 3
"""Beyond this many runs, and a third of the slices, a stack has no regular spacing at all."""


@dataclass(frozen=True)
class Stack:
    """Planes in slice order on a regular grid. ``label`` tells it from the other stacks of its series.

    ``reason`` says why it cannot be shown as a volume; "" where it can.
    """

    planes: tuple[Plane, ...]
    label: str
    warnings: tuple[str, ...]
    reason: str = ""


def stacks(planes: Sequence[Plane]) -> list[Stack]:
    """Sort the planes of one series into stacks, in the order of their traits and positions."""
    found = []
    for group in _alike(planes):
        for label, members, warnings in _told_apart(group):
            ordered, duplicates = _in_order(members)
            found += [(label, stack, (*warnings, *duplicates)) for stack in _regular(ordered)]
    names = _distinct_labels([stack.planes for _, stack, _ in found])
    return [
        Stack(s.planes, ", ".join(filter(None, (name, label, s.label))), (*warnings, *s.warnings), s.reason)
        for (label, s, warnings), name in zip(found, names)
    ]


def _alike(planes: Sequence[Plane]) -> list[list[Plane]]:
    """Group by direction and major traits (size, spacing, frame of reference, echo, time, b value, kind)."""
    groups: list[list[Plane]] = []
    by_traits: dict[tuple[str, ...], list[list[Plane]]] = defaultdict(list)
    for plane in planes:
        candidates = by_traits[plane.traits.major]
        group = next((group for group in candidates if same_axes(group[0], plane)), None)
        if group is None:
            group = []
            candidates.append(group)
            groups.append(group)
        group.append(plane)
    return sorted(groups, key=lambda group: [_natural(label) for label in group[0].traits.major])


def _told_apart(planes: list[Plane]) -> list[tuple[str, list[Plane], tuple[str, ...]]]:
    """Split planes that share places by the first minor trait that explains it: (label, planes, warnings)."""
    places = _places(planes)
    most = max(map(len, places))
    if most == 1:
        return [("", planes, ())]
    for name, keys in _minor_traits(planes):
        parts: dict[str, list[Plane]] = defaultdict(list)
        for plane, key in zip(planes, keys):
            parts[key].append(plane)
        if len(parts) == most and all(len(_places(part)) == len(part) for part in parts.values()):
            return [(f"{name} {key}".strip(), parts[key], ()) for key in sorted(parts, key=_natural)]
    if sum(len(place) > 1 for place in places) * 2 < len(places):
        return [("", planes, ())]
    return _repeats(places, most)


def _minor_traits(planes: list[Plane]) -> Iterator[tuple[str, list[str]]]:
    """Yield (name, one key per plane): first the place within the slice, then what the headers say."""
    inside = np.round(positions(planes) @ planes[0].axes.T, 1) + 0.0
    yield "corner at", [f"{x:g}, {y:g} mm" for x, y in inside]
    for index in range(min(len(plane.traits.minor) for plane in planes)):
        yield planes[0].traits.minor[index][0], [plane.traits.minor[index][1] for plane in planes]


def _repeats(places: list[list[Plane]], most: int) -> list[tuple[str, list[Plane], tuple[str, ...]]]:
    """Part planes that only their order tells apart into repeats."""
    warning = (
        f"{most} images share each position; only their order tells them apart, so they are shown as repeats."
    )
    ranked = [sorted(place, key=lambda plane: plane.order) for place in places]
    return [
        (f"repeat {rank + 1}", [place[rank] for place in ranked if rank < len(place)], (warning,))
        for rank in range(most)
    ]


def _places(planes: Sequence[Plane]) -> list[list[Plane]]:
    """Group planes at one height along their normal (within `SAME_PLACE_MM`), in order."""
    heights = along_normal(planes)
    order = np.argsort(heights, kind="stable")
    starts = np.diff(heights[order], prepend=-np.inf) > SAME_PLACE_MM
    groups: list[list[Plane]] = []
    for index, new in zip(order.tolist(), starts):
        if new:
            groups.append([])
        groups[-1].append(planes[index])
    return groups


def _in_order(planes: list[Plane]) -> tuple[list[Plane], tuple[str, ...]]:
    """Sort along the normal (never by InstanceNumber); of duplicates keep the first acquired and name the rest."""
    places = [sorted(place, key=lambda plane: (plane.order, plane.name)) for place in _places(planes)]
    others = [plane.name for place in places for plane in place[1:]]
    if not others:
        return [place[0] for place in places], ()
    warning = f"{len(others)} images lie where another already is and are left out: {listed(others)}."
    return [place[0] for place in places], (warning,)


def _regular(planes: list[Plane]) -> list[Stack]:
    """Cut planes in order into stacks of even spacing; say what is missing or uneven."""
    points, place = positions(planes), along_normal(planes)
    runs = regular_runs(points)
    if len(runs) > max(MOST_PARTS, len(planes) // 3) or (np.diff(place) <= SAME_PLACE_MM).any():
        gaps = np.diff(place)
        reason = (
            f"has {len(planes)} slices without regular spacing (from {gaps.min():.2f} to {gaps.max():.2f} mm), "
            "which are not stacked"
        )
        return [Stack(tuple(planes), "", (), reason)]
    words = tuple(irregularities(planes, runs))
    if words:
        words += (f"Each of the {len(runs)} evenly spaced runs is a stack of its own.",)
    return [_stack([planes[k] for k in run], place, run, words, len(runs)) for run in runs]


def _stack(planes: list[Plane], place: np.ndarray, run: range, words: tuple[str, ...], runs: int) -> Stack:
    warnings = list(words)
    tilt = tilt_degrees(planes)
    if tilt > TILT_DEGREES:
        warnings.append(f"The slices are sheared by {tilt:.1f} degrees (gantry tilt); positions are exact.")
    if len(planes) == 1 and not (planes[0].thickness_mm or planes[0].gap_mm):
        warnings.append("A single slice of unknown thickness: taken as 1 mm; volumes measured in it mean nothing.")
    return Stack(tuple(planes), _extent(planes, place[list(run)]) if runs > 1 else "", tuple(warnings))


def _extent(planes: list[Plane], place: np.ndarray) -> str:
    """Tell one run from the others by where it lies along the normal."""
    if len(planes) == 1:
        return f"one slice at {place[0]:.1f} mm"
    return f"{place[0]:.1f} to {place[-1]:.1f} mm every {np.linalg.norm(slice_step(planes)):.2f} mm"


def _distinct_labels(stacks_of_planes: Sequence[tuple[Plane, ...]]) -> list[str]:
    """Name each stack by its orientation and by those major traits that differ within the series."""
    firsts = [planes[0] for planes in stacks_of_planes]
    columns = [[orientation_name(plane) for plane in firsts]]
    columns += [list(column) for column in zip(*(plane.traits.major[1:] for plane in firsts))]
    telling = [column for column in columns if len(set(column)) > 1]
    return [", ".join(filter(None, (column[k] for column in telling))) for k in range(len(firsts))]


def _natural(label: str) -> tuple[tuple[int, float, str], ...]:
    """Sort key that orders ``TE 6.3 ms`` before ``TE 44 ms``."""
    return tuple(_word_key(word) for word in label.replace("\\", " ").split())


def _word_key(word: str) -> tuple[int, float, str]:
    try:
        return 0, float(word), ""
    except ValueError:
        return 1, 0.0, word
