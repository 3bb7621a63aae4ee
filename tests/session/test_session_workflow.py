"""From a click to the session, with a pipeline of fakes."""

import queue
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from viewer.core.study import StudyIndex
from viewer.jobs.runner import Runner
from viewer.session.measuring import Measuring
from viewer.session.recent import Recent
from viewer.session.session import Session
from viewer.session.workflow import Workflow

Pump = Callable[[], None]


@pytest.fixture
def thunks() -> queue.Queue[Callable[[], object]]:
    return queue.Queue()


@pytest.fixture
def runner(thunks: queue.Queue[Callable[[], object]]) -> Iterator[Runner]:
    runner = Runner(2, thunks.put)
    yield runner
    runner.shutdown(wait=True)


@pytest.fixture
def pump(runner: Runner, thunks: queue.Queue[Callable[[], object]]) -> Pump:
    """Run what workers post, on this thread, until all jobs are over."""

    def run() -> None:
        while runner.jobs or not thunks.empty():
            thunks.get(timeout=10)()

    return run


@pytest.fixture
def told(workflow: Workflow) -> list[tuple[Any, ...]]:
    heard: list[tuple[Any, ...]] = []
    workflow.session.message.connect(lambda *message: heard.append(message))
    workflow.failed.connect(lambda error, doing: heard.append((str(error), doing)))
    return heard


@pytest.fixture
def workflow(runner: Runner, fakes: Any) -> Workflow:
    return Workflow(Session(), runner, fakes.functions())


def test_opening_shows_the_first_study_and_loads_it(workflow: Workflow, fakes: Any, pump: Pump) -> None:
    front: list[str] = []
    workflow.front.connect(front.append)
    workflow.open_paths([Path("/x/study")])
    pump()
    assert workflow.session.study_uid == "1.1" and front == ["mri"]
    assert workflow.session.volume("mri") is not None
    assert fakes.calls == ["open /x/study", "load mr"]


def test_a_preview_arrives_before_the_volume(workflow: Workflow, pump: Pump) -> None:
    heard: list[str] = []
    workflow.session.preview_arrived.connect(
        lambda key, k, picture: heard.append(f"preview {key} {picture.shape}")
    )
    workflow.session.volume_loaded.connect(lambda key: heard.append(f"volume {key}"))
    workflow.open_paths([Path("/x")])
    pump()
    assert heard[0] == "preview mr (6, 5)" and heard[-1] == "volume mr"


def test_thumbnails_of_everything_viewable(workflow: Workflow, pump: Pump) -> None:
    heard: list[str] = []
    workflow.thumbnail_arrived.connect(lambda key, picture: heard.append(key))
    workflow.open_paths([Path("/x")])
    pump()
    assert sorted(heard) == ["ct", "mr", "mr2", "pt"]


def test_show_study_opens_pet_over_ct(workflow: Workflow, session: Session, pump: Pump) -> None:
    workflow.open_paths([Path("/x")])
    pump()
    workflow.show_study("1.2")
    pump()
    assert workflow.session.volume("pet") is not None and workflow.session.volume("ct") is not None


def test_nothing_found_is_said(workflow: Workflow, fakes: Any, pump: Pump, told: list[Any]) -> None:
    fakes.index = StudyIndex((Path("/x/empty"),), (), ())
    workflow.open_paths([Path("/x/empty")])
    pump()
    assert told == [("warning", "Nothing that can be shown was found in empty.", "")]


def test_one_problem_is_named(workflow: Workflow, pump: Pump, told: list[Any]) -> None:
    workflow.open_paths([Path("/x")])
    pump()
    assert told == [("warning", "broken.dcm: The file ends early.", "")]


def test_what_fails_to_load_is_closed_and_said(
    workflow: Workflow, fakes: Any, pump: Pump, told: list[Any]
) -> None:
    fakes.fail = "load"
    workflow.open_paths([Path("/x")])
    pump()
    assert workflow.session.key("mri") == ""
    assert ("load mr: did not work", "Loading a series") in told


def test_a_failure_leaves_what_was_opened_meanwhile(workflow: Workflow, fakes: Any, pump: Pump) -> None:
    workflow.open_paths([Path("/x")])
    pump()
    fakes.fail = "load mr2"
    workflow.session.assign("mri", "mr2")
    workflow.session.assign("mri", "mr")
    workflow.session.activate("1.1")
    pump()
    assert workflow.session.key("mri") == "mr"


def test_close_all_stops_and_forgets(workflow: Workflow, pump: Pump) -> None:
    workflow.open_paths([Path("/x")])
    pump()
    workflow.session.assign("pet", "pt")
    workflow.close_all()
    pump()
    assert workflow.session.index is None and workflow.session.study_uid == ""


def test_warnings_of_a_series_are_said_once_it_is_shown(
    workflow: Workflow, fakes: Any, pump: Pump, told: list[Any]
) -> None:
    patient = fakes.index.patients[1]
    study = patient.studies[0]
    series = replace(study.series[0], warnings=("Slice 3 is missing.", "Odd Modality."))
    fakes.index = StudyIndex((), (replace(patient, studies=(replace(study, series=(series,)),)),))
    warned: list[tuple[str, ...]] = []
    workflow.session.warned.connect(lambda *words: warned.append(words))
    workflow.open_paths([Path("/x")])
    pump()
    text = "series mr2: Slice 3 is missing (and 1 more)."
    assert warned == [("mr2", "series mr2", text, "Odd Modality.")] and told == []


def test_what_is_no_image_says_so(workflow: Workflow, pump: Pump, told: list[Any]) -> None:
    workflow.open_paths([Path("/x")])
    pump()
    told.clear()
    assert workflow.open_series("sc") == ""
    assert told == [("series sc: This object cannot be shown as an image.", "Opening a series")]


def test_denoising_that_fails_keeps_the_original(workflow: Workflow, pump: Pump, told: list[Any]) -> None:
    workflow.open_paths([Path("/x")])
    pump()
    workflow.denoise()
    pump()
    assert told[-1] == ("no model", "Denoising")
    assert workflow.session.volume("mri") is not None and workflow.session.denoised is None


def test_report_is_written_and_announced(workflow: Workflow, pump: Pump) -> None:
    written: list[Any] = []
    workflow.exported.connect(written.append)
    workflow.open_paths([Path("/x")])
    pump()
    workflow.export_report(Path("/out/report.pdf"))
    pump()
    assert written == [[Path("/out/report.pdf")]]


def test_the_demo_is_made_and_opened(workflow: Workflow, fakes: Any, pump: Pump) -> None:
    remembered: list[Any] = []
    workflow.opened.connect(remembered.append)
    workflow.open_demo()
    pump()
    assert fakes.calls[0] == "open /demo"
    assert remembered == [], "the demo has its own button"


def test_only_changed_rois_are_measured_again(
    workflow: Workflow, runner: Runner, fakes: Any, pump: Pump, make: Any
) -> None:
    measuring = Measuring(workflow.session, runner, fakes.functions(), workflow)
    workflow.open_paths([Path("/x")])
    pump()
    workflow.show_study("1.2")
    pump()
    for name in ("A", "B"):
        workflow.session.add_roi(make.roi(name))
        pump()
    roi = workflow.session.rois[0]
    workflow.session.replace_roi(replace(roi, shape=make.roi(radius=8.0).shape))
    pump()
    assert [call for call in fakes.calls if call.startswith("measure")] == ["measure A", "measure B", "measure A"]
    assert [one.name for one in workflow.session.measurements] == ["A", "B"]
    assert measuring.source is workflow.session.volume("pet"), "PET is measured, not the CT under it"


def test_another_nuclide_measures_all_again(
    workflow: Workflow, runner: Runner, fakes: Any, pump: Pump, make: Any
) -> None:
    measuring = Measuring(workflow.session, runner, fakes.functions(), workflow)
    workflow.open_paths([Path("/x")])
    pump()
    workflow.session.assign("pet", "pt")
    workflow.session.add_roi(make.roi("A"))
    pump()
    workflow.session.choose("measure", acquired_as="F-18", nuclide="Tb-149")
    assert workflow.session.measurements == ()
    pump()
    assert len(workflow.session.measurements) == 1 and measuring is not None


def test_errors_of_measuring_reach_the_user(
    workflow: Workflow, runner: Runner, fakes: Any, pump: Pump, make: Any, told: list[Any]
) -> None:
    measuring = Measuring(workflow.session, runner, fakes.functions(), workflow)
    fakes.fail = "measure"
    workflow.open_paths([Path("/x")])
    pump()
    workflow.session.add_roi(make.roi("A"))
    pump()
    assert told[-1] == ("measure A: did not work", "Measuring") and measuring is not None


def test_recent_places_newest_first_and_only_those_that_exist(tmp_path: Path) -> None:
    recent = Recent(tmp_path / "recent.json")
    assert recent.paths() == []
    places = [tmp_path / name for name in ("a", "b", "c")]
    for place in places:
        place.mkdir()
        recent.add([place])
    recent.add([places[0]])
    places[1].rmdir()
    assert recent.paths() == [places[0], places[2]]
    (tmp_path / "recent.json").write_text("{")
    assert recent.paths() == []
    recent.clear()
    assert recent.paths() == []
