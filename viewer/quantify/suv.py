"""From the numbers of a PET volume to standardized uptake values: SUVbw in g/mL, and other kinds beside it.

Names and formulas of PS3.16 CID 85 and SUVType (0054,1006).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from viewer.core.errors import LowfieldError
from viewer.core.pet import PetAcquisition
from viewer.quantify.body import SIZES, suv_bw_per
from viewer.quantify.declare import declare
from viewer.quantify.factors import product
from viewer.quantify.provenance import describe
from viewer.quantify.timeline import Timeline
from viewer.quantify.units import attenuation_doubt, doubts, suv_type_of, to_suv_bw

SUV_NAMES = {
    "LBM": "SUVlbm",
    "LBMJAMES128": "SUVlbm(James128)",
    "LBMJANMA": "SUVlbm(Janma)",
    "IBW": "SUVibw",
    "BSA": "SUVbsa",
}
"""SUVType and the name in PS3.16 CID 85."""
SUV_UNITS = {name: "cm2/mL" if name == "SUVbsa" else "g/mL" for name in SUV_NAMES.values()}


@dataclass(frozen=True, eq=False)
class SuvScale:
    """Multiply each slice of a volume, in its DICOM Units, by ``per_slice`` to get SUVbw in g/mL.

    ``per_slice`` (slices,), or (1,) for all slices of a series that states no frames. ``others`` leads from SUVbw
    to the other kinds of SUV, by name; ``missing`` says why there is none of a kind.
    """

    per_slice: NDArray[np.float64]
    provenance: dict[str, Any]
    warnings: tuple[str, ...]
    others: Mapping[str, float] = field(default_factory=dict)
    missing: Mapping[str, str] = field(default_factory=dict)


def suv_bw_scale(
    acquisition: PetAcquisition, *, acquired_as: str | None = None, nuclide: str | None = None
) -> SuvScale:
    """Work out the factor from stored numbers to SUVbw = C · weight / dose, the dose decayed to the image's time.

    Raises `LowfieldError` with the reason when anything it needs is missing, when attenuation was not corrected
    for, and when the nuclide is not the one the scanner was told: then the dose in the file belongs to that other
    nuclide (or was measured under its setting), and a quotient of the two would look like an SUV but be none.
    """
    declaration = declare(acquisition, acquired_as, nuclide)
    if declaration.rescaled:
        told, true = declaration.acquired.name, declaration.actual.name
        raise LowfieldError(
            f"The dose in the file was recorded for {told}; dividing the activity of {true} by it gives no SUV."
        )
    _refuse_uncorrected(acquisition)
    times = Timeline.of(acquisition)
    factors = to_suv_bw(acquisition, declaration.acquired, times)
    others, missing = _others(acquisition)
    provenance = {
        "quantity": "standardized uptake value by body weight",
        "unit": "g/mL",
        "decay_correction": times.decay_correction,
        **describe(acquisition, declaration, times, factors),
        "other_suv_per_suv_bw": others,
        "other_suv_missing": missing,
    }
    warnings = (
        *acquisition.warnings,
        *declaration.warnings,
        *doubts(acquisition, declaration.acquired, times),
    )
    per_slice = product(factors, len(times.frames))[times.of_slice]
    return SuvScale(per_slice, provenance, warnings, others, missing)


def stored_suv(acquisition: PetAcquisition) -> str:
    """Return the name of the SUV that the stored numbers are themselves (other than SUVbw), "" where they are
    none.

    A file of SUVlbm says so even where height or sex, which SUVbw would need, are missing.
    """
    if acquisition.units not in ("GML", "CM2ML") or acquisition.corrected_by_user:
        return ""
    _refuse_uncorrected(acquisition)
    suv_type = suv_type_of(acquisition)
    fits = acquisition.units == "GML" or suv_type == "BSA"
    return SUV_NAMES.get(suv_type, "") if fits else ""


def _refuse_uncorrected(acquisition: PetAcquisition) -> None:
    if acquisition.corrected_image and "ATTN" not in acquisition.corrected_image:
        raise LowfieldError(attenuation_doubt(acquisition)[0])


def _others(acquisition: PetAcquisition) -> tuple[dict[str, float], dict[str, str]]:
    """Return what SUVbw is multiplied by to get each other kind, and why some are missing."""
    found, missing = {}, {}
    for suv_type in SIZES:
        name = SUV_NAMES[suv_type]
        try:
            found[name] = 1 / suv_bw_per(acquisition, suv_type)[0]
        except LowfieldError as error:
            missing[name] = str(error)
    return found, missing
