"""Grown and combined shapes, levels in their units, and what freezing them means."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from viewer.core.errors import LowfieldError
from viewer.core.geometry import Geometry
from viewer.roi.compound import Combined, FixedLevel, Grown, OfMaximum, OverBackground
from viewer.roi.frozen import frozen, needs_values
from viewer.roi.rasterize import ImageValues, rasterize, threshold_of
from viewer.roi.shapes import Box, Isocontour, MaskShape, OrientedBox, Sphere, Whole

GRID = Geometry.from_axes((9, 9, 9), (2.0, 2.0, 2.0), np.eye(3)[::-1], (0, 0, 0), "1.2")
CENTER = GRID.center_lps_mm
BALL = Sphere(CENTER, 7.9)


def hot() -> np.ndarray:
    values = np.full(GRID.shape, 10.0)
    values[4, 4, 2:7] = (50, 80, 100, 60, 55)
    values[0, 0, :] = 500
    return values


def columns(region) -> list[int]:
    full = region.within((0, 0, 0), GRID.shape)
    assert not full[[0, 1, 2, 3, 5, 6, 7, 8]].any() and not full[:, [0, 1, 2, 3, 5, 6, 7, 8]].any()
    return np.flatnonzero(full[4, 4]).tolist()


@pytest.mark.parametrize(
    ("level", "value", "expected"),
    [
        (OfMaximum(0.41), 41.0, [2, 3, 4, 5, 6]),
        (OfMaximum(0.5), 50.0, [2, 3, 4, 5, 6]),
        (OverBackground(Box((0, 0, 4), (16, 4, 16))), 55.0, [3, 4, 5, 6]),
        (OverBackground(Box((0, 0, 4), (16, 4, 16)), 0.41), 46.9, [2, 3, 4, 5, 6]),
        (FixedLevel(60, ""), 60.0, [3, 4, 5]),
        (FixedLevel(60, "Bq/mL"), 60.0, [3, 4, 5]),
        (FixedLevel(0.08, "kBq/mL"), 0.08, [3, 4]),
        (FixedLevel(2.0, "SUVbw"), 2.0, [4]),
    ],
)
def test_every_kind_of_level(level, value, expected):
    image = ImageValues(hot(), "Bq/mL", {"Bq/mL": np.ones(1), "SUVbw": np.full(9, 0.02)})
    shape = Grown(BALL, level)
    found = threshold_of(shape, GRID, image)
    assert found.value == pytest.approx(value)
    assert columns(rasterize(shape, GRID, image)) == expected
    assert found.unit == (level.unit if isinstance(level, FixedLevel) and level.unit else "Bq/mL")


def test_the_level_follows_activity_where_slices_have_factors_of_their_own():
    factors = np.ones(9)
    factors[6] = 20.0
    values = hot()
    values[6, 4, 4] = 11  # 220 Bq/mL: the hottest of all
    image = ImageValues(values, "", {"Bq/mL": factors})
    region = rasterize(Grown(BALL, OfMaximum(0.9)), GRID, image)
    assert region.offset[0] == 6 and threshold_of(Grown(BALL, OfMaximum(0.9)), GRID, image).maximum == 220


def test_it_grows_from_its_seed_or_not_at_all():
    values = hot()
    values[4, 4, 4] = 0
    level = FixedLevel(45, "")
    at = [GRID.to_lps((4, 4, i)) for i in range(9)]
    assert columns(rasterize(Grown(BALL, level, at[6]), GRID, values)) == [5, 6]
    assert columns(rasterize(Grown(BALL, level), GRID, values)) == [2, 3]
    assert rasterize(Grown(BALL, level, at[4]), GRID, values).voxels == 0
    assert rasterize(Grown(BALL, level, (900, 0, 0)), GRID, values).voxels == 0


def test_nothing_to_grow_in():
    level = OfMaximum(0.5)
    away = Sphere((900, 0, 0), 5)
    assert threshold_of(Grown(away, level), GRID, hot()) is None
    assert rasterize(Grown(BALL, OverBackground(away)), GRID, hot()).voxels == 0
    bad = hot()
    bad[8] = np.nan
    assert rasterize(Grown(BALL, OverBackground(Whole())), GRID, bad).voxels == 0
    nothing = np.full(GRID.shape, np.nan)
    assert rasterize(Grown(BALL, FixedLevel(-5, "")), GRID, nothing).voxels == 0
    assert rasterize(Grown(BALL, FixedLevel(-5, "HU")), GRID, ImageValues(-hot(), "HU")).voxels == 0
    assert rasterize(Grown(BALL, FixedLevel(-15, "HU")), GRID, ImageValues(-hot(), "HU")).voxels > 0


def test_units_that_an_image_does_not_have_are_refused():
    for image in (ImageValues(hot(), "HU"), hot()):
        with pytest.raises(LowfieldError, match="cannot be read in SUVbw"):
            rasterize(Grown(BALL, FixedLevel(2, "SUVbw")), GRID, image)
    with pytest.raises(LowfieldError, match="3 factors"):
        rasterize(Grown(BALL, OfMaximum(0.5)), GRID, ImageValues(hot(), "", {"Bq/mL": np.ones(3)}))


@pytest.mark.parametrize(
    ("make", "match"),
    [
        (lambda: OfMaximum(1.5), "at most 1"),
        (lambda: OverBackground(BALL, 0), "above 0"),
        (lambda: FixedLevel(1, "mSv"), "'mSv'"),
        (lambda: FixedLevel(np.nan, "HU"), "level"),
        (lambda: Combined("xor", (BALL, BALL)), "xor"),
        (lambda: Combined("union", (BALL,)), "at least two"),
        (lambda: OrientedBox((0, 0, 0), (1, 1, 0)), "An edge must be above 0"),
        (lambda: OrientedBox((0, 0, 0), (1, 1, 1), np.ones((3, 3))), "axes of a box"),
    ],
)
def test_nonsense_is_refused(make, match):
    with pytest.raises(LowfieldError, match=match):
        make()


def full(shape, values=None) -> np.ndarray:
    return rasterize(shape, GRID, values).within((0, 0, 0), GRID.shape)


boxes = st.tuples(st.floats(-4, 18), st.floats(-4, 18), st.floats(-4, 18), st.floats(0, 14)).map(
    lambda t: Box(t[:3], np.add(t[:3], t[3]))
)
balls = st.tuples(st.floats(-4, 18), st.floats(-4, 18), st.floats(-4, 18), st.floats(0.5, 9)).map(
    lambda t: Sphere(t[:3], t[3])
)
shapes = st.recursive(
    st.one_of(boxes, balls),
    lambda inner: st.builds(
        Combined, st.sampled_from(["union", "subtract", "intersect"]), st.tuples(inner, inner)
    ),
    max_leaves=5,
)


@settings(max_examples=60, deadline=None)
@given(shapes, shapes, shapes)
def test_the_algebra_of_sets_holds(a, b, c):
    x, y, z = full(a), full(b), full(c)
    assert (full(Combined("union", (a, b, c))) == (x | y | z)).all()
    assert (full(Combined("intersect", (a, b, c))) == (x & y & z)).all()
    assert (full(Combined("subtract", (a, b, c))) == (x & ~y & ~z)).all()
    one = Combined("subtract", (a, Combined("union", (b, c))))
    assert (full(one) == full(Combined("subtract", (Combined("subtract", (a, b)), c)))).all()


def test_frozen_shapes_stay_where_they_grew():
    grown = Combined("union", (Grown(BALL, OfMaximum(0.5)), Sphere((2, 2, 2), 2.5)))
    assert needs_values(grown) and needs_values(Isocontour(CENTER, 5, 0.5)) and not needs_values(BALL)
    still = frozen(grown, GRID, hot(), "1.9")
    assert not needs_values(still) and isinstance(still.parts[0], MaskShape) and still.parts[0].series_uid == "1.9"
    assert (full(still) == full(grown, hot())).all()
    assert frozen(BALL, GRID, None) is BALL
    plain = Combined("union", (BALL, BALL))
    assert frozen(plain, GRID, None) is plain
    nothing = frozen(Isocontour((900, 0, 0), 5, 0.5), GRID, hot())
    assert not full(nothing).any()
