"""Magnitude and phase, real and imaginary NIfTI files: found by name, joined, judged by nibabel's own reading."""

import nibabel
import numpy as np
import pytest

from viewer.core.complexpair import phase_unit
from viewer.core.errors import LowfieldError
from viewer.pipeline import load, open_study

RNG = np.random.default_rng(6)
IMAGE = (RNG.normal(size=(9, 8, 7)) + 1j * RNG.normal(size=(9, 8, 7))).astype(np.complex64)
AFFINE = np.array([[0, -2, 0, 5], [2, 0, 0, -4], [0, 0, 3, 7], [0, 0, 0, 1.0]])
SCALES = {
    "radians": lambda angle: angle.astype(np.float32),
    "positive radians": lambda angle: np.mod(angle, 2 * np.pi).astype(np.float32),
    "degrees": lambda angle: np.degrees(angle).astype(np.float32),
    "12 bit": lambda angle: np.round((angle + np.pi) * 4095 / (2 * np.pi)).astype(np.int16),
    "13 bit": lambda angle: np.round(angle * 4096 / np.pi).astype(np.int16),
    "milliradians": lambda angle: np.round(1000 * angle).astype(np.int16),
}


def save(path, array, affine=AFFINE):
    nibabel.save(nibabel.Nifti1Image(array, affine), path)


def joined(folder):
    return [each for each in open_study([folder]).series() if each.components]


@pytest.mark.parametrize("scale", list(SCALES))
@pytest.mark.parametrize(
    ("magnitude", "phase"),
    [
        ("Mag.nii.gz", "Phase.nii.gz"),
        ("sub-1_part-mag_T2starw.nii.gz", "sub-1_part-phase_T2starw.nii.gz"),
        ("t2_mag.nii", "t2_ph.nii"),
        ("t2.nii", "t2_ph.nii"),
    ],
)
def test_magnitude_and_phase_make_the_complex_image(tmp_path, magnitude, phase, scale):
    save(tmp_path / magnitude, np.abs(IMAGE))
    save(tmp_path / phase, SCALES[scale](np.angle(IMAGE)))
    (pair,) = joined(tmp_path)
    volume = load(pair)
    assert volume.data.dtype == np.complex64
    # A phase stored from 0 to 4095 may mean angles from -π to π or from 0 to 2π: a constant angle is free.
    turn = np.vdot(volume.data, IMAGE.T)
    step = 2 * np.pi / 4095 if "bit" in scale else 2e-3
    np.testing.assert_allclose(volume.data * turn / abs(turn), IMAGE.T, atol=2 * step * np.abs(IMAGE).max())
    assert any("phase images (" in each for each in volume.warnings)


def test_real_and_imaginary_make_the_complex_image_in_place(tmp_path):
    save(tmp_path / "a_part-real.nii.gz", IMAGE.real)
    save(tmp_path / "a_part-imag.nii.gz", IMAGE.imag)
    (pair,) = joined(tmp_path)
    volume = load(pair)
    np.testing.assert_array_equal(volume.data, IMAGE.T)
    ijk = np.array([3, 2, 5, 1])
    ras = nibabel.load(tmp_path / "a_part-real.nii.gz").affine @ ijk
    np.testing.assert_allclose(volume.geometry.to_lps(ijk[2::-1]), ras[:3] * [-1, -1, 1], atol=1e-5)


def test_both_parts_stay_in_the_index(tmp_path):
    save(tmp_path / "x_mag.nii", np.abs(IMAGE))
    save(tmp_path / "x_phase.nii", np.angle(IMAGE))
    names = [each.description for each in open_study([tmp_path]).series()]
    assert names == ["x_mag", "x_mag (complex, from magnitude and phase)", "x_phase"]


def test_files_of_other_names_sizes_or_twins_are_not_joined(tmp_path):
    save(tmp_path / "a_mag.nii", np.abs(IMAGE))
    save(tmp_path / "b_phase.nii", np.angle(IMAGE))
    save(tmp_path / "c_mag.nii", np.abs(IMAGE))
    save(tmp_path / "c_phase.nii", np.angle(IMAGE)[:-1])
    save(tmp_path / "d_mag.nii", np.abs(IMAGE))
    save(tmp_path / "d_magnitude.nii", np.abs(IMAGE))
    save(tmp_path / "d_phase.nii", np.angle(IMAGE))
    assert joined(tmp_path) == []


def test_parts_that_lie_elsewhere_are_refused(tmp_path):
    save(tmp_path / "a_mag.nii", np.abs(IMAGE))
    elsewhere = AFFINE.copy()
    elsewhere[0, 3] += 1
    save(tmp_path / "a_phase.nii", np.angle(IMAGE), elsewhere)
    with pytest.raises(LowfieldError, match="same grid"):
        load(joined(tmp_path)[0])


@pytest.mark.parametrize("wrong", [0.3, 5.0, 700.0])
def test_a_phase_that_is_no_full_turn_is_refused(tmp_path, wrong):
    save(tmp_path / "a_mag.nii", np.abs(IMAGE))
    save(tmp_path / "a_phase.nii", (wrong * np.angle(IMAGE)).astype(np.float32))
    with pytest.raises(LowfieldError, match="no full turn") as caught:
        load(joined(tmp_path)[0])
    assert "a_phase.nii" in str(caught.value)


def test_a_negative_magnitude_is_refused(tmp_path):
    save(tmp_path / "a_mag.nii", IMAGE.real)
    save(tmp_path / "a_phase.nii", np.angle(IMAGE))
    with pytest.raises(LowfieldError, match="negative"):
        load(joined(tmp_path)[0])


def test_a_constant_phase_has_no_unit():
    with pytest.raises(LowfieldError, match="no full turn"):
        phase_unit(np.zeros((2, 3, 4)))


def test_volumes_of_one_file_are_listed_and_read_one_by_one(tmp_path):
    array = RNG.normal(size=(6, 5, 4, 3)).astype(np.float32)
    save(tmp_path / "echoes.nii.gz", array)
    found = list(open_study([tmp_path]).series())
    assert [each.description for each in found] == [f"echoes volume {n}" for n in (1, 2, 3)]
    for n, info in enumerate(found):
        np.testing.assert_array_equal(load(info).data, array[..., n].T)


def test_complex_nifti_opens_from_a_folder(tmp_path):
    for dtype in (np.complex64, np.complex128):
        save(tmp_path / f"{dtype.__name__}.nii", IMAGE.astype(dtype))
    for info in open_study([tmp_path]).series():
        np.testing.assert_array_equal(load(info).data, IMAGE.T)


def test_real_echoes_are_joined(shared_data):
    folder = shared_data("mritools_megre")
    pairs = joined(folder)
    assert len(pairs) == 3
    for n, pair in enumerate(pairs):
        volume = load(pair)
        magnitude = nibabel.load(folder / "Mag.nii.gz").get_fdata()[..., n].T
        # Its header holds the magnitude's slope, which leaves a phase of ±0.004: the stored values are radians.
        phase = nibabel.load(folder / "Phase.nii.gz").dataobj.get_unscaled()[..., n].T
        np.testing.assert_allclose(np.abs(volume.data), magnitude, rtol=1e-5)
        difference = np.angle(volume.data * np.exp(-1j * phase))[magnitude > 0]
        assert np.abs(difference).max() < 1e-3
        assert any("slope 0.00116959" in each for each in volume.warnings)
