"""From time-integrated activity to absorbed dose by local deposition, and what is left out of it.

D = ã · S / ρ: ã in Bq·s/mL, S in Gy·kg/(Bq·s), ρ the mass density. Alpha particles, recoil nuclei and electrons
stop where they were born; photons and everything the daughters emit are excluded (facts/tb149-pet §6).
"""

from collections.abc import Sequence

from viewer.core.dose import Daughter, Dose
from viewer.core.errors import LowfieldError
from viewer.core.measurement import UncertaintyTerm
from viewer.quantify.decay import decay_constant
from viewer.quantify.dose_constants import DoseConstants
from viewer.quantify.nuclides import descendants

GRAMS_PER_KG = 1000.0
DEFAULT_RBE = 5.0
WATER_G_ML = 1.0
WATER = "1 g/mL assumed"
NOT_INCLUDED = (
    "the energies and branchings per decay of the dose table",
    "the mass density",
    "where the ROI was drawn, and partial volume",
    "models of scatter and prompt gammas",
    "the RBE",
)


def absorbed_dose(
    integral_bq_s_ml: float,
    constants: DoseConstants,
    *,
    rbe: float = DEFAULT_RBE,
    density_g_ml: float = WATER_G_ML,
    density_source: str = WATER,
    terms: Sequence[UncertaintyTerm] = (),
    not_included: Sequence[str] = (),
) -> Dose:
    """Return the dose of a time-integrated activity concentration in Bq·s/mL.

    ``rbe`` weighs alpha particles and recoil nuclei, electrons count once. Raises `LowfieldError` for a density,
    an RBE or an integral that is not possible.
    """
    for what, value in (("density", density_g_ml), ("RBE", rbe)):
        if not 0 < value < float("inf"):
            raise LowfieldError(f"A {what} of {value:g} is not possible.")
    if not 0 <= integral_bq_s_ml < float("inf"):
        raise LowfieldError(f"A time-integrated activity of {integral_bq_s_ml:g} Bq·s/mL gives no dose.")
    per_kg = integral_bq_s_ml * GRAMS_PER_KG / density_g_ml
    return Dose(
        per_kg * constants.alpha_gy_kg,
        per_kg * constants.electron_gy_kg,
        rbe,
        density_g_ml,
        density_source,
        tuple(terms),
        (*not_included, *NOT_INCLUDED),
    )


def daughters(constants: DoseConstants, decays: float | None = None) -> tuple[Daughter, ...]:
    """Return the radioactive daughters and the activity that ``decays`` of the parent leave behind.

    Each decay makes ``fraction`` atoms, which decay with λ_d; none has decayed yet and none has moved, so this is
    the most there can be. For each Bq of parent: fraction · λ_d / λ.
    """
    parent = decay_constant(constants.nuclide.half_life_s)
    rows = []
    known = {row.symbol: row for row in descendants()}
    for symbol, fraction in constants.nuclide.decays_to:
        row = known[symbol]
        rate = fraction * decay_constant(row.half_life_s)
        total = None if decays is None else decays * rate
        rows.append(Daughter(row.name, fraction, row.half_life_s, rate / parent, total))
    return tuple(rows)


def exclusions(constants: DoseConstants) -> tuple[str, ...]:
    """Return in sentences what the dose leaves out: photons, and the daughters' share."""
    photons = " + ".join(f"{mev:g} ({name})" for name, mev in constants.excluded_mev)
    total = sum(mev for _, mev in constants.excluded_mev)
    local = sum(mev for _, mev in constants.local_mev)
    grown = ", ".join(f"{each.name} {1e3 * each.per_bq:.1f} mBq" for each in daughters(constants))
    name = constants.nuclide.name
    return (
        f"Photons are excluded: {photons} = {total:.3f} MeV per decay, most of which leaves the ROI; "
        f"{local:.4f} MeV per decay is deposited locally.",
        f"What the daughters emit is excluded. Each Bq of {name} that decays fully leaves at most {grown}, "
        "if they stay where they were born.",
    )
