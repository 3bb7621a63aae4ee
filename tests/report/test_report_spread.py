"""The tables of distribution and uncertainty."""

from dataclasses import replace

from viewer.core.measurement import EXACT, MeanUncertainty, Measurement, Statistics, UncertaintyTerm
from viewer.report.spread import spread_tables

NUMBERS = Statistics(
    9, 2000.0, 100.0, 1000.0, 3000.0, 2000.0, 2500.0, 2400.0, 1100.0, 1200.0, 1300.0, 2300.0, 2600.0, 2900.0,
    0.25, -0.5, 80.0, 60.0, 79.0, 1e6, 2002.0,
)  # fmt: skip
TERMS = (UncertaintyTerm("image noise", 0.03), UncertaintyTerm("positron fraction of 149Tb", 0.04))
TOLD = MeanUncertainty(100.0, 0.05, 1800.0, 2200.0, "Bq/mL", TERMS, ("scatter model",))
PET = Measurement("lesion", 9, 1.0, "1.7", activity=NUMBERS, suv_bw=NUMBERS, tlg_g=3.5, uncertainty=TOLD)


def test_distribution_and_uncertainty_of_activity_in_kbq():
    spread, known = spread_tables([PET])
    assert spread.title.endswith("kBq/mL")
    row = dict(zip(spread.header, spread.rows[0]))
    assert (row["1 mL peak"], row["P10"], row["CoV"], row["Kurtosis"]) == (
        "2.400",
        "1.200",
        "0.0500",
        "\u22120.500",
    )
    assert row["TLG g"] == "3.500"
    assert known.rows == (
        ("lesion", "2.000", "1.800 to 2.200", "5.0 %", "image noise 3.0 %, positron fraction of 149Tb 4.0 %"),
    )
    assert known.note == "not included: scatter model"


def test_ct_in_hu_and_exact_rois_are_named():
    ct = Measurement("lesion", 9, 1.0, "1.8", unit="HU", values=NUMBERS, weighting=EXACT)
    (table,) = spread_tables([ct])
    assert (
        table.title.endswith("HU") and "exact partial volume: lesion" in table.note and "TLG g" not in table.header
    )
    bare = replace(ct, unit="", values=Statistics(1, 2.0, 0.0, 2.0, 2.0, 2.0))
    assert spread_tables([bare, Measurement("none", 0, 0.0, "1.9")]) == ()
    assert spread_tables([replace(ct, unit="")])[0].title == "Distribution (IBSI first order)"
    told = replace(ct, unit="", uncertainty=replace(TOLD, not_included=()))
    assert spread_tables([told])[1].title == "Uncertainty of the mean" and spread_tables([told])[1].note == ""
