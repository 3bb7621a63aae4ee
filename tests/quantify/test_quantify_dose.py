"""Absorbed dose: the figures of facts/tb149-pet §6, the energies behind them, the daughters, the density."""

import math

import numpy as np
import pytest
import radioactivedecay as rd

from viewer.core.errors import LowfieldError
from viewer.core.measurement import UncertaintyTerm
from viewer.quantify.dose import absorbed_dose, daughters, exclusions
from viewer.quantify.dose_constants import density_curve, density_g_ml, dose_constants

TB149 = dose_constants("Tb-149")
HALF_LIFE = 14824.8
KBQ_ML_DECAYED = 1000 * HALF_LIFE / math.log(2)
MEV = 1.602176634e-13
"""J, exact by definition of the SI."""


def test_one_becquerel_decays_21388_times():
    assert HALF_LIFE / math.log(2) == pytest.approx(21388, abs=0.5)


def test_the_constants_are_the_energies_in_joule():
    assert TB149.alpha_gy_kg == pytest.approx(1.091e-13, rel=5e-4)
    assert TB149.electron_gy_kg == pytest.approx(1.395e-14, rel=5e-4)
    assert TB149.alpha_gy_kg == pytest.approx((0.6627 + 0.0183) * MEV, rel=1e-12)
    assert TB149.electron_gy_kg == pytest.approx((0.0519 + 0.0282 + 0.0070) * MEV, rel=1e-12)


def test_prismap_states_the_same_energies_within_five_percent():
    """PRISMAP's page on 149Tb: 662 keV alpha, 18 keV recoil, 84 keV electrons, 1286 keV photons per decay."""
    assert TB149.alpha_gy_kg / MEV == pytest.approx(0.662 + 0.018, rel=0.005)
    assert TB149.electron_gy_kg / MEV == pytest.approx(0.084, rel=0.05)
    assert sum(mev for _, mev in TB149.excluded_mev) == pytest.approx(1.286, rel=0.06)


def test_one_kbq_per_ml_decaying_physically():
    dose = absorbed_dose(KBQ_ML_DECAYED, TB149)
    assert 1e3 * dose.alpha_gy == pytest.approx(2.33, abs=0.005)
    assert 1e3 * dose.electron_gy == pytest.approx(0.30, abs=0.005)
    assert 1e3 * dose.weighted_gy == pytest.approx(11.97, abs=0.005)
    assert dose.total_gy == pytest.approx(dose.alpha_gy + dose.electron_gy)
    assert dose.density_source == "1 g/mL assumed"


def test_rbe_weighs_alpha_only_and_density_divides():
    one, three = absorbed_dose(1e7, TB149, rbe=1), absorbed_dose(1e7, TB149, rbe=3, density_g_ml=2.0)
    assert one.weighted_gy == pytest.approx(one.total_gy)
    assert three.total_gy == pytest.approx(one.total_gy / 2)
    assert three.weighted_gy == pytest.approx((3 * one.alpha_gy + one.electron_gy) / 2)


def test_uncertainties_add_in_quadrature():
    terms = (UncertaintyTerm("fit", 0.03), UncertaintyTerm("branching", 0.04))
    dose = absorbed_dose(1e7, TB149, terms=terms, not_included=("calibration",))
    assert dose.relative_uncertainty == pytest.approx(0.05)
    assert dose.not_included[0] == "calibration" and "the RBE" in dose.not_included
    assert absorbed_dose(1e7, TB149).relative_uncertainty == 0


@pytest.mark.parametrize(
    ("integral", "changes", "says"),
    [
        (1e7, {"rbe": 0.0}, "RBE"),
        (1e7, {"density_g_ml": -1.0}, "density"),
        (1e7, {"density_g_ml": math.inf}, "density"),
        (-1.0, {}, "time-integrated"),
        (math.nan, {}, "time-integrated"),
    ],
)
def test_impossible_numbers_are_refused(integral, changes, says):
    with pytest.raises(LowfieldError, match=says):
        absorbed_dose(integral, TB149, **changes)


def test_a_nuclide_without_constants_is_refused_by_name():
    with pytest.raises(LowfieldError, match=r"No dose constants of 18F.*149Tb"):
        dose_constants("F-18")


def test_daughters_against_radioactivedecay():
    found = {each.name: each for each in daughters(TB149, 1e6)}
    assert 1e3 * found["149Gd"].per_bq == pytest.approx(15.4, abs=0.05)
    assert 1e3 * found["145Eu"].per_bq == pytest.approx(4.8, abs=0.05)
    # After one minute nothing of the daughters has decayed: what is there is what so many decays have left.
    after = rd.Inventory({"Tb-149": 1.0}, "Bq").decay(60.0, "s").activities("Bq")
    decays = (1 - after["Tb-149"]) * HALF_LIFE / math.log(2)
    for each in daughters(TB149, decays):
        symbol = f"{each.name[3:]}-{each.name[:3]}"
        assert each.total_bq == pytest.approx(after[symbol], rel=1e-4)
    assert daughters(TB149)[0].total_bq is None


def test_what_is_left_out_is_named():
    photons, grown = exclusions(TB149)
    assert "1.361 MeV" in photons and "gamma rays" in photons and "0.7681 MeV" in photons
    assert "149Gd 15.4 mBq" in grown and "145Eu 4.8 mBq" in grown


def test_document_says_where_the_numbers_come_from():
    document = TB149.document()
    assert (
        document["nuclide"] == "149Tb" and "ICRP" in document["source"] and "PRISMAP" in document["other_values"]
    )
    assert document["deposited_locally_mev"]["alpha particles"] == 0.6627
    assert document["excluded_mev"]["gamma rays"] == 1.255
    assert document["alpha_gy_kg_per_bq_s"] == TB149.alpha_gy_kg


def test_density_follows_the_curve_of_schneider():
    hu, g_ml, source = density_curve()
    np.testing.assert_allclose(density_g_ml(hu), g_ml)
    assert density_g_ml(0) == pytest.approx(1.018, abs=0.002)  # 1.018 + 0.893e-3·HU for soft tissue
    assert density_g_ml(1000) == pytest.approx(1.017 + 0.592, abs=0.002)  # 1.017 + 0.592e-3·HU for bone
    assert density_g_ml([-2000, 4000]).tolist() == [0.00121, 2.8]
    assert "Schneider" in source
