"""The page of the therapy: it says what is missing, shows what was found, and when it no longer fits."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF
from PySide6.QtWidgets import QApplication, QCheckBox, QFileDialog

from tests.ui.views.conftest import START, info
from viewer.core.errors import Cancelled, LowfieldError
from viewer.core.pet import PetFrame
from viewer.core.study import PatientInfo, StudyIndex, StudyInfo
from viewer.roi.shapes import Roi, Sphere
from viewer.session.therapy import NO_PET, NO_ROI, ONE_SCAN, Therapy
from viewer.ui.banner import Banner
from viewer.ui.therapy_page import FAILED, STALE, TherapyPage
from viewer.ui.therapy_tables import PAGES

LATER = timedelta(hours=4)


def later(pet):
    """The same patient four hours on: decayed, and washed out by a fifth."""
    start = START + LATER
    left = 0.8 * 0.5 ** (LATER.total_seconds() / pet.acquisition.half_life_s)
    acquisition = replace(
        pet.acquisition, scan_start=start, series_time=start, frames=(PetFrame(start, 1200.0, 0.0, 1.0),) * 16
    )
    origin = replace(pet.origin, series_uid="pet2", series_description="late")
    data = (np.asarray(pet.data) * left).astype(np.float32)
    return replace(pet.with_data(data, acquisition=acquisition), origin=origin)


@pytest.fixture
def therapy(bench, ct, pet):
    """A page on two scans; ``bench.files`` is what loading finds, an exception to raise or a volume."""
    volumes = {"ct": ct, "pet": pet, "pet2": later(pet)}
    bench.files = dict(volumes)

    def load(series, progress):
        progress(0.0, "reading")
        found = bench.files[series.key]
        if isinstance(found, Exception):
            raise found
        return found

    made = TherapyPage(None, bench.theme, bench.workflow, Therapy(bench.session, bench.workflow, load))
    bench.show(made, 1200, 760)
    study = StudyInfo("1.1", "20260504", "study", tuple(map(info, volumes.values())))
    bench.index = StudyIndex((Path("/x"),), (PatientInfo("ID-7", "Curie^Marie", "", "F", (study,)),))
    return made


def open_scans(bench, *roles):
    bench.session.add_index(bench.index)
    for role in roles:
        bench.session.add_volume(role, bench.files[role])
        bench.session.assign(role, role)


def add(bench, name, x):
    frame = bench.files["pet"].geometry.frame_of_reference_uid
    bench.session.add_roi(Roi(name, Sphere((x, 0.0, 0.0), 9.0), series_uid="pet", frame_of_reference_uid=frame))


@pytest.fixture
def verified(therapy, bench):
    open_scans(bench, "ct", "pet")
    add(bench, "Tumour", 20.0)
    add(bench, "Muscle", -20.0)
    therapy.verify.click()
    bench.settle()
    return therapy


def said(page):
    return [banner.message.text for banner in page.findChildren(Banner) if not banner.isHidden()]


def test_it_says_what_is_missing_until_nothing_is(therapy, bench):
    assert therapy.empty.text() == NO_PET and not therapy.verify.isEnabled()
    open_scans(bench, "ct", "pet")
    assert therapy.empty.text() == NO_ROI and not therapy.verify.isEnabled()
    add(bench, "Tumour", 20.0)
    assert therapy.verify.isEnabled()
    therapy.form.scans.boxes["pet2"].click()
    assert "Tick two" in therapy.empty.text() and not therapy.verify.isEnabled()
    assert not therapy.form.scans.boxes["pet"].isEnabled(), "the ROIs lie on it"
    assert "two or more" in ONE_SCAN


def test_what_was_found_is_shown(verified):
    results, found = verified.results, verified._therapy.result.verification
    assert verified.stack.currentIndex() == 1 and results.roi.currentText() == "Tumour"
    rows = [results.tables.doses.item(row, 0).text() for row in range(results.tables.doses.rowCount())]
    assert rows == ["Tumour", "Muscle"]
    headings = [results.tables.doses.horizontalHeaderItem(n).text() for n in range(6)]
    assert any(text.startswith("Dose\n") for text in headings) and any("Gy·RBE" in text for text in headings)
    assert "Photons are excluded" in results.tables.texts["Dose"].toPlainText()
    assert "same frame of reference" in results.tables.texts["Registration"].toPlainText()
    for name in PAGES:
        assert results.tables.texts[name].toPlainText(), name
    assert results.map.view.picture is not None and results.map.view.color_scale.unit[0] in ("Gy", "mGy")
    assert found.map.rule in results.map.view.toolTip()


def test_curve_and_map_share_the_width_though_the_axes_are_made_late(verified):
    curve, dose_map = verified.results.plot.width(), verified.results.map.width()
    assert 0.8 < curve / dose_map < 1.25


def test_a_row_brings_its_roi_into_view(verified):
    results = verified.results
    place = results.map._place.copy()
    results.tables.doses.setCurrentCell(1, 2)
    assert results.roi.currentText() == "Muscle" and results.plot.title.accessibleName().startswith("Muscle")
    assert results.plot.axes is not None and results.plot.axes.isVisibleTo(results)
    assert results.map._place[0] == -20.0 != place[0]


def test_the_map_reads_native_voxels_and_turns(verified):
    view, dose = verified.results.map, verified._therapy.result.verification.map
    view._hover(np.array([20.0, 0.0, 0.0]))
    name, factor = view.view.color_scale.unit
    value = dose.gray.data[tuple(np.rint(dose.gray.geometry.to_index((20.0, 0.0, 0.0))).astype(int))]
    number, unit = view.readout.text().split()
    assert unit == name and float(number) == pytest.approx(value * factor, rel=5e-3)
    view._choose_unit("Gy·RBE")
    assert view.view.color_scale.unit[0].endswith("Gy·RBE")
    view._turn("coronal")
    before = view._place.copy()
    view.view.scrolled.emit(1)
    assert (view._place != before).any() and view.view.point_at(QPointF(5, 5)) is not None


def test_another_rbe_makes_the_numbers_stale_until_verified_again(verified, bench):
    assert STALE not in said(verified)
    verified.form.rbe.setValue(3.0)
    bench.settle()
    assert STALE in said(verified) and verified.verify.isEnabled()
    verified.verify.click()
    bench.settle()
    assert STALE not in said(verified)
    assert verified._therapy.result.verification.rois[0].dose.rbe == 3.0
    assert "RBE 3 for alpha" in verified.results.tables.note.text()


def test_a_file_that_cannot_be_read_is_said_and_leaves_the_earlier_result(verified, bench):
    bench.files["pet2"] = LowfieldError("The file ends early.", where="late", hint="Copy it again.")
    verified.verify.click()
    bench.settle()
    assert "The file ends early." in said(verified) and verified.stack.currentIndex() == 1
    bench.files["pet2"] = Cancelled()
    verified.verify.click()
    bench.settle()
    assert verified.verify.isEnabled() and "The file ends early." not in said(verified)


def test_the_closing_of_the_study_takes_its_numbers_away(verified, bench):
    bench.session.close_all()
    assert verified.stack.currentIndex() == 0 and verified.empty.text() == NO_PET
    assert verified.results.map.view.picture is None and verified.results.tables.text == ""


def test_export_and_copy(verified, bench, tmp_path, monkeypatch):
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *a: (str(tmp_path / "t"), ""))
    verified.results.report.trigger()
    bench.settle()
    assert sorted(path.name for path in tmp_path.glob("t.*")) == ["t.csv", "t.json", "t.pdf"]
    assert any(text.startswith("Written: t.pdf") for text in said(verified))
    verified.results.copy.trigger()
    assert "Tumour" in QApplication.clipboard().text()


def test_what_is_typed_must_be_understood(verified):
    form, therapy = verified.form, verified._therapy
    form.injected.setText("45,5")
    form.injected.editingFinished.emit()
    assert therapy.options.injected_bq == 45.5e6
    form.at.setText("yesterday")
    form.at.editingFinished.emit()
    assert "not understood" in form.notice.text() and therapy.options.injection_time is None
    form.background.setCurrentIndex(form.background.findData("Muscle"))
    form.background.activated.emit(form.background.currentIndex())
    assert therapy.options.background == "Muscle" and list(form.organs.boxes) == ["Tumour"]
    form.organs.boxes["Tumour"].click()
    assert therapy.options.organs == ("Tumour",)


def test_two_rois_of_one_name_leave_no_box_behind(therapy, bench):
    open_scans(bench, "ct", "pet")
    add(bench, "Tumour", 20.0)
    add(bench, "Tumour", -20.0)
    bench.session.edit("Clear", ())
    add(bench, "Muscle", -20.0)
    bench.settle()
    boxes = [box.text() for box in therapy.form.organs.findChildren(QCheckBox) if not box.isHidden()]
    assert boxes == ["Muscle"]


def test_a_failure_is_not_followed_by_an_invitation(therapy, bench):
    open_scans(bench, "ct", "pet")
    add(bench, "Tumour", 20.0)
    bench.files["pet2"] = LowfieldError("It cannot be read.")
    therapy.verify.click()
    bench.settle()
    assert therapy.empty.text() == FAILED


def test_the_fields_of_all_sections_begin_in_one_line(therapy):
    form = therapy.form
    fields = (form.rbe, form.density, form.model, form.uptake, form.background, form.injected, form.calibration)
    assert len({field.mapTo(form, QPoint(0, 0)).x() for field in fields}) == 1


def test_tab_walks_down_the_form_and_out_of_the_table(verified, qtbot):
    verified.activateWindow()
    form = verified.form
    start = next(iter(form.scans.boxes.values()))
    chain, widget = [start], start.nextInFocusChain()
    while widget is not start:
        chain.append(widget)
        widget = widget.nextInFocusChain()
    wanted = [
        *form.scans.boxes.values(),
        form.rbe,
        form.model,
        form.background,
        *form.organs.boxes.values(),
        form.at,
    ]
    places = [chain.index(each) for each in wanted]
    assert places == sorted(places) and places[-1] < chain.index(verified.verify)
    assert not verified.results.tables.doses.tabKeyNavigation()


def test_a_registration_is_shown_as_a_picture(verified):
    """Both images over each other; the same pixels as in the report."""
    tables = verified.results.tables
    found = verified.results._result.verification
    red = np.zeros((30, 60, 3), np.uint8)
    red[..., 0] = 200
    here, late = found.alignments
    tables.show_verification(replace(found, alignments=(here, replace(late, picture=red))))
    tables.tabs["Registration"].click()
    QApplication.processEvents()
    browser = tables.texts["Registration"]
    assert "cyan: this one" in browser.toPlainText()
    shown = browser.viewport().grab().toImage()
    pixels = {
        shown.pixelColor(x, y).name() for x in range(0, shown.width(), 3) for y in range(0, shown.height(), 3)
    }
    assert "#c80000" in pixels
