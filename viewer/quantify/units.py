"""From the numbers of a PET volume, in their DICOM Units (PS3.3 C.8.9.1.1.3), to Bq/mL and to SUVbw."""

from viewer.core.errors import LowfieldError
from viewer.core.pet import PetAcquisition
from viewer.quantify.body import need_weight_g, suv_bw_per
from viewer.quantify.corrections import need_half_life
from viewer.quantify.decay import decay_factor
from viewer.quantify.declare import Isotope
from viewer.quantify.factors import Factor
from viewer.quantify.timeline import Timeline, elapsed_s

LEAST_DOSE_BQ = 1e4
"""Nobody is scanned with less: the number is in another unit."""
LATEST_INJECTION_S = 3600
"""A dynamic scan may start before the injection, but not by more."""
REFUSED = {
    "": "The file does not state its Units, so its numbers have no meaning as activity.",
    "CPS": "The numbers are counts per second (Units CPS), which no tag turns into activity.",
    "PROPCNTS": "The numbers are only proportional to counts (Units PROPCNTS), not to a known activity.",
    "PROPCPS": "The numbers are only proportional to counts per second (Units PROPCPS), not to a known activity.",
}


def to_bq_ml(acquisition: PetAcquisition, isotope: Isotope, times: Timeline) -> tuple[Factor, ...]:
    """Return the factors to Bq/mL at the time to which the file is corrected.

    Raises `LowfieldError` with the reason where Units cannot be turned into activity.
    """
    units = acquisition.units
    if units == "BQML":
        return ()
    if units == "CNTS" and acquisition.philips_bq_factor:
        return (Factor.of("Philips activity factor", "(7053,1009), Bq/mL", acquisition.philips_bq_factor),)
    suv = _suv_units(acquisition)
    return (*suv, dose_per_gram(acquisition, isotope, times))


def to_suv_bw(acquisition: PetAcquisition, isotope: Isotope, times: Timeline) -> tuple[Factor, ...]:
    """Return the factors to SUVbw in g/mL. Raises `LowfieldError` with the reason where there are none."""
    by_dose = acquisition.units == "BQML" or (acquisition.units == "CNTS" and not acquisition.philips_suv_factor)
    if not by_dose:
        return _suv_units(acquisition)
    to_activity = to_bq_ml(acquisition, isotope, times)
    per_gram = dose_per_gram(acquisition, isotope, times)
    return (*to_activity, per_gram.inverse("weight per dose", f"1 / ({per_gram.formula})"))


def dose_per_gram(acquisition: PetAcquisition, isotope: Isotope, times: Timeline) -> Factor:
    """Return injected dose / body weight, Bq/g, with the dose decayed to the time of the image's numbers.

    START: the scan start; ADMIN: injection, nothing to decay; NONE: when each frame's mean activity was present.
    """
    dose, weight = acquisition.injected_dose_bq, need_weight_g(acquisition)
    if dose is None:
        raise LowfieldError("The file states no injected dose (RadionuclideTotalDose).")
    if dose < LEAST_DOSE_BQ:
        raise LowfieldError(f"A dose of {dose:g} Bq cannot be imaged.", hint="Is it in MBq?")
    if times.decay_correction == "ADMIN":
        return Factor.of("dose per weight", "dose / weight", dose / weight)
    half_life, injection = need_half_life(isotope), times.need_injection()
    if times.decay_correction == "START":
        uptake = elapsed_s(injection, times.need_scan_start(), half_life)
        if uptake < -LATEST_INJECTION_S:
            raise LowfieldError(
                "The injection is dated long after the start of the scan.", hint="Check the times."
            )
        formula = "dose · e^(−λ·(scan start − injection)) / weight"
        return Factor.of("dose per weight", formula, dose * decay_factor(uptake, half_life) / weight)
    if times.decay_correction != "NONE":
        raise LowfieldError("The file does not say to which time it is decay corrected (DecayCorrection).")
    left = [decay_factor(seconds, half_life) for seconds in times.mean_times_s(injection, half_life)]
    formula = "dose · e^(−λ·(frame start + ln F(T)/λ − injection)) / weight"
    return Factor.of("dose per weight", formula, [dose * part / weight for part in left])


def _suv_units(acquisition: PetAcquisition) -> tuple[Factor, ...]:
    """Return the factors from numbers that are an SUV of some kind to SUVbw."""
    units, suv_type = acquisition.units, acquisition.suv_type or {"CM2ML": "BSA"}.get(acquisition.units, "BW")
    if units == "CNTS":
        if not acquisition.philips_suv_factor:
            raise LowfieldError(
                "The numbers are counts (Units CNTS) and Philips' factors (7053,xx00/xx09) are absent."
            )
        return (Factor.of("Philips SUV factor", "(7053,1000), SUVbw", acquisition.philips_suv_factor),)
    if units not in ("GML", "CM2ML"):
        raise LowfieldError(REFUSED.get(units, f"The Units {units} are no activity."))
    if (units == "CM2ML") != (suv_type == "BSA"):
        raise LowfieldError(f"Units {units} and SUVType {suv_type} contradict each other.")
    if suv_type == "BW":
        return ()
    value, formula = suv_bw_per(acquisition, suv_type)
    return (Factor.of("SUV type", formula, value),)


def attenuation_doubt(acquisition: PetAcquisition) -> tuple[str, ...]:
    """Return a warning unless the file says that attenuation was corrected for (CorrectedImage, PS3.3 C.8.9.4)."""
    if not acquisition.corrected_image:
        return ("The file does not say which corrections were made (CorrectedImage).",)
    if "ATTN" not in acquisition.corrected_image:
        return ("Not attenuation corrected (CorrectedImage lacks ATTN): the numbers are no true activity.",)
    return ()
