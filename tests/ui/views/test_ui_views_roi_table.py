"""The table of ROIs while one is dragged: written once a step, never with numbers of another shape in black."""

from dataclasses import replace

import pytest
from PySide6.QtCore import QRectF, Qt

from viewer.app import measure_rows
from viewer.roi.shapes import Roi, Sphere
from viewer.ui import roi_items, roi_table, roi_tools
from viewer.ui.roi_rows import cell


@pytest.fixture
def dragged(petct, bench):
    for name, x in (("Lesion", 20.0), ("Other", -20.0)):
        bench.session.add_roi(Roi(name, Sphere((x, 0.0, 0.0), 9.0)))
    bench.settle()
    bench.session.begin_gesture("Move Lesion")
    return bench.session.rois[0]


def row(petct, number: int = 0) -> list[str]:
    table = petct.table.table
    return [table.item(number, column).text() for column in range(1, table.columnCount())]


def grey(petct, number: int = 0) -> list[bool]:
    table = petct.table.table
    inks = [table.item(number, n).data(Qt.ItemDataRole.ForegroundRole) for n in range(1, table.columnCount())]
    return [ink is not None for ink in inks]


def measured_anew(petct, bench, roi, *, details: bool) -> list[str]:
    volumes, choice = bench.measuring.sources, bench.session.state.measure
    found = measure_rows(volumes, [roi], choice, details)[0]
    return [cell(column, found, marks=petct.scene.images.pet.marks) for column in petct.table.columns]


def test_a_step_of_a_drag_writes_the_table_once_with_the_numbers_of_that_step(petct, bench, dragged, monkeypatch):
    monkeypatch.setattr(roi_table, "LATE_MS", 60_000)
    table, written, heard = petct.table, [], []
    refresh = table.refresh
    monkeypatch.setattr(table, "refresh", lambda: (written.append(1), refresh()))
    table.table.model().dataChanged.connect(lambda first, last, _: heard.append((first.row(), last.row())))
    seen = set()
    for step in range(1, 5):
        moved = replace(dragged, shape=Sphere((20.0 - 6.0 * step, 0.0, 0.0), 9.0))
        bench.session.replace_roi(moved)
        bench.settle()
        assert len(written) == step
        assert row(petct) == measured_anew(petct, bench, moved, details=False)
        assert not any(grey(petct))
        seen.add(tuple(row(petct)))
    assert len(seen) > 1 and heard and set(heard) == {(0, 0)}, "the row of the other ROI is left alone"
    bench.session.end_gesture()
    bench.settle()
    assert row(petct) == measured_anew(petct, bench, moved, details=True)


def test_numbers_that_are_late_turn_grey_and_black_again_when_they_come(petct, bench, dragged, monkeypatch):
    monkeypatch.setattr(roi_table, "LATE_MS", 1)
    bench.session.rois_changed.disconnect(bench.measuring.measure)
    before = row(petct)
    bench.session.replace_roi(replace(dragged, shape=Sphere((0.0, 0.0, 0.0), 9.0)))
    bench.qtbot.waitUntil(lambda: all(grey(petct)))
    assert row(petct) == before and not any(grey(petct, 1))
    bench.measuring.measure()
    bench.settle()
    assert not any(grey(petct)) and row(petct) != before


def test_an_roi_that_appears_during_a_drag_is_in_the_table_at_once(petct, bench, dragged):
    bench.session.add_roi(Roi("New", Sphere((5.0, 0.0, 0.0), 6.0)))
    assert petct.table.table.rowCount() == 3 and petct.table.table.item(2, 0).text() == "New"
    bench.session.cancel_gesture()
    assert petct.table.table.rowCount() == 2


def test_a_drag_repaints_only_the_views_that_its_roi_meets(petct, bench, dragged, monkeypatch):
    bench.session.set_cursor((0.0, 0.0, 0.0))
    bench.settle()
    updated = []
    for name, view in petct.views.items():
        monkeypatch.setattr(view, "update", lambda name=name: updated.append(name))
    bench.session.replace_roi(replace(dragged, shape=Sphere((60.0, 0.0, 0.0), 9.0)))
    plane = {name: view.plane for name, view in petct.views.items() if view.isVisible()}
    meets = {
        name for name, one in plane.items() if min(abs(one.distance_mm((x, 0.0, 0.0))) for x in (20.0, 60.0)) < 9.0
    }
    assert set(updated) == meets and len(updated) == len(meets)
    assert {name[1] for name in meets} == {"axial", "coronal"}, "the sagittal views are cut by neither"
    updated.clear()
    bench.session.rois_changed.emit()
    assert set(updated) == meets, "until it was painted, a view is behind"
    bench.session.rename_roi(bench.session.rois[1].id, "Another name")
    assert {name[1] for name in updated} >= {"axial"}


def test_the_text_under_the_mouse_is_written_without_writing_all_others_anew(petct, bench):
    view = next(one for name, one in petct.views.items() if one.isVisible() and name[1] == "axial")
    view.set_overlay(replace(view.overlay, readout="12 kBq/mL"))
    first = view.grab().toImage()
    written = view._written
    view.set_overlay(replace(view.overlay, readout="98 kBq/mL"))
    second = view.grab().toImage()
    assert second != first and view._written is written


def test_a_move_is_passed_on_when_the_numbers_before_it_are_there_or_late(petct, bench, dragged, monkeypatch):
    passed, tools = [], petct.tools
    tools._pass_on()
    monkeypatch.setattr(tools, "_pass_on", lambda: passed.append(1))
    monkeypatch.setattr(roi_tools, "LONGEST_WAIT_MS", 60_000)
    tools._pass_on_in_time()
    assert passed == [1], "nothing is waited for"
    bench.session.rois_changed.disconnect(bench.measuring.measure)
    bench.session.replace_roi(replace(dragged, shape=Sphere((0.0, 0.0, 0.0), 9.0)))
    tools._pass_on_in_time()
    assert passed == [1], "its numbers would never come"
    monkeypatch.setattr(roi_tools, "LONGEST_WAIT_MS", 0)
    tools._pass_on_in_time()
    assert passed == [1, 1]


def test_names_keep_clear_of_letters_and_legend(petct, bench, monkeypatch):
    view = next(
        one for name, one in petct.views.items() if one.isVisible() and name[1] == "axial" and one.color_scale
    )
    view.resize(420, 420)
    bench.session.set_cursor((0.0, 0.0, 0.0))
    bench.session.add_roi(Roi("Sphere 1", Sphere((0.0, 0.0, 0.0), 9.0)))
    bench.settle()
    wrote, haloed = [], roi_items.haloed
    monkeypatch.setattr(
        roi_items, "haloed", lambda painter, rect, *more: (wrote.append(rect), haloed(painter, rect, *more))
    )
    areas = view.written_on()
    assert len(areas) == 5 and view.color_scale is not None
    inside = QRectF(view.rect())
    for area in areas:
        wrote.clear()
        # the ROI's usual place for a name, right of its upper edge, would lie on this area
        x_mm, y_mm = view.camera.to_mm(area.left() - 24, area.center().y())
        roi = bench.session.rois[0]
        center = tuple(view.plane.from_mm(x_mm, y_mm).tolist())
        bench.session.replace_roi(replace(roi, shape=Sphere(center, 4.0)))
        view.grab()
        assert len(wrote) == 1 and not any(wrote[0].intersects(one) for one in areas)
        assert inside.contains(wrote[0])
