"""Shapes to voxels: against brute force over every voxel, on axial, oblique, flipped and sheared grids."""

import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from viewer.core.errors import LowfieldError
from viewer.core.geometry import Geometry
from viewer.roi.rasterize import Region, rasterize
from viewer.roi.shapes import Box, Ellipsoid, Isocontour, MaskShape, Sphere, Whole


def test_a_sphere_holds_the_voxels_whose_centres_lie_inside(grid, centers, painted):
    center = grid.center_lps_mm + np.array([1.3, -0.7, 2.1])
    region = rasterize(Sphere(center, 7.9), grid)
    expected = np.linalg.norm(centers - center, axis=-1) <= 7.9
    assert (painted(region, grid) == expected).all()
    assert region.voxels == expected.sum() > 20


def test_an_ellipsoid_may_be_turned(grid, centers, painted):
    axes = Rotation.from_euler("xyz", (40, 10, -70), degrees=True).as_matrix()
    center = grid.center_lps_mm + np.array([1.0, 2.0, -1.0])
    region = rasterize(Ellipsoid(center, (9.1, 4.2, 6.3), axes), grid)
    expected = ((((centers - center) @ axes.T) / (9.1, 4.2, 6.3)) ** 2).sum(axis=-1) <= 1
    assert (painted(region, grid) == expected).all()
    assert region.voxels > 10


def test_a_box_follows_the_patients_axes_on_any_grid(grid, centers, painted):
    low, high = grid.center_lps_mm - (9, 4, 6), grid.center_lps_mm + np.array([3, 7, 5.5])
    region = rasterize(Box(low, high), grid)
    assert (painted(region, grid) == ((centers >= low) & (centers <= high)).all(axis=-1)).all()


def test_regions_are_tight(grid):
    region = rasterize(Sphere(grid.center_lps_mm, 8.0), grid)
    for axis in range(3):
        ends = np.moveaxis(region.mask, axis, 0)
        assert ends[0].any() and ends[-1].any()


@pytest.mark.parametrize("tenths", [1, 3, 7, 10])
def test_a_centre_on_the_boundary_belongs(tenths):
    # 0.1 has no exact binary form: without tolerance rounding would decide.
    grid = Geometry.from_axes((21, 21, 21), (0.1, 0.1, 0.1), np.eye(3)[::-1], (-1, -1, -1))
    sphere = rasterize(Sphere((0.0, 0.0, 0.0), tenths / 10), grid)
    assert sphere.mask.shape == (2 * tenths + 1,) * 3
    box = rasterize(Box((-tenths / 10,) * 3, (tenths / 10,) * 3), grid)
    assert box.voxels == (2 * tenths + 1) ** 3


@pytest.mark.parametrize(
    "shape",
    [
        Sphere((500, 0, 0), 5.0),
        Box((500, 0, 0), (510, 5, 5)),
        Ellipsoid((0, 500, 0), (1, 2, 3)),
        Isocontour((0, 0, 500), 5.0, 0.5),
    ],
)
def test_a_shape_outside_the_image_is_empty(grid, shape):
    region = rasterize(shape, grid, np.ones(grid.shape))
    assert (region.voxels, region.offset, region.mask.shape) == (0, (0, 0, 0), (0, 0, 0))


def test_a_shape_between_voxel_centres_is_empty(axial_grid):
    middle = axial_grid.to_lps((3.5, 3.5, 3.5))
    assert rasterize(Sphere(middle, 0.5), axial_grid).voxels == 0
    assert rasterize(Box(middle - 0.1, middle + 0.1), axial_grid).voxels == 0
    assert rasterize(Isocontour(middle, 0.5, 0.5), axial_grid, np.ones(axial_grid.shape)).voxels == 0


def test_a_sphere_may_miss_the_centre_in_the_corner_of_its_box(axial_grid):
    near = axial_grid.to_lps((0, 0, 0)) - 1.4
    assert rasterize(Sphere(near, 2.0), axial_grid).voxels == 0
    assert rasterize(Sphere(near, 2.5), axial_grid).voxels == 1


def test_a_shape_is_cut_at_the_edge_of_the_image(grid, centers, painted):
    corner = grid.to_lps((0, 0, 0))
    region = rasterize(Sphere(corner, 9.0), grid)
    assert (painted(region, grid) == (np.linalg.norm(centers - corner, axis=-1) <= 9.0)).all()


def test_whole_is_every_voxel(grid):
    region = rasterize(Whole(), grid)
    assert region.voxels == np.prod(grid.shape)
    assert isinstance(region, Region)


@settings(deadline=None)
@given(
    st.floats(0.5, 2.5),
    st.floats(4, 12),
    st.lists(st.floats(-1, 1), min_size=3, max_size=3),
    st.integers(0, 10_000),
)
def test_the_volume_of_a_sphere_is_right_within_its_surface(spacing, radius, shift, seed):
    turn = Rotation.random(random_state=seed).as_matrix()
    size = 2 * int(np.ceil((radius + 2) / spacing)) + 1
    grid = Geometry.from_axes((size,) * 3, (spacing,) * 3, turn, (0, 0, 0))
    volume = rasterize(Sphere(grid.center_lps_mm + shift, radius), grid).voxels * spacing**3
    true = 4 / 3 * np.pi * radius**3
    # Gauss's sphere problem: the error stays far below one voxel layer of surface.
    assert abs(volume - true) < 4 * np.pi * radius**2 * spacing * 0.35


def test_isocontour_keeps_only_what_hangs_together_over_faces(axial_grid, painted):
    values = np.zeros(axial_grid.shape)
    values[4, 5, 5:8] = (60, 100, 50)
    values[4, 6, 8] = 90  # touches only by an edge
    values[5, 5, 6] = 49
    values[4, 5, 4] = np.nan
    seed = axial_grid.to_lps((4, 5, 6))
    region = rasterize(Isocontour(seed, 15.0, 0.5), axial_grid, values)
    expected = np.zeros(axial_grid.shape, bool)
    expected[4, 5, 5:8] = True
    assert (painted(region, axial_grid) == expected).all()


def test_isocontour_does_not_look_or_grow_beyond_its_sphere(axial_grid, painted):
    values = np.full(axial_grid.shape, 10.0)
    values[0, 0, 0] = 1000
    seed = axial_grid.to_lps((4, 5, 6))
    grown = rasterize(Isocontour(seed, 6.5, 0.41), axial_grid, values)
    ball = rasterize(Sphere(seed, 6.5), axial_grid)
    assert (painted(grown, axial_grid) == painted(ball, axial_grid)).all()


def test_isocontour_takes_the_first_of_equal_maxima(axial_grid):
    values = np.zeros(axial_grid.shape)
    values[3, 5, 6] = values[5, 5, 6] = 7
    region = rasterize(Isocontour(axial_grid.to_lps((4, 5, 6)), 9.0, 0.5), axial_grid, values)
    assert (region.offset, region.voxels) == ((3, 5, 6), 1)


@pytest.mark.parametrize("background", [0.0, -5.0, np.nan])
def test_isocontour_around_nothing_is_empty(axial_grid, background):
    values = np.full(axial_grid.shape, background)
    assert rasterize(Isocontour(axial_grid.center_lps_mm, 9.0, 0.5), axial_grid, values).voxels == 0


def test_isocontour_needs_the_values_of_this_image(axial_grid):
    shape = Isocontour(axial_grid.center_lps_mm, 9.0, 0.5)
    with pytest.raises(LowfieldError, match="needs the values"):
        rasterize(shape, axial_grid)
    with pytest.raises(LowfieldError, match="geometry says"):
        rasterize(shape, axial_grid, np.ones((2, 2, 2)))


def test_a_mask_on_the_same_grid_is_taken_voxel_by_voxel(grid, painted):
    mask = np.random.default_rng(1).random(grid.shape) > 0.8
    mask[0] = mask[:, :2] = False
    assert (painted(rasterize(MaskShape(mask, grid), grid), grid) == mask).all()


def test_a_mask_on_another_grid_is_looked_up_at_the_voxel_centres(grid, centers, painted, axial_grid):
    mask = np.random.default_rng(2).random((6, 7, 8)) > 0.5
    own = Geometry.from_axes(mask.shape, (5.1, 3.3, 4.7), np.eye(3)[::-1], (-17.3, -9.1, -13.7), "1.2.3")
    index = np.floor(own.to_index(centers) + 0.5).astype(int)
    inside = ((index >= 0) & (index < mask.shape)).all(axis=-1)
    expected = np.zeros(grid.shape, bool)
    expected[inside] = mask[tuple(index[inside].T)]
    assert expected.any()
    assert (painted(rasterize(MaskShape(mask, own), grid), grid) == expected).all()


def test_a_mask_elsewhere_or_empty_gives_nothing(axial_grid):
    far = Geometry.from_axes((2, 2, 2), (1, 1, 1), np.eye(3)[::-1], (900, 0, 0), "1.2.3")
    assert rasterize(MaskShape(np.ones((2, 2, 2)), far), axial_grid).voxels == 0
    assert rasterize(MaskShape(np.zeros(axial_grid.shape), axial_grid), axial_grid).voxels == 0


def test_a_mask_of_another_frame_of_reference_is_refused(axial_grid):
    other = Geometry(axial_grid.shape, axial_grid.affine, "9.9")
    with pytest.raises(LowfieldError, match="frames of reference"):
        rasterize(MaskShape(np.ones(axial_grid.shape), other), axial_grid)


def test_only_the_bounding_box_is_touched():
    # 125 million voxels: one byte for each would already be too much.
    grid = Geometry.from_axes((645, 440, 440), (1.65, 1.65, 1.65), np.eye(3)[::-1], (0, 0, 0))
    tracemalloc.start()
    region = rasterize(Sphere(grid.center_lps_mm, 15.0), grid)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert region.voxels == pytest.approx(4 / 3 * np.pi * 15**3 / 1.65**3, rel=0.02)
    assert most < 5_000_000
