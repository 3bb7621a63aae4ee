"""Box, freehand, brush, eraser, isocontour, and ROIs made of others, drawn with the mouse."""

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from viewer.core.geometry import Geometry
from viewer.roi.compound import Combined, FixedLevel, Grown, OfMaximum, OverBackground
from viewer.roi.rasterize import rasterize
from viewer.roi.shapes import Isocontour, OrientedBox, Painting, Polygon, Roi, Sphere
from viewer.ui.iso_rule import FIXED, IsoRule, reruled, rule_of
from viewer.ui.tool_options import hint

LEFT, RIGHT = Sphere((20.0, 0.0, 0.0), 9.0), Sphere((-20.0, 0.0, 0.0), 9.0)


@pytest.fixture
def axial(petct):
    return petct.views["fusion", "axial"]


def at(view, x, y):
    """The pixel of a view over screen millimetres."""
    return view.camera.to_pixels(x, y)


def ring(view, x, y, radius):
    """Pixels of a round line drawn by hand."""
    angles = np.linspace(0, 2 * np.pi, 24, endpoint=False)
    return [at(view, x + radius * np.cos(a), y + radius * np.sin(a)) for a in angles]


def test_a_box_is_dragged_from_corner_to_corner_and_pulled_at_one_face(petct, bench, axial):
    bench.actions["roi.box"].trigger()
    bench.drag(axial, at(axial, 4, -8), at(axial, 12, 0), at(axial, 24, 8))
    box = bench.session.selected_roi.shape
    assert isinstance(box, OrientedBox) and box.size_mm == pytest.approx((20, 16, 16), abs=0.1)
    bench.drag(axial, at(axial, 24, 0), at(axial, 28, 0), at(axial, 30, 0))
    pulled = bench.session.selected_roi.shape
    assert pulled.size_mm[0] == pytest.approx(26, abs=0.1) and pulled.size_mm[1] == box.size_mm[1]
    assert pulled.center_lps_mm[0] == pytest.approx(17, abs=0.1), "the other face stays"


def test_freehand_contours_of_two_slices_become_one_roi(petct, bench, axial):
    bench.actions["roi.freehand"].trigger()
    bench.drag(axial, *ring(axial, 20, 0, 12))
    first = bench.session.selected_roi
    assert first.name == "Freehand 1" and isinstance(first.shape, Polygon)
    bench.session.set_cursor((20.0, 0.0, 12.0))
    bench.settle()
    bench.drag(axial, *ring(axial, 20, 0, 6))
    assert len(bench.session.rois) == 1 and bench.session.undo_text == "Add a contour to Freehand 1"
    region = rasterize(bench.session.rois[0].shape, petct.scene.images.pet.source.geometry)
    sizes = [int(part.sum()) for part in region.mask]
    assert sizes == sorted(sizes, reverse=True) or sizes == sorted(sizes), "it narrows from slice to slice"
    assert len(sizes) == 4
    bench.session.set_cursor((20.0, 0.0, 6.0))
    bench.settle()
    assert petct.tools.items(axial)[0].lines, "between the two it is seen too"


def test_a_contour_elsewhere_is_an_roi_of_its_own(petct, bench, axial):
    bench.actions["roi.freehand"].trigger()
    bench.drag(axial, *ring(axial, 20, 0, 8))
    bench.drag(axial, *ring(axial, -20, 0, 8))
    assert [roi.name for roi in bench.session.rois] == ["Freehand 1", "Freehand 2"]


def test_a_contour_drawn_again_takes_the_place_of_the_old_one(petct, bench, axial):
    bench.actions["roi.freehand"].trigger()
    bench.drag(axial, *ring(axial, 20, 0, 8))
    bench.drag(axial, *ring(axial, 20, 0, 12))
    (roi,) = bench.session.rois
    assert len(roi.shape.contours) == 1 and np.ptp(np.array(roi.shape.contours[0])[:, 0]) > 22


def test_brush_and_eraser_are_one_step_a_stroke(petct, bench, axial):
    grid = petct.scene.images.pet.source.geometry
    bench.actions["roi.brush"].trigger()
    bench.drag(axial, at(axial, 10, 0), at(axial, 20, 0), at(axial, 30, 0))
    roi = bench.session.selected_roi
    assert roi.name == "Painted 1" and isinstance(roi.shape, Painting) and roi.series_uid == "pet"
    painted = rasterize(roi.shape, grid).voxels
    assert bench.session.measurement(roi.id).voxels == painted
    bench.drag(axial, at(axial, 20, 10), at(axial, 20, 14))
    more = rasterize(bench.session.rois[0].shape, grid).voxels
    assert len(bench.session.rois) == 1 and more > painted
    bench.actions["roi.eraser"].trigger()
    bench.drag(axial, at(axial, 20, 14), at(axial, 20, 10))
    assert bench.session.undo_text == "Erase from Painted 1"
    assert rasterize(bench.session.rois[0].shape, grid).voxels < more
    bench.session.undo()
    assert rasterize(bench.session.rois[0].shape, grid).voxels == more
    bench.session.undo()
    assert rasterize(bench.session.rois[0].shape, grid).voxels == painted


def test_a_disc_paints_one_slice_and_keys_change_the_size(petct, bench, axial):
    bench.actions["roi.brush"].trigger()
    axial.setFocus()
    before = petct.tools.brush.radius_mm
    QTest.keyClick(axial, Qt.Key.Key_BracketRight)
    assert petct.tools.brush.radius_mm > before
    QTest.keyClick(axial, Qt.Key.Key_BracketLeft)
    assert petct.tools.brush.radius_mm == before
    QTest.keyClick(axial, Qt.Key.Key_N)
    assert not petct.tools.brush.ball and petct.strip.options.text() == "⌀ 12 mm · slice"
    bench.drag(axial, at(axial, 20, 0), at(axial, 21, 0))
    region = rasterize(bench.session.rois[0].shape, petct.scene.images.pet.source.geometry)
    assert region.mask.shape[0] == 1


def test_the_eraser_turns_a_sphere_into_the_voxels_that_are_left(petct, bench, axial):
    bench.session.add_roi(Roi("A", LEFT))
    bench.settle()
    whole = bench.session.measurement(bench.session.rois[0].id).voxels
    bench.actions["roi.eraser"].trigger()
    bench.drag(axial, at(axial, 26, 0), at(axial, 28, 0))
    roi = bench.session.rois[0]
    assert isinstance(roi.shape, Painting) and 0 < bench.session.measurement(roi.id).voxels < whole
    bench.session.undo()
    assert bench.session.rois[0].shape == LEFT


def test_escape_takes_a_stroke_back(petct, bench, axial, send_mouse):
    bench.actions["roi.brush"].trigger()
    axial.setFocus()
    send_mouse(axial, "press", at(axial, 10, 0))
    send_mouse(axial, "move", at(axial, 20, 0))
    assert len(bench.session.rois) == 1
    QTest.keyClick(axial, Qt.Key.Key_Escape)
    assert bench.session.rois == () and bench.session.undo_text == ""


def test_an_isocontour_grows_in_the_dragged_sphere_by_its_rule(petct, bench, axial):
    bench.actions["roi.isocontour"].trigger()
    assert petct.strip.options.isVisible() and petct.strip.options.text() == "41 % of max ▾"
    bench.drag(axial, at(axial, 2, 0), at(axial, 10, 0), at(axial, 14, 0))
    roi = bench.session.selected_roi
    assert isinstance(roi.shape, Grown) and roi.shape.level == OfMaximum(0.41)
    measured = bench.session.measurement(roi.id)
    assert measured.activity.minimum == 20000, "only the hot half reaches 41 %"
    sphere = rasterize(roi.shape.within, petct.scene.images.pet.source.geometry).voxels
    assert 0 < measured.voxels < sphere
    item = petct.tools.items(axial)[0]
    assert item.lines and item.bound and len(item.handles) == 4


def test_the_rule_of_the_selected_isocontour_is_changed_in_one_step(petct, bench, axial):
    bench.session.add_roi(Roi("A", Grown(Sphere((2.0, 0.0, 0.0), 14.0), OfMaximum(0.41), None, "pet")))
    bench.settle()
    few = bench.session.measurement(bench.session.rois[0].id).voxels
    petct.options._choose_rule(IsoRule(FIXED, value=1.0, unit="kBq/mL"))
    bench.settle()
    assert bench.session.rois[0].shape.level == FixedLevel(1.0, "kBq/mL")
    assert bench.session.measurement(bench.session.rois[0].id).voxels > few
    assert bench.session.undo_text == "Change the rule of A"


def test_a50_asks_for_a_background_before_it_draws(petct, bench, axial):
    said = []
    bench.session.message.connect(lambda *words: said.append(words))
    bench.actions["roi.isocontour"].trigger()
    petct.tools.rule = IsoRule("background", 0.5)
    bench.drag(axial, at(axial, 12, 0), at(axial, 22, 0))
    assert bench.session.rois == () and "background" in said[0][1]
    bench.session.add_roi(Roi("Background", RIGHT))
    petct.tools.rule = replace(petct.tools.rule, background_id=bench.session.rois[0].id)
    bench.drag(axial, at(axial, 4, 10), at(axial, 14, 10), at(axial, 18, 10))
    grown = bench.session.selected_roi
    assert isinstance(grown.shape.level, OverBackground)
    level = bench.session.measurement(grown.id).provenance["region"]["threshold"]
    assert level["value"] == pytest.approx(12500) and level["background"] == pytest.approx(5000)


def test_rules_survive_the_way_to_a_shape_and_back():
    background = Roi("B", RIGHT)
    for rule in (
        IsoRule(),
        IsoRule(fraction=0.5, from_seed=True),
        IsoRule(FIXED, value=3.0, unit="SUVbw"),
        IsoRule("background", 0.5, background_id=background.id),
    ):
        shape = reruled(Isocontour((0, 0, 0), 9, 0.7), rule, (background,), "pet")
        back = rule_of(shape, (background,))
        assert replace(back, value=rule.value, unit=rule.unit, fraction=rule.fraction) == rule
        assert back.text == rule.text
    assert rule_of(LEFT, ()) is None


def test_picked_rois_are_joined_subtracted_and_intersected(petct, bench):
    big = Sphere((20.0, 0.0, 0.0), 15.0)
    for name, shape in (("Big", big), ("Small", LEFT)):
        bench.session.add_roi(Roi(name, shape))
    bench.settle()
    table = petct.table.table
    table.selectRow(0)
    assert not bench.actions["roi.subtract"].isEnabled()
    table.setSelectionMode(table.SelectionMode.MultiSelection)  # as with Ctrl held
    table.selectRow(1)
    assert [roi.name for roi in bench.session.picked] == ["Big", "Small"]
    bench.actions["roi.subtract"].trigger()
    bench.settle()
    made = bench.session.selected_roi
    assert made.name == "Big − Small" and isinstance(made.shape, Combined) and len(bench.session.rois) == 3
    voxels = [bench.session.measurement(roi.id).voxels for roi in bench.session.rois]
    assert voxels[2] == voxels[0] - voxels[1]
    assert petct.tools.items(petct.views["fusion", "axial"])[-1].lines
    bench.session.undo()
    assert [roi.name for roi in bench.session.rois] == ["Big", "Small"]


def test_a_duplicate_lies_beside_its_original(petct, bench):
    bench.session.add_roi(Roi("A", LEFT))
    bench.actions["roi.duplicate"].trigger()
    first, copy = bench.session.rois
    assert copy.name == "A copy" and copy.color != first.color and bench.session.selected_roi is copy
    assert np.subtract(copy.shape.center_lps_mm, first.shape.center_lps_mm) == pytest.approx((10, 0, 0))


def test_the_hint_names_the_roi_that_takes_what_is_drawn():
    roi = Roi("Lesion", LEFT)
    assert "Lesion" in hint("brush", roi) and "Lesion" in hint("eraser", roi)
    assert "new ROI" in hint("brush", None) and "Lesion" not in hint("polygon", roi)


def test_an_roi_is_pasted_on_another_time_point_in_the_same_place(petct, bench, pet, ct):
    bench.session.add_roi(Roi("Hot", Grown(Sphere((2.0, 0.0, 0.0), 14.0), OfMaximum(0.41), None, "pet")))
    bench.settle()
    before = bench.session.measurement(bench.session.rois[0].id)
    bench.actions["roi.copy"].trigger()
    later = replace(pet, data=pet.data[:, ::-1] * 0.5, origin=replace(pet.origin, series_uid="pet later"))
    bench.open(pet=later)
    bench.actions["roi.paste"].trigger()
    bench.settle()
    pasted = bench.session.selected_roi
    assert pasted.series_uid == "pet later" and pasted.name == "Hot 1"
    after = bench.session.measurement(pasted.id)
    assert after.voxels == before.voxels and after.activity.mean == pytest.approx(10000)


def test_nothing_is_pasted_into_another_frame_of_reference(petct, bench, pet):
    said = []
    bench.session.message.connect(lambda *words: said.append(words))
    bench.session.add_roi(Roi("A", LEFT))
    bench.actions["roi.copy"].trigger()
    elsewhere = Geometry(pet.geometry.shape, pet.geometry.affine, "another frame")
    bench.open(pet=replace(pet, geometry=elsewhere, origin=replace(pet.origin, series_uid="pet2")))
    bench.actions["roi.paste"].trigger()
    assert len(bench.session.rois) == 1 and "frame of reference" in said[-1][1]


def test_an_isocontour_is_not_grown_anew_when_its_series_is_closed(petct, bench):
    bench.session.add_roi(Roi("Hot", Grown(Sphere((2.0, 0.0, 0.0), 14.0), OfMaximum(0.41), None, "pet")))
    bench.settle()
    bench.session.assign("pet", "")
    bench.settle()
    measured = bench.session.measurement(bench.session.rois[0].id)
    assert measured.values is None and "not open" in measured.warnings[0]
    assert not petct.tools.items(petct.views["ct", "axial"])[0].lines, "only its bound is drawn"
