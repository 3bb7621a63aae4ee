"""Stored numbers to Bq/mL: units, times, and a nuclide the scanner was not told (facts/tb149-pet §3)."""

import json
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from viewer.core.errors import LowfieldError
from viewer.core.pet import PetFrame
from viewer.quantify.activity import activity_scale
from viewer.quantify.decay import decay_constant, decay_factor, frame_factor
from viewer.quantify.nuclides import nuclide

NOON = datetime(2026, 5, 4, 12)
HOUR = timedelta(hours=1)
F18, TB149 = 6586.2, 14824.8
NAMELESS = {"half_life_s": None, "nuclide_code": None, "nuclide_meaning": ""}


def declared(make, name, **changes):
    row = nuclide(name)
    return make(nuclide_code=None, nuclide_meaning=row.meanings[0], half_life_s=row.half_life_s, **changes)


@pytest.mark.parametrize(
    ("told", "factor"),
    [("18F", 13.06), ("68Ga", 11.56), ("44Sc", 13.18), ("68Ge", 12.79), ("22Na", 12.93), ("89Zr", 3.26),
     ("124I", 3.28), ("64Cu", 2.48), ("152Tb", 2.80)],
)  # fmt: skip
def test_the_published_factors_of_a_20_minute_frame(make, told, factor):
    scale = activity_scale(declared(make, told), nuclide="149Tb")
    assert scale.per_slice == pytest.approx([factor] * 3, abs=0.01)
    assert scale.label == f"rescaled: acquired as {told}, is 149Tb"
    assert any(scale.label in warning and "prompt-gamma" in warning for warning in scale.warnings)


@settings(deadline=None)
@given(st.integers(0, 20_000), st.integers(0, 20_000), st.sampled_from(["START", "ADMIN", "NONE"]))
def test_a_scanner_that_was_told_18f_is_undone_exactly(make, delay, uptake, correction):
    """Simulate the scanner: counts of 149Tb during each frame, divided and corrected as 18F."""
    true_at_scan, f18, tb = 5000.0, nuclide("18F"), nuclide("149Tb")
    frames = [PetFrame(NOON + timedelta(seconds=delay * n), 300.0 * (n + 1)) for n in range(3)]
    stored = []
    for frame in frames:
        since_scan = (frame.start - NOON).total_seconds()
        mean_true = true_at_scan * decay_factor(since_scan, TB149) / frame_factor(frame.duration_s, TB149)
        as_told = mean_true * tb.positron_fraction / f18.positron_fraction
        corrected = frame_factor(frame.duration_s, F18) / decay_factor(since_scan, F18)
        corrected *= {"NONE": 1 / corrected, "START": 1.0, "ADMIN": 1 / decay_factor(uptake, F18)}[correction]
        stored.append(as_told * corrected)
    injection = NOON - timedelta(seconds=uptake)
    acquisition = make(decay_correction=correction, frames=tuple(frames), injection_time=injection)
    for reference, expected in (
        ("scan", true_at_scan),
        ("injection", true_at_scan / decay_factor(uptake, TB149)),
        (NOON + HOUR, true_at_scan * decay_factor(3600, TB149)),
    ):
        scale = activity_scale(acquisition, acquired_as="18F", nuclide="149Tb", reference=reference)
        assert stored * scale.per_slice == pytest.approx([expected] * 3, rel=1e-9)


def test_every_bed_of_a_start_corrected_series_shares_one_reference(make):
    beds = tuple(PetFrame(NOON + n * HOUR, 120.0) for n in range(3))
    scale = activity_scale(make(frames=beds))
    assert scale.per_slice.tolist() == [1.0, 1.0, 1.0]
    assert scale.reference_time == NOON
    assert scale.label == "18F"
    later = activity_scale(make(frames=beds), reference=NOON + timedelta(seconds=F18))
    assert later.per_slice == pytest.approx([0.5] * 3)
    assert later.reference_time == NOON + timedelta(seconds=F18)


def test_start_decays_back_to_the_injection(make):
    scale = activity_scale(make(), reference="injection")
    assert scale.per_slice == pytest.approx([1 / decay_factor(3600, F18)] * 3)
    assert scale.reference_time == NOON - HOUR


def test_admin_is_already_at_the_injection(make):
    admin = make(decay_correction="ADMIN")
    assert activity_scale(admin, reference="injection").per_slice.tolist() == [1.0] * 3
    at_scan = activity_scale(admin)
    assert at_scan.per_slice == pytest.approx([decay_factor(3600, F18)] * 3)
    assert at_scan.reference_time == NOON


def test_uncorrected_frames_are_brought_to_one_time_each_by_its_own_factor(make):
    frames = (PetFrame(NOON, 600.0), PetFrame(NOON + HOUR, 1200.0), PetFrame(NOON, 600.0))
    scale = activity_scale(make(decay_correction="NONE", frames=frames))
    first, second = frame_factor(600, F18), frame_factor(1200, F18) / decay_factor(3600, F18)
    assert scale.per_slice == pytest.approx([first, second, first])
    assert scale.reference_time == NOON
    assert scale.provenance["frames"] == [
        {"start": "2026-05-04T12:00:00", "duration_s": 600.0, "slices": 2},
        {"start": "2026-05-04T13:00:00", "duration_s": 1200.0, "slices": 1},
    ]
    assert scale.provenance["factors"][0]["per_frame"] == pytest.approx(
        [frame_factor(600, F18), frame_factor(1200, F18)]
    )


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        (NAMELESS, "states no half-life"),
        ({"frames": (PetFrame(NOON, None),)}, "duration of a frame"),
        ({"frames": (PetFrame(None, 60.0),)}, "when a frame started"),
        ({"frames": ()}, "duration of a frame"),
        ({"decay_correction": ""}, "to which time it is decay corrected"),
    ],
)
def test_what_cannot_be_corrected_is_shown_as_stored_at_scan_but_never_moved(make, changes, reason):
    acquisition = make(**({"decay_correction": "NONE"} | changes))
    scale = activity_scale(acquisition)
    assert set(scale.per_slice) == {1.0}
    assert scale.reference_time is None
    assert scale.provenance["reference_time"] is None
    assert any(reason in warning and "as stored" in warning for warning in scale.warnings)
    with pytest.raises(LowfieldError, match=reason):
        activity_scale(acquisition, reference=NOON)


def test_uncorrected_frames_without_a_scan_start_can_still_be_moved_to_a_time(make):
    frames = (PetFrame(NOON, 600.0),)
    lost = make(decay_correction="NONE", frames=frames, scan_start=None)
    assert any("when the scan started" in warning for warning in activity_scale(lost).warnings)
    moved = activity_scale(lost, reference=NOON + HOUR)
    assert moved.per_slice == pytest.approx([frame_factor(600, F18) * decay_factor(3600, F18)])


def test_without_a_half_life_start_is_shown_but_not_moved(make):
    silent = make(**NAMELESS)
    scale = activity_scale(silent)
    assert scale.per_slice.tolist() == [1.0] * 3
    assert scale.reference_time == NOON
    assert scale.provenance["nuclide"]["is"]["half_life_s"] is None
    for reference in ("injection", NOON + HOUR):
        with pytest.raises(LowfieldError, match=r"no half-life.*State the nuclide"):
            activity_scale(silent, reference=reference)


def test_a_file_that_names_its_nuclide_but_no_half_life_gets_the_tables_with_a_warning(make):
    scale = activity_scale(make(half_life_s=None), reference=NOON + timedelta(seconds=F18))
    assert scale.per_slice == pytest.approx([0.5] * 3)
    assert scale.provenance["nuclide"]["is"]["half_life_source"] == "resources/nuclides.json"
    assert any("states no half-life" in warning and "18F" in warning for warning in scale.warnings)


def test_a_user_who_names_the_nuclide_vouches_for_its_half_life(make):
    for silent, words in (
        (make(**NAMELESS), {"acquired_as": "18F"}),
        (make(half_life_s=None), {"nuclide": "18F"}),
    ):
        scale = activity_scale(silent, reference=NOON + timedelta(seconds=F18), **words)
        assert scale.per_slice == pytest.approx([0.5] * 3)
        assert scale.provenance["nuclide"]["is"]["half_life_source"] == "resources/nuclides.json"


def test_missing_times_are_named(make):
    with pytest.raises(LowfieldError, match="when it was injected"):
        activity_scale(make(injection_time=None), reference="injection")
    with pytest.raises(LowfieldError, match="when the scan started"):
        activity_scale(make(scan_start=None), reference=NOON)
    assert activity_scale(make(scan_start=None)).reference_time is None


def test_dates_that_cannot_be_true_are_refused(make):
    for away in (timedelta(days=3), timedelta(days=-3)):
        with pytest.raises(LowfieldError, match=r"39 half-lives.*Check the dates"):
            activity_scale(make(), reference=NOON + away)
    nineteen = activity_scale(make(), reference=NOON + timedelta(seconds=19 * F18))
    assert nineteen.per_slice == pytest.approx([2.0**-19] * 3)


@pytest.mark.parametrize("reference", ["start", "", "2026-05-04"])
def test_unknown_references_are_refused(make, reference):
    with pytest.raises(LowfieldError, match="not known"):
        activity_scale(make(), reference=reference)


def test_a_reference_with_a_time_zone_is_refused(make):
    with pytest.raises(LowfieldError, match="time zone"):
        activity_scale(make(), reference=datetime(2026, 5, 4, 12, tzinfo=UTC))


@pytest.mark.parametrize("units", ["CPS", "PROPCNTS", "PROPCPS", "", "MLMING"])
@pytest.mark.parametrize("words", [{}, {"nuclide": "149Tb"}])
def test_units_that_are_no_activity_are_refused(make, units, words):
    with pytest.raises(LowfieldError, match=units or "Units"):
        activity_scale(make(units=units), **words)


def test_philips_counts_become_activity_by_one_of_two_factors_never_both(make):
    both = make(units="CNTS", philips_bq_factor=4.7, philips_suv_factor=0.0035)
    assert activity_scale(both).per_slice == pytest.approx([4.7] * 3)
    only_suv = make(units="CNTS", philips_suv_factor=0.0005)
    dose_per_gram = 3.6808e8 * decay_factor(3600, F18) / 70_000
    assert activity_scale(only_suv).per_slice == pytest.approx([0.0005 * dose_per_gram] * 3)
    with pytest.raises(LowfieldError, match="Philips' factors"):
        activity_scale(make(units="CNTS"))


@pytest.mark.parametrize("suv_type", ["", "BW"])
def test_suv_becomes_activity_by_dose_and_weight(make, suv_type):
    scale = activity_scale(make(units="GML", suv_type=suv_type))
    assert scale.per_slice == pytest.approx([3.6808e8 * decay_factor(3600, F18) / 70_000] * 3)
    admin = activity_scale(make(units="GML", suv_type=suv_type, decay_correction="ADMIN"), reference="injection")
    assert admin.per_slice == pytest.approx([3.6808e8 / 70_000] * 3)


def test_an_suv_image_is_rescaled_with_the_dose_the_scanner_divided_by(make):
    bqml = activity_scale(make(), nuclide="149Tb").per_slice
    gml = activity_scale(make(units="GML"), nuclide="149Tb").per_slice
    assert gml == pytest.approx(bqml * 3.6808e8 * decay_factor(3600, F18) / 70_000)


def test_a_series_without_frames_has_one_factor_for_all(make):
    assert activity_scale(make(frames=())).per_slice.tolist() == [1.0]


def test_rescaling_needs_to_know_the_frames(make):
    with pytest.raises(LowfieldError, match="duration of a frame"):
        activity_scale(make(frames=()), nuclide="149Tb")
    with pytest.raises(LowfieldError, match="decay corrected"):
        activity_scale(make(decay_correction=""), nuclide="149Tb")
    with pytest.raises(LowfieldError, match="no half-life"):
        activity_scale(
            make(nuclide_code=None, nuclide_meaning="", half_life_s=None), acquired_as=None, reference=NOON
        )


def test_uncorrected_frames_without_times_get_only_the_branching(make):
    scale = activity_scale(make(decay_correction="NONE", frames=()), nuclide="149Tb")
    assert scale.per_slice == pytest.approx([0.9673 / 0.0715])
    assert [factor["name"] for factor in scale.provenance["factors"]] == ["branching"]


def test_the_positron_fraction_of_the_file_is_what_the_scanner_divided_by(make):
    table = activity_scale(make(), nuclide="149Tb")
    close = activity_scale(make(positron_fraction=0.967), nuclide="149Tb")
    assert close.per_slice == pytest.approx(table.per_slice * 0.967 / 0.9673)
    assert not any("positron fraction" in warning for warning in close.warnings)
    far = activity_scale(make(positron_fraction=1.0), nuclide="149Tb")
    assert far.per_slice == pytest.approx(table.per_slice / 0.9673)
    assert any("positron fraction 1 is not that of 18F" in warning for warning in far.warnings)
    for fraction in (0.0, 1.2):
        with pytest.raises(LowfieldError, match="not possible"):
            activity_scale(make(positron_fraction=fraction))


def test_the_half_life_of_the_file_is_what_the_scanner_corrected_with(make):
    frames = (PetFrame(NOON + HOUR, 1200.0),)
    scale = activity_scale(make(half_life_s=6588.0, frames=frames), nuclide="149Tb")
    expected = 0.9673 / 0.0715 * frame_factor(1200, TB149) / frame_factor(1200, 6588.0)
    expected *= np.exp((decay_constant(TB149) - decay_constant(6588.0)) * 3600)
    assert scale.per_slice == pytest.approx([expected], rel=1e-12)


def test_saying_what_the_file_says_changes_nothing(make):
    for words in ({"acquired_as": "18F"}, {"nuclide": "18F"}, {"acquired_as": "18F", "nuclide": "F-18"}):
        scale = activity_scale(make(), **words)
        assert scale.per_slice.tolist() == [1.0] * 3
        assert scale.label == "18F"


def test_a_user_who_contradicts_the_file_is_refused_unless_the_half_life_agrees(make):
    with pytest.raises(LowfieldError, match="that of 18F, not of 68Ga"):
        activity_scale(make(), acquired_as="68Ga", nuclide="149Tb")
    with pytest.raises(LowfieldError, match="says it was acquired as 18F"):
        activity_scale(make(half_life_s=None), acquired_as="68Ga")
    wrong_code = make(nuclide_code=("C-131A3", "SRT"), half_life_s=None)
    assert activity_scale(wrong_code, acquired_as="18F").label == "18F"
    mended = activity_scale(make(half_life_s=4062.6), acquired_as="68Ga")
    assert any("also names 18F" in warning for warning in mended.warnings)


def test_an_unknown_nuclide_keeps_its_own_half_life_but_cannot_be_rescaled(make):
    strange = make(nuclide_code=None, nuclide_meaning="^99m^Technetium", half_life_s=21624.0)
    scale = activity_scale(strange, reference=NOON + timedelta(seconds=21624))
    assert scale.per_slice == pytest.approx([0.5] * 3)
    assert scale.label == "99mTechnetium"
    assert "none in the table" in scale.provenance["uncertainty"]["not_included"][0]
    with pytest.raises(LowfieldError, match=r"does not say which nuclide.*acquired as"):
        activity_scale(strange, nuclide="149Tb")
    nameless = make(nuclide_code=None, nuclide_meaning="", half_life_s=None, positron_fraction=0.5)
    assert activity_scale(nameless).label == "nuclide not stated"


@pytest.mark.parametrize("pair", [("155Tb", "149Tb"), ("18F", "161Tb")])
def test_nuclides_without_positrons_cannot_be_rescaled(make, pair):
    told, true = pair
    with pytest.raises(LowfieldError, match="emits no positrons"):
        activity_scale(declared(make, told), nuclide=true)


def test_corrections_that_were_not_made_are_warned_about(make):
    bare = activity_scale(make(corrected_image=("DECY",)))
    assert any("Not attenuation corrected" in warning for warning in bare.warnings)
    unsaid = activity_scale(make(corrected_image=()))
    assert any("does not say which corrections" in warning for warning in unsaid.warnings)
    assert activity_scale(make()).warnings == ()
    assert "from the file" in activity_scale(make(warnings=("from the file",))).warnings


def test_provenance_tells_everything_as_json(make):
    acquisition = make(frames=(PetFrame(NOON + HOUR, 1200.0),) * 3, patient_sex="F", philips_bq_factor=None)
    scale = activity_scale(acquisition, nuclide="149Tb", reference=NOON + 2 * HOUR)
    document = json.loads(json.dumps(scale.provenance, allow_nan=False))
    assert document == scale.provenance
    assert document["reference_time"] == document["reference"] == "2026-05-04T14:00:00"
    assert [factor["name"] for factor in document["factors"]] == [
        "branching", "decay during the frame", "decay before the frame", "decay to the reference",
    ]  # fmt: skip
    assert np.prod([factor["value"] for factor in document["factors"]]) == pytest.approx(scale.per_slice[0])
    assert document["formula"].endswith(
        "branching × decay during the frame × decay before the frame × decay to the reference"
    )
    assert document["nuclide"]["acquired_as"]["name"] == "18F"
    assert document["nuclide"]["is"]["positron_fraction"] == 0.0715
    assert [0.071, "PRISMAP, 7.1(3) %"] in document["nuclide"]["is"]["positron_fraction_alternatives"]
    assert document["tags"]["half_life_s"] == {"value": F18, "source": "RadionuclideHalfLife (0018,1075)"}
    assert document["tags"]["scan_start"]["value"] == "2026-05-04T12:00:00"
    assert document["tags"]["nuclide_code"]["value"] == ["C-111A1", "SRT"]
    assert "philips_bq_factor" not in document["tags"] and "suv_type" not in document["tags"]


def test_admin_lists_the_decay_before_the_scan(make):
    scale = activity_scale(make(decay_correction="ADMIN"), nuclide="149Tb", reference="injection")
    names = {factor["name"]: factor["value"] for factor in scale.provenance["factors"]}
    assert names["decay before the scan"] == pytest.approx(
        np.exp((decay_constant(TB149) - decay_constant(F18)) * 3600)
    )


def test_the_uncertainty_is_that_of_the_true_nuclides_data(make):
    near = activity_scale(make(), nuclide="149Tb").provenance["uncertainty"]
    assert near["relative"] == pytest.approx(0.0030 / 0.0715, rel=1e-3)
    far = activity_scale(make(), nuclide="149Tb", reference=NOON + timedelta(seconds=TB149)).provenance[
        "uncertainty"
    ]
    terms = {term["name"]: term["relative"] for term in far["terms"]}
    # One half-life on: d ln C = (ln 2 − part of the frame) · dT½/T½, the part being 1 − x/(e^x − 1) with x = λT.
    x = decay_constant(TB149) * 1200
    expected = (np.log(2) - 1 + x / np.expm1(x)) * 90 / TB149
    assert terms["half-life of 149Tb"] == pytest.approx(expected, rel=0.01)
    assert far["relative"] == pytest.approx(np.hypot(*terms.values()))
    declared_right = activity_scale(declared(make, "149Tb"), reference="injection").provenance["uncertainty"]
    assert {term["name"] for term in declared_right["terms"]} == {
        "positron fraction of 149Tb",
        "half-life of 149Tb",
    }
    plain = activity_scale(make()).provenance["uncertainty"]
    assert plain["relative"] == pytest.approx(0.0004 / 0.9673)
    site = activity_scale(make(), nuclide="149Tb", calibration_uncertainty=0.05).provenance["uncertainty"]
    assert site["relative"] == pytest.approx(np.hypot(near["relative"], 0.05))
    assert "calibration of the scanner" in near["not_included"]
    assert "calibration of the scanner" not in site["not_included"]
    for impossible in (-0.1, 1.0):
        with pytest.raises(LowfieldError, match="calibration"):
            activity_scale(make(), calibration_uncertainty=impossible)


def test_daughters_that_make_up_part_of_the_image_are_warned_about(make):
    late = (PetFrame(NOON + 23 * HOUR, 1200.0),)
    scale = activity_scale(declared(make, "149Tb", frames=late))
    assert any("24.0 h after injection 6.5 % of all positrons" in warning for warning in scale.warnings)
    assert not any("daughters" in warning for warning in activity_scale(declared(make, "149Tb")).warnings)
    assert not any("daughters" in w for w in activity_scale(make(frames=late), reference=NOON).warnings)
