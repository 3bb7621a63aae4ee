"""The simulated PET scan: resolution, noise, and the scanner's arithmetic."""

from math import erf, exp, pi, sqrt

import numpy as np
import pytest

from viewer.core.errors import LowfieldError
from viewer.core.geometry import Geometry
from viewer.simulate.iec import DIAMETERS_MM, IecPhantom
from viewer.simulate.pet import Emitter, Scan, simulate_pet, slice_starts
from viewer.simulate.phantom_frame import phantom_geometry

TB149 = Emitter("^149^Terbium", 14824.8, 0.0715, ("TB149", "99LOWFIELD"))
F18 = Emitter("^18^Fluorine", 6586.2, 0.9673, ("77004003", "SCT"))
PHANTOM = IecPhantom((3.0, -2.0, 5.0))
GRID = phantom_geometry(PHANTOM, (4.0, 4.0, 4.0))


def rng(seed=1):
    return np.random.default_rng(seed)


@pytest.fixture(scope="module")
def scan():
    return simulate_pet(PHANTOM, TB149, rng(), geometry=GRID)


def warm(geometry=GRID):
    """Voxels well inside the background."""
    points = geometry.to_lps(np.stack(np.indices(geometry.shape), -1))
    x, y, _ = np.moveaxis(PHANTOM.to_phantom(points), -1, 0)
    return (np.hypot(x, y) > 95) & (PHANTOM.body_distance(points) < -20)


@pytest.mark.parametrize("index", range(6))
def test_the_blurred_centre_of_a_sphere_is_the_analytic_one(index):
    """Gaussian-blurred ball at its centre: erf(a) − 2a·exp(−a²)/√π with a = R/(σ√2)."""
    phantom = IecPhantom(wall_mm=0.0)
    center = phantom.sphere_centers_lps_mm[index]
    grid = Geometry.from_axes((41, 41, 41), (1, 1, 1), np.eye(3)[::-1], center - 20)
    seen = simulate_pet(phantom, TB149, rng(), geometry=grid, scan=Scan(fwhm_mm=6.0, filter_fwhm_mm=4.0)).blurred
    a = DIAMETERS_MM[index] / 2 / (6.0 / 2.354820) / sqrt(2)
    recovery = erf(a) - 2 * a * exp(-a * a) / sqrt(pi)
    background = phantom.background_bq_ml
    expected = background + (phantom.sphere_bq_ml - background) * recovery
    assert seen[20, 20, 20] == pytest.approx(expected, rel=0.02)  # voxels of 1 mm add their own blur


def test_nothing_is_lost_or_biased(scan):
    assert scan.volume.unit == "Bq/mL"
    assert scan.volume.data.sum(dtype=float) * GRID.voxel_volume_ml == pytest.approx(45e6, rel=3e-3)
    ratio = scan.volume.data[warm()].mean(dtype=float) / PHANTOM.background_bq_ml
    assert ratio == pytest.approx(1, abs=0.004)
    np.testing.assert_allclose(scan.noise_free, scan.blurred, rtol=1e-6)
    assert scan.volume.data.min() >= 0


def test_recovery_rises_with_size(scan):
    peaks = [scan.blurred[tuple(np.rint(GRID.to_index(c)).astype(int))] for c in PHANTOM.sphere_centers_lps_mm]
    recovery = np.asarray(peaks) / PHANTOM.sphere_bq_ml
    assert (np.diff(recovery) > -0.02).all() and recovery[0] < 0.75 and recovery[-1] > 0.97


def test_noise_falls_with_the_square_root_of_time_and_activity():
    where = warm()

    def cov(**changes):
        phantom = IecPhantom(PHANTOM.center_lps_mm, activity_bq=changes.pop("activity_bq", 45e6))
        values = simulate_pet(phantom, TB149, rng(), geometry=GRID, scan=Scan(**changes)).volume.data[where]
        return values.std() / values.mean()

    reference = cov()
    assert 0.02 < reference < 0.15
    assert cov(duration_s=300) / reference == pytest.approx(2 * sqrt(0.98), rel=0.05)
    assert cov(activity_bq=4.5e6) / reference == pytest.approx(sqrt(10), rel=0.05)
    assert cov(detection=4e-3) / reference == pytest.approx(0.5, rel=0.05)


def test_noise_is_correlated_over_the_filter(scan):
    noise = scan.volume.data - scan.noise_free
    box = noise[30:40, 28:40, 24:66]
    lag1 = (box[..., 1:] * box[..., :-1]).mean() / box.var()
    sigma = 4.5 / 2.354820 / 4.0
    assert lag1 == pytest.approx(exp(-1 / (4 * sigma**2)), abs=0.12)


def test_the_18f_twin_is_the_truth_divided_by_1306():
    twin = simulate_pet(PHANTOM, TB149, rng(2), acquired_as=F18, geometry=GRID)
    where = warm()
    ratio = PHANTOM.background_bq_ml / twin.volume.data[where].mean(dtype=float)
    assert ratio == pytest.approx(13.06, rel=0.004)  # facts/tb149-pet.md §3, total factor 18F, T = 20 min
    np.testing.assert_allclose(twin.noise_free * 13.06, twin.blurred, rtol=1e-3, atol=1e-3)
    assert twin.volume.acquisition.half_life_s == 6586.2
    assert twin.volume.acquisition.nuclide_code == ("77004003", "SCT")
    assert twin.truth["nuclide"] == "149Terbium" and twin.truth["acquired_as"] == "18Fluorine"


@pytest.mark.parametrize(
    ("half_life", "fraction", "factor"),
    [(4062.6, 0.8891, 11.56), (14292, 0.9435, 13.18), (45720, 0.1741, 2.48), (63000, 0.196, 2.80)],
)
def test_other_settings_give_the_published_factors(half_life, fraction, factor):
    small = phantom_geometry(PHANTOM, (20.0, 20.0, 20.0))
    other = simulate_pet(PHANTOM, TB149, rng(), acquired_as=Emitter("", half_life, fraction), geometry=small)
    inside = other.blurred > 100
    assert (other.blurred[inside] / other.noise_free[inside]).mean() == pytest.approx(factor, abs=0.006)


def test_later_beds_share_the_reference_but_count_less():
    scan = Scan(bed_starts_s=(0.0, 7200.0))
    two = simulate_pet(PHANTOM, TB149, rng(3), geometry=GRID, scan=scan)
    np.testing.assert_allclose(two.noise_free, two.blurred, rtol=1e-6)  # START corrects every bed
    middle = GRID.shape[0] // 2
    frames = two.volume.acquisition.frames
    assert (frames[-1].start - frames[0].start).total_seconds() == 7200
    twin = simulate_pet(PHANTOM, TB149, rng(3), acquired_as=F18, geometry=GRID, scan=scan)
    inside = warm()[40]
    late = (twin.blurred[40][inside] / twin.noise_free[40][inside]).mean()
    assert late == pytest.approx(13.06 * exp((np.log(2) / 14824.8 - np.log(2) / 6586.2) * 7200), rel=2e-3)
    noise = (two.volume.data - two.noise_free) / np.maximum(two.noise_free, 1)
    where = warm()
    where[middle - 2 : middle + 2] = False
    lower, upper = noise[:middle][where[:middle]].std(), noise[middle:][where[middle:]].std()
    assert upper / lower == pytest.approx(exp(np.log(2) / 14824.8 * 3600), rel=0.06)


def test_the_header_tells_the_scanners_story(scan):
    acquisition = scan.volume.acquisition
    assert acquisition.units == "BQML" and acquisition.decay_correction == "START"
    assert len(acquisition.frames) == GRID.shape[0]
    assert acquisition.frames[0].reference_ms == pytest.approx(597190, abs=20)  # facts §3: T_ave 597.19 s
    delay = (acquisition.scan_start - acquisition.injection_time).total_seconds()
    at_scan = acquisition.injected_dose_bq * exp(-np.log(2) / 14824.8 * delay)
    assert at_scan == pytest.approx(45e6)
    assert scan.volume.origin.simulated and scan.volume.origin.patient_name == "Simulated^IEC phantom"


def test_a_seed_is_a_scan(scan):
    again = simulate_pet(PHANTOM, TB149, rng(), geometry=GRID)
    np.testing.assert_array_equal(scan.volume.data, again.volume.data)
    other = simulate_pet(PHANTOM, TB149, rng(9), geometry=GRID)
    assert not np.array_equal(scan.volume.data, other.volume.data)


def test_slices_are_shared_out_to_beds_from_below():
    np.testing.assert_array_equal(slice_starts(5, (0.0, 60.0)), [0, 0, 0, 60, 60])


@pytest.mark.parametrize("wrong", [{"duration_s": 0}, {"fwhm_mm": 3.0}, {"detection": -1}])
def test_impossible_scans_are_refused(wrong):
    with pytest.raises(LowfieldError, match="cannot be simulated"):
        Scan(**wrong)
