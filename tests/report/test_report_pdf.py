"""The PDF as another program reads it (poppler), where that is installed; its structure everywhere."""

import dataclasses
import re
import shutil
import subprocess

import numpy as np
import pytest

from tests.report.conftest import volume
from viewer.core.errors import LowfieldError
from viewer.core.geometry import Geometry
from viewer.core.measurement import Measurement
from viewer.report import page
from viewer.report.keyimages import fused_pictures
from viewer.report.model import Patient, Picture
from viewer.report.pdf import pdf_bytes, write_pdf
from viewer.roi.shapes import Roi, Sphere


def poppler(tool, path, *arguments):
    if shutil.which(tool) is None:
        pytest.skip(f"{tool} (poppler-utils) is not installed")
    return subprocess.run([tool, *arguments, str(path), "-"] if tool == "pdftotext" else [tool, str(path)],
                          capture_output=True, check=True, text=True).stdout  # fmt: skip


@pytest.fixture(scope="module")
def pdf(report, tmp_path_factory):
    path = tmp_path_factory.mktemp("pdf") / "report.pdf"
    write_pdf(report, path)
    return path


def test_every_page_names_patient_page_and_purpose(pdf):
    pages = poppler("pdftotext", pdf, "-layout").split("\f")[:-1]
    assert len(pages) >= 3
    for number, text in enumerate(pages, start=1):
        assert "Müller, Žofie (山田 太郎)" in text and "LF-1" in text and "1962-01-17" in text
        assert f"Page {number} of {len(pages)}" in text
        assert "Research use; not for primary diagnosis" in text
        assert "Lowfield 0.1.0" in text


def test_header_footer_and_number_are_drawn_on_every_page(report, monkeypatch):
    """The same without poppler: what the page draws at its edges."""
    edges, numbers = [], []
    draw = page._above
    monkeypatch.setattr(
        page, "_above", lambda canvas, markup, *rest: edges.append(markup) or draw(canvas, markup, *rest)
    )
    monkeypatch.setattr(page.NumberedCanvas, "drawRightString", lambda self, x, y, text: numbers.append(text))
    pdf_bytes(report)
    assert numbers == [f"Page {n} of {len(numbers)}" for n in range(1, len(numbers) + 1)] and len(numbers) >= 3
    assert len(edges) == 3 * len(numbers)
    for left, right, footer in zip(edges[::3], edges[1::3], edges[2::3]):
        assert "Müller, Žofie" in left and "LF-1" in left and "1962-01-17" in left
        assert right == "Körper · 2026-05-04"
        assert "Research use; not for primary diagnosis" in footer and "Lowfield 0.1.0" in footer


def test_numbers_units_warnings_hash_and_provenance_are_on_paper(pdf, report):
    text = poppler("pdftotext", pdf, "-layout")
    for expected in (
        "Activity concentration, kBq/mL", "Total kBq", "1.183", "SUV by body weight, g/mL", "Values, HU",
        "rescaled: acquired as 18F, is 149Tb", f"{len(report.all_warnings())} warnings",
        "PET and CT 14 min apart.",
        "9f86d081884c7d659a2feaa0c55ad015",
        "How these numbers came about", "0.0715 ± 0.003", "14824.8 s (4.118 h)", "Picture 3", "=1+1",
    ):  # fmt: skip
        assert expected in text, expected


def test_all_fonts_are_embedded(pdf):
    fonts = poppler("pdffonts", pdf).splitlines()[2:]
    assert {"OpenSans", "WenQuanYiMicroHei-0"} <= {line.split()[0].split("+")[-1] for line in fonts}
    assert all(line.split()[-5] == "yes" for line in fonts)


def test_the_file_properties_hold_no_patient_data(pdf):
    content = pdf.read_bytes()
    information = content[content.rindex(b"/Author") :][:600]
    assert b"Lowfield 0.1.0" in information and b"ller" not in information and b"LF-1" not in information


@pytest.mark.parametrize(("paper", "size"), [("A4", "595.2756 841.8898"), ("letter", "612 792")])
def test_paper_sizes(report, paper, size):
    boxes = re.findall(rb"/MediaBox \[ 0 0 ([\d. ]+) \]", pdf_bytes(report, paper=paper))
    assert boxes and {box.decode() for box in boxes} == {size}


def test_unknown_paper_is_refused(report):
    with pytest.raises(LowfieldError, match="A5"):
        pdf_bytes(report, paper="A5")


def test_characters_without_a_font_are_announced(report, tmp_path):
    write_pdf(dataclasses.replace(report, patient=Patient("कमला")), tmp_path / "r.pdf")
    text = poppler("pdftotext", tmp_path / "r.pdf")
    assert "[U+0915][U+092E][U+0932][U+093E]" in text
    assert "no font for" in text


def test_an_empty_report_and_endless_texts_still_make_a_document(report):
    bare = dataclasses.replace(
        report, patient=Patient(), measurements=(), denoising=(), pictures=(), warnings=(), notes=(), method=()
    )
    assert pdf_bytes(bare).startswith(b"%PDF")
    many = tuple(Measurement(f"ROI {n} " + "x" * 300, 1, 0.1, "1.2", warnings=("No. " * 3000,)) for n in range(40))
    endless = dataclasses.replace(report, measurements=many, title="T" * 400, warnings=("Wide " * 4000,))
    assert pdf_bytes(endless).startswith(b"%PDF")


def test_a_tall_picture_fits_and_a_wrong_one_is_refused(report):
    tall = Picture("tall", np.zeros((900, 30, 3), np.uint8))
    assert pdf_bytes(dataclasses.replace(report, pictures=(tall,))).startswith(b"%PDF")
    with pytest.raises(LowfieldError, match="8 bit"):
        Picture("grey", np.zeros((4, 4), np.uint8))


def test_the_caption_of_a_fused_slice_has_a_unit_that_people_read_and_no_negative_zero():
    pet = volume("pet", "PET")
    affine = pet.geometry.affine.copy()
    affine[2, 3] -= pet.geometry.center_lps_mm[2] + 0.01  # the middle between two slices lies at -0.01 mm
    grid = Geometry(pet.geometry.shape, affine, "1.2")
    here = Sphere(tuple(grid.center_lps_mm), 9.0)
    (picture, *_) = fused_pictures(None, dataclasses.replace(pet, geometry=grid), [Roi("a", here)], None)
    assert "kBq/mL" in picture.caption and "BQML" not in picture.caption and "-0.0" not in picture.caption
