"""The page of the phantom: it asks, refuses in words, and shows what the rooms below found."""

import pytest
from PySide6.QtWidgets import QApplication
from reportlab.graphics.shapes import Drawing, String

from viewer.core.errors import LowfieldError
from viewer.report.fonts import BOLD
from viewer.report.tables import Table
from viewer.ui import phantom_page
from viewer.ui.result_page import drawn
from viewer.ui.rich_text import table_html, table_text


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
    assert "&lt;1&gt;" in table_html(table, "#888888", "#aa6600") and table_html(Table("x", (), ()), "", "") == ""
    assert table_text(table).startswith("Doses")


def test_a_plot_of_the_report_is_drawn_as_a_picture(phantom):
    plot = Drawing(200, 100)
    plot.add(String(10, 50, "RC 0.79", fontName=BOLD, fontSize=12))
    image = drawn(plot)
    assert (image.width(), image.height()) == (500, 250)
    dark = sum(image.pixelColor(x, y).lightness() < 128 for x in range(0, 500, 2) for y in range(0, 250, 2))
    assert dark > 20, "the text is there"
    phantom.show_results([], [plot], [])
    assert "plot:0" in phantom.body.toHtml()
