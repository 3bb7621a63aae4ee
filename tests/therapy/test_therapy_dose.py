"""``lowfield dose`` end to end: simulated scans written as DICOM, known truth, numbers within their noise."""

import csv
import json
import math
from collections.abc import Callable
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from tests.cli.conftest import lowfield  # noqa: F401  (a fixture)
from tests.therapy.conftest import (
    F18,
    GRID,
    HALF_LIFE,
    HOT,
    HOUR,
    INJECTED_BQ,
    INJECTION,
    NEAR,
    RATE,
    THERAPY,
    Therapy,
    scan_at,
)  # fmt: skip
from viewer.core.dose import Alignment
from viewer.core.study import SeriesInfo
from viewer.formats.nifti import read_nifti
from viewer.simulate.iec import IecPhantom
from viewer.therapy.frames import alignment

EFFECTIVE = RATE + math.log(2) / THERAPY.clearance_s
MEV, ALPHA, ELECTRON = 1.602176634e-13, 0.6627 + 0.0183, 0.0519 + 0.0282 + 0.0070


def expected_gy(first_s: float, last_s: float) -> float:
    """Worked out by hand: mono-exponential from the injection to the last scan, physical decay after it."""
    start = THERAPY.background_bq_ml
    until_last = start * (1 - math.exp(-EFFECTIVE * last_s)) / EFFECTIVE
    tail = start * math.exp(-EFFECTIVE * last_s) / RATE
    return (until_last + tail) * 1000 * (ALPHA + ELECTRON) * MEV


@pytest.fixture
def dose(lowfield: Callable[..., object], rois_file: Callable[..., object]) -> Callable[..., object]:  # noqa: F811
    """Run ``lowfield dose`` on folders with these ROIs and words."""

    def run(*words: object, rois: object = (NEAR,)) -> object:
        return lowfield("dose", *words, "--rois", rois_file(rois))

    return run


def warm(result):
    assert result.code == 0, result.err
    return result.document["rois"][0]


def test_the_truth_is_recovered_within_its_uncertainty(dose, visits):
    result = dose(visits, "--json", "--calibration-uncertainty-percent", "3")
    roi = warm(result)
    assert [round(point["since_injection_s"] / HOUR - 597.19 / HOUR, 3) for point in roi["points"]] == [
        1,
        3,
        6,
        10,
    ]
    for point in roi["points"]:
        true = THERAPY.background_bq_ml * math.exp(-EFFECTIVE * point["since_injection_s"])
        # Clearance goes on during the 20 min scan, which the simulator leaves out: e^(λ_bio·597 s) at most.
        assert abs(point["mean_bq_ml"] / true / math.exp(math.log(2) / THERAPY.clearance_s * 597.19) - 1) < 0.05
    fit = roi["fit"]
    assert fit["model"] == "mono" and fit["choice"] == "lowest AICc"
    rate = next(each for each in fit["parameters"] if each["name"] == "λ")
    assert rate["low_95"] < EFFECTIVE < rate["high_95"]
    gray, share = roi["dose"]["total_gy"], roi["dose"]["relative_uncertainty"]
    true = expected_gy(HOUR, 10 * HOUR + 597.19)
    assert gray == pytest.approx(true, rel=2 * roi["dose"]["uncertainty_terms"][0]["relative"] + 0.025)
    assert roi["dose"]["rbe_weighted_gy_rbe"] == pytest.approx(gray * (5 * ALPHA + ELECTRON) / (ALPHA + ELECTRON))
    names = [each["name"] for each in roi["dose"]["uncertainty_terms"]]
    assert any("positron fraction" in name for name in names) and any("calibration" in name for name in names)
    assert share == pytest.approx(math.sqrt(sum(t["relative"] ** 2 for t in roi["dose"]["uncertainty_terms"])))
    assert 0.05 < share < 0.07  # 4.2 % branching, 3 % calibration, a percent or two of fit


def test_residence_time_daughters_and_what_is_left_out(dose, visits):
    roi = warm(result := dose(visits, "--json"))
    assert roi["residence_time_s"] == pytest.approx(roi["time_integrated_activity_bq_s"] / INJECTED_BQ)
    volume = roi["points"][0]["volume_ml"]
    assert roi["time_integrated_activity_bq_s"] == pytest.approx(roi["time_integral"]["total_bq_s_ml"] * volume)
    decays = {each["nuclide"]: each for each in roi["daughters"]}
    assert decays["149Gd"]["activity_left_bq"] / roi["time_integrated_activity_bq_s"] == pytest.approx(
        0.833 * math.log(2) / 801792, rel=1e-3
    )
    assert any("149Gd 15.4 mBq" in text for text in result.document["excluded"])
    assert any("Photons are excluded" in text for text in result.document["excluded"])
    assert [each["method"] for each in result.document["registrations"]][1:] == ["same frame of reference"] * 3
    assert result.document["dose_constants"]["source"].startswith("ICRP")


def test_ratios_have_uncertainties_and_shared_errors_cancel(dose, visits):
    hot = HOT | {"center_lps_mm": THERAPY.phantom.sphere_centers_lps_mm[5].tolist(), "name": "hot"}
    result = dose(visits, "--json", "--background", "warm", rois=(NEAR, hot))
    assert result.code == 0, result.err
    (ratio,) = result.document["rois"][1]["ratios"]
    assert ratio["to"] == "warm" and ratio["kind"] == "background"
    assert len(ratio["concentration"]) == 4
    for each in (*ratio["concentration"], ratio["dose"]):
        assert each["ratio"] == pytest.approx(10, abs=3 * each["uncertainty"] + 0.3)
    assert ratio["dose"]["uncertainty"] / ratio["dose"]["ratio"] < 0.035
    missing = dose(visits, "--json", "--organ", "liver")
    assert missing.code == 1 and "no ROI called 'liver'" in missing.err


def test_map_csv_and_pdf(dose, visits, tmp_path):
    words = (
        "--map",
        tmp_path / "map",
        "--csv",
        tmp_path / "d.csv",
        "--pdf",
        tmp_path / "d.pdf",
        "--density",
        "ct",
    )
    result = dose(visits, *words, "--json")
    roi = warm(result)
    gray, weighted = (read_nifti(tmp_path / "map" / f"dose-{name}.nii.gz") for name in ("gy", "gy-rbe"))
    assert gray.geometry.shape == GRID.shape
    known = np.isfinite(gray.data) & (gray.data > 0)
    ratio = (5 * ALPHA + ELECTRON) / (ALPHA + ELECTRON)
    np.testing.assert_allclose(weighted.data[known], ratio * gray.data[known], rtol=1e-5)
    assert roi["map_mean_gy"] == pytest.approx(roi["dose"]["total_gy"], rel=0.04)
    assert roi["dose"]["density_source"].startswith("CT, Schneider")
    assert roi["dose"]["density_g_ml"] == pytest.approx(1.018, abs=0.01)  # water of 0 HU on that curve
    assert "runs straight between scans" in result.document["dose_map"]["rule"]
    rows = list(csv.DictReader((tmp_path / "d.csv").read_text(encoding="utf-8-sig").splitlines()))
    assert len(rows) == 4 and float(rows[0]["dose_gy"]) == pytest.approx(roi["dose"]["total_gy"])
    assert (tmp_path / "d.pdf").read_bytes().startswith(b"%PDF")
    again = dose(visits, "--map", tmp_path / "map")
    assert again.code == 1 and "holds a dose map already" in again.err


def test_the_readable_table(dose, visits):
    result = dose(visits, "--model", "physical", "--uptake", "linear", "--tail", "fitted", "--rbe", "3")
    assert result.code == 0, result.err
    assert "RBE 3 for alpha" in result.out and "a linear rise from zero" in result.out
    assert "scatter more around the physical decay only curve" in result.err


def test_acquired_as_fluorine_gives_the_same_dose(dose, visits, tmp_path):
    """The first two visits again, the scanner told 18F: the same numbers (same noise, 16 bit stored)."""
    folders = [visits / "visit 0", visits / "visit 1"]
    for number, hours in enumerate((1, 3)):
        scan_at(tmp_path / f"{number}", hours * HOUR, seed=number, acquired_as=F18)
    words = ("--acquired-as", "F-18", "--nuclide", "Tb-149", "--json")
    twin, told = warm(result := dose(tmp_path, *words)), warm(dose(*folders, "--json"))
    assert twin["dose"]["total_gy"] == pytest.approx(told["dose"]["total_gy"], rel=0.005)
    assert twin["residence_time_s"] is None
    assert any("recorded for 18F" in text for text in result.document["warnings"])
    stated = warm(dose(tmp_path, *words, "--injected-mbq", "200"))
    assert stated["residence_time_s"] == pytest.approx(told["residence_time_s"], rel=0.005)
    refused = dose(tmp_path, "--json")
    assert refused.code == 1 and "No dose constants of 18F" in refused.err


def test_a_patient_who_lies_differently_is_registered(dose, visits, tmp_path):
    """The second visit in its own frame of reference, the phantom moved by 12 mm: found, and the dose the same."""
    moved = IecPhantom((9.0, -6.0, 5.0))
    grid = replace_origin(GRID, (9.0, -6.0, 5.0))
    scan_at(tmp_path / "0", HOUR, seed=0)
    scan_at(tmp_path / "1", 6 * HOUR, seed=2, phantom=moved, geometry=grid, frame="1.2.3.4")
    roi = warm(result := dose(tmp_path, "--json", "--model", "mono"))
    _, second = result.document["registrations"]
    assert second["method"] == "rigid registration, PET to PET"
    assert np.array(second["matrix_lps_mm"])[:3, 3] == pytest.approx([9, -6, 5], abs=1.0)
    assert second["correlation"]["after"] > second["correlation"]["before"]
    alike = dose(visits, "--json", "--model", "mono")
    points = {round(p["since_injection_s"] / HOUR - 0.17): p["mean_bq_ml"] for p in warm(alike)["points"]}
    assert roi["points"][1]["mean_bq_ml"] == pytest.approx(points[6], rel=0.03)


def test_a_scan_that_its_ct_registers_keeps_its_own_name(monkeypatch):
    def scan(name, frame):
        size = (2, (2, 2, 2), (1.0, 1.0, 1.0), frame, ())
        pet, ct = (SeriesInfo(f"{kind} {name}", kind, f"{kind} {name}", "1", *size) for kind in ("PT", "CT"))
        return SimpleNamespace(pet=pet, ct=ct)

    found = Alignment("CT late", "CT late", "rigid registration, CT to CT", np.eye(4))
    monkeypatch.setattr("viewer.therapy.frames.registered", lambda fixed, moving, progress: (None, found))
    made = alignment(scan("early", "1.1"), scan("late", "1.2"), lambda info: info)
    assert (made.series_uid, made.series_description) == ("PT late", "PT late") and "CT to CT" in made.method


def replace_origin(geometry, shift):
    affine = geometry.affine.copy()
    affine[:3, 3] += shift
    return replace(geometry, affine=affine)


def test_a_registration_that_is_not_believed_refuses_the_scan_by_name(dose, tmp_path, monkeypatch):
    monkeypatch.setattr("viewer.align.judge.LEAST_CORRELATION", 1.5)
    scan_at(tmp_path / "0", HOUR)
    scan_at(tmp_path / "1", 3 * HOUR, frame="1.2.3.4")
    result = dose(tmp_path, "--json")
    assert result.code == 1 and "PET 3 h: The registration is not believed" in result.err
    assert "leave this series out" in result.err and result.out == ""


@pytest.mark.parametrize(
    ("second", "says"),
    [
        ({"since_s": HOUR + 60}, "acquired at the same time"),
        ({"since_s": 3 * HOUR, "patient": "T2"}, "belong to 2 patients"),
        ({"since_s": 3 * HOUR, "injection_time": INJECTION.replace(hour=7)}, "several injections"),
        ({"since_s": 3 * HOUR, "acquired_as": F18}, "of 149Tb and of 18F"),
    ],
)
def test_scans_that_do_not_belong_together_are_refused(dose, tmp_path, second, says):
    scan_at(tmp_path / "0", HOUR)
    scan_at(tmp_path / "1", second.pop("since_s"), **second)
    result = dose(tmp_path, "--json")
    assert result.code == 1 and says in result.err, result.err


def test_rois_of_one_name_are_refused_by_name_with_what_to_do(dose, tmp_path):
    scan_at(tmp_path / "0", HOUR)
    result = dose(tmp_path, "--json", rois=({**NEAR, "name": "liver"}, {**NEAR, "name": "liver"}, NEAR))
    assert result.code == 1 and "liver: Several ROIs have the same name." in result.err, result.err
    assert "give each ROI one of its own" in result.err


def test_what_is_not_attenuation_corrected_is_left_out_and_said(dose, tmp_path):
    scan_at(tmp_path / "0", HOUR)
    scan_at(tmp_path / "1", HOUR, corrected_image=("DECY",))
    result = dose(tmp_path, "--json")
    assert len(warm(result)["points"]) == 1
    assert any("not attenuation corrected, so left out" in text for text in result.document["warnings"])
    assert warm(result)["fit"]["model"] == "physical"
    assert any("lies outside the scans" in text for text in warm(result)["warnings"])


def test_an_roi_that_a_scan_does_not_show_has_no_dose_and_says_why(dose, visits):
    away = NEAR | {"name": "away", "center_lps_mm": [900.0, 0.0, 0.0]}
    result = dose(visits, "--json", "--background", "warm", rois=(NEAR, away))
    roi = result.document["rois"][1]
    assert roi["dose"] is None and any("holds no voxel" in text for text in roi["warnings"])
    assert result.document["rois"][0]["dose"] is not None


def test_injection_and_doses_that_nobody_states(dose, tmp_path):
    scan_at(tmp_path / "0", HOUR, injection_time=None, injected_dose_bq=None)
    result = dose(tmp_path, "--json")
    assert result.code == 1 and "--injected-at" in result.err
    stated = dose(tmp_path, "--json", "--injected-at", INJECTION.isoformat())
    assert warm(stated)["residence_time_s"] is None
    assert any("No file states the injected activity" in text for text in stated.document["warnings"])
    late = dose(tmp_path, "--json", "--injected-at", "2026-04-02T12:00:00")
    assert any("before the injection" in text for text in warm(late)["warnings"])


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--acquired-as", "F-18"), "--nuclide"),
        (("--injected-mbq", "0"), "above 0"),
        (("--between-scans-percent", "0"), "above 0"),
        (("--series", "1.2.3"), "no series 1.2.3"),
        (("--first", "1.2.3"), "not among the PET series"),
        (("--model", "bi"), "at least 5 time points"),
        (("--injected-at", "noon"), "say a time"),
        (("--injected-at", "2026-04-02T12:00:00+02:00"), "without a time zone"),
    ],
)
def test_words_that_make_no_sense_are_refused(dose, visits, words, says):
    result = dose(visits, "--json", *words)
    assert says in result.err or says in json.dumps(result.document)


def test_a_grown_roi_means_the_voxels_of_the_first_scan(dose, visits):
    seed = THERAPY.phantom.sphere_centers_lps_mm[5].tolist()
    grown = {"name": "grown", "type": "isocontour", "seed_lps_mm": seed, "radius_mm": 25, "fraction": 0.41}
    roi = warm(dose(visits, "--json", rois=(grown,)))
    assert len({point["measurement"]["voxels"] for point in roi["points"]}) == 1
    assert roi["fit"]["model"] == "mono"


def test_the_truth_of_these_tests_is_not_the_programs():
    therapy = Therapy(IecPhantom(), math.inf)
    assert therapy.activity_bq(HALF_LIFE) == pytest.approx(INJECTED_BQ / 2)
    assert expected_gy(0, 0) == pytest.approx(
        THERAPY.background_bq_ml * 21388 * 1000 * (ALPHA + ELECTRON) * MEV, rel=1e-4
    )
