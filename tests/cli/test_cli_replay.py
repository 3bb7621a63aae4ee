"""``lowfield replay``: the same study agrees, and whatever was changed since is found."""

import json
import shutil
from pathlib import Path

import numpy as np
import pydicom
import pytest

from viewer.core.volume import Volume
from viewer.formats.nifti import write_nifti
from viewer.pipeline import load, open_study

CORRECTED = ("--patient-weight-kg", 80, "--injected-activity-mbq", 90, "--injection-time", "2026-05-04T11:30:00")
REDECLARED = ("--acquired-as", "F-18", "--nuclide", "Tb-149", "--reference", "2026-05-04T13:00:00")


@pytest.fixture
def shapes(tmp_path, petct) -> Path:
    """ROIs of many shapes; the mask as `lowfield measure` reads it from NIfTI has its own test."""
    path = tmp_path / "shapes.json"
    rows = [
        {"name": "box", "type": "box", "min_lps_mm": [-9, -9, -5], "max_lps_mm": [5, 5, 9]},
        {"name": "ball", "type": "sphere", "center_lps_mm": [-2, -2, 2], "radius_mm": 9.5},
        {"name": "egg", "type": "ellipsoid", "center_lps_mm": [-2, -2, 2], "radii_mm": [9, 7, 12]},
        {"name": "all", "type": "whole"},
        {"name": "hot", "type": "isocontour", "seed_lps_mm": [-2, -2, 2], "radius_mm": 25, "fraction": 0.41},
        {
            "name": "drawn", "type": "polygon", "normal": [0, 0, 1], "thickness_mm": 4,
            "contours_lps_mm": [[[-10, -10, 2], [6, -10, 2], [6, 6, 2], [-10, 6, 2]]],
        },
    ]  # fmt: skip
    path.write_text(json.dumps({"rois": rows}))
    return path


def measured(lowfield, tmp_path, study, rois, *words) -> Path:
    result = lowfield("measure", study, "--rois", rois, *words, "--json")
    assert result.code == 0, result.err
    path = tmp_path / "measured.json"
    path.write_text(result.out)
    return path


@pytest.mark.parametrize("words", [(), CORRECTED, REDECLARED], ids=["plain", "corrected", "redeclared"])
def test_every_number_of_every_shape_agrees(lowfield, petct, shapes, tmp_path, words):
    path = measured(lowfield, tmp_path, petct, shapes, *words)
    result = lowfield("replay", path, "--json")
    assert result.code == 0, result.err
    document = result.document
    assert document["agrees"] and document["disagreeing"] == 0 and document["not_replayed"] == []
    assert {row["roi"] for row in document["numbers"]} == {"box", "ball", "egg", "all", "hot", "drawn"}
    assert document["compared"] > 6 * 10
    readable = lowfield("replay", path, petct)
    assert readable.code == 0
    assert f"{document['compared']} of {document['compared']} numbers agree" in readable.out


def test_a_mask_and_the_windows_report_are_replayed_too(lowfield, petct, tmp_path):
    info = next(series for series in open_study([petct]).series() if series.modality == "PT")
    volume = load(info)
    write_nifti(Volume((volume.data > 3000).astype(np.float32), volume.geometry), tmp_path / "hot.nii.gz")
    pdf = tmp_path / "r.pdf"
    result = lowfield("report", petct, "--rois", tmp_path / "hot.nii.gz", "--pdf", pdf, "--json")
    assert result.code == 0, result.err
    (tmp_path / "r.json").write_text(result.out)
    (tmp_path / "hot.nii.gz").unlink()
    again = lowfield("replay", tmp_path / "r.json", petct)
    assert again.code == 0, again.err
    assert lowfield("replay", tmp_path / "r.json").code == 0  # PET and CT lie in folders of their own


def test_a_study_in_a_zip_is_found_again(lowfield, petct, rois, tmp_path):
    archive = shutil.make_archive(str(tmp_path / "study"), "zip", petct)
    path = measured(lowfield, tmp_path, archive, rois)
    result = lowfield("replay", path)
    assert result.code == 0, result.err


def edited(study: Path, tmp_path: Path, change) -> Path:
    copy = tmp_path / "edited"
    shutil.copytree(study, copy)
    for path in copy.rglob("*.dcm"):
        dataset = pydicom.dcmread(path)
        if dataset.Modality == "PT":
            change(dataset)
            dataset.save_as(path)
    return copy


def test_a_changed_tag_is_found_and_named(lowfield, petct, rois, tmp_path):
    path = measured(lowfield, tmp_path, petct, rois)

    def heavier(dataset):
        dataset.PatientWeight = "77"

    result = lowfield("replay", path, edited(petct, tmp_path, heavier), "--json")
    assert result.code == 1
    wrong = {row["number"].split(".")[0] for row in result.document["numbers"] if not row["agrees"]}
    assert wrong == {"suv_bw", "tlg_g", "provenance"}
    assert any("patient_weight_kg.value was 70" in text for text in result.document["differences"])
    assert "do not agree" in result.err


def test_changed_voxels_are_found(lowfield, petct, rois, tmp_path):
    path = measured(lowfield, tmp_path, petct, rois)

    def brighter(dataset):
        dataset.RescaleSlope = float(dataset.RescaleSlope) * 1.001

    result = lowfield("replay", path, edited(petct, tmp_path, brighter))
    assert result.code == 1
    assert "another SHA-256" in result.out
    assert "activity_bq_ml.mean was" in result.out and "more" in result.out


def changed(path: Path, change) -> Path:
    document = json.loads(path.read_text())
    change(document)
    path.write_text(json.dumps(document))
    return path


def test_a_number_altered_in_the_report_is_found(lowfield, petct, rois, tmp_path):
    path = measured(lowfield, tmp_path, petct, rois)

    def alter(document):
        document["rois"][0]["activity_bq_ml"]["mean"] *= 1 + 3e-9

    result = lowfield("replay", changed(path, alter), petct)
    assert result.code == 1
    assert "cube: activity_bq_ml.mean was" in result.out


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda d: d["rois"][0].pop("definition"), "no definition of the ROI"),
        (lambda d: d["replay"]["series"].clear(), "does not describe the series"),
        (
            lambda d: d["replay"]["series"][0].update(derivation="denoised by ulf", voxels_sha256="0"),
            "derived image (denoised by ulf)",
        ),
        (lambda d: d["replay"]["series"][0].update(shape=[1, 2, 3]), "0 of its stacks lie on the grid"),
        (
            lambda d: [
                r.update(series_uid="1.9", voxels_sha256="0") for r in (d["replay"]["series"][0], *d["rois"])
            ],
            "does not hold this",
        ),
        (lambda d: d.update(denoising=[{"sigma": 1}]), "does not say how it was denoised"),
        (lambda d: d.update(phantom={"spheres": []}), "phantom: the document does not say how it was measured"),
    ],
)
def test_what_cannot_be_replayed_says_why(lowfield, petct, rois, tmp_path, change, says):
    path = changed(measured(lowfield, tmp_path, petct, rois), change)
    result = lowfield("replay", path, petct)
    assert result.code == 1
    assert says in result.out
    assert "could not be replayed" in result.err


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{", "cannot be read as JSON"),
        ("[]", "is no document of Lowfield"),
        ('{"schema": "lowfield dose 9", "replay": {}}', "is no document of Lowfield"),
        ('{"dose_constants": {}, "rois": []}', "an older version wrote it"),
        ('{"rois": []}', "an older version wrote it"),
        (
            '{"rois": [], "replay": {"series": [{"source": "/nowhere", "voxels_sha256": ""}]}}',
            "not where the document says",
        ),
    ],
)
def test_other_files_are_refused(lowfield, tmp_path, text, says):
    path = tmp_path / "other.json"
    path.write_text(text)
    result = lowfield("replay", path)
    assert result.code == 1
    assert says in result.err


def test_a_series_under_another_uid_is_known_by_its_voxels(lowfield, petct, rois, tmp_path):
    path = measured(lowfield, tmp_path, petct, rois)

    def rename(document):
        for row in (document["replay"]["series"][0], *document["rois"]):
            row["series_uid"] = "1.9"

    result = lowfield("replay", changed(path, rename), petct, "--json")
    assert result.code == 0, result.err
    assert any("another UID" in text for text in result.document["differences"])


def test_options_of_a_newer_version_are_refused(lowfield, petct, rois, tmp_path):
    path = changed(measured(lowfield, tmp_path, petct, rois), lambda d: d["replay"]["options"].update(magic=1))
    result = lowfield("replay", path, petct)
    assert result.code == 1
    assert "magic are not known" in result.err


def test_corrections_recompute_and_mark_every_number(lowfield, petct, rois):
    plain = lowfield("measure", petct, "--rois", rois, "--json").document["rois"][0]
    result = lowfield("measure", petct, "--rois", rois, "--json", "--patient-weight-kg", 35)
    row = result.document["rois"][0]
    assert row["suv_bw"]["mean"] == pytest.approx(plain["suv_bw"]["mean"] / 2)
    assert row["activity_bq_ml"] == plain["activity_bq_ml"]
    assert "Corrected by user: PatientWeight 35 kg (file: 70)." in row["warnings"]
    table = lowfield("measure", petct, "--rois", rois, "--patient-weight-kg", 35)
    assert all("corrected by user: PatientWeight" in line for line in table.out.splitlines())
    words = ("--dose-unit", "MBq", "--header-nuclide", "F-18", "--half-life-s", 6588, "--patient-sex", "F")
    refused = lowfield("measure", petct, "--rois", rois, *words)
    assert refused.code == 1
    assert "A dose of 1e+08 MBq is not possible" in refused.err


def test_a_corrected_height_and_sex_give_the_other_kinds_of_suv(lowfield, petct, rois):
    words = ("--patient-height-m", 1.75, "--patient-sex", "M", "--calibration-uncertainty-percent", 5)
    row = lowfield("measure", petct, "--rois", rois, "--json", *words).document["rois"][0]
    lean = 1.10 * 70 - 128 * (70 / 175) ** 2
    assert row["other_suv"]["SUVlbm(James128)"]["mean"] == pytest.approx(row["suv_bw"]["mean"] * lean / 70)
    terms = {each["name"]: each["relative"] for each in row["provenance"]["activity"]["uncertainty"]["terms"]}
    assert terms["calibration of the scanner"] == 0.05


@pytest.mark.parametrize("text", ["noon", "2026-05-04T11:30:00+02:00"])
def test_a_time_that_is_none_or_has_a_zone_is_refused(lowfield, petct, rois, text):
    result = lowfield("measure", petct, "--rois", rois, "--injection-time", text)
    assert result.code != 0
    assert "time" in result.err
