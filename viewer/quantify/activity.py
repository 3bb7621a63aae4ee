"""From the numbers of a PET volume to activity concentration in Bq/mL at a stated time, of a stated nuclide."""

import math
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from viewer.core.errors import LowfieldError
from viewer.core.pet import PetAcquisition
from viewer.quantify.chain import daughters_positron_share
from viewer.quantify.corrections import Reference, corrections
from viewer.quantify.declare import Declaration, Isotope, declare
from viewer.quantify.factors import product
from viewer.quantify.nuclides import Nuclide
from viewer.quantify.provenance import describe, label_of
from viewer.quantify.timeline import Timeline, iso
from viewer.quantify.units import doubts, to_bq_ml

CALIBRATION = "calibration of the scanner"
NOT_INCLUDED = ("models of scatter and prompt gammas", "image noise")
DAUGHTERS_THAT_COUNT = 0.005
NO_SCALAR_MENDS = (
    "No factor mends a missing prompt-gamma or scatter model: the scanner corrected for {told}, not for {true}."
)


@dataclass(frozen=True, eq=False)
class ActivityScale:
    """Multiply each slice of a volume, in its DICOM Units, by ``per_slice`` to get Bq/mL at ``reference_time``.

    ``per_slice`` (slices,), or (1,) for all slices of a series that states no frames. ``reference_time`` is naive
    local time, None where the file does not tell. ``label`` belongs beside every number; ``provenance`` is
    JSON-serialisable.
    """

    per_slice: NDArray[np.float64]
    reference_time: datetime | None
    provenance: dict[str, Any]
    warnings: tuple[str, ...]
    label: str


def activity_scale(
    acquisition: PetAcquisition,
    *,
    acquired_as: str | None = None,
    nuclide: str | None = None,
    reference: Reference = "scan",
    calibration_uncertainty: float | None = None,
) -> ActivityScale:
    """Work out the factor from stored numbers to Bq/mL of the true nuclide at ``reference``.

    ``acquired_as`` says what the scanner was told, ``nuclide`` what it really is (default: what the file says).
    ``reference`` is ``scan`` (start of the scan), ``injection`` or a naive local datetime.
    ``calibration_uncertainty`` is the relative standard uncertainty of the scanner's calibration, where the site
    knows it. Raises `LowfieldError` with the reason for units that are no activity, contradictory nuclides, and
    missing times or half-life.
    """
    declaration = declare(acquisition, acquired_as, nuclide)
    times = Timeline.of(acquisition)
    units = to_bq_ml(acquisition, declaration.acquired, times)
    corrected = corrections(times, declaration, reference)
    factors = (*units, *corrected.factors)
    per_frame = product(factors, len(times.frames))
    provenance = {
        "quantity": "activity concentration",
        "unit": "Bq/mL",
        "decay_correction": times.decay_correction,
        "reference": reference if isinstance(reference, str) else iso(reference),
        "reference_time": iso(corrected.reference_time),
        **describe(acquisition, declaration, times, factors),
        "uncertainty": _uncertainty(declaration, times, reference, calibration_uncertainty),
    }
    warnings = (
        *acquisition.warnings,
        *declaration.warnings,
        *corrected.warnings,
        *_cautions(acquisition, declaration, times),
    )
    label = label_of(declaration, acquisition)
    return ActivityScale(per_frame[times.of_slice], corrected.reference_time, provenance, warnings, label)


def _cautions(acquisition: PetAcquisition, declaration: Declaration, times: Timeline) -> tuple[str, ...]:
    cautions = [*doubts(acquisition, declaration.acquired, times), *_daughters(declaration.actual.row, times)]
    if declaration.rescaled:
        told, true = declaration.acquired.name, declaration.actual.name
        cautions.append(f"{declaration.label}. {NO_SCALAR_MENDS.format(told=told, true=true)}")
    return tuple(cautions)


def _daughters(row: Nuclide | None, times: Timeline) -> tuple[str, ...]:
    """Return a warning where daughters that emit positrons themselves make up a part of the image that counts."""
    starts = [frame.start for frame in times.frames if frame.start is not None]
    if row is None or not row.decays_to or times.injection is None or not starts:
        return ()
    since_s = max(0.0, (max(starts) - times.injection).total_seconds())
    share = daughters_positron_share(row, since_s)
    if share < DAUGHTERS_THAT_COUNT:
        return ()
    return (
        f"{since_s / 3600:.1f} h after injection {100 * share:.2g} % of all positrons come from daughters of "
        f"{row.name} (if it was pure then and they stay in place); they are counted as {row.name}.",
    )


def _uncertainty(
    declaration: Declaration, times: Timeline, reference: Reference, calibration: float | None
) -> dict[str, Any]:
    """Return the relative standard uncertainty that the true nuclide's data bring, and what it leaves out.

    What the scanner divided by (its own positron fraction and half-life) is undone exactly and adds none.
    """
    terms = [*_branching_term(declaration.actual), *_half_life_term(declaration, times, reference)]
    missing = [] if terms else [f"nuclear data of {declaration.actual.name or 'the nuclide'}: none in the table"]
    if calibration is None:
        missing.append(CALIBRATION)
    elif not 0 <= calibration < 1:
        raise LowfieldError(f"A calibration uncertainty of {calibration:g} (relative) is not possible.")
    else:
        terms.append({"name": CALIBRATION, "relative": calibration, "source": "as the user states"})
    combined = math.hypot(*(term["relative"] for term in terms)) if terms else None
    return {"relative": combined, "terms": terms, "not_included": [*missing, *NOT_INCLUDED]}


def _branching_term(actual: Isotope) -> list[dict[str, Any]]:
    row = actual.row
    if row is None or row.branching_uncertainty is None:
        return []
    return [_term("positron fraction", row, row.branching_uncertainty / row.positron_fraction)]


def _half_life_term(declaration: Declaration, times: Timeline, reference: Reference) -> list[dict[str, Any]]:
    """Return by how much the factors change, at most, with the half-life one standard uncertainty longer."""
    actual = declaration.actual
    row = actual.row
    if row is None or row.half_life_uncertainty_s is None or actual.half_life_s is None:
        return []

    def total(changed: Declaration) -> NDArray[np.float64]:
        return product(corrections(times, changed, reference).factors, len(times.frames))

    longer = replace(actual, half_life_s=actual.half_life_s + row.half_life_uncertainty_s)
    told = declaration.acquired if declaration.rescaled else longer
    change = total(Declaration(told, longer)) / total(declaration) - 1
    return [_term("half-life", row, float(np.abs(change).max()))]


def _term(what: str, row: Nuclide, relative: float) -> dict[str, Any]:
    return {
        "name": f"{what} of {row.name}",
        "relative": relative,
        "source": row.uncertainty_source or row.source,
    }
