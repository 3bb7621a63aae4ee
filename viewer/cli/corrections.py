"""The words by which a user corrects patient and dose values of a header, for one measurement only."""

import argparse
from datetime import datetime

from viewer.core.errors import LowfieldError
from viewer.core.pet import UserCorrections

BQ_PER_MBQ = 1e6
UNITS = ("Bq", "kBq", "MBq", "GBq", "mCi", "uCi")


def add_corrections(parser: argparse.ArgumentParser) -> None:
    """Add the options; each replaces one value of the file and is named beside every number."""
    group = parser.add_argument_group(
        "corrections", "what the header has wrong or lacks; the file stays as it is, every number says so"
    )
    group.add_argument("--patient-weight-kg", type=float, metavar="KG")
    group.add_argument("--patient-height-m", type=float, metavar="M")
    group.add_argument("--patient-sex", choices=("M", "F", "O"))
    group.add_argument("--injected-activity-mbq", type=float, metavar="MBQ", help="at the time of injection")
    group.add_argument("--dose-unit", choices=UNITS, help="unit of the file's RadionuclideTotalDose")
    group.add_argument("--injection-time", type=local_time, metavar="ISO-TIME", help="local time of the scanner")
    group.add_argument(
        "--header-nuclide", metavar="NUCLIDE", help="what the header should name as told to the scanner"
    )
    group.add_argument("--half-life-s", type=float, metavar="S", help="the half-life that the scanner used")


def corrections_of(words: argparse.Namespace) -> UserCorrections:
    """Return what the user corrected."""
    mbq = words.injected_activity_mbq
    return UserCorrections(
        patient_weight_kg=words.patient_weight_kg,
        patient_height_m=words.patient_height_m,
        patient_sex=words.patient_sex,
        injected_dose_bq=None if mbq is None else mbq * BQ_PER_MBQ,
        dose_unit=words.dose_unit,
        injection_time=words.injection_time,
        nuclide=words.header_nuclide,
        half_life_s=words.half_life_s,
    )


def local_time(text: str) -> datetime:
    """Read an ISO time without a time zone."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError("say a time such as 2026-05-04T13:30:00") from error
    if moment.tzinfo is not None:
        raise LowfieldError("The time must be in the scanner's local time, without a time zone.")
    return moment
