"""Image files of ISMRMRD: what is one volume, where it lies, and damage."""

import h5py
import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from viewer.core.errors import LowfieldError
from viewer.core.progress import silent
from viewer.formats import ismrmrd
from viewer.pipeline import load as load_any
from viewer.pipeline import open_study

RNG = np.random.default_rng(12)
TURN = Rotation.random(random_state=9).as_matrix()
CENTER = np.array([5.0, -15.0, 25.0])


def load(path, n=0):
    return ismrmrd.load(path, ismrmrd.entries(path)[n].item, silent)


def complex_image(*shape):
    return (RNG.normal(size=shape) + 1j * RNG.normal(size=shape)).astype(np.complex64)


def fields(**more):
    return {
        "field_of_view": (160.0, 120.0, 5.0), "position": CENTER, "read_dir": TURN[0], "phase_dir": TURN[1],
        "slice_dir": TURN[2], **more,
    }  # fmt: skip


@pytest.mark.parametrize("kind", [np.complex64, np.float32, np.uint16])
@pytest.mark.parametrize("shape", [(1, 8, 12, 16), (1, 7, 11, 15)])
def test_a_3d_image_lies_where_its_header_says(mrd, tmp_path, kind, shape):
    array = (1000 * np.abs(complex_image(*shape))).astype(kind)
    path = mrd.images(tmp_path / "a.h5", {"image_0": [(array, fields(field_of_view=(160.0, 120.0, 40.0)))]})
    volume = load(path)
    np.testing.assert_allclose(volume.data, array[0], rtol=1e-6)
    assert volume.is_complex == (kind is np.complex64)
    _, z, y, x = shape
    # ISMRMRD: the centre of the field of view; the Fourier transform puts it at sample n // 2.
    np.testing.assert_allclose(volume.geometry.to_lps((z // 2, y // 2, x // 2)), CENTER, atol=1e-4)
    step = volume.geometry.to_lps((1, 0, 0)) - volume.geometry.to_lps((0, 0, 0))
    np.testing.assert_allclose(step, TURN[2] * 40 / z, atol=1e-4)
    step = volume.geometry.to_lps((0, 1, 0)) - volume.geometry.to_lps((0, 0, 0))
    np.testing.assert_allclose(step, TURN[1] * 120 / y, atol=1e-4)
    step = volume.geometry.to_lps((0, 0, 1)) - volume.geometry.to_lps((0, 0, 0))
    np.testing.assert_allclose(step, TURN[0] * 160 / x, atol=1e-4)


def slices(count, order=None, gap=6.0, **more):
    order = order or range(count)
    arrays = [np.full((1, 1, 12, 16), 100 + height, np.float32) for height in range(count)]
    return [
        (arrays[height], fields(position=CENTER + TURN[2] * gap * height, slice=n, **more))
        for n, height in enumerate(order)
    ]


def test_slices_are_sorted_by_place(mrd, tmp_path):
    path = mrd.images(tmp_path / "a.h5", {"image_0": slices(4, (2, 0, 3, 1))})
    volume = load(path)
    assert volume.data[:, 0, 0].tolist() == [100, 101, 102, 103]
    assert volume.geometry.spacing_mm == pytest.approx((6, 10, 10), abs=1e-4)
    np.testing.assert_allclose(volume.geometry.to_lps((2, 6, 8)), CENTER + TURN[2] * 12, atol=1e-4)


def test_uneven_slices_are_not_stacked(mrd, tmp_path):
    images = slices(4)
    images[3][1]["position"] = CENTER + TURN[2] * 30
    entry = ismrmrd.entries(mrd.images(tmp_path / "a.h5", {"image_0": images}))[0]
    assert "not evenly spaced" in entry.reason
    with pytest.raises(LowfieldError, match="evenly"):
        load(tmp_path / "a.h5")


def test_repetitions_are_volumes_with_names(mrd, tmp_path):
    images = slices(3, repetition=0) + slices(3, repetition=1)
    path = mrd.images(tmp_path / "a.h5", {"image_0": images}, mrd.xml((16, 12, 1), (160.0, 120.0, 5.0)))
    entries = ismrmrd.entries(path)
    assert [each.description for each in entries] == ["T2 head repetition 1", "T2 head repetition 2"]
    assert [each.shape for each in entries] == [(3, 12, 16)] * 2


def test_repeats_that_nothing_names_are_numbered(mrd, tmp_path):
    path = mrd.images(tmp_path / "a.h5", {"image_0": slices(3) + slices(3)})
    assert [each.description for each in ismrmrd.entries(path)] == ["a image 1", "a image 2"]


def test_series_sets_and_phases_stay_apart(mrd, tmp_path):
    series = {"image_0": slices(2, set=1) + slices(2, phase=4), "image_1": slices(2)}
    names = [each.description for each in ismrmrd.entries(mrd.images(tmp_path / "a.h5", series))]
    assert names == ["a image_0 phase 1 set 2", "a image_0 phase 5 set 1", "a image_1 phase 1 set 1"]


def test_magnitude_and_phase_series_are_offered_as_one_complex_image(mrd, tmp_path):
    image = complex_image(1, 4, 12, 16)
    where = fields(field_of_view=(160.0, 120.0, 20.0))
    series = {
        "image_0": [(np.abs(image), {**where, "image_type": 1})],
        "image_1": [(np.angle(image).astype(np.float32), {**where, "image_type": 2})],
    }
    mrd.images(tmp_path / "a.h5", series)
    found = list(open_study([tmp_path]).series())
    assert len(found) == 3
    joined = next(each for each in found if each.components)
    volume = load_any(joined)
    np.testing.assert_allclose(volume.data, image[0], atol=1e-5)
    assert any("radians" in each for each in volume.warnings)


def test_rescaling_and_row_direction_of_the_attributes_are_obeyed(mrd, tmp_path):
    def meta(name, *values):
        return f"<meta><name>{name}</name>{''.join(f'<value>{v}</value>' for v in values)}</meta>"

    attributes = (
        "<ismrmrdMeta>" + meta("RescaleSlope", 2) + meta("RescaleIntercept", -5) + meta("ImageRowDir", *-TURN[0])
        + meta("SeriesDescription", "T1", "map") + "</ismrmrdMeta>"
    )  # fmt: skip
    path = mrd.images(tmp_path / "a.h5", {"image_0": slices(2)}, attributes=attributes)
    volume = load(path)
    assert volume.data[0, 0, 0] == 195
    np.testing.assert_allclose(volume.geometry.directions[2], -TURN[0], atol=1e-5)
    assert volume.origin.series_description == "T1_map"


def test_channels_of_a_complex_image_are_joined_and_magnitudes_refused(mrd, tmp_path):
    image, where = complex_image(1, 1, 40, 40), fields()
    weights = np.array([1, 0.5j, -0.25])[:, None, None, None].astype(np.complex64)
    volume = load(mrd.images(tmp_path / "a.h5", {"image_0": [(image * weights, where)]}))
    np.testing.assert_allclose(np.abs(volume.data[0]), np.abs(image[0, 0]) * np.linalg.norm(weights), rtol=1e-4)
    path = mrd.images(tmp_path / "b.h5", {"image_0": [(np.abs(image * weights), where)]})
    with pytest.raises(LowfieldError, match="3 receiver channels"):
        load(path)


def test_what_is_not_stated_is_said_and_not_invented(mrd, tmp_path):
    bare = {"read_dir": (0, 0, 0), "phase_dir": (0, 0, 0), "slice_dir": (0, 0, 0)}
    images = [(np.ones((1, 1, 12, 16), np.float32), {**bare, "slice": n}) for n in range(3)]
    volume = load(mrd.images(tmp_path / "a.h5", {"image_0": images}))
    told = " ".join(volume.warnings)
    assert volume.data.shape == (3, 12, 16)
    for words in ("no orientation", "no voxel size", "where its slices lie"):
        assert words in told
    assert not volume.origin.orientation_known
    stated = load(mrd.images(tmp_path / "b.h5", {"image_0": slices(2)}))
    assert stated.origin.orientation_known


def test_colours_are_not_shown(mrd, tmp_path):
    path = mrd.images(tmp_path / "a.h5", {"image_0": [(np.ones((3, 1, 8, 8), np.uint16), fields(image_type=6))]})
    assert "colour" in ismrmrd.entries(path)[0].reason


class TestDamage:
    def whole(self, mrd, tmp_path):
        return mrd.images(tmp_path / "whole.h5", {"image_0": slices(3)}, mrd.xml((16, 12, 1), (160.0, 120.0, 5.0)))

    def test_every_truncation_is_one_message(self, mrd, tmp_path):
        content = self.whole(mrd, tmp_path).read_bytes()
        for length in range(0, len(content), 331):
            (tmp_path / "a.h5").write_bytes(content[:length])
            with pytest.raises(LowfieldError):
                load(tmp_path / "a.h5")

    @pytest.mark.parametrize("name", ["data", "header"])
    @pytest.mark.parametrize("what", ["missing", "text", "group", "short", "scalar"])
    def test_wrong_members(self, mrd, tmp_path, name, what):
        path = self.whole(mrd, tmp_path)
        with h5py.File(path, "r+") as file:
            group = file["dataset/image_0"]
            kept = group[name][()]
            del group[name]
            if what == "text":
                group[name] = "nonsense"
            elif what == "group":
                group.create_group(name)
            elif what == "short":
                group[name] = kept[:2]
            elif what == "scalar":
                group[name] = 3.0
        with pytest.raises(LowfieldError, match=r"neither|no image|no array|one image|damaged"):
            load(path)

    def test_links_out_of_the_file_are_not_followed(self, mrd, tmp_path):
        other = self.whole(mrd, tmp_path)
        with h5py.File(tmp_path / "a.h5", "w") as file:
            file["dataset"] = h5py.ExternalLink(str(other), "/dataset")
        with pytest.raises(LowfieldError, match="no ISMRMRD"):
            load(tmp_path / "a.h5")

    def test_a_promise_of_gigabytes(self, mrd, tmp_path):
        path = self.whole(mrd, tmp_path)
        with h5py.File(path, "r+") as file:
            del file["dataset/image_0/data"]
            file["dataset/image_0"].create_dataset(
                "data", (3, 1, 1, 30000, 30000), "f4", chunks=(1, 1, 1, 100, 100)
            )
        with pytest.raises(LowfieldError, match="promises"):
            load(path)

    def test_another_hdf5_file_is_named_and_the_rest_opens(self, mrd, tmp_path):
        self.whole(mrd, tmp_path)
        with h5py.File(tmp_path / "b.h5", "w") as file:
            file["weights"] = np.ones(5)
        index = open_study([tmp_path])
        assert [each.description for each in index.series()] == ["T2 head"]
        assert "b.h5" in index.problems[0].where
        assert "no ISMRMRD" in index.problems[0].what
