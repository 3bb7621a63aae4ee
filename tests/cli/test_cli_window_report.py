"""The report as the window asks for it: nothing replaced unasked, nothing measured on the wrong image."""

import pytest

from viewer.app import write_report
from viewer.core.errors import LowfieldError
from viewer.core.progress import silent
from viewer.pipeline import load, open_study
from viewer.roi.shapes import Roi, Whole
from viewer.session.functions import ReportRequest
from viewer.session.state import StudyState


@pytest.fixture
def request_for(petct):
    volumes = {series.modality: load(series) for series in open_study([petct]).series()}
    state = StudyState("1", assigned={"pet": "p", "ct": "c"}, rois=(Roi("all", Whole()),))

    def make(*roles):
        found = {"pet": volumes["PT"], "ct": volumes["CT"]}
        return ReportRequest(state, {role: found[role] for role in roles}, None)

    return make


def test_pdf_csv_and_json_lie_side_by_side(request_for, tmp_path):
    written = write_report(request_for("pet", "ct"), tmp_path / "r.pdf", silent)
    assert [path.name for path in written] == ["r.pdf", "r.csv", "r.json"]
    assert all(path.stat().st_size for path in written)


def test_a_pet_that_still_loads_is_not_replaced_by_its_ct(request_for, tmp_path):
    with pytest.raises(LowfieldError, match="still loading"):
        write_report(request_for("ct"), tmp_path / "r.pdf", silent)


def test_a_table_of_the_same_name_is_not_replaced_unasked(request_for, tmp_path):
    (tmp_path / "r.csv").write_text("mine")
    with pytest.raises(LowfieldError, match="exists already"):
        write_report(request_for("pet", "ct"), tmp_path / "r.pdf", silent)
    assert (tmp_path / "r.csv").read_text() == "mine"
