"""What is open, and what the session says about it."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from viewer.core.measurement import Measurement
from viewer.core.study import SeriesInfo, StudyIndex, StudyInfo
from viewer.session.choice import fitting_role, opening
from viewer.session.lookup import merge
from viewer.session.session import Session
from viewer.session.volumes import Budget


def listen(session: Session) -> list[str]:
    heard: list[str] = []
    session.study_changed.connect(lambda uid: heard.append(f"study {uid}"))
    session.series_assigned.connect(lambda role: heard.append(f"assigned {role}={session.key(role)}"))
    session.rois_changed.connect(lambda: heard.append("rois"))
    session.view_changed.connect(lambda what: heard.append(f"view {what}"))
    return heard


def test_assigning_activates_the_study_of_the_series(session: Session) -> None:
    session.assign("mri", "mr")
    assert session.study_uid == "1.1"
    assert session.patient is not None and session.patient.patient_id == "1"
    session.assign("mri", "mr2")
    assert session.patient is not None and session.patient.patient_id == "2"
    session.activate("1.1")
    assert session.key("mri") == "mr", "what was open in a study comes back with it"


def test_only_one_patient_is_on_the_screen(session: Session) -> None:
    session.assign("pet", "pt")
    session.assign("mri", "mr2")
    assert (session.key("pet"), session.key("mri")) == ("", "mr2")


def test_signals_say_what_changed_after_it_has(session: Session) -> None:
    heard = listen(session)
    session.assign("pet", "pt")
    assert heard[0] == "study 1.2" and heard[-1] == "assigned pet=pt"
    heard.clear()
    session.choose("fusion", opacity=0.25)
    session.choose("fusion", opacity=0.25)
    session.set_window("ct", (40.0, 400.0))
    session.set_window("ct", (40.0, 0.0))
    assert heard == ["view fusion", "view windows"]
    assert session.window("ct") == (40.0, 400.0)
    session.set_window("ct", None)
    assert session.window("ct") is None


def test_unknown_choices_are_bugs(session: Session) -> None:
    session.activate("1.1")
    with pytest.raises(TypeError):
        session.choose("fusion", opacitty=1.0)


def test_numbers_belong_to_the_shape_that_was_measured(session: Session, make: Any) -> None:
    session.activate("1.2")
    session.add_roi(make.roi("A"))
    roi = session.rois[0]
    session.set_measurements({roi.id: (roi, [Measurement("A", 7, 0.5, "pt")])})
    assert [one.voxels for one in session.measurements] == [7]
    session.replace_roi(replace(roi, shape=make.roi(radius=9.0).shape))
    assert session.measurements == (), "a moved ROI must not keep the numbers of its old place"
    session.undo()
    assert [one.voxels for one in session.measurements] == [7]
    session.choose("measure", nuclide="Tb-149")
    assert session.measurements == (), "nor the numbers of another nuclide"


def test_volumes_leave_by_age_but_never_from_the_screen() -> None:
    budget: Budget[bytes] = Budget(len, limit=25)
    for key in "abc":
        budget.put(key, b"0123456789", pinned=("a",))
    assert budget.get("a") and budget.get("c") and budget.get("b") is None
    assert budget.put("d", b"0123456789", pinned=("a", "c")) == ()
    assert budget.bytes == 30, "what is on the screen stays even above the budget"


def test_a_series_found_again_with_other_files_is_read_again(session: Session, make: Any) -> None:
    session.assign("mri", "mr")
    session.add_volume("mr", make.volume(make.index.find("mr")))
    session.add_index(make.index)
    assert session.volume("mri") is not None
    changed = replace(make.index.find("mr"), instances=99)
    patient = replace(
        make.index.patients[0], studies=(replace(make.index.patients[0].studies[0], series=(changed,)),)
    )
    session.add_index(StudyIndex((), (patient,)))
    assert session.volume("mri") is None
    assert session.info("mr") == changed


def test_merge_adds_without_doubling(make: Any) -> None:
    extra = make.series("new", "MR")
    patient = replace(
        make.index.patients[0], studies=(replace(make.index.patients[0].studies[0], series=(extra,)),)
    )
    merged = merge(make.index, StudyIndex((Path("/other"),), (patient,), make.index.problems))
    assert [series.key for series in merged.series()] == ["mr", "sc", "new", "ct", "pt", "mr2"]
    assert len(merged.problems) == 1 and len(merged.source) == 2


def test_close_all_forgets(session: Session, make: Any) -> None:
    session.assign("mri", "mr")
    session.add_volume("mr", make.volume(make.index.find("mr")))
    session.close_all()
    assert session.index is None and session.study_uid == "" and session.volume("mri") is None


@pytest.mark.parametrize(
    ("modality", "sop_class", "viewable", "role"),
    [
        ("MR", "", True, "mri"),
        ("PT", "", True, "pet"),
        ("OT", "1.2.840.10008.5.1.4.1.1.2", True, "ct"),
        ("", "1.2.840.10008.5.1.4.1.1.128", True, "pet"),
        ("XX", "", True, "mri"),
        ("MR", "1.2.840.10008.5.1.4.1.1.4", False, ""),
    ],
)
def test_fitting_role(make: Any, modality: str, sop_class: str, viewable: bool, role: str) -> None:
    assert fitting_role(make.series("x", modality, sop_class_uid=sop_class, viewable=viewable)) == role


def test_a_study_opens_with_its_first_full_stack(make: Any) -> None:
    series = (
        make.series("localizer", "MR", shape=(3, 512, 512)),
        make.series("t2", "MR", shape=(40, 128, 128)),
        make.series("interpolated", "MR", shape=(40, 512, 512)),
    )
    assert opening(replace(make.index.patients[0].studies[0], series=series)) == {"mri": "t2"}


def test_a_study_opens_with_corrected_pet_and_the_ct_of_its_frame(make: Any) -> None:
    series = (
        make.series("big ct", "CT", shape=(400, 512, 512), frame_of_reference_uid="other"),
        make.series("ct", "CT"),
        make.series("nac", "PT", description="PET NAC 3D", shape=(400, 200, 200)),
        make.series("ac", "PT", description="PET AC 3D"),
    )
    study = replace(make.index.patients[0].studies[1], series=series)
    assert opening(study) == {"pet": "ac", "ct": "ct"}
    assert opening(replace(study, series=series[2:3])) == {"pet": "nac"}


def test_a_complex_image_opens_before_its_parts_and_a_phase_never() -> None:
    def series(uid: str, **changes: Any) -> SeriesInfo:
        return SeriesInfo(uid, "MR", uid, "1", 4, (4, 6, 5), (5.0, 1.5, 1.5), "1.9", (), **changes)

    magnitude, phase = series("1", component="magnitude"), series("2", component="phase")
    joined = series("1+2", components=(magnitude, phase))
    assert opening(StudyInfo("s", "", "", (magnitude, joined, phase)))["mri"] == "1+2"
    assert opening(StudyInfo("s", "", "", (phase, magnitude)))["mri"] == "1"
    assert opening(StudyInfo("s", "", "", (phase,)))["mri"] == "2"


def test_a_noise_level_given_for_one_series_is_not_taken_for_another(session: Session) -> None:
    """It is in the unit and at the scale of the scan it was given for; the strength is a taste and stays."""
    session.assign("mri", "mr")
    session.choose("denoise", sigma=40.0, strength=0.6)
    session.assign("mri", "mr")
    assert session.state.denoise.sigma == 40.0
    session.assign("ct", "ct")
    session.activate("1.1")
    assert session.state.denoise.sigma == 40.0, "it comes back with its study"
    session.assign("mri", "")
    assert session.state.denoise.sigma is None and session.state.denoise.strength == 0.6
