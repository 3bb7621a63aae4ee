"""MATLAB files of k-space and images: what is read, what is assumed and said, what is refused."""

import struct
import zlib

import h5py
import numpy as np
import pytest
import scipy.io
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from viewer.core.errors import LowfieldError
from viewer.core.progress import silent
from viewer.formats import mat
from viewer.formats.matfile import open_mat

RNG = np.random.default_rng(3)


def complex_noise(*shape: int) -> np.ndarray:
    return RNG.normal(size=shape) + 1j * RNG.normal(size=shape)


def forward(kspace: np.ndarray) -> np.ndarray:
    """The transform written out as a sum: the zero of k-space at n // 2, that of the image too."""
    for axis, n in enumerate(kspace.shape[:2]):
        index = np.arange(n) - n // 2
        matrix = np.exp(-2j * np.pi * np.outer(index, index) / n) / np.sqrt(n)
        kspace = np.moveaxis(np.tensordot(matrix, kspace, axes=(1, axis)), 0, axis)
    return kspace


def save(path, **arrays):
    scipy.io.savemat(path, arrays)
    return path


def load(path, item="0"):
    return mat.load(path, item, silent)


class TestKspace:
    @pytest.mark.parametrize("size", [(32, 24), (33, 25), (32, 25)])
    def test_slices_are_transformed_and_centred_for_even_and_odd_sizes(self, tmp_path, size):
        kspace = complex_noise(*size, 3)
        volume = load(save(tmp_path / "a.mat", ksp=kspace))
        assert volume.data.dtype == np.complex64
        np.testing.assert_allclose(volume.data, forward(kspace).transpose(2, 0, 1), atol=1e-5)

    def test_a_point_lands_on_its_voxel(self, tmp_path):
        rows, columns = np.arange(32) - 16, np.arange(24) - 12
        kspace = np.exp(2j * np.pi * (rows[:, None] * 5 / 32 + columns[None] * -3 / 24))[..., None]
        volume = load(save(tmp_path / "a.mat", kspace=kspace))
        assert np.unravel_index(np.abs(volume.data).argmax(), volume.data.shape) == (0, 16 + 5, 12 - 3)

    def test_noise_keeps_its_standard_deviation(self, tmp_path):
        volume = load(save(tmp_path / "a.mat", kspace=3 * complex_noise(64, 64, 4)))
        assert volume.data.real.std() == pytest.approx(3, rel=0.02)

    def test_repetitions_become_volumes_of_their_own(self, tmp_path):
        kspace = complex_noise(32, 24, 3, 2)
        path = save(tmp_path / "head.mat", ksp=kspace)
        entries = mat.entries(path)
        assert [each.description for each in entries] == ["head repetition 1", "head repetition 2"]
        assert entries[0].shape == (3, 32, 24)
        for n, entry in enumerate(entries):
            np.testing.assert_allclose(
                load(path, entry.item).data, forward(kspace[..., n]).transpose(2, 0, 1), atol=1e-5
            )

    def test_3d_k_space_is_transformed_along_slices_too(self, tmp_path):
        kspace = 0.01 * complex_noise(32, 32, 16)
        kspace[12:20, 12:20, 7:10] += 50
        volume = load(save(tmp_path / "a.mat", kspace=kspace))
        shifted = np.fft.fftshift(np.fft.fftn(np.fft.ifftshift(kspace), norm="ortho")).transpose(2, 0, 1)
        np.testing.assert_allclose(volume.data, shifted, atol=1e-4)
        assert "3D" in volume.warnings[0]

    def test_unfilled_lines_are_told(self, tmp_path):
        kspace = complex_noise(32, 28, 3)
        kspace[:, 18:] = 0
        assert "64.3 % of its columns" in " ".join(load(save(tmp_path / "a.mat", kspace=kspace)).warnings)


class TestImages:
    def test_a_complex_image_stays_as_it_is(self, tmp_path):
        image = complex_noise(40, 30, 2)
        volume = load(save(tmp_path / "a.mat", image=image))
        np.testing.assert_allclose(volume.data, image.transpose(2, 0, 1), rtol=1e-6)

    def test_k_space_is_preferred_to_an_image(self, tmp_path):
        volume = load(save(tmp_path / "a.mat", image=np.ones((32, 32)), kspace=complex_noise(32, 32)))
        assert "'kspace'" in volume.warnings[0]

    def test_the_only_real_array_is_shown_under_any_name(self, tmp_path):
        volume = load(save(tmp_path / "a.mat", data_corr=np.eye(32), remark="x", tr=np.array([3.0])))
        assert volume.data.dtype == np.float32
        assert volume.data.shape == (1, 32, 32)
        assert "'data_corr'" in volume.warnings[0]

    def test_what_is_not_known_is_said(self, tmp_path):
        volume = load(save(tmp_path / "a.mat", image=np.eye(32)))
        said = " ".join(volume.warnings)
        assert "no voxel size" in said
        assert "no orientation" in said
        assert volume.geometry.spacing_mm == (1, 1, 1)
        assert volume.origin.field_strength_t is None
        assert volume.noise_sigma is None
        assert not volume.origin.orientation_known

    def test_a_complex_array_without_a_telling_name_is_refused(self, tmp_path):
        with pytest.raises(LowfieldError, match="k-space or an image"):
            load(save(tmp_path / "a.mat", y1=complex_noise(32, 32)))

    def test_several_unnamed_arrays_are_listed(self, tmp_path):
        with pytest.raises(LowfieldError, match="no array named") as caught:
            mat.entries(save(tmp_path / "a.mat", a=np.eye(32), b=np.eye(40)))
        assert "'a' (32×32), 'b' (40×40)" in caught.value.hint


class TestVersion73:
    """MATLAB 7.3 files are HDF5 with axes reversed and complex numbers as records."""

    def write(self, path, **arrays):
        with h5py.File(path, "w", userblock_size=512) as file:
            for name, array in arrays.items():
                stored = array.T
                if np.iscomplexobj(stored):
                    stored = np.rec.fromarrays([stored.real, stored.imag], names="real,imag")
                file.create_dataset(name, data=stored).attrs["MATLAB_class"] = np.bytes_("double")
        with path.open("r+b") as stream:
            stream.write(b"MATLAB 7.3 MAT-file".ljust(124) + struct.pack("<HH", 0x0200, 0x4D49))
        return path

    def test_the_same_array_gives_the_same_image(self, tmp_path):
        kspace = complex_noise(32, 24, 3, 2)
        old = load(save(tmp_path / "old.mat", ksp=kspace), "1")
        new = load(self.write(tmp_path / "new.mat", ksp=kspace), "1")
        np.testing.assert_array_equal(new.data, old.data)

    def test_arrays_kept_in_another_file_are_not_followed(self, tmp_path):
        secret = self.write(tmp_path / "secret.mat", image=np.eye(32))
        with h5py.File(tmp_path / "a.mat", "w") as file:
            file["image"] = h5py.ExternalLink(str(secret), "/image")
        with pytest.raises(LowfieldError, match="no array named"):
            mat.entries(tmp_path / "a.mat")
        with h5py.File(tmp_path / "b.mat", "w") as file:
            raw = [(str(secret), 0, 32 * 32 * 8)]
            file.create_dataset("image", (32, 32), "f8", external=raw)
        with pytest.raises(LowfieldError, match="another file"):
            load(tmp_path / "b.mat")

    def test_an_array_that_stores_nothing_of_what_it_promises_is_refused(self, tmp_path):
        with h5py.File(tmp_path / "a.mat", "w") as file:
            file.create_dataset("image", (2, 9000, 9000), "f8", chunks=(1, 100, 100))
        with pytest.raises(LowfieldError, match=r"promises|larger"):
            load(tmp_path / "a.mat")


class TestDamage:
    def test_garbage_and_other_files(self, tmp_path):
        for content in (b"", b"x", b"\0" * 4096, RNG.bytes(4096), b"MATLAB 5.0 MAT-file".ljust(126) + b"IM"):
            (tmp_path / "a.mat").write_bytes(content)
            with pytest.raises(LowfieldError):
                mat.entries(tmp_path / "a.mat")

    @pytest.mark.parametrize("compress", [False, True])
    def test_every_truncation_is_one_message(self, tmp_path, compress):
        whole = tmp_path / "whole.mat"
        scipy.io.savemat(whole, {"kspace": complex_noise(20, 20), "n": np.arange(3)}, do_compression=compress)
        content = whole.read_bytes()
        for length in range(0, len(content) - 1, 41):
            (tmp_path / "a.mat").write_bytes(content[:length])
            with pytest.raises(LowfieldError, match=r"a\.mat|numbers|named"):
                mat.entries(tmp_path / "a.mat")
                load(tmp_path / "a.mat")

    def test_a_small_file_that_claims_gigabytes_is_refused_unread(self, tmp_path):
        inner = struct.pack("<II", 14, 4 << 28)
        packed = zlib.compress(inner + b"\0" * 1000)
        element = struct.pack("<II", 15, len(packed)) + packed
        (tmp_path / "a.mat").write_bytes(b"MATLAB 5.0".ljust(124) + struct.pack("<H", 256) + b"IM" + element)
        with pytest.raises(LowfieldError, match="damaged"):
            mat.entries(tmp_path / "a.mat")

    @settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(st.data())
    def test_changed_bytes_never_do_worse_than_a_message(self, tmp_path, data):
        whole = tmp_path / "whole.mat"
        arrays = {"kspace": np.ones((20, 20)) * 1j, "n": np.arange(3.0), "s": {"a": "b"}}
        scipy.io.savemat(whole, arrays, do_compression=data.draw(st.booleans()))
        content = bytearray(whole.read_bytes())
        for _ in range(data.draw(st.integers(1, 4))):
            content[data.draw(st.integers(0, min(600, len(content) - 1)))] = data.draw(st.integers(0, 255))
        (tmp_path / "a.mat").write_bytes(content)
        try:
            for entry in mat.entries(tmp_path / "a.mat"):
                load(tmp_path / "a.mat", entry.item)
        except LowfieldError as error:
            assert "a.mat" in str(error)

    @pytest.mark.parametrize("dtype", ["f8", "f4", "i1", "u1", "i2", "u2", "i4", "u4", "i8", "u8", "c16", "c8"])
    @pytest.mark.parametrize("compress", [False, True])
    def test_every_kind_of_number_is_what_scipy_wrote(self, tmp_path, dtype, compress):
        array = (100 * RNG.random(size=(17, 19, 2))).astype(dtype)
        scipy.io.savemat(tmp_path / "a.mat", {"x": 1, "image": array, "t": "text"}, do_compression=compress)
        np.testing.assert_array_equal(open_mat(tmp_path / "a.mat").read("image"), array)

    def test_cells_and_structures_are_left_alone(self, tmp_path):
        cell = np.array([["text"] * 20] * 20, dtype=object)
        scipy.io.savemat(tmp_path / "a.mat", {"image": cell, "s": {"a": 1}})
        with pytest.raises(LowfieldError, match="no array named"):
            mat.entries(tmp_path / "a.mat")

    def test_values_that_are_no_numbers(self, tmp_path):
        kspace = complex_noise(32, 32)
        kspace[3, 3] = np.nan
        with pytest.raises(LowfieldError, match="not finite"):
            load(save(tmp_path / "a.mat", kspace=kspace))


class TestRealData:
    def test_our_k_space_image_is_the_one_its_authors_published(self, shared_data):
        folder = shared_data("hku_55mT") / "Figure 6A" / "0.055T"
        published = scipy.io.loadmat(folder / "0.055T_FSE.mat")["image"]
        ours = load(folder / "0.055T_FSE_kspace_postEMI.mat").data.transpose(1, 2, 0)
        axes = (0, 1)
        k_theirs = np.fft.fftshift(np.fft.ifft2(np.fft.ifftshift(published, axes), axes=axes), axes)
        # Theirs is zero-filled to 256×256: compare the frequencies that ours holds.
        k_theirs = k_theirs[64:192, 65:191]
        k_ours = np.fft.fftshift(np.fft.ifft2(np.fft.ifftshift(ours, axes), axes=axes), axes)
        scale = np.vdot(k_ours, k_theirs) / np.vdot(k_ours, k_ours)
        assert scale.imag == pytest.approx(0, abs=1e-6 * abs(scale))
        np.testing.assert_allclose(k_ours * scale, k_theirs, atol=5e-6 * np.abs(k_theirs).max())

    def test_the_repeat_pair_shows_one_head_with_two_noises(self, shared_data):
        folder = shared_data("hku_55mT") / "Supplementary Figure 3A"
        path = folder / "0.055T_FLAIR_RF cage installed_2D kspace.mat"
        one, two = (load(path, each.item) for each in mat.entries(path))
        a, b = np.abs(one.data).ravel(), np.abs(two.data).ravel()
        assert np.corrcoef(a, b)[0, 1] > 0.9
        assert not np.allclose(one.data, two.data, rtol=0.01)

    def test_every_file_opens_or_says_why_not(self, shared_data):
        for path in sorted(shared_data("hku_55mT").rglob("*.mat")):
            assert load(path).data.ndim == 3
        with pytest.raises(LowfieldError, match="'y1'"):
            load(shared_data("lumc_phantom") / "data_1.mat")
        assert load(shared_data("mgh_portable") / "s3_T2.mat").data.shape == (12, 400, 360)
