"""ROIs as JSON: there and back, and complaints that name the ROI and the field."""

import base64
import json
import zlib

import numpy as np
import pytest

from viewer.core.errors import LowfieldError
from viewer.core.geometry import Geometry
from viewer.core.measurement import EXACT
from viewer.roi.compound import FixedLevel, OfMaximum, OverBackground
from viewer.roi.io import rois_from_json, rois_to_json
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
)

ISSUE_FILE = {
    "rois": [
        {"name": "lesion", "type": "sphere", "center_lps_mm": [1, 2.5, -3], "radius_mm": 6},
        {"name": "slab", "type": "box", "min_lps_mm": [0, 0, 0], "max_lps_mm": [1, 2, 3]},
        {"name": "hot", "type": "isocontour", "seed_lps_mm": [0, 0, 0], "radius_mm": 9, "fraction": 0.41},
        {"name": "all", "type": "whole"},
    ]
}
SQUARE = ((0.0, 0.0, 1.0), (2.0, 0.0, 1.0), (2.0, 2.0, 1.0), (0.0, 2.0, 1.0))
TURNED = ((0.0, 1.0, 0.0), (-1.0, 0.0, 0.0), (0.0, 0.0, 1.0))
SPHERE = {"name": "s", "type": "sphere", "center_lps_mm": [0, 0, 0], "radius_mm": 1}


def mask_shape() -> MaskShape:
    grid = Geometry.from_axes((3, 5, 7), (2, 1, 1.5), np.eye(3)[::-1], (1, 2, 3), "1.2.840")
    return MaskShape(np.random.default_rng(0).random(grid.shape) > 0.5, grid)


def test_the_format_of_the_command_line():
    rois = rois_from_json(ISSUE_FILE)
    assert [roi.name for roi in rois] == ["lesion", "slab", "hot", "all"]
    assert rois[0].shape == Sphere((1.0, 2.5, -3.0), 6.0)
    assert rois[1].shape == Box((0, 0, 0), (1, 2, 3))
    assert rois[2].shape == Isocontour((0, 0, 0), 9.0, 0.41)
    assert rois[3].shape == Whole()


def test_there_and_back_through_a_file(tmp_path):
    rois = (
        *rois_from_json(ISSUE_FILE),
        Roi("egg", Ellipsoid((0, 0, 0), (1, 2, 3), TURNED), color="#ff0000"),
        Roi("drawn", Polygon((SQUARE, SQUARE), (0, 0, 1), 2.5)),
    )
    path = tmp_path / "rois.json"
    path.write_text(json.dumps(rois_to_json(rois), allow_nan=False), encoding="utf-8")
    assert rois_from_json(path) == rois
    assert rois_from_json(str(path))[4].color == "#ff0000"


def test_a_mask_there_and_back():
    shape = mask_shape()
    document = json.loads(json.dumps(rois_to_json([Roi("m", shape, id="7")])))
    (roi,) = rois_from_json(document)
    assert isinstance(roi.shape, MaskShape)
    assert (roi.shape.mask == shape.mask).all()
    assert roi.shape.geometry.same_grid(shape.geometry)
    assert roi.id == "7"


def test_an_ellipsoid_without_axes_follows_the_patients():
    row = {"name": "e", "type": "ellipsoid", "center_lps_mm": [0, 0, 0], "radii_mm": [1, 2, 3], "color": ""}
    (roi,) = rois_from_json({"rois": [row]})
    assert roi.shape == Ellipsoid((0, 0, 0), (1, 2, 3))
    assert roi.id


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"name": ""}, "ROI 1: the field 'name' must be a text"),
        ({"name": None}, "ROI 1: the field 'name' is missing"),
        ({"type": "cube"}, "ROI 1 's': the type 'cube' is not known"),
        ({"radius_mm": None}, "ROI 1 's': the field 'radius_mm' is missing"),
        ({"radius_mm": "6"}, "ROI 1 's': the field 'radius_mm' must be a finite number"),
        ({"radius_mm": True}, "ROI 1 's': the field 'radius_mm' must be a finite number"),
        ({"radius_mm": float("nan")}, "ROI 1 's': the field 'radius_mm' must be a finite number"),
        ({"radius_mm": -1}, "ROI 1 's': A radius must be above 0"),
        ({"center_lps_mm": [1, 2]}, "ROI 1 's': the field 'center_lps_mm' must be 3 numbers"),
        ({"centre": 1}, "ROI 1 's': unknown field 'centre'"),
        ({"id": 5}, "ROI 1 's': the field 'id' must be a text"),
    ],
)
def test_complaints_name_the_roi_and_the_field(change, match):
    with pytest.raises(LowfieldError, match=match):
        rois_from_json({"rois": [SPHERE | change]})


@pytest.mark.parametrize(
    ("row", "match"),
    [
        ({"type": "polygon", "contours_lps_mm": 5, "normal": [0, 0, 1], "thickness_mm": 1}, "list of contours"),
        ({"type": "polygon", "contours_lps_mm": [5], "normal": [0, 0, 1], "thickness_mm": 1}, "list of points"),
        (
            {"type": "polygon", "contours_lps_mm": [[[0, 0, 0]]], "normal": [0, 0, 1], "thickness_mm": 1},
            "three points",
        ),
        (
            {"type": "ellipsoid", "center_lps_mm": [0, 0, 0], "radii_mm": [1, 1, 1], "axes": [[1, 0, 0]]},
            "3 rows of 3",
        ),
    ],
)
def test_complaints_about_nested_fields(row, match):
    with pytest.raises(LowfieldError, match=match):
        rois_from_json({"rois": [{"name": "p", **row}]})


@pytest.mark.parametrize("document", [{}, {"rois": {}}, [], {"rois": None}])
def test_a_document_without_rois_is_refused(document):
    with pytest.raises(LowfieldError, match='list "rois"'):
        rois_from_json(document)


def test_a_row_that_is_no_object_is_refused():
    with pytest.raises(LowfieldError, match="ROI 2: must be a JSON object"):
        rois_from_json({"rois": [SPHERE, 5]})


def test_bad_files_are_named(tmp_path):
    missing, broken, wrong = (tmp_path / name for name in ("none.json", "broken.json", "wrong.json"))
    broken.write_text("{", encoding="utf-8")
    wrong.write_text(json.dumps({"rois": [SPHERE | {"radius_mm": 0}]}), encoding="utf-8")
    for path, match in (
        (missing, "cannot be read"),
        (broken, "cannot be read"),
        (wrong, "radius must be above 0"),
    ):
        with pytest.raises(LowfieldError, match=match) as caught:
            rois_from_json(path)
        assert caught.value.where == str(path)


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"shape": [3, 5, 0.5]}, "sensible numbers"),
        ({"shape": [0, 5, 7]}, "sensible numbers"),
        ({"shape": [10**6, 10**6, 10**6]}, "sensible numbers"),
        ({"shape": [3, 5, 8]}, "does not fit"),
        ({"mask_zlib_bits": "%%%"}, "is damaged"),
        ({"mask_zlib_bits": base64.b64encode(b"no").decode()}, "is damaged"),
        ({"affine": [[1, 0, 0, 0]] * 3}, "4 rows of 4"),
    ],
)
def test_damaged_masks_are_refused(change, match):
    (row,) = rois_to_json([Roi("m", mask_shape())])["rois"]
    with pytest.raises(LowfieldError, match=match):
        rois_from_json({"rois": [row | change]})


def test_a_mask_that_inflates_without_end_is_refused():
    bomb = base64.b64encode(zlib.compress(bytes(10**7))).decode()
    (row,) = rois_to_json([Roi("m", mask_shape())])["rois"]
    with pytest.raises(LowfieldError, match="does not fit"):
        rois_from_json({"rois": [row | {"mask_zlib_bits": bomb}]})


def test_every_shape_there_and_back(tmp_path):
    ball, mask = Sphere((1, 2, 3), 4), mask_shape()
    grown = Grown(ball, OverBackground(Box((0, 0, 0), (1, 1, 1)), 0.4), (1, 2, 3), "1.5")
    shapes = [
        OrientedBox((1, 2, 3), (4, 5, 6), TURNED),
        Polygon((SQUARE,), (0, 0, 1), 2.0, "shape"),
        grown,
        Grown(ball, OfMaximum(0.41)),
        Grown(ball, FixedLevel(2.5, "SUVbw")),
        Grown(ball, FixedLevel(2.5, "")),
        Combined("subtract", (Combined("union", (ball, grown)), Box((0, 0, 0), (1, 1, 1)))),
    ]
    rois = tuple(
        Roi(f"r{n}", shape, series_uid="1.7", frame_of_reference_uid="1.8", weighting=EXACT)
        for n, shape in enumerate(shapes)
    )
    path = tmp_path / "rois.json"
    path.write_text(json.dumps(rois_to_json(rois), allow_nan=False), encoding="utf-8")
    assert rois_from_json(path) == rois
    painting = as_painting(mask, mask.geometry, "1.9")
    for shape in (painting, Painting(mask.geometry), MaskShape(mask.mask, mask.geometry, "1.9")):
        (back,) = rois_from_json(json.loads(json.dumps(rois_to_json([Roi("m", shape)]))))
        assert type(back.shape) is type(shape) and back.shape.series_uid == shape.series_uid
        assert back.shape.geometry.same_grid(shape.geometry)
        voxels = [
            rasterize(each, mask.geometry).within((0, 0, 0), mask.mask.shape) for each in (back.shape, shape)
        ]
        assert (voxels[0] == voxels[1]).all()


def test_files_of_before_are_read_and_written_as_before():
    (row,) = rois_to_json([Roi("s", Sphere((0, 0, 0), 1), id="7")])["rois"]
    assert row == {"name": "s", "type": "sphere", "center_lps_mm": [0, 0, 0], "radius_mm": 1, "id": "7"}
    box = {"name": "b", "type": "oriented_box", "center_lps_mm": [0, 0, 0], "size_mm": [1, 1, 1]}
    assert rois_from_json({"rois": [box]})[0].shape == OrientedBox((0, 0, 0), (1, 1, 1))


BALL = {"type": "sphere", "center_lps_mm": [0, 0, 0], "radius_mm": 1}


def nested(depth):
    shape = BALL
    for _ in range(depth):
        shape = {"type": "union", "parts": [shape, BALL]}
    return shape


@pytest.mark.parametrize(
    ("row", "match"),
    [
        ({"type": "grown", "within": BALL, "level": {"kind": "some"}}, "the kind 'some'"),
        ({"type": "grown", "within": BALL, "level": {"kind": "fixed", "value": 1, "unit": "x"}}, "'x'"),
        ({"type": "grown", "within": {**BALL, "radius": 1}, "level": {"kind": "fixed"}}, "unknown field 'radius'"),
        ({"type": "grown", "within": {"type": "cube"}, "level": {}}, "within: the type 'cube'"),
        ({"type": "union", "parts": BALL}, "list of objects"),
        ({"type": "union", "parts": [BALL]}, "at least two"),
        (nested(40), "nested too deeply"),
    ],
)
def test_complaints_about_shapes_in_shapes(row, match):
    with pytest.raises(LowfieldError, match=match):
        rois_from_json({"rois": [{"name": "p", **row}]})


@pytest.mark.parametrize(
    "change", [{"first_voxel": [0, 0, 0.5]}, {"first_voxel": [1, 1, 1]}, {"first_voxel": [-1, 0, 0]}]
)
def test_a_painting_that_does_not_fit_its_grid_is_refused(change):
    mask = mask_shape()
    (row,) = rois_to_json([Roi("m", as_painting(MaskShape(np.ones((3, 5, 7)), mask.geometry), mask.geometry))])[
        "rois"
    ]
    with pytest.raises(LowfieldError, match="grid_shape"):
        rois_from_json({"rois": [row | change]})
