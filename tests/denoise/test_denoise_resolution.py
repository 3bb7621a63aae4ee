"""Resolution before and after, against filters whose answer follows from a formula."""

import numpy as np
import pytest
from scipy import ndimage

from viewer.denoise.resolution import resolution
from viewer.denoise.sure_probe import WHITE, as_channels, take_probe

SHAPE = (12, 96, 96)
INSIDE = np.ones(SHAPE, bool)


def measure(truth, sigma, denoiser, spacing=(1.5, 1.5)):
    noisy = (truth + sigma * np.random.default_rng(2).standard_normal(SHAPE)).astype(np.float32)
    noisy[0, 0, 0] = -1  # signed
    denoised = denoiser(noisy)
    probe = take_probe(noisy, denoised, sigma, WHITE, denoiser)
    return resolution(as_channels(noisy), as_channels(denoised), probe, INSIDE, spacing)


@pytest.fixture(scope="module")
def texture():
    """Texture whose power falls along the radius: rho = exp(-(k / 0.2)²) in amplitude, k in cycles per voxel."""
    spectrum = np.fft.fft2(np.random.default_rng(1).standard_normal(SHAPE))
    k = np.hypot(np.fft.fftfreq(SHAPE[1])[:, None], np.fft.fftfreq(SHAPE[2])[None])
    return np.fft.ifft2(spectrum * np.exp(-((k / 0.2) ** 2))).real + 20


def test_before_is_where_signal_meets_noise(texture):
    sigma = 0.3  # signal power exp(-2 (k / 0.2)²) meets noise power 0.09
    meets = 0.2 * np.sqrt(-np.log(sigma))
    found = measure(texture, sigma, lambda image: image)
    assert found.before_mm == pytest.approx(1.5 * 0.5 / meets, rel=0.08)
    assert found.after_mm < found.before_mm  # nothing was changed: as fine as can be measured


@pytest.mark.parametrize("width", [0.8, 1.2])
def test_a_blur_is_measured_in_millimetres(texture, width):
    half = np.sqrt(np.log(2) / (2 * np.pi**2 * width**2))  # exp(-2 pi² s² k²) = 1/2
    found = measure(texture, 0.05, lambda image: ndimage.gaussian_filter(image, (0, width, width)))
    assert found.after_mm == pytest.approx(1.5 * 0.5 / half, rel=0.08)


def test_the_best_linear_filter_neither_gains_nor_loses(texture):
    sigma = 0.3
    k = np.hypot(np.fft.fftfreq(SHAPE[1])[:, None], np.fft.fftfreq(SHAPE[2])[None])
    power = np.exp(-2 * (k / 0.2) ** 2)
    wiener = power / (power + sigma**2)
    found = measure(texture, sigma, lambda image: np.fft.ifft2(np.fft.fft2(image) * wiener).real.astype("f4"))
    assert found.after_mm == pytest.approx(found.before_mm, rel=0.08)


def test_what_cannot_be_measured_is_not_given(texture):
    noise_only = measure(np.full(SHAPE, 20.0), 1.0, lambda image: 0 * image + 20)
    assert noise_only.before_mm is None and noise_only.after_mm is None and "below the noise" in noise_only.note
