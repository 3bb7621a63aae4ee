"""Picked ROIs joined, subtracted, intersected; ROIs duplicated. Each is one undoable step."""

from dataclasses import replace

import pytest

from viewer.core.measurement import CENTRES, EXACT
from viewer.roi.compound import INTERSECT, SUBTRACT, UNION
from viewer.roi.shapes import Combined


@pytest.fixture
def three(session, make):
    session.activate("1.2")
    for name in "ABC":
        session.add_roi(make.roi(name))
    return session


@pytest.mark.parametrize(
    ("kind", "name"), [(UNION, "B ∪ A ∪ C"), (SUBTRACT, "B − A − C"), (INTERSECT, "B ∩ A ∩ C")]
)
def test_the_selected_roi_is_the_first_of_those_picked(three, kind, name):
    a, b, c = three.rois
    three.select_roi(b.id)
    three.pick([a.id, b.id, c.id])
    three.combine_rois(kind)
    made = three.rois[-1]
    assert made.name == name and made.shape == Combined(kind, (b.shape, a.shape, c.shape))
    assert three.rois[:3] == (a, b, c), "the parts stay"
    three.undo()
    assert three.rois == (a, b, c)


def test_another_selection_drops_what_was_picked(three):
    a, b, c = three.rois
    three.select_roi(a.id)
    three.pick([a.id, b.id])
    three.select_roi(c.id)
    assert three.picked == (c,)
    three.select_roi("")
    assert three.picked == ()


def test_one_roi_and_two_spaces_are_refused_in_words(three):
    said = []
    three.message.connect(lambda *words: said.append(words[1]))
    a, b, _ = three.rois
    three.select_roi(a.id)
    three.combine_rois(UNION)
    assert "takes two ROIs" in said[-1]
    three.replace_roi(replace(a, frame_of_reference_uid="1.9"))
    three.replace_roi(replace(b, frame_of_reference_uid="2.9"))
    three.pick([a.id, b.id])
    three.combine_rois(UNION)
    assert "frames of reference" in said[-1] and len(three.rois) == 3


def test_copies_have_names_of_their_own_and_long_names_are_short(three, make):
    a = three.rois[0]
    three.duplicate_roi(a.id)
    three.duplicate_roi(a.id)
    assert [roi.name for roi in three.rois[3:]] == ["A copy", "A copy 1"]
    assert three.undo_text == "Duplicate A"
    long = [make.roi(f"a rather long name of a lesion {n}") for n in range(2)]
    for roi in long:
        three.add_roi(roi)
    three.pick([roi.id for roi in long])
    three.combine_rois(UNION)
    assert three.rois[-1].name == "Join of 2"


def test_voxels_are_counted_by_partial_volumes_and_back(three):
    a = three.rois[0]
    three.toggle_weighting(a.id)
    assert three.rois[0].weighting == EXACT and three.undo_text == "Count A by exact partial volume"
    three.toggle_weighting(a.id)
    assert three.rois[0].weighting == CENTRES
