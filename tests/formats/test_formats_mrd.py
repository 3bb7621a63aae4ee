"""MRD 2 streams, written with the standard's own package; each must give what the same data gives as ISMRMRD."""

import struct

import mrd
import numpy as np
import pytest

from viewer.core.errors import LowfieldError
from viewer.core.progress import silent
from viewer.formats import ismrmrd
from viewer.formats import mrd as streams
from viewer.pipeline import open_study

RNG = np.random.default_rng(14)
SIZE, FOV = (24, 16, 8), (240.0, 160.0, 40.0)
CENTER = (3.0, -7.0, 11.0)
KSPACE = (RNG.normal(size=(2, 8, 16, 24)) + 1j * RNG.normal(size=(2, 8, 16, 24))).astype(np.complex64)
SCAN = (RNG.normal(size=(2, 2048)) + 1j * RNG.normal(size=(2, 2048))).astype(np.complex64)


@pytest.fixture(name="hand_made")
def _hand_made(mrd):
    """The writer of ISMRMRD files, under a name that is not the package's."""
    return mrd


def header(trajectory=mrd.Trajectory.CARTESIAN):
    matrix, fov = mrd.MatrixSizeType(x=24, y=16, z=8), mrd.FieldOfViewMm(x=240, y=160, z=40)
    space = mrd.EncodingSpaceType(matrix_size=matrix, field_of_view_mm=fov)
    limits = mrd.EncodingLimitsType(
        kspace_encoding_step_1=mrd.LimitType(minimum=0, maximum=15, center=8),
        kspace_encoding_step_2=mrd.LimitType(minimum=0, maximum=7, center=4),
    )
    made = mrd.Header()
    made.encoding.append(
        mrd.EncodingType(encoded_space=space, recon_space=space, encoding_limits=limits, trajectory=trajectory)
    )
    made.experimental_conditions.h1resonance_frequency_hz = 3_746_776
    made.acquisition_system_information = mrd.AcquisitionSystemInformationType(system_vendor="Maker")
    return made


def acquisition(samples, step=0, step2=0, flags=0):
    made = mrd.Acquisition(data=samples)
    made.head.flags = mrd.AcquisitionFlags(flags)
    made.head.idx.kspace_encode_step_1, made.head.idx.kspace_encode_step_2 = step, step2
    made.head.center_sample, made.head.sample_time_us = samples.shape[1] // 2, 10.0
    made.head.position[:] = CENTER
    made.head.read_dir[0] = made.head.phase_dir[1] = made.head.slice_dir[2] = 1
    return mrd.StreamItem.Acquisition(made)


def raw_items():
    noise = acquisition(SCAN, flags=mrd.AcquisitionFlags.IS_NOISE_MEASUREMENT)
    return [noise, *(acquisition(KSPACE[:, p, r], r, p) for p in range(8) for r in range(16))]


def write(path, items, head=None):
    with mrd.BinaryMrdWriter(str(path)) as writer:
        writer.write_header(head or header())
        writer.write_data(items)
    return path


def load(path, n=0):
    return streams.load(path, streams.entries(path)[n].item, silent)


def test_raw_readouts_give_the_image_of_the_same_ismrmrd_file(hand_made, tmp_path):
    volume = load(write(tmp_path / "a.mrd", raw_items()))
    where = {"position": CENTER}
    lines = [hand_made.acquisition(SCAN, flags=19)] + [
        hand_made.acquisition(KSPACE[:, p, r], r, p, **where) for p in range(8) for r in range(16)
    ]
    twin_path = hand_made.raw(tmp_path / "a.h5", lines, hand_made.xml(SIZE, FOV, centers=(8, 4)))
    twin = ismrmrd.load(twin_path, "raw 0", silent)
    np.testing.assert_array_equal(volume.data, twin.data)
    assert volume.noise_sigma == pytest.approx(twin.noise_sigma)
    assert volume.geometry.same_grid(twin.geometry)
    assert volume.origin.field_strength_t == pytest.approx(0.088, abs=1e-4)
    assert volume.origin.manufacturer == "Maker"


@pytest.mark.parametrize("kind", ["ImageComplexFloat", "ImageFloat", "ImageUint16"])
def test_images_keep_their_kind_and_place(tmp_path, kind):
    dtype = {"ImageComplexFloat": np.complex64, "ImageFloat": np.float32, "ImageUint16": np.uint16}[kind]
    items = []
    for n in range(3):
        head = mrd.ImageHeader(image_type=mrd.ImageType.MAGNITUDE, slice=n)
        head.field_of_view[:] = (160, 120, 5)
        head.position[:] = (1, 2, 3 + 6 * n)
        head.col_dir[0] = head.line_dir[1] = head.slice_dir[2] = 1
        items.append(
            getattr(mrd.StreamItem, kind)(mrd.Image(head=head, data=np.full((1, 1, 12, 16), n + 1, dtype)))
        )
    volume = load(write(tmp_path / "a.mrd", items))
    assert volume.is_complex == (dtype is np.complex64)
    assert volume.data[:, 0, 0].tolist() == [1, 2, 3]
    np.testing.assert_allclose(volume.geometry.to_lps((2, 6, 8)), (1, 2, 15), atol=1e-5)
    assert volume.geometry.spacing_mm == pytest.approx((6, 10, 10))


def test_a_stream_opens_by_its_content(tmp_path):
    write(tmp_path / "scan.bin", raw_items())
    (tmp_path / "other.bin").write_bytes(b"something else")
    index = open_study([tmp_path])
    assert [each.description for each in index.series()] == ["scan"]
    assert "other.bin" in index.problems[0].where


def test_non_cartesian_streams_are_named(tmp_path):
    path = write(tmp_path / "a.mrd", raw_items(), header(mrd.Trajectory.RADIAL))
    with pytest.raises(LowfieldError, match="radial"):
        load(path)


class TestDamage:
    def test_truncations(self, tmp_path):
        content = write(tmp_path / "whole.mrd", raw_items()).read_bytes()
        for length in (*range(0, 200, 7), *range(200, len(content), 4099), len(content) - 1):
            (tmp_path / "a.mrd").write_bytes(content[:length])
            with pytest.raises(LowfieldError):
                load(tmp_path / "a.mrd")

    def test_another_version_is_named(self, tmp_path):
        content = write(tmp_path / "a.mrd", raw_items()).read_bytes()
        (tmp_path / "a.mrd").write_bytes(content.replace(b'"name":"Mrd"', b'"name":"Mr0"', 1))
        with pytest.raises(LowfieldError, match="another version"):
            load(tmp_path / "a.mrd")

    def test_a_stream_that_promises_gigabytes_is_refused(self, tmp_path):
        whole = write(tmp_path / "a.mrd", [])
        content = whole.read_bytes()[:-1]
        varint = bytes([0xFF] * 5 + [0x7F])  # 2**42 - 1
        (tmp_path / "a.mrd").write_bytes(content + b"\x01" + struct.pack("<B", 0) + b"\0" * 3 + varint * 40)
        with pytest.raises(LowfieldError):
            load(tmp_path / "a.mrd")
        prefix = content[: content.index(b'{"protocol"')]
        (tmp_path / "b.mrd").write_bytes(prefix[:9] + varint + b"x" * 100)
        with pytest.raises(LowfieldError, match="damaged"):
            load(tmp_path / "b.mrd")
