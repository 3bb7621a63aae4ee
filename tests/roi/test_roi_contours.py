"""Stacks of contours: drawn plane by plane, joined by shape."""

import numpy as np
import pytest

from viewer.core.errors import LowfieldError
from viewer.core.geometry import Geometry
from viewer.roi.contours import contour_polygon, simplified, with_contour, without_plane
from viewer.roi.polygon import SHAPE, Polygon
from viewer.roi.rasterize import rasterize
from viewer.roi.stack import Stack, distance_to

GRID = Geometry.from_axes((41, 60, 60), (1.0, 1.0, 1.0), np.eye(3)[::-1], (-30, -30, -20), "1.2")


def circle(radius, z, x=0.0, count=120):
    turn = np.linspace(0, 2 * np.pi, count, endpoint=False)
    return np.stack([x + radius * np.cos(turn), radius * np.sin(turn), np.full(count, z)], axis=1)


def test_between_two_circles_lies_a_cone():
    # The distance to a circle of radius r is |p| − r, so interpolating it makes the radius linear: a cone's.
    cone = with_contour(contour_polygon(circle(20, -10), (0, 0, 1), 1.0), circle(5, 10))
    assert cone.interpolation == SHAPE
    found = rasterize(cone, GRID)
    heights = GRID.to_lps([[k, 0, 0] for k in range(41)])[:, 2]
    areas = found.within((0, 0, 0), GRID.shape).sum(axis=(1, 2))
    radii = 20 - 15 * (heights + 10) / 20
    inside = (heights >= -10) & (heights <= 10)
    assert not areas[~inside].any()
    away = np.hypot(*(np.indices((61, 61)) - 30))
    for area, radius in zip(areas[inside], radii[inside]):  # the 120 corners lie on the circle, the edges within
        assert (away <= radius - 0.02).sum() <= area <= (away <= radius + 0.001).sum()


def test_the_ends_reach_half_a_thickness_and_slabs_stay_slabs():
    stack = with_contour(contour_polygon(circle(8, -5), (0, 0, 1), 4.0), circle(8, 5))
    k = np.flatnonzero(rasterize(stack, GRID).within((0, 0, 0), GRID.shape).any(axis=(1, 2)))
    assert GRID.to_lps([[k[0], 0, 0], [k[-1], 0, 0]])[:, 2].tolist() == [-7, 6]
    slabs = Polygon(stack.contours, (0, 0, 1), 4.0)
    k = np.flatnonzero(rasterize(slabs, GRID).within((0, 0, 0), GRID.shape).any(axis=(1, 2)))
    assert k.size == 8


def test_what_only_one_plane_has_ends_in_the_middle():
    apart = with_contour(contour_polygon(circle(6, -10, -15), (0, 0, 1), 1.0), circle(6, 10, 15))
    full = rasterize(apart, GRID).within((0, 0, 0), GRID.shape)
    assert not full[20].any() and full[12].any() and full[28].any()


def test_contours_are_replaced_kept_and_taken_away():
    stack = with_contour(contour_polygon(circle(8, 0), (0, 0, 1), 2.0), circle(9, 4))
    again = with_contour(stack, circle(5, 0.05))
    assert len(again.contours) == 2 and np.ptp(np.array(again.contours[-1])[:, 0]) == pytest.approx(10)
    hole = with_contour(stack, circle(3, 0), keep=True)
    assert len(hole.contours) == 3
    assert rasterize(hole, GRID).voxels < rasterize(stack, GRID).voxels
    left = without_plane(hole, (0, 0, 0))
    assert len(left.contours) == 1
    with pytest.raises(LowfieldError, match="last contours"):
        without_plane(left, (0, 0, 4))
    with pytest.raises(LowfieldError, match="plane"):
        with_contour(stack, circle(5, 0) + [[0, 0, 3]] + np.linspace(0, 5, 120)[:, None] * (0, 0, 1))
    with pytest.raises(LowfieldError, match="interpolates"):
        Polygon(stack.contours, (0, 0, 1), 1.0, "linear")


def test_a_freehand_line_loses_points_but_not_its_form():
    wild = circle(20, 0, count=720)
    few = simplified(wild, 0.1)
    assert 20 < len(few) < 100 and (few[[0, -1]] == wild[[0, -1]]).all()
    far = distance_to(wild[:, :2], [few[:, :2]])
    assert far.max() < 0.2
    assert len(simplified(wild[:2], 1.0)) == 2
    assert len(simplified(np.stack([wild[0], wild[1], wild[0]]), 10.0)) == 2


def test_distances_are_those_of_brute_force():
    rng = np.random.default_rng(2)
    loops = [rng.uniform(-5, 5, (7, 2)), rng.uniform(-5, 5, (4, 2))]
    points = rng.uniform(-6, 6, (50, 2))
    part = np.linspace(0, 1, 2000)[:, None]
    dense = np.concatenate([a + part * (b - a) for loop in loops for a, b in zip(loop, np.roll(loop, -1, 0))])
    slow = np.linalg.norm(points[:, None] - dense, axis=2).min(axis=1)
    assert distance_to(points, loops) == pytest.approx(slow, abs=0.01)
    assert Stack.of(contour_polygon(circle(5, 0), (0, 0, 1), 2.0), 2.0).by_shape is False
