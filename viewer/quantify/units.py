"""From the numbers of a PET volume, in their DICOM Units (PS3.3 C.8.9.1.1.3), to Bq/mL and to SUVbw."""

from viewer.core.errors import LowfieldError
from viewer.core.pet import PetAcquisition
from viewer.quantify.body import need_weight_g, suv_bw_per
from viewer.quantify.corrected import as_scanned
from viewer.quantify.corrections import need_half_life
from viewer.quantify.decay import decay_factor
from viewer.quantify.declare import Isotope
from viewer.quantify.factors import Factor
from viewer.quantify.timeline import Timeline, elapsed_s

LEAST_DOSE_BQ = 1e4
"""Nobody is scanned with less: the number is in another unit."""
PHILIPS_TOLERANCE = 0.01
"""How far, relative, Philips' two factors may lie apart from what dose and weight say."""
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
    scanned = as_scanned(acquisition)
    suv = _suv_units(scanned)
    return (*suv, dose_per_gram(scanned, isotope, Timeline.of(scanned)))


def to_suv_bw(acquisition: PetAcquisition, isotope: Isotope, times: Timeline) -> tuple[Factor, ...]:
    """Return the factors to SUVbw in g/mL. Raises `LowfieldError` with the reason where there are none."""
    by_dose = acquisition.units == "BQML" or (acquisition.units == "CNTS" and not acquisition.philips_suv_factor)
    if not by_dose:
        scanned = as_scanned(acquisition)
        return (*_suv_units(scanned), *_recomputed(acquisition, scanned, isotope))
    to_activity = to_bq_ml(acquisition, isotope, times)
    per_gram = dose_per_gram(acquisition, isotope, times)
    return (*to_activity, per_gram.inverse("weight per dose", f"1 / ({per_gram.formula})"))


def _recomputed(acquisition: PetAcquisition, scanned: PetAcquisition, isotope: Isotope) -> tuple[Factor, ...]:
    """Return the factors from the SUV that the scanner worked out to that of the values the user corrected."""
    factors = []
    old_kg, new_kg = scanned.patient_weight_kg, acquisition.patient_weight_kg
    if old_kg and new_kg and old_kg != new_kg:
        factors.append(Factor.of("corrected weight", "weight (user) / weight (file)", new_kg / old_kg))
    old_bq, new_bq = scanned.injected_dose_bq, acquisition.injected_dose_bq
    if old_bq and new_bq and old_bq != new_bq:
        factors.append(Factor.of("corrected dose", "dose (file) / dose (user)", old_bq / new_bq))
    old, new = scanned.injection_time, acquisition.injection_time
    if old and new and old != new:
        half_life = need_half_life(isotope)
        later = decay_factor(elapsed_s(old, new, half_life), half_life)
        factors.append(
            Factor.of("corrected injection time", "e^(−λ·(injection (user) − injection (file)))", later)
        )
    return tuple(factors)


def dose_per_gram(acquisition: PetAcquisition, isotope: Isotope, times: Timeline) -> Factor:
    """Return injected dose / body weight, Bq/g, with the dose decayed to the time of the image's numbers.

    START: the scan start; ADMIN: injection, nothing to decay; NONE: when each frame's mean activity was present.
    """
    dose, weight = acquisition.injected_dose_bq, need_weight_g(acquisition)
    if dose is None:
        raise LowfieldError("The file states no injected dose (RadionuclideTotalDose).")
    if dose < LEAST_DOSE_BQ:
        raise LowfieldError(f"A dose of {dose:g} Bq cannot be imaged.", hint="Is it in MBq?")
    if times.decay_correction == "ADMIN" and times.injection == times.admin_time:
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
    if times.decay_correction == "ADMIN":
        moved = elapsed_s(injection, times.need_admin_time(), half_life)
        formula = "dose · e^(−λ·(injection (file) − injection (user))) / weight"
        return Factor.of("dose per weight", formula, dose * decay_factor(moved, half_life) / weight)
    if times.decay_correction != "NONE":
        raise LowfieldError("The file does not say to which time it is decay corrected (DecayCorrection).")
    left = [decay_factor(seconds, half_life) for seconds in times.mean_times_s(injection, half_life)]
    formula = "dose · e^(−λ·(frame start + ln F(T)/λ − injection)) / weight"
    return Factor.of("dose per weight", formula, [dose * part / weight for part in left])


def _suv_units(acquisition: PetAcquisition) -> tuple[Factor, ...]:
    """Return the factors from numbers that are an SUV of some kind to SUVbw."""
    units, suv_type = acquisition.units, suv_type_of(acquisition)
    if units == "CNTS":
        if not acquisition.philips_suv_factor:
            raise LowfieldError(
                "The numbers are counts (Units CNTS) and Philips' factors (7053,xx00/xx09) are absent."
            )
        return (Factor.of("Philips SUV factor", "(7053,1000), SUVbw", acquisition.philips_suv_factor),)
    if units not in ("GML", "CM2ML"):
        raise LowfieldError(REFUSED.get(units, f"The Units {units} are no activity."))
    if units == "CM2ML" and suv_type != "BSA":
        raise LowfieldError(f"Units {units} and SUVType {suv_type} contradict each other.")
    if suv_type == "BW":
        return ()
    value, formula = suv_bw_per(acquisition, suv_type)
    return (Factor.of("SUV type", formula, value),)


def suv_type_of(acquisition: PetAcquisition) -> str:
    """Return SUVType (0054,1006); where it is empty the Units decide: CM2ML is by surface, all else by weight."""
    return acquisition.suv_type or {"CM2ML": "BSA"}.get(acquisition.units, "BW")


def doubts(acquisition: PetAcquisition, isotope: Isotope, times: Timeline) -> tuple[str, ...]:
    """Return warnings about units and corrections that do not forbid a number."""
    found = [*attenuation_doubt(acquisition)]
    if acquisition.units == "GML" and acquisition.suv_type == "BSA":
        found.append("Units GML and SUVType BSA contradict each other: the numbers are taken as SUVbsa in cm²/mL.")
    suv, activity = acquisition.philips_suv_factor, acquisition.philips_bq_factor
    if acquisition.units == "CNTS" and suv and activity:
        found += _philips_doubt(activity / suv, as_scanned(acquisition), isotope)
    return tuple(found)


def _philips_doubt(stated: float, scanned: PetAcquisition, isotope: Isotope) -> tuple[str, ...]:
    """Compare Bq/mL per SUVbw of Philips' two factors with dose and weight of the header."""
    try:
        expected = float(dose_per_gram(scanned, isotope, Timeline.of(scanned)).values[0])
    except LowfieldError:
        return ()
    away = stated / expected - 1
    if abs(away) <= PHILIPS_TOLERANCE:
        return ()
    return (
        f"Philips' two factors (7053,1009) and (7053,1000) imply a dose per weight {100 * away:+.1f} % off that "
        "of the header: check dose, weight and times.",
    )


def attenuation_doubt(acquisition: PetAcquisition) -> tuple[str, ...]:
    """Return a warning unless the file says that attenuation was corrected for (CorrectedImage, PS3.3 C.8.9.4)."""
    if not acquisition.corrected_image:
        return ("The file does not say which corrections were made (CorrectedImage).",)
    if "ATTN" not in acquisition.corrected_image:
        return ("Not attenuation corrected (CorrectedImage lacks ATTN): the numbers are no true activity.",)
    return ()
