"""Partial volumes: against formulas on oblique grids, and what the centre rule may miss."""

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from viewer.core.errors import LowfieldError
from viewer.core.geometry import Geometry
from viewer.roi.contains import contains, corners_lps_mm
from viewer.roi.paint import as_painting
from viewer.roi.rasterize import rasterize
from viewer.roi.shapes import (
    Box,
    Combined,
    Ellipsoid,
    Isocontour,
    MaskShape,
    OrientedBox,
    Polygon,
    Sphere,
    Whole,
    contours_to_polygon,
)
from viewer.roi.weights import weigh

TURNS = {"straight": np.eye(3), "oblique": Rotation.from_euler("xyz", (20, -35, 50), degrees=True).as_matrix()}


def around(diameter, spacing, turn) -> Geometry:
    size = int(np.ceil(1.8 * diameter / spacing)) + 4
    return Geometry.from_axes((size,) * 3, (spacing,) * 3, np.eye(3)[::-1] @ TURNS[turn], (3, 4, 5), "1.2.3")


def volume(shape, geometry) -> float:
    return weigh(shape, geometry).weights.sum() * geometry.voxel_volume_ml * 1000


@pytest.mark.parametrize("turn", TURNS)
@pytest.mark.parametrize("spacing", [1.0, 2.5, 5.0])
@pytest.mark.parametrize("diameter", [5.0, 10.0, 20.0, 40.0])
def test_spheres_have_their_volume_to_a_thousandth(diameter, spacing, turn):
    grid = around(diameter, spacing, turn)
    center = grid.center_lps_mm + spacing * np.array([0.31, -0.27, 0.44])
    assert volume(Sphere(center, diameter / 2), grid) == pytest.approx(np.pi / 6 * diameter**3, rel=1e-3)


@pytest.mark.parametrize("spacing", [1.0, 2.5, 5.0])
@pytest.mark.parametrize("diameter", [5.0, 10.0, 20.0, 40.0])
def test_voxel_centres_miss_no_more_than_theory_allows(diameter, spacing):
    # A lattice laid at random on a ball counts with variance of about 0.1·surface·spacing⁴ (Kendall 1948; Matérn):
    # unbiased, and four standard deviations are enough for the mean of 40 and for every one of them.
    rng, true = np.random.default_rng(5), np.pi / 6 * diameter**3
    grid = around(diameter, spacing, "oblique")
    spread = np.sqrt(0.1 * np.pi * diameter**2 * spacing**4)
    places = grid.center_lps_mm + rng.uniform(-0.5, 0.5, (40, 3)) * spacing
    found = [rasterize(Sphere(place, diameter / 2), grid).voxels * spacing**3 for place in places]
    assert abs(np.mean(found) - true) < 4 * spread / np.sqrt(40)
    assert np.abs(np.array(found) - true).max() < 4 * spread


@pytest.mark.parametrize("turn", TURNS)
def test_ellipsoids_boxes_and_polygons_too(turn):
    grid = around(16, 3.0, turn)
    center, axes = grid.center_lps_mm + np.array([0.4, -0.7, 1.1]), TURNS["oblique"].T
    assert volume(Ellipsoid(center, (8, 5, 6), axes), grid) == pytest.approx(4 / 3 * np.pi * 240, rel=1e-3)
    assert volume(OrientedBox(center, (11, 7, 9), axes), grid) == pytest.approx(693, rel=1e-3)
    half = np.array([5, 4, 3])
    assert volume(Box(center - half, center + half), grid) == pytest.approx(480, rel=2e-3)
    ring = np.stack([8 * np.cos(t := np.arange(24) * np.pi / 12), 8 * np.sin(t), 0 * t], axis=1)
    hole = np.stack([3 * np.cos(t), 3 * np.sin(t), 0 * t], axis=1)
    prism = Polygon((center + ring, center + hole), (0, 0, 1), 10.0)
    assert volume(prism, grid) == pytest.approx(12 * np.sin(np.pi / 12) * (64 - 9) * 10, rel=2e-3)


def test_a_sheared_grid_needs_no_care():
    affine = around(10, 2.0, "straight").affine.copy()
    affine[1, 0] += 0.9
    grid = Geometry((14, 14, 14), affine)
    assert volume(Sphere(grid.center_lps_mm, 5), grid) == pytest.approx(np.pi / 6 * 1000, rel=1e-3)


def test_each_voxel_has_its_own_fraction():
    grid = Geometry.from_axes((1, 1, 3), (2.0, 2.0, 2.0), np.eye(3)[::-1], (0, 0, 0))
    found = weigh(Box((-1, -1, -1), (2.0, 1, 1)), grid)
    assert found.offset == (0, 0, 0)
    assert found.weights.ravel() == pytest.approx([1, 0.5], abs=1e-3)
    half = contours_to_polygon([[(-1, -1, 0), (2, -1, 0), (2, 1, 0), (-1, 1, 0)]], thickness_mm=1.0)
    assert weigh(half, grid).weights.ravel() == pytest.approx([0.5, 0.25], abs=2e-3)


def test_combined_shapes_count_what_they_share(grid):
    center = grid.center_lps_mm
    big, small = Sphere(center, 8), Sphere(center, 5)
    shell = weigh(Combined("subtract", (big, small)), grid).weights.sum()
    assert shell == pytest.approx(weigh(big, grid).weights.sum() - weigh(small, grid).weights.sum(), rel=0.01)
    shared = weigh(Combined("intersect", (big, small)), grid).weights.sum()
    assert shared == pytest.approx(weigh(small, grid).weights.sum(), rel=0.01)
    joined = weigh(Combined("union", (big, small)), grid).weights.sum()
    assert joined == pytest.approx(weigh(big, grid).weights.sum(), rel=0.01)


def test_voxels_of_the_grid_itself_are_whole(grid):
    mask = np.zeros(grid.shape, bool)
    mask[3:6, 4, 5:9] = True
    for shape in (MaskShape(mask, grid), as_painting(MaskShape(mask, grid), grid)):
        found = weigh(shape, grid)
        assert found.offset == (3, 4, 5) and (found.weights == 1).all() and found.weights.size == 12
    iso = weigh(Isocontour(grid.to_lps((4, 4, 6)), 9.0, 0.5), grid, mask * 7.0)
    assert iso.offset == (3, 4, 5) and iso.weights.sum() == 12
    assert weigh(Whole(), grid).weights.size == np.prod(grid.shape)


def test_masks_of_another_grid_are_cut(grid):
    corner = grid.center_lps_mm - 4.5 * TURNS["oblique"].sum(axis=0)
    own = Geometry.from_axes((4, 4, 4), (3, 3, 3), TURNS["oblique"], corner, "1.2.3")
    for shape in (MaskShape(np.ones((4, 4, 4)), own), as_painting(Whole(), own)):
        assert volume(shape, grid) == pytest.approx(12**3, rel=5e-3)
    with pytest.raises(LowfieldError, match="frame"):
        rasterize(MaskShape(np.ones((4, 4, 4)), Geometry(own.shape, own.affine, "9")), grid)


def test_a_speck_that_the_first_look_misses_is_found():
    grid = Geometry.from_axes((1, 1, 1), (10.0, 10.0, 10.0), np.eye(3)[::-1], (0, 0, 0))
    speck = contours_to_polygon([[(2, 2, 3), (3, 2, 3), (3, 3, 3), (2, 3, 3)]], thickness_mm=1.0)
    assert weigh(speck, grid).weights.sum() == pytest.approx(1e-3, rel=0.2)


def test_nothing_and_too_much(grid):
    assert weigh(Sphere((900, 0, 0), 5), grid).weights.size == 0
    inner = Combined("subtract", (Sphere(grid.center_lps_mm, 3), Sphere(grid.center_lps_mm, 6)))
    assert weigh(inner, grid).weights.size == 0
    fine = Geometry.from_axes((200, 200, 200), (1, 1, 1), np.eye(3), (0, 0, 0))
    with pytest.raises(LowfieldError, match="too many"):
        weigh(Sphere(fine.center_lps_mm, 90), fine)


def test_points_inside_and_the_hull_around(grid):
    points = grid.to_lps(np.stack(np.indices(grid.shape), -1).reshape(-1, 3))
    center = grid.center_lps_mm
    axes = TURNS["oblique"]
    mask = np.random.default_rng(0).random(grid.shape) > 0.7
    ball = Sphere(center, 6)
    ring = center + np.array([(6, 0, 0), (0, 6, 0), (-6, -5, 0)])
    voxels = MaskShape(mask, grid)
    shapes = [
        ball, Ellipsoid(center, (3, 5, 7), axes), Box(center - 4, center + 5),
        OrientedBox(center, (9, 5, 7), axes), Polygon((ring,), (0, 0, 1), 9.0),
        voxels, as_painting(voxels, grid), Whole(),
        *(Combined(kind, (ball, Box(center, center + 9))) for kind in ("union", "subtract", "intersect")),
    ]  # fmt: skip
    for shape in shapes:
        region = rasterize(shape, grid)
        full = np.zeros(grid.shape, bool)
        full[region.slices] = region.mask
        assert (contains(shape, points).reshape(grid.shape) == full).all()
        hull = corners_lps_mm(shape, grid)
        inside = points[full.ravel()]
        assert (inside.min(0) >= hull.min(0) - 1e-6).all() and (inside.max(0) <= hull.max(0) + 1e-6).all()
    with pytest.raises(ValueError, match="without its image"):
        contains(Isocontour(center, 5, 0.5), points)
