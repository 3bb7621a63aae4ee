"""What the phantom says: recovery, noise, contrast, calibration, against the simulator's truth and brute force."""

from dataclasses import replace
from datetime import datetime, timedelta

import numpy as np
import pytest
from scipy import ndimage
from scipy.spatial.transform import Rotation

from viewer.core.errors import LowfieldError
from viewer.core.geometry import Geometry
from viewer.core.phantom import DIAMETERS_MM, PhantomPlan, PhantomPose, TrueFill
from viewer.quantify.activity import activity_scale
from viewer.quantify.phantom import Scene, evaluate, rc_table
from viewer.quantify.phantom_plan import EDGE_MM, plan
from viewer.quantify.phantom_rois import disc, volume_of_interest
from viewer.quantify.phantom_shape import constellation
from viewer.quantify.phantom_truth import check_fill, decayed
from viewer.quantify.recovery_tables import convention
from viewer.simulate.iec import IecPhantom
from viewer.simulate.pet import SCAN_START, Emitter, simulate_pet

TERBIUM = Emitter("^149^Terbium", 14824.8, 0.0715)
A50, SPHERE = convention("a50"), convention("sphere")


def true_pose(phantom: IecPhantom, **changes) -> PhantomPose:
    """The simulator's own pose: these tests are about measuring, not about finding."""
    local = phantom.rotation @ Rotation.from_euler("z", 180, degrees=True).as_matrix()
    pose = PhantomPose(
        np.asarray(phantom.center_lps_mm), local, phantom.sphere_centers_lps_mm, np.full(6, phantom.sphere_bq_ml),
        np.full(6, 50.0), 0.99, 0.0, 6.5, "PET",
    )  # fmt: skip
    return replace(pose, **changes)


@pytest.fixture(scope="module")
def phantom():
    return IecPhantom((3, -5, 10), Rotation.from_euler("xyz", (4, -6, 15), degrees=True).as_matrix())


@pytest.fixture(scope="module")
def made(phantom):
    """The whole phantom at 4 x 3.5 x 3.5 mm."""
    shape, spacing = (62, 96, 92), np.array((4, 3.5, 3.5))
    half = (np.asarray(shape) - 1) / 2 * spacing
    geometry = Geometry.from_axes(shape, spacing, np.eye(3)[::-1], (0, 0, 40) - half[::-1], "1.2")
    return simulate_pet(phantom, TERBIUM, np.random.default_rng(7), geometry=geometry)


@pytest.fixture(scope="module")
def chosen(phantom, made):
    return plan(made.volume.data, made.volume.geometry, true_pose(phantom))


def scene(phantom, made, chosen, how=A50, noisy=True, **changes) -> Scene:
    values = made.volume.data if noisy else made.noise_free
    true = {"true_spheres": phantom.sphere_bq_ml, "true_background": phantom.background_bq_ml}
    pose = changes.pop("pose", true_pose(phantom))
    return Scene(values, made.volume.geometry, pose, chosen, how, "Bq/mL", **(true | changes))


def points_of(geometry: Geometry) -> np.ndarray:
    index = np.stack(np.meshgrid(*(np.arange(n) for n in geometry.shape), indexing="ij"), axis=-1)
    return geometry.to_lps(index)


def test_the_background_places_keep_clear_of_everything(phantom, chosen):
    places = chosen.background_centers_lps_mm
    assert len(places) == 12 and chosen.warnings == ()
    between = np.linalg.norm(places[:, None] - places[None], axis=-1) + 1e3 * np.eye(12)
    assert between.min() >= 37 - 1e-6
    # The simulator's own distances to the wall: NEMA asks for 15 mm from the edge of the disc.
    assert (-phantom.body_distance(places) >= EDGE_MM + 18.5 - 3).all()
    assert (phantom.lung_distance(places) >= 18.5).all()
    for center, diameter in zip(phantom.sphere_centers_lps_mm, DIAMETERS_MM):
        assert (np.linalg.norm(places - center, axis=1) >= diameter / 2 + 18.5).all()
    np.testing.assert_allclose(phantom.to_phantom(places)[:, 2], 0, atol=1e-9)
    # 10 mm inside of both ends, looked up in steps of 2 mm.
    assert chosen.lung_range_mm == (pytest.approx(-60, abs=2.5), pytest.approx(114, abs=2.5))


def test_the_numbers_without_noise_are_those_of_brute_force(phantom, made, chosen):
    result = evaluate(scene(phantom, made, chosen, noisy=False))
    values, points = made.noise_free, points_of(made.volume.geometry)
    assert result.background == pytest.approx(phantom.background_bq_ml, rel=1e-3)
    assert result.calibration == pytest.approx(1, abs=1e-3) and result.calibration_passed is True
    assert result.cov_percent < 0.5 and result.lung_residual_percent < 0.5 and not result.relative
    for row, center in zip(result.spheres, phantom.sphere_centers_lps_mm):
        distance = np.linalg.norm(points - center, axis=-1)
        zone = distance <= row.diameter_mm / 2 + 8
        top = values[distance <= row.diameter_mm / 2 + 2].max()
        inside = zone & (values >= 0.5 * (top + result.background))
        labels, _ = ndimage.label(inside)
        voi = labels == labels[np.unravel_index(np.where(zone, values, 0).argmax(), values.shape)]
        assert row.rc_mean == pytest.approx(values[voi].mean(dtype=float) / phantom.sphere_bq_ml, rel=1e-5)
        assert row.rc_max == pytest.approx(top / phantom.sphere_bq_ml, rel=1e-5)
        assert row.ratio_mean == pytest.approx(row.rc_mean * phantom.sphere_bq_ml / result.background)
        assert row.voi_voxels == voi.sum() and row.reason == ""
        assert len(row.verdicts) == 4


def test_the_lung_residual_is_that_of_brute_force(phantom, made, chosen):
    result = evaluate(scene(phantom, made, chosen))
    local = phantom.to_phantom(points_of(made.volume.geometry))
    low, high = chosen.lung_range_mm
    # The bore runs from the spheres to the far end, as the simulator's z does.
    inside = (np.hypot(local[..., 0], local[..., 1]) <= 15) & (local[..., 2] >= low) & (local[..., 2] <= high)
    mean = made.volume.data[inside].mean(dtype=float)
    assert result.lung_residual_percent == pytest.approx(100 * mean / result.background, rel=1e-6)


def test_a_calibration_at_the_very_limit_passes(phantom, made, chosen, monkeypatch):
    level = evaluate(scene(phantom, made, chosen)).background
    monkeypatch.setattr("viewer.quantify.phantom.calibration_tolerance", lambda: 0.0)
    assert evaluate(scene(phantom, made, chosen, true_background=level)).calibration_passed is True
    assert evaluate(scene(phantom, made, chosen, true_background=level * 1.001)).calibration_passed is False


def test_the_true_sphere_is_counted_by_voxel_centres(phantom, made, chosen):
    result = evaluate(scene(phantom, made, chosen, SPHERE, noisy=False))
    points = points_of(made.volume.geometry)
    for row, center in zip(result.spheres, phantom.sphere_centers_lps_mm):
        inside = np.linalg.norm(points - center, axis=-1) <= row.diameter_mm / 2
        assert row.voi_voxels == inside.sum()
        assert row.mean == pytest.approx(made.noise_free[inside].mean(dtype=float), rel=1e-6)
        assert row.verdicts[0].passed is None  # EARL's mean bands hold for A50
    assert "true sphere" in result.convention_text


def test_noise_moves_coefficients_within_the_noise(phantom, made, chosen):
    noisy, clean = (evaluate(scene(phantom, made, chosen, noisy=each)) for each in (True, False))
    assert 5 < noisy.cov_percent < 20
    for a, b in zip(noisy.spheres, clean.spheres):
        assert abs(a.rc_mean - b.rc_mean) < 3 * b.rc_mean * a.background_variability_percent / 100
        assert a.contrast_recovery_percent == pytest.approx(b.contrast_recovery_percent, abs=10)
    spread = [row.background_variability_percent for row in noisy.spheres]
    assert spread[0] > spread[-1] > 0


def test_contrast_and_variability_follow_nema(phantom, made, chosen):
    row = evaluate(scene(phantom, made, chosen)).spheres[3]
    geometry, values, bore = made.volume.geometry, made.volume.data, true_pose(phantom).rotation[:, 2]
    centers = [
        place + offset * bore for offset in (-20, -10, 0, 10, 20) for place in chosen.background_centers_lps_mm
    ]
    means = [disc(values, geometry, center, bore, 11.0).mean() for center in centers]
    assert len(means) == 60
    assert row.background_variability_percent == pytest.approx(100 * np.std(means, ddof=1) / np.mean(means))
    hot = disc(values, geometry, phantom.sphere_centers_lps_mm[3], bore, 11.0).mean()
    assert row.contrast_recovery_percent == pytest.approx(100 * (hot / np.mean(means) - 1) / (10 - 1))


def test_a_disc_of_an_aligned_phantom_is_one_slice():
    geometry = Geometry.from_axes((9, 40, 40), (4, 2, 2), np.eye(3)[::-1], (0, 0, 0))
    values = np.broadcast_to(np.arange(9.0)[:, None, None], (9, 40, 40))
    numbers = disc(values, geometry, np.array([40.0, 40.0, 17.0]), np.array([0, 0, 1.0]), 18.5)
    assert set(numbers) == {4.0}
    x, y = np.meshgrid(np.arange(40) * 2.0 - 40, np.arange(40) * 2.0 - 40)
    assert numbers.size == (np.hypot(x, y) <= 18.5).sum()


def test_without_truth_only_ratios_are_given(phantom, made, chosen):
    result = evaluate(scene(phantom, made, chosen, true_spheres=None, true_background=None))
    assert result.relative and "No true concentration" in result.warnings[-1]
    for row in result.spheres:
        assert row.rc_mean is row.rc_max is row.rc_peak is row.contrast_recovery_percent is None
        assert row.ratio_mean == pytest.approx(row.mean / result.background)
        assert all(verdict.passed is None for verdict in row.verdicts)
    assert result.calibration is None and result.calibration_passed is None
    assert rc_table(result, "own", "here").points == ()


def test_half_a_truth_gives_half_the_figures(phantom, made, chosen):
    hot = evaluate(scene(phantom, made, chosen, true_background=None))
    assert hot.spheres[5].rc_mean and hot.spheres[5].contrast_recovery_percent is None and hot.calibration is None
    assert rc_table(hot, "own", "here").contrast is None
    off = evaluate(scene(phantom, made, chosen, true_spheres=None, true_background=phantom.background_bq_ml * 1.2))
    assert off.relative and off.calibration_passed is False


def test_a_sphere_that_is_not_seen_has_no_number(phantom, made, chosen):
    lost = true_pose(phantom, signal_to_noise=np.array([1.0, 50, 50, 50, 50, 50]))
    result = evaluate(scene(phantom, made, chosen, pose=lost))
    assert result.spheres[0].mean is None and "stand out" in result.spheres[0].reason
    assert result.spheres[0].background_variability_percent > 0
    table = rc_table(result, "own", "here")
    assert [point.diameter_mm for point in table.points] == [13, 17, 22, 28, 37]
    row = result.spheres[1]
    assert table.points[0].uncertainty == pytest.approx(row.rc_mean * row.background_variability_percent / 100)
    assert table.contrast == pytest.approx(10) and table.convention == "a50"


def test_without_warm_background_what_needs_one_is_left_out(phantom, made):
    values = np.where(made.noise_free > 1.5 * phantom.background_bq_ml, made.noise_free, 0)
    dark = plan(values, made.volume.geometry, true_pose(phantom))
    assert len(dark.background_centers_lps_mm) == 0 and "no warm background" in dark.warnings[0]
    result = evaluate(replace(scene(phantom, made, dark), values=values))
    assert result.background is result.cov_percent is result.lung_residual_percent is None
    row = result.spheres[5]
    assert row.rc_mean > 0.6 and row.ratio_mean is None and row.background_variability_percent is None
    assert row.contrast_recovery_percent is None
    assert rc_table(result, "own", "here").points[0].uncertainty is None


def test_a_cut_phantom_and_a_narrow_one_are_measured_with_a_warning(phantom, made):
    geometry, pose = made.volume.geometry, true_pose(phantom)
    k = round(float(geometry.to_index(phantom.center_lps_mm)[0]))
    short = Geometry((k + 12, *geometry.shape[1:]), geometry.affine, "1.2")
    cut = plan(made.noise_free[: k + 12], short, pose)
    assert any("ends of the phantom" in text for text in cut.warnings)
    points = points_of(geometry) - pose.center_lps_mm
    narrow = np.where(np.abs(points @ pose.rotation[:, 0]) < 85, made.noise_free, 0)
    few = plan(narrow, geometry, pose)
    assert 0 < len(few.background_centers_lps_mm) < 12
    assert any("of 12 background places" in text for text in few.warnings)


def test_a_plan_without_lung_range_gives_no_lung_residual(phantom, made, chosen):
    result = evaluate(scene(phantom, made, replace(chosen, lung_range_mm=None)))
    assert result.lung_residual_percent is None and result.cov_percent > 0


def test_isocontours_that_mean_nothing_are_refused():
    geometry = Geometry.from_axes((30, 30, 30), (2, 2, 2), np.eye(3), (0, 0, 0))
    center = np.full(3, 29.0)
    warm = np.random.default_rng(0).normal(100, 1, (30, 30, 30))
    assert volume_of_interest(warm, geometry, center, 5.0, 200.0, A50)[1].startswith("no voxel")
    assert volume_of_interest(warm, geometry, center, 5.0, 10.0, A50)[1].endswith("runs into the background")
    plain = convention("i41")
    hot = np.where(np.linalg.norm(points_of(geometry) - center, axis=-1) < 5, 1000.0, 0.0)
    voi, reason = volume_of_interest(hot, geometry, center, 5.0, 400.0, plain)
    assert reason == "" and voi.numbers.size == (hot > 0).sum()


def test_a_sphere_between_the_centres_of_large_voxels_has_no_number():
    geometry = Geometry.from_axes((16, 16, 16), (12, 12, 12), np.eye(3), (-90, -90, -90))
    pose = PhantomPose(
        np.zeros(3), np.eye(3), constellation() * 0 + geometry.to_lps((7.5, 7.5, 7.5)), np.full(6, 5.0),
        np.full(6, 9.0), 0.9, 0.0, 6.0, "PET",
    )  # fmt: skip
    nowhere = PhantomPlan(np.full((2, 3), 6.0), (0.0,), None)
    values = np.ones(geometry.shape)
    result = evaluate(Scene(values, geometry, pose, nowhere, SPHERE, "", 10.0, 1.0))
    assert "holds no voxel centre" in result.spheres[0].reason
    assert result.spheres[0].contrast_recovery_percent is None
    assert result.spheres[5].mean == 1.0


def test_true_concentrations_decay_to_the_image(made):
    scale = activity_scale(made.volume.acquisition)
    early = SCAN_START - timedelta(seconds=14824.8)
    spheres, background, how = decayed(TrueFill(8000.0, 800.0, early), scale)
    assert (spheres, background) == (pytest.approx(4000), pytest.approx(400))
    assert how["decay_factor"] == pytest.approx(0.5) and how["nuclide"] == "149Tb"
    assert decayed(TrueFill(8000.0, None, SCAN_START), scale)[:2] == (8000.0, None)
    assert decayed(TrueFill(), scale) == (None, None, {})
    with pytest.raises(LowfieldError, match="does not say to which time"):
        decayed(TrueFill(1.0, None, SCAN_START), replace(scale, reference_time=None))
    with pytest.raises(LowfieldError, match="half-lives"):
        decayed(TrueFill(1.0, None, datetime(2020, 1, 1)), scale)


@pytest.mark.parametrize(
    ("fill", "says"),
    [
        (TrueFill(-1.0, None, SCAN_START), "above 0"),
        (TrueFill(float("nan"), None, SCAN_START), "above 0"),
        (TrueFill(10.0, 1.0), "no time"),
        (TrueFill(1.0, 10.0, SCAN_START), "only hot spheres"),
    ],
)
def test_impossible_fills_are_refused(fill, says):
    check_fill(TrueFill(10.0, 1.0, SCAN_START))
    check_fill(TrueFill(0.5, 0.05, SCAN_START))  # faint, and possible
    with pytest.raises(LowfieldError, match=says):
        check_fill(fill)
