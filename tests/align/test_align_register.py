"""Rigid registration: known motions found, SimpleITK as the judge, and the reasons to disbelieve."""

from dataclasses import replace

import numpy as np
import pytest
import SimpleITK as sitk
from scipy.spatial.transform import Rotation

from viewer.align import register as register_module
from viewer.align.judge import dice, inverse_error_mm, judge, registered
from viewer.align.picture import Scene
from viewer.align.register import align
from viewer.align.rigid import Rigid, seen_from
from viewer.core.dose import Alignment
from viewer.core.errors import LowfieldError
from viewer.core.geometry import Geometry
from viewer.core.volume import Origin, Volume

TURN, SHIFT = np.array([0.05, -0.08, 0.10]), np.array([12.0, -9.0, 15.0])
RADII = np.array([70.0, 50.0, 90.0])
SPOTS = ((30.0, 10.0, 20.0), (-25.0, -15.0, -30.0), (5.0, 25.0, 45.0), (-20.0, 20.0, 10.0))


def body(points):
    """A warm ellipsoid with four spheres; values (n,) at body-fixed points (n, 3)."""
    inside = ((points / RADII) ** 2).sum(axis=1)
    values = 1000.0 / (1 + np.exp(12 * (inside - 1)))
    for number, spot in enumerate(SPOTS):
        near = np.linalg.norm(points - np.array(spot), axis=1)
        values += 2000.0 * (number + 1) / (1 + np.exp((near - 12) / 2))
    return values


def scan(turn=(0, 0, 0), shift=(0, 0, 0), spacing=6.0, noise=15.0, seed=1, unit="Bq/mL", center=(0, 0, 0)):
    """The body moved by x ↦ R·x + t, on a grid around ``center``."""
    shape = tuple(int(2 * r / spacing) + 14 for r in RADII[::-1])
    half = (np.array(shape) - 1) / 2 * spacing
    grid = Geometry.from_axes(shape, (spacing,) * 3, np.eye(3)[::-1], np.asarray(center) - half[::-1])
    points = grid.to_lps(np.moveaxis(np.indices(shape), 0, -1).reshape(-1, 3))
    values = body((points - shift) @ Rotation.from_rotvec(turn).as_matrix())
    values = values + np.random.default_rng(seed).normal(0, noise, len(values))
    if unit == "HU":
        values = np.where(values > 500, values / 20 - 20, -1000.0)
    return Volume(values.reshape(shape).astype(np.float32), grid, unit, Origin(series_description=f"scan {seed}"))


TRUE = np.eye(4)
TRUE[:3, :3], TRUE[:3, 3] = Rotation.from_rotvec(TURN).as_matrix(), SHIFT
CORNERS = np.array([[70.0, 0, 0], [0, 50, 0], [0, 0, 90], [-70, -50, -90], [0, 0, 0]])


def missed_mm(matrix):
    """By how much a motion takes points of the body elsewhere than the true one, at most."""
    moved, wanted = (CORNERS @ m[:3, :3].T + m[:3, 3] for m in (matrix, TRUE))
    return np.linalg.norm(moved - wanted, axis=1).max()


@pytest.fixture(scope="module")
def found():
    fixed, moving = scan(), scan(TURN, SHIFT, seed=2)
    return fixed, moving, *registered(fixed, moving)


def test_a_known_motion_is_found_within_half_a_millimetre(found):
    _, _, motion, evidence = found
    assert missed_mm(motion.matrix) < 0.5
    assert np.array_equal(evidence.matrix, motion.matrix)
    assert evidence.method == "rigid registration, PET to PET" and evidence.series_description == "scan 2"
    assert evidence.correlation[1] > 0.98 > evidence.correlation[0]
    assert evidence.dice[1] > 0.95 > evidence.dice[0]
    assert evidence.inverse_error_mm < 0.5 and evidence.overlap > 0.7
    np.testing.assert_allclose(evidence.rotation_deg, np.rad2deg(TURN), atol=0.3)


def test_simpleitk_judges_the_same(found):
    """Its own registration of the same images, started at our end, finds no better place a millimetre off."""
    fixed, moving, motion, _ = found
    images = []
    for volume in (fixed, moving):
        image = sitk.GetImageFromArray(np.sqrt(np.maximum(volume.data, 0)))
        image.SetSpacing(volume.geometry.spacing_mm[::-1])
        image.SetOrigin(volume.geometry.origin_lps_mm.tolist())
        images.append(image)
    start = sitk.Euler3DTransform()
    start.SetMatrix(motion.matrix[:3, :3].ravel().tolist(), 1e-9)
    start.SetTranslation(motion.matrix[:3, 3].tolist())
    method = sitk.ImageRegistrationMethod()
    method.SetMetricAsCorrelation()
    method.SetInterpolator(sitk.sitkLinear)
    method.SetOptimizerAsRegularStepGradientDescent(1.0, 1e-4, 300)
    method.SetOptimizerScalesFromPhysicalShift()
    method.SetInitialTransform(start, inPlace=True)
    method.Execute(*images)
    theirs = np.array([start.TransformPoint(point.tolist()) for point in CORNERS])
    assert np.linalg.norm(theirs - motion.apply(CORNERS), axis=1).max() < 1.0
    assert method.GetOptimizerIteration() > 0


def test_ct_to_ct_across_different_grids():
    fixed, moving = scan(unit="HU"), scan(TURN, SHIFT, seed=2, unit="HU", spacing=5.0, center=(10, 0, 10))
    motion, evidence = registered(fixed, moving)
    assert missed_mm(motion.matrix) < 1.5
    assert evidence.method == "rigid registration, CT to CT"


def test_a_grid_seen_from_another_space_keeps_its_voxels(found):
    _, moving, motion, _ = found
    grid = seen_from(moving.geometry, motion.matrix, "1.2.3")
    assert grid.frame_of_reference_uid == "1.2.3"
    corner = moving.geometry.to_lps((0, 0, 0))
    np.testing.assert_allclose(motion.apply(grid.to_lps((0, 0, 0))[None])[0], corner, atol=1e-9)
    assert grid.voxel_volume_ml == pytest.approx(moving.geometry.voxel_volume_ml)


def test_a_ct_is_not_registered_to_a_pet():
    with pytest.raises(LowfieldError, match="A CT and a PET cannot"):
        align(scan(), scan(unit="HU"))


def test_fields_that_share_nothing_are_refused(monkeypatch):
    monkeypatch.setattr(register_module, "LEAST_OVERLAP", 1.1)
    with pytest.raises(LowfieldError, match="share too little"):
        align(scan(), scan())


def test_no_convergence_is_refused(monkeypatch):
    monkeypatch.setattr(register_module, "least_squares", lambda *a, **k: type("R", (), {"success": False})())
    with pytest.raises(LowfieldError, match="does not converge"):
        align(scan(), scan(seed=2))


def test_noise_is_not_taken_for_a_body():
    first, second = (
        replace(scan(), data=np.random.default_rng(seed).normal(100, 30, scan().data.shape).astype(np.float32))
        for seed in (1, 2)
    )
    with pytest.raises(LowfieldError, match=r"not believed|converge|share too little"):
        registered(first, second)


GOOD = Alignment("1.2", "visit 2", "rigid", np.eye(4), correlation=(0.8, 0.95), dice=(0.8, 0.95), overlap=0.9,
                 inverse_error_mm=0.4)  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "angle", "says"),
    [
        ({}, 45.0, "turns the patient by 45°"),
        ({"overlap": 0.3}, 1.0, "share only 30%"),
        ({"correlation": (0.1, 0.4)}, 1.0, "correlation is only 0.40"),
        ({"correlation": (0.9, 0.8)}, 1.0, "correlation falls from 0.90 to 0.80"),
        ({"dice": (0.1, 0.5)}, 1.0, "Dice of only 0.50"),
        ({"dice": (0.9, 0.8)}, 1.0, "overlap falls from 0.90 to 0.80"),
        ({"inverse_error_mm": 8.0}, 1.0, "8.0 mm elsewhere"),
    ],
)
def test_each_reason_to_disbelieve_is_named(changes, angle, says):
    with pytest.raises(LowfieldError, match=says) as caught:
        judge(replace(GOOD, **changes), angle)
    assert caught.value.where == "visit 2" and caught.value.hint
    judge(GOOD, 5.0)


def test_images_without_a_body_have_no_overlap_and_no_way_back():
    empty = scan()
    empty = Scene.of(replace(empty, data=np.zeros_like(empty.data)))
    still = Rigid(np.zeros(6), np.zeros(3))
    assert dice(empty, empty, still) == 0 and inverse_error_mm(empty, still, still) == 0
    np.testing.assert_allclose(empty.mass_center, empty.geometry.center_lps_mm)
    far = Rigid(np.array([0, 0, 0, 1e4, 0, 0]), np.zeros(3))
    assert register_module.correlation(empty, empty, far) == (0.0, 0.0)


def test_a_rigid_motion_turns_about_its_centre():
    motion = Rigid(np.array([0, 0, np.pi / 2, 1.0, 2, 3]), np.array([10.0, 0, 0]))
    np.testing.assert_allclose(motion.apply(np.array([[10.0, 0, 0], [11, 0, 0]])), [[11, 2, 3], [11, 3, 3]])
    assert motion.angle_deg == pytest.approx(90)


def test_a_single_slice_has_no_gradient_across():
    flat = scan()
    grid = Geometry((1, *flat.geometry.shape[1:]), flat.geometry.affine)
    scene = Scene.of(Volume(flat.data[9:10], grid, "Bq/mL"))
    gradient = scene.sample_gradient(scene.points)
    assert np.abs(gradient[:, 2]).max() == 0 < np.abs(gradient[:, 0]).max()
