"""Geometry: one affine, LPS mm, voxel centres; judged by SimpleITK."""

import numpy as np
import pytest
import SimpleITK as sitk
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from viewer.core.errors import LowfieldError
from viewer.core.geometry import Geometry


def oblique(shape=(5, 6, 7), spacing=(3.0, 1.5, 2.0), seed=3) -> Geometry:
    return Geometry.from_axes(shape, spacing, Rotation.random(random_state=seed).as_matrix(), (10, -20, 30), "1.2")


def test_voxel_centre_agrees_with_simpleitk():
    geometry = oblique()
    image = sitk.GetImageFromArray(np.zeros(geometry.shape, np.float32))
    image.SetOrigin(geometry.origin_lps_mm.tolist())
    image.SetSpacing(geometry.spacing_mm[::-1])
    image.SetDirection(geometry.directions[::-1].T.ravel().tolist())
    k, j, i = 4, 1, 6
    assert geometry.to_lps((k, j, i)) == pytest.approx(image.TransformIndexToPhysicalPoint((i, j, k)))


@given(st.lists(st.floats(-500, 500), min_size=3, max_size=3))
def test_index_is_the_inverse_of_lps(point):
    geometry = oblique()
    assert geometry.to_lps(geometry.to_index(point)) == pytest.approx(point, abs=1e-6)


def test_spacing_volume_and_axes():
    geometry = oblique()
    assert geometry.spacing_mm == pytest.approx((3.0, 1.5, 2.0))
    assert geometry.voxel_volume_ml == pytest.approx(0.009)
    assert geometry.is_orthogonal
    assert geometry.center_lps_mm == pytest.approx(geometry.to_lps((2, 2.5, 3)))


def test_sheared_grid_is_not_orthogonal_but_keeps_its_volume():
    affine = np.diag([1.0, 1.0, 1.0, 1.0])
    affine[1, 0] = 0.3
    geometry = Geometry((2, 2, 2), affine)
    assert not geometry.is_orthogonal
    assert geometry.voxel_volume_ml == pytest.approx(0.001)


def test_bounds_reach_the_voxel_borders():
    geometry = Geometry.from_axes((2, 3, 4), (1, 1, 1), np.eye(3)[::-1], (0, 0, 0))
    low, high = geometry.bounds_lps_mm()
    assert low.tolist() == [-0.5, -0.5, -0.5]
    assert high.tolist() == [3.5, 2.5, 1.5]
    assert geometry.contains((3.5, 2.5, 1.5))
    assert not geometry.contains((3.6, 0, 0))


def test_same_grid_needs_the_same_frame_of_reference():
    assert oblique().same_grid(oblique())
    other = Geometry(oblique().shape, oblique().affine, "1.3")
    assert not oblique().same_grid(other)
    shifted = oblique().affine.copy()
    shifted[0, 3] += 0.5
    assert not oblique().same_grid(Geometry(oblique().shape, shifted, "1.2"))


@pytest.mark.parametrize("affine", [np.zeros((4, 4)), np.full((4, 4), np.nan), np.eye(3)])
def test_a_degenerate_grid_is_refused(affine):
    with pytest.raises(LowfieldError):
        Geometry((2, 2, 2), affine)


def test_an_empty_grid_is_refused():
    with pytest.raises(LowfieldError):
        Geometry((0, 2, 2), np.eye(4))
