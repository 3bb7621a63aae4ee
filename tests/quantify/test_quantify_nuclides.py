"""The nuclide table, judged by radioactivedecay (ICRP 107), and how headers find its rows."""

import pytest
import radioactivedecay as rd

from viewer.core.errors import LowfieldError
from viewer.quantify.nuclides import check_text, descendants, identify, match, mentioned, nuclide, table

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


@pytest.mark.parametrize("row", table(), ids=lambda row: row.name)
def test_every_number_in_use_carries_an_uncertainty_and_its_source(row):
    assert row.half_life_uncertainty_s is not None
    assert 0 < row.half_life_uncertainty_s < 0.02 * row.half_life_s
    if row.positron_fraction and row.symbol != "Y-90":  # internal pairs: a textbook value, said to be one
        assert 0 < row.branching_uncertainty < 0.1 * row.positron_fraction
    assert row.symbol == "Tb-149" or row.uncertainty_source == "ENSDF"


def test_149tb_lists_its_prompt_gammas_and_what_it_becomes():
    row = nuclide("149Tb")
    assert row.prompt_gammas[0] == (352.2, 0.294)
    assert [energy for energy, _ in row.prompt_gammas if 435 < energy < 585] == [464.9]
    assert sum(share for _, share in row.decays_to) == pytest.approx(1)
    judge = rd.Nuclide("Tb-149")
    assert dict(row.decays_to) == dict(zip(judge.progeny(), judge.branching_fractions()))


@pytest.mark.parametrize("row", descendants(), ids=lambda row: row.name)
def test_descendants_agree_with_radioactivedecay_and_match_no_header(row):
    judge = rd.Nuclide(row.symbol)
    assert row.half_life_s == pytest.approx(judge.half_life("s"), rel=1e-9)
    assert match(None, "", row.half_life_s) is None


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
        (("TB149", "99LOCAL"), "^149^Terbium", 14824.8, "149Tb", "code"),
        (("X149", "99LOCAL"), "^149^Terbium", 14824.8, "149Tb", "meaning"),
        (("X", "99LOCAL"), "my tracer", 14800.0, "149Tb", "half-life"),
        (("TB149", "99HOSPITAL"), "", None, "149Tb", "code"),
        (("Tb-149", "99X"), "free text", 14832.0, "149Tb", "code"),
        (("XYZ", "SNM3"), "F^18^[^18^Fluorine]", 6586.2, "18F", "meaning"),
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


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Tb149-PSMA-617", "149Tb"), ("[68Ga]Ga-DOTATOC", "68Ga"), ("^18^F-FDG", "18F"), ("Terbium 149", "149Tb"),
        ("89-Zirconium trastuzumab", "89Zr"), ("FDG", None), ("", None), ("PSMA-1007", None),
        ("149Tb and 18F", None),
        ("1149Tb", None), ("99mTc", None), ("C-1149", None), ("I-124", "124I"),
    ],
)  # fmt: skip
def test_free_text_names_a_nuclide_only_where_it_names_one(text, name):
    found = mentioned(text)
    assert (found.name if found else None) == name


def test_free_text_decides_only_where_all_else_is_silent_and_warns_where_it_contradicts():
    found = identify(None, "", None, "149Tb-PSMA")
    assert (found.nuclide.name, found.by, found.warnings) == ("149Tb", "radiopharmaceutical", ())
    told = identify(("C-111A1", "SRT"), "^18^Fluorine", 6586.2, "149Tb-PSMA")
    assert told.nuclide.name == "18F"
    assert "acquired as 18F, is 149Tb" in told.warnings[0]
    by_time = identify(None, "", 6586.2, "149Tb-PSMA")
    assert (by_time.nuclide.name, by_time.by) == ("18F", "half-life")
    assert "means 149Tb" in by_time.warnings[0]
    assert check_text(nuclide("149Tb"), "Tb149") == check_text(nuclide("149Tb"), "FDG") == ()
