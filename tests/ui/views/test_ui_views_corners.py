import pytest
from PySide6.QtCore import QRectF

from viewer.ui.colorbar import bar_ticks
from viewer.ui.corners import Corners, Overlay

LETTER, STEP = 6.0, 14.0
DENOISED = Overlay(
    ("Curie, Marie", "ID 7 · 1867-11-07 · F"),
    ("MR · FLAIR", "1911-12-10 09:00", "A study with a name", "64 mT · a scanner with a name"),
    ("Slice 21 / 40   I 5.5 mm", "σ 19.2 (background)", "lowfield-base 0.4.0 · 0d65e10f"),
    ("W 455  L 228 HU", "Zoom 100%"),
    (("DENOISED", "info"), ("SIMULATED", "warning")),
)
SIZES = [(228, 344), (228, 595), (269, 240), (342, 344), (342, 236), (440, 500), (900, 700)]


def corners(size, letters=True):
    return Corners(size, STEP, lambda text: LETTER * len(text), letters)


def fits(line):
    return LETTER * len(line.text) <= line.rect.width()


def written(line):
    """Return the part of its rectangle that a line fills."""
    width = min(LETTER * len(line.text), line.rect.width())
    left = line.rect.right() - width if line.right else line.rect.left()
    return QRectF(left, line.rect.top(), width, line.rect.height())


@pytest.mark.parametrize("letters", [True, False])
@pytest.mark.parametrize("size", SIZES)
def test_slice_window_and_place_are_whole_in_every_view(size, letters):
    lines = {line.text: line for line in corners(size, letters).lines(DENOISED)}
    for text in (DENOISED.bottom_left[0], DENOISED.bottom_right[0], DENOISED.top_left[0]):
        assert text in lines, f"{text} is not written at {size}"
        assert fits(lines[text]), f"{text} is cut at {size}"


@pytest.mark.parametrize("size", [size for size in SIZES if min(size) >= 330])
def test_sigma_and_the_hash_of_the_model_are_whole_beside_short_lines(size):
    lines = {line.text: line for line in corners(size).lines(DENOISED)}
    assert all(fits(lines[text]) for text in DENOISED.bottom_left)


@pytest.mark.parametrize("letters", [True, False])
@pytest.mark.parametrize("readout", ["", "123.4"])
@pytest.mark.parametrize("size", SIZES)
def test_no_line_covers_another(size, readout, letters):
    corners_of = (DENOISED.top_left, DENOISED.top_right, DENOISED.bottom_left, DENOISED.bottom_right)
    longer = (tuple(f"{text} and more" for text in lines) for lines in corners_of)
    placed = corners(size, letters)
    lines = placed.lines(Overlay(*longer, DENOISED.badges, readout))
    rects = [written(line) for line in lines] + ([placed.readout()] if readout else [])
    for n, one in enumerate(rects):
        assert one.left() >= 0 and one.right() <= size[0] and one.top() >= 0 and one.bottom() <= size[1]
        for other in rects[n + 1 :]:
            assert one.intersected(other).isEmpty() or one.intersected(other).height() < 0.5


def test_the_letter_of_a_narrow_view_has_a_row_of_its_own():
    tops = [line.rect.top() for line in corners((228, 344)).lines(DENOISED)]
    bottoms = [line.rect.bottom() for line in corners((228, 344)).lines(DENOISED)]
    assert min(tops) >= 8 + 18 and max(bottoms) <= 344 - 8 - 18


def test_badges_of_views_side_by_side_are_in_one_line():
    """Those of a view with longer ones had slipped below the right text, beside others that had not."""
    tops = {corners((342, 344)).badges_top(DENOISED, needed) for needed in (120.0, 158.0, 162.0, 250.0)}
    assert len(tops) == 1


def test_empty_lines_take_no_room():
    nameless = Overlay(("Patient without name", ""), badges=(("ORIGINAL", "info"),))
    assert corners((440, 500)).badges_top(nameless, 60.0) == 8 + STEP + 4


@pytest.mark.parametrize(
    ("scale", "count", "told"),
    [
        ((-3.0, 3.0), 5, [-3, -1.5, 0, 1.5, 3]),
        ((-3.0, 3.0), 3, [-3, 0, 3]),
        ((-0.5, 0.5), 3, [-0.5, 0, 0.5]),
        ((0.0, 40.457), 3, [0, 20, 40]),
    ],
)
def test_a_scale_with_a_sign_tells_its_ends(scale, count, told):
    assert bar_ticks(*scale, count) == pytest.approx(told)
