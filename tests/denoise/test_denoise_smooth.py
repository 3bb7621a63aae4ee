"""Means by matrices are those of scipy, and the median of seven lines is the median."""

import numpy as np
import pytest
from scipy import ndimage

from viewer.denoise.artifacts_air import _grown, _without_lines
from viewer.denoise.smooth import LONGEST, gaussian


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
