import numpy as np
import pytest
from scipy import ndimage

from viewer.core.denoised import HISTOGRAM_LIMIT_SIGMA
from viewer.denoise.residual import analyse


@pytest.fixture
def textured(blob):
    rng = np.random.default_rng(1)
    detail = ndimage.gaussian_filter(rng.standard_normal((8, 96, 80)), (0, 1.2, 1.2))
    return blob(8) * (1 + 1.2 * detail)


def noise(shape, sigma=0.03):
    return np.random.default_rng(2).standard_normal(shape) * sigma


def test_a_perfect_denoiser_leaves_pure_noise(textured):
    report = analyse(textured + noise(textured.shape), textured, 0.03)
    assert report.sd == pytest.approx(1.0, abs=0.03)
    assert report.mean == pytest.approx(0.0, abs=0.03)
    assert max(map(abs, report.whiteness)) < 0.03
    assert abs(report.structure_correlation) < 0.05
    assert "no removed structure" in report.verdict


def test_blurring_is_caught(textured):
    noisy = textured + noise(textured.shape)
    report = analyse(noisy, ndimage.gaussian_filter(noisy, (0, 1.5, 1.5)), 0.03)
    assert abs(report.structure_correlation) > 0.25
    assert "image structure" in report.verdict


def test_a_sigma_that_is_too_small_shows_in_the_spread(textured):
    report = analyse(textured + noise(textured.shape), textured, 0.015)
    assert report.sd == pytest.approx(2.0, abs=0.05)
    assert "too low" in report.verdict


def test_doing_nothing_is_seen(textured):
    noisy = textured + noise(textured.shape)
    report = analyse(noisy, 0.2 * textured + 0.8 * noisy, 0.03)
    assert report.sd < 0.5 and "Little was removed" in report.verdict


def test_coloured_noise_is_not_white(textured):
    smooth = ndimage.gaussian_filter1d(noise(textured.shape), 0.8, axis=1)
    report = analyse(textured + smooth, textured, float(smooth.std()))
    assert report.whiteness[0] > 0.3 > 0.05 > abs(report.whiteness[1])


def test_the_input_snr_is_the_median_tissue_over_sigma():
    image = np.full((4, 32, 32), 2.0)
    assert analyse(image, image, 0.1).input_snr == pytest.approx(20.0)


def test_an_image_below_the_noise_is_not_judged(textured):
    assert "Too little signal" in analyse(textured, textured, 10.0).verdict


def test_the_histogram_is_the_normal_density_where_noise_alone_was_taken():
    rng = np.random.default_rng(5)
    clean = np.full((4, 128, 128), 100.0)
    report = analyse(clean + rng.normal(0, 2.0, clean.shape), clean, 2.0)
    edges = np.linspace(-HISTOGRAM_LIMIT_SIGMA, HISTOGRAM_LIMIT_SIGMA, len(report.histogram) + 1)
    normal = np.exp(-(((edges[:-1] + edges[1:]) / 2) ** 2) / 2) / np.sqrt(2 * np.pi)
    assert np.abs(np.array(report.histogram) - normal).max() < 0.02
    assert sum(report.histogram) * (edges[1] - edges[0]) == pytest.approx(1, abs=1e-3)
