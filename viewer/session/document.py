"""The state of a study as a JSON document and back, field by field, so that one bad field costs only itself."""

import math
from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from types import MappingProxyType
from typing import Any, TypeVar, get_type_hints

from viewer.core.errors import LowfieldError
from viewer.core.options import MeasureOptions
from viewer.core.pet import UserCorrections
from viewer.roi.io import rois_from_json, rois_to_json
from viewer.roi.shapes import Roi
from viewer.session.state import Compare, DenoiseChoice, Fusion, MeasureChoice, Point, StudyState, Window

T = TypeVar("T")
UNDERSTOOD = (TypeError, ValueError, KeyError, AttributeError, LowfieldError)
"""What reading a damaged field may raise."""


def to_document(state: StudyState) -> dict[str, Any]:
    """Return a JSON document; lengths in LPS mm, windows in the unit of the series."""
    return {
        "assigned": dict(state.assigned),
        "windows": {role: list(window) for role, window in state.windows.items()},
        "fusion": asdict(state.fusion),
        "compare": asdict(state.compare),
        "denoise": asdict(state.denoise),
        "measure": _measure_document(state.measure),
        "cursor_lps_mm": list(state.cursor_lps_mm) if state.cursor_lps_mm else None,
        "selected_roi": state.selected_roi,
        **rois_to_json(state.rois),
    }


def from_document(study_uid: str, document: Mapping[str, Any]) -> tuple[StudyState, tuple[str, ...]]:
    """Return the state, with defaults for what is missing or wrong, and a sentence about each wrong field."""
    complaints: list[str] = []
    values: dict[str, Any] = {}
    for name, read in READERS.items():
        if name not in document:
            continue
        try:
            values[name] = read(document[name])
        except UNDERSTOOD as error:
            complaints.append(f"The saved {name!r} was not understood and is back at its default ({error}).")
    rois = _rois(document.get("rois"), complaints)
    return StudyState(study_uid=study_uid, rois=rois, **values), tuple(complaints)


def _rois(entries: Any, complaints: list[str]) -> tuple[Roi, ...]:
    found: list[Roi] = []
    for entry in entries if isinstance(entries, list) else []:
        try:
            found += rois_from_json({"rois": [entry]})
        except UNDERSTOOD as error:
            complaints.append(f"A saved ROI was not understood and is left out ({error}).")
    return tuple(found)


def _windows(value: Any) -> Mapping[str, Window]:
    pairs = {str(role): (_number(center), _number(width)) for role, (center, width) in value.items()}
    return MappingProxyType({role: window for role, window in pairs.items() if window[1] > 0})


def _texts(value: Any) -> Mapping[str, str]:
    return MappingProxyType({str(name): _checked(text, str) for name, text in value.items()})


def _point(value: Any) -> Point | None:
    if value is None:
        return None
    x, y, z = value
    return _number(x), _number(y), _number(z)


def _reader(kind: Callable[..., T]) -> Callable[[Any], T]:
    """Return a function that builds ``kind`` from its JSON object, checking every field's type."""

    def read(value: Any) -> T:
        hints = get_type_hints(kind)
        return kind(**{name: _checked(value[name], hint) for name, hint in hints.items() if name in value})

    return read


def _measure_document(choice: MeasureChoice) -> dict[str, Any]:
    corrections = MeasureOptions(corrections=choice.corrections).document()["corrections"]
    return asdict(choice) | {"corrections": corrections}


def _measure(value: Any) -> MeasureChoice:
    """Read how activity is read; corrections that a newer version knows make the whole field unknown."""
    corrections = MeasureOptions.from_document({"corrections": value.get("corrections")}).corrections
    plain = {name: one for name, one in value.items() if name != "corrections"}
    return replace(_reader(MeasureChoice)(plain), corrections=_sound(corrections))


def _sound(corrections: UserCorrections) -> UserCorrections:
    hints = get_type_hints(UserCorrections)
    return UserCorrections(**{name: _checked(one, hints[name]) for name, one in vars(corrections).items()})


def _checked(value: Any, hint: Any) -> Any:
    if hint == tuple[str, ...]:
        return tuple(_checked(item, str) for item in value)
    if hint is float or (hint == float | None and value is not None):
        return _number(value)
    if not isinstance(value, hint):
        raise TypeError(f"{value!r} is not {getattr(hint, '__name__', hint)}")
    return value


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise TypeError(f"{value!r} is not a number")
    return float(value)


READERS: dict[str, Callable[[Any], Any]] = {
    "assigned": _texts,
    "windows": _windows,
    "fusion": _reader(Fusion),
    "compare": _reader(Compare),
    "denoise": _reader(DenoiseChoice),
    "measure": _measure,
    "cursor_lps_mm": _point,
    "selected_roi": str,
}
