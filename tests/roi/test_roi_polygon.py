"""Polygons: even-odd, holes, stacks, every drawing plane on every grid; judged point by point."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from viewer.core.errors import LowfieldError
from viewer.core.geometry import Geometry
from viewer.roi.evenodd import inside_even_odd
from viewer.roi.polygon import LONE_THICKNESS_MM
from viewer.roi.rasterize import rasterize
from viewer.roi.shapes import Polygon, Sphere, contours_to_polygon

SQUARE = [(0.0, 0.0), (10.0, 0.0), (10.0, 10.0), (0.0, 10.0)]


def inside_slowly(point, contours) -> bool:
    """Winding by angles, an other way to say even-odd for contours that do not cross themselves."""
    total = 0
    for contour in contours:
        away = np.asarray(contour) - point
        angles = np.unwrap(np.arctan2(*np.vstack([away, away[:1]]).T[::-1]))
        total += round(abs(angles[-1] - angles[0]) / (2 * np.pi))
    return total % 2 == 1


def loop(center, radius, plane, count=40):
    """A circle in one of the patient's planes: axis 0 sagittal, 1 coronal, 2 axial."""
    turn = np.linspace(0, 2 * np.pi, count, endpoint=False)
    points = np.tile(np.asarray(center, float), (count, 1))
    others = [axis for axis in range(3) if axis != plane]
    points[:, others[0]] += radius * np.cos(turn)
    points[:, others[1]] += radius * np.sin(turn)
    return points


@pytest.mark.parametrize("plane", [0, 1, 2])
def test_a_drawing_in_any_plane_on_any_grid(grid, centers, painted, plane):
    normal = np.eye(3)[plane]
    middle = grid.center_lps_mm + np.array([0.31, -0.47, 0.23])
    contours = (loop(middle, 12.0, plane), loop(middle, 5.0, plane))
    polygon = Polygon(contours, normal, 6.0)
    height = (centers - middle) @ normal
    away = np.linalg.norm(np.delete(centers - middle, plane, axis=-1), axis=-1)
    # Between the circle and its 40-gon lies no centre worth arguing about.
    clear = np.minimum(np.abs(away - 12), np.abs(away - 5)) > 0.05
    expected = (height >= -3) & (height < 3) & (away < 12) & (away > 5)
    found = painted(rasterize(polygon, grid), grid)
    assert (found == expected)[clear].all()
    assert found.sum() > 30


def test_a_stack_of_contours_fills_every_slice_once(axial_grid, painted):
    heights = axial_grid.to_lps(np.array([[k, 0, 0] for k in range(2, 7)]))[:, 2]
    contours = [loop((0, 0, z), 8.0 + k, 2) for k, z in enumerate(heights)]
    polygon = contours_to_polygon(contours[::-1])
    assert polygon.thickness_mm == pytest.approx(4.0)
    found = painted(rasterize(polygon, axial_grid), axial_grid)
    assert found.any(axis=(1, 2)).tolist() == [False, False, True, True, True, True, True, False, False]
    areas = found.sum(axis=(1, 2))[2:7]
    assert (np.diff(areas) > 0).all()


def test_fine_contours_on_a_coarse_grid_take_the_nearest_plane_and_do_not_cancel(axial_grid, painted):
    # Contours every 1 mm on slices every 4 mm: even-odd must never mix contours of different planes.
    stack = contours_to_polygon([loop((0, 0, z), 9.0, 2) for z in np.arange(-8.4, 7, 1.0)])
    found = painted(rasterize(stack, axial_grid), axial_grid)
    slices = axial_grid.to_lps([[k, 0, 0] for k in range(9)])[:, 2]
    # The slabs reach from −8.9 to +7.1 mm.
    assert found.any(axis=(1, 2)).tolist() == [bool(-8.9 <= z < 7.1) for z in slices]
    counts = found.sum(axis=(1, 2))
    assert len(set(counts[counts > 0])) == 1


def test_coarse_contours_on_a_fine_grid_fill_the_gap(painted):
    fine = Geometry.from_axes((17, 30, 30), (1.0, 1.0, 1.0), np.eye(3)[::-1], (-15, -15, -8))
    stack = contours_to_polygon([loop((0, 0, z), 9.0, 2) for z in (-5.0, 0.0, 5.0)])
    found = painted(rasterize(stack, fine), fine)
    heights = fine.to_lps([[k, 0, 0] for k in range(17)])[:, 2]
    assert found.any(axis=(1, 2)).tolist() == [bool(-7.5 <= z < 7.5) for z in heights]


@pytest.mark.parametrize(("z", "k"), [(-0.1, 4), (1.9, 4), (2.1, 5), (-1.9, 4)])
def test_a_thin_contour_between_slices_goes_to_the_nearest(axial_grid, painted, z, k):
    polygon = contours_to_polygon([loop((0, 0, z), 9.0, 2)])
    assert polygon.thickness_mm == LONE_THICKNESS_MM
    found = painted(rasterize(polygon, axial_grid), axial_grid)
    assert np.flatnonzero(found.any(axis=(1, 2))).tolist() == [k]


def test_the_upper_face_of_a_slab_is_not_part_of_it(axial_grid, painted):
    # Slices lie at −4, 0, 4 mm: the slab from 0 to 4 holds one of them; a slab that ends on one holds it last.
    for z, thickness, slices in ((2.0, 4.0, [4]), (-1.0, 2.0, [4]), (0.0, 8.0, [3, 4])):
        polygon = contours_to_polygon([loop((0, 0, z), 9.0, 2)], thickness_mm=thickness)
        found = painted(rasterize(polygon, axial_grid), axial_grid)
        assert np.flatnonzero(found.any(axis=(1, 2))).tolist() == slices


def test_a_thin_oblique_contour_takes_only_what_it_meets(axial_grid):
    tilted = [(-5, -5, -1.0), (5, -5, 0.0), (5, 5, 1.0), (-5, 5, 0.0)]
    thin = Polygon((tuple(tilted),), (-1.0, -1.0, 10.0), 0.01)
    assert rasterize(thin, axial_grid).voxels < 3


def test_a_polygon_outside_the_image_is_empty(axial_grid):
    assert rasterize(contours_to_polygon([loop((0, 0, 900), 9.0, 2)]), axial_grid).voxels == 0
    beside = Polygon((tuple(map(tuple, loop((900, 0, 0), 9.0, 2))),), (0, 0, 1), 8.0)
    assert rasterize(beside, axial_grid).voxels == 0


def test_a_hollow_slab_that_meets_slices_but_no_centres_is_empty(axial_grid):
    speck = [(0.9, 0.9, 0.0), (1.1, 0.9, 0.0), (1.0, 1.1, 0.0)]
    assert rasterize(Polygon((tuple(speck),), (0, 0, 1), 4.0), axial_grid).voxels == 0


def test_contours_of_a_sphere_have_its_volume(painted):
    grid = Geometry.from_axes((41, 41, 41), (1.0, 1.0, 1.0), np.eye(3)[::-1], (-20, -20, -20))
    heights = np.arange(-14.0, 15.0, 1.0)
    contours = [loop((0, 0, z), np.sqrt(15.0**2 - z**2), 2, 90) for z in heights]
    found = rasterize(contours_to_polygon(contours), grid)
    sphere = rasterize(Sphere((0, 0, 0), 15.0), grid)
    assert found.voxels == pytest.approx(sphere.voxels, rel=0.01)


def test_boundary_points_belong_also_those_of_holes():
    hole = [(4.0, 4.0), (6.0, 4.0), (6.0, 6.0), (4.0, 6.0)]
    points = np.array(
        [(0, 0), (10, 10), (5, 0), (10, 5), (0, 10), (4, 5), (5, 6), (5, 5), (2, 5), (11, 5), (5, -1)], float
    )
    inside = inside_even_odd(points, [np.array(SQUARE), np.array(hole)])
    assert inside.tolist() == [True] * 7 + [False, True, False, False]


def test_a_repeated_point_does_not_matter():
    doubled = np.array([SQUARE[0], *SQUARE, SQUARE[0]])
    points = np.array([(5.0, 5.0), (15.0, 5.0), (5.0, 0.0)])
    assert inside_even_odd(points, [doubled]).tolist() == [True, False, True]


@settings(deadline=None)
@given(st.integers(0, 10_000), st.integers(3, 25))
def test_even_odd_agrees_with_winding(seed, corners):
    rng = np.random.default_rng(seed)
    turn = np.sort(rng.uniform(0, 2 * np.pi, corners))
    star = rng.uniform(2, 10, corners)[:, None] * np.stack([np.cos(turn), np.sin(turn)], 1)
    hole = 0.3 * star
    points = rng.uniform(-11, 11, (60, 2))
    expected = [inside_slowly(point, [star, hole]) for point in points]
    assert inside_even_odd(points, [star, hole]).tolist() == expected


def test_contours_in_any_order_and_direction_make_one_polygon():
    contours = [loop((0, 0, z), 5.0, 2) for z in (6.0, 0.0, 3.0)]
    contours[1] = contours[1][::-1]
    polygon = contours_to_polygon(contours)
    assert np.allclose(polygon.normal, (0, 0, 1))
    assert polygon.thickness_mm == pytest.approx(3.0)
    assert contours_to_polygon(contours, thickness_mm=1.5).thickness_mm == 1.5


def test_points_that_enclose_nothing_are_left_out_or_refused():
    good = loop((0, 0, 0), 5.0, 2)
    assert len(contours_to_polygon([good, good[:2]]).contours) == 1
    for nothing in ([], [good[:2]], [[(0, 0, 0), (1, 1, 1), (2, 2, 2)]]):
        with pytest.raises(LowfieldError, match="enclose nothing"):
            contours_to_polygon(nothing)


def test_contours_of_different_directions_are_refused():
    with pytest.raises(LowfieldError, match="plane"):
        contours_to_polygon([loop((0, 0, 0), 5.0, 2), loop((0, 0, 0), 4.0, 1)])
