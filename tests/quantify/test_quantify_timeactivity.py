"""When an ROI held what, how well that is known, and the time integral against numerical integration."""

import math
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest
import radioactivedecay as rd
from scipy.integrate import quad

from tests.quantify.conftest import NOON, make_acquisition
from viewer.core.errors import LowfieldError
from viewer.core.measurement import MeanUncertainty, Measurement, Statistics, UncertaintyTerm
from viewer.core.pet import PetFrame
from viewer.quantify.fit import fit_curve
from viewer.quantify.fit_models import curve_at
from viewer.quantify.timeactivity import declaration_of, linear_weights, mean_time, mean_uncertainty
from viewer.quantify.timeactivity_integral import TAIL, UPTAKE, integrate
from viewer.quantify.uncertainty import IMAGE_NOISE

HOUR, HALF_LIFE = 3600.0, 14824.8
RATE = math.log(2) / HALF_LIFE
TIMES = np.array([0.5, 1, 2, 4, 7, 12]) * HOUR
FAR = 60 * HALF_LIFE


def total(function, *breaks):
    return quad(function, 0, FAR, points=breaks, limit=500)[0]


def test_the_mean_activity_of_a_frame_is_present_at_its_effective_time():
    """20 min of 149Tb: T_ave = 597.19 s (facts §3)."""
    acquisition = make_acquisition(nuclide_code=None, nuclide_meaning="^149^Terbium", half_life_s=HALF_LIFE)
    at = mean_time(acquisition, [0, 1, 2], declaration_of(acquisition))
    assert (at - NOON).total_seconds() == pytest.approx(597.19, abs=0.01)


def test_beds_are_weighted_by_their_voxels():
    frames = (PetFrame(NOON, 120.0), PetFrame(NOON + timedelta(minutes=10), 120.0))
    acquisition = make_acquisition(frames=frames)
    declared = declaration_of(acquisition)
    first, second, mixed = (mean_time(acquisition, slices, declared) for slices in ([0], [1], [0, 1, 1, 1]))
    assert (second - first).total_seconds() == pytest.approx(600, abs=1e-3)
    assert (mixed - first).total_seconds() == pytest.approx(450, abs=1e-3)


def test_times_need_frames_and_a_half_life():
    nothing = make_acquisition(frames=())
    with pytest.raises(LowfieldError, match="when a frame started"):
        mean_time(nothing, [0, 5], declaration_of(nothing))
    unknown = make_acquisition(nuclide_code=None, nuclide_meaning="", half_life_s=None)
    with pytest.raises(LowfieldError, match="no half-life"):
        mean_time(unknown, [0], declaration_of(unknown))


def test_stating_only_the_nuclide_means_the_scanner_was_told_it():
    acquisition = make_acquisition()
    assert not declaration_of(acquisition, None, "F-18").rescaled
    assert declaration_of(acquisition, "F-18", "Tb-149").rescaled


def measured(voxels, volume_ml, mean=1000.0, sd=100.0):
    statistics = Statistics(voxels, mean, sd, 0.0, 2 * mean, mean)
    return Measurement("roi", voxels, volume_ml, "1.2", activity=statistics)


def test_noise_averages_over_independent_samples_only():
    # FWHM 6 mm: σ = 2.548 mm, (4πσ²)^(3/2) = 0.737 mL.
    big = mean_uncertainty(measured(10000, 73.7), between_scans=0.0)
    assert big == pytest.approx(100 / math.sqrt(100), rel=2e-3)
    assert mean_uncertainty(measured(10, 0.08), between_scans=0.0) == pytest.approx(100)
    coarse = mean_uncertainty(measured(4, 73.7), between_scans=0.0)
    assert coarse == pytest.approx(50)  # never more samples than voxels
    assert mean_uncertainty(measured(10000, 73.7), between_scans=0.02) == pytest.approx(
        math.hypot(10, 20), rel=1e-3
    )


def test_noise_estimated_from_the_image_goes_first():
    terms = (UncertaintyTerm(IMAGE_NOISE, 0.01), UncertaintyTerm("positron fraction", 0.04))
    known = MeanUncertainty(41.0, 0.041, 900.0, 1100.0, "Bq/mL", terms)
    found = replace(measured(10000, 73.7), uncertainty=known)
    assert mean_uncertainty(found, between_scans=0.02) == pytest.approx(1000 * math.hypot(0.01, 0.02))
    other = replace(found, uncertainty=replace(known, terms=terms[1:]))
    assert mean_uncertainty(other, between_scans=0.0) == pytest.approx(10, rel=2e-3)


def test_an_roi_without_activity_has_no_uncertainty():
    with pytest.raises(LowfieldError, match="no activity"):
        mean_uncertainty(Measurement("roi", 0, 0.0, "1.2"))


def test_weights_integrate_straight_lines_of_the_decay_corrected_activity():
    corrected = np.array([100.0, 220, 260, 240, 150, 90])
    values = corrected * np.exp(-RATE * TIMES)
    numeric = total(lambda t: np.interp(t, TIMES, corrected) * math.exp(-RATE * t), *TIMES)
    assert linear_weights(TIMES, HALF_LIFE, "effective") @ values == pytest.approx(numeric, rel=1e-6)
    head = quad(lambda t: values[0] * t / TIMES[0], 0, TIMES[0])[0]
    flat = quad(lambda t: corrected[0] * math.exp(-RATE * t), 0, TIMES[0])[0]
    linear = linear_weights(TIMES, HALF_LIFE, "linear") @ values
    assert linear == pytest.approx(numeric - flat + head, rel=1e-6)


def test_physical_decay_alone_is_the_decays_that_radioactivedecay_counts():
    """One scan: what is there now, from injection on, is so many decays of so many atoms."""
    weights = linear_weights([2 * HOUR], HALF_LIFE, "effective")
    now = rd.Inventory({"Tb-149": 1.0}, "Bq").decay(2, "h").activities("Bq")["Tb-149"]
    atoms = rd.Inventory({"Tb-149": 1.0}, "Bq").numbers()["Tb-149"]
    assert float(weights[0] * now) == pytest.approx(atoms, rel=1e-9)
    assert atoms == pytest.approx(21388, abs=0.5)


CURVES = {
    "physical": ([900.0], [RATE]),
    "mono": ([900.0], [2 * RATE]),
    "uptake": ([900.0, -900.0], [1.5 * RATE, 12 * RATE]),
    "bi": ([600.0, 300.0], [9 * RATE, 1.3 * RATE]),
}


@pytest.mark.parametrize("key", CURVES)
@pytest.mark.parametrize("uptake", UPTAKE)
@pytest.mark.parametrize("tail", TAIL)
def test_integrals_agree_with_numerical_integration(key, uptake, tail):
    y = curve_at(TIMES, *CURVES[key])
    fit = fit_curve(TIMES, y, 0.01 * y, key, HALF_LIFE)
    first, last = TIMES[0], TIMES[-1]

    def curve(t):
        if t < first and uptake == "linear":
            return float(curve_at(first, *CURVES[key])) * t / first
        if t > last and tail == "physical":
            return float(curve_at(last, *CURVES[key])) * math.exp(-RATE * (t - last))
        return float(curve_at(t, *CURVES[key]))

    found = integrate(fit, first, last, HALF_LIFE, uptake, tail)
    assert found.total_bq_s_ml == pytest.approx(total(curve, first, last), rel=1e-5)
    assert found.before_bq_s_ml == pytest.approx(quad(curve, 0, first)[0], rel=1e-5)
    assert found.measured_bq_s_ml == pytest.approx(quad(curve, first, last)[0], rel=1e-5)
    outside = found.before_bq_s_ml + found.after_bq_s_ml
    assert found.extrapolated_fraction == pytest.approx(outside / found.total_bq_s_ml)
    assert (found.uptake, found.tail) == (UPTAKE[uptake], TAIL[tail])


@pytest.mark.parametrize("key", ["physical", "mono", "bi"])
def test_the_integrals_uncertainty_is_its_spread(key):
    """Against the scatter of 60 seeded repetitions, itself known to 1/√118 = 9 %; three of those are allowed."""
    rng, clean = np.random.default_rng(5), curve_at(TIMES, *CURVES[key])
    found = []
    for _ in range(60):
        y = clean + rng.normal(0, 0.02 * clean)
        fit = fit_curve(TIMES, y, 0.02 * clean, key, HALF_LIFE)
        found.append(integrate(fit, TIMES[0], TIMES[-1], HALF_LIFE, "effective", "fitted"))
    spread = np.std([each.total_bq_s_ml for each in found])
    claimed = np.median([each.uncertainty_bq_s_ml for each in found])
    assert claimed == pytest.approx(spread, rel=0.27)


def test_a_tail_that_outlives_the_nuclide_is_refused():
    y = 900 * np.exp(-0.5 * RATE * TIMES)
    fit = fit_curve(TIMES, y, 0.02 * y, "mono", HALF_LIFE)
    with pytest.raises(LowfieldError, match="more slowly than the nuclide decays"):
        integrate(fit, TIMES[0], TIMES[-1], HALF_LIFE, tail="fitted")
    unsure = fit_curve(TIMES, y, 0.5 * y, "mono", HALF_LIFE)
    assert integrate(unsure, TIMES[0], TIMES[-1], HALF_LIFE, tail="fitted").after_bq_s_ml > 0
    assert integrate(fit, TIMES[0], TIMES[-1], HALF_LIFE).after_bq_s_ml == pytest.approx(y[-1] / RATE, rel=1e-6)


@pytest.mark.parametrize("words", [("sudden", "physical"), ("linear", "endless")])
def test_unknown_assumptions_are_refused(words):
    fit = fit_curve(TIMES, 900 * np.exp(-RATE * TIMES), np.ones(6), "physical", HALF_LIFE)
    with pytest.raises(LowfieldError, match="is not known"):
        integrate(fit, TIMES[0], TIMES[-1], HALF_LIFE, *words)
