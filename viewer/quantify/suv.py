"""From the numbers of a PET volume to the standardized uptake value by body weight, SUVbw in g/mL."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from viewer.core.errors import LowfieldError
from viewer.core.pet import PetAcquisition
from viewer.quantify.declare import declare
from viewer.quantify.factors import product
from viewer.quantify.provenance import describe
from viewer.quantify.timeline import Timeline
from viewer.quantify.units import attenuation_doubt, to_suv_bw


@dataclass(frozen=True, eq=False)
class SuvScale:
    """Multiply each slice of a volume, in its DICOM Units, by ``per_slice`` to get SUVbw in g/mL.

    ``per_slice`` (slices,), or (1,) for all slices of a series that states no frames.
    """

    per_slice: NDArray[np.float64]
    provenance: dict[str, Any]
    warnings: tuple[str, ...]


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
    if acquisition.corrected_image and "ATTN" not in acquisition.corrected_image:
        raise LowfieldError(attenuation_doubt(acquisition)[0])
    times = Timeline.of(acquisition)
    factors = to_suv_bw(acquisition, declaration.acquired, times)
    provenance = {
        "quantity": "standardized uptake value by body weight",
        "unit": "g/mL",
        "decay_correction": times.decay_correction,
        **describe(acquisition, declaration, times, factors),
    }
    warnings = (*acquisition.warnings, *declaration.warnings, *attenuation_doubt(acquisition))
    return SuvScale(product(factors, len(times.frames))[times.of_slice], provenance, warnings)
