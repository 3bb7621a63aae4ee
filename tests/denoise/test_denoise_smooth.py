"""What is computed in a faster way than scipy does: the same numbers."""

import numpy as np
import pytest
from scipy import fft, ndimage, special

from viewer.denoise.artifacts import _slope
from viewer.denoise.artifacts_air import _grown, _without_lines
from viewer.denoise.smooth import LONGEST, gaussian
from viewer.denoise.support import noise_profile_db
from viewer.denoise.sure import rician_bias


@pytest.mark.parametrize("kind", [np.float32, np.float64])
@pytest.mark.parametrize(
    ("shape", "deviations"),
    [
        ((5, 40, 31), (0.8, 4.0, 4.0)),
        ((1, 3, 64), (0.0, 1.5, 1.5)),
        ((2, 7, 20, 1), (0.0, 0.0, 1.0, 1.0)),
        ((1, LONGEST + 1, 2), (0.0, 2.0, 0.0)),
    ],
)
def test_gaussian_means_are_those_of_scipy(shape, deviations, kind):
    image = np.random.default_rng(1).standard_normal(shape).astype(kind)
    found = gaussian(image, deviations)
    assert found.dtype == kind
    exact = ndimage.gaussian_filter(image.astype(np.float64), deviations)
    np.testing.assert_allclose(found, exact, atol=2e-6 if kind is np.float32 else 1e-14)


@pytest.mark.parametrize("axis", [1, 2])
@pytest.mark.parametrize("shape", [(3, 20, 31), (1, 9, 3), (2, 4, 40)])
def test_the_median_of_seven_lines_is_the_median(axis, shape):
    image = np.random.default_rng(2).standard_normal(shape).astype(np.float32)
    size = [1, 1, 1]
    size[axis] = 7
    before = image.copy()
    np.testing.assert_array_equal(_without_lines(image, axis), ndimage.median_filter(np.abs(image), size=size))
    np.testing.assert_array_equal(image, before)


@pytest.mark.parametrize("shape", [(2, 30, 25), (1, 4, 9), (1, 2, 1)])
def test_a_mask_grows_as_by_dilation(shape):
    mask = np.random.default_rng(3).random(shape) > 0.95
    expected = ndimage.binary_dilation(mask, np.ones((1, 7, 7), bool))
    np.testing.assert_array_equal(_grown(_grown(mask, 1), 2), expected)


@pytest.mark.parametrize("shape", [(2, 30, 24), (1, 9, 15)])
def test_the_slope_is_sobels(shape):
    image = np.random.default_rng(4).standard_normal(shape).astype(np.float32)
    rows, columns = (n // 2 * 2 for n in shape[1:])
    expected = np.hypot(ndimage.sobel(image, 1), ndimage.sobel(image, 2))[:, :rows:2, :columns:2]
    np.testing.assert_allclose(_slope(image, rows, columns), expected, atol=1e-5)


def test_the_bias_of_magnitudes_is_that_of_rice():
    theta = np.linspace(0, 39.9, 20011)
    mean = np.sqrt(np.pi / 2) * special.hyp1f1(-0.5, 1, -(theta[theta < 30] ** 2) / 2)
    np.testing.assert_allclose(rician_bias(theta)[theta < 30], mean - theta[theta < 30], atol=1e-6)
    far = np.array([39.99, 40.0, 40.01, 100.0, 1e6])
    np.testing.assert_allclose(rician_bias(far), 1 / (2 * far) + 1 / (8 * far**3), atol=3e-6)


@pytest.mark.parametrize("axis", [1, 2])
def test_the_profile_of_noise_is_that_of_the_whole_spectrum(axis):
    rng = np.random.default_rng(5)
    image = rng.standard_normal((3, 80, 80)) + 1j * rng.standard_normal((3, 80, 80))
    window = np.hanning(80)
    power = np.abs(fft.fft2(image * (window[:, None] if axis == 1 else window), axes=(1, 2))) ** 2
    frequency = np.abs(fft.fftfreq(80))
    lines = np.compress((frequency > 0.08) & (frequency < 0.18), power, axis=3 - axis)
    profile = np.median(lines, axis=(0, 3 - axis))
    bands = [profile[np.minimum((frequency * 80).astype(int), 39) == band].mean() for band in range(40)]
    expected = 10 * np.log10(bands / np.median(bands[8:20]))
    np.testing.assert_allclose(noise_profile_db(image, axis), expected, atol=1e-9)
