"""Values that the user corrects: worked out again, marked, and what the scanner did with the wrong ones undone."""

from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta

import pytest

from viewer.core.errors import LowfieldError
from viewer.core.pet import PetFrame, UserCorrections
from viewer.quantify.activity import activity_scale
from viewer.quantify.corrected import as_scanned, corrected
from viewer.quantify.decay import decay_factor
from viewer.quantify.suv import suv_bw_scale

NOON = datetime(2026, 5, 4, 12)
HOUR = timedelta(hours=1)
F18, DOSE = 6586.2, 3.6808e8


def suv(acquisition) -> float:
    return float(suv_bw_scale(acquisition).per_slice[0])


def activity(acquisition, **options) -> float:
    return float(activity_scale(acquisition, **options).per_slice[0])


def test_nothing_corrected_is_the_very_same_acquisition(make):
    acquisition = make()
    assert corrected(acquisition, UserCorrections()) is acquisition
    assert as_scanned(acquisition) is acquisition
    assert not UserCorrections() and UserCorrections(patient_sex="F")


@pytest.mark.parametrize("correction", ["START", "ADMIN", "NONE"])
@pytest.mark.parametrize(
    "changes",
    [
        {"patient_weight_kg": 80.0},
        {"injected_dose_bq": 3e8},
        {"injection_time": NOON - timedelta(minutes=47)},
        {"patient_weight_kg": 61.5, "injected_dose_bq": 2.2e8, "injection_time": NOON - 2 * HOUR},
    ],
)
def test_however_the_numbers_are_stored_the_corrected_suv_is_one(make, correction, changes):
    """The same scan written as Bq/mL and as SUV, with the same wrong header, mended by the same words."""
    wrong = make(decay_correction=correction, patient_height_m=1.7, patient_sex="F")
    words = UserCorrections(**changes)
    direct = suv(corrected(wrong, words))
    truth = replace(wrong, **changes)
    if correction != "ADMIN":  # ADMIN numbers were decayed by the scanner to the injection it was told
        assert direct == pytest.approx(suv(truth), rel=1e-12)
    for stored in ({"units": "GML"}, {"units": "GML", "suv_type": "LBM"}, {"units": "CM2ML"}):
        image = replace(wrong, **stored)
        per_bq = suv(replace(wrong)) / suv(image)  # what the scanner multiplied Bq/mL by to store its SUV
        again = suv(corrected(image, words))
        assert per_bq * again == pytest.approx(direct, rel=1e-12), stored
        # The activity does not depend on what was wrong about patient and dose.
        assert activity(corrected(image, words)) * per_bq == pytest.approx(activity(wrong), rel=1e-12), stored


def test_an_admin_image_was_decayed_to_the_injection_the_scanner_was_told(make):
    wrong = make(decay_correction="ADMIN")
    right = corrected(wrong, UserCorrections(injection_time=NOON - 2 * HOUR))
    assert activity(right, reference="scan") == pytest.approx(activity(wrong, reference="scan"))
    assert activity(right, reference="injection") == pytest.approx(1 / decay_factor(3600, F18))
    assert suv(right) == pytest.approx(70_000 / (DOSE * decay_factor(3600, F18)))
    beds = replace(wrong, frames=(PetFrame(NOON + HOUR, 300.0),))
    told = activity(beds, nuclide="149Tb", reference="scan")
    mended = corrected(beds, UserCorrections(injection_time=NOON - 2 * HOUR))
    assert activity(mended, nuclide="149Tb", reference="scan") == pytest.approx(told)


def test_what_the_file_lacks_is_supplied_and_changes_no_suv_the_scanner_made(make):
    bare = make(patient_weight_kg=None)
    with pytest.raises(LowfieldError, match="no weight"):
        suv(bare)
    words = UserCorrections(patient_weight_kg=70.0)
    assert suv(corrected(bare, words)) == pytest.approx(suv(make()))
    assert suv(corrected(replace(bare, units="GML"), words)) == 1.0
    assert activity(corrected(replace(bare, units="GML"), words)) == pytest.approx(activity(make(units="GML")))
    sexless = make(units="GML", suv_type="LBM", patient_height_m=1.7)
    assert suv(corrected(sexless, UserCorrections(patient_sex="F"))) == suv(replace(sexless, patient_sex="F"))


def test_the_unit_of_the_dose_is_the_headers_fault_not_the_scanners(make):
    misread = make(units="GML", injected_dose_bq=368_080.0, stated_dose=368_080.0)
    right = corrected(misread, UserCorrections(dose_unit="kBq"))
    assert right.injected_dose_bq == pytest.approx(DOSE)
    assert suv(right) == 1.0
    assert activity(right) == pytest.approx(activity(make(units="GML")))
    assert suv(corrected(make(stated_dose=10.0), UserCorrections(dose_unit="mCi"))) == pytest.approx(
        70_000 / (3.7e8 * decay_factor(3600, F18))
    )


def test_a_nuclide_lost_from_the_header_is_named_by_the_user(make):
    lost = make(nuclide_code=("X", "99X"), nuclide_meaning="other", half_life_s=None, positron_fraction=0.5)
    right = corrected(lost, UserCorrections(nuclide="149Tb"))
    assert right.half_life_s == 14824.8
    scale = activity_scale(right, reference=NOON + timedelta(seconds=14824.8))
    assert scale.per_slice[0] == pytest.approx(0.5)
    assert scale.label.startswith("149Tb; corrected by user: RadionuclideCodeSequence")
    own = corrected(lost, UserCorrections(nuclide="18F", half_life_s=6588.0))
    assert own.half_life_s == 6588.0
    mistyped = corrected(make(half_life_s=109.77), UserCorrections(half_life_s=F18))
    assert suv(mistyped) == pytest.approx(suv(make()))


def test_every_number_says_what_was_corrected(make):
    words = UserCorrections(patient_weight_kg=70.0, injected_dose_bq=3.7e8, injection_time=NOON - HOUR / 2)
    right = corrected(make(patient_weight_kg=None), words)
    assert right.corrected_by_user == (
        "PatientWeight 70 kg (file: not stated)",
        "RadionuclideTotalDose 370000000 Bq (file: 368080000)",
        "RadiopharmaceuticalStartDateTime 2026-05-04 11:30:00 (file: 2026-05-04 11:00:00)",
    )
    for scale in (activity_scale(right), suv_bw_scale(right)):
        assert "Corrected by user: PatientWeight 70 kg (file: not stated)." in scale.warnings
        assert scale.provenance["corrected_by_user"] == list(right.corrected_by_user)
        assert scale.provenance["label"] == (
            "18F; corrected by user: PatientWeight, RadionuclideTotalDose, RadiopharmaceuticalStartDateTime"
        )
        assert scale.provenance["tags"]["patient_weight_kg"]["source"] == "stated by the user (file: not stated)"
    assert right.file.patient_weight_kg is None


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        ({"patient_weight_kg": 0.0}, "PatientWeight 0.0 is not possible"),
        ({"patient_weight_kg": 70_000.0}, "not possible"),
        ({"patient_height_m": 175.0}, "PatientSize"),
        ({"patient_height_m": float("nan")}, "PatientSize"),
        ({"patient_sex": "X"}, "PatientSex"),
        ({"injected_dose_bq": 370.0}, "RadionuclideTotalDose"),
        ({"injection_time": datetime(2026, 5, 4, tzinfo=UTC)}, "RadiopharmaceuticalStartDateTime"),
        ({"half_life_s": -1.0}, "RadionuclideHalfLife"),
        ({"nuclide": "150Tb"}, "not in the table"),
        ({"dose_unit": "Ci"}, "unit of dose 'Ci'"),
        ({"dose_unit": "GBq"}, "A dose of 3.6808e\\+08 GBq"),
        ({"dose_unit": "MBq", "injected_dose_bq": 1e8}, "exclude each other"),
    ],
)
def test_impossible_corrections_are_refused(make, words, reason):
    with pytest.raises(LowfieldError, match=reason):
        corrected(make(stated_dose=DOSE), UserCorrections(**words))


def test_a_unit_for_no_dose_is_refused(make):
    with pytest.raises(LowfieldError, match="no dose"):
        corrected(make(injected_dose_bq=None), UserCorrections(dose_unit="MBq"))


def test_every_correction_is_tried_above():
    assert {each.name for each in fields(UserCorrections)} == {
        "patient_weight_kg", "patient_height_m", "patient_sex", "injected_dose_bq", "dose_unit", "injection_time",
        "nuclide", "half_life_s",
    }  # fmt: skip
