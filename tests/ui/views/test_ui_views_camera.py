import numpy as np
import pytest

from viewer.core.picture import window_range
from viewer.ui.camera import Camera, Look
from viewer.ui.colorbar import tick_text, ticks
from viewer.ui.petct_layout import layout
from viewer.ui.readout import fixed, number, point_text, shortened
from viewer.ui.roi_rows import with_spread
from viewer.ui.view_grid import equal_cells
from viewer.ui.windowing import dragged, dragged_from_zero
from viewer.ui.workspace import mirrored, moved_index


def test_millimetres_have_one_scale_in_both_directions():
    camera = Camera((-100, -50, 200, 100), (400, 400))
    x0, y0 = camera.to_pixels(0, 0)
    x1, y1 = camera.to_pixels(10, 10)
    assert (x0, y0) == (200, 200) and x1 - x0 == pytest.approx(y1 - y0)
    assert camera.to_mm(x1, y1) == pytest.approx((10, 10))


def test_the_whole_plane_fits_without_zoom():
    camera = Camera((-100, -50, 200, 100), (300, 900))
    for x, y in ((-100, -50), (100, 50)):
        px, py = camera.to_pixels(x, y)
        assert 0 <= px <= 300 and 0 <= py <= 900


def test_zoom_keeps_the_point_under_the_mouse_and_pan_follows_it():
    camera = Camera((-100, -50, 200, 100), (400, 300))
    here = camera.to_mm(90, 60)
    zoomed = Camera(camera.rect_mm, camera.size, camera.zoomed(2.0, 90, 60))
    assert zoomed.scale == pytest.approx(2 * camera.scale)
    assert zoomed.to_mm(90, 60) == pytest.approx(here)
    panned = Camera(camera.rect_mm, camera.size, camera.panned(30, -20))
    assert panned.to_mm(120, 40) == pytest.approx(here)


def test_zoom_is_bounded():
    camera = Camera((0, 0, 10, 10), (100, 100), Look(39.0))
    assert camera.zoomed(100.0, 0, 0).zoom == 40.0


def test_a_drag_to_the_right_widens_and_up_brightens():
    center, width = dragged((100.0, 50.0), 20, 0)
    assert width > 50 and center == 100
    center, width = dragged((100.0, 50.0), 0, 20)
    assert width == 50 and center < 100
    low, high = window_range(dragged_from_zero((50.0, 100.0), 0, 30))
    assert low == pytest.approx(0) and high < 100


def test_flip_looks_at_the_same_place():
    assert mirrored(Look(2.0, (5.0, 7.0))) == Look(2.0, (-5.0, 7.0))
    assert mirrored(Look(2.0)) == Look(2.0)


def test_slices_stop_at_the_ends_or_go_around():
    assert moved_index(3, 10, 6, around=False) == 5
    assert moved_index(3, -10, 6, around=False) == 0
    assert moved_index(5, 1, 6, around=True) == 0


@pytest.mark.parametrize(("low", "high"), [(0, 13.1), (-3, 3), (0, 1e-4), (-160, 240), (0, 8e7)])
def test_ticks_are_round_and_inside(low, high):
    found = ticks(low, high)
    assert 3 <= len(found) <= 8 and min(found) >= low - 1e-9 and max(found) <= high * 1.000001
    steps = np.diff(found)
    np.testing.assert_allclose(steps, steps[0], rtol=1e-6)
    assert any(np.isclose(steps[0] / 10 ** np.floor(np.log10(steps[0]) + 1e-9), n) for n in (1, 2, 2.5, 5, 10))


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "–"),
        (float("nan"), "–"),
        (0, "0"),
        (12.3456, "12.35"),
        (1234.5, "1234"),
        (-0.012341, "-0.01234"),
        (0.0000016693, "1.669e-6"),
        (-2.5e7, "-2.500e7"),
    ],
)
def test_numbers_have_four_significant_digits(value, text):
    assert number(value) == text


def test_what_rounds_to_zero_has_no_sign_and_idle_zeros_go_only_behind_the_point():
    assert (fixed(-0.004, 2), fixed(-0.006, 2), fixed(0.0, 1)) == ("0.00", "-0.01", "0.0")
    assert [shortened(number(each, 3)) for each in (8e10, 100.0, 2.5, 2e-10)] == ["8e10", "100", "2.5", "2e-10"]
    assert tick_text(-2.8e-17, 6.0) == "0" and tick_text(-1.0, 6.0) == "-1"
    assert with_spread(-0.01, 12.0, 3) == "0 ± 12"


def test_points_are_named_by_sides_of_the_patient():
    assert point_text((1.0, -2.0, 3.0)) == "L 1.0  A 2.0  S 3.0 mm"


def test_two_views_stand_side_by_side():
    assert [cell[:2] for cell in equal_cells(2, 700, 690)] == [(0, 0), (0.5, 0)]
    assert len({cell[1] for cell in equal_cells(3, 700, 690)}) == 2
    assert len({cell[1] for cell in equal_cells(3, 1800, 690)}) == 1


@pytest.mark.parametrize("layers", [("ct",), ("pet",), ("ct", "pet"), ("ct", "pet", "fusion"), ()])
@pytest.mark.parametrize("in_rows", [True, False])
@pytest.mark.parametrize("width", [500, 1500])
def test_layouts_fill_the_area_without_overlap(layers, in_rows, width):
    cells = list(layout(layers, in_rows, width, 600).values())
    assert sum(w * h for _, _, w, h in cells) == pytest.approx(1.0 if layers else 0.0)
    grid = np.zeros((600, 600), int)
    for x, y, w, h in cells:
        grid[round(y * 600) : round((y + h) * 600), round(x * 600) : round((x + w) * 600)] += 1
    assert grid.max(initial=0) <= 1


def test_fused_images_are_never_offered_without_fusion():
    assert {layer for layer, _ in layout(("ct", "pet"), False, 900, 600)} == {"ct", "pet"}
