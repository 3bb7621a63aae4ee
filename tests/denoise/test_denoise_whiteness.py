"""The noise's own colour, found in the air or in the residual, and what a residual should look like."""

import numpy as np
import pytest

from viewer.denoise.sure_probe import Colour, Probe, coloured_noise
from viewer.denoise.whiteness import excess_kurtosis, expected_whiteness, noise_colour, whiteness

SHAPE = (12, 96, 96)
TRUE = Colour(np.array([1, 0.4, 0.1], np.float32), np.array([1, 0.3], np.float32))


def noise(seed, colour=TRUE):
    pair = coloured_noise((2, *SHAPE), colour, np.random.default_rng(seed))
    return pair[0] + 1j * pair[1]


def head():
    y, x = np.mgrid[-1:1:96j, -1:1:96j]
    return np.where(np.hypot(y, x) < 0.8, 20 + 6 * np.sin(9 * x) * np.cos(7 * y), 0).astype(np.float32)


@pytest.mark.parametrize(("magnitude", "exact"), [(False, 0.04), (True, 0.1)])
def test_the_colour_is_measured_in_the_air(magnitude, exact):
    source = head() + noise(1)
    source = np.abs(source) if magnitude else source
    found = noise_colour(source, source - head(), 1.0)
    assert found.source == "background"
    assert found.rows[1] == pytest.approx(0.4, abs=exact) and found.columns[1] == pytest.approx(0.3, abs=exact)


def test_without_air_it_is_measured_in_the_residual():
    rest, (y, x) = noise(2), np.mgrid[:96, :96]
    found = noise_colour(40 + 20 * np.sin(x / 3) * np.cos(y / 4) + rest, rest, 1.0)
    assert found.source == "residual"
    assert found.rows[1] == pytest.approx(0.4, abs=0.06) and found.columns[1] == pytest.approx(0.3, abs=0.06)


def test_white_noise_has_no_neighbours():
    rest = noise(3, Colour(np.ones(1, np.float32), np.ones(1, np.float32)))
    assert len(noise_colour(head() + rest, rest, 1.0).rows) == 1
    assert len(noise_colour(np.tile(np.arange(96) * 2.0, (12, 96, 1)) + rest, rest, 1.0).rows) == 1


def test_coloured_noise_is_not_blamed_on_the_denoiser():
    """A denoiser that keeps three tenths of everything leaves noise of the same colour: as expected, no more."""
    taken, probe = noise(4), noise(5)
    channels = np.stack([taken.real, taken.imag]) * 0.7
    second = np.stack([probe.real, probe.imag]).astype(np.float32)
    inside = np.ones(SHAPE, bool)
    seen, expected = whiteness(channels, inside), expected_whiteness(Probe(second, 0.3 * second), 1.0, inside)
    assert seen[0] > 0.35 and np.allclose(seen, expected, atol=0.02)


def test_only_pairs_inside_count():
    image = np.zeros((1, 1, 8, 8), np.float32)
    image[..., :4] = np.random.default_rng(6).standard_normal((8, 4))
    inside = np.zeros((1, 8, 8), bool)
    inside[..., 4:] = True
    assert whiteness(image, inside) == (0.0, 0.0)


def test_kurtosis_is_zero_for_a_normal_distribution_and_known_for_others():
    rng = np.random.default_rng(7)
    assert excess_kurtosis(rng.standard_normal(200_000)) == pytest.approx(0, abs=0.05)
    assert excess_kurtosis(rng.uniform(size=200_000)) == pytest.approx(-1.2, abs=0.02)
    assert excess_kurtosis(np.ones(10)) == 0
