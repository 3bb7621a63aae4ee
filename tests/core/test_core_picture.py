import numpy as np
import pydicom
import pytest
from pydicom.data import get_palette_files

from viewer.core.palettes import PALETTES, palette, signed_palette
from viewer.core.picture import (
    auto_window,
    colored,
    enlarged,
    fuse,
    grey,
    hex_color,
    level,
    mask_outline,
    pet_window,
    residual_picture,
    window_between,
    window_range,
)


@pytest.mark.parametrize(("name", "file"), [("Hot Iron", "hotiron.dcm"), ("PET", "pet.dcm")])
def test_palettes_are_those_of_the_standard(name, file):
    path = next(p for p in get_palette_files() if p.endswith("/" + file))
    dataset = pydicom.dcmread(path, force=True)
    for channel, color in enumerate(("Red", "Green", "Blue")):
        expected = np.frombuffer(dataset[f"{color}PaletteColorLookupTableData"].value, np.uint8)
        np.testing.assert_array_equal(palette(name)[:, channel], expected)


@pytest.mark.parametrize("name", PALETTES)
def test_tables_are_complete_and_cannot_be_changed(name):
    table = palette(name)
    assert table.shape == (256, 3)
    with pytest.raises(ValueError, match="read-only"):
        table[0] = 1


def test_the_signed_palette_is_dark_at_zero_and_symmetric_in_lightness():
    luma = signed_palette() @ np.array([0.2126, 0.7152, 0.0722])
    assert luma[127] < 30 and luma[0] > 180 and luma[-1] > 180
    assert abs(luma[0] - luma[-1]) < 25
    assert signed_palette()[0, 2] > signed_palette()[0, 0] and signed_palette()[-1, 0] > signed_palette()[-1, 2]


def test_the_window_is_linear_and_clamped():
    values = np.array([[-100.0, 0.0, 50.0, 100.0, 900.0, np.nan]])
    np.testing.assert_allclose(level(values, (50, 100))[0], [0, 0, 0.5, 1, 1, 0])
    assert window_range(window_between(-3.0, 9.0)) == pytest.approx((-3.0, 9.0))
    rgb = grey(values, (50, 100))
    assert rgb.dtype == np.uint8 and rgb.shape == (1, 6, 3)
    assert rgb[0, 2, 0] == 128 and rgb[0, 3, 0] == 255
    np.testing.assert_array_equal(grey(values, (50, 100), invert=True), 255 - rgb)


def test_a_flat_image_has_a_window():
    low, high = window_range(window_between(7.0, 7.0))
    assert low < high
    assert auto_window(np.zeros((2, 3, 3))) == (0.5, 1.0)
    assert np.isfinite(auto_window(np.full((2, 3, 3), np.nan))).all()


def test_auto_window_ignores_outliers_and_padding():
    values = np.zeros((40, 50, 50))
    values[:, 10:40, 10:40] = np.random.default_rng(1).uniform(100, 200, (40, 30, 30))
    values[0, 0, 0] = 1e9
    low, high = window_range(auto_window(values))
    assert low == 0 and 190 < high < 210


def test_pet_window_starts_at_zero():
    values = np.random.default_rng(1).normal(5, 3, (10, 20, 20))
    low, high = window_range(pet_window(values))
    assert low == pytest.approx(0) and 10 < high < 20


def test_fusion_leaves_ct_alone_where_pet_is_low_or_absent():
    ct = np.full((1, 4, 3), 80, np.uint8)
    pet = np.array([[0.0, 0.9, 50.0, 50.0]])
    inside = np.array([[True, True, True, False]])
    fused = fuse(ct, pet, (50, 100), palette("Hot Iron"), 0.5, inside=inside)
    np.testing.assert_array_equal(fused[0, [0, 1, 3]], 80)
    np.testing.assert_array_equal(fused[0, 2], (ct[0, 2].astype(int) + palette("Hot Iron")[128]) // 2)
    np.testing.assert_array_equal(fuse(ct, pet, (50, 100), palette("PET"), 0.0), ct)


def test_full_opacity_shows_the_table_itself():
    fused = fuse(np.zeros((1, 1, 3), np.uint8), np.array([[100.0]]), (50, 100), palette("PET"), 1.0)
    np.testing.assert_array_equal(fused[0, 0], palette("PET")[255])


def test_the_residual_is_neutral_at_zero_and_signed():
    rgb = residual_picture(np.array([[-3.0, 0.0, 3.0]])).astype(int)
    assert rgb[0, 1].max() < 40
    assert rgb[0, 0, 2] > rgb[0, 0, 0] and rgb[0, 2, 0] > rgb[0, 2, 2]


def test_pixels_outside_look_like_the_lowest_value():
    rgb = colored(np.full((2, 2), 9.0), (5, 10), palette("Inverse grey"), np.array([[True, False]] * 2))
    assert rgb[0, 0, 0] < 40 and (rgb[:, 1] == 255).all()
    outside = residual_picture(np.full((1, 2), 3.0), np.array([[True, False]]))
    assert outside[0, 0].max() > 200 and outside[0, 1].max() < 40


def test_an_outline_is_one_pixel_wide_and_inside():
    mask = np.zeros((9, 9), bool)
    mask[2:7, 2:7] = True
    painted = (mask_outline(np.zeros((9, 9, 3), np.uint8), mask, hex_color("#00ff00")) == (0, 255, 0)).all(-1)
    assert painted.sum() == 16 and not painted[3:6, 3:6].any() and not (painted & ~mask).any()


def test_an_empty_mask_changes_nothing_and_the_picture_is_a_copy():
    rgb = np.full((3, 3, 3), 9, np.uint8)
    outlined = mask_outline(rgb, np.zeros((3, 3), bool), (1, 2, 3))
    np.testing.assert_array_equal(outlined, rgb)
    outlined[:] = 0
    assert (rgb == 9).all()


def test_enlarging_makes_square_pixels():
    rgb = np.zeros((10, 40, 3), np.uint8)
    assert enlarged(rgb, (5.0, 1.0), 200).shape == (200, 160, 3)
