"""The page of the phantom: it asks, refuses in words, and shows what the rooms below found."""

import functools
import json
from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from reportlab.graphics.shapes import Drawing, Ellipse, PolyLine, String
from reportlab.lib.colors import HexColor

from viewer.core.errors import LowfieldError
from viewer.core.geometry import Geometry
from viewer.phantom import analyse_phantom
from viewer.report.fonts import BOLD
from viewer.report.tables import Table
from viewer.simulate.iec import IecPhantom
from viewer.simulate.pet import Emitter, simulate_pet
from viewer.ui import phantom_page
from viewer.ui.drawing_picture import SHARP, drawn
from viewer.ui.rich_text import table_html, table_text
from viewer.ui.theme import DARK, LIGHT


@pytest.fixture
def phantom(petct, bench):
    bench.actions["petct.phantom"].trigger()
    return petct.phantom


def test_what_is_no_phantom_is_refused_in_words(phantom, bench):
    phantom.start()
    assert not phantom.measure.isEnabled(), "one search at a time"
    bench.settle()
    assert phantom.measure.isEnabled() and phantom.text != "" and not phantom.place.isEnabled()
    assert bench.session.rois == ()


def test_the_true_fill_reaches_the_analysis_in_bq(phantom, bench, monkeypatch):
    asked = []

    def analyse(*arguments):
        asked.append(arguments)
        raise LowfieldError("Enough.")

    monkeypatch.setattr(phantom_page, "analyse_phantom", analyse)
    phantom.form.spheres.setText("20,5")
    phantom.form.background.setText("2")
    phantom.form.at.setText("2026-05-04 09:30")
    phantom.start()
    bench.settle()
    fill, voi = asked[0][3], asked[0][4]
    assert (fill.spheres_bq_ml, fill.background_bq_ml, fill.at.hour) == (20500.0, 2000.0, 9)
    assert voi == phantom.form.voi.itemData(0) and phantom.text == "Enough."


@pytest.mark.parametrize(("field", "text"), [("spheres", "hot"), ("at", "today")])
def test_what_is_no_number_or_time_is_not_guessed(phantom, field, text):
    getattr(phantom.form, field).setText(text)
    phantom.start()
    assert text in phantom.form.notice.text() and phantom.measure.isEnabled()


def test_a_page_closes_with_its_study(phantom, petct, bench):
    assert phantom.isVisible() and phantom.current
    bench.session.activate("")
    assert not phantom.isVisible() and not phantom.current


def test_tables_of_a_report_are_shown_and_copied(phantom):
    table = Table("Doses", (("Tumour <1>", "2.3"),), (1, 1), ("ROI", "Gy"), 1, label="Careful", note="k = 1")
    phantom.show_results([table, Table("", (), ())], [], ["Scan 2 was left out."])
    assert "Tumour <1>" in phantom.body.toPlainText() and "Scan 2" in phantom.body.toPlainText()
    phantom.copy.click()
    assert QApplication.clipboard().text() == phantom.text
    assert "Doses\nCareful\nROI\tGy\nTumour <1>\t2.3\nk = 1" in phantom.text
    assert "&lt;1&gt;" in table_html(table, LIGHT) and table_html(Table("x", (), ()), LIGHT) == ""
    assert table_text(table).startswith("Doses")


def test_a_table_without_headings_has_no_empty_row_and_one_with_them_keeps_its_shares():
    names = table_html(Table("Place", (("Nuclide", "149Tb"),), (1, 3)), LIGHT)
    assert names.count("<tr>") == 1 and "<tr></tr>" not in names and LIGHT.muted in names
    table = Table(
        "EARL", (("10", "pass (0.5 in 0.4 to 0.6)", "fail (0.7 above 0.6)"),), (1, 2, 1), ("a", "b", "c")
    )
    html = table_html(table, DARK)
    assert html.count("<tr>") == 2 and 'width="50%"' in html
    assert DARK.ok in html and DARK.error in html, "the verdict is a word and a colour"


@pytest.mark.parametrize("tokens", [LIGHT, DARK])
def test_a_plot_of_the_report_is_drawn_as_a_picture(phantom, tokens):
    plot = Drawing(200, 100)
    plot.add(String(10, 50, "RC 0.79", fontName=BOLD, fontSize=12))
    plot.add(PolyLine([100, 10, 150, 90, 190, 10], strokeColor=HexColor("#b45f06"), strokeDashArray=(2, 2)))
    image = drawn(plot, tokens)
    across, down = round(200 * 1.6 * SHARP), round(100 * 1.6 * SHARP)
    assert (image.width(), image.height()) == (across, down)
    ground = image.pixelColor(2, 2)
    assert ground.name() == tokens.sunken
    assert image.pixelColor(round(0.75 * across), round(0.7 * down)).name() == tokens.sunken, "no line is filled"
    other = [(x, y) for x in range(0, across, 2) for y in range(0, down, 2) if image.pixelColor(x, y) != ground]
    assert len(other) > 200, "text and line are there"
    words = [image.pixelColor(x, y).lightness() for x, y in other if x < across / 2]
    assert (max(words) > 200) if tokens.dark else (min(words) < 60), "letters stand out from the ground"
    phantom.show_results([], [plot], [])
    assert "plot:0" in phantom.body.toHtml()


def test_a_drawing_with_an_unknown_shape_is_a_bug():
    plot = Drawing(20, 10)
    plot.add(Ellipse(5, 5, 3, 2))
    with pytest.raises(TypeError, match="Ellipse"):
        drawn(plot, LIGHT)


def test_the_page_says_what_it_is_for_and_that_it_works(phantom, bench):
    assert "six spheres" in phantom.body.toPlainText() and not phantom.export.isEnabled()
    phantom.activateWindow()
    phantom.start()
    assert "Working" in phantom.body.toPlainText() and not phantom.line.isHidden()
    phantom.line.cancel.click()
    bench.settle()
    assert "six spheres" in phantom.body.toPlainText() and phantom.measure.isEnabled() and phantom.line.isHidden()


def test_enter_in_a_field_measures_and_copies_nothing(phantom, bench, qtbot):
    phantom.show_results([Table("Doses", (("a", "1"),), (1, 1))], [], [])
    QApplication.clipboard().setText("before")
    qtbot.keyClick(phantom.form.spheres, Qt.Key.Key_Return)
    bench.settle()
    assert QApplication.clipboard().text() == "before" and "Doses" not in phantom.text


@pytest.fixture
def measured(phantom, bench, monkeypatch):
    """The page with the result of a phantom that was really measured, small and without its CT."""
    monkeypatch.setattr(phantom_page, "analyse_phantom", lambda pet, *rest: analyse_phantom(scan(), None))
    phantom.start()
    bench.settle()
    return phantom


@functools.cache
def scan():
    """The simulated phantom at 5 mm."""
    iec = IecPhantom((3, -5, 4))
    grid = Geometry.from_axes((44, 66, 66), (5, 5, 5), np.eye(3)[::-1], (-165, -165, -80), "1.2.3")
    terbium = Emitter("^149^Terbium", 14824.8, 0.0715, ("TB149", "99LOWFIELD"))
    return simulate_pet(iec, terbium, np.random.default_rng(4), geometry=grid).volume


def test_what_was_measured_is_shown_placed_and_said_to_be_old(measured, bench):
    assert "Sphere mm" in measured.text and measured.export.isEnabled()
    measured.place.click()
    placed = [roi.name for roi in bench.session.rois]
    assert "Sphere 37 mm" in placed and str(len(placed)) in measured.said.text()
    measured.form.voi.activated.emit(1)
    assert "those of before" in measured.form.notice.text()


def test_the_report_is_written_with_its_document_and_replaces_no_other(measured, bench, tmp_path, monkeypatch):
    done = measured._done
    monkeypatch.setattr(measured, "_done", replace(done, pet=scan(), ct=None))
    measured.write(tmp_path / "a.pdf")
    bench.settle()
    assert (tmp_path / "a.pdf").read_bytes().startswith(b"%PDF") and "a.json" in measured.said.text()
    assert json.loads((tmp_path / "a.json").read_text())["schema"] == "lowfield phantom 1"
    (tmp_path / "b.json").write_text("{}")
    measured.write(tmp_path / "b.pdf")
    bench.settle()
    assert "exists already" in measured.form.notice.text() and not (tmp_path / "b.pdf").exists()
