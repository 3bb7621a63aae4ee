"""What was injected, how much and when (classic PET: PS3.3 C.8.9.2, enhanced PET: C.8.22.4)."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from pydicom.dataset import Dataset

from viewer.core.pet import PetFrame
from viewer.dicom.pet_frames import UNKNOWN_DAY
from viewer.dicom.pet_start import first_start, last_end, tolerance_s
from viewer.dicom.tags import TagReader
from viewer.dicom.times import combine, parse_time

LEAST_DOSE_BQ = 1e4
"""Nobody is scanned with less; a smaller number is in MBq, whatever the standard says."""
LARGEST_DOSE_MBQ = 1e5
"""Nobody is given 100 GBq; a larger number in an enhanced file is in Bq."""
LITTLE_DOSE_BQ = 1e6
"""Below it a dose deserves a look: perhaps it is in kBq."""
DAY = timedelta(days=1)
MOST_HALF_LIVES = 15
"""After more of them nothing is left to image (1/32768): the date of injection must be wrong."""


def radionuclide(isotope: Dataset, reader: TagReader) -> dict[str, Any]:
    """Return nuclide code and meaning, half-life in s and positron fraction as fields of an acquisition."""
    code = reader.item(isotope, "RadionuclideCodeSequence")
    value = reader.text(code, "CodeValue") or reader.text(code, "LongCodeValue")
    meaning = reader.text(code, "CodeMeaning")
    reader.note("nuclide_code", "RadionuclideCodeSequence (0054,0300)", value)
    reader.note("nuclide_meaning", "CodeMeaning of RadionuclideCodeSequence (0054,0300)", meaning)
    drug = reader.item(isotope, "RadiopharmaceuticalCodeSequence")
    name = reader.text(isotope, "Radiopharmaceutical", "radiopharmaceutical") or reader.text(drug, "CodeMeaning")
    fraction = reader.positive(isotope, "RadionuclidePositronFraction", "positron_fraction")
    if fraction is not None and fraction > 1:
        reader.warn("RadionuclidePositronFraction (0018,1076) is above 1 and was ignored.")
        reader.sources.pop("positron_fraction", None)
        fraction = None
    return {
        "nuclide_code": (value, reader.text(code, "CodingSchemeDesignator")) if value else None,
        "nuclide_meaning": meaning,
        "radiopharmaceutical": name,
        "half_life_s": reader.positive(isotope, "RadionuclideHalfLife", "half_life_s"),
        "positron_fraction": fraction,
    }


def dose_bq(isotope: Dataset, enhanced: bool, reader: TagReader) -> float | None:
    """Return RadionuclideTotalDose (0018,1074) in Bq: the unit is Bq in classic PET and MBq in enhanced PET.

    A number that is impossible in the unit of the standard is taken in the other one, with a warning.
    """
    dose = reader.positive(isotope, "RadionuclideTotalDose", "injected_dose_bq")
    if dose is None:
        return None
    unit, is_mbq = ("MBq", dose <= LARGEST_DOSE_MBQ) if enhanced else ("Bq", dose < LEAST_DOSE_BQ)
    if is_mbq != enhanced:
        meant = "MBq" if is_mbq else "Bq"
        reader.warn(
            f"RadionuclideTotalDose (0018,1074) is {dose:g}; in {unit}, as the standard says, this is impossible. "
            f"It is taken as {meant}: check the dose."
        )
        reader.note("injected_dose_bq", f"RadionuclideTotalDose (0018,1074), taken as {meant}", dose)
    found = dose * 1e6 if is_mbq else dose
    if found > 1e6 * LARGEST_DOSE_MBQ:
        reader.warn(f"RadionuclideTotalDose (0018,1074) is {dose:g}, which no unit makes possible: it is ignored.")
        reader.sources.pop("injected_dose_bq", None)
        return None
    if found < LITTLE_DOSE_BQ:
        reader.warn(f"RadionuclideTotalDose (0018,1074) is {found:g} Bq, unusually little: check dose and unit.")
    return found


def injection_time(
    isotope: Dataset,
    scan_start: datetime | None,
    frames: Sequence[PetFrame],
    half_life_s: float | None,
    reader: TagReader,
    zone: str = "",
) -> datetime | None:
    """Return when the injection began: (0018,1078), else (0018,1072) on the day of the scan.

    An injection after the end of the scan is moved back one day, with a warning; one during the scan (dynamic
    study) is kept.
    """
    scan = scan_start or first_start(frames)
    moment = reader.instant(isotope, "RadiopharmaceuticalStartDateTime", zone, "injection_time")
    since_midnight = parse_time(reader.text(isotope, "RadiopharmaceuticalStartTime"))
    if moment and since_midnight is not None:
        _compare_clocks(moment, since_midnight, half_life_s, reader)
    if moment and _dates_disagree(moment, scan, half_life_s):
        reader.warn(
            "RadiopharmaceuticalStartDateTime (0018,1078) and the scan lie too far apart to be of one "
            "study (altered dates?); its time of day is used."
        )
        moment = _on_day_of(scan, timedelta(hours=moment.hour, minutes=moment.minute, seconds=moment.second))
    if moment is None:
        moment = _on_day_of(scan, since_midnight)
        reader.note("injection_time", "RadiopharmaceuticalStartTime (0018,1072) on the day of the scan", moment)
    return _before_scan(moment, scan, frames, reader) if moment and scan else moment


def _dates_disagree(moment: datetime, scan: datetime | None, half_life_s: float | None) -> bool:
    if scan is None:
        return False
    if scan.date() == UNKNOWN_DAY or moment - scan > DAY:
        return True
    limit = timedelta(seconds=MOST_HALF_LIVES * half_life_s) if half_life_s else timedelta(days=365)
    return scan - moment > max(limit, DAY)


def _compare_clocks(
    moment: datetime, since_midnight: timedelta, half_life_s: float | None, reader: TagReader
) -> None:
    """Warn where (0018,1078) and (0018,1072) tell different times of day (time zones, edits)."""
    midnight = moment.replace(hour=0, minute=0, second=0, microsecond=0)
    away = abs((moment - midnight) - since_midnight)
    if min(away, DAY - away).total_seconds() > tolerance_s(half_life_s):
        reader.warn(
            f"RadiopharmaceuticalStartDateTime (0018,1078) says {moment:%H:%M:%S} and "
            f"RadiopharmaceuticalStartTime (0018,1072) {midnight + since_midnight:%H:%M:%S}; "
            "the former is used. Check the injection time."
        )


def _on_day_of(scan: datetime | None, since_midnight: timedelta | None) -> datetime | None:
    return combine(scan.date(), since_midnight) if scan else None


def _before_scan(moment: datetime, scan: datetime, frames: Sequence[PetFrame], reader: TagReader) -> datetime:
    if moment <= scan:
        return moment
    if moment <= (last_end(frames) or scan):
        reader.warn(
            f"The injection began {(moment - scan).total_seconds():.0f} s after the scan (dynamic study?)."
        )
        return moment
    reader.warn("The injection is dated after the scan: it is taken to be of the day before (midnight crossed).")
    return moment - DAY
