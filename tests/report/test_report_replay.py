"""Comparing a report's numbers with those measured again, by name."""

import json

import pytest

from viewer.report.json import measurement_document
from viewer.report.replay import Agreement, Replay, compare, leaves, merged


@pytest.fixture
def row(measurements) -> dict:
    return json.loads(json.dumps(measurement_document(measurements[0])))


def test_every_number_of_an_roi_is_compared_by_its_name(row):
    found = compare(row, row)
    names = {each.number for each in found.numbers}
    assert {"voxels", "volume_ml", "activity_bq_ml.mean", "suv_bw.peak", "total_activity_bq"} < names
    assert {"provenance.activity.nuclide.is.half_life_s", "unit"} < names
    assert not any(name.startswith(("definition", "warnings")) for name in names)
    assert found.agrees and found.differences == ()
    assert compare(row | {"new": {"statistic": [1.0, 2.0]}}, row | {"new": {"statistic": [1.0, 2.5]}}).numbers[
        -1
    ] == Agreement("lesion", "new.statistic.1", 2.0, 2.5)


@pytest.mark.parametrize(
    ("factor", "agrees"), [(1 + 9e-10, True), (1 + 2e-9, False), (1 - 9e-10, True), (0.5, False)]
)
def test_the_tolerance_is_relative(row, factor, agrees):
    changed = row | {"total_activity_bq": row["total_activity_bq"] * factor}
    assert compare(row, changed).agrees is agrees


def test_a_number_that_is_gone_disagrees_and_a_new_one_does_not_matter(row):
    gone = compare(row, row | {"total_activity_bq": None})
    (bad,) = [each for each in gone.numbers if not each.agrees]
    assert (bad.number, bad.now, bad.relative) == ("total_activity_bq", None, None)
    assert compare(row | {"total_activity_bq": None}, row).agrees


def test_what_explains_a_difference_is_named(row):
    later = json.loads(json.dumps(row))
    later["voxels"] += 1
    later["provenance"]["activity"]["decay_correction"] = "ADMIN"
    later["warnings"] = ["something new"]
    found = compare(row, later)
    assert "lesion: activity.decay_correction was 'START', is 'ADMIN'." in found.differences
    assert "lesion: new warning: something new" in found.differences
    many = json.loads(json.dumps(row))
    many["voxels"], many["provenance"] = 0, {str(k): k for k in range(50)}
    assert any("more entries of the provenance differ" in text for text in compare(row, many).differences)


def test_outcomes_add_up_and_one_without_numbers_proves_nothing():
    good, bad = Agreement("a", "x", 1.0, 1.0), Agreement("a", "y", 1.0, 2.0)
    whole = merged([Replay((good,), ("same",)), Replay((bad,), ("same",), ("left out",))])
    assert whole == Replay((good, bad), ("same",), ("left out",))
    assert not whole.agrees and not Replay().agrees
    assert Replay((good,)).agrees and not Replay((good,), (), ("left out",)).agrees
    assert Agreement("a", "z", 0.0, 0.0).relative == 0.0
    assert Agreement("a", "z", 0.0, 1e-13).agrees
    document = json.loads(json.dumps(whole.document(), allow_nan=False))
    assert (document["agrees"], document["compared"], document["disagreeing"]) == (False, 2, 1)
    assert document["numbers"][1]["relative_difference"] == 0.5


def test_leaves_of_nested_documents():
    assert list(leaves({"a": [1, {"b": None}], "c": "d"})) == [("a.0", 1), ("a.1.b", None), ("c", "d")]
