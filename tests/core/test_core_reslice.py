import numpy as np
import pytest
import SimpleITK as sitk

from viewer.core.geometry import Geometry
from viewer.core.reslice import (
    Plane,
    direction_letters,
    edge_letters,
    native_plane,
    orientation_of,
    sample_plane,
    standard_plane,
)
from viewer.core.volume import Volume


def rotated(angle_degrees: float) -> np.ndarray:
    c, s = np.cos(np.radians(angle_degrees)), np.sin(np.radians(angle_degrees))
    return np.array([[0, -s, c], [0, c, s], [1, 0, 0]], dtype=float)


def volume_of(shape=(7, 9, 11), spacing=(5.0, 1.6, 1.2), directions=None, seed=0) -> Volume:
    axes = np.eye(3)[::-1] if directions is None else directions
    geometry = Geometry.from_axes(shape, spacing, axes, (-30.0, 12.0, 55.0))
    return Volume(np.random.default_rng(seed).normal(size=shape).astype(np.float32), geometry)


def judged(volume: Volume, plane: Plane) -> np.ndarray:
    """Resample the plane with SimpleITK, which knows nothing of our code."""
    geometry = volume.geometry
    image = sitk.GetImageFromArray(volume.data)
    image.SetSpacing(geometry.spacing_mm[::-1])
    image.SetDirection(geometry.directions[::-1].T.ravel().tolist())
    image.SetOrigin(geometry.origin_lps_mm.tolist())
    reference = sitk.Image(plane.shape[1], plane.shape[0], 1, sitk.sitkFloat32)
    reference.SetSpacing((plane.spacing_mm[1], plane.spacing_mm[0], 1.0))
    reference.SetDirection(np.stack([plane.right, plane.down, plane.normal], 1).ravel().tolist())
    reference.SetOrigin(plane.to_lps((0, 0)).tolist())
    return sitk.GetArrayFromImage(
        sitk.Resample(image, reference, sitk.Transform(), sitk.sitkLinear, float("nan"))
    )[0]


@pytest.mark.parametrize("orientation", ["axial", "coronal", "sagittal"])
@pytest.mark.parametrize("directions", [None, rotated(0), rotated(23)])
def test_a_plane_agrees_with_simpleitk(orientation, directions):
    volume = volume_of(directions=directions)
    plane = standard_plane(volume.geometry, orientation, volume.geometry.center_lps_mm + 0.7)
    values, inside = sample_plane(volume, plane)
    expected = judged(volume, plane)
    both = inside & np.isfinite(expected)
    assert both.sum() > 20
    index = volume.geometry.to_index(plane.to_lps(np.moveaxis(np.indices(plane.shape), 0, -1)))
    inner = both & ((index >= 0) & (index <= np.array(volume.geometry.shape) - 1)).all(-1)
    assert inner.sum() > 20
    np.testing.assert_allclose(values[inner], expected[inner], atol=1e-4)


def test_a_native_plane_shows_each_voxel_once_and_unchanged():
    volume = volume_of()
    values, inside = sample_plane(volume, native_plane(volume.geometry, 4))
    assert inside.all()
    np.testing.assert_array_equal(values, volume.data[4])


def test_a_nifti_like_order_is_turned_to_radiological_convention():
    volume = volume_of(directions=np.array([[0, 0, 1], [0, -1, 0], [-1, 0, 0]], float))
    plane = native_plane(volume.geometry, 2)
    assert edge_letters(plane) == {"left": "R", "right": "L", "top": "A", "bottom": "P"}
    np.testing.assert_array_equal(sample_plane(volume, plane)[0], volume.data[2, ::-1, ::-1])


def test_a_transposed_slice_is_turned():
    volume = volume_of(directions=np.array([[0, 0, 1], [1, 0, 0], [0, 1, 0]], float))
    plane = native_plane(volume.geometry, 2)
    np.testing.assert_array_equal(sample_plane(volume, plane)[0], volume.data[2].T)
    assert plane.spacing_mm == pytest.approx((1.2, 1.6))


@pytest.mark.parametrize(
    ("orientation", "letters"),
    [("axial", "RLAP"), ("coronal", "RLSI"), ("sagittal", "APSI")],
)
def test_letters_of_the_standard_planes(orientation, letters):
    plane = standard_plane(volume_of().geometry, orientation, (0, 0, 0))
    assert "".join(edge_letters(plane).values()) == letters


@pytest.mark.parametrize(
    ("direction", "letters"),
    [((1, 0, 0), "L"), ((-1, 0, 0), "R"), ((0, 1, 1.2), "SP"), ((0.1, 0, -1), "I"), ((-1, -0.9, 0.8), "RAS")],
)
def test_direction_letters(direction, letters):
    vector = np.array(direction, float)
    assert direction_letters(vector / np.linalg.norm(vector)) == letters


def test_patient_left_is_on_the_right_of_the_screen():
    volume = volume_of(shape=(3, 20, 20), spacing=(2, 2, 2))
    data = np.zeros(volume.data.shape, np.float32)
    left = volume.geometry.center_lps_mm + np.array([15.0, 0, 0])
    data[tuple(np.round(volume.geometry.to_index(left)).astype(int))] = 1
    values, _ = sample_plane(volume.with_data(data), standard_plane(volume.geometry, "axial", left))
    assert np.argmax(values.max(axis=0)) > values.shape[1] // 2


def test_pixels_and_points_are_inverse():
    plane = standard_plane(volume_of().geometry, "coronal", (1.0, 2.0, 3.0))
    point = plane.to_lps((4.0, 7.0))
    assert plane.distance_mm(point) == pytest.approx(0.0)
    assert plane.distance_mm((1.0, 2.0, 3.0)) == pytest.approx(0.0)
    np.testing.assert_allclose(plane.from_mm(*plane.to_mm(point)), point)
    left, top, width, height = plane.rect_mm()
    np.testing.assert_allclose(plane.from_mm(left + width / 2, top + height / 2), plane.center_lps_mm)


def test_the_grid_of_a_plane_lies_on_its_pixels():
    plane = standard_plane(volume_of().geometry, "sagittal", (-28.0, 14.0, 60.0))
    np.testing.assert_allclose(plane.geometry.to_lps((0, 3, 5)), plane.to_lps((3, 5)))


def test_outside_is_marked_up_to_the_voxel_border():
    volume = volume_of(shape=(1, 4, 4), spacing=(3, 2, 2))
    low, high = volume.geometry.bounds_lps_mm()
    plane = standard_plane(volume.geometry, "axial", (low + high) / 2, spacing_mm=0.5)
    assert sample_plane(volume, plane)[1].all()
    assert not sample_plane(volume, plane.through(high + 0.01))[1].any()


def test_complex_voxels_are_shown_as_magnitudes():
    volume = volume_of()
    values, _ = sample_plane(volume.with_data(volume.data * 1j), native_plane(volume.geometry, 0))
    np.testing.assert_allclose(values, np.abs(volume.data[0]), atol=1e-6)


def test_order_zero_takes_voxels_as_they_are():
    volume = volume_of()
    for angle in (0, 23):
        turned = Volume(volume.data, volume_of(directions=rotated(angle)).geometry)
        plane = standard_plane(turned.geometry, "axial", turned.geometry.center_lps_mm, spacing_mm=0.4)
        assert set(np.unique(sample_plane(turned, plane, order=0)[0])) <= set(np.unique(volume.data))


def test_large_volumes_are_sampled_with_a_bounded_number_of_pixels():
    geometry = Geometry.from_axes((2, 3000, 3000), (1, 0.2, 0.2), np.eye(3)[::-1], (0, 0, 0))
    assert max(standard_plane(geometry, "axial", (0, 0, 0)).shape) <= 1024
    assert orientation_of(geometry) == "axial"
