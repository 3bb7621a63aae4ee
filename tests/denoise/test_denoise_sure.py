"""Stein's risk estimate against the true error, where linear denoisers make the truth exact."""

import numpy as np
import pytest
from scipy import ndimage

from viewer.denoise import sure
from viewer.denoise.rician import RAYLEIGH_MEAN
from viewer.denoise.sure_probe import Colour, as_channels, coloured_noise, take_probe

SHAPE = (6, 96, 96)
WHITE = Colour(np.ones(1, np.float32), np.ones(1, np.float32))
AR = Colour(np.array([1, 0.45, 0.1], np.float32), np.array([1, 0.2], np.float32))


def blur(image):
    if np.iscomplexobj(image):
        return blur(image.real) + 1j * blur(image.imag)
    return 0.7 * ndimage.gaussian_filter(image, (0, 0.8, 0.8)) + 0.3 * image


@pytest.fixture
def truth():
    y, x = np.mgrid[: SHAPE[1], : SHAPE[2]]
    plane = 12 + 4 * np.sin(x / 5) * np.cos(y / 7) + 3 * (np.hypot(y - 48, x - 48) < 20)
    return np.repeat(plane[None].astype(np.float32), SHAPE[0], axis=0)


def estimate(noisy, clean, sigma, colour, rician=False):
    denoised = blur(noisy)
    probe = take_probe(noisy, denoised, sigma, colour, blur)
    shown = as_channels(denoised)
    found = sure.errors(as_channels(noisy - denoised), shown, probe, sigma, rician=rician)
    inside = np.ones(SHAPE, bool)
    true = np.mean(np.square(as_channels(denoised - clean)) / np.square(sigma), axis=0)
    return found, probe, inside, true


@pytest.mark.parametrize("colour", [WHITE, AR], ids=["white", "coloured"])
def test_the_estimate_is_the_true_error_of_a_complex_image(truth, colour):
    clean = truth * np.exp(0.4j)
    noise = coloured_noise((2, *SHAPE), colour, np.random.default_rng(3)) * 1.5
    found, _, inside, true = estimate(clean + noise[0] + 1j * noise[1], clean, 1.5, colour)
    total, _, standard = sure.total(found, inside)
    assert total == pytest.approx(true.mean(), abs=0.02)
    assert standard < 0.01


def test_ignoring_the_colour_of_the_noise_would_be_wrong(truth):
    noise = coloured_noise((2, *SHAPE), AR, np.random.default_rng(3))
    found, _, inside, true = estimate(truth + noise[0] + 1j * noise[1], truth, 1.0, WHITE)
    assert abs(sure.total(found, inside)[0] - true.mean()) > 0.1


def test_the_estimate_holds_where_the_noise_differs_from_voxel_to_voxel(truth):
    level = np.linspace(0.5, 2.0, SHAPE[2], dtype=np.float32) * np.ones(SHAPE, np.float32)
    noisy = truth + level * np.random.default_rng(4).standard_normal(SHAPE).astype(np.float32)
    found, _, inside, true = estimate(noisy, truth, level, WHITE)
    assert sure.total(found, inside)[0] == pytest.approx(true.mean(), abs=0.03)


def test_the_estimate_holds_for_magnitudes_from_three_sigma_up(truth):
    sigma = 2.6  # the dimmest voxel is at 3.1 sigma
    pair = np.random.default_rng(5).standard_normal((2, *SHAPE)) * sigma
    noisy = np.abs(truth + pair[0] + 1j * pair[1]).astype(np.float32)
    found, _, inside, true = estimate(noisy, truth, sigma, WHITE, rician=True)
    assert sure.total(found, inside)[0] == pytest.approx(true.mean(), abs=0.03)


def test_the_mean_of_rician_noise_is_that_of_rayleigh_in_air_and_vanishes_in_signal():
    bias = sure.rician_bias(np.array([0.0, 10.0, 1000.0]))
    assert bias[0] == pytest.approx(RAYLEIGH_MEAN)
    assert bias[1] == pytest.approx(0.05, rel=0.01)  # 1 / (2 SNR)
    assert bias[2] == pytest.approx(0.0005)


def test_the_local_map_shows_where_the_error_is(truth):
    clean = truth.copy()
    clean[:, 20:44, 20:44] += 3 * ((np.indices((24, 24)).sum(axis=0) % 2) * 2 - 1)  # what a blur destroys
    noisy = clean + np.random.default_rng(6).standard_normal(SHAPE).astype(np.float32)
    found, probe, inside, true = estimate(noisy, clean, 1.0, WHITE)
    local = sure.local_error(found, probe, 1.0, inside)
    expected = np.sqrt(sure.local_mean(true, inside))
    assert np.corrcoef(local.error.ravel(), expected.ravel())[0, 1] > 0.95
    assert local.error[3, 32, 32] == pytest.approx(expected[3, 32, 32], rel=0.1)
    assert local.excess_z > 10


def test_the_probe_leaves_masked_voxels_alone_and_magnitudes_above_zero(truth):
    source = np.where(truth > 12, truth, 0).astype(np.float32)
    seen = []

    def again(image):
        seen.append(image)
        return blur(image)

    probe = take_probe(source, blur(source), 5.0, WHITE, again)
    assert np.all(probe.noise[0][source == 0] == 0) and seen[0].min() >= 0


def test_noise_of_a_zero_filled_scan_stays_within_the_measured_part_of_k_space():
    colour = Colour(np.ones(1, np.float32), np.ones(1, np.float32), (2.0, 1.0))
    noise = coloured_noise((40, 64, 64), colour, np.random.default_rng(1))
    power = np.mean(np.abs(np.fft.fft2(noise)) ** 2, axis=0)
    assert power[17:47].max() < 1e-4 * power[:15].mean()
    assert noise.std() == pytest.approx(1, abs=0.02)
