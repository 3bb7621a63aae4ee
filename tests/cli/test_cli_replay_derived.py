"""``lowfield replay`` of what is not measured on ROIs alone: the phantom, denoising runs, derived images."""

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import nibabel
import numpy as np
import pytest

from tests.cli.test_cli_phantom import TRUTH, study  # noqa: F401  (a fixture)
from viewer.dicom.create import write_mr
from viewer.pipeline import denoise_volume, load, make_report, open_study
from viewer.report.json import write_json
from viewer.roi.io import rois_from_json

FAST = ("--model", "lowfield-fast", "--strength", 0.9)


@pytest.fixture
def changed(tmp_path: Path) -> Callable[..., Path]:
    """Return a function that writes a document to a file, after a change."""

    def write(document: dict, change: Callable[[dict], object] = lambda document: None) -> Path:
        copy = json.loads(json.dumps(document))
        change(copy)
        path = tmp_path / "document.json"
        path.write_text(json.dumps(copy))
        return path

    return write


def wrong(result) -> set[tuple[str, str]]:
    """Which numbers were found to differ."""
    assert result.code == 1, result.out
    return {(row["roi"], row["number"]) for row in result.document["numbers"] if not row["agrees"]}


def test_the_phantom_agrees_and_each_tampered_number_is_found(lowfield, study, changed):  # noqa: F811
    document = lowfield("phantom", study, *TRUTH, "--json").document
    assert "patient" not in json.dumps(document["replay"]).lower()
    assert document["software"]["name"] == "Lowfield" and document["replay"]["pet"]["source"]
    same = lowfield("replay", changed(document), "--json")
    assert same.code == 0, same.err
    found = same.document
    assert found["kind"] == "phantom" and found["agrees"] and found["differences"] == []
    names = {(row["roi"], row["number"]) for row in found["numbers"]}
    assert {("sphere 37 mm", "rc_mean"), ("phantom", "calibration"), ("phantom", "pose.residual_mm")} < names
    assert ("sphere 10 mm", "verdicts.0.passed") in names and ("phantom", "unit") in names

    def tamper(copy):
        copy["spheres"][5]["rc_mean"] *= 1.001
        copy["spheres"][0]["verdicts"][0]["passed"] = not copy["spheres"][0]["verdicts"][0]["passed"]
        copy["cov_percent"] -= 0.01
        copy["unit"] = "kBq/mL"

    bad = lowfield("replay", changed(document, tamper), study, "--json")
    assert wrong(bad) == {
        ("sphere 37 mm", "rc_mean"),
        ("sphere 10 mm", "verdicts.0.passed"),
        ("phantom", "cov_percent"),
        ("phantom", "unit"),
    }
    (row,) = [row for row in bad.document["numbers"] if row["number"] == "rc_mean" and not row["agrees"]]
    assert row["reported"] == document["spheres"][5]["rc_mean"] * 1.001
    assert row["now"] == document["spheres"][5]["rc_mean"]


def test_a_phantom_of_another_fill_or_without_its_images_is_said(lowfield, study, changed, petct):  # noqa: F811
    document = lowfield("phantom", study, *TRUTH, "--json").document

    def fill(copy):
        copy["replay"]["fill"]["spheres_bq_ml"] *= 2

    found = wrong(lowfield("replay", changed(document, fill), study, "--json"))
    assert ("phantom", "true_spheres") in found and ("sphere 37 mm", "rc_max") in found
    away = lowfield("replay", changed(document), petct)
    assert away.code == 1 and "not replayed: phantom: The study does not hold this series" in away.out
    shorter = lowfield("replay", changed(document, lambda copy: copy["spheres"].pop()), study)
    assert shorter.code == 1 and "holds 5 spheres, not 6" in shorter.out
    nothing = lowfield("replay", changed(document, lambda copy: copy["replay"].update(pet=None)), study)
    assert nothing.code == 1 and "does not say what pet was" in nothing.out
    older = lowfield("replay", changed(document, lambda copy: copy.pop("replay")), study)
    assert older.code == 1 and "an older version wrote it" in older.err


def test_a_denoising_run_agrees_and_each_tampered_number_is_found(lowfield, head, changed, tmp_path):
    document = lowfield("denoise", head, tmp_path / "d.nii.gz", *FAST, "--json").document
    same = lowfield("replay", changed(document), "--json")
    assert same.code == 0, same.err
    assert same.document["kind"] == "denoise" and same.document["differences"] == []
    assert same.document["left_out"] == ["seconds: how long a run took is no result of it."]
    names = {row["number"] for row in same.document["numbers"]}
    assert {"sigma", "strength", "model_sha256", "residual.sd", "residual.grade", "residual.error_sigma"} < names

    def tamper(copy):
        copy["sigma"] *= 1 + 1e-8
        copy["residual"]["error_sigma"] *= 0.99
        copy["residual"]["grade"] = "splendid"
        copy["seconds"] = 0.001

    bad = lowfield("replay", changed(document, tamper), head, "--json")
    assert {number for _, number in wrong(bad)} == {"sigma", "residual.error_sigma", "residual.grade"}
    readable = lowfield("replay", changed(document, tamper), head)
    assert "residual.grade was 'splendid', is '" in readable.out and "not compared: seconds" in readable.out


def test_another_network_or_other_voxels_are_said(lowfield, head, changed, tmp_path):
    document = lowfield("denoise", head, tmp_path / "d.nii.gz", *FAST, "--sigma", 9, "--json").document
    assert document["replay"]["options"]["sigma"] == 9

    def retrained(copy):
        copy["replay"]["model_sha256"] = "0" * 64

    other = lowfield("replay", changed(document, retrained), head)
    assert other.code == 1 and "the one installed has" in other.out and "0 of 0 numbers" in other.out

    wished = lowfield("replay", changed(document, lambda copy: copy["replay"]["options"].update(wish=1)), head)
    assert wished.code == 1 and "options that are not known" in wished.out

    def rounded(copy):
        copy["replay"]["denoised_sha256"] = "0" * 64
        copy["runtime"] = "onnxruntime 0.1 CPUExecutionProvider"
        copy["software"]["version"] = "0.0.1"

    told = lowfield("replay", changed(document, rounded), head, "--json")
    assert told.code == 0, told.err
    said = " ".join(told.document["differences"])
    assert (
        "not bit for bit" in said
        and "the runtime was onnxruntime 0.1" in said
        and "written by Lowfield 0.0.1" in said
    )


def test_a_report_of_rois_on_a_denoised_image_is_replayed(lowfield, head, changed, tmp_path):
    (info,) = open_study([head]).series()
    result = denoise_volume(load(info), model="lowfield-fast")
    ball = {"name": "ball", "type": "sphere", "center_lps_mm": [10, 10, -5], "radius_mm": 9}
    made = make_report(result.volume, None, rois_from_json({"rois": [ball]}), denoised=result)
    write_json(made, tmp_path / "r.json")
    document = json.loads((tmp_path / "r.json").read_text())
    same = lowfield("replay", changed(document), "--json")
    assert same.code == 0, same.out
    compared = {(row["roi"], row["number"]) for row in same.document["numbers"]}
    label = next(roi for roi, number in compared if number == "sigma_confidence")
    assert ("ball", "values.mean") in compared and label.endswith("denoised")

    def tamper(copy):
        copy["rois"][0]["values"]["mean"] *= 1 + 1e-6
        copy["denoising"][0]["residual"]["sd"] += 1e-3

    bad = lowfield("replay", changed(document, tamper), head, "--json")
    assert wrong(bad) == {("ball", "values.mean"), (label, "residual.sd")}
    unmade = lowfield("replay", changed(document, lambda copy: copy["denoising"].clear()), head)
    assert unmade.code == 1 and "neither the study holds nor the document says how to make" in unmade.out


def test_a_derived_series_of_the_study_is_replayed_as_any_other(lowfield, head, changed, tmp_path):
    assert lowfield("denoise", head, tmp_path / "derived", *FAST, "--json").code == 0
    (info,) = open_study([tmp_path / "derived"]).series()
    assert load(info).origin.derivation.startswith("Denoised by Lowfield")
    rois = tmp_path / "rois.json"
    rois.write_text(json.dumps({"rois": [{"name": "all", "type": "whole"}]}))
    document = lowfield("measure", tmp_path / "derived", "--rois", rois, "--json").document
    assert lowfield("replay", changed(document)).code == 0
    bad = lowfield("replay", changed(document, lambda copy: copy["rois"][0].update(voxels=7)), "--json")
    assert wrong(bad) == {("all", "voxels")}


@pytest.fixture
def pair(tmp_path: Path) -> Path:
    """Magnitude and phase of a noisy ball as two NIfTI files, 4 slices of 48 x 48."""
    _, j, i = np.mgrid[:4, :48, :48]
    clean = 100.0 * ((((j - 24) / 18) ** 2 + ((i - 24) / 15) ** 2) < 1)
    noise = np.random.default_rng(2).normal(0, 5, (2, *clean.shape))
    image = (clean + noise[0] + 1j * noise[1]).T
    folder = tmp_path / "pair"
    folder.mkdir()
    for name, part in (("t2_mag.nii.gz", np.abs(image)), ("t2_ph.nii.gz", np.angle(image))):
        nibabel.save(nibabel.Nifti1Image(part.astype(np.float32), np.diag([1.6, 1.6, 5, 1])), folder / name)
    return folder


@pytest.mark.parametrize("part", ["auto", "magnitude"])
def test_a_pair_of_files_is_found_and_joined_again(lowfield, pair, changed, tmp_path, part):
    words = (*FAST, "--part", part, "--json")
    result = lowfield("denoise", pair, tmp_path / f"{part}.nii.gz", *words)
    assert result.code == 0, result.err
    facts = result.document["replay"]["source"]
    assert facts["complex"] is (part == "auto") and Path(facts["source"]).is_relative_to(pair)
    same = lowfield("replay", changed(result.document), "--json")
    assert same.code == 0, same.err
    moved = pair.rename(tmp_path / "elsewhere")
    assert "not where the document says" in lowfield("replay", changed(result.document)).err
    whole = nibabel.Nifti1Image(np.zeros((48, 48, 4), np.float32), np.diag([1.6, 1.6, 5, 1])).to_bytes()
    (moved / "a_broken.nii").write_bytes(whole[:-1000])
    again = lowfield("replay", changed(result.document), moved, "--json")
    assert again.code == 0, again.err
    assert any("another UID" in text for text in again.document["differences"])


def test_a_repeated_acquisition_is_found_again(lowfield, head, changed, tmp_path):
    volume = load(next(iter(open_study([head]).series())))
    noise = np.random.default_rng(5).normal(0, 10, volume.data.shape)
    again = volume.with_data(np.abs(volume.data + noise).astype(np.float32))
    write_mr(
        replace(again, origin=replace(volume.origin, series_uid="", series_number="9")), head.parent / "again"
    )
    keys = [lowfield("index", folder, "--json").document for folder in (head, head.parent / "again")]
    first, second = (each["patients"][0]["studies"][0]["series"][0]["series_key"] for each in keys)
    both = tmp_path / "both"
    shutil.copytree(head, both / "a")
    shutil.copytree(head.parent / "again", both / "b")
    words = ("--series", first, "--repeat", second, *FAST, "--json")
    result = lowfield("denoise", both, tmp_path / "d.nii.gz", *words)
    assert result.code == 0, result.err
    assert result.document["sigma_source"] == "repeat"
    assert lowfield("replay", changed(result.document)).code == 0

    def forget(copy):
        copy["replay"]["repeat"] = None

    bad = lowfield("replay", changed(result.document, forget), "--json")
    assert "sigma" in {number for _, number in wrong(bad)}


def test_the_magnitude_of_a_complex_image_is_taken_again(lowfield, pair, changed, tmp_path):
    """Real and imaginary files: no file holds the magnitude that was denoised."""
    mag, phase = (np.asanyarray(nibabel.load(pair / name).dataobj) for name in ("t2_mag.nii.gz", "t2_ph.nii.gz"))
    folder = tmp_path / "cartesian"
    folder.mkdir()
    for name, part in (("real", mag * np.cos(phase)), ("imag", mag * np.sin(phase))):
        image = nibabel.Nifti1Image(part.astype(np.float32), np.diag([1.6, 1.6, 5, 1]))
        nibabel.save(image, folder / f"a_part-{name}.nii.gz")
    result = lowfield("denoise", folder, tmp_path / "d.nii.gz", *FAST, "--part", "magnitude", "--json")
    assert result.code == 0, result.err
    assert result.document["replay"]["source"]["complex"] is False
    same = lowfield("replay", changed(result.document), "--json")
    assert same.code == 0 and same.document["differences"] == [], same.err
