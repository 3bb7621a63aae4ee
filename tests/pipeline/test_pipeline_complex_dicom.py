"""Magnitude and phase, real and imaginary DICOM: found, joined, denoised as one, written back as magnitude."""

import json

import numpy as np
import pydicom
import pytest

from viewer.app import main
from viewer.core.errors import LowfieldError
from viewer.core.geometry import Geometry
from viewer.core.volume import Origin, Volume
from viewer.dicom.create import write_mr
from viewer.pipeline import load, open_study

RNG = np.random.default_rng(8)
SHAPE = (5, 48, 40)
GRID = Geometry.from_axes(SHAPE, (5, 2, 2), np.eye(3)[::-1], (-40, -48, -10), "1.2.826.0.1.3680043.8.498.9")
ORIGIN = Origin(patient_id="P", patient_name="A^B", study_uid="1.2.826.0.1.3680043.8.498.8")
_, ROWS, COLUMNS = np.mgrid[:5, :48, :40]
INSIDE = ((ROWS - 24) / 18) ** 2 + ((COLUMNS - 20) / 15) ** 2 < 1
HEAD = 200 * INSIDE * np.exp(0.05j * (ROWS + COLUMNS))
IMAGE = HEAD + RNG.normal(0, 8, SHAPE) + 1j * RNG.normal(0, 8, SHAPE)


def write(folder, values, kind, **tags):
    number = "MPRIO".index(kind[0]) + 1
    tags = {"ImageType": ["ORIGINAL", "PRIMARY", kind], "SeriesNumber": str(number), **tags}
    write_mr(Volume(values.astype(np.float32), GRID, "", ORIGIN), folder, **tags)


def siemens_phase(angle):
    """Stored 0..4095, slope 2, intercept -4096: what the reader sees is -4096..4094 for -π..π."""
    return np.round((angle + np.pi) * 4095 / (2 * np.pi)) * 2 - 4096


@pytest.fixture
def polar(tmp_path):
    write(tmp_path / "in" / "m", np.abs(IMAGE), "M")
    write(tmp_path / "in" / "p", siemens_phase(np.angle(IMAGE)), "P")
    return tmp_path / "in"


def pairs(path):
    return [each for each in open_study([path]).series() if each.components]


def test_the_index_shows_both_parts_and_that_they_are_a_pair(polar):
    found = list(open_study([polar]).series())
    assert [each.component for each in found] == ["magnitude", "", "phase"]
    assert "complex, from magnitude and phase" in found[1].description
    assert found[1].components == (found[0], found[2])


def test_magnitude_and_phase_make_the_complex_image(polar):
    volume = load(pairs(polar)[0])
    assert volume.data.dtype == np.complex64
    np.testing.assert_allclose(volume.data, IMAGE, atol=0.003 * np.abs(IMAGE).max())
    assert volume.geometry.same_grid(GRID)
    assert "-4096 to 4095" in " ".join(volume.warnings)


def test_real_and_imaginary_make_the_complex_image(tmp_path):
    write(tmp_path / "r", IMAGE.real, "R")
    write(tmp_path / "i", IMAGE.imag, "I")
    np.testing.assert_allclose(load(pairs(tmp_path)[0]).data, IMAGE, atol=0.01)


def test_parts_within_one_series_that_only_ge_tells_apart(tmp_path):
    for number, values in ((0, np.abs(IMAGE)), (1, 1000 * np.angle(IMAGE))):
        folder = tmp_path / str(number)
        write(folder, values, "OTHER", Manufacturer="GE MEDICAL SYSTEMS", SeriesInstanceUID="1.2.826.0.1.5")
        for path in folder.iterdir():
            dataset = pydicom.dcmread(path)
            dataset.private_block(0x0043, "GEMS_PARM_01", create=True).add_new(0x2F, "SS", number)
            dataset.save_as(path)
    found = list(open_study([tmp_path]).series())
    assert sorted(each.component for each in found) == ["", "magnitude", "phase"]
    np.testing.assert_allclose(load(pairs(tmp_path)[0]).data, IMAGE, atol=0.01 * np.abs(IMAGE).max())


def test_two_repeats_are_paired_by_their_time(tmp_path):
    repeats = (IMAGE, 2 * IMAGE.conj())
    for n, (time, image) in enumerate(zip(("101500", "102500"), repeats)):
        write(tmp_path / f"m{n}", np.abs(image), "M", AcquisitionTime=time)
        write(tmp_path / f"p{n}", siemens_phase(np.angle(image)), "P", AcquisitionTime=time)
    volumes = sorted((load(pair).data for pair in pairs(tmp_path)), key=lambda data: np.abs(data).max())
    assert len(volumes) == 2
    for volume, image in zip(volumes, repeats):
        np.testing.assert_allclose(volume, image, atol=0.003 * np.abs(image).max())


def test_several_candidates_without_a_time_are_not_guessed(tmp_path):
    for n in range(2):
        write(tmp_path / f"m{n}", np.abs(IMAGE) + n, "M", AcquisitionTime=None)
    write(tmp_path / "p", siemens_phase(np.angle(IMAGE)), "P", AcquisitionTime=None)
    assert pairs(tmp_path) == []


def test_a_phase_of_no_known_unit_is_refused_with_its_range(tmp_path):
    write(tmp_path / "m", np.abs(IMAGE), "M")
    write(tmp_path / "p", 700 * np.angle(IMAGE), "P")
    with pytest.raises(LowfieldError, match=r"from -2198\.\d+ to 2198"):
        load(pairs(tmp_path)[0])


class TestCommandLine:
    def denoise(self, capsys, source, destination, *words):
        code = main(["denoise", str(source), str(destination), "--json", *words])
        captured = capsys.readouterr()
        return code, json.loads(captured.out) if captured.out else {}, captured.err

    def test_both_parts_are_used_and_a_derived_magnitude_series_is_written(self, polar, tmp_path, capsys):
        before = {path: path.read_bytes() for path in polar.rglob("*.dcm")}
        code, document, _ = self.denoise(capsys, polar, tmp_path / "out")
        assert code == 0
        assert document["input"]["kind"] == "complex"
        assert len(document["input"]["joined_from"]) == 2
        headers = [pydicom.dcmread(path) for path in sorted((tmp_path / "out").iterdir())]
        assert len(headers) == 5
        assert headers[0].ImageType[:3] == ["DERIVED", "SECONDARY", "M"]
        assert {path: path.read_bytes() for path in polar.rglob("*.dcm")} == before
        written = load(next(open_study([tmp_path / "out"]).series()))
        clean, noisy = np.abs(HEAD)[1:4], np.abs(IMAGE)[1:4]
        assert np.mean((written.data[1:4] - clean) ** 2) < 0.5 * np.mean((noisy - clean) ** 2)

    def test_complex_nifti_with_its_magnitude_beside(self, polar, tmp_path, capsys):
        code, document, _ = self.denoise(capsys, polar, tmp_path / "out.nii.gz")
        assert code == 0
        assert [path.rpartition("/")[2] for path in document["written"]] == ["out.nii.gz", "out_magnitude.nii.gz"]
        whole, magnitude = (load(each) for each in open_study(map(tmp_path.joinpath, (
            "out.nii.gz", "out_magnitude.nii.gz"))).series())  # fmt: skip
        assert whole.is_complex
        np.testing.assert_allclose(np.abs(whole.data), magnitude.data, rtol=1e-5)
        code, _, error = self.denoise(capsys, polar, tmp_path / "out.nii.gz")
        assert code == 1
        assert "exists already" in error

    def test_the_magnitude_alone_when_asked_for(self, polar, tmp_path, capsys):
        code, document, _ = self.denoise(capsys, polar, tmp_path / "out", "--part", "magnitude")
        assert code == 0
        assert document["input"] == {
            "series_key": document["input"]["series_key"],
            "description": document["input"]["description"],
            "kind": "magnitude or real",
            "joined_from": [],
        }

    def test_a_phase_alone_is_refused(self, polar, tmp_path, capsys):
        key = next(each.key for each in open_study([polar]).series() if each.component == "phase")
        code, _, error = self.denoise(capsys, polar, tmp_path / "out", "--series", key)
        assert code == 1
        assert "phase image" in error

    def test_the_magnitude_of_real_and_imaginary(self, tmp_path, capsys):
        write(tmp_path / "in" / "r", IMAGE.real, "R")
        write(tmp_path / "in" / "i", IMAGE.imag, "I")
        code, document, _ = self.denoise(capsys, tmp_path / "in", tmp_path / "out", "--part", "magnitude")
        assert code == 0
        assert document["input"]["kind"] == "magnitude or real"
        assert any("phase was dropped" in each for each in document["warnings"])
        header = pydicom.dcmread(next((tmp_path / "out").iterdir()))
        assert header.ImageType[2] == "M"
