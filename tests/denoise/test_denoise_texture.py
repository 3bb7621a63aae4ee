"""Noise of known strength on images whose texture is known, and on a spectrum that is drawn outright."""

import numpy as np
import pytest
from scipy import ndimage

from viewer.denoise.detail import share_from_detail
from viewer.denoise.noise import estimate_sigma
from viewer.denoise.rician import variance_ratio_of_mean
from viewer.denoise.texture import IS_COARSE, IS_FINE, noise_share
from viewer.simulate.mri import AcquisitionOptions, acquire

FRACTIONAL = AcquisitionOptions(zero_fill=(1.5, 1.5))


def organ(seed=1, slices=1, size=96):
    """A field full of texture: its spectrum falls as that of images does, its strength varies over the field."""
    rng = np.random.default_rng(seed)
    k = np.hypot(np.fft.fftfreq(size)[:, None], np.fft.fftfreq(size)) + 1 / size
    texture = np.fft.ifft2(np.fft.fft2(rng.standard_normal((slices, size, size))) / k**1.2).real
    strength = ndimage.gaussian_filter(rng.standard_normal((slices, size, size)), (0, 10, 10), mode="wrap")
    strength = np.exp(0.5 * strength / strength.std())
    image = 1 + 0.15 * texture / texture.std() * strength / np.median(strength)
    return (np.maximum(image, 0.05) / np.percentile(image, 99.5)).astype(np.float32)


@pytest.mark.parametrize(("sigma", "error"), [(0.025, 0.12), (0.05, 0.08), (0.1, 0.06), (0.2, 0.06)])
@pytest.mark.parametrize("stored", ["signed", "magnitude"])
def test_texture_everywhere_is_told_from_noise_in_a_single_slice(stored, sigma, error):
    """The fine detail of the smoothest blocks alone reads 1.3 times the lowest sigma."""
    ratios = []
    for seed in range(4):
        scan = acquire(organ(seed), sigma, AcquisitionOptions(), np.random.default_rng(seed))
        scan = np.abs(scan) if stored == "magnitude" else scan.real - 0.6
        ratios.append(share_from_detail(scan, (1.0, 1.0)).sigma / sigma)
    assert np.mean(ratios) == pytest.approx(1, abs=error)
    assert np.max(np.abs(np.array(ratios) - 1)) < 2 * error


def test_the_share_of_texture_is_known_where_it_was_drawn():
    """Fine coefficients with the power of noise and a fixed share of each block's own coarse power."""
    rng = np.random.default_rng(2)
    texture = np.exp(rng.normal(0, 1.5, 3000))[:, None]
    fall = np.hypot(*np.indices((8, 8)))
    spectrum = (fall[IS_FINE] / fall[IS_COARSE].mean()) ** -3.0
    fine = rng.standard_normal((3000, IS_FINE.sum())) ** 2 * (4 + 2.0 * 0.5 * spectrum * texture)
    coarse = rng.standard_normal((3000, IS_COARSE.sum())) ** 2 * (4 + 2.0 * texture)
    found = noise_share(fine, coarse.mean(axis=1))
    assert found.sigma == pytest.approx(2.0, rel=0.03)
    assert 0.01 < found.texture < 0.2


def test_pure_noise_holds_no_texture():
    scan = np.random.default_rng(3).standard_normal((2, 96, 96))
    found = share_from_detail(scan, (1.0, 1.0))
    assert found.sigma == pytest.approx(1.0, rel=0.03) and found.texture < 0.03


@pytest.mark.parametrize("sigma", [0.1, 0.2, 0.3])
def test_dark_magnitudes_of_one_slice_are_not_underestimated(sigma):
    """Half of the field is hardly brighter than the noise: there the Rician bias looks like less noise."""
    ratios = []
    for seed in range(5):
        clean = np.ones((1, 96, 96)) * np.where(np.arange(96) < 48, 0.35, 1.0)
        scan = np.abs(acquire(clean, sigma, AcquisitionOptions(), np.random.default_rng(seed)))
        ratios.append(share_from_detail(scan, (1.0, 1.0)).sigma / sigma)
    assert np.mean(ratios) == pytest.approx(1, abs=0.04)


@pytest.mark.parametrize("snr", [0.0, 0.5, 1.0, 2.0, 4.0])
def test_the_variance_of_rician_noise_follows_from_its_mean(snr):
    rng = np.random.default_rng(4)
    drawn = np.abs(snr + rng.standard_normal(400_000) + 1j * rng.standard_normal(400_000))
    assert variance_ratio_of_mean(np.array([drawn.mean()]))[0] == pytest.approx(drawn.var(), rel=0.02)


@pytest.mark.parametrize("sigma", [0.05, 0.1])
def test_a_fractional_factor_of_zero_filling_does_not_inflate_sigma(sigma):
    scan = np.abs(acquire(organ(5, slices=4), sigma, FRACTIONAL, np.random.default_rng(5)))
    assert share_from_detail(scan, (1.5, 1.5)).sigma == pytest.approx(sigma, rel=0.1)


def test_confidence_falls_with_texture_and_the_method_names_it():
    rough, smooth = organ(6), np.full((1, 96, 96), 1.0)
    noisy = [np.abs(acquire(c, 0.02, AcquisitionOptions(), np.random.default_rng(6))) for c in (rough, smooth)]
    unsure, sure = (estimate_sigma(scan) for scan in noisy)
    assert unsure.source == sure.source == "wavelet"
    assert unsure.confidence < sure.confidence - 0.1
    assert "taken for texture" in unsure.method and "texture" not in sure.method
