"""Finding the NEMA IEC phantom: in any pose, or a refusal that says why."""

import tarfile
from dataclasses import replace

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from viewer.core.errors import LowfieldError
from viewer.core.geometry import Geometry
from viewer.core.phantom import PhantomPose
from viewer.pipeline import load, open_study
from viewer.quantify import phantom_find, phantom_fit, phantom_ring
from viewer.quantify.phantom_blobs import MOST_BLOBS, _poses_of, _strongest, centers, distinct, guess_poses
from viewer.quantify.phantom_find import find_on_ct, find_on_pet, seen
from viewer.quantify.phantom_fit import signals_at, whole
from viewer.quantify.phantom_shape import RADII_MM, align, ball, block_means, constellation, near
from viewer.simulate.ct import clean_ct
from viewer.simulate.iec import IecPhantom
from viewer.simulate.pet import Emitter, Scan, simulate_pet

TERBIUM = Emitter("^149^Terbium", 14824.8, 0.0715)
AXES = np.eye(3)[::-1]


def turned(*degrees: float) -> np.ndarray:
    return Rotation.from_euler("xyz", degrees, degrees=True).as_matrix()


def grid(shape, spacing, center, axes=AXES) -> Geometry:
    half = (np.asarray(shape) - 1) / 2 * np.asarray(spacing)
    return Geometry.from_axes(shape, spacing, axes, np.asarray(center) - half @ axes, "1.2")


def scanned(phantom: IecPhantom, geometry: Geometry, seed: int = 1):
    return simulate_pet(phantom, TERBIUM, np.random.default_rng(seed), geometry=geometry, scan=Scan())


def off_mm(pose: PhantomPose, phantom: IecPhantom) -> float:
    return float(np.linalg.norm(pose.sphere_centers_lps_mm - phantom.sphere_centers_lps_mm, axis=1).max())


@pytest.fixture(scope="module")
def image():
    """A phantom at 5 mm, and its PET without noise."""
    phantom = IecPhantom((4, -3, 6), turned(0, 0, 25))
    return phantom, scanned(phantom, grid((40, 66, 66), (5, 5, 5), (0, 0, 30)))


@pytest.mark.parametrize(
    ("turn", "spacing", "mbq", "flips"),
    [
        ((0, 0, 0), (5, 5, 5), 45, (1, 1, 1)),
        ((0, 180, 70), (4, 4, 4), 9, (1, -1, 1)),  # upside down: on the screen the filling is mirrored
        ((20, -35, 50), (4, 3.5, 3.5), 4.5, (-1, 1, -1)),
        ((90, 0, 0), (5, 4, 4), 20, (1, 1, 1)),
    ],
)
def test_spheres_are_found_within_half_a_voxel(turn, spacing, mbq, flips):
    phantom = IecPhantom((6, -9, 4), turned(*turn), activity_bq=mbq * 1e6)
    shape = tuple(int(230 / s) for s in spacing)
    made = scanned(phantom, grid(shape, spacing, (0, 0, 0), AXES * np.asarray(flips)[:, None]))
    pose = find_on_pet(made.volume.data, made.volume.geometry)
    assert off_mm(pose, phantom) < min(spacing) / 2
    assert pose.image == "PET" and pose.residual_mm < 1 and all(seen(pose)) and pose.warnings == ()
    # The rigid ring is a rotation, and its bore is the phantom's.
    np.testing.assert_allclose(pose.rotation.T @ pose.rotation, np.eye(3), atol=1e-9)
    assert np.linalg.det(pose.rotation) == pytest.approx(1)
    assert pose.rotation[:, 2] @ phantom.rotation[:, 2] == pytest.approx(1, abs=2e-3)


def test_the_real_volume_agrees_with_pynemaiqpet(shared_data, tmp_path):
    with tarfile.open(shared_data("nema_iq_pet") / "pet_recon_1.tar.xz") as archive:
        archive.extractall(tmp_path, filter="data")
    pet = load(next(iter(open_study([tmp_path]).series())))
    pose = find_on_pet(pet.data, pet.geometry)
    # Centres by pynemaiqpet 0.5.4 as (column, row, slice), largest sphere first: tests/bench/phantom.py.
    theirs = [
        (121.9096, 97.2611, 41.9981), (107.5791, 120.3322, 43.2561), (80.0683, 119.4291, 42.2219),
        (67.0443, 95.2585, 42.5327), (81.5829, 72.0325, 42.5439), (109.2402, 72.9787, 42.1197),
    ]  # fmt: skip
    index = pet.geometry.to_index(pose.sphere_centers_lps_mm)[::-1, ::-1]
    assert np.abs(index - theirs).max() < 0.5
    # Their fit of the largest sphere without background: 16798.5 - 1686.8.
    assert pose.contrast[-1] == pytest.approx(15111.7, rel=0.02)


def test_a_phantom_partly_outside_is_refused(image):
    phantom, made = image
    volume = made.volume
    cut = grid((40, 66, 66), (5, 5, 5), (0, 0, 30)).affine
    half = Geometry((20, 66, 66), np.array(cut), "1.2")
    k = round(float(volume.geometry.to_index(phantom.center_lps_mm)[0]))
    with pytest.raises(LowfieldError, match=r"partly outside|no ring|explains"):
        find_on_pet(volume.data[: k + 1], Geometry((k + 1, 66, 66), half.affine, "1.2"))
    hole = np.array(volume.data)
    hole[tuple(np.round(volume.geometry.to_index(phantom.sphere_centers_lps_mm[0])).astype(int))] = np.nan
    with pytest.raises(LowfieldError, match="partly outside"):
        find_on_pet(hole, volume.geometry)


@pytest.mark.parametrize("kind", ["nothing", "noise"])
def test_what_is_no_phantom_is_refused(kind):
    geometry = grid((30, 40, 40), (5, 5, 5), (0, 0, 0))
    data = np.zeros((30, 40, 40), np.float32)
    if kind == "noise":
        data = np.random.default_rng(3).gamma(2, 100, data.shape).astype(np.float32)
    with pytest.raises(LowfieldError, match="No NEMA IEC phantom was found on the PET") as told:
        find_on_pet(data, geometry)
    assert told.value.hint


PAINTED = constellation() + np.array([3.0, -2.0, 4.0])


def painted(contrasts, background=1.0, radii=RADII_MM) -> tuple[np.ndarray, Geometry]:
    """Blurred spheres of given contrast on a warm ground, without noise."""
    geometry = grid((34, 44, 44), (5, 5, 5), (0, 0, 0))
    index = np.stack(np.meshgrid(*(np.arange(n) for n in geometry.shape), indexing="ij"), axis=-1)
    points = geometry.to_lps(index)
    data = np.full(geometry.shape, background)
    for center, radius, contrast in zip(PAINTED, radii, contrasts):
        data += contrast * ball(np.linalg.norm(points - center, axis=-1), radius, 2.8)
    data += np.random.default_rng(0).normal(0, 0.02, data.shape)
    return data.astype(np.float32), geometry


def test_cold_spheres_are_refused_by_name():
    data, geometry = painted((3, 3, 3, 3, -1, -1))
    with pytest.raises(LowfieldError, match="28 and 37 mm are colder"):
        find_on_pet(data, geometry)


def test_six_equal_spheres_fit_in_more_than_one_way():
    data, geometry = painted((5,) * 6, radii=(11,) * 6)
    with pytest.raises(LowfieldError, match=r"two places fit almost alike|same concentration"):
        find_on_pet(data, geometry)
    phantom_find._check_alone(pose_with(), 0.5)
    with pytest.raises(LowfieldError, match="two places fit almost alike"):
        phantom_find._check_alone(pose_with(), 0.89)


def test_an_unfilled_sphere_is_placed_by_the_ring_but_not_seen():
    data, geometry = painted((0, 5, 5, 5, 5, 5))
    pose = find_on_pet(data, geometry)
    assert seen(pose) == [False, True, True, True, True, True]
    assert "10 mm does not stand out" in pose.warnings[0]
    np.testing.assert_allclose(pose.sphere_centers_lps_mm, PAINTED, atol=0.5)
    assert pose.fwhm_mm == pytest.approx(2.8 * np.sqrt(8 * np.log(2)), rel=0.02)  # as painted


def pose_with(**changes) -> PhantomPose:
    usual = PhantomPose(
        np.zeros(3), np.eye(3), constellation(), np.full(6, 5.0), np.full(6, 20.0), 0.9, 0.3, 6.0, "PET"
    )
    return replace(usual, **changes)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"explained": 0.3}, "explains 30%"),
        ({"signal_to_noise": np.array([1, 1, 2, 4, 9, 9.0])}, "only 2 of six"),
        ({"residual_mm": 2.6}, "2.6 mm .RMS. off the ring"),
        ({"contrast": np.array([1, 5, 40, 200, 1000, 1000.0])}, "same concentration"),
    ],
)
def test_weak_evidence_is_refused(changes, says):
    phantom_find._check_evidence(pose_with(residual_mm=2.5))
    with pytest.raises(LowfieldError, match=says):
        phantom_find._check_evidence(pose_with(**changes))


def test_a_large_sphere_is_cold_below_minus_three_only():
    at_the_limit = np.array([20, 20, 20, 20, 20, -3.0])
    phantom_find._check_evidence(pose_with(signal_to_noise=at_the_limit))
    with pytest.raises(LowfieldError, match="the spheres of 37 mm are colder"):
        phantom_find._check_evidence(pose_with(signal_to_noise=at_the_limit - 0.01))


@pytest.mark.parametrize(("shift_mm", "alone"), [(4.9, True), (5.1, False)])
def test_a_second_place_is_one_where_no_sphere_could_be_the_same(monkeypatch, shift_mm, alone):
    """Two looks that ended up to 5 mm apart (twice what a ring may be off) found one place, not two."""
    here = (np.eye(3), np.zeros(3))
    there = (np.eye(3), np.array([shift_mm, 0, 0]))
    looks = iter([(here, 0.9), (there, 0.895)])
    monkeypatch.setattr(phantom_find, "whole", lambda *_: True)
    monkeypatch.setattr(phantom_find, "first_look", lambda *_: next(looks))
    monkeypatch.setattr(phantom_find, "fit_pose", lambda *_: pose_with())
    choose = (np.zeros((2, 2, 2)), grid((2, 2, 2), (1, 1, 1), (0, 0, 0)), [here, there], None, "PET")
    if alone:
        assert phantom_find._choose(*choose).explained == 0.9
        return
    with pytest.raises(LowfieldError, match="two places fit almost alike"):
        phantom_find._choose(*choose)


@pytest.mark.parametrize("triple", [(5, 4, 3), (5, 4, 2), (4, 3, 2), (5, 3, 2), (3, 2, 1)])
def test_three_of_the_larger_spheres_give_the_ring(triple):
    turn = turned(20, 30, 40)
    ring = constellation() @ turn.T + (1, 2, 3)
    found = _poses_of(ring[list(triple)])
    assert min(np.abs(centers(pose) - ring).max() for pose in found) < 1e-6


def test_the_part_of_a_ct_that_may_hold_spheres_reaches_to_its_border():
    geometry = grid((20, 30, 30), (3, 3, 3), (0, 0, 0))
    image = np.random.default_rng(0).random((20, 30, 30))
    part, cut = phantom_ring._cropped(image, geometry, np.zeros(3), np.array([0, 0, 1.0]), 20.0)
    np.testing.assert_array_equal(part, image)
    np.testing.assert_allclose(cut.affine, geometry.affine)
    wide = grid((90, 90, 90), (3, 3, 3), (0, 0, 0))
    part, cut = phantom_ring._cropped(np.zeros((90, 90, 90)), wide, np.zeros(3), np.array([0, 0, 1.0]), 20.0)
    corners = cut.to_lps(np.array([(0, 0, 0), np.array(part.shape) - 1]))
    reach = np.array([1, 1, 1]) * phantom_ring.AROUND_MM + np.array([0, 0, 20.0])
    assert (np.abs(corners) >= reach).all() and (np.abs(corners) < reach + 2 * 3).all()


def test_nothing_is_seen_in_noise_alone():
    assert seen(pose_with(signal_to_noise=np.ones(6))) == [False] * 6


@pytest.fixture(scope="module")
def ct():
    phantom = IecPhantom((5, -3, 4), turned(10, -15, 130))
    geometry = grid((75, 84, 84), (2.6, 2.2, 2.2), phantom.center_lps_mm)
    hu = clean_ct(phantom, geometry)
    return phantom, geometry, (hu + np.random.default_rng(1).normal(0, 8, hu.shape)).astype(np.float32)


def test_the_ct_shows_the_spheres_by_their_walls(ct):
    phantom, geometry, hu = ct
    pose = find_on_ct(hu, geometry)
    assert off_mm(pose, phantom) < 1.1
    assert pose.image == "CT" and pose.rotation[:, 2] @ phantom.rotation[:, 2] == pytest.approx(1, abs=1e-3)


def test_a_ct_without_the_insert_is_refused(ct):
    _, geometry, hu = ct
    with pytest.raises(LowfieldError, match="no lung insert"):
        find_on_ct(np.maximum(hu, 0), geometry)
    rod = np.zeros(geometry.shape, np.float32)
    rod[:, 30:38, 30:38] = -700.0  # of the insert's density, but too thin
    with pytest.raises(LowfieldError, match="no lung insert"):
        find_on_ct(rod, geometry)


def test_a_cylinder_is_told_from_other_shapes():
    geometry = grid((80, 40, 40), (2, 2, 2), (0, 0, 0))
    index = np.stack(np.meshgrid(*(np.arange(n) for n in geometry.shape), indexing="ij"), axis=-1)
    points = geometry.to_lps(index)
    core = np.hypot(points[..., 0], points[..., 1]) < 25.5 - phantom_ring.THIN_MM
    middle, axis, half = phantom_ring._cylinder(np.argwhere(core), geometry)
    np.testing.assert_allclose(middle, 0, atol=0.1)
    assert abs(axis[2]) == pytest.approx(1) and half == pytest.approx(80 + phantom_ring.THIN_MM, rel=0.02)
    flat = np.abs(points[..., 1]) < 4
    assert phantom_ring._cylinder(np.argwhere(flat), geometry) is None


def test_a_pose_of_the_ct_tells_what_the_pet_shows_there(image):
    phantom, made = image
    pose = pose_with(
        center_lps_mm=np.asarray(phantom.center_lps_mm),
        sphere_centers_lps_mm=phantom.sphere_centers_lps_mm,
        image="CT",
    )
    found = signals_at(made.noise_free, made.volume.geometry, pose)
    true = phantom.sphere_bq_ml - phantom.background_bq_ml
    np.testing.assert_allclose(found.contrast[2:], true, rtol=0.12)
    assert found.image == "CT" and (found.signal_to_noise > 5).all()


def test_blobs_and_poses_are_not_counted_twice(image):
    _, made = image
    volume = made.volume
    poses = guess_poses(volume.data, volume.geometry, most=3)
    assert len(poses) == 3
    assert distinct([poses[0], poses[0], poses[1]], 5) == [poses[0], poses[1]]
    noise = [np.random.default_rng(0).random((40, 40, 40)) for _ in RADII_MM]
    points = _strongest(noise, grid((40, 40, 40), (4, 4, 4), (0, 0, 0)))
    assert len(points) == MOST_BLOBS


def test_a_blurred_ball_is_a_convolution():
    axis = np.arange(-20, 20.1, 0.5)
    x, y, z = np.meshgrid(axis, axis, axis, indexing="ij")
    from scipy.ndimage import gaussian_filter

    sharp = (np.sqrt(x**2 + y**2 + z**2) <= 8).astype(float)
    blurred = gaussian_filter(sharp, 3 / 0.5, truncate=6)
    np.testing.assert_allclose(ball(np.abs(axis), 8, 3), blurred[:, 40, 40], atol=0.01)


def test_alignment_never_mirrors():
    turn = turned(20, 30, 40)
    rotation, shift = align(constellation(), constellation() @ turn.T + (1, 2, 3))
    np.testing.assert_allclose(rotation, turn, atol=1e-9)
    np.testing.assert_allclose(shift, (1, 2, 3), atol=1e-9)
    mirrored = constellation() * (1, -1, 1)
    assert np.linalg.det(align(constellation(), mirrored)[0]) == pytest.approx(1)


def test_boxes_near_a_point_stop_at_the_border():
    geometry = grid((10, 10, 10), (2, 2, 2), (0, 0, 0))
    assert near(geometry, (100, 0, 0), 5).offset_mm.size == 0
    box = near(geometry, (0, 0, 0), 3.0)
    assert box.distance_mm.shape == (4, 4, 4) and box.distance_mm.min() == pytest.approx(np.sqrt(3))
    means, coarse = block_means(np.arange(1000.0).reshape(10, 10, 10), geometry, 4.0)
    assert means.shape == (5, 5, 5) and means[0, 0, 0] == pytest.approx(
        np.mean([0, 1, 10, 11, 100, 101, 110, 111])
    )
    np.testing.assert_allclose(coarse.to_lps((0, 0, 0)), geometry.to_lps((0.5, 0.5, 0.5)))


def test_a_ring_must_lie_wholly_inside(image):
    phantom, made = image
    values, geometry = made.volume.data, made.volume.geometry
    pose = (phantom.rotation @ turned(0, 0, 180), np.asarray(phantom.center_lps_mm))
    np.testing.assert_allclose(centers(pose), phantom.sphere_centers_lps_mm, atol=1e-9)
    assert whole(values, geometry, pose)
    assert not whole(values, geometry, (pose[0], pose[1] + (0, 0, 500)))
    assert phantom_fit._share([], []) == 0.0
