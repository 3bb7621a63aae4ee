"""Statistics against the IBSI definitions, and the peak against brute force."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.spatial.transform import Rotation

from viewer.core.errors import LowfieldError
from viewer.core.geometry import Geometry
from viewer.core.measurement import Statistics
from viewer.quantify.peak import PEAK_1ML_RADIUS_MM, PEAK_RADIUS_MM, peak, peak_reach
from viewer.quantify.statistics import scaled, statistics


def grid(shape=(14, 15, 16), spacing=(3.0, 2.0, 2.5), turn=0, shear=0.0) -> Geometry:
    directions = np.eye(3)[::-1] @ Rotation.from_euler("x", turn, degrees=True).as_matrix()
    affine = Geometry.from_axes(shape, spacing, directions, (5, 6, 7)).affine.copy()
    affine[1, 0] += shear
    return Geometry(shape, affine)


def slow_peak(values, mask, geometry, radius=6.0):
    centers = geometry.to_lps(np.stack(np.indices(values.shape), -1))
    best = None
    reach = peak_reach(geometry, radius)
    for index in np.argwhere(mask):
        if (index < reach).any() or (index + reach >= values.shape).any():
            continue
        near = np.linalg.norm(centers - centers[tuple(index)], axis=-1) <= radius * (1 + 1e-9)
        best = max(values[near].mean(), -np.inf if best is None else best)
    return best


def test_a_small_set_by_hand():
    found = statistics(np.array([1, 2, 2, 3, 12], np.float32))
    assert (found.voxels, found.mean, found.minimum, found.maximum, found.median) == (5, 4.0, 1.0, 12.0, 2.0)
    # Population SD: √(mean of squares − square of mean) = √(162/5 − 16).
    assert found.sd == pytest.approx(np.sqrt(162 / 5 - 16))
    assert found.peak is None


# Reference values of the IBSI digital phantom (IBSI reference manual, chapter 5, intensity-based statistics): its
# 74 voxels inside the mask hold 1, 3, 4 and 6. First-order statistics do not ask where they lie.
PHANTOM = np.repeat([1.0, 3.0, 4.0, 6.0], [50, 1, 16, 7])
IBSI = {
    "mean": 2.15, "variance": 3.05, "skewness": 1.08, "kurtosis": -0.355, "median": 1, "minimum": 1, "p10": 1,
    "p90": 4, "maximum": 6, "iqr": 3, "range": 5, "mad": 1.55, "robust_mad": 1.11, "median_ad": 1.15, "cov": 0.812,
    "qcod": 0.6, "energy": 567, "rms": 2.77,
}  # fmt: skip


@pytest.mark.parametrize("name", IBSI)
@pytest.mark.parametrize("weights", [None, np.ones(74), np.full(74, 0.25)], ids=["plain", "ones", "quarters"])
def test_the_ibsi_digital_phantom(name, weights):
    found = getattr(statistics(PHANTOM, weights), name)
    if name == "energy" and weights is not None:
        found /= weights[0]
    assert found == pytest.approx(IBSI[name], abs=10.0 ** -_decimals(IBSI[name]) / 2 + 1e-9)


def _decimals(number) -> int:
    return len(f"{number}".partition(".")[2])


@settings(deadline=None)
@given(arrays(np.float64, st.integers(1, 40), elements=st.floats(-1e6, 1e6)), st.integers(1, 5))
def test_equal_weights_change_nothing_and_whole_ones_repeat(values, times):
    plain, weighted = statistics(values), statistics(values, np.full(values.size, 0.3))
    repeated, counted = (
        statistics(np.repeat(values, times)),
        statistics(values, np.full(values.size, float(times))),
    )
    for name in ("mean", "sd", "p10", "median", "p90", "mad", "median_ad", "rms", "minimum", "maximum"):
        assert getattr(weighted, name) == pytest.approx(getattr(plain, name), rel=1e-9, abs=1e-6)
    for name in ("mean", "sd", "mad", "energy", "rms"):
        assert getattr(counted, name) == pytest.approx(getattr(repeated, name), rel=1e-9, abs=1e-6)


def test_weights_by_hand():
    found = statistics(np.array([0.0, 10.0, 100.0]), np.array([1.0, 0.5, 0.1]))
    assert found.mean == pytest.approx(15 / 1.6) and found.voxels == 3
    assert found.variance == pytest.approx((0.5 * 100 + 0.1 * 10_000) / 1.6 - (15 / 1.6) ** 2)
    # Places of the three values: 0, 0.75/1.05 and 1; half of the way up lies 0.525/0.75 of the way to 10.
    assert found.median == pytest.approx(7.0)
    assert (found.minimum, found.maximum) == (0, 10)  # a tenth of a voxel makes no maximum
    assert statistics(np.array([3.0, 9.0]), np.array([0.2, 0.1])).maximum == 9
    assert statistics(np.array([3.0]), np.array([0.2])).median == 3


def test_what_has_no_value_is_none_or_zero():
    flat = statistics(np.full(5, 2.0))
    assert (flat.skewness, flat.kurtosis, flat.sd, flat.cov, flat.iqr) == (0, 0, 0, 0, 0)
    balanced = statistics(np.array([-1.0, 1.0]))
    assert balanced.cov is None and balanced.qcod is None and balanced.robust_mad == 0
    bare = Statistics(1, 2.0, 0.0, 2.0, 2.0, 2.0)
    assert bare.iqr is None and bare.qcod is None
    assert scaled(bare, 3.0) == Statistics(1, 6.0, 0.0, 6.0, 6.0, 6.0)


@settings(deadline=None)
@given(arrays(np.float64, st.integers(1, 40), elements=st.floats(-1e6, 1e6)), st.floats(1e-6, 1e6))
def test_scaled_statistics_are_those_of_scaled_values(values, factor):
    found, expected = scaled(statistics(values), factor), statistics(values * factor)
    for name in ("mean", "sd", "maximum", "p25", "mad", "robust_mad", "rms", "energy"):
        size = factor**2 if name == "energy" else factor
        assert getattr(found, name) == pytest.approx(getattr(expected, name), rel=1e-9, abs=1e-5 * size)


@settings(deadline=None)
@given(arrays(np.float64, st.integers(1, 40), elements=st.floats(-1e12, 1e12)))
def test_the_mean_lies_between_minimum_and_maximum(values):
    found = statistics(values)
    assert found.minimum <= found.mean <= found.maximum
    assert found.minimum <= found.median <= found.maximum
    assert found.sd >= 0


def test_large_float32_numbers_do_not_lose_their_mean():
    assert statistics(np.full(1_000_001, 16_777_217.0)).mean == 16_777_217.0


def test_no_numbers_no_statistics():
    with pytest.raises(LowfieldError, match="no voxel centre"):
        statistics(np.array([]))
    for bad in (np.nan, np.inf):
        with pytest.raises(LowfieldError, match="hold no number"):
            statistics(np.array([1.0, bad]))


@pytest.mark.parametrize("geometry", [grid(), grid(turn=30), grid(shear=1.1), grid(spacing=(6.0, 6.0, 6.0))],
                         ids=["axial", "oblique", "sheared", "coarse"])  # fmt: skip
@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("radius", [PEAK_RADIUS_MM, PEAK_1ML_RADIUS_MM])
def test_the_peak_agrees_with_brute_force(geometry, seed, radius):
    rng = np.random.default_rng(seed)
    values = rng.gamma(2.0, 1000.0, geometry.shape).astype(np.float32)
    offset = (2, 3, 1)
    mask = rng.random((9, 8, 12)) > 0.6
    full = np.zeros(geometry.shape, bool)
    full[2:11, 3:11, 1:13] = mask
    found = peak(values, offset, mask, geometry, radius)
    assert found == pytest.approx(slow_peak(values.astype(float), full, geometry, radius), rel=1e-12)


def test_the_two_peaks_have_their_volumes():
    assert 4 / 3 * np.pi * PEAK_1ML_RADIUS_MM**3 == pytest.approx(1000)
    assert 4 / 3 * np.pi * PEAK_RADIUS_MM**3 == pytest.approx(904.8, abs=0.1)


def test_the_peak_sphere_has_0_9_millilitres():
    fine = grid((40, 40, 40), (0.5, 0.5, 0.5))
    values = np.zeros(fine.shape)
    values[20, 20, 20] = 1.0
    voxels = 1 / peak(values, (20, 20, 20), np.ones((1, 1, 1), bool), fine)
    assert voxels * fine.voxel_volume_ml == pytest.approx(0.905, rel=0.02)


def test_centres_at_exactly_six_millimetres_belong_to_the_sphere():
    # 6-mm voxels: the centre and its six face neighbours, whatever the rounding of the grid.
    for turn in (0, 17, 45):
        coarse = grid((3, 3, 3), (6.0, 6.0, 6.0), turn)
        values = np.zeros((3, 3, 3))
        values[1, 1, 1] = 7.0
        assert peak(values, (1, 1, 1), np.ones((1, 1, 1), bool), coarse) == pytest.approx(1.0)


def test_uniform_values_have_exactly_their_own_peak():
    values = np.full((14, 15, 16), 0.1)
    assert peak(values, (0, 0, 0), np.ones(values.shape, bool), grid()) == 0.1


def test_where_no_sphere_fits_there_is_no_peak():
    geometry = grid()
    values = np.ones(geometry.shape)
    assert peak(values, (0, 0, 0), np.ones((1, 15, 16), bool), geometry) is None
    assert peak(values, (13, 0, 0), np.ones((1, 15, 16), bool), geometry) is None
    thin = grid((1, 15, 16))
    assert peak(np.ones(thin.shape), (0, 0, 0), np.ones(thin.shape, bool), thin) is None


def test_voxels_near_the_edge_are_passed_over():
    geometry = grid()
    values = np.random.default_rng(5).random(geometry.shape)
    values[0] = 100
    whole = np.ones(values.shape, bool)
    assert peak(values, (0, 0, 0), whole, geometry) == pytest.approx(slow_peak(values, whole, geometry), rel=1e-12)
    only_edge = np.zeros(values.shape, bool)
    only_edge[:2] = True
    assert peak(values, (0, 0, 0), only_edge, geometry) is None


def test_a_sphere_with_a_voxel_that_is_no_number_gives_no_peak():
    geometry = grid()
    values = np.ones(geometry.shape)
    values[7, 7, 7] = np.nan
    assert peak(values, (7, 7, 5), np.ones((1, 1, 1), bool), geometry) is None
    assert peak(values, (7, 7, 12), np.ones((1, 1, 1), bool), geometry) == 1.0
