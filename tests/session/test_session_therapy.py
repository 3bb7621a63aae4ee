"""Therapy in the session: what stands in its way, what makes a result stale, what files it writes. No widgets."""

import json
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from tests.therapy.conftest import THERAPY, visits  # noqa: F401  (a fixture)
from viewer.core.errors import LowfieldError
from viewer.core.pet import UserCorrections
from viewer.core.study import SeriesInfo
from viewer.jobs.runner import Runner
from viewer.pipeline import load, open_study
from viewer.roi.shapes import Roi, Sphere
from viewer.session.session import Session
from viewer.session.therapy import FEW_TICKED, NO_PET, NO_ROI, Therapy
from viewer.session.therapy_course import course_of
from viewer.session.therapy_run import in_window
from viewer.session.workflow import Workflow
from viewer.therapy.options import DoseOptions
from viewer.therapy.verify import verify
from viewer.therapy.visits import find_visits

NOTHING = SimpleNamespace(load=None)
"""Functions of a workflow that loads nothing: the scan that is open is in memory already."""


class Office:
    """A session on the simulated therapy, whose first scan is open."""

    def __init__(self, folder: Path) -> None:
        self.session, self.runner = Session(), Runner(1)
        self.therapy = Therapy(self.session, Workflow(self.session, self.runner, NOTHING))
        self.session.add_index(open_study([folder]))
        self.first = self.scan("PET 1 h")
        self.session.add_volume(self.first.key, load(self.first))
        self.session.assign("pet", self.first.key)

    def scan(self, name: str) -> SeriesInfo:
        assert self.session.index is not None
        return next(one for one in self.session.index.series() if one.description.endswith(name))

    def add(self, name: str = "warm", radius: float = 22.0) -> None:
        frame = self.first.frame_of_reference_uid
        shape = Sphere((0.0, -75.0, 60.0), radius)
        self.session.add_roi(Roi(name, shape, series_uid=self.first.key, frame_of_reference_uid=frame))

    def verify(self) -> None:
        self.therapy.verify()
        self.wait()

    def wait(self) -> None:
        self.runner._pool.submit(lambda: None).result(timeout=120)


@pytest.fixture
def office(visits):  # noqa: F811
    made = Office(visits)
    yield made
    made.runner.shutdown(wait=True)


def test_what_stands_in_the_way_is_said(office):
    assert Therapy(Session(), Workflow(Session(), office.runner, NOTHING)).obstacle == NO_PET
    assert [one.description[-4:].strip() for one in office.therapy.scans] == ["1 h", "3 h", "6 h", "10 h"]
    assert office.therapy.obstacle == NO_ROI
    office.add()
    assert office.therapy.obstacle == ""
    for name in ("PET 3 h", "PET 6 h", "PET 10 h"):
        office.therapy.tick(office.scan(name).key, False)
    assert office.therapy.obstacle == FEW_TICKED
    office.therapy.tick(office.first.key, False)
    assert office.therapy.ticked(office.first.key), "the ROIs lie on it"


def test_the_numbers_are_those_of_the_rooms_below(office):
    office.add()
    office.therapy.choose(rbe=3.0)
    office.verify()
    found = office.therapy.result
    assert found is not None and office.therapy.failure is None
    options = DoseOptions(rbe=3.0, first=office.first.key)
    index_visits, _ = find_visits(office.session.index, options, load)
    expected = verify(index_visits, office.session.rois, options, load)
    dose, other = found.verification.rois[0].dose, expected.rois[0].dose
    assert dose is not None and other is not None
    assert (dose.total_gy, dose.weighted_gy, dose.rbe) == (other.total_gy, other.weighted_gy, 3.0)
    assert found.verification.map is not None and found.verification.rois[0].map_mean_gy is not None


def test_a_result_is_stale_once_anything_it_rests_on_is_another(office):
    office.add()
    office.verify()
    therapy = office.therapy
    assert not therapy.stale
    therapy.choose(rbe=4.0)
    assert therapy.stale
    therapy.choose(rbe=DoseOptions().rbe)
    therapy.tick(office.scan("PET 10 h").key, False)
    assert therapy.stale
    therapy.tick(office.scan("PET 10 h").key, True)
    assert not therapy.stale
    office.session.choose("measure", nuclide="149Tb")
    assert therapy.stale
    office.session.choose("measure", nuclide=None)
    office.add("other", 10.0)
    assert therapy.stale


def test_another_study_never_shows_these_numbers_or_choices(office):
    office.add()
    office.therapy.choose(injected_bq=1e6)
    office.verify()
    assert office.therapy.result is not None
    here = office.session.study_uid
    office.session.activate("")
    assert office.therapy.result is None and office.therapy.options == DoseOptions()
    office.session.activate(here)
    assert office.therapy.result is not None and office.therapy.options.injected_bq == 1e6
    office.session.close_all()
    assert office.therapy.result is None


def test_the_injection_as_corrected_beside_the_images_is_used_and_said(office):
    office.add()
    office.session.choose("measure", corrections=UserCorrections(injected_dose_bq=1e8, nuclide="149Tb"))
    office.verify()
    found = office.therapy.result
    assert found is not None and found.verification.injected_bq == pytest.approx(1e8)
    assert any("Corrected by user: 149Tb" in text for text in found.warnings)
    office.therapy.choose(injected_bq=3e8)
    office.verify()
    assert office.therapy.result.verification.injected_bq == 3e8


def test_what_cannot_be_verified_is_a_failure_in_words_of_the_window(office):
    office.add()
    office.session.choose("measure", nuclide="68Ga", acquired_as="149Tb")
    office.verify()
    assert office.therapy.result is None
    assert isinstance(office.therapy.failure, LowfieldError)
    office.session.choose("measure", nuclide=None, acquired_as=None)
    office.verify()
    assert office.therapy.failure is None and office.therapy.result is not None
    hint = "Or leave this series out (name the others with --series)."
    assert "--" not in in_window(f"Register elsewhere. {hint}") and "--" not in in_window(
        "given (--injected-mbq)."
    )


def test_no_word_of_the_command_line_reaches_the_window():
    rooms = Path(__file__).parents[2] / "viewer" / "therapy"
    for file in rooms.glob("*.py"):
        for line in file.read_text().splitlines():
            if '"' in line and "--" in line:
                text = in_window(line)
                assert "--series" not in text and "--injected" not in text, f"{file.name}: {line.strip()}"


def test_the_course_is_solid_between_the_scans_and_meets_at_them(office):
    office.add()
    office.verify()
    found = office.therapy.result.verification
    course = course_of(found.rois[0], found.half_life_s)
    before, between, after = course.pieces
    assert (before.assumed, between.assumed, after.assumed) == (True, False, True)
    assert before.hours[0] == 0 and between.hours[0] == course.hours[0] and between.hours[-1] == course.hours[-1]
    assert before.kbq_ml[-1] == pytest.approx(between.kbq_ml[0])
    assert after.kbq_ml[0] == pytest.approx(between.kbq_ml[-1])
    hours = after.hours[-1] - after.hours[0]
    assert after.kbq_ml[-1] / after.kbq_ml[0] == pytest.approx(0.5 ** (hours * 3600 / found.half_life_s))
    assert np.abs(between.kbq_ml[-1] / course.kbq_ml[-1] - 1) < 0.1


def test_files_of_the_result(office, tmp_path):
    office.add()
    office.verify()
    heard = []
    office.therapy.written.connect(heard.append)
    office.therapy.export(tmp_path / "t.pdf")
    office.therapy.export_maps(tmp_path)
    office.wait()
    assert sorted(path.name for paths in heard for path in paths) == [
        "dose-gy-rbe.nii.gz", "dose-gy.nii.gz", "t.csv", "t.json", "t.pdf",
    ]  # fmt: skip
    document = json.loads((tmp_path / "t.json").read_text())
    dose = office.therapy.result.verification.rois[0].dose
    assert document["rois"][0]["dose"]["total_gy"] == dose.total_gy
    assert THERAPY.clearance_s and (tmp_path / "t.pdf").read_bytes().startswith(b"%PDF")
    (tmp_path / "u.csv").write_text("mine")
    office.therapy.export(tmp_path / "u.pdf")
    office.wait()
    assert "exists already" in str(office.therapy.failure) and (tmp_path / "u.csv").read_text() == "mine"
