"""DICOM text as people read it."""

from viewer.core.study import PatientInfo, SeriesInfo, StudyInfo
from viewer.formats.assumed import NO_SPACING


def person_name(text: str) -> str:
    """Return ``Yamada^Tarou=山田^太郎`` as ``Yamada, Tarou (山田 太郎)`` (PN, PS3.5 section 6.2.1)."""
    groups = [group.split("^") for group in text.split("=")]
    first = _western(groups[0])
    others = [" ".join(part.strip() for part in group if part.strip()) for group in groups[1:]]
    extra = next((other for other in others if other), "")
    if first and extra:
        return f"{first} ({extra})"
    return first or extra


def _western(parts: list[str]) -> str:
    family, given, middle, prefix, suffix = ([part.strip() for part in parts] + [""] * 5)[:5]
    return ", ".join(part for part in (family, " ".join(w for w in (prefix, given, middle, suffix) if w)) if part)


def date(text: str) -> str:
    """Return DA ``20260504`` as ``2026-05-04``; anything else as it is."""
    return f"{text[:4]}-{text[4:6]}-{text[6:8]}" if len(text) == 8 and text.isdigit() else text


def plural(count: int, one: str, many: str = "") -> str:
    """Return ``1 slice``, ``2 slices``."""
    return f"{count} {one if count == 1 else many or one + 's'}"


def series_title(info: SeriesInfo) -> str:
    """Return the description of a series, or its number and kind."""
    number = f" {info.number}" if info.number else ""
    return info.description.strip() or f"Series{number} without description"


def length(millimetres: float) -> str:
    """Return a length to a hundredth, without idle zeros."""
    return f"{millimetres:.2f}".rstrip("0").rstrip(".")


def series_size(info: SeriesInfo) -> str:
    """Return ``192 slices · 1 × 1 × 1.2 mm`` (row, column, slice spacing), or why it is not a stack."""
    if not info.viewable:
        return "Cannot be shown as an image"
    k, j, i = info.spacing_mm
    if NO_SPACING in info.warnings:
        return f"{plural(info.shape[0], 'slice')} · voxel size unknown"
    known = all(step > 0 for step in info.spacing_mm)
    spacing = f" · {length(j)} × {length(i)} × {length(k)} mm" if known else ""
    return plural(info.shape[0], "slice") + spacing


def study_title(study: StudyInfo) -> str:
    """Return ``2026-05-04 · Brain``."""
    return (
        " · ".join(part for part in (date(study.date), study.description.strip()) if part) or "Study without date"
    )


def patient_title(patient: PatientInfo) -> str:
    """Return the name, or what stands for it."""
    return person_name(patient.name) or patient.patient_id or "Patient without name"


def patient_details(patient: PatientInfo) -> str:
    """Return ``ID 4711 · born 1970-01-31 · F``."""
    born = f"born {date(patient.birth_date)}" if patient.birth_date else "birth date unknown"
    return " · ".join(part for part in (f"ID {patient.patient_id or 'unknown'}", born, patient.sex) if part)
