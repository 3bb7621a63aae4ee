"""Noise, uncertainty of the mean, histogram and details: against simulated PET whose truth is known."""

import json
from dataclasses import asdict

import numpy as np
import pytest
from scipy import ndimage, stats

from viewer.core.errors import LowfieldError
from viewer.core.geometry import Geometry
from viewer.core.volume import Origin, Volume
from viewer.quantify.activity import activity_scale
from viewer.quantify.details import with_details
from viewer.quantify.histogram import histogram
from viewer.quantify.measure import measure_region
from viewer.quantify.noise import estimate_noise
from viewer.quantify.patch import Patch
from viewer.quantify.uncertainty import mean_uncertainty

SPACING = (2.0, 2.0, 2.0)


def ball(radius, shape=(26, 26, 26)) -> np.ndarray:
    away = np.indices(shape) - np.array([n / 2 - 0.5 for n in shape])[:, None, None, None]
    return np.linalg.norm(away, axis=0) <= radius


def noisy(seed, sd_voxels, shape=(26, 26, 26), level=100.0) -> np.ndarray:
    white = np.random.default_rng(seed).normal(0, 1, shape)
    smooth = ndimage.gaussian_filter(white, sd_voxels, mode="wrap") if np.any(sd_voxels) else white
    return level + 5 * smooth / smooth.std()


def test_noise_and_its_correlation_are_found():
    mask = ball(11)
    for sd_voxels in (1.0, 1.5, (0.8, 1.4, 1.4)):
        found = [estimate_noise(noisy(seed, sd_voxels), mask, SPACING) for seed in range(8)]
        assert np.mean([one.sd for one in found]) == pytest.approx(5, rel=0.15)
        lengths = np.mean([one.filter_sd_voxels for one in found], axis=0)
        assert lengths == pytest.approx(np.broadcast_to(sd_voxels, 3), rel=0.15)
    white = estimate_noise(noisy(1, 0), mask, SPACING)
    assert white.effective_voxels(mask.astype(float)) == pytest.approx(mask.sum(), rel=0.15)


def test_effective_voxels_are_those_of_all_pairs():
    mask = ball(3, (8, 7, 9))
    noise = estimate_noise(noisy(3, 1.0), ball(11), SPACING)
    places = np.argwhere(mask)
    lag = (places[:, None] - places) ** 2 / (4 * np.array(noise.filter_sd_voxels) ** 2)
    pairs = np.exp(-lag.sum(axis=2)).sum()
    assert noise.effective_voxels(mask.astype(float)) == pytest.approx(mask.sum() ** 2 / pairs, rel=1e-6)


def test_a_gradient_is_no_noise_and_a_thin_roi_borrows_its_length():
    ramp = np.arange(26.0)[:, None, None] * 40
    mask = ball(11)
    assert estimate_noise(noisy(2, 1.2) + ramp, mask, SPACING).sd == pytest.approx(
        estimate_noise(noisy(2, 1.2), mask, SPACING).sd, rel=1e-6
    )
    slab = np.zeros(mask.shape, bool)
    slab[12:14] = ball(11)[12:14]
    found = estimate_noise(noisy(2, 1.2), slab, (4.0, 2.0, 2.0))
    assert found.filter_sd_voxels[0] == pytest.approx(np.mean(found.filter_sd_voxels[1:]) / 2)


def test_too_small_or_without_noise_is_refused():
    with pytest.raises(LowfieldError, match="too small"):
        estimate_noise(noisy(2, 1), ball(1.5), SPACING)
    with pytest.raises(LowfieldError, match="no noise"):
        estimate_noise(np.full((26, 26, 26), 3.0), ball(8), SPACING)


def pet(data) -> Volume:
    grid = Geometry.from_axes(data.shape, SPACING, np.eye(3)[::-1], (0, 0, 0), "1.2")
    return Volume(data.astype(np.float32), grid, "Bq/mL", Origin(modality="PT"))


def test_every_part_is_listed_and_they_add_in_quadrature(make):
    scale = activity_scale(
        make(frames=(), nuclide_meaning="^149^Terbium", nuclide_code=None, half_life_s=14824.8),
        calibration_uncertainty=0.03,
    )
    mask = ball(10)
    patch = Patch.around(pet(noisy(4, 1.0)), (0, 0, 0), mask)
    found = measure_region("a", patch.volume, (0, 0, 0), mask, scale=scale).activity
    told = mean_uncertainty(patch, scale, found)
    names = [term.name for term in told.terms]
    assert names[0] == "image noise" and any("positron fraction" in name for name in names)
    assert any("calibration" in name for name in names) and "image noise" not in told.not_included
    assert told.relative == pytest.approx(np.sqrt(sum(term.relative**2 for term in told.terms)))
    assert told.standard == pytest.approx(told.relative * found.mean) and told.unit == "Bq/mL"
    assert told.low_95 < found.mean - 1.9 * told.standard and told.high_95 > found.mean + 1.9 * told.standard
    assert "effective voxels" in told.terms[0].method and 1 < told.effective_voxels < mask.sum()
    freedom = estimate_noise(noisy(4, 1.0), mask, SPACING).freedom * (told.relative / told.terms[0].relative) ** 4
    reach = stats.t.ppf(0.975, freedom) * told.standard
    assert (told.low_95, told.high_95) == pytest.approx((found.mean - reach, found.mean + reach), rel=1e-5)
    json.dumps(asdict(told), allow_nan=False)


def test_a_small_hot_object_is_not_given_its_own_curvature_as_noise():
    mask = ball(7)
    along = [np.arange(n) * step for n, step in zip(mask.shape, SPACING)]
    middle = [np.average(a, weights=mask.sum(axis=tuple({0, 1, 2} - {axis}))) for axis, a in enumerate(along)]
    z, y, x = np.meshgrid(*(a - m for a, m in zip(along, middle)), indexing="ij")
    blob = pet(100 * np.exp(-(x**2 + y**2 + z**2) / (2 * 12.0**2)))
    found = measure_region("a", blob, (0, 0, 0), mask).values
    with pytest.raises(LowfieldError, match="from its structure"):
        mean_uncertainty(Patch.around(blob, (0, 0, 0), mask), None, found)


def test_weights_count_in_the_effective_voxels():
    mask = ball(9)
    weights = mask * 0.5
    patch = Patch.around(pet(noisy(5, 1.0)), (0, 0, 0), mask, weights)
    whole = Patch.around(pet(noisy(5, 1.0)), (0, 0, 0), mask)
    found = measure_region("a", patch.volume, (0, 0, 0), mask).values
    assert mean_uncertainty(patch, None, found).effective_voxels == pytest.approx(
        mean_uncertainty(whole, None, found).effective_voxels
    )
    centered = pet(noisy(5, 1.0, level=0))
    nothing = measure_region("a", centered, (0, 0, 0), mask).values
    with pytest.raises(LowfieldError, match="mean of zero"):
        mean_uncertainty(patch, None, type(nothing)(**{**vars(nothing), "mean": 0.0}))


# The simulated scanner: counts that decay and branch, blurred by a 4.5 mm filter, on 2 mm voxels, 20 min of 149Tb.
@pytest.mark.parametrize(("place", "radius"), [((-70, 0, 0), 12.0), ("37 mm", 16.0)])
def test_the_95_percent_interval_covers_the_truth_of_simulated_pet(place, radius):
    from viewer.simulate.iec import IecPhantom
    from viewer.simulate.pet import Emitter, simulate_pet

    phantom, terbium = IecPhantom(), Emitter("^149^Terbium", 14824.8, 0.0715)
    center = phantom.sphere_centers_lps_mm[5] if place == "37 mm" else np.add(place, (0, 60, 0))
    size = 30
    grid = Geometry.from_axes((size,) * 3, SPACING, np.eye(3)[::-1], center - (size - 1.0), "1.2")
    away = grid.to_lps(np.stack(np.indices(grid.shape), -1)) - center
    mask = np.linalg.norm(away, axis=-1) <= radius
    covered, runs = 0, 40
    for seed in range(runs):
        simulated = simulate_pet(phantom, terbium, np.random.default_rng(seed), geometry=grid)
        values = simulated.volume.data.astype(float)
        noise = estimate_noise(values, mask, SPACING)
        reach = noise.sd / np.sqrt(noise.effective_voxels(mask.astype(float)))
        error = values[mask].mean() - simulated.noise_free[mask].mean()
        covered += abs(error) <= reach * stats.t.ppf(0.975, noise.freedom)
    # 95 % of 40 are 38; fewer than 34 would happen once in 70 times if the interval were right.
    assert covered >= 34


def test_a_histogram_has_edges_counts_and_a_unit():
    values = np.array([0.0, 1, 1, 2, 4])
    found = histogram(values, "HU", bins=4)
    assert found.edges == (0, 1, 2, 3, 4) and found.counts == (1, 2, 1, 1) and found.unit == "HU"
    weighted = histogram(values, "HU", np.full(5, 0.5), bins=4)
    assert weighted.counts == (0.5, 1.0, 0.5, 0.5)
    assert histogram(values, "HU", bins=2, limits=(0, 2)).counts == (1, 3)
    assert histogram(np.full(3, 7.0), "HU").edges == (6.5, 7.5)
    for bad in (np.array([]), np.array([np.nan])):
        with pytest.raises(LowfieldError, match="no histogram"):
            histogram(bad, "HU")
    for changes in ({"bins": 0}, {"limits": (2, 1)}, {"limits": (0, np.inf)}):
        with pytest.raises(LowfieldError, match="is none"):
            histogram(values, "HU", **changes)


def test_details_come_with_a_measurement_that_has_numbers():
    mask, image = ball(9), pet(noisy(6, 1.0))
    plain = measure_region("a", image, (0, 0, 0), mask)
    found = with_details(plain, image, (0, 0, 0), mask)
    assert sum(found.histogram.counts) == mask.sum() and found.histogram.unit == "Bq/mL"
    assert found.uncertainty.standard > 0 and found.values is plain.values
    small = ball(1.2)
    few = with_details(measure_region("b", image, (0, 0, 0), small), image, (0, 0, 0), small)
    assert few.uncertainty is None and "too small" in few.provenance["uncertainty"]
    nowhere = measure_region("c", image, (0, 0, 0), np.zeros((1, 1, 1), bool))
    assert with_details(nowhere, image, (0, 0, 0), np.zeros((1, 1, 1), bool)) is nowhere


def test_details_of_activity_are_in_its_unit(make):
    mask, image = ball(9), pet(noisy(6, 1.0))
    scale = activity_scale(make(frames=()))
    found = with_details(
        measure_region("a", image, (0, 0, 0), mask, scale=scale), image, (0, 0, 0), mask, scale=scale
    )
    assert found.histogram.unit == "Bq/mL" and found.uncertainty.unit == "Bq/mL"
