from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from viewer.core.geometry import Geometry
from viewer.core.palettes import palette
from viewer.core.volume import Volume
from viewer.roi.shapes import Sphere
from viewer.session.state import MeasureChoice
from viewer.ui.pet_reading import read_pet
from viewer.ui.petct_pictures import color_scale


def visible(workspace) -> set:
    return {name for name, view in workspace.views.items() if view.isVisible()}


def test_fusion_in_three_planes_by_default(petct):
    assert visible(petct) == {("fusion", name) for name in ("axial", "coronal", "sagittal")}
    assert petct.mip.isVisible()
    for (_, orientation), letters in zip(sorted(visible(petct)), ("RLAP", "RLSI", "APSI")):
        assert "".join(petct.views["fusion", orientation].letters.values()) == letters


def test_rows_show_every_layer_in_every_plane(petct, bench):
    bench.actions["petct.rows"].trigger()
    bench.settle()
    assert len(visible(petct)) == 9
    shapes = {petct.views[name].picture.shape for name in visible(petct) if name[1] == "axial"}
    assert len(shapes) == 1, "all layers lie on the same plane"


def test_left_is_hot_on_the_right_of_the_screen(petct, bench):
    bench.actions["petct.rows"].trigger()
    bench.session.set_window("pet", (15000, 20000))
    bench.settle()
    picture = petct.views["pet", "axial"].picture[..., 0].astype(int)
    width = picture.shape[1]
    middle = picture.shape[0] // 2
    assert picture[middle, 3 * width // 4] < picture[middle, width // 4]


def test_the_values_under_the_mouse_are_native_and_have_units(petct, bench, ct, pet):
    said = []
    bench.session.readout_changed.connect(said.append)
    petct.views["fusion", "axial"].hovered.emit(np.array([10.0, 0.5, 0.5]))
    readout = petct.views["fusion", "axial"].overlay.readout
    hu = float(ct.data[tuple(np.round(ct.geometry.to_index((10.0, 0.5, 0.5))).astype(int))])
    assert f"{hu:.0f}"[:3] in readout and "HU" in readout
    assert "20.00 kBq/mL" in readout and "SUV" in readout
    assert "L 10.0" in said[-1]
    petct.views["fusion", "axial"].hovered.emit(np.array([-10.0, 0.5, 0.5]))
    assert "5.000 kBq/mL" in petct.views["fusion", "axial"].overlay.readout


def test_a_drag_changes_the_window_of_the_chosen_layer(petct, bench):
    ct_window, pet_window = petct.scene.window_of("ct"), petct.scene.window_of("pet")
    bench.drag(petct.views["fusion", "axial"], (60, 60), (90, 60))
    assert petct.scene.window_of("ct") == ct_window and petct.scene.window_of("pet")[1] > pet_window[1]
    petct.strip.layers["ct"].click()
    pet_window = petct.scene.window_of("pet")
    bench.drag(petct.views["fusion", "axial"], (60, 60), (90, 60))
    assert petct.scene.window_of("pet") == pet_window and petct.scene.window_of("ct")[1] > ct_window[1]


def test_presets_set_the_ct_window(petct, bench):
    bench.actions["petct.preset_2"].trigger()
    bench.settle()
    assert bench.session.window("ct") == (-600, 1500)
    assert petct.side_panel.fusion.preset.currentText() == "Lung"


def test_the_crosshair_is_shared(petct, bench, ct):
    petct.views["fusion", "axial"].pointed.emit(np.array([5.0, 6.0, 7.0]))
    assert bench.session.cursor_lps_mm == (5.0, 6.0, 7.0)
    bench.settle()
    plane = petct.views["fusion", "coronal"].plane
    assert plane.distance_mm((5.0, 6.0, 7.0)) == pytest.approx(0)


def test_the_wheel_moves_by_ct_slices(petct, bench, ct):
    petct.views["fusion", "coronal"].scrolled.emit(1)
    index = ct.geometry.to_index(bench.session.cursor_lps_mm)
    assert index[1] == pytest.approx(round(index[1]))
    petct.views["fusion", "axial"].setFocus()
    bench.actions["image.last"].trigger()
    assert ct.geometry.to_index(bench.session.cursor_lps_mm)[0] == pytest.approx(19)


def test_the_colour_bar_reads_the_table_that_was_painted(petct, pet):
    scale = petct.views["fusion", "axial"].color_scale
    assert scale.table is palette("Hot Iron") and scale.unit == ("kBq/mL", 1e-3)
    assert scale.window == petct.scene.window_of("pet")
    name, factor = scale.second
    assert name == "SUV" and factor == pytest.approx(75e3 / (45e6 * 2 ** (-3600 / (4.118 * 3600))), rel=1e-3)
    reading = read_pet(pet, MeasureChoice())
    assert color_scale("pet", reading, petct.scene.paint(inverted=False, smooth=True)).table is palette(
        "Inverse grey"
    )


def test_opacity_and_palette_reach_the_picture(petct, bench):
    before = petct.views["fusion", "axial"].picture.copy()
    petct.side_panel.fusion.opacity.setValue(100)
    bench.settle()
    full = petct.views["fusion", "axial"].picture.copy()
    assert (full != before).any() and bench.session.state.fusion.opacity == 1.0
    bench.session.choose("fusion", palette="PET", opacity=0.0)
    bench.settle()
    ct_only = petct.views["fusion", "axial"].picture
    assert (ct_only[..., 0] == ct_only[..., 2]).all()
    assert petct.side_panel.fusion.colors.currentText() == "PET"


def test_images_of_different_frames_are_not_fused(bench, petct, ct):
    moved = Geometry(ct.geometry.shape, ct.geometry.affine, "another frame")
    other = Volume(ct.data, moved, ct.unit, replace(ct.origin, series_uid="ct2"))
    bench.open(ct=other)
    assert {layer for layer, _ in visible(petct)} == {"ct", "pet"}
    assert "frame of reference" in petct.side_panel.not_fused.text()
    cursor = bench.session.cursor_lps_mm
    petct.views["ct", "axial"].pointed.emit(np.array([5.0, 6.0, 7.0]))
    assert bench.session.cursor_lps_mm == cursor, "a point of the CT says nothing about the PET"
    bench.settle()
    assert petct.views["ct", "coronal"].plane.distance_mm((5.0, 6.0, 7.0)) == pytest.approx(0)
    assert petct.views["ct", "axial"].tool is None and petct.views["pet", "axial"].tool is petct.tools


@pytest.mark.parametrize(("role", "layer"), [("ct", "ct"), ("pet", "pet")])
def test_one_image_alone_works(petct, bench, role, layer):
    bench.session.assign("ct" if role == "pet" else "pet", "")
    bench.settle()
    assert {name[0] for name in visible(petct)} == {layer}
    assert petct.views[layer, "axial"].picture is not None
    assert petct.mip.isVisible() == (role == "pet")


def test_a_sphere_is_drawn_measured_undone_and_redone(petct, bench):
    bench.actions["roi.sphere"].trigger()
    view = petct.views["fusion", "axial"]
    start = view.camera.to_pixels(*view.plane.to_mm((20.0, 0.0, 0.0)))
    end = view.camera.to_pixels(*view.plane.to_mm((28.0, 0.0, 0.0)))
    bench.drag(view, start, ((start[0] + end[0]) / 2, start[1]), end)
    roi = bench.session.selected_roi
    assert roi.name == "Sphere 1" and roi.shape.radius_mm == pytest.approx(8.0, abs=0.3)
    assert bench.session.measurement(roi.id).activity.mean == pytest.approx(20000)
    cells = [petct.table.table.item(0, n).text() for n in range(petct.table.table.columnCount())]
    assert cells[0] == "Sphere 1" and cells[1] == "20.00", "without noise nobody knows how well"
    bench.session.undo()
    assert bench.session.rois == () and petct.table.empty.isVisible()
    bench.session.redo()
    assert len(bench.session.rois) == 1


def test_an_roi_is_moved_by_its_outline_and_resized_by_a_handle_in_one_step_each(petct, bench):
    from viewer.roi.shapes import Roi

    bench.session.add_roi(Roi("A", Sphere((0.0, 0.0, 0.0), 10.0)))
    bench.settle()
    view = petct.views["fusion", "axial"]

    def at(x, y):
        return view.camera.to_pixels(*view.plane.to_mm((x, y, 0.0)))

    edge = 10 * np.sqrt(0.5)
    bench.drag(view, at(edge, edge), at(edge + 3, edge), at(edge + 6, edge + 2))
    assert bench.session.rois[0].shape.center_lps_mm[:2] == pytest.approx((6, 2), abs=0.01)
    bench.drag(view, at(16, 2), at(20, 2), at(22, 2))
    assert bench.session.rois[0].shape.radius_mm == pytest.approx(16, abs=0.1)
    assert bench.session.undo_text == "Resize A"
    bench.session.undo()
    assert bench.session.undo_text == "Move A" and bench.session.rois[0].shape.radius_mm == pytest.approx(10)


def test_a_polygon_is_clicked_and_closed_by_enter(petct, bench, send_mouse):
    bench.actions["roi.polygon"].trigger()
    view = petct.views["fusion", "axial"]
    for x, y in ((10, -10), (30, -10), (30, 10), (10, 10)):
        send_mouse(view, "press", view.camera.to_pixels(x, y))
        send_mouse(view, "release", view.camera.to_pixels(x, y))
    view.setFocus()
    QTest.keyClick(view, Qt.Key.Key_Return)
    bench.settle()
    roi = bench.session.rois[0]
    assert roi.name == "Polygon 1" and len(roi.shape.contours[0]) == 4
    assert bench.session.measurement(roi.id).activity.mean == pytest.approx(20000)
    assert roi.shape.thickness_mm == 4.0, "as thick as a slice of the PET that is measured"


def test_escape_gives_a_polygon_or_a_drag_up(petct, bench, send_mouse):
    view = petct.views["fusion", "axial"]
    view.setFocus()
    bench.actions["roi.polygon"].trigger()
    send_mouse(view, "press", (100, 100))
    QTest.keyClick(view, Qt.Key.Key_Escape)
    assert not petct.tools.draft.active
    bench.actions["roi.ellipse"].trigger()
    send_mouse(view, "press", (100, 100))
    send_mouse(view, "move", (140, 150))
    assert len(bench.session.rois) == 1
    QTest.keyClick(view, Qt.Key.Key_Escape)
    assert bench.session.rois == () and bench.session.undo_text == ""
    send_mouse(view, "release", (140, 150))
    assert bench.session.rois == ()


def test_enter_puts_a_sphere_at_the_crosshair(petct, bench):
    bench.session.set_cursor((8.0, 4.0, 0.0))
    bench.settle()
    bench.actions["roi.sphere"].trigger()
    petct.views["fusion", "axial"].setFocus()
    QTest.keyClick(petct.views["fusion", "axial"], Qt.Key.Key_Return)
    assert bench.session.rois[0].shape == Sphere((8.0, 4.0, 0.0), 10.0)


def test_a_rescaled_nuclide_is_written_beside_every_number(petct, bench):
    from viewer.roi.shapes import Roi

    bench.session.add_roi(Roi("A", Sphere((20.0, 0.0, 0.0), 9.0)))
    bench.session.choose("measure", nuclide="F-18")
    bench.settle()
    label = petct.scene.images.pet.label
    assert "149Tb" in label and "18F" in label and label.startswith("rescaled")
    assert (label, "warning") in petct.views["fusion", "axial"].overlay.badges
    texts = {
        petct.table.table.horizontalHeaderItem(n).text().split("\n")[0]: petct.table.table.item(0, n).text()
        for n in range(petct.table.table.columnCount())
    }
    assert all(texts[name].endswith("*") for name in ("Mean ± u", "SD", "Min", "Max", "Total"))
    assert not texts["Volume"].endswith("*")
    petct.views["fusion", "axial"].hovered.emit(np.array([20.0, 0.0, 0.0]))
    assert "(rescaled)" in petct.views["fusion", "axial"].overlay.readout
    petct.table.copy()
    lines = QApplication.clipboard().text().split("\n")
    assert "Mean (kBq/mL)" in lines[0] and lines[1].endswith(label)


def test_why_this_value(petct, bench):
    from viewer.roi.shapes import Roi

    assert petct.side_panel.provenance_hint.isVisibleTo(petct.side_panel)
    bench.session.add_roi(Roi("A", Sphere((20.0, 0.0, 0.0), 9.0)))
    bench.settle()
    document = petct.side_panel.provenance.text
    assert "2026-05-04" in document and "149Tb" in document
    assert not petct.side_panel.provenance_hint.isVisibleTo(petct.side_panel)


def test_the_table_selects_renames_and_deletes(petct, bench):
    from viewer.roi.shapes import Roi

    for name in ("A", "B"):
        bench.session.add_roi(Roi(name, Sphere((20.0, 0.0, 0.0), 9.0)))
    bench.settle()
    petct.table.table.selectRow(0)
    assert bench.session.selected_roi.name == "A"
    petct.table.table.item(0, 0).setText("Liver")
    assert bench.session.rois[0].name == "Liver"
    petct.table.table.item(0, 0).setText("B")
    assert bench.session.rois[0].name == "Liver" and petct.table.table.item(0, 0).text() == "Liver"
    bench.actions["roi.delete"].trigger()
    assert [roi.name for roi in bench.session.rois] == ["B"]


def test_another_reference_time_changes_numbers_and_colours(petct, bench):
    before = petct.scene.window_of("pet")
    bench.session.choose("measure", reference="injection")
    bench.settle()
    assert petct.scene.window_of("pet")[1] == pytest.approx(before[1] * 2 ** (3600 / (4.118 * 3600)), rel=1e-3)
    form = petct.side_panel.activity
    assert form.reference.currentText() == "Injection" and "09:15" in form.when.text()
    bench.session.choose("measure", reference="2026-05-04T11:15:00")
    assert form.time.isVisibleTo(form)


def test_a_pet_without_activity_says_why_and_shows_its_own_numbers(petct, bench, pet):
    silent = replace(
        pet, acquisition=replace(pet.acquisition, units="CNTS"), origin=replace(pet.origin, series_uid="pet2")
    )
    bench.open(pet=silent)
    assert petct.side_panel.reasons.text() != ""
    assert petct.scene.images.pet.unit[0] != "kBq/mL"
    assert petct.views["fusion", "axial"].color_scale.second is None
