"""``lowfield phantom``, and ``--recovery`` with the table that it wrote."""

import json

import numpy as np
import pytest

from viewer.core.geometry import Geometry
from viewer.dicom.create import write_pet
from viewer.quantify.recovery_tables import read_table
from viewer.simulate.iec import IecPhantom
from viewer.simulate.pet import SCAN_START, Emitter, simulate_pet

PHANTOM = IecPhantom((3, -5, 4))
TRUTH = (
    "--spheres-kbq-ml", PHANTOM.sphere_bq_ml / 1000, "--background-kbq-ml", PHANTOM.background_bq_ml / 1000,
    "--at", SCAN_START.isoformat(),
)  # fmt: skip


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    """The simulated phantom at 5 mm, 149Tb told as such, PET alone."""
    folder = tmp_path_factory.mktemp("phantom")
    geometry = Geometry.from_axes((44, 66, 66), (5, 5, 5), np.eye(3)[::-1], (-165, -165, -80), "1.2.3")
    terbium = Emitter("^149^Terbium", 14824.8, 0.0715, ("TB149", "99LOWFIELD"))
    pet = simulate_pet(PHANTOM, terbium, np.random.default_rng(4), geometry=geometry).volume
    write_pet(pet, pet.acquisition, folder / "pet")
    return folder


def test_phantom_measures_writes_and_its_table_corrects(lowfield, study, tmp_path):
    table, pdf = tmp_path / "own.json", tmp_path / "phantom.pdf"
    result = lowfield("phantom", study, *TRUTH, "--json", "--pdf", pdf, "--table", table)
    assert result.code == 0, result.err
    document = result.document
    assert document["schema"] == "lowfield phantom 1" and document["relative"] is False
    assert document["calibration"] == pytest.approx(1, abs=0.02)
    assert [row["diameter_mm"] for row in document["spheres"]] == [10, 13, 17, 22, 28, 37]
    found = np.array([row["center_lps_mm"] for row in document["spheres"]])
    assert np.abs(found - PHANTOM.sphere_centers_lps_mm).max() < 2.5
    assert pdf.read_bytes().startswith(b"%PDF")
    assert [point.rc for point in read_table(table).points] == [row["rc_mean"] for row in document["spheres"]]
    center = [float(value) for value in PHANTOM.sphere_centers_lps_mm[4]]
    rois = tmp_path / "rois.json"
    sphere = {"name": "28 mm", "type": "sphere", "center_lps_mm": center, "radius_mm": 14}
    rois.write_text(json.dumps({"rois": [sphere]}))
    measured = lowfield("measure", study, "--rois", rois, "--recovery", table, "--json")
    assert measured.code == 0, measured.err
    (row,) = measured.document["rois"]
    assert row["recovered"]["raw"] == row["activity_bq_ml"]["mean"]
    assert row["recovered"]["corrected"] == pytest.approx(row["recovered"]["raw"] / row["recovered"]["rc"])
    text = lowfield("measure", study, "--rois", rois, "--recovery", "tb149-2026")
    assert "kBq/mL raw" in text.out and "corrected (95 %" in text.out
    report = lowfield("report", study, "--rois", rois, "--recovery", table, "--pdf", tmp_path / "r.pdf", "--json")
    assert report.document["rois"][0]["recovered"]["corrected"] > 0


def test_phantom_without_truth_prints_ratios_and_says_so(lowfield, study, tmp_path):
    result = lowfield("phantom", study, "--voi", "sphere")
    assert result.code == 0, result.err
    assert "to background" in result.out and "true sphere" in result.out and "EARL" not in result.out
    assert "No true concentration" in result.err
    refused = lowfield("phantom", study, "--table", tmp_path / "t.json")
    assert refused.code == 1 and "too few for a table" in refused.err and not (tmp_path / "t.json").exists()


def test_phantom_prints_verdicts_for_every_sphere(lowfield, study):
    result = lowfield("phantom", study, *TRUTH)
    assert result.out.count("EARL 2 RCmean") == 6 and "calibration" in result.out


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--spheres-kbq-ml", 40), "no time"),
        (("--acquired-as", "F-18"), "--nuclide"),
        (("--ct", "1.9"), "no series 1.9"),
    ],
)
def test_phantom_refuses_what_does_not_fit(lowfield, study, words, says):
    result = lowfield("phantom", study, *words)
    assert result.code == 1 and says in result.err and result.out == ""


def test_only_a_pet_is_measured(lowfield, petct):
    series = lowfield("index", petct, "--json").document["patients"][0]["studies"][0]["series"]
    ct = next(each["series_uid"] for each in series if each["modality"] == "CT")
    result = lowfield("phantom", petct, "--pet", ct)
    assert result.code == 1 and "is CT, not PET" in result.err


def test_a_study_without_phantom_is_refused(lowfield, petct):
    result = lowfield("phantom", petct, "--json")
    assert result.code == 1 and "No NEMA IEC phantom was found" in result.err and result.out == ""
