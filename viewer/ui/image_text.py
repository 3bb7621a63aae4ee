"""The corner texts of an image: whose and what it is, which slice, how it is windowed, what to beware of."""

from viewer.core.picture import Window
from viewer.core.volume import Origin
from viewer.ui.readout import number, with_unit
from viewer.ui.words import date, person_name

SIMULATED = ("SIMULATED", "warning")
LOSSY = ("LOSSY COMPRESSION", "warning")
NO_SIDES = ("SIDES UNKNOWN", "warning")


def patient_lines(origin: Origin, shown: bool) -> tuple[str, ...]:
    """Return name, then ID and birth date; a word that they are hidden otherwise."""
    if not shown:
        return ("Patient hidden",)
    name = person_name(origin.patient_name) or origin.patient_id or "Patient without name"
    details = (f"ID {origin.patient_id}" if origin.patient_id else "", date(origin.birth_date), origin.sex)
    return name, " · ".join(part for part in details if part)


def series_lines(origin: Origin) -> tuple[str, ...]:
    """Return series, study date, study and scanner with its field strength."""
    when = " ".join(part for part in (date(origin.study_date), _clock(origin.study_time)) if part)
    series = " · ".join(part for part in (origin.modality, origin.series_description) if part)
    scanner = " · ".join(part for part in (field_text(origin), origin.scanner or origin.manufacturer) if part)
    return tuple(line for line in (series, when, origin.study_description, scanner) if line)


def field_text(origin: Origin) -> str:
    """Return ``64 mT`` or ``3 T``; empty where the file does not say."""
    tesla = origin.field_strength_t
    if not tesla:
        return ""
    return f"{tesla * 1000:.3g} mT" if tesla < 0.2 else f"{tesla:.3g} T"


def window_line(window: Window, unit: str) -> str:
    """Return ``W 400 L 40 HU``."""
    center, width = window
    return with_unit(f"W {number(width, 3)}  L {number(center, 3)}", unit)


def flags(origin: Origin) -> tuple[tuple[str, str], ...]:
    """Return the badges an image must not be without."""
    sides = () if origin.orientation_known else (NO_SIDES,)
    return (*((SIMULATED,) if origin.simulated else ()), *((LOSSY,) if origin.lossy else ()), *sides)


def _clock(text: str) -> str:
    return f"{text[:2]}:{text[2:4]}" if len(text) >= 4 and text[:4].isdigit() else ""
