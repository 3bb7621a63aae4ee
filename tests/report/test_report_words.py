"""Numbers, dates and scripts as they are printed."""

import unicodedata

import pytest

from viewer.report import words
from viewer.report.fonts import BOLD, TEXT, Typesetter
from viewer.report.righttoleft import drawn


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "–"), (float("nan"), "–"), (0, "0.000"), (-0.0, "0.000"), (1234.567, "1235"), (12345.6, "12 346"),
        (9999.6, "10 000"), (9.99996, "10.00"), (0.0123456, "0.01235"), (-3.14159, "−3.142"),
        (1.23456e-7, "1.235 × 10⁻⁷"),
        (-2e9, "−2.000 × 10⁹"),
    ],
)  # fmt: skip
def test_four_significant_digits_and_no_whole_digit_lost(value, text):
    assert words.significant(value) == text.replace(" ", "\xa0") if "×" not in text else text


def test_a_column_shares_decimals_but_small_numbers_keep_three_digits():
    assert words.column([3.90061, 0.49401, 0.0093912, None, 0.0]) == ("3.901", "0.494", "0.00939", "–", "0.000")
    assert words.column([181.987, 5.7812, 0.0041]) == ("182.0", "5.78", "0.0041")
    assert words.column([182.0, 1e-7, -1e-7, 0.0]) == ("182.0", "<0.0001", f">{words.MINUS}0.0001", "0.0")
    assert words.column([None]) == ("–",)


def test_dates_and_durations():
    assert words.day("20260504") == "2026-05-04" and words.day("1962") == "1962"
    assert words.moment("2026-05-04T12:00:00.25") == "2026-05-04 12:00:00" and words.moment(None) == "–"
    assert words.moment("2026-05-04T12:00:00+02:00") == "2026-05-04 12:00:00 UTC+02:00"
    assert (
        words.moment("2026-05-04T12:00:00+00:00") == "2026-05-04 12:00:00 UTC" and words.moment("soon") == "soon"
    )
    assert (words.duration(1200), words.duration(90.5), words.duration(None)) == ("20 min", "90.5 s", "–")
    assert words.half_life(14824.8) == "14824.8 s (4.118 h)" and words.half_life(122.24) == "122.24 s (2.037 min)"
    assert words.percent(0.041958) == "4.2 %"


def test_arabic_letters_join_and_run_from_right_to_left():
    # Muhammad: initial meem, medial hah, medial meem, final dal; drawn from the left it starts with the dal.
    assert drawn("محمد") == "\ufeaa\ufee4\ufea4\ufee3"
    assert drawn("لا") == "\ufefb"
    assert drawn("سلام") == "\ufee1\ufefc\ufeb3"
    assert drawn("گچ") == "\ufb7b\ufb94"


def test_alef_and_dal_do_not_join_what_follows():
    assert drawn("دار") == "\ufead\ufe8d\ufea9"


def test_runs_turn_around_within_latin_text_and_numbers_do_not():
    assert drawn("ID 12 שלום (34) עולם x") == "ID 12 םלוע (34) םולש x"
    assert drawn("Müller 山田") == "Müller 山田"


@pytest.mark.parametrize(
    "text",
    ["Zoë Ångström", "Жанна", "Ελλάδα", "Nguyễn", "山田 太郎", "김하늘", "やまだ",
     "שלום", "محمد علي", "Հայ", "ქართ", "⁻⁷ → ≥ σ λ"],
)  # fmt: skip
def test_these_scripts_have_glyphs(text):
    typeset = Typesetter()
    typeset(text)
    typeset(text, BOLD)
    assert not typeset.missing


def test_a_script_without_a_font_is_printed_as_numbers_and_counted():
    typeset = Typesetter()
    assert typeset("नम A") == "[U+0928][U+092E] A"
    assert typeset.missing == {"न", "म"}


def test_markup_is_escaped_and_controls_cannot_reorder_a_name():
    typeset = Typesetter()
    assert typeset("<b>&\n\u202eabc\u200b\x07") == "&lt;b&gt;&amp; abc"
    assert typeset("a→b", TEXT) == 'a<font name="DejaVuSans">→</font>b'
    assert typeset(unicodedata.normalize("NFD", "é")) == "é"
