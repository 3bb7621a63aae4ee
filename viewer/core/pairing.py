"""Finds in an index the two series that make one complex image, and adds the image they make."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from viewer.core.complexpair import CARTESIAN, POLAR
from viewer.core.study import PatientInfo, SeriesInfo


def with_pairs(patients: Sequence[PatientInfo]) -> tuple[PatientInfo, ...]:
    """Add to every study the complex images that its series can be joined to, each after its first part.

    A pair shares ``counterpart``, shape and spacing, and each component occurs once. What follows a line break
    (the time) decides between several, and may differ where there is but one; where several could be meant
    nothing is joined. Of files told apart by name only, the one without a mark is the magnitude of a marked
    phase.
    """
    return tuple(
        replace(
            patient,
            studies=tuple(replace(study, series=_with_pairs(study.series)) for study in patient.studies),
        )
        for patient in patients
    )


def kinds_of(joined: SeriesInfo) -> tuple[str, str]:
    """Return whether a joined series is of `POLAR` or `CARTESIAN` parts."""
    return CARTESIAN if joined.components[0].component == "real" else POLAR


def _with_pairs(series: tuple[SeriesInfo, ...]) -> tuple[SeriesInfo, ...]:
    single = [info for info in series if info.counterpart and info.viewable and not info.components]
    pairs = _pairs(single, lambda info: info.counterpart)
    taken = {each.key for one in pairs for each in one.components}
    rest = [info for info in single if info.key not in taken]
    pairs += _pairs(rest, lambda info: info.counterpart.partition("\n")[0])
    joined: dict[str, list[SeriesInfo]] = {}
    for one in pairs:
        joined.setdefault(one.components[0].key, []).append(one)
    return tuple(each for info in series for each in (info, *joined.get(info.key, ())))


def _pairs(series: Sequence[SeriesInfo], alike: Callable[[SeriesInfo], str]) -> list[SeriesInfo]:
    groups: dict[tuple[object, ...], dict[str, list[SeriesInfo]]] = {}
    for info in series:
        place = (alike(info), info.shape, tuple(round(step, 3) for step in info.spacing_mm))
        groups.setdefault(place, {}).setdefault(info.component, []).append(info)
    return [one for found in groups.values() for one in _joined(found)]


def _joined(found: dict[str, list[SeriesInfo]]) -> list[SeriesInfo]:
    pairs = []
    for kinds in (POLAR, CARTESIAN):
        first, second = (found.get(kind, []) for kind in kinds)
        if kinds == POLAR and not first:
            first = found.get("", [])
        if len(first) == 1 and len(second) == 1:
            pairs.append(_join(first[0], second[0], kinds))
    return pairs


def _join(first: SeriesInfo, second: SeriesInfo, kinds: tuple[str, str]) -> SeriesInfo:
    return replace(
        first,
        series_uid=f"{first.key}+{second.key}",
        part=0,
        description=f"{first.description} (complex, from {kinds[0]} and {kinds[1]})",
        instances=first.instances + second.instances,
        files=(*first.files, *second.files),
        frames=(),
        component="",
        counterpart="",
        components=(first, second),
    )
