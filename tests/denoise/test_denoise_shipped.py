"""The shipped model itself, on simulated scans with known truth."""

import numpy as np
import pytest

from viewer.denoise.card import load_card
from viewer.denoise.engine import denoise
from viewer.denoise.runtime import open_network
from viewer.simulate.mri import AcquisitionOptions, acquire, magnitude


def error_db(image, truth):
    return -10 * np.log10(np.mean(np.abs(image - truth) ** 2))


@pytest.mark.parametrize("kind", ["complex", "magnitude", "zero-filled magnitude", "zero-filled complex"])
@pytest.mark.parametrize("sigma", [0.05, 0.15])
def test_noise_goes_and_the_object_stays(make_volume, blob, kind, sigma):
    options = AcquisitionOptions(zero_fill=(2.0, 2.0)) if "filled" in kind else AcquisitionOptions()
    scan, truth = (acquire(blob(4), s, options, np.random.default_rng(1)) for s in (sigma, 0.0))
    if "magnitude" in kind:
        scan, truth = magnitude(scan), magnitude(truth)
    result = denoise(make_volume(scan))
    assert error_db(result.volume.data, truth) > error_db(scan, truth) + 6
    assert result.noise.sigma == pytest.approx(sigma, rel=0.06)
    assert 0.6 < result.residual.sd < 1.3


def test_rician_bias_goes_with_the_noise(make_volume, blob):
    clean = np.maximum(blob(6), 0)
    scan = magnitude(acquire(clean, 0.15, AcquisitionOptions(), np.random.default_rng(2)))
    air = clean == 0
    result = denoise(make_volume(scan))
    assert scan[air].mean() > 0.18
    assert result.volume.data[air].mean() < 0.06


def test_the_same_input_gives_the_same_answer(make_volume, blob):
    volume = make_volume(magnitude(acquire(blob(3), 0.1, AcquisitionOptions(), np.random.default_rng(3))))
    network = open_network(load_card())  # given by hand, so that no kept answer is compared with itself
    first, second = (denoise(volume, network=network).volume.data for _ in range(2))
    np.testing.assert_array_equal(first, second)


def test_units_do_not_matter(make_volume, blob):
    scan = magnitude(acquire(blob(3), 0.1, AcquisitionOptions(), np.random.default_rng(4)))
    small, large = (denoise(make_volume(scan * scale)).volume.data / scale for scale in (1.0, 3000.0))
    np.testing.assert_allclose(small, large, atol=1e-4)


def test_the_network_knows_no_absolute_level(make_volume, blob):
    """Without biases, an image and a sigma both twice as large give an answer twice as large."""
    scan = acquire(blob(2), 0.1, AcquisitionOptions(), np.random.default_rng(5))
    once, twice = (denoise(make_volume(scan * s), sigma=0.1 * s).volume.data for s in (1, 2))
    np.testing.assert_allclose(2 * once, twice, atol=1e-4)


def test_tiles_leave_no_seam(make_volume):
    """A wide image, denoised in tiles, equals its own left part denoised alone, away from the border."""
    rng = np.random.default_rng(6)
    wide = np.abs(np.cumsum(rng.standard_normal((1, 64, 400)) * 0.05, axis=2)) + 1
    scan = magnitude(acquire(wide, 0.1, AcquisitionOptions(), rng))
    whole = denoise(make_volume(scan), sigma=0.1).volume.data[..., :150]
    alone = denoise(make_volume(scan[..., :256]), sigma=0.1).volume.data[..., :150]
    assert np.abs(whole - alone).max() < 0.03


@pytest.mark.parametrize("shape", [(1, 16, 16), (1, 3, 300), (2, 61, 5)])
def test_odd_shapes_are_denoised(make_volume, shape):
    scan = np.abs(1 + 0.1 * np.random.default_rng(7).standard_normal(shape))
    result = denoise(make_volume(scan), sigma=0.1)
    assert result.volume.data.shape == shape
    assert np.std(result.volume.data) < np.std(scan)
