"""What a number was made of, as a JSON-serialisable document: tags read, nuclides, times, factors."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from viewer.core.pet import PetAcquisition
from viewer.quantify.declare import Declaration
from viewer.quantify.factors import Factor
from viewer.quantify.timeline import Timeline

TAGS = (
    "units", "suv_type", "decay_correction", "corrected_image", "nuclide_code", "nuclide_meaning", "half_life_s",
    "positron_fraction", "injected_dose_bq", "injection_time", "series_time", "scan_start", "patient_weight_kg",
    "patient_height_m", "patient_sex", "manufacturer", "philips_suv_factor", "philips_bq_factor",
)  # fmt: skip


def describe(
    acquisition: PetAcquisition, declaration: Declaration, times: Timeline, factors: Sequence[Factor]
) -> dict[str, Any]:
    """Return how stored numbers became others: by the product of ``factors``, per distinct frame."""
    return {
        "label": declaration.label,
        "formula": " × ".join(
            ["stored value (slope and intercept applied)", *(factor.name for factor in factors)]
        ),
        "factors": [factor.document() for factor in factors],
        "nuclide": {
            "acquired_as": declaration.acquired.document(),
            "is": declaration.actual.document(),
            "rescaled": declaration.rescaled,
        },
        "frames": times.document(),
        "tags": _tags(acquisition),
    }


def _tags(acquisition: PetAcquisition) -> dict[str, dict[str, Any]]:
    """Return every stated field with its value and the tag it was read from."""
    stated = {name: getattr(acquisition, name) for name in TAGS}
    return {
        name: {"value": _plain(value), "source": acquisition.sources.get(name, "")}
        for name, value in stated.items()
        if value not in (None, "", ())
    }


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    return list(value) if isinstance(value, tuple) else value
