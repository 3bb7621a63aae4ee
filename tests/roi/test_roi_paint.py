"""Brush and eraser: against brute force on every grid, and cheap on a large one."""

import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from viewer.core.errors import LowfieldError
from viewer.core.geometry import Geometry
from viewer.roi.paint import Brush, as_painting, stroke, swept
from viewer.roi.painting import TILE, Painting
from viewer.roi.rasterize import rasterize
from viewer.roi.shapes import MaskShape, Sphere


def to_path(points, path):
    """Distance of points to a path of straight pieces, and the height above it: brute force."""
    best = np.full(points.shape[:-1], np.inf)
    for a, b in zip(path, path[1:] if len(path) > 1 else path):
        steps = np.linspace(0, 1, 400)[:, None] * (np.subtract(b, a)) + a
        for step in steps:
            best = np.minimum(best, np.linalg.norm(points - step, axis=-1))
    return best


def test_a_stroke_touches_the_centres_within_the_radius(grid, centers, painted):
    middle = grid.center_lps_mm
    path = [middle - np.array([7, 2, 3]), middle + np.array([3, 4, 1]), middle + np.array([5, -6, 4])]
    region = swept(grid, path, Brush(4.3))
    distance = to_path(centers, path)
    clear = np.abs(distance - 4.3) > 0.02
    assert (painted(region, grid) == (distance <= 4.3))[clear].all() and region.voxels > 40
    one = stroke(Painting(grid, "1.5"), path, Brush(4.3))
    assert (painted(rasterize(one, grid), grid) == painted(region, grid)).all()
    assert one.series_uid == "1.5"


def test_a_single_click_is_a_ball_and_no_path_nothing(grid, painted):
    middle = grid.center_lps_mm
    ball = painted(rasterize(Sphere(middle, 5.1), grid), grid)
    assert (painted(swept(grid, [middle], Brush(5.1)), grid) == ball).all()
    assert swept(grid, [], Brush(5)).voxels == 0
    assert swept(grid, [(900, 0, 0)], Brush(5)).voxels == 0
    corner = grid.to_lps((0, 0, 0))
    assert swept(grid, [corner - 500, corner - 490, corner], Brush(5)).voxels > 0


def test_a_disc_covers_one_slice(axial_grid, painted):
    z = axial_grid.to_lps((4, 0, 0))[2]
    path = [(-5, 0, z + 0.7), (6, 2, z + 0.7)]
    found = painted(swept(axial_grid, path, Brush(4.0, (0, 0, 5))), axial_grid)
    ball = painted(swept(axial_grid, [(x, y, z) for x, y, _ in path], Brush(4.0)), axial_grid)
    assert np.flatnonzero(found.any(axis=(1, 2))).tolist() == [4] and (found[4] == ball[4]).all()


def test_a_disc_across_an_oblique_grid_has_its_thickness(grid, centers, painted):
    middle, normal = grid.center_lps_mm, np.array([0.6, 0.0, 0.8])
    found = painted(swept(grid, [middle], Brush(9.0, normal, 5.0)), grid)
    away = centers - middle
    height = away @ normal
    flat = np.linalg.norm(away - height[..., None] * normal, axis=-1)
    assert (found == ((height >= -2.5) & (height < 2.5) & (flat <= 9.0))).all()
    slanted = swept(grid, [middle, middle + np.array([3, 0, 4])], Brush(6.0, normal))
    assert slanted.voxels > 0


def test_the_eraser_takes_away_what_the_brush_gave(grid, painted):
    middle = grid.center_lps_mm
    ball = as_painting(Sphere(middle, 9.0), grid, "1.7")
    path = [middle - np.array([20, 0, 0]), middle + np.array([20, 0, 0])]
    less = stroke(ball, path, Brush(3.1), erase=True)
    before, after = painted(ball.region, grid), painted(less.region, grid)
    touched = painted(swept(grid, path, Brush(3.1)), grid)
    assert (after == before & ~touched).all() and after.sum() < before.sum()
    gone = stroke(less, [middle], Brush(40), erase=True)
    assert gone.region.voxels == 0 and not gone.tiles
    assert stroke(gone, [middle], Brush(4), erase=True) is gone
    assert stroke(ball, [middle], Brush(2)) is ball  # nothing new
    assert as_painting(ball, grid) is ball


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 39), st.integers(0, 39), st.floats(1, 9), st.booleans()), max_size=8))
def test_every_version_stays_what_it_was(strokes):
    grid = Geometry.from_axes((20, 40, 40), (1, 1, 1), np.eye(3)[::-1], (0, 0, 0))
    painting, mask = Painting(grid), np.zeros(grid.shape, bool)
    versions = [(painting, mask)]
    for x, y, radius, erase in strokes:
        painting = stroke(painting, [(x, y, 10), (y, x, 5)], Brush(radius), erase=erase)
        touched = swept(grid, [(x, y, 10), (y, x, 5)], Brush(radius)).within((0, 0, 0), grid.shape)
        mask = mask & ~touched if erase else mask | touched
        versions.append((painting, mask))
    for version, expected in versions:
        assert (version.region.within((0, 0, 0), grid.shape) == expected).all()


def test_on_another_grid_a_painting_is_a_mask(grid, axial_grid, painted):
    mask = np.random.default_rng(3).random(axial_grid.shape) > 0.6
    painting = as_painting(MaskShape(mask, axial_grid), axial_grid)
    assert (painted(painting.region, axial_grid) == mask).all()
    there = painted(rasterize(painting, grid), grid)
    assert (there == painted(rasterize(MaskShape(mask, axial_grid), grid), grid)).all()
    assert rasterize(Painting(axial_grid), grid).voxels == 0


def test_nonsense_is_refused():
    grid = Geometry.from_axes((20, 40, 40), (1, 1, 1), np.eye(3)[::-1], (0, 0, 0))
    outside = np.zeros((TILE,) * 3, bool)
    outside[10] = True
    for tiles in ({(1, 0, 0): outside}, {(0, 0, -1): outside}, {(0, 0, 0): outside[:3]}):
        with pytest.raises(LowfieldError, match="does not fit"):
            Painting(grid, "", tiles)
    for make in (lambda: Brush(0), lambda: Brush(1, (0, 0, 0)), lambda: Brush(1, (0, 0, 1), -1)):
        with pytest.raises(LowfieldError):
            make()


def test_a_stroke_on_a_whole_body_copies_only_what_it_touches():
    grid = Geometry.from_axes((645, 440, 440), (1.65, 1.65, 1.65), np.eye(3)[::-1], (0, 0, 0))
    middle = grid.center_lps_mm
    body = as_painting(Sphere(middle, 60), grid)
    tracemalloc.start()
    more = stroke(body, [middle + np.array([58, 0, 0]), middle + np.array([62, 10, 0])], Brush(6))
    most, kept = tracemalloc.get_traced_memory()[1], tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    shared = sum(more.tiles[place] is tile for place, tile in body.tiles.items())
    assert shared > 0.9 * len(body.tiles)
    assert kept < 300_000 and most < 5_000_000
