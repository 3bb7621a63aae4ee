"""``lowfield measure`` and ``report``: numbers that can be worked out by hand."""

import json

import numpy as np
import pytest

from viewer.core.volume import Volume
from viewer.formats.nifti import write_nifti
from viewer.pipeline import load, open_study


def test_measure_prints_one_json_document(lowfield, petct, rois):
    result = lowfield("measure", petct, "--rois", rois, "--json")
    assert result.code == 0, result.err
    cube, everything = result.document["rois"]
    assert cube["voxels"] == 64
    assert cube["volume_ml"] == pytest.approx(64 * 0.064)
    assert cube["activity_bq_ml"]["mean"] == pytest.approx(5000, rel=1e-4)
    assert cube["activity_bq_ml"]["sd"] == pytest.approx(0, abs=0.5)
    assert cube["total_activity_bq"] == pytest.approx(5000 * 64 * 0.064, rel=1e-4)
    assert cube["suv_bw"]["mean"] == pytest.approx(5000 * 70000 / 1e8, rel=1e-3)
    assert everything["voxels"] == 12 * 20 * 20
    assert cube["provenance"]["activity"]["nuclide"]["is"]["name"]


def test_a_redeclared_nuclide_labels_every_number_and_refuses_suv(lowfield, petct, rois):
    words = ("--acquired-as", "F-18", "--nuclide", "Tb-149", "--json")
    result = lowfield("measure", petct, "--rois", rois, *words)
    assert result.code == 0, result.err
    cube = result.document["rois"][0]
    branching = cube["provenance"]["activity"]["nuclide"]["is"]["positron_fraction"]
    # facts/tb149-pet §3: f_X / f_Tb * F_Tb(1200 s) / F_X(1200 s); 13.06 for 18F with f_Tb = 0.0715 (f_F = 0.9673).
    expected = 5000 * 13.06 * 0.0715 / branching
    assert cube["activity_bq_ml"]["mean"] == pytest.approx(expected, rel=2e-3)
    assert cube["suv_bw"] is None
    assert "acquired as" in cube["provenance"]["activity"]["label"]
    assert any("SUV" in text for text in cube["warnings"])


def test_one_nuclide_alone_is_not_enough(lowfield, petct, rois):
    result = lowfield("measure", petct, "--rois", rois, "--acquired-as", "F-18")
    assert result.code == 1
    assert "--nuclide" in result.err


def test_decay_to_another_time(lowfield, petct, rois):
    later = lowfield("measure", petct, "--rois", rois, "--reference", "2026-05-04T13:49:46.2", "--json")
    assert later.code == 0, later.err
    assert later.document["rois"][0]["activity_bq_ml"]["mean"] == pytest.approx(2500, rel=1e-3)


def test_measure_writes_csv(lowfield, petct, rois, tmp_path):
    table = tmp_path / "numbers.csv"
    result = lowfield("measure", petct, "--rois", rois, "--csv", table)
    assert result.code == 0, result.err
    assert table.read_text(encoding="utf-8-sig").splitlines()[1].startswith("cube,64,")


def test_a_nifti_mask_is_an_roi(lowfield, petct, tmp_path):
    info = next(series for series in open_study([petct]).series() if series.modality == "PT")
    volume = load(info)
    mask = Volume((volume.data > 3000).astype(np.float32), volume.geometry)
    write_nifti(mask, tmp_path / "hot.nii.gz")
    result = lowfield("measure", petct, "--rois", tmp_path / "hot.nii.gz", "--json")
    assert result.code == 0, result.err
    assert result.document["rois"][0]["name"] == "hot"
    assert result.document["rois"][0]["voxels"] == 64


def test_report_writes_pdf_csv_and_json(lowfield, petct, rois, tmp_path):
    pdf = tmp_path / "report.pdf"
    result = lowfield("report", petct, "--rois", rois, "--pdf", pdf, "--csv", tmp_path / "r.csv", "--json")
    assert result.code == 0, result.err
    assert pdf.read_bytes().startswith(b"%PDF")
    assert result.document["rois"][0]["voxels"] == 64
    assert (tmp_path / "r.csv").exists()


@pytest.mark.parametrize(
    ("document", "says"),
    [
        ("{", "not valid JSON"),
        ('{"rois": 3}', "rois"),
        (json.dumps({"rois": [{"name": "a", "type": "cone"}]}), "cone"),
        (
            json.dumps({"rois": [{"name": "a", "type": "sphere", "center_lps_mm": [0, 0, 0], "radius_mm": -1}]}),
            "radius",
        ),
    ],
)
def test_bad_rois_are_named(lowfield, petct, tmp_path, document, says):
    path = tmp_path / "bad.json"
    path.write_text(document)
    result = lowfield("measure", petct, "--rois", path, "--json")
    assert result.code == 1
    assert says in result.err
    assert result.out == ""


def test_the_readable_table_labels_a_rescaled_number_too(lowfield, petct, rois):
    result = lowfield("measure", petct, "--rois", rois, "--acquired-as", "F-18", "--nuclide", "Tb-149")
    assert result.code == 0, result.err
    assert all("rescaled: acquired as" in line for line in result.out.splitlines())
