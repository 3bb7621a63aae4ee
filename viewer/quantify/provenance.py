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
    "patient_height_m", "patient_sex", "radiopharmaceutical", "manufacturer", "philips_suv_factor",
    "philips_bq_factor",
)  # fmt: skip


def describe(
    acquisition: PetAcquisition, declaration: Declaration, times: Timeline, factors: Sequence[Factor]
) -> dict[str, Any]:
    """Return how stored numbers became others: by the product of ``factors``, per distinct frame."""
    rescale = _rescale(acquisition)
    return {
        "label": label_of(declaration, acquisition),
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
        **({"rescale": rescale} if rescale else {}),
        **({"corrected_by_user": list(acquisition.corrected_by_user)} if acquisition.corrected_by_user else {}),
    }


def label_of(declaration: Declaration, acquisition: PetAcquisition) -> str:
    """Return what stands beside every number: the nuclide, and what the user corrected."""
    names = [sentence.split(" ", 1)[0] for sentence in acquisition.corrected_by_user]
    return "; corrected by user: ".join(filter(None, (declaration.label, ", ".join(names))))


def _rescale(acquisition: PetAcquisition) -> dict[str, Any] | None:
    """Return RescaleSlope and RescaleIntercept, their ranges where they differ from slice to slice."""
    slopes = [frame.rescale_slope for frame in acquisition.frames if frame.rescale_slope is not None]
    intercepts = [frame.rescale_intercept for frame in acquisition.frames if frame.rescale_intercept is not None]
    if not slopes or not intercepts:
        return None
    return {
        "slope": [min(slopes), max(slopes)] if len(set(slopes)) > 1 else slopes[0],
        "intercept": [min(intercepts), max(intercepts)] if len(set(intercepts)) > 1 else intercepts[0],
        "distinct_slopes": len(set(slopes)),
        "source": acquisition.sources.get("frames.rescale", ""),
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
