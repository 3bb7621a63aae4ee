"""The nuclide table, judged by radioactivedecay (ICRP 107), and how headers find its rows."""

import pytest
import radioactivedecay as rd

from viewer.core.errors import LowfieldError
from viewer.quantify.nuclides import identify, match, nuclide, table

POSITRONS_FROM_DAUGHTER_OR_PAIRS = ("Ge-68", "Y-90")


@pytest.mark.parametrize("row", table(), ids=lambda row: row.name)
def test_half_lives_and_branchings_agree_with_radioactivedecay(row):
    judge = rd.Nuclide(row.symbol)
    assert row.half_life_s == pytest.approx(judge.half_life("s"), rel=1e-9)
    branches = zip(judge.decay_modes(), judge.branching_fractions())
    most = sum(fraction for mode, fraction in branches if "β+" in mode)
    if row.symbol not in POSITRONS_FROM_DAUGHTER_OR_PAIRS:
        assert row.positron_fraction <= most
        assert (row.positron_fraction > 0) == (most > 0)


def test_149tb_carries_its_uncertainties_and_other_values():
    row = nuclide("149Tb")
    assert (row.positron_fraction, row.branching_uncertainty) == (0.0715, 0.003)
    assert row.half_life_uncertainty_s == pytest.approx(0.025 * 3600)
    assert 0.071 in dict(row.alternatives)
    assert "PRISMAP" in row.source
    assert row.codes == ()


def test_the_table_holds_each_nuclide_once_and_says_whence():
    rows = table()
    assert len({row.symbol for row in rows}) == len(rows) >= 20
    codes = [code for row in rows for code in row.codes]
    assert len(set(codes)) == len(codes)
    assert all(row.source for row in rows)


@pytest.mark.parametrize("name", ["149Tb", "Tb-149", "Tb149", "tb-149", "^149^Terbium", "Terbium 149"])
def test_names_of_149tb(name):
    assert nuclide(name).name == "149Tb"


@pytest.mark.parametrize("name", ["", "Tb", "149", "150Tb", "18F-FDG", "technetium"])
def test_unknown_names_are_refused(name):
    with pytest.raises(LowfieldError, match=r"not in the table.*Known are 18F"):
        nuclide(name)


@pytest.mark.parametrize(
    ("code", "meaning", "half_life", "name", "by"),
    [
        (("77004003", "SCT"), "", None, "18F", "code"),
        (("C-111A1", "SRT"), "^18^Fluorine", 6588.0, "18F", "code"),
        (("C-111A1", "99SDM"), "", 6586.2, "18F", "code"),
        (("C-111A1", "SNM3"), "", 6586.2, "18F", "code"),
        (("126606", "DCM"), "", None, "152Tb", "code"),
        (("TB149", "99LOCAL"), "^149^Terbium", 14824.8, "149Tb", "meaning"),
        (("X", "99LOCAL"), "my tracer", 14800.0, "149Tb", "half-life"),
        (None, "", 4080.0, "68Ga", "half-life"),
        (None, "", 4057.7, "68Ga", "half-life"),
        # A public reference object carries the code of 66Ga with the meaning and half-life of 68Ga.
        (("C-131A1", "SRT"), "^68^Gallium", 4057.7, "68Ga", "meaning"),
    ],
)
def test_code_then_meaning_then_half_life(code, meaning, half_life, name, by):
    found = identify(code, meaning, half_life)
    assert (found.nuclide.name, found.by, found.warnings) == (name, by, ())
    assert match(code, meaning, half_life) == found.nuclide


def test_a_header_that_says_nothing_or_something_strange_matches_nothing():
    assert match(None, "", None) is None
    assert match(None, "", 5000.0) is None
    assert match(("126606", "SCT"), "^99m^Technetium", None) is None


def test_a_half_life_a_little_off_is_warned_about():
    (warning,) = identify(("126600", "DCM"), "", 4.042 * 3600).warnings
    assert "1.8 % off that of 44Sc" in warning
    assert identify(None, "^18^Fluorine", 6586.2 * 1.00499).warnings == ()
    assert identify(None, "^18^Fluorine", 6586.2 * 1.00501).warnings != ()


@pytest.mark.parametrize(
    ("meaning", "half_life", "match_text"),
    [
        ("^18^Fluorine", 14824.8, "that of 149Tb, not of 18F"),
        ("^18^Fluorine", 109.77, "cannot be that of 18F"),
        ("^18^Fluorine", 6586.2 * 1.06, "cannot be that of 18F"),
        ("^44^Scandium", 14824.8, "that of 149Tb, not of 44Sc"),
    ],
)
def test_a_half_life_that_contradicts_the_name_is_refused(meaning, half_life, match_text):
    with pytest.raises(LowfieldError, match=match_text):
        identify(None, meaning, half_life)


def test_code_and_meaning_that_disagree_are_settled_by_the_half_life_or_refused():
    found = identify(("C-111A1", "SRT"), "^68^Gallium", 4062.6)
    assert (found.nuclide.name, found.by) == ("68Ga", "half-life")
    assert "disagree (18F and 68Ga)" in found.warnings[0]
    for half_life in (None, 1223.4):
        with pytest.raises(LowfieldError, match="disagree: 18F and 68Ga"):
            identify(("C-111A1", "SRT"), "^68^Gallium", half_life)
