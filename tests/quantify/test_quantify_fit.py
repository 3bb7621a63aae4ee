"""Curves through time–activity points: recovered truths, honest intervals, and refusals."""

import math

import numpy as np
import pytest
from scipy import stats
from scipy.optimize import curve_fit

from viewer.core.errors import LowfieldError
from viewer.quantify import fit as fit_module
from viewer.quantify.fit import aicc, fit_curve
from viewer.quantify.fit_choice import choose_curve
from viewer.quantify.fit_models import MODELS, curve_at

HOUR, HALF_LIFE = 3600.0, 14824.8
RATE = math.log(2) / HALF_LIFE
TIMES = np.array([0.25, 0.5, 1, 1.5, 2, 3, 5, 8, 12]) * HOUR
BI = (np.array([6000.0, 4000.0]), math.log(2) / HOUR / np.array([0.8, 4.0]))
UPTAKE = (np.array([6000.0, -6000.0]), math.log(2) / HOUR / np.array([3.5, 0.5]))


def test_an_exact_bi_exponential_is_recovered():
    y = curve_at(TIMES, *BI)
    fit = fit_curve(TIMES, y, 0.02 * y, "bi", HALF_LIFE)
    np.testing.assert_allclose(fit.amplitudes_bq_ml, BI[0], rtol=1e-5)
    np.testing.assert_allclose(fit.rates_per_s, BI[1], rtol=1e-5)
    assert fit.chi_squared == pytest.approx(0, abs=1e-8)
    assert fit.widened_by == 1 and fit.degrees_of_freedom == 5


def test_the_faster_exponential_comes_first_whatever_the_order_of_the_points():
    y = curve_at(TIMES, *BI)
    mixed = np.random.default_rng(3).permutation(len(TIMES))
    fit = fit_curve(TIMES[mixed], y[mixed], 0.02 * y[mixed], "bi", HALF_LIFE)
    assert fit.rates_per_s[0] > fit.rates_per_s[1]
    np.testing.assert_allclose(fit.rates_per_s, BI[1], rtol=1e-5)


def test_exponentials_found_in_the_other_order_are_named_by_their_rates(monkeypatch):
    y = curve_at(TIMES, *BI)
    slow_first = np.log([0.35, BI[1][1], 0.55, BI[1][0]])
    monkeypatch.setattr(fit_module, "starts", lambda *_: [slow_first])
    fit = fit_curve(TIMES, y, 0.02 * y, "bi", HALF_LIFE)
    np.testing.assert_allclose(fit.rates_per_s, BI[1], rtol=1e-5)
    monkeypatch.undo()
    usual = fit_curve(TIMES, y, 0.02 * y, "bi", HALF_LIFE)
    np.testing.assert_allclose(fit.covariance, usual.covariance, rtol=1e-3)


def test_covariance_and_minimum_agree_with_scipys_curve_fit():
    """An independent call in linear parameters: same minimum, and intervals that agree to first order."""
    rng = np.random.default_rng(7)
    truth = curve_at(TIMES, [5000.0], [2 * RATE])
    u = 0.02 * truth
    y = truth + rng.normal(0, u)
    fit = fit_curve(TIMES, y, u, "mono", HALF_LIFE)
    best, covariance = curve_fit(
        lambda t, a, r: a * np.exp(-r * t * RATE), TIMES, y, (4000, 1), sigma=u, absolute_sigma=True
    )
    assert fit.amplitudes_bq_ml[0] == pytest.approx(best[0], rel=1e-6)
    assert fit.rates_per_s[0] == pytest.approx(best[1] * RATE, rel=1e-6)
    relative = np.sqrt(np.diag(covariance)) / best * fit.widened_by
    np.testing.assert_allclose(np.sqrt(np.diag(fit.covariance)), relative, rtol=1e-4)
    for parameter in fit.parameters:
        assert parameter.low < parameter.value < parameter.high
    assert [parameter.unit for parameter in fit.parameters] == ["Bq/mL", "1/s"]


@pytest.mark.parametrize(
    ("key", "truth", "times", "noise"),
    [("bi", BI, TIMES, 0.03), ("uptake", UPTAKE, np.array([0.5, 1, 3, 6]) * HOUR, 0.03)],
)
def test_intervals_hold_the_truth_as_often_as_they_say(key, truth, times, noise):
    """40 seeded simulations: 38 ± 1.4 hits are due (binomial), so below 33 is 3.6 of those away."""
    rng, clean = np.random.default_rng(149), curve_at(times, *truth)
    wanted = [truth[0][0], truth[1][0], *([truth[0][1], truth[1][1]] if key == "bi" else [truth[1][1]])]
    hits = np.zeros(len(wanted))
    for _ in range(40):
        y = clean + rng.normal(0, noise * clean)
        fit = fit_curve(times, y, noise * clean, key, HALF_LIFE)
        hits += [p.low <= w <= p.high for p, w in zip(fit.parameters, wanted, strict=True)]
    assert (hits >= 33).all(), hits


def test_points_that_scatter_more_than_they_should_widen_the_intervals():
    y = curve_at(TIMES, [5000.0], [2 * RATE]) * np.where(np.arange(len(TIMES)) % 2, 1.1, 0.9)
    told, honest = (fit_curve(TIMES, y, share * y, "mono", HALF_LIFE) for share in (0.01, 0.1))
    assert told.widened_by > 5 and honest.widened_by == 1
    assert told.p_value < 0.05 < honest.p_value
    for fit in (told, honest):
        expected = stats.chi2.sf(fit.chi_squared, fit.degrees_of_freedom)
        assert fit.p_value == pytest.approx(expected, rel=1e-12, abs=0)
    widened = fit_module.math.sqrt(told.covariance[0, 0])
    assert widened == pytest.approx(math.sqrt(honest.covariance[0, 0]), rel=0.3)


def test_aicc_is_akaikes():
    assert aicc(3.0, 2, 6) == pytest.approx(3 + 4 + 12 / 3)
    assert aicc(3.0, 4, 5) is None


def test_too_few_points_are_refused():
    y = curve_at(TIMES[:4], *BI)
    with pytest.raises(LowfieldError, match="bi-exponential curve needs at least 5 time points; there are 4"):
        fit_curve(TIMES[:4], y, 0.01 * y, "bi", HALF_LIFE)


def test_points_that_do_not_determine_the_curve_are_refused():
    y = curve_at(TIMES, [5000.0], [2 * RATE])
    with pytest.raises(LowfieldError, match="do not determine a bi-exponential"):
        fit_curve(TIMES, y, 0.05 * y, "bi", HALF_LIFE)


def test_a_fit_that_does_not_converge_is_refused(monkeypatch):
    def stuck(*args, **options):
        return type("Stuck", (), {"success": False})()

    monkeypatch.setattr(fit_module, "least_squares", stuck)
    with pytest.raises(LowfieldError, match="does not converge"):
        fit_curve(TIMES, curve_at(TIMES, *BI), np.ones(len(TIMES)), "bi", HALF_LIFE)


@pytest.mark.parametrize(
    ("t", "y", "u", "says"),
    [
        ([1, 2], [1, 2], [1, 0], "above zero"),
        ([1, math.nan], [1, 2], [1, 1], "above zero"),
        ([-1, 2], [1, 2], [1, 1], "before the injection"),
        ([2, 2], [1, 2], [1, 1], "same time"),
        ([1, 2], [0, -1], [1, 1], "no activity above zero"),
    ],
)
def test_impossible_points_are_refused(t, y, u, says):
    for key in ("physical", "auto"):
        with pytest.raises(LowfieldError, match=says):
            choose_curve(t, y, u, HALF_LIFE, key)


def test_unequal_numbers_of_points_are_a_bug():
    with pytest.raises(ValueError, match="as many"):
        fit_curve([1, 2], [1], [1], "physical", HALF_LIFE)
    with pytest.raises(ValueError, match="at least one"):
        fit_curve([], [], [], "physical", HALF_LIFE)


def test_an_unknown_curve_is_refused():
    with pytest.raises(LowfieldError, match=r"'tri' is not known.*auto, physical, mono, uptake, bi"):
        choose_curve([1], [1], [1], HALF_LIFE, "tri")


def choose(curve, times, noise=0.02, key="auto"):
    y = curve_at(times, *curve)
    return choose_curve(times, y, noise * y, HALF_LIFE, key)


def test_auto_prefers_the_curve_that_made_the_points():
    assert choose(([5000.0], [RATE]), TIMES).model == "physical"
    assert choose(([5000.0], [2 * RATE]), TIMES).model == "mono"
    assert choose(UPTAKE, TIMES).model == "uptake"
    best = choose(BI, TIMES)
    assert best.model == "bi" and best.choice == "lowest AICc"
    assert [each.model for each in best.candidates] == [model.title for model in MODELS.values()]
    ranked = [each.aicc for each in best.candidates if each.aicc is not None]
    assert min(ranked) == best.aicc


def test_few_points_leave_the_simple_curve_only_for_a_reason():
    one = choose(([5000.0], [2 * RATE]), TIMES[:1])
    assert one.model == "physical" and one.choice == "the simplest; AICc needs more points"
    assert one.p_value is None
    alike = choose(([5000.0], [RATE]), TIMES[[1, 6]])
    assert alike.model == "physical"
    washed = choose(([5000.0], [2 * RATE]), TIMES[[1, 6]])
    assert washed.model == "mono" and washed.choice.endswith("χ² rejects physical decay only")
    taken_up = choose(UPTAKE, np.array([0.5, 2, 5, 9]) * HOUR)
    assert taken_up.model == "uptake" and "AICc cannot rank it" in taken_up.choice
    assert "AICc needs 5 points" in [each.reason for each in taken_up.candidates]


def test_a_misfit_without_a_better_curve_is_said():
    y = np.array([1000.0, 3000.0, 800.0, 3500.0, 400.0, 2500.0, 900.0, 2000.0, 100.0])
    fit = choose_curve(TIMES, y, 0.01 * y, HALF_LIFE)
    assert fit.widened_by > 1 and "scatter more" in fit.warnings[0]


def test_what_was_asked_for_is_taken():
    assert choose(([5000.0], [RATE]), TIMES, key="mono").choice == "as asked for"


def test_nothing_that_fits_is_said(monkeypatch):
    def refuse(*args):
        raise LowfieldError("no")

    monkeypatch.setattr("viewer.quantify.fit_choice.fit_curve", refuse)
    with pytest.raises(LowfieldError, match="No curve could be fitted"):
        choose_curve([1], [1], [1], HALF_LIFE)
