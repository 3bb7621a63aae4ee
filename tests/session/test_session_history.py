"""Undo and redo of ROI commands."""

from typing import Any

import pytest

from viewer.roi.shapes import Sphere
from viewer.session.history import LIMIT
from viewer.session.roi_commands import ROI_COLORS
from viewer.session.session import Session


@pytest.fixture(autouse=True)
def active(session: Session) -> None:
    session.activate("1.2")


def names(session: Session) -> list[str]:
    return [roi.name for roi in session.rois]


def test_every_command_can_be_undone_and_redone(session: Session, make: Any) -> None:
    first, second = make.roi("A"), make.roi("B")
    states: list[list[str]] = [names(session)]

    def did(command: Any, *arguments: Any) -> None:
        command(*arguments)
        states.append(names(session))

    did(session.add_roi, first)
    did(session.add_roi, second)
    did(session.rename_roi, first.id, "Liver")
    did(session.delete_roi, second.id)
    for expected in reversed(states[:-1]):
        session.undo()
        assert names(session) == expected
    assert not session.undo_text
    for expected in states[1:]:
        session.redo()
        assert names(session) == expected
    assert not session.redo_text


def test_undo_says_what_it_takes_back(session: Session, make: Any) -> None:
    session.add_roi(make.roi("Tumour"))
    assert session.undo_text == "Add Tumour"
    session.undo()
    assert (session.undo_text, session.redo_text) == ("", "Add Tumour")


def test_a_drag_is_one_step_and_an_idle_drag_none(session: Session, make: Any) -> None:
    roi = make.roi("A")
    session.add_roi(roi)
    session.begin_gesture("Move A")
    for x in range(50):
        session.replace_roi(type(roi)("A", Sphere((x, 0.0, 0.0), 5.0), roi.id))
    session.end_gesture()
    assert session.undo_text == "Move A"
    session.undo()
    assert session.rois[0].shape == roi.shape
    assert session.undo_text == "Add A"
    session.begin_gesture("Move A")
    session.end_gesture()
    assert session.redo_text == "Move A", "an idle drag must not clear the future"


def test_undo_during_a_drag_takes_the_drag_back(session: Session, make: Any) -> None:
    roi = make.roi("A")
    session.add_roi(roi)
    before = session.rois
    session.begin_gesture("Move A")
    session.replace_roi(type(roi)("A", Sphere((9.0, 9.0, 9.0), 5.0), roi.id))
    session.undo()
    assert session.rois == before
    session.end_gesture()
    assert session.undo_text == "Add A"


def test_a_new_step_clears_the_future(session: Session, make: Any) -> None:
    session.add_roi(make.roi("A"))
    session.undo()
    session.add_roi(make.roi("B"))
    assert not session.redo_text
    session.redo()
    assert names(session) == ["B"]


def test_history_is_bounded(session: Session, make: Any) -> None:
    for n in range(LIMIT + 20):
        session.add_roi(make.roi(f"R{n}"))
    steps = 0
    while session.undo_text:
        session.undo()
        steps += 1
    assert steps == LIMIT
    assert len(session.rois) == 20


def test_looking_around_is_no_step(session: Session, make: Any) -> None:
    session.add_roi(make.roi("A"))
    session.set_cursor((1.0, 2.0, 3.0))
    session.set_window("pet", (5.0, 10.0))
    session.choose("fusion", opacity=0.2)
    session.select_roi("")
    assert session.undo_text == "Add A"
    session.undo()
    assert session.cursor_lps_mm == (1.0, 2.0, 3.0)
    assert session.window("pet") == (5.0, 10.0)


def test_each_study_has_its_own_rois_and_history(session: Session, make: Any) -> None:
    session.add_roi(make.roi("A"))
    session.activate("1.1")
    assert session.rois == () and not session.undo_text
    session.add_roi(make.roi("B"))
    session.activate("1.2")
    assert names(session) == ["A"]
    session.undo()
    assert names(session) == []
    session.activate("1.1")
    assert names(session) == ["B"]


def test_names_stay_unique_and_not_empty(session: Session, make: Any) -> None:
    told: list[str] = []
    session.message.connect(lambda severity, text, detail: told.append(text))
    session.add_roi(make.roi("A"))
    session.add_roi(make.roi("B"))
    session.rename_roi(session.rois[1].id, " A ")
    session.rename_roi(session.rois[1].id, "  ")
    assert names(session) == ["A", "B"]
    assert len(told) == 2 and "taken" in told[0] and "empty" in told[1]
    assert session.fresh_name("Sphere") == "Sphere 1"
    session.rename_roi(session.rois[0].id, "Sphere 1")
    assert session.fresh_name("Sphere") == "Sphere 2"


def test_selection_follows_adding_deleting_and_undo(session: Session, make: Any) -> None:
    session.add_roi(make.roi("A"))
    session.add_roi(make.roi("B"))
    assert session.selected_roi is not None and session.selected_roi.name == "B"
    session.delete_roi(session.rois[1].id)
    assert session.selected_roi is None
    session.undo()
    assert session.selected_roi is not None and session.selected_roi.name == "B"


def test_colours_differ_while_there_are_enough(session: Session, make: Any) -> None:
    for n in range(len(ROI_COLORS)):
        session.add_roi(make.roi(f"R{n}"))
    assert {roi.color for roi in session.rois} == set(ROI_COLORS)
