"""Statistics against the IBSI definitions, and the peak against brute force."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.spatial.transform import Rotation

from viewer.core.errors import LowfieldError
from viewer.core.geometry import Geometry
from viewer.quantify.peak import peak, peak_reach
from viewer.quantify.statistics import statistics


def grid(shape=(14, 15, 16), spacing=(3.0, 2.0, 2.5), turn=0, shear=0.0) -> Geometry:
    directions = np.eye(3)[::-1] @ Rotation.from_euler("x", turn, degrees=True).as_matrix()
    affine = Geometry.from_axes(shape, spacing, directions, (5, 6, 7)).affine.copy()
    affine[1, 0] += shear
    return Geometry(shape, affine)


def slow_peak(values, mask, geometry):
    centers = geometry.to_lps(np.stack(np.indices(values.shape), -1))
    best = None
    reach = peak_reach(geometry)
    for index in np.argwhere(mask):
        if (index < reach).any() or (index + reach >= values.shape).any():
            continue
        near = np.linalg.norm(centers - centers[tuple(index)], axis=-1) <= 6 * (1 + 1e-9)
        best = max(values[near].mean(), -np.inf if best is None else best)
    return best


def test_a_small_set_by_hand():
    found = statistics(np.array([1, 2, 2, 3, 12], np.float32))
    assert (found.voxels, found.mean, found.minimum, found.maximum, found.median) == (5, 4.0, 1.0, 12.0, 2.0)
    # Population SD: √(mean of squares − square of mean) = √(162/5 − 16).
    assert found.sd == pytest.approx(np.sqrt(162 / 5 - 16))
    assert found.peak is None


# First-order reference values of the IBSI digital phantom (IBSI reference manual, 2.x; 74 voxels of 1..6).
def test_the_ibsi_digital_phantom():
    phantom = np.repeat([1.0, 3.0, 4.0, 6.0], [50, 1, 16, 7])
    found = statistics(phantom)
    assert found.mean == pytest.approx(2.15, abs=0.005)
    assert found.sd**2 == pytest.approx(3.05, abs=0.005)
    assert (found.median, found.minimum, found.maximum) == (1, 1, 6)


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
def test_the_peak_agrees_with_brute_force(geometry, seed):
    rng = np.random.default_rng(seed)
    values = rng.gamma(2.0, 1000.0, geometry.shape).astype(np.float32)
    offset = (2, 3, 1)
    mask = rng.random((9, 8, 12)) > 0.6
    full = np.zeros(geometry.shape, bool)
    full[2:11, 3:11, 1:13] = mask
    found = peak(values, offset, mask, geometry)
    assert found == pytest.approx(slow_peak(values.astype(float), full, geometry), rel=1e-12)


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
