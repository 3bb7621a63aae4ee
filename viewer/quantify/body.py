"""What an SUV was divided by: weight, lean mass, ideal weight or surface (PS3.3 C.8.9.1, PS3.16 CID 85)."""

from collections.abc import Callable

from viewer.core.errors import LowfieldError
from viewer.core.pet import PetAcquisition

Size = Callable[[float, float, bool], float]
"""(weight in kg, height in m, male) → lean or ideal mass in kg, or surface in cm²."""


def _james(factor: float) -> Size:
    def lean_mass(weight: float, height: float, male: bool) -> float:
        ratio = (weight / (100 * height)) ** 2
        return 1.10 * weight - factor * ratio if male else 1.07 * weight - 148 * ratio

    return lean_mass


def _janmahasatian(weight: float, height: float, male: bool) -> float:
    body_mass_index = weight / height**2
    bottom = 6680 + 216 * body_mass_index if male else 8780 + 244 * body_mass_index
    return 9270 * weight / bottom


def _ideal(weight: float, height: float, male: bool) -> float:
    over = 100 * height - 152
    return 48.0 + 1.06 * over if male else 45.5 + 0.91 * over


def _surface_cm2(weight: float, height: float, male: bool) -> float:
    return float(71.84 * weight**0.425 * (100 * height) ** 0.725)


SIZES: dict[str, tuple[Size, str]] = {
    "LBM": (_james(120), "lean body mass (James; DCM 126402)"),
    "LBMJAMES128": (_james(128), "lean body mass (James, 128 for males; DCM 126406)"),
    "LBMJANMA": (_janmahasatian, "lean body mass (Janmahasatian; DCM 126405)"),
    "IBW": (_ideal, "ideal body weight (DCM 126404)"),
    "BSA": (_surface_cm2, "body surface (Du Bois; DCM 126403)"),
}


def need_weight_g(acquisition: PetAcquisition) -> float:
    """Return the body weight in g; raise `LowfieldError` where it is missing."""
    weight = acquisition.patient_weight_kg
    if weight is None or not weight > 0:
        raise LowfieldError("The file states no weight (PatientWeight).")
    return 1000 * weight


def suv_bw_per(acquisition: PetAcquisition, suv_type: str) -> tuple[float, str]:
    """Return SUVbw / SUV of ``suv_type`` = weight / size, and the formula; sizes are in g, or cm² for BSA.

    Raises `LowfieldError` for unknown types and where weight, height or sex is missing or impossible.
    """
    if suv_type not in SIZES:
        raise LowfieldError(f"The SUV type {suv_type!r} (SUVType) is not known.")
    size_of, text = SIZES[suv_type]
    weight_g, height, sex = need_weight_g(acquisition), acquisition.patient_height_m, acquisition.patient_sex
    if height is None or not height > 0:
        raise LowfieldError(f"The file states no height (PatientSize), which {text} needs.")
    if sex not in ("M", "F") and suv_type != "BSA":
        raise LowfieldError(f"The sex {sex!r} (PatientSex) is neither M nor F, which {text} needs.")
    size = size_of(weight_g / 1000, height, sex == "M")
    if not size > 0:
        raise LowfieldError(f"Weight and height give an impossible {text}.")
    return weight_g / (size if suv_type == "BSA" else 1000 * size), f"body weight / {text}"
