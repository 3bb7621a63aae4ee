"""SUVbw: vendor headers (calculate-suv), every SUV type, decay correction, and refusals."""

import csv
import json
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from viewer.core.errors import LowfieldError
from viewer.core.pet import PetAcquisition, PetFrame
from viewer.quantify.activity import activity_scale
from viewer.quantify.decay import decay_factor, effective_time
from viewer.quantify.suv import suv_bw_scale

NOON = datetime(2026, 5, 4, 12)
F18 = 6586.2


def header_files():
    return ["PHILIPS_BQML", "PHILIPS_CNTS_AND_SUV", "SIEMENS", "BQML_AC_DT_lessThan_S_DT_SIEMENS",
            "RADIOPHARM_DATETIME_UNDEFINED"]  # fmt: skip


def from_header(header) -> PetAcquisition:
    """The happy path only: what `viewer.dicom.pet` reads with all its care."""
    clock = "%Y%m%d%H%M%S.%f"

    def moment(date, time):
        return datetime.strptime(date + time + ("" if "." in time else ".0"), clock)

    philips = header["PhilipsPETPrivateGroup"]
    series = moment(header["SeriesDate"], header["SeriesTime"])
    return PetAcquisition(
        units=header["Units"],
        decay_correction=header["DecayCorrection"],
        corrected_image=tuple(header["CorrectedImage"]),
        half_life_s=header["RadionuclideHalfLife"],
        injected_dose_bq=header["RadionuclideTotalDose"],
        injection_time=moment(header["SeriesDate"], header["RadiopharmaceuticalStartTime"]),
        patient_weight_kg=header["PatientWeight"],
        philips_suv_factor=float(philips["SUVScaleFactor"]) if "SUVScaleFactor" in philips else None,
        series_time=series,
        scan_start=min(series, moment(header["AcquisitionDate"], header["AcquisitionTime"])),
        frames=(PetFrame(series, header["ActualFrameDuration"] / 1000),),
    )


@pytest.mark.parametrize("name", header_files())
def test_vendor_headers_give_the_expected_factor(shared_data, name):
    folder = shared_data("pet_header_json")
    with (folder / "expected_suvbw_factor.csv").open(encoding="utf-8") as file:
        expected = {row["file"]: float(row["suvbw_factor_expected"]) for row in csv.DictReader(file)}
    header = json.loads((folder / f"{name}-instances.json").read_text(encoding="utf-8"))[0]
    assert suv_bw_scale(from_header(header)).per_slice[0] == pytest.approx(
        expected[f"{name}-instances.json"], rel=1e-6
    )


def test_start_divides_by_the_dose_decayed_to_the_scan(make):
    scale = suv_bw_scale(make())
    assert scale.per_slice == pytest.approx([70_000 / (3.6808e8 * decay_factor(3600, F18))] * 3)
    assert scale.warnings == ()


def test_admin_divides_by_the_dose_as_injected_even_without_times(make):
    scale = suv_bw_scale(make(decay_correction="ADMIN", half_life_s=None, injection_time=None, scan_start=None))
    assert scale.per_slice == pytest.approx([70_000 / 3.6808e8] * 3)


def test_none_divides_by_the_dose_at_each_frames_mean_time(make):
    frames = (PetFrame(NOON, 600.0), PetFrame(NOON + timedelta(hours=1), 1200.0))
    scale = suv_bw_scale(make(decay_correction="NONE", frames=frames))
    seconds = (3600 + effective_time(600, F18), 7200 + effective_time(1200, F18))
    assert scale.per_slice == pytest.approx([70_000 / (3.6808e8 * decay_factor(s, F18)) for s in seconds])


@pytest.mark.parametrize("correction", ["START", "ADMIN", "NONE"])
def test_suv_does_not_depend_on_how_the_file_is_corrected(make, correction):
    """The same activity written three ways is one SUV: activity at injection / dose per gram."""
    acquisition = make(decay_correction=correction)
    at_injection = activity_scale(acquisition, reference="injection").per_slice
    assert suv_bw_scale(acquisition).per_slice == pytest.approx(at_injection * 70_000 / 3.6808e8)


def test_suv_images_need_no_other_tag(make):
    bare = {"injected_dose_bq": None, "patient_weight_kg": None, "half_life_s": None, "scan_start": None}
    assert suv_bw_scale(make(units="GML", **bare)).per_slice.tolist() == [1.0] * 3
    assert suv_bw_scale(make(units="CNTS", philips_suv_factor=0.000728, **bare)).per_slice == pytest.approx(
        [0.000728] * 3
    )


def test_philips_counts_with_only_the_activity_factor_go_by_dose(make):
    scale = suv_bw_scale(make(units="CNTS", philips_bq_factor=2.0))
    assert scale.per_slice == pytest.approx(2 * suv_bw_scale(make()).per_slice)
    with pytest.raises(LowfieldError, match="Philips' factors"):
        suv_bw_scale(make(units="CNTS"))


# A man of 80 kg and 1.80 m, a woman of 60 kg and 1.65 m; sizes worked out by hand from PS3.16.
@pytest.mark.parametrize(
    ("units", "suv_type", "sex", "size"),
    [
        ("GML", "LBM", "M", 1.10 * 80 - 120 * (80 / 180) ** 2),
        ("GML", "LBMJAMES128", "M", 1.10 * 80 - 128 * (80 / 180) ** 2),
        ("GML", "LBMJAMES128", "F", 1.07 * 60 - 148 * (60 / 165) ** 2),
        ("GML", "LBMJANMA", "M", 9270 * 80 / (6680 + 216 * 80 / 1.8**2)),
        ("GML", "LBMJANMA", "F", 9270 * 60 / (8780 + 244 * 60 / 1.65**2)),
        ("GML", "IBW", "M", 48.0 + 1.06 * 28),
        ("GML", "IBW", "F", 45.5 + 0.91 * 13),
        ("CM2ML", "BSA", "M", 10 * 0.007184 * 80**0.425 * 180**0.725),
        ("CM2ML", "", "O", 10 * 0.007184 * 80**0.425 * 180**0.725),
    ],
)
def test_every_kind_of_suv_becomes_suv_by_weight(make, units, suv_type, sex, size):
    weight, height = (60.0, 1.65) if sex == "F" else (80.0, 1.80)
    acquisition = make(
        units=units, suv_type=suv_type, patient_sex=sex, patient_weight_kg=weight, patient_height_m=height
    )
    assert suv_bw_scale(acquisition).per_slice == pytest.approx([weight / size] * 3, rel=1e-6)
    ratio = (
        activity_scale(acquisition).per_slice
        / activity_scale(make(units="GML", patient_weight_kg=weight)).per_slice
    )
    assert ratio == pytest.approx([weight / size] * 3, rel=1e-6)


def test_the_surface_of_a_textbook_patient(make):
    # Du Bois: 70 kg and 1.70 m are 1.81 m².
    scale = suv_bw_scale(make(units="CM2ML", patient_height_m=1.70))
    assert 70_000 / scale.per_slice[0] == pytest.approx(18_100, rel=0.002)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"patient_weight_kg": None}, "no weight"),
        ({"patient_weight_kg": 0.0}, "no weight"),
        ({"injected_dose_bq": None}, "no injected dose"),
        ({"injected_dose_bq": 368.08}, "Is it in MBq"),
        ({"half_life_s": None, "nuclide_code": None, "nuclide_meaning": ""}, "no half-life"),
        ({"injection_time": None}, "when it was injected"),
        ({"scan_start": None}, "when the scan started"),
        ({"injection_time": NOON + timedelta(hours=2)}, "long after the start"),
        ({"injection_time": NOON - timedelta(days=2)}, "half-lives"),
        ({"decay_correction": ""}, "decay corrected"),
        ({"decay_correction": "NONE", "frames": ()}, "when a frame started"),
        ({"corrected_image": ("DECY",)}, "Not attenuation corrected"),
        ({"units": "PROPCPS"}, "PROPCPS"),
        ({"units": "GML", "suv_type": "XX"}, "SUVType. is not known"),
        ({"units": "GML", "suv_type": "BSA"}, "no height"),
        ({"units": "CM2ML", "suv_type": "BW"}, "contradict"),
        ({"units": "GML", "suv_type": "LBM", "patient_sex": "M"}, "no height"),
        ({"units": "GML", "suv_type": "LBM", "patient_height_m": 0.0}, "no height"),
        ({"units": "GML", "suv_type": "LBM", "patient_sex": "O", "patient_height_m": 1.7}, "neither M nor F"),
        ({"units": "GML", "suv_type": "LBM", "patient_sex": "M", "patient_height_m": 0.7}, "impossible lean"),
        ({"units": "GML", "suv_type": "IBW", "patient_sex": "M", "patient_height_m": None}, "no height"),
    ],
)  # fmt: skip
def test_without_what_it_needs_there_is_no_suv_but_a_reason(make, changes, reason):
    with pytest.raises(LowfieldError, match=reason):
        suv_bw_scale(make(**changes))


def test_a_dynamic_scan_may_start_before_the_injection(make):
    scale = suv_bw_scale(make(injection_time=NOON + timedelta(seconds=30)))
    assert scale.per_slice == pytest.approx([70_000 / (3.6808e8 / decay_factor(30, F18))] * 3)


def test_a_rescaled_nuclide_has_no_suv(make):
    for units in ("BQML", "GML"):
        with pytest.raises(LowfieldError, match="recorded for 18F; dividing the activity of 149Tb"):
            suv_bw_scale(make(units=units), acquired_as="18F", nuclide="149Tb")
    assert suv_bw_scale(make(), nuclide="18F").per_slice == pytest.approx(suv_bw_scale(make()).per_slice)


def test_doubts_and_provenance(make):
    scale = suv_bw_scale(make(corrected_image=(), warnings=("from the file",)))
    assert scale.warnings[0] == "from the file" and "corrections" in scale.warnings[1]
    document = json.loads(json.dumps(scale.provenance, allow_nan=False))
    assert document["unit"] == "g/mL"
    assert document["factors"][0]["value"] == pytest.approx(scale.per_slice[0])
    assert document["formula"] == "stored value (slope and intercept applied) × weight per dose"


def test_philips_two_factors_are_compared_where_dose_and_weight_allow_it(make):
    per_suv = 3.6808e8 * decay_factor(3600, F18) / 70_000
    fitting = make(units="CNTS", philips_suv_factor=0.0005, philips_bq_factor=0.0005 * per_suv * 1.005)
    assert suv_bw_scale(fitting).warnings == ()
    apart = make(units="CNTS", philips_suv_factor=0.0005, philips_bq_factor=0.0005 * per_suv * 1.1)
    assert any("+10.0 % off" in warning for warning in suv_bw_scale(apart).warnings)
    silent = make(units="CNTS", philips_suv_factor=0.0005, philips_bq_factor=9.9, injected_dose_bq=None)
    assert suv_bw_scale(silent).warnings == ()


def test_a_file_that_calls_suv_bsa_g_per_ml_is_read_by_its_suv_type(make):
    mislabelled = make(units="GML", suv_type="BSA", patient_height_m=1.7)
    assert suv_bw_scale(mislabelled).per_slice == pytest.approx(
        suv_bw_scale(make(units="CM2ML", patient_height_m=1.7)).per_slice
    )
    assert any("contradict" in warning for warning in suv_bw_scale(mislabelled).warnings)


def test_the_slopes_of_the_slices_are_on_record(make):
    def frames(*slopes):
        return tuple(PetFrame(NOON, 1200.0, rescale_slope=slope, rescale_intercept=0.0) for slope in slopes)

    several = make(frames=frames(1.5, 2.5, 2.5), sources={"frames.rescale": "RescaleSlope (0028,1053)"})
    assert suv_bw_scale(several).provenance["rescale"] == {
        "slope": [1.5, 2.5], "intercept": 0.0, "distinct_slopes": 2, "source": "RescaleSlope (0028,1053)",
    }  # fmt: skip
    assert activity_scale(make(frames=frames(2.0))).provenance["rescale"]["slope"] == 2.0
    shifted = replace(several, frames=(*several.frames, PetFrame(NOON, 60.0, None, None, 1.0, -5.0)))
    assert suv_bw_scale(shifted).provenance["rescale"]["intercept"] == [-5.0, 0.0]
    assert "rescale" not in suv_bw_scale(make()).provenance
