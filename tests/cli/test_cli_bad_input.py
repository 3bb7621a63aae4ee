"""Bad input: one clear message on stderr, no traceback, nothing on stdout, exit code 1."""

import zipfile

import pytest


def one_message(result) -> str:
    assert result.code == 1
    assert result.out == ""
    assert "Traceback" not in result.err
    assert result.err.startswith("lowfield: ")
    return result.err


def test_a_path_that_does_not_exist(lowfield, tmp_path):
    assert "does not exist" in one_message(lowfield("index", tmp_path / "no", "--json"))


def test_an_empty_folder(lowfield, tmp_path):
    assert "no DICOM" in one_message(lowfield("index", tmp_path, "--json"))


def test_a_text_file_named_dcm(lowfield, tmp_path):
    (tmp_path / "note.dcm").write_text("not an image")
    assert "note.dcm" in one_message(lowfield("index", tmp_path / "note.dcm", "--json"))


def test_a_truncated_file_is_named_and_the_rest_opens(lowfield, head):
    victim = sorted(head.iterdir())[2]
    victim.write_bytes(victim.read_bytes()[:600])
    result = lowfield("index", head, "--json")
    assert result.code == 0
    series = result.document["patients"][0]["studies"][0]["series"]
    said = str(result.document["problems"]) + str([each["warnings"] for each in series])
    assert victim.name in said


def test_a_missing_slice_is_reported(lowfield, head):
    sorted(head.iterdir())[2].unlink()
    series = lowfield("index", head, "--json").document["patients"][0]["studies"][0]["series"]
    assert any("missing" in text for each in series for text in each["warnings"])


def test_a_zip_that_climbs_out_is_refused_and_the_rest_opens(lowfield, head, tmp_path):
    archive = tmp_path / "study.zip"
    with zipfile.ZipFile(archive, "w") as stream:
        for path in head.iterdir():
            stream.write(path, f"study/{path.name}")
        stream.writestr("../escaped.dcm", b"x")
    result = lowfield("index", archive, "--json")
    assert result.code == 0
    assert any("escaped.dcm" in problem["where"] + problem["what"] for problem in result.document["problems"])
    assert not (tmp_path.parent / "escaped.dcm").exists()
    assert result.document["patients"][0]["studies"][0]["series"][0]["shape"] == [6, 64, 64]


@pytest.mark.parametrize("units", ["PROPCPS", "CPS", "PROPCNTS"])
def test_pet_that_is_no_activity_shows_its_numbers_but_no_activity(lowfield, pet_with, rois, units):
    result = lowfield("measure", pet_with(units=units), "--rois", rois, "--json")
    assert result.code == 0, result.err
    found = result.document["rois"][1]
    assert found["activity_bq_ml"] is None
    assert found["total_activity_bq"] is None
    assert found["suv_bw"] is None
    assert found["values"]["mean"] == pytest.approx(1000, rel=1e-3)
    assert any(units in text for text in found["warnings"])


def test_pet_without_half_life_shows_activity_at_the_scan_only(lowfield, pet_with, rois):
    folder = pet_with(half_life_s=None, nuclide_code=None, nuclide_meaning="")
    now = lowfield("measure", folder, "--rois", rois, "--json")
    assert now.code == 0, now.err
    assert now.document["rois"][1]["activity_bq_ml"]["mean"] == pytest.approx(1000, rel=1e-3)
    later = lowfield("measure", folder, "--rois", rois, "--reference", "2026-05-04T15:00:00", "--json")
    assert later.document["rois"][1]["activity_bq_ml"] is None
    assert any("half-life" in text.lower() for text in later.document["rois"][1]["warnings"])


def test_a_second_pet_must_be_named(lowfield, petct, rois, pet_with):
    pet_with(nuclide_meaning="other").rename(petct / "pet2")
    message = one_message(lowfield("measure", petct, "--rois", rois, "--json"))
    assert "--series" in message


def test_denoise_never_overwrites(lowfield, head, tmp_path):
    target = tmp_path / "there.nii.gz"
    target.write_bytes(b"keep me")
    one_message(lowfield("denoise", head, target, "--json"))
    assert target.read_bytes() == b"keep me"


def test_an_unknown_model_is_named(lowfield, head, tmp_path):
    message = one_message(lowfield("denoise", head, tmp_path / "a.nii.gz", "--model", "none-such", "--json"))
    assert "none-such" in message


def test_bad_words_end_with_an_error(lowfield, head, tmp_path):
    assert lowfield("denoise", head, tmp_path / "a.nii.gz", "--sigma", "-3").code == 2
    assert lowfield("denoise", head, tmp_path / "a.nii.gz", "--strength", "7").code == 2
