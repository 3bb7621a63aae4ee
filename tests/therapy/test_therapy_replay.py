"""``lowfield replay`` of a verification of therapy: the command line's document, and the window's."""

import json
from dataclasses import replace

import pytest

from tests.cli.conftest import lowfield  # noqa: F401  (a fixture)
from tests.therapy.conftest import HOUR, INJECTION, NEAR, scan_at
from viewer.core.errors import LowfieldError
from viewer.core.pet import UserCorrections
from viewer.core.progress import silent
from viewer.pipeline import load, open_study
from viewer.roi.io import rois_from_json
from viewer.session.state import MeasureChoice
from viewer.session.therapy_files import write_therapy
from viewer.session.therapy_run import Request, follow
from viewer.therapy.options import DoseOptions

COOL = {"name": "cool", "type": "box", "min_lps_mm": [-20, 40, 40], "max_lps_mm": [10, 70, 80]}
WORDS = ("--background", "cool", "--injected-mbq", 180, "--injected-at", "2026-04-02T08:05:00", "--model", "mono")


@pytest.fixture(scope="module")
def two_visits(tmp_path_factory):
    """Two scans, 1 and 4 h after injection, in one frame of reference."""
    folder = tmp_path_factory.mktemp("replayed")
    for number, hours in enumerate((1, 4)):
        scan_at(folder / f"visit {number}", hours * HOUR, seed=number, ct=number == 0)
    return folder


@pytest.fixture
def again(lowfield, tmp_path):  # noqa: F811
    """Replay a document, after a change."""

    def run(document, *words, change=lambda document: None):
        copy = json.loads(json.dumps(document))
        change(copy)
        path = tmp_path / "dose.json"
        path.write_text(json.dumps(copy))
        return lowfield("replay", path, *words, "--json")

    return run


def test_a_dose_agrees_and_each_tampered_number_is_found(lowfield, two_visits, rois_file, again, tmp_path):  # noqa: F811
    words = (*WORDS, "--rois", rois_file((NEAR, COOL)), "--map", tmp_path / "maps", "--json")
    document = lowfield("dose", two_visits, *words).document
    assert document["schema"] == "lowfield dose 1" and document["software"]["name"] == "Lowfield"
    assert "Therapy" not in json.dumps(document["replay"]) and len(document["replay"]["series"]) == 2
    same = again(document)
    assert same.code == 0, same.err
    found = same.document
    assert found["kind"] == "dose" and found["differences"] == [] and found["not_replayed"] == []
    names = {(row["roi"], row["number"]) for row in found["numbers"]}
    assert {("warm", "dose.total_gy"), ("warm", "map_mean_gy"), ("cool", "points.1.mean_bq_ml")} < names
    assert {("dose", "injected_activity_bq"), ("warm", "ratios.0.dose.ratio")} < names
    assert any(number.startswith("registrations.1.matrix_lps_mm") for _, number in names)

    def tamper(copy):
        copy["rois"][0]["dose"]["total_gy"] *= 1.0001
        copy["rois"][1]["points"][1]["measurement"]["activity_bq_ml"]["mean"] *= 1 + 1e-8
        copy["half_life_s"] += 1
        copy["rois"][0]["points"][0]["mean_bq_ml"] = "much"

    bad = again(document, two_visits / "visit 0", two_visits / "visit 1", change=tamper)
    assert bad.code == 1
    assert {(row["roi"], row["number"]) for row in bad.document["numbers"] if not row["agrees"]} == {
        ("warm", "dose.total_gy"),
        ("cool", "points.1.measurement.activity_bq_ml.mean"),
        ("warm", "points.0.mean_bq_ml"),
        ("dose", "half_life_s"),
    }


def test_what_keeps_a_dose_from_being_replayed_is_said(lowfield, two_visits, rois_file, again, tmp_path):  # noqa: F811
    document = lowfield("dose", two_visits, "--rois", rois_file(), "--json").document
    alone = again(document, two_visits / "visit 0")
    assert alone.code == 1
    assert any("The study holds no series" in text for text in alone.document["not_replayed"])
    renamed = again(document, two_visits, change=lambda copy: copy["rois"][0].update(name="cold"))
    assert any("not those that it says were drawn" in text for text in renamed.document["not_replayed"])
    other = again(document, two_visits, change=lambda copy: copy["replay"]["options"].update(magic=1))
    assert any("magic are not known" in text for text in other.document["not_replayed"])
    late = again(document, two_visits, change=lambda copy: copy["replay"]["options"].update(injection_time="noon"))
    assert any("'noon' is no time" in text for text in late.document["not_replayed"])

    def elsewhere(copy):
        copy["replay"]["series"][0]["voxels_sha256"] = "0"
        copy["replay"]["series"][1]["series_key"] = "1.9"

    told = again(document, two_visits, change=elsewhere)
    assert told.code == 0, told.err
    said = told.document["differences"]
    assert sum("has other voxels" in text for text in said) == 1
    assert sum("was read by one of both only" in text for text in said) == 2


def test_the_windows_document_is_replayed_with_its_corrections(two_visits, again, tmp_path):
    index = open_study([two_visits])
    rois = rois_from_json({"rois": [NEAR]})
    corrected = MeasureChoice(corrections=UserCorrections(half_life_s=14880.0))
    pets = tuple(series.key for series in index.series() if series.modality == "PT")
    options = DoseOptions(series=pets, organs=("warm",), model="physical")
    request = Request("1", index.patients[0], rois, options, corrected)
    result = follow(request, {}, lambda info, progress: load(info), silent)
    write_therapy(result, tmp_path / "window.pdf", silent)
    document = json.loads((tmp_path / "window.json").read_text())
    assert document["replay"]["corrections"] == {"half_life_s": 14880.0}
    same = again(document)
    assert same.code == 0, same.err
    without = again(document, change=lambda copy: copy["replay"].pop("corrections"))
    wrong = {row["number"] for row in without.document["numbers"] if not row["agrees"]}
    assert without.code == 1 and "points.0.mean_bq_ml" in wrong


def test_options_are_read_back_as_they_were_written():
    options = DoseOptions(organs=("liver", "spleen"), rbe=4.0, series=("1.2",), background="aorta")
    assert DoseOptions.from_document(json.loads(json.dumps(options.document()))) == options
    timed = replace(options, injection_time=INJECTION)
    assert DoseOptions.from_document(json.loads(json.dumps(timed.document()))) == timed
    with pytest.raises(LowfieldError, match="wished are not known"):
        DoseOptions.from_document({"wished": 1})
