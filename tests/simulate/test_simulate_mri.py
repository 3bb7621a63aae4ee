import numpy as np
import pytest

from viewer.core.errors import LowfieldError
from viewer.simulate.mri import AcquisitionOptions, acquire, k_space_filter, magnitude, random_options


def lag1(noise, axis):
    a, b = np.moveaxis(noise, axis, -1)[..., :-1], np.moveaxis(noise, axis, -1)[..., 1:]
    return np.mean((a * b.conj()).real) / np.mean(np.abs(noise) ** 2)


def test_default_noise_is_white_with_the_given_sigma_in_each_channel():
    noise = acquire(np.zeros((8, 96, 80)), 3.0, AcquisitionOptions(), np.random.default_rng(1))
    assert noise.dtype == np.complex64
    assert noise.real.std() == pytest.approx(3.0, rel=0.02)
    assert noise.imag.std() == pytest.approx(3.0, rel=0.02)
    assert abs(lag1(noise, 1)) < 0.02 and abs(lag1(noise, 2)) < 0.02


@pytest.mark.parametrize(
    "options",
    [
        AcquisitionOptions(gaussian=(0.6, 0.0)),
        AcquisitionOptions(partial_fourier=(0.625, 1.0), taper=0.1),
        AcquisitionOptions(resolution=(0.55, 0.75)),
        AcquisitionOptions(zero_fill=(2.0, 1.5)),
        AcquisitionOptions(resolution=(1.0, 0.65), gaussian=(0.7, 0.9), zero_fill=(1.0, 2.0)),
    ],
)
def test_filters_keep_the_noise_power(options):
    noise = acquire(np.zeros((16, 64, 64)), 2.0, options, np.random.default_rng(2))
    assert noise.real.std() == pytest.approx(2.0, rel=0.03)
    assert noise.imag.std() == pytest.approx(2.0, rel=0.03)


def test_a_filter_colours_the_noise_along_its_own_axis_only():
    noise = acquire(np.zeros((8, 64, 64)), 1.0, AcquisitionOptions(gaussian=(0.5, 0.0)), np.random.default_rng(3))
    assert lag1(noise, 1) > 0.25
    assert abs(lag1(noise, 2)) < 0.03


def test_brightness_survives_every_treatment():
    clean = np.full((2, 40, 40), 7.0)
    for seed in range(20):
        image = acquire(clean, 0.0, random_options(np.random.default_rng(seed)), np.random.default_rng(0))
        np.testing.assert_allclose(image, clean, atol=1e-4)


def test_zero_filling_interpolates_the_acquired_samples():
    clean = np.random.default_rng(4).normal(size=(3, 32, 30))
    image = acquire(
        clean, 0.0, AcquisitionOptions(resolution=(0.9, 0.9), zero_fill=(2.0, 2.0)), np.random.default_rng(0)
    )
    native = acquire(clean, 0.0, AcquisitionOptions(resolution=(0.9, 0.9)), np.random.default_rng(0))
    assert image.shape == (3, 64, 60)
    np.testing.assert_allclose(image[:, ::2, ::2], native, atol=1e-5)


def test_the_same_seed_gives_the_same_scan_and_another_one_does_not():
    clean = np.ones((1, 16, 16))
    scans = [acquire(clean, 1.0, AcquisitionOptions(), np.random.default_rng(s)) for s in (5, 5, 6)]
    assert np.array_equal(scans[0], scans[1])
    assert not np.allclose(scans[0], scans[2])


def test_magnitude_background_is_rayleigh():
    background = magnitude(acquire(np.zeros((4, 128, 128)), 1.0, AcquisitionOptions(), np.random.default_rng(7)))
    assert background.mean() == pytest.approx(1.2533, rel=0.01)
    assert background.std() == pytest.approx(0.6551, rel=0.01)


def test_partial_fourier_keeps_the_centre_and_drops_one_side():
    response = np.fft.fftshift(k_space_filter(64, 1, AcquisitionOptions(partial_fourier=(0.625, 1.0), taper=0.0)))[
        :, 0
    ]
    assert response[32] == 1 and response[63] == 1 and response[0] == 0
    assert np.count_nonzero(response) == pytest.approx(0.625 * 64, abs=1)


def test_impossible_options_are_refused():
    with pytest.raises(LowfieldError):
        AcquisitionOptions(partial_fourier=(0.0, 1.0))
    with pytest.raises(LowfieldError):
        acquire(np.zeros((4, 4)), 1.0, AcquisitionOptions(), np.random.default_rng(0))


def test_random_scans_are_white_filled_or_filtered_in_the_stated_shares():
    drawn = [random_options(np.random.default_rng(seed)) for seed in range(600)]
    white = np.mean([options == AcquisitionOptions() for options in drawn])
    cut = [o.resolution for o in drawn if o.resolution[0] == o.resolution[1] < 1]
    assert white == pytest.approx(0.45, abs=0.06) and len(cut) / 600 == pytest.approx(0.15, abs=0.05)
    assert min(cut)[0] >= 0.5 and max(cut)[0] <= 1 / 1.2
