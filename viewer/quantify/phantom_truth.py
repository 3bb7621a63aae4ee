"""True concentrations of a phantom, decayed to the time that the image's numbers hold for."""

from typing import Any

from viewer.core.errors import LowfieldError
from viewer.core.phantom import TrueFill
from viewer.quantify.activity import ActivityScale
from viewer.quantify.decay import decay_factor
from viewer.quantify.timeline import elapsed_s, iso


def check_fill(fill: TrueFill) -> None:
    """Raise `LowfieldError` for concentrations that are not possible, or without their time."""
    given = [value for value in (fill.spheres_bq_ml, fill.background_bq_ml) if value is not None]
    if any(not 0 < value < float("inf") for value in given):
        raise LowfieldError("A true concentration is a number of kBq/mL above 0.")
    if given and fill.at is None:
        raise LowfieldError(
            "The true concentrations have no time.", hint="Say when they were so, e.g. --at 2026-05-04T13:30."
        )
    if fill.spheres_bq_ml and fill.background_bq_ml and fill.spheres_bq_ml <= fill.background_bq_ml:
        raise LowfieldError("The spheres are not hotter than the background: only hot spheres are evaluated.")


def decayed(fill: TrueFill, scale: ActivityScale) -> tuple[float | None, float | None, dict[str, Any]]:
    """Return spheres' and background's concentration in Bq/mL at the image's reference time, and how.

    The half-life is that of the nuclide in use. Raises `LowfieldError` where time or half-life is not known.
    """
    check_fill(fill)
    if fill.at is None:
        return None, None, {}
    half_life = scale.provenance["nuclide"]["is"]["half_life_s"]
    if scale.reference_time is None or half_life is None:
        raise LowfieldError(
            "The file does not say to which time, or with which half-life, its numbers are decay-corrected, so "
            "the true concentrations cannot be compared with them."
        )
    elapsed = elapsed_s(fill.at, scale.reference_time, half_life)
    factor = decay_factor(elapsed, half_life)
    how = {
        "at": iso(fill.at),
        "reference_time": iso(scale.reference_time),
        "elapsed_s": elapsed,
        "half_life_s": half_life,
        "nuclide": scale.provenance["nuclide"]["is"]["name"],
        "decay_factor": factor,
        "spheres_bq_ml_at_fill": fill.spheres_bq_ml,
        "background_bq_ml_at_fill": fill.background_bq_ml,
    }
    spheres, background = (
        None if value is None else value * factor for value in (fill.spheres_bq_ml, fill.background_bq_ml)
    )
    return spheres, background, how
