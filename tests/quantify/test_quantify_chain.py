"""What 149Tb becomes, judged by radioactivedecay in high precision."""

import pytest
import radioactivedecay as rd
from hypothesis import given, settings
from hypothesis import strategies as st

from viewer.core.errors import LowfieldError
from viewer.quantify.chain import activities, chain, daughters_positron_share
from viewer.quantify.nuclides import nuclide

TB = nuclide("149Tb")


def judged(hours: float, inventory: type = rd.Inventory) -> dict[str, float]:
    found = inventory({"Tb-149": 1.0}, "Bq").decay(hours, "h").activities("Bq")
    return {f"{symbol.split('-')[1]}{symbol.split('-')[0]}": float(value) for symbol, value in found.items()}


@pytest.mark.parametrize("hours", [1e-3, 24, 5000])
def test_ingrowth_agrees_with_radioactivedecay_in_high_precision(hours):
    expected = judged(hours, rd.InventoryHP)
    for name, value in activities(TB, hours * 3600).items():
        assert value == pytest.approx(expected[name], rel=1e-7, abs=1e-30), name


@settings(max_examples=20, deadline=None)
@given(st.floats(0, 1000))
def test_ingrowth_at_any_time(hours):
    found, expected = activities(TB, hours * 3600), judged(hours)
    assert found == pytest.approx({name: expected[name] for name in found}, rel=1e-7, abs=1e-12)


def test_the_published_ingrowth_of_fully_decayed_149tb():
    # facts/tb149-pet section 2: 15.4 mBq 149Gd and 4.8 mBq 145Eu per Bq, daughters' own decay left out.
    late = activities(TB, 15 * TB.half_life_s)
    days = 15 * TB.half_life_s / 86400
    assert late["149Gd"] * 2 ** (days / 9.28) == pytest.approx(15.4e-3, rel=0.03)
    assert late["145Eu"] * 2 ** (days / 5.93) == pytest.approx(4.8e-3, rel=0.04)


def test_the_chain_comes_in_order_and_a_nuclide_without_daughters_is_alone():
    assert [row.name for row in chain(TB)] == ["149Tb", "149Gd", "145Eu", "149Eu", "145Sm", "145Pm"]
    assert activities(nuclide("18F"), 6586.2) == {"18F": pytest.approx(0.5)}


def test_145eu_takes_over_the_positrons_after_days():
    assert daughters_positron_share(TB, 0) == 0
    assert daughters_positron_share(TB, 3600) < 3e-4
    # 24 h on: 145Eu 4.34 mBq at 2.0 % against 149Tb 17.6 mBq at 7.15 %.
    assert daughters_positron_share(TB, 86400) == pytest.approx(
        1 / (1 + 0.0176025 * 0.0715 / (0.00433956 * 0.02)), rel=0.01
    )
    assert daughters_positron_share(TB, 10 * 86400) > 0.99
    assert daughters_positron_share(nuclide("155Tb"), 60) == 0


@pytest.mark.parametrize("elapsed", [-1.0, float("nan"), float("inf")])
def test_impossible_times_are_refused(elapsed):
    with pytest.raises(LowfieldError, match="Daughters"):
        activities(TB, elapsed)
