"""The main job, whole: ``lowfield demo --headless`` against the simulator's truth."""

import json

import numpy as np
import pytest

from viewer.formats.nifti import read_nifti
from viewer.pipeline import load, open_study


@pytest.fixture(scope="module")
def out(tmp_path_factory, request):
    from viewer.app import main

    home = tmp_path_factory.mktemp("home")
    patch = pytest.MonkeyPatch()
    request.addfinalizer(patch.undo)
    patch.setenv("LOWFIELD_HOME", str(home))
    folder = tmp_path_factory.mktemp("demo") / "out"
    assert main(["demo", "--headless", "--out", str(folder)]) == 0
    return folder


@pytest.mark.gui
def test_spheres_agree_with_the_truth_after_blur(out):
    rows = {row["name"]: row for row in json.loads((out / "agreement.json").read_text())}
    assert len(rows) == 8
    for diameter in (17, 22, 28, 37):
        row = rows[f"Sphere {diameter} mm"]
        assert abs(row["deviation_from_blurred_truth_percent"]) < 3
        assert abs(row["twin_deviation_percent"]) < 4
    for diameter in (10, 13):  # 62 and 144 voxels: their own noise is about 4 %
        assert abs(rows[f"Sphere {diameter} mm"]["deviation_from_blurred_truth_percent"]) < 10
    assert abs(rows["Background"]["deviation_from_blurred_truth_percent"]) < 1
    assert rows["Lung insert"]["mean_bq_ml"] < 0.01 * rows["Background"]["mean_bq_ml"]


@pytest.mark.gui
def test_everything_is_left_in_the_folder(out):
    for name in ("report-petct.pdf", "report-mri.pdf"):
        assert (out / name).read_bytes().startswith(b"%PDF")
    rows = json.loads((out / "report-petct.json").read_text())["rois"]
    assert len({row["name"] for row in rows}) == 8 and len({row["series_uid"] for row in rows}) == 2
    assert len(rows) == 16  # each on PET and on CT
    assert (out / "report-petct.csv").read_text(encoding="utf-8-sig").startswith("name,")
    assert len(list((out / "screenshots").glob("*.png"))) == 8


@pytest.mark.gui
def test_the_denoised_series_is_nearer_to_the_truth(out):
    def one(folder):
        return load(next(iter(open_study([folder]).series())))

    clean = read_nifti(out / "study" / "truth" / "T2-clean.nii.gz").data
    raw, denoised = one(out / "study" / "brain" / "T2"), one(out / "denoised")
    assert denoised.geometry.same_grid(raw.geometry)
    assert "denoised" in denoised.origin.derivation.lower() or "DENOISED" in denoised.origin.series_description
    error = [float(np.sqrt(np.mean((volume.data - clean) ** 2))) for volume in (raw, denoised)]
    assert error[1] < 0.6 * error[0]
