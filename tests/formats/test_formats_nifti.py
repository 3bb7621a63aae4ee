"""NIfTI in and out; geometry judged by SimpleITK, which reads and writes LPS with code of its own."""

import gzip
import struct
import tracemalloc
import zipfile
from pathlib import Path

import nibabel
import numpy as np
import pytest
import SimpleITK as sitk
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from viewer.core.errors import LowfieldError
from viewer.core.geometry import Geometry
from viewer.core.volume import Volume
from viewer.formats.nifti import read_mask, read_nifti, write_nifti

SHAPE = (4, 5, 6)
CORNERS = [(0, 0, 0), (3, 0, 0), (0, 4, 0), (0, 0, 5), (3, 4, 5), (1, 2, 3)]
ORIGIN = (-31.5, 42.25, 17.0)


def values(dtype=np.float32) -> np.ndarray:
    return (np.arange(np.prod(SHAPE)).reshape(SHAPE) * 1.5).astype(dtype)


def volume(seed: int = 1, data: np.ndarray | None = None, mirrored: bool = False) -> Volume:
    directions = Rotation.random(random_state=seed).as_matrix()
    if mirrored:
        directions[0] *= -1
    return Volume(
        values() if data is None else data,
        Geometry.from_axes(SHAPE, (5, 1.6, 1.7), directions, ORIGIN),
    )


def itk_image(made: Volume) -> sitk.Image:
    image = sitk.GetImageFromArray(made.data)
    image.SetOrigin(made.geometry.origin_lps_mm.tolist())
    image.SetSpacing(made.geometry.spacing_mm[::-1])
    image.SetDirection(made.geometry.directions[::-1].T.ravel().tolist())
    return image


@pytest.mark.parametrize("suffix", [".nii", ".nii.gz"])
@pytest.mark.parametrize("mirrored", [False, True])
def test_simpleitk_finds_our_voxels_where_we_put_them(tmp_path, suffix, mirrored):
    made = volume(mirrored=mirrored)
    write_nifti(made, tmp_path / f"a{suffix}")
    image = sitk.ReadImage(str(tmp_path / f"a{suffix}"))
    np.testing.assert_array_equal(sitk.GetArrayFromImage(image), made.data)
    for k, j, i in CORNERS:
        there = image.TransformIndexToPhysicalPoint((i, j, k))
        assert there == pytest.approx(made.geometry.to_lps((k, j, i)).tolist(), abs=1e-4)


@pytest.mark.parametrize("mirrored", [False, True])
def test_we_find_the_voxels_of_simpleitk_where_it_put_them(tmp_path, mirrored):
    image = itk_image(volume(seed=7, mirrored=mirrored))
    sitk.WriteImage(image, str(tmp_path / "a.nii.gz"))
    read = read_nifti(tmp_path / "a.nii.gz")
    assert read.warnings == ()
    for k, j, i in CORNERS:
        assert read.data[k, j, i] == image.GetPixel(i, j, k)
        assert read.geometry.to_lps((k, j, i)) == pytest.approx(
            image.TransformIndexToPhysicalPoint((i, j, k)), abs=1e-4
        )


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30, deadline=None)
@given(st.integers(0, 10**6), st.booleans())
def test_any_grid_survives_the_round_trip(tmp_path, seed, mirrored):
    made = volume(seed, mirrored=mirrored)
    write_nifti(made, tmp_path / "a.nii")
    read = read_nifti(tmp_path / "a.nii")
    assert read.geometry.same_grid(made.geometry, tolerance_mm=1e-4)
    np.testing.assert_array_equal(read.data, made.data)
    assert read.data.dtype == np.float32


def test_a_sheared_grid_survives(tmp_path):
    affine = np.array(volume().geometry.affine)
    affine[:3, 0] += 0.3 * affine[:3, 1]
    made = Volume(values(), Geometry(SHAPE, affine))
    assert not made.geometry.is_orthogonal
    write_nifti(made, tmp_path / "a.nii.gz")
    assert read_nifti(tmp_path / "a.nii.gz").geometry.same_grid(made.geometry, tolerance_mm=1e-4)
    assert nibabel.load(tmp_path / "a.nii.gz").header["qform_code"] == 0


def test_complex_stays_complex(tmp_path):
    data = (values() + 1j * values()[::-1]).astype(np.complex64)
    write_nifti(volume(data=data), tmp_path / "a.nii.gz")
    read = read_nifti(tmp_path / "a.nii.gz")
    assert read.data.dtype == np.complex64
    np.testing.assert_array_equal(read.data, data)
    assert nibabel.load(tmp_path / "a.nii.gz").get_data_dtype() == np.complex64


def test_double_precision_becomes_single(tmp_path):
    for dtype, expected in ((np.complex128, np.complex64), (np.float64, np.float32), (np.int16, np.float32)):
        nibabel.save(nibabel.Nifti1Image(values(dtype).T, np.eye(4)), tmp_path / "a.nii")
        read = read_nifti(tmp_path / "a.nii")
        assert read.data.dtype == expected
        np.testing.assert_array_equal(read.data, values(dtype).astype(expected))


def test_slope_and_intercept_are_applied(tmp_path):
    image = nibabel.Nifti1Image(np.arange(120, dtype=np.int16).reshape(6, 5, 4), np.eye(4))
    image.header.set_slope_inter(0.5, -10)
    content = bytearray(image.to_bytes())
    struct.pack_into("<2f", content, 112, 0.5, -10)
    (tmp_path / "a.nii").write_bytes(content)
    read = read_nifti(tmp_path / "a.nii")
    assert read.data[1, 2, 3] == np.arange(120).reshape(6, 5, 4)[3, 2, 1] * 0.5 - 10
    assert read.data.min() == -10


def save(path: Path, data: np.ndarray, sform: np.ndarray | None, qform: np.ndarray | None, **header) -> Path:
    image = nibabel.Nifti1Image(data, None)
    image.set_sform(sform, code=int(sform is not None))
    image.set_qform(qform, code=int(qform is not None))
    for key, value in header.items():
        image.header[key] = value
    nibabel.save(image, path)
    return path


def test_sform_wins_over_qform_and_qform_over_nothing(tmp_path):
    data, one, two = values().T, np.diag([1.0, 1, 1, 1]), np.diag([2.0, 2, 2, 1])
    both = read_nifti(save(tmp_path / "a.nii", data, two, one))
    only = read_nifti(save(tmp_path / "b.nii", data, None, one))
    none = read_nifti(save(tmp_path / "c.nii", data, None, None))
    assert both.geometry.spacing_mm == (2, 2, 2)
    assert only.geometry.spacing_mm == (1, 1, 1)
    assert only.geometry.directions.tolist() == [[0, 0, 1], [0, -1, 0], [-1, 0, 0]]
    assert both.warnings == only.warnings == ()
    assert any("no orientation" in warning for warning in none.warnings)


def test_an_orientation_that_was_a_guess_stays_one(tmp_path):
    read = read_nifti(save(tmp_path / "a.nii", values().T, None, None))
    assert not read.origin.orientation_known
    write_nifti(read, tmp_path / "b.nii")
    again = read_nifti(tmp_path / "b.nii")
    assert not again.origin.orientation_known
    assert again.geometry.same_grid(read.geometry)
    assert read_nifti(save(tmp_path / "c.nii", values().T, np.eye(4), None)).origin.orientation_known


@pytest.mark.parametrize(("code", "factor"), [(1, 1000.0), (3, 0.001), (2, 1.0)])
def test_lengths_become_millimetres_as_in_simpleitk(tmp_path, code, factor):
    path = save(tmp_path / "a.nii", values().T, np.eye(4), np.eye(4), xyzt_units=code)
    read = read_nifti(path)
    assert read.geometry.spacing_mm == pytest.approx((factor,) * 3)
    assert read.geometry.spacing_mm == pytest.approx(sitk.ReadImage(str(path)).GetSpacing())
    assert bool(read.warnings) == (factor != 1)


@pytest.mark.parametrize("shape", [(6, 5), (6, 5, 1), (6, 5, 1, 1), (6, 5, 1, 1, 1)])
def test_flat_and_padded_images_are_one_slice(tmp_path, shape):
    data = np.arange(30, dtype=np.float32).reshape(6, 5)
    read = read_nifti(save(tmp_path / "a.nii", data.reshape(shape), np.eye(4), None))
    assert read.data.shape == (1, 5, 6)
    np.testing.assert_array_equal(read.data[0], data.T)


def test_a_plane_without_thickness_gets_one(tmp_path):
    read = read_nifti(save(tmp_path / "a.nii", np.ones((6, 5), np.float32), np.diag([2.0, 3, 0, 1]), None))
    assert read.geometry.spacing_mm == (1, 3, 2)
    assert any("thickness" in warning for warning in read.warnings)


def test_several_volumes_ask_for_one(tmp_path):
    path = save(tmp_path / "a.nii.gz", np.ones((6, 5, 4, 3), np.float32), np.eye(4), None)
    with pytest.raises(LowfieldError) as caught:
        read_nifti(path)
    assert "holds 3 volumes" in str(caught.value)
    assert "Pick one volume" in caught.value.hint
    assert caught.value.where == str(path)


def test_voxels_that_are_not_finite_are_counted(tmp_path):
    data = values()
    data[0, 0, :2] = np.nan, np.inf
    write_nifti(volume(data=data), tmp_path / "a.nii")
    read = read_nifti(tmp_path / "a.nii")
    assert read.warnings == ("2 voxels of a.nii are not finite numbers.",)
    np.testing.assert_array_equal(read.data, data)


def test_the_origin_names_the_file(tmp_path):
    write_nifti(volume(), tmp_path / "brain.nii.gz")
    read = read_nifti(tmp_path / "brain.nii.gz")
    assert (read.origin.source, read.origin.series_description) == ("brain.nii.gz", "brain")
    assert read.slice_names[2] == "brain.nii.gz, slice 3"
    assert read.unit == ""


class TestDamage:
    def broken(self, path: Path, content: bytes) -> LowfieldError:
        path.write_bytes(content)
        for read in (read_nifti, read_mask):
            with pytest.raises(LowfieldError) as caught:
                read(path)
            assert caught.value.where == str(path)
        return caught.value

    def good(self, tmp_path: Path, name: str = "good.nii") -> bytes:
        write_nifti(volume(), tmp_path / name)
        return (tmp_path / name).read_bytes()

    @pytest.mark.parametrize("name", ["a.nii", "a.nii.gz"])
    @pytest.mark.parametrize("content", [b"", b"text", b"\x1f\x8b\x08rubbish", b"\0" * 400])
    def test_rubbish(self, tmp_path, name, content):
        self.broken(tmp_path / name, content)

    def test_truncated(self, tmp_path):
        assert "truncated" in str(self.broken(tmp_path / "a.nii", self.good(tmp_path)[:600]))
        self.broken(tmp_path / "a.nii", self.good(tmp_path)[:200])
        packed = self.good(tmp_path, "good.nii.gz")
        self.broken(tmp_path / "a.nii.gz", packed[: len(packed) // 2])
        self.broken(tmp_path / "b.nii.gz", gzip.compress(self.good(tmp_path)[:-100]))

    def test_a_header_that_promises_the_world_costs_no_memory(self, tmp_path):
        content = bytearray(self.good(tmp_path))
        struct.pack_into("<8h", content, 40, 3, 32000, 32000, 32000, 1, 1, 1, 1)
        tracemalloc.start()
        assert "truncated" in str(self.broken(tmp_path / "a.nii.gz", gzip.compress(bytes(content))))
        assert tracemalloc.get_traced_memory()[1] < 50e6
        tracemalloc.stop()

    def test_a_degenerate_affine(self, tmp_path):
        path = save(tmp_path / "a.nii", values().T, np.diag([1.0, 0, 1, 1]), None)
        with pytest.raises(LowfieldError, match="degenerate"):
            read_nifti(path)

    def test_colours(self, tmp_path):
        rgb = np.zeros((6, 5, 4), [("R", "u1"), ("G", "u1"), ("B", "u1")])
        nibabel.save(nibabel.Nifti1Image(rgb, np.eye(4)), tmp_path / "a.nii")
        with pytest.raises(LowfieldError, match="colours"):
            read_nifti(tmp_path / "a.nii")
        with pytest.raises(LowfieldError, match="mask"):
            read_mask(tmp_path / "a.nii")

    def test_missing_and_other_formats(self, tmp_path):
        with pytest.raises(LowfieldError, match="does not exist"):
            read_nifti(tmp_path / "none.nii")
        nibabel.save(nibabel.MGHImage(values(), np.eye(4)), tmp_path / "a.mgz")
        with pytest.raises(LowfieldError, match="not a NIfTI"):
            read_nifti(tmp_path / "a.mgz")


class TestMask:
    @pytest.mark.parametrize("dtype", [np.uint8, np.int16, np.float32, np.float64])
    def test_labels(self, tmp_path, dtype):
        labels = np.arange(120).reshape(SHAPE) % 3
        nibabel.save(nibabel.Nifti1Image(labels.astype(dtype).T, np.eye(4)), tmp_path / "a.nii.gz")
        mask = read_mask(tmp_path / "a.nii.gz")
        assert mask.data.dtype == np.uint8
        np.testing.assert_array_equal(mask.data, labels)

    @pytest.mark.parametrize("labels", [[-1, 0], [0, 300]])
    def test_labels_beyond_a_byte(self, tmp_path, labels):
        data = np.array(labels, np.int32).reshape(1, 1, 2)
        nibabel.save(nibabel.Nifti1Image(data, np.eye(4)), tmp_path / "a.nii")
        mask = read_mask(tmp_path / "a.nii")
        assert mask.data.dtype == np.int32
        assert mask.data.ravel().tolist() == labels

    @pytest.mark.parametrize("bad", [0.5, np.nan, 3e9])
    def test_no_labels(self, tmp_path, bad):
        write_nifti(volume(data=np.full(SHAPE, bad, np.float32)), tmp_path / "a.nii")
        with pytest.raises(LowfieldError, match="no mask"):
            read_mask(tmp_path / "a.nii")

    @pytest.mark.parametrize("dtype", [np.bool_, np.uint8, np.int64])
    def test_masks_are_written_as_whole_numbers(self, tmp_path, dtype):
        data = (values() > 60).astype(dtype)
        write_nifti(volume(data=data), tmp_path / "a.nii.gz")
        np.testing.assert_array_equal(read_mask(tmp_path / "a.nii.gz").data, data.astype(np.uint8))
        assert nibabel.load(tmp_path / "a.nii.gz").get_data_dtype().kind in "iu"

    def test_of_a_reference_object_lies_on_its_pet(self, shared_data, tmp_path):
        with zipfile.ZipFile(shared_data("suv_dro") / "DRO_0_0.zip") as archive:
            path = Path(archive.extract("DRO_0_0/mask/DRO_mask.nii.gz", tmp_path))
        mask = read_mask(path)
        image = sitk.ReadImage(str(path))
        assert mask.data.shape == (20, 256, 256)
        assert mask.geometry.to_lps((19, 255, 3)) == pytest.approx(
            image.TransformIndexToPhysicalPoint((3, 255, 19))
        )


class TestWriting:
    def test_a_failure_keeps_what_was_there(self, tmp_path, monkeypatch):
        path = tmp_path / "a.nii.gz"
        write_nifti(volume(), path)
        before = path.read_bytes()

        def fail(self, target):
            Path(target).write_bytes(b"half")
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(nibabel.Nifti1Image, "to_filename", fail)
        with pytest.raises(LowfieldError, match="No space left"):
            write_nifti(volume(seed=2), path)
        assert path.read_bytes() == before
        assert [found.name for found in tmp_path.iterdir()] == ["a.nii.gz"]

    def test_the_same_volume_gives_the_same_bytes(self, tmp_path):
        write_nifti(volume(), tmp_path / "a.nii.gz")
        write_nifti(volume(), tmp_path / "new" / "b.nii.gz")
        assert gzip.decompress((tmp_path / "a.nii.gz").read_bytes()) == gzip.decompress(
            (tmp_path / "new" / "b.nii.gz").read_bytes()
        )

    def test_other_names_are_refused(self, tmp_path):
        with pytest.raises(LowfieldError, match="no NIfTI name"):
            write_nifti(volume(), tmp_path / "a.mha")


@pytest.mark.parametrize("pattern", ["ljubljana_ms/**/*.nii.gz", "mialsrtk_fetal/**/*.nii*"])
def test_real_images_agree_with_simpleitk(shared_data, pattern):
    folder, rest = pattern.split("/", 1)
    paths = sorted(shared_data(folder).glob(rest))[:3]
    if not paths:
        pytest.skip(f"no NIfTI files in {folder}")
    for path in paths:
        read, image = read_nifti(path), sitk.ReadImage(str(path))
        far = np.array(read.data.shape) - 1
        assert read.geometry.to_lps(far) == pytest.approx(
            image.TransformIndexToPhysicalPoint(far[::-1].tolist()), abs=2e-3
        )
        np.testing.assert_allclose(read.data, sitk.GetArrayFromImage(image), rtol=1e-6)
