"""What the user corrects, put in the place of what the file says, with both kept side by side.

Two readings of one file are needed from then on. The *corrected* one is the truth about patient, dose and nuclide.
The *scanned* one is what the scanner computed with: it divided by the weight and dose it was told, and decayed to
the injection time it was told, so numbers stored as SUV or corrected to ADMIN are undone with those.
"""

from collections.abc import Callable
from dataclasses import fields, replace
from datetime import datetime
from math import isfinite
from typing import Any

from viewer.core.errors import LowfieldError
from viewer.core.pet import PetAcquisition, UserCorrections
from viewer.quantify.nuclides import nuclide

BQ_PER = {"Bq": 1.0, "kBq": 1e3, "MBq": 1e6, "GBq": 1e9, "mCi": 3.7e7, "uCi": 3.7e4}
HEAVIEST_KG, TALLEST_M, LARGEST_DOSE_BQ, LEAST_DOSE_BQ = 1000.0, 3.0, 1e11, 1e4
TAGS = {
    "patient_weight_kg": ("PatientWeight", "kg"),
    "patient_height_m": ("PatientSize", "m"),
    "patient_sex": ("PatientSex", ""),
    "injected_dose_bq": ("RadionuclideTotalDose", "Bq"),
    "injection_time": ("RadiopharmaceuticalStartDateTime", ""),
    "nuclide_meaning": ("RadionuclideCodeSequence", ""),
    "half_life_s": ("RadionuclideHalfLife", "s"),
    "positron_fraction": ("RadionuclidePositronFraction", ""),
}
BODY_AND_DOSE = ("patient_weight_kg", "patient_height_m", "patient_sex", "injected_dose_bq", "injection_time")


def corrected(acquisition: PetAcquisition, corrections: UserCorrections) -> PetAcquisition:
    """Return the acquisition with the user's values in place of the file's; the same one where there are none.

    Every changed field says so in ``sources``, ``corrected_by_user`` and ``warnings``; ``file`` keeps what the
    file said. Pass the result to `activity_scale` and `suv_bw_scale`: everything is worked out again from it.
    Raises `LowfieldError` for impossible values.
    """
    if not corrections:
        return acquisition
    changes = _changes(acquisition, corrections)
    sentences = tuple(_sentence(acquisition, field, value) for field, value in changes.items() if field in TAGS)
    tags = {
        field: f"stated by the user (file: {_shown(acquisition, field)})" for field in changes if field in TAGS
    }
    file = acquisition
    if corrections.dose_unit is not None:  # the scanner knew the unit; only the header misstates it
        file = replace(acquisition, injected_dose_bq=changes["injected_dose_bq"])
    return replace(
        acquisition,
        **changes,
        sources={**acquisition.sources, **tags},
        warnings=(*acquisition.warnings, *(f"Corrected by user: {sentence}." for sentence in sentences)),
        corrected_by_user=sentences,
        file=file,
    )


def as_scanned(acquisition: PetAcquisition) -> PetAcquisition:
    """Return what the scanner computed with: the file's body and dose, the user's where the file is silent."""
    file = acquisition.file
    if file is None:
        return acquisition
    stated = {name: getattr(file, name) for name in BODY_AND_DOSE}
    return replace(acquisition, **{name: value for name, value in stated.items() if value not in (None, "")})


def _changes(acquisition: PetAcquisition, corrections: UserCorrections) -> dict[str, Any]:
    """Return the fields of the acquisition that change, checked."""
    given = {each.name: getattr(corrections, each.name) for each in fields(corrections)}
    changes = {name: value for name, value in given.items() if value is not None}
    for name, value in changes.items():
        if name in CHECKS and not CHECKS[name](value):
            raise LowfieldError(f"The corrected {_words(name)} {value} is not possible.", hint="Check the number.")
    if (unit := changes.pop("dose_unit", None)) is not None:
        changes["injected_dose_bq"] = _in_unit(acquisition, corrections, unit)
    if (name := changes.pop("nuclide", None)) is not None:
        row = nuclide(name)
        told = {"nuclide_meaning": row.meanings[0], "half_life_s": row.half_life_s, "positron_fraction": None}
        changes = told | changes | {"nuclide_code": None, "radiopharmaceutical": ""}
    return changes


def _in_unit(acquisition: PetAcquisition, corrections: UserCorrections, unit: str) -> float:
    if corrections.injected_dose_bq is not None:
        raise LowfieldError("A corrected dose and a corrected unit of the file's dose exclude each other.")
    if unit not in BQ_PER:
        raise LowfieldError(f"The unit of dose {unit!r} is not known.", hint=f"Known are {', '.join(BQ_PER)}.")
    if acquisition.stated_dose is None:
        raise LowfieldError("The file states no dose (RadionuclideTotalDose) whose unit could be corrected.")
    dose = acquisition.stated_dose * BQ_PER[unit]
    if not CHECKS["injected_dose_bq"](dose):
        raise LowfieldError(f"A dose of {acquisition.stated_dose:g} {unit} is not possible.")
    return dose


def _within(low: float, high: float) -> Callable[[Any], bool]:
    return lambda value: isfinite(value) and low <= value <= high


CHECKS: dict[str, Callable[[Any], bool]] = {
    "patient_weight_kg": _within(0.001, HEAVIEST_KG),
    "patient_height_m": _within(0.01, TALLEST_M),
    "patient_sex": lambda sex: sex in ("M", "F", "O"),
    "injected_dose_bq": _within(LEAST_DOSE_BQ, LARGEST_DOSE_BQ),
    "injection_time": lambda time: time.tzinfo is None,
    "half_life_s": _within(1e-3, 1e18),
}


def _sentence(acquisition: PetAcquisition, field: str, value: Any) -> str:
    tag, unit = TAGS[field]
    return f"{f'{tag} {_text(value)} {unit}'.strip()} (file: {_shown(acquisition, field)})"


def _shown(acquisition: PetAcquisition, field: str) -> str:
    value = getattr(acquisition, field)
    return "not stated" if value in (None, "") else _text(value)


def _text(value: Any) -> str:
    if value is None:
        return "that of the nuclide"
    if isinstance(value, datetime):
        return value.isoformat(" ")
    return f"{value:.10g}" if isinstance(value, float | int) else str(value)


def _words(name: str) -> str:
    return TAGS[name][0]
