"""Key images say which side of the patient is where, how long a centimetre is and how they are windowed."""

import dataclasses

import numpy as np
import pytest

from tests.report.conftest import volume
from tests.report.test_report_pdf import poppler
from viewer.formats.assumed import NO_SPACING
from viewer.report.keyimages import SOFT_TISSUE, fused_pictures, window_text
from viewer.report.model import Picture
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
