"""From numbers to one sentence, and to the rows of the panel; the limits come from a file."""

import json
from dataclasses import replace

import pytest

from viewer.core.denoised import NoiseEstimate, ResidualReport, Resolution
from viewer.core.errors import LowfieldError
from viewer.core.paths import resources
from viewer.denoise import verdict
from viewer.denoise.trust_words import resolution_text, signed, trust_rows

REPORT = ResidualReport(
    0.0, 0.9, 0.0, (-0.05, -0.04), 11.0, verdict.NOT_JUDGED, expected_sd=0.9, expected_whiteness=(-0.05, -0.04),
    spot_z=2.0, spot_chance_z=4.4, spot_index=(0, 0, 0), local_excess_z=3.0, sigma_ratio=1.0,
)  # fmt: skip
LIMITS = {name: {"low": -0.1, "high": 0.1} for name in ("spread", "leak", "whiteness", "sigma")}
LIMITS |= {"spot": {"low": -1, "high": 0.9}, "local": {"low": -1, "high": 15}}


@pytest.fixture(autouse=True)
def limits(tmp_path, monkeypatch):
    (tmp_path / "trust.json").write_text(json.dumps({"measures": LIMITS}))
    monkeypatch.setattr(verdict, "resources", lambda: tmp_path)
    verdict.usual.cache_clear()
    yield tmp_path / "trust.json"
    verdict.usual.cache_clear()


def test_what_looks_like_good_results_is_good():
    report = verdict.judged(REPORT)
    assert report.grade == "good" and report.verdict == verdict.GOOD and report.reasons == ()
    assert verdict.score(REPORT) < 1


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"sd": 1.05}, "sigma is too low, or structure"),
        ({"sd": 0.75}, "probably too high"),
        ({"structure_correlation": 0.15}, "weakened"),
        ({"structure_correlation": -0.15}, "left-over noise or made up"),
        ({"whiteness": (0.1, -0.04)}, "hangs together more"),
        ({"whiteness": (-0.05, -0.19)}, "hangs together less"),
        ({"spot_z": 5.0}, "in one place"),
        ({"local_excess_z": 20.0}, "error map"),
        ({"sigma_ratio": 1.15}, "louder"),
        ({"sigma_ratio": 0.85}, "quieter"),
    ],
)
def test_what_is_unusual_asks_for_a_comparison_and_says_why(changes, word):
    report = verdict.judged(replace(REPORT, **changes))
    assert report.grade == "caution" and report.verdict.startswith("Compare with the original:")
    assert word in report.verdict and len(report.reasons) == 1


def test_twice_as_far_is_doubtful_and_the_worst_reason_comes_first():
    report = verdict.judged(replace(REPORT, structure_correlation=0.12, spot_z=12.0))
    assert report.grade == "doubtful" and report.verdict.startswith("Do not rely on this result: in one place")
    assert "weakened" in report.reasons[1]


def test_a_low_snr_is_said_though_all_else_is_well():
    assert "SNR is low" in verdict.judged(replace(REPORT, input_snr=3.0)).verdict


def test_without_a_second_run_there_is_no_grade():
    report = verdict.judged(replace(REPORT, expected_sd=None))
    assert report.grade == "unknown" and report.verdict == verdict.NOT_JUDGED and verdict.score(report) == 0


def test_limits_that_cannot_be_read_are_an_error(limits):
    limits.write_text('{"measures": {"spread": {"low": 1}}}')
    verdict.usual.cache_clear()
    with pytest.raises(LowfieldError, match="cannot be read"):
        verdict.judged(REPORT)


def test_the_shipped_limits_enclose_a_faithful_denoiser_and_say_where_they_come_from():
    document = json.loads((resources() / "trust.json").read_text())
    assert set(document["measures"]) == set(verdict.measures(REPORT))
    assert all(each["low"] < 0 < each["high"] for each in document["measures"].values())
    assert {"command", "model", "volumes", "date"} <= set(document["provenance"])


def test_rows_give_every_value_beside_what_is_expected():
    noise = NoiseEstimate(2.0, "background", "air", 0.9)
    rows = {row.name: row.value for row in trust_rows(REPORT, noise, "mV")}
    assert rows["Taken away"] == "0.90 σ (expected 0.90)"
    assert rows["Whiteness"] == "rows −0.05 (expected −0.05), columns −0.04 (expected −0.04)"
    assert rows["Sigma"].startswith("2 mV, measured in the background, confidence 90%")
    assert rows["Error left"] == rows["Resolution"] == "not measured"
    nothing = trust_rows(ResidualReport(0, 0, 0, (0, 0), 0, verdict.TOO_LITTLE), noise)
    assert [row.name for row in nothing] == ["Sigma"]


def test_numbers_are_written_with_a_true_minus_and_no_sign_at_zero():
    assert (signed(-0.126), signed(0.126), signed(-0.001)) == ("−0.13", "+0.13", "0.00")
    assert resolution_text(Resolution(2.04, 1.6)) == "2.0 → 1.6 mm"
    assert resolution_text(Resolution(2.04, None)) == "2.0 → not measurable"
    assert resolution_text(Resolution(None, None, "Too noisy.")) == "Too noisy."
