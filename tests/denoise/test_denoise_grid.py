import itertools

import numpy as np
import pytest

from viewer.denoise.grid import native_grid
from viewer.denoise.scaling import channels, from_snr, stack_context, to_snr
from viewer.denoise.tiling import Tiling
from viewer.simulate.mri import AcquisitionOptions, acquire


def through(grid, data):
    result = np.empty_like(data)
    for place, image in grid.parts(data):
        result[place] = grid.restore(image)
    return result


def test_complex_zero_filling_is_undone_and_redone_exactly():
    scan = acquire(np.zeros((2, 40, 36)), 1.0, AcquisitionOptions(zero_fill=(1.5, 2.0)), np.random.default_rng(1))
    grid = native_grid(scan.shape, (1.5, 2.0), is_complex=True)
    ((_, native),) = list(grid.parts(scan))
    assert native.shape[1:] == (42, 38)  # the measured 40 x 36 and a margin of one frequency
    np.testing.assert_allclose(through(grid, scan), scan, atol=1e-5)


def test_every_second_voxel_of_a_filled_magnitude_is_a_measured_image():
    native = acquire(np.ones((2, 40, 36)), 0.3, AcquisitionOptions(), np.random.default_rng(2))
    filled = acquire(np.ones((2, 40, 36)), 0.3, AcquisitionOptions(zero_fill=(2.0, 2.0)), np.random.default_rng(2))
    grid = native_grid(filled.shape, (2.0, 2.0), is_complex=False)
    parts = [image for _, image in grid.parts(np.abs(filled))]
    assert len(parts) == 4
    np.testing.assert_allclose(parts[0], np.abs(native), atol=1e-5)
    np.testing.assert_array_equal(through(grid, np.abs(filled)), np.abs(filled))


def test_an_odd_sized_magnitude_is_taken_apart_and_put_together():
    data = np.random.default_rng(3).random((3, 33, 21))
    np.testing.assert_array_equal(through(native_grid(data.shape, (2.0, 1.0), is_complex=False), data), data)


def test_a_fractional_factor_of_a_magnitude_is_admitted():
    grid = native_grid((3, 60, 60), (1.5, 1.0), is_complex=False)
    assert grid.stride == (1, 1) and "1.50" in grid.warning


def test_a_native_grid_is_left_alone():
    data = np.random.default_rng(4).random((2, 9, 7))
    grid = native_grid(data.shape, (1.0, 1.0), is_complex=False)
    assert not grid.warning
    np.testing.assert_array_equal(through(grid, data), data)


@pytest.mark.parametrize("shape", [(1, 1), (3, 5), (64, 64), (65, 63), (200, 130), (64, 300)])
def test_tiles_of_an_identity_give_the_image_back(shape):
    tiling = Tiling(*shape, size=64, overlap=16, multiple=4)
    image = np.random.default_rng(5).random((2, *shape)).astype(np.float32)
    padded = tiling.pad(image)
    result = np.zeros_like(padded)
    for window in tiling.windows():
        part = padded[:, *window]
        assert part.shape[1:] == tiling.tile_shape
        assert all(n % 4 == 0 for n in tiling.tile_shape)
        result[:, *window] += part * tiling.weights(window)
    np.testing.assert_allclose(result[:, : shape[0], : shape[1]], image, atol=1e-6)


def test_neighbouring_tiles_share_at_least_the_overlap_and_blend_smoothly():
    tiling = Tiling(64, 300, size=64, overlap=16, multiple=4)
    starts = [window[1].start for window in tiling.windows()]
    assert all(64 - (b - a) >= 16 for a, b in itertools.pairwise(starts))
    assert np.abs(np.diff(tiling.weights(tiling.windows()[1])[0])).max() < 0.1


def test_snr_units_go_and_return():
    data = (np.random.default_rng(6).random((3, 4, 5)) + 1j).astype(np.complex64)
    pairs = to_snr(data, 0.25)
    assert pairs.shape == (3, 2, 4, 5) and pairs.dtype == np.float32
    np.testing.assert_allclose(pairs[:, 1], 4.0)
    np.testing.assert_allclose(from_snr(pairs, 0.25, as_complex=True), data, rtol=1e-6)


def test_neighbours_beyond_the_stack_are_zero_and_the_noise_map_comes_last():
    pairs = np.arange(3, dtype=np.float32)[:, None, None, None] + np.ones((3, 2, 4, 4), np.float32)
    sample = stack_context(pairs, 0, 2, np.full((4, 4), 7, np.float32))
    assert sample.shape == (channels(2), 4, 4)
    assert sample[:, 0, 0].tolist() == [0, 0, 0, 0, 1, 1, 2, 2, 3, 3, 7]
    window = (slice(1, 3), slice(0, 2))
    assert stack_context(pairs, 2, 2, np.ones((2, 2), np.float32), window)[:, 0, 0].tolist() == [
        1,
        1,
        2,
        2,
        3,
        3,
        0,
        0,
        0,
        0,
        1,
    ]
