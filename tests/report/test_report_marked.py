"""Key images say which side of the patient is where, how long a centimetre is and how they are windowed."""

import dataclasses

import numpy as np
import pytest

from tests.report.conftest import volume
from tests.report.test_report_pdf import poppler
from viewer.formats.assumed import NO_SPACING
from viewer.report.keyimages import SOFT_TISSUE, fused_pictures, window_text
from viewer.report.marked import free_place
from viewer.report.model import Outlined, Picture
from viewer.report.pdf import write_pdf
from viewer.roi.shapes import Roi, Sphere

LETTERS = {"left": "R", "right": "L", "top": "A", "bottom": "P"}


def words_on(report, picture, folder):
    bare = dataclasses.replace(report, pictures=(picture,), measurements=(), denoising=(), warnings=(), notes=())
    write_pdf(bare, folder / "r.pdf")
    return set(poppler("pdftotext", folder / "r.pdf").split())


def key_images(**origin):
    pet = volume("pet", "PET")
    pet = dataclasses.replace(pet, origin=dataclasses.replace(pet.origin, **origin))
    return fused_pictures(None, pet, [Roi("a", Sphere(tuple(pet.geometry.center_lps_mm), 9.0))], None), pet


def test_sides_and_scale_are_written_on_the_picture(report, tmp_path):
    rgb = np.full((300, 300, 3), 90, np.uint8)
    marked = Picture("a slice", rgb, letters=LETTERS, width_mm=240.0)
    words = words_on(report, marked, tmp_path)
    assert {"R", "L", "A", "P", "cm"} <= words
    assert {"R", "L", "cm"}.isdisjoint(words_on(report, Picture("a slice", rgb), tmp_path))


def test_a_slice_knows_its_sides_and_width():
    (picture, *_), pet = key_images(orientation_known=True)
    assert dict(picture.letters) == LETTERS
    assert picture.width_mm == pytest.approx(pet.geometry.shape[2] * pet.geometry.spacing_mm[2], rel=0.1)


def test_what_the_file_does_not_state_is_not_written():
    (picture, *_), pet = key_images(orientation_known=False)
    assert picture.letters == {}
    nowhere = dataclasses.replace(pet, warnings=(NO_SPACING,))
    assert fused_pictures(None, nowhere, [], None)[0].width_mm is None


def test_windows_are_told_in_words():
    assert window_text(SOFT_TISSUE, "HU") == "W 400 L 40.0 HU"
    assert window_text((1.51, 3.03), "") == "W 3.03 L 1.51"


def test_rois_are_named_beside_their_outlines_and_never_over_each_other(report, tmp_path):
    rgb = np.full((300, 300, 3), 90, np.uint8)
    box = (0.4, 0.4, 0.6, 0.6)
    both = tuple(Outlined(name, "#4dd0e1", box) for name in ("lesion", "\u808b", "liver"))
    words = words_on(report, Picture("a slice", rgb, outlined=both), tmp_path)
    assert {"lesion", "\u808b", "liver"} <= words
    assert free_place([(0, 0, 9, 9), (10, 0, 19, 9)], [(8, 8, 12, 12)]) is None
    assert free_place([(0, 0, 9, 9), (20, 0, 29, 9)], [(8, 8, 12, 12)]) == (20, 0, 29, 9)


def test_an_outline_of_a_fused_slice_knows_its_roi():
    (picture, *_), _ = key_images()
    (outlined,) = picture.outlined
    left, top, right, bottom = outlined.box
    assert outlined.name == "a" and 0 <= left < right <= 1 and 0 <= top < bottom <= 1
    assert (left + right) / 2 == pytest.approx(0.5, abs=0.1)


@pytest.mark.parametrize(("grade", "warned"), [("doubtful", True), ("caution", True), ("good", False)])
def test_a_verdict_that_is_not_good_is_a_warning_of_the_report(report, grade, warned):
    summary = report.denoising[0]
    verdict = "Do not rely on this result: sigma is probably too high."
    residual = dataclasses.replace(summary.residual, grade=grade, verdict=verdict)
    judged = dataclasses.replace(report, denoising=(dataclasses.replace(summary, residual=residual),))
    assert (verdict in judged.all_warnings()) == warned
