"""HU beside activity, why a number is so, and what the user corrects."""

import json
import re
from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QUrl
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from viewer.core.pet import UserCorrections
from viewer.roi.shapes import Roi, Sphere
from viewer.session.document import from_document, to_document
from viewer.ui.roi_rows import with_spread


@pytest.fixture
def pet(pet):
    """The PET of the other tests with 2 % noise, so that its means have an uncertainty."""
    noise = np.random.default_rng(4).normal(1, 0.02, pet.data.shape)
    return pet.with_data((pet.data * noise).astype(np.float32))


@pytest.fixture
def lesion(petct, bench):
    bench.session.add_roi(Roi("Lesion", Sphere((20.0, 0.0, 0.0), 9.0)))
    bench.settle()
    return bench.session.rois[0]


def cells(petct) -> dict[str, str]:
    table = petct.table.table
    titles = [table.horizontalHeaderItem(n).text().replace("\n", " ") for n in range(table.columnCount())]
    return dict(zip(titles, (table.item(0, n).text() for n in range(table.columnCount()))))


def select(petct, title: str) -> None:
    names = list(cells(petct))
    petct.table.table.setCurrentCell(0, next(n for n, name in enumerate(names) if name.startswith(title)))


def test_activity_and_hu_of_one_roi_each_from_its_own_voxels(petct, bench, lesion):
    on_pet, on_ct = bench.session.measured(lesion.id)
    assert (on_pet.modality, on_ct.modality) == ("PT", "CT") and on_ct.voxels > on_pet.voxels
    assert on_ct.values.mean == pytest.approx(50), "the left half of the CT is soft tissue"
    shown = cells(petct)
    assert shown["CT ± SD HU"].startswith("50") and float(shown["Max kBq/mL"]) > 20
    mean, u = shown["Mean ± u kBq/mL"].split(" ± ")
    assert float(mean) == pytest.approx(20, rel=0.01)
    assert float(u) == pytest.approx(0.8, abs=0.1), "mostly the 4 % by which the branching is in doubt"
    petct.table.copy()
    head, line = QApplication.clipboard().text().split("\n")
    named = dict(zip(head.split("\t"), line.split("\t")))
    assert named["CT SD (HU)"] == "0" and float(named["Standard uncertainty of the mean (kBq/mL)"]) > 0.5


def test_hu_joins_when_the_ct_arrives_after_its_pet(petct, bench, lesion, ct):
    bench.session.assign("ct", "")
    bench.settle()
    assert len(bench.session.measured(lesion.id)) == 1 and "CT ± SD HU" not in cells(petct)
    bench.session._measured.clear()
    bench.measuring.measure()
    bench.settle()
    bench.session._keep(assigned={**bench.session.state.assigned, "ct": "ct"})  # as while it is still loading
    bench.session.volume_loaded.emit("ct")
    bench.settle()
    assert len(bench.session.measured(lesion.id)) == 2 and cells(petct)["CT ± SD HU"].startswith("50")


def test_during_a_drag_numbers_are_quick_and_complete_after_it(petct, bench, lesion):
    bench.session.begin_gesture("Move Lesion")
    bench.session.replace_roi(replace(lesion, shape=Sphere((21.0, 0.0, 0.0), 9.0)))
    bench.settle()
    assert bench.session.measurement(lesion.id).uncertainty is None
    bench.session.end_gesture()
    bench.settle()
    assert bench.session.measurement(lesion.id).uncertainty is not None


def test_values_are_written_as_finely_as_they_are_known():
    assert with_spread(20.0, 0.843, 4) == "20.00 ± 0.84"
    assert with_spread(1234.5, 56.0, 4) == "1234 ± 56"
    assert with_spread(20.0, None, 4) == "20.00" and with_spread(20.0, 0.0, 4) == "20.00"
    assert with_spread(7.0, None, 0) == "7"


def test_why_unfolds_the_number_that_was_selected(petct, bench, lesion):
    why = petct.side_panel.provenance
    assert re.match(r"Lesion · Mean ± u (19|20)\.\d+ ± 0\.\d+ kBq/mL", why.headline)
    for words in ("2026-05-04", "149Tb", "half-life", "Positron fraction", "radius (mm): 9", "95 % interval"):
        assert words.lower() in why.text.lower(), words
    select(petct, "SUV mean")
    assert why.headline.startswith("Lesion · SUV mean")
    assert "PatientWeight" in why.text or "weight" in why.text.lower()
    select(petct, "CT")
    assert "CT ± SD 50" in why.text and "149Tb" not in why.text
    petct.side_panel.copy.click()
    assert QApplication.clipboard().text() == why.text


def test_what_was_folded_stays_folded(petct, bench, lesion):
    why = petct.side_panel.provenance
    assert [section.title for section in why.sections][1] == "Uncertainty of the mean"
    assert "95 % interval" in why.toPlainText()
    why.anchorClicked.emit(QUrl("#1"))
    assert "95 % interval" not in why.toPlainText() and "95 % interval" in why.text
    select(petct, "Max")
    assert not why.is_open(1) and "95 % interval" not in why.toPlainText()


def test_a_corrected_weight_changes_suv_is_marked_and_is_reset(petct, bench, lesion, pet):
    form = petct.side_panel.corrections
    before = bench.session.measurement(lesion.id).suv_bw.mean
    field = form.numbers["patient_weight_kg"]
    assert field.placeholderText() == "75" and field.text() == ""
    petct.side_panel.fold.click()
    QTest.keyClicks(field, "90")
    field.editingFinished.emit()
    bench.settle()
    assert bench.session.measurement(lesion.id).suv_bw.mean == pytest.approx(before * 90 / 75)
    assert form.names["patient_weight_kg"].property("role") == "warning"
    assert "PatientWeight 90 kg (file: 75)" in form.notice.text()
    assert cells(petct)["SUV mean g/mL"].endswith("†") and "corrected by user" in petct.table.note.accessibleName()
    assert ("corrected by user", "warning") in petct.views["fusion", "axial"].overlay.badges
    assert "PatientWeight 90 kg (file: 75)" in petct.side_panel.provenance.text
    assert pet.acquisition.patient_weight_kg == 75, "the file stays as it is"
    field.clear()
    field.editingFinished.emit()
    bench.settle()
    assert not bench.session.state.measure.corrections
    assert bench.session.measurement(lesion.id).suv_bw.mean == pytest.approx(before)


def test_impossible_corrections_are_refused_in_words(petct, bench):
    form = petct.side_panel.corrections
    for text in ("heavy", "-5", "nan"):
        form.numbers["patient_weight_kg"].setText(text)
        form.numbers["patient_weight_kg"].editingFinished.emit()
        assert not bench.session.state.measure.corrections
        assert form.notice.text() and form.numbers["patient_weight_kg"].text() == ""
    form.time.setText("yesterday")
    form.time.editingFinished.emit()
    assert "yesterday" in form.notice.text()


def test_corrections_come_back_from_the_journal(petct, bench):
    form = petct.side_panel.corrections
    form.numbers["injected_dose_bq"].setText("50,5")
    form.numbers["injected_dose_bq"].editingFinished.emit()
    form.time.setText("2026-05-04 09:00")
    form.time.editingFinished.emit()
    form.sex.activated.emit(form.sex.findData("F"))
    kept = json.loads(json.dumps(to_document(bench.session.state)))
    state, complaints = from_document("1.1", kept)
    assert complaints == () and state.measure == bench.session.state.measure
    assert state.measure.corrections.injected_dose_bq == 50.5e6
    assert state.measure.corrections.injection_time.hour == 9
    form.reset.click()
    assert bench.session.state.measure.corrections == UserCorrections()


def test_raw_and_corrected_means_stand_side_by_side(petct, bench, lesion):
    assert "Mean, RC kBq/mL" not in cells(petct)
    recovery = petct.side_panel.activity.recovery
    recovery.setCurrentIndex(1)
    recovery.activated.emit(1)
    bench.settle()
    shown = cells(petct)
    names = list(shown)
    assert names.index("Mean, RC kBq/mL") == names.index("Mean ± u kBq/mL") + 1
    assert float(shown["Mean, RC kBq/mL"]) > 20
    assert "Raw mean" in petct.side_panel.provenance.text


def test_next_to_nothing_is_called_small_in_the_table_and_exact_on_the_clipboard(petct, bench, pet):
    nearly = pet.with_data(np.where(np.asarray(pet.data) > 0, 1e-5, 0).astype(np.float32))
    bench.open(pet=replace(nearly, origin=replace(nearly.origin, series_uid="cold")))
    bench.session.add_roi(Roi("Cold", Sphere((20.0, 0.0, 0.0), 9.0)))
    bench.settle()
    assert cells(petct)["Max kBq/mL"] == "<0.0001"
    petct.table.copy()
    assert "1.000e-8" in QApplication.clipboard().text()
