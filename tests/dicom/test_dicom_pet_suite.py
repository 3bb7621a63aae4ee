"""What a suite of SUV reference objects varies, one header each: the same patient, dose and uptake told in
many ways.

Every header below belongs to one truth, a voxel of SUVbw 4 in a patient of 70 kg: only how the file tells it
differs. The stored number is worked out here from that truth by the formulas of facts/tb149-pet §3, not by the
code under test.
"""

import math
from datetime import datetime

import pytest
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from viewer.core.errors import LowfieldError
from viewer.dicom.pet import read_acquisition
from viewer.quantify.activity import activity_scale
from viewer.quantify.suv import suv_bw_scale

pytestmark = pytest.mark.filterwarnings(
    "ignore::UserWarning:pydicom"
)  # some headers break the standard on purpose
SUV, DOSE, WEIGHT_G, HEIGHT_CM, F18 = 4.0, 368_080_000.0, 70_000.0, 175.0, 6586.2
LBM_MALE_128 = 1.10 * 70 - 128 * (70 / 175) ** 2
MEAN_300 = math.log((x := math.log(2) / F18 * 300) / -math.expm1(-x)) * F18 / math.log(2)
PHILIPS = {"Units": "CNTS", "Manufacturer": "Philips Medical Systems"}
GE = {"Manufacturer": "GE MEDICAL SYSTEMS"}


def header(isotope=None, private=None, **tags) -> Dataset:
    """18F injected at 10:00, scanned at 11:00 on one day; None removes a tag."""
    dataset, item = Dataset(), Dataset()
    fields = {
        "Modality": "PT", "Manufacturer": "Synthetic", "SeriesType": ["STATIC", "IMAGE"], "Units": "BQML",
        "DecayCorrection": "START", "CorrectedImage": ["NORM", "DTIM", "ATTN", "SCAT", "DECY", "RAN"],
        "StudyDate": "20250101", "SeriesDate": "20250101", "AcquisitionDate": "20250101",
        "StudyTime": "110000.000000", "SeriesTime": "110000.000000", "AcquisitionTime": "110000.000000",
        "ActualFrameDuration": "300000", "FrameReferenceTime": "150000.0", "DecayFactor": "1.0",
        "PatientWeight": "70.0", "PatientSize": "1.75", "PatientSex": "O",
    }  # fmt: skip
    inside = {
        "Radiopharmaceutical": "FDG", "RadiopharmaceuticalStartTime": "100000.000000",
        "RadiopharmaceuticalStartDateTime": "20250101100000.000000", "RadionuclideTotalDose": "368080000.0",
        "RadionuclideHalfLife": "6586.2", "RadionuclidePositronFraction": "0.9673",
    }  # fmt: skip
    code = Dataset()
    code.CodeValue, code.CodingSchemeDesignator, code.CodeMeaning = "C-111A1", "SRT", "^18^Fluorine"
    item.RadionuclideCodeSequence = Sequence([code])
    for target, known, changes in ((dataset, fields, tags), (item, inside, isotope or {})):
        for keyword, value in (known | changes).items():
            if value is not None:
                setattr(target, keyword, value)
    for place, (vr, value) in (private or {}).items():
        dataset.add_new(place, vr, value)
    dataset.RadiopharmaceuticalInformationSequence = Sequence([item])
    return dataset


def bq_ml(elapsed_s: float, half_life_s: float = F18) -> float:
    """The activity concentration that makes SUV 4, so long after injection."""
    return SUV * DOSE * math.exp(-math.log(2) / half_life_s * elapsed_s) / WEIGHT_G


AT_START = bq_ml(3600)
VARIANTS = {
    "default": ({}, AT_START),
    # units
    "GML, SUVType BW": ({"Units": "GML", "SUVType": "BW"}, SUV),
    "GML, SUVType empty": ({"Units": "GML", "SUVType": ""}, SUV),
    "GML, SUVType absent": ({"Units": "GML"}, SUV),
    "GML, lower case": ({"Units": "gml", "SUVType": "bw"}, SUV),
    "GML LBM, male": ({"Units": "GML", "SUVType": "LBM", "PatientSex": "M"}, SUV / 70 * (1.10 * 70 - 120 * 0.16)),
    "GML LBM, female": (
        {"Units": "GML", "SUVType": "LBM", "PatientSex": "F"},
        SUV / 70 * (1.07 * 70 - 148 * 0.16),
    ),
    "GML LBMJAMES128": ({"Units": "GML", "SUVType": "LBMJAMES128", "PatientSex": "M"}, SUV / 70 * LBM_MALE_128),
    "GML LBMJANMA": (
        {"Units": "GML", "SUVType": "LBMJANMA", "PatientSex": "M"},
        SUV / 70 * 9270 * 70 / (6680 + 216 * 70 / 1.75**2),
    ),
    "GML IBW, male": ({"Units": "GML", "SUVType": "IBW", "PatientSex": "M"}, SUV / 70 * (48.0 + 1.06 * 23)),
    "GML IBW, female": ({"Units": "GML", "SUVType": "IBW", "PatientSex": "F"}, SUV / 70 * (45.5 + 0.91 * 23)),
    "CM2ML, SUVType BSA": (
        {"Units": "CM2ML", "SUVType": "BSA"},
        SUV / WEIGHT_G * 71.84 * 70**0.425 * 175**0.725,
    ),
    "CM2ML, no SUVType": ({"Units": "CM2ML"}, SUV / WEIGHT_G * 71.84 * 70**0.425 * 175**0.725),
    "GML with SUVType BSA": (
        {"Units": "GML", "SUVType": "BSA"},
        SUV / WEIGHT_G * 71.84 * 70**0.425 * 175**0.725,
    ),
    "CNTS, SUV factor": (PHILIPS | {"private": {0x70531000: ("DS", "0.0005")}}, SUV / 0.0005),
    "CNTS, activity factor": (PHILIPS | {"private": {0x70531009: ("DS", "1.7")}}, AT_START / 1.7),
    "CNTS, SUV factor 0": (
        PHILIPS | {"private": {0x70531000: ("DS", "0"), 0x70531009: ("DS", "1.7")}},
        AT_START / 1.7,
    ),
    "CNTS, both factors": (
        PHILIPS
        | {"private": {0x70531000: ("DS", "0.0005"), 0x70531009: ("DS", f"{0.0005 * AT_START / SUV:.10g}")}},
        SUV / 0.0005,
    ),
    "BQML with Philips factors beside": (
        {"Manufacturer": "Philips", "private": {0x70531000: ("DS", "0.5"), 0x70531009: ("DS", "1.7")}},
        AT_START,
    ),
    # dose, weight, height
    "dose in MBq": ({"isotope": {"RadionuclideTotalDose": "368.08"}}, AT_START),
    "weight in grams": ({"PatientWeight": "70000"}, AT_START),
    "height in cm": (
        {"Units": "GML", "SUVType": "IBW", "PatientSex": "M", "PatientSize": "175"},
        SUV / 70 * 72.38,
    ),
    "height in mm": (
        {"Units": "GML", "SUVType": "IBW", "PatientSex": "M", "PatientSize": "1750"},
        SUV / 70 * 72.38,
    ),
    "height absent": ({"PatientSize": None}, AT_START),
    # decay correction
    "ADMIN": ({"DecayCorrection": "ADMIN"}, bq_ml(0)),
    "ADMIN, scan hours later": ({"DecayCorrection": "ADMIN", "SeriesTime": "150000"}, bq_ml(0)),
    "NONE": (
        {"DecayCorrection": "NONE", "CorrectedImage": ["ATTN"]},
        bq_ml(3600 + MEAN_300),
    ),
    "NONE, second bed": (
        {
            "DecayCorrection": "NONE",
            "CorrectedImage": ["ATTN"],
            "AcquisitionTime": "111000",
            "FrameReferenceTime": "750000",
        },
        bq_ml(4200 + MEAN_300),
    ),
    # start of the scan
    "acquisition later than the series": (
        {"AcquisitionTime": "113000", "FrameReferenceTime": "1950000"},
        AT_START,
    ),
    "GE private time, series in order": (
        GE | {"AcquisitionTime": "113000", "private": {0x0009100D: ("DT", "20250101110000.00")}},
        AT_START,
    ),
    "GE private time, series rewritten": (
        GE
        | {
            "AcquisitionTime": "113000",
            "SeriesTime": "163000",
            "private": {0x0009100D: ("DT", "20250101110000.00")},
        },
        AT_START,
    ),
    "GE private time with its creator": (
        GE
        | {
            "SeriesTime": "163000",
            "private": {0x00090010: ("LO", "GEMS_PETD_01"), 0x0009100D: ("DT", "20250101110000.00")},
        },
        AT_START,
    ),
    "GE, series rewritten, no private time": (GE | {"SeriesTime": "163000", "FrameReferenceTime": "0"}, AT_START),
    "series rewritten, Siemens reference": (
        {
            "Manufacturer": "SIEMENS",
            "SeriesTime": "163000",
            "AcquisitionTime": "113000",
            "FrameReferenceTime": f"{1e3 * (1800 + MEAN_300):.4f}",
        },
        AT_START,
    ),
    "series rewritten, Philips reference": (
        {
            "Manufacturer": "Philips Medical Systems",
            "SeriesTime": "163000",
            "AcquisitionTime": "113000",
            "FrameReferenceTime": "1950000",
        },
        AT_START,
    ),
    "series rewritten, GE reference": (
        GE | {"SeriesTime": "163000", "AcquisitionTime": "113000", "FrameReferenceTime": "1800000"},
        AT_START,
    ),
    "series rewritten, unknown maker whose DecayFactor tells": (
        {
            "SeriesTime": "163000",
            "AcquisitionTime": "113000",
            "FrameReferenceTime": "1800000",
            "DecayFactor": f"{2 ** ((1800 + MEAN_300) / F18):.6f}",
        },
        AT_START,
    ),
    "series time absent": (
        {"SeriesTime": None, "Manufacturer": "SIEMENS", "FrameReferenceTime": f"{1e3 * MEAN_300:.4f}"},
        AT_START,
    ),
    # injection
    "only the time": ({"isotope": {"RadiopharmaceuticalStartDateTime": None}}, AT_START),
    "only date and time": ({"isotope": {"RadiopharmaceuticalStartTime": None}}, AT_START),
    "date and time empty": ({"isotope": {"RadiopharmaceuticalStartDateTime": ""}}, AT_START),
    "both, time wrong": ({"isotope": {"RadiopharmaceuticalStartTime": "093000"}}, AT_START),
    "date of injection altered": ({"isotope": {"RadiopharmaceuticalStartDateTime": "19700101100000"}}, AT_START),
    "midnight crossed, only the time": (
        {
            "SeriesTime": "003000",
            "AcquisitionTime": "003000",
            "StudyTime": "003000",
            "isotope": {"RadiopharmaceuticalStartDateTime": None, "RadiopharmaceuticalStartTime": "233000"},
        },
        AT_START,
    ),
    "midnight crossed, date not put back": (
        {
            "SeriesTime": "003000",
            "AcquisitionTime": "003000",
            "isotope": {
                "RadiopharmaceuticalStartDateTime": "20250101233000",
                "RadiopharmaceuticalStartTime": "233000",
            },
        },
        AT_START,
    ),
    "midnight crossed, dates right": (
        {
            "SeriesTime": "003000",
            "AcquisitionTime": "003000",
            "isotope": {
                "RadiopharmaceuticalStartDateTime": "20241231233000",
                "RadiopharmaceuticalStartTime": "233000",
            },
        },
        AT_START,
    ),
    "midnight during the scan, no AcquisitionDate": (
        {
            "SeriesTime": "235500",
            "AcquisitionTime": "000500",
            "AcquisitionDate": None,
            "FrameReferenceTime": "750000",
            "isotope": {
                "RadiopharmaceuticalStartDateTime": "20250101225500",
                "RadiopharmaceuticalStartTime": "225500",
            },
        },
        AT_START,
    ),
    # dates
    "no dates": (
        {
            "StudyDate": None,
            "SeriesDate": None,
            "AcquisitionDate": None,
            "isotope": {"RadiopharmaceuticalStartDateTime": None},
        },
        AT_START,
    ),
    "no dates but that of injection": ({"StudyDate": None, "SeriesDate": None, "AcquisitionDate": None}, AT_START),
    "only StudyDate": ({"SeriesDate": None, "AcquisitionDate": None}, AT_START),
    "no SeriesDate": ({"SeriesDate": None}, AT_START),
    "no AcquisitionDate": ({"AcquisitionDate": None}, AT_START),
    "times without colons or fractions": ({"SeriesTime": "1100", "AcquisitionTime": "11"}, AT_START),
    "times with colons": ({"SeriesTime": "11:00:00", "AcquisitionTime": "11:00:00"}, AT_START),
    # nuclides
    "half-life absent, nuclide coded": ({"isotope": {"RadionuclideHalfLife": None}}, AT_START),
    "half-life 0, nuclide coded": ({"isotope": {"RadionuclideHalfLife": "0"}}, AT_START),
    "positron fraction 1": ({"isotope": {"RadionuclidePositronFraction": "1.0"}}, AT_START),
    "positron fraction absent": ({"isotope": {"RadionuclidePositronFraction": None}}, AT_START),
}


@pytest.mark.parametrize("name", VARIANTS)
def test_every_way_to_tell_it_gives_the_same_suv(name):
    tags, stored = VARIANTS[name]
    acquisition = read_acquisition([header(**tags)])
    found = stored * suv_bw_scale(acquisition).per_slice[0]
    # 0.004 % is what 18F decays in the rounding of middles and mean times of a 5 min frame.
    assert found == pytest.approx(SUV, rel=1e-6 if "eference" not in name else 5e-5)


@pytest.mark.parametrize("name", VARIANTS)
def test_every_way_to_tell_it_gives_the_same_activity(name):
    tags, stored = VARIANTS[name]
    acquisition = read_acquisition([header(**tags)])
    if acquisition.scan_start is None or acquisition.injection_time is None:
        pytest.skip("no times, no common reference")
    found = stored * activity_scale(acquisition, reference="injection").per_slice[0]
    assert found == pytest.approx(SUV * DOSE / WEIGHT_G, rel=1e-6 if "eference" not in name else 5e-5)


NUCLIDES = {
    "Ga68, code of 66Ga": (("C-131A1", "SRT", "^68^Gallium"), 4057.7),
    "Ga68": (("35337001", "SCT", "^68^Gallium"), 4080.0),
    "C11": (("C-105A1", "SNM3", "^11^Carbon"), 1223.4),
    "N13": (("C-107A1", "99SDM", "^13^Nitrogen"), 597.9),
    "Cu64": (("C-127A2", "SRT", "^64^Copper"), 45721.1),
    "Zr89": (("C-168A4", "SRT", "^89^Zirconium"), 282240.0),
    "I124": (("C-114A5", "SRT", "^124^Iodine"), 360806.0),
    "Y86": (("10738001", "SCT", "^86^Yttrium"), 53064.0),
    "Tb149": (("TB149", "99LOCAL", "^149^Terbium"), 14824.8),
    "unknown": (("X", "99X", "^99m^Technetium"), 21624.0),
}


@pytest.mark.parametrize("name", NUCLIDES)
def test_every_nuclide_decays_with_the_half_life_of_the_file(name):
    (value, scheme, meaning), half_life = NUCLIDES[name]
    dataset = header({"RadionuclideHalfLife": str(half_life), "RadionuclidePositronFraction": None})
    code = dataset.RadiopharmaceuticalInformationSequence[0].RadionuclideCodeSequence[0]
    code.CodeValue, code.CodingSchemeDesignator, code.CodeMeaning = value, scheme, meaning
    scale = suv_bw_scale(read_acquisition([dataset]))
    assert bq_ml(3600, half_life) * scale.per_slice[0] == pytest.approx(SUV, rel=1e-9)


WARNED = {
    "weight in grams": ({"PatientWeight": "70000"}, "taken as grams"),
    "height in cm": ({"PatientSize": "175"}, "taken as centimetres"),
    "height in mm": ({"PatientSize": "1750"}, "taken as millimetres"),
    "dose in MBq": ({"isotope": {"RadionuclideTotalDose": "368.08"}}, "taken as MBq"),
    "dose in kBq, perhaps": ({"isotope": {"RadionuclideTotalDose": "368080"}}, "unusually little"),
    "two clocks": ({"isotope": {"RadiopharmaceuticalStartTime": "093000"}}, "Check the injection time"),
    "midnight": (
        {"isotope": {"RadiopharmaceuticalStartDateTime": None, "RadiopharmaceuticalStartTime": "233000"}},
        "midnight crossed",
    ),
    "no dates": (
        {"StudyDate": "", "SeriesDate": None, "AcquisitionDate": "00000000"},
        "holds no dates",
    ),
    "FrameReferenceTime apart": ({"FrameReferenceTime": "1950000"}, "s apart"),
    "GE time apart": (
        GE
        | {
            "AcquisitionTime": "113000",
            "private": {0x0009100D: ("DT", "20250101104500.00")},
            "FrameReferenceTime": "1800000",
        },
        "scan_datetime (0009,xx0d) lie 900.0 s apart",
    ),
    "DecayFactor apart": ({"DecayFactor": "1.5"}, "DecayFactor (0054,1321) does not fit"),
    "Philips factors apart": (
        PHILIPS | {"private": {0x70531000: ("DS", "0.0005"), 0x70531009: ("DS", "9.9")}},
        "Philips' two factors",
    ),
    "BSA called g/mL": ({"Units": "GML", "SUVType": "BSA"}, "contradict"),
    "half-life absent": ({"isotope": {"RadionuclideHalfLife": None}}, "states no half-life"),
    "another nuclide in the name": (
        {"isotope": {"Radiopharmaceutical": "149Tb-PSMA"}},
        "acquired as 18F, is 149Tb",
    ),
    "positron fraction": ({"isotope": {"RadionuclidePositronFraction": "1.0"}}, "not that of 18F"),
}


@pytest.mark.parametrize("name", WARNED)
def test_whatever_was_doubtful_is_said_with_the_number(name):
    tags, words = WARNED[name]
    scale = suv_bw_scale(read_acquisition([header(**tags)]))
    assert any(words in warning for warning in scale.warnings), scale.warnings


def test_a_plain_header_raises_no_doubt():
    acquisition = read_acquisition([header(DecayFactor=f"{2 ** (MEAN_300 / F18):.6f}")])
    assert suv_bw_scale(acquisition).warnings == ()
    assert acquisition.radiopharmaceutical == "FDG"
    assert acquisition.stated_dose == DOSE
    assert acquisition.frames[0].rescale_slope is None


REFUSED = {
    "CPS": ({"Units": "CPS"}, "counts per second"),
    "PROPCNTS": ({"Units": "PROPCNTS"}, "PROPCNTS"),
    "PROPCPS": ({"Units": "PROPCPS"}, "PROPCPS"),
    "no units": ({"Units": None}, "does not state its Units"),
    "not attenuation corrected": ({"CorrectedImage": ["NORM", "DECY"]}, "Not attenuation corrected"),
    "counts without factors": (PHILIPS, "absent"),
    "weight absent": ({"PatientWeight": None}, "no weight"),
    "weight 0": ({"PatientWeight": "0"}, "no weight"),
    "dose absent": ({"isotope": {"RadionuclideTotalDose": None}}, "no injected dose"),
    "dose 0": ({"isotope": {"RadionuclideTotalDose": "0"}}, "no injected dose"),
    "dose impossible": ({"isotope": {"RadionuclideTotalDose": "3.7e14"}}, "no injected dose"),
    "injection absent": (
        {"isotope": {"RadiopharmaceuticalStartDateTime": None, "RadiopharmaceuticalStartTime": None}},
        "when it was injected",
    ),
    "decay correction absent": ({"DecayCorrection": None}, "decay corrected"),
    "another nuclide's half-life": ({"isotope": {"RadionuclideHalfLife": "14824.8"}}, "that of 149Tb, not of 18F"),
    "half-life in minutes": ({"isotope": {"RadionuclideHalfLife": "109.77"}}, "cannot be that of 18F"),
    "CM2ML by weight": ({"Units": "CM2ML", "SUVType": "BW"}, "contradict"),
    "LBM without sex": ({"Units": "GML", "SUVType": "LBM"}, "neither M nor F"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_gives_no_suv_says_why(name):
    tags, words = REFUSED[name]
    with pytest.raises(LowfieldError, match=words):
        suv_bw_scale(read_acquisition([header(**tags)]))


@pytest.mark.parametrize("name", ["weight absent", "dose absent", "injection absent", "not attenuation corrected"])
def test_activity_is_shown_where_only_suv_is_impossible(name):
    scale = activity_scale(read_acquisition([header(**REFUSED[name][0])]))
    assert scale.per_slice.tolist() == [1.0]
    assert scale.reference_time == datetime(2025, 1, 1, 11)
