"""Shapes refuse nonsense, keep still, and can be moved and resized."""

import numpy as np
import pytest

from viewer.core.errors import LowfieldError
from viewer.core.geometry import Geometry
from viewer.roi.compound import FixedLevel, OfMaximum
from viewer.roi.edit import moved, resized
from viewer.roi.paint import as_painting
from viewer.roi.painting import Painting
from viewer.roi.rasterize import rasterize
from viewer.roi.shapes import (
    Box,
    Combined,
    Ellipsoid,
    Grown,
    Isocontour,
    MaskShape,
    OrientedBox,
    Polygon,
    Roi,
    Sphere,
    Whole,
)  # fmt: skip

GRID = Geometry.from_axes((24, 24, 24), (1.0, 1.0, 1.0), np.eye(3)[::-1], (-12, -12, -12), "1.2")
TRIANGLE = ((-4.0, -4.0, 0.0), (5.0, -4.0, 0.0), (-4.0, 5.0, 0.0))
SHAPES = [
    Sphere((0, 0, 0), 4.0),
    Ellipsoid((0, 0, 0), (5.0, 3.0, 2.0)),
    Box((-3, -3, -3), (3, 3, 3)),
    Polygon((TRIANGLE,), (0, 0, 2.0), 3.0),
    Isocontour((0, 0, 0), 5.0, 0.5),
    MaskShape(np.indices(GRID.shape).sum(axis=0) % 5 == 0, GRID),
    OrientedBox((0, 0, 0), (11.0, 9.0, 9.0), ((0.0, 1.0, 0.0), (0.6, 0.0, 0.8), (0.8, 0.0, -0.6))),
    as_painting(Sphere((0, 0, 0), 4.0), GRID),
    Grown(Sphere((0, 0, 0), 5.0), OfMaximum(0.5)),
    Grown(Sphere((0, 0, 0), 5.0), FixedLevel(0.5, ""), (0, 0, 0)),
    Combined("union", (Sphere((0, 0, 0), 4.0), Box((0, 0, 0), (5, 3, 3)))),
]
RESIZABLE = [shape for shape in SHAPES if not isinstance(shape, MaskShape | Painting | Combined)]


@pytest.mark.parametrize(
    ("make", "match"),
    [
        (lambda: Sphere((0, 0), 1.0), "centre must be three"),
        (lambda: Sphere((0, 0, np.nan), 1.0), "centre must be three"),
        (lambda: Sphere((0, 0, 0), 0.0), "radius must be above 0"),
        (lambda: Sphere((0, 0, 0), float("inf")), "radius must be above 0"),
        (lambda: Ellipsoid((0, 0, 0), (1, 2, -3)), "radius must be above 0"),
        (lambda: Ellipsoid((0, 0, 0), (1, 2, 3), np.ones((3, 3))), "unit vectors"),
        (lambda: Ellipsoid((0, 0, 0), (1, 2, 3), np.eye(3)[:2]), "unit vectors"),
        (lambda: Box((0, 0, 0), (1, 1, -1)), "lower corner"),
        (lambda: Polygon((TRIANGLE[:2],), (0, 0, 1), 1.0), "three points"),
        (lambda: Polygon((), (0, 0, 1), 1.0), "at least one contour"),
        (lambda: Polygon((TRIANGLE,), (0, 0, 0), 1.0), "no length"),
        (lambda: Polygon((TRIANGLE,), (1, 0, 0), 1.0), "plane"),
        (lambda: Polygon((TRIANGLE,), (0, 0, 1), 0.0), "thickness"),
        (lambda: Isocontour((0, 0, 0), 1.0, 1.01), "at most 1"),
        (lambda: Isocontour((0, 0, 0), 1.0, 0.0), "fraction must be above 0"),
        (lambda: MaskShape(np.ones((2, 2, 2)), GRID), "geometry says"),
    ],
)
def test_nonsense_is_refused(make, match):
    with pytest.raises(LowfieldError, match=match):
        make()


def test_fields_become_plain_numbers():
    sphere = Sphere(np.array([1, 2, 3]), np.float32(4))
    assert sphere == Sphere((1.0, 2.0, 3.0), 4.0)
    assert isinstance(sphere.center_lps_mm[0], float)
    assert Polygon((TRIANGLE,), (0, 0, 5), 1.0).normal == (0.0, 0.0, 1.0)


def test_a_mask_is_copied_and_cannot_be_written_to():
    source = np.zeros(GRID.shape, bool)
    shape = MaskShape(source, GRID)
    source[:] = True
    assert not shape.mask.any()
    with pytest.raises(ValueError, match="read-only"):
        shape.mask[0, 0, 0] = True


def test_every_roi_has_its_own_id():
    assert Roi("a", Whole()).id != Roi("a", Whole()).id


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: type(shape).__name__)
def test_a_moved_shape_holds_the_moved_voxels(shape):
    values = np.zeros(GRID.shape)
    values[8:18, 8:18, 8:18] = 5.0
    shifted = Geometry(GRID.shape, GRID.affine.copy(), "1.2")
    shifted.affine.flags.writeable = True
    shifted.affine[:3, 3] += (3, -2, 4)
    before = rasterize(shape, GRID, values)
    after = rasterize(moved(shape, (3.0, -2.0, 4.0)), shifted, values)
    assert before.voxels > 0
    assert before.offset == after.offset
    assert (before.mask == after.mask).all()


@pytest.mark.parametrize("shape", RESIZABLE, ids=lambda shape: type(shape).__name__)
def test_a_resized_shape_grows_about_its_centre_and_back(shape):
    values = np.ones(GRID.shape)
    grown = rasterize(resized(shape, 1.7), GRID, values).voxels
    power = 2 if isinstance(shape, Polygon) else 3
    assert grown == pytest.approx(rasterize(shape, GRID, values).voxels * 1.7**power, rel=0.25)
    again = resized(resized(shape, 2.0), 0.5)
    assert rasterize(again, GRID, values).voxels == rasterize(shape, GRID, values).voxels


def test_what_has_no_size_or_place():
    assert moved(Whole(), (1, 2, 3)) == Whole()
    for shape in (Whole(), *(shape for shape in SHAPES if shape not in RESIZABLE)):
        with pytest.raises(LowfieldError, match="no size"):
            resized(shape, 2.0)
    with pytest.raises(LowfieldError, match="resized by 0"):
        resized(SHAPES[0], 0)
