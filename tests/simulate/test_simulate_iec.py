"""The IEC phantom: volumes, places and activity, in any pose and on any grid."""

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from viewer.core.errors import LowfieldError
from viewer.core.geometry import Geometry
from viewer.simulate.coverage import body_coverage, sphere_coverage
from viewer.simulate.iec import DIAMETERS_MM, IecPhantom

AXIAL = ((0, 0, 1), (0, 1, 0), (1, 0, 0))


def grid(shape, spacing, directions=AXIAL, center=(0, 0, 0)):
    directions = np.asarray(directions, float)
    corner = np.asarray(center, float) - ((np.asarray(shape) - 1) / 2 * spacing) @ directions
    return Geometry.from_axes(shape, spacing, directions, corner)


@pytest.mark.parametrize("spacing", [(1, 1, 1), (2, 1.65, 1.65), (5, 4, 4), (3, 0.98, 0.98)])
@pytest.mark.parametrize("diameter", DIAMETERS_MM)
def test_spheres_have_their_analytic_volume(spacing, diameter):
    geometry = grid((44, 48, 48), spacing)
    rng = np.random.default_rng(int(diameter))
    for offset in rng.uniform(-2, 2, (5, 3)):
        _, fraction = sphere_coverage(geometry, offset, diameter / 2)
        volume = fraction.sum() * geometry.voxel_volume_ml
        assert volume == pytest.approx(np.pi / 6 * diameter**3 / 1000, rel=1e-3)
        assert fraction.min() >= 0 and fraction.max() <= 1 + 1e-12


def test_coverage_agrees_with_brute_force_on_an_oblique_grid():
    turn = Rotation.from_euler("xyz", (20, -35, 50), degrees=True).as_matrix()
    geometry = grid((9, 8, 10), (3.0, 2.0, 2.5), turn)
    center = np.array([0.7, -0.4, 1.1])
    box, fraction = sphere_coverage(geometry, center, 6.5)
    whole = np.zeros(geometry.shape)
    whole[box] = fraction
    brute = body_coverage(geometry, lambda p: np.linalg.norm(p - center, axis=-1) - 6.5, step_mm=0.15)
    np.testing.assert_allclose(whole, brute, atol=0.01)


def test_a_sphere_outside_the_grid_covers_nothing():
    geometry = grid((10, 10, 10), (1, 1, 1))
    _, fraction = sphere_coverage(geometry, np.array([100.0, 0, 0]), 5)
    assert fraction.sum() == 0


@pytest.mark.parametrize(
    ("pose", "wall"), [((0, 0, 0), 1.0), ((90, 0, 0), 1.0), ((12, -7, 33), 0.0), ((0, 180, 0), 1.0)]
)
def test_all_the_activity_is_there(pose, wall):
    rotation = Rotation.from_euler("xyz", pose, degrees=True).as_matrix()
    phantom = IecPhantom((4, -3, 6), rotation, wall_mm=wall)
    geometry = grid((88, 88, 88), (4.5, 4.5, 4.5), center=phantom.center_lps_mm)
    image = phantom.concentration(geometry)
    assert image.sum(dtype=float) * geometry.voxel_volume_ml == pytest.approx(45e6, rel=1e-3)
    assert image.min() > -1 and image.max() == pytest.approx(phantom.sphere_bq_ml, rel=1e-6)


def test_concentrations_follow_from_volumes():
    phantom = IecPhantom()
    np.testing.assert_allclose(phantom.sphere_volumes_ml, (0.52, 1.15, 2.57, 5.57, 11.49, 26.52), atol=0.006)
    hot, cold = phantom.sphere_volumes_ml.sum(), phantom.background_volume_ml
    assert 9500 < cold < 10500
    assert hot * phantom.sphere_bq_ml + cold * phantom.background_bq_ml == pytest.approx(45e6)
    assert phantom.sphere_bq_ml == pytest.approx(10 * phantom.background_bq_ml)
    assert IecPhantom(activity_bq=4.5e6).sphere_bq_ml == pytest.approx(phantom.sphere_bq_ml / 10)


def test_spheres_stand_in_a_ring_in_order_of_size():
    centers = IecPhantom((10, 20, 30)).sphere_centers_lps_mm - (10, 20, 30)
    np.testing.assert_allclose(np.linalg.norm(centers, axis=1), 57.2)
    np.testing.assert_allclose(centers[:, 2], 0, atol=1e-9)
    angle = np.unwrap(np.arctan2(centers[:, 1], centers[:, 0]))
    np.testing.assert_allclose(np.diff(angle), np.pi / 3)  # x to the right, y down: clockwise on the screen


def test_the_section_is_d_shaped_and_294_by_224_mm():
    phantom = IecPhantom()

    def inside(x, y, z=0.0):
        return phantom.body_distance(np.array([x, y, z], float)) < 0

    assert inside(146.9, 35) and not inside(147.1, 35)
    assert inside(0, -111.9) and not inside(0, -112.1)  # round side up
    assert inside(0, 111.9) and inside(69, 111.9) and not inside(0, 112.1)  # flat side down
    assert not inside(146, 111) and not inside(140, -60)
    assert inside(0, 60, 123.9) and not inside(0, 60, 124.1) and not inside(0, 60, -70.1)


def test_the_lung_insert_is_cold_and_51_mm_wide():
    phantom = IecPhantom()
    geometry = grid((1, 120, 120), (2, 1, 1))
    image = phantom.concentration(geometry)[0]
    row = image[60]
    assert (row < 1).sum() == pytest.approx(50, abs=2)
    assert image[60 - 40, 60] == pytest.approx(phantom.background_bq_ml, rel=1e-5)


def test_truth_names_every_sphere():
    phantom = IecPhantom((1, 2, 3))
    truth = phantom.truth()
    assert [one["diameter_mm"] for one in truth["spheres"]] == list(DIAMETERS_MM)
    np.testing.assert_allclose([one["center_lps_mm"] for one in truth["spheres"]], phantom.sphere_centers_lps_mm)
    assert truth["sphere_bq_ml"] == pytest.approx(phantom.sphere_bq_ml)


def test_a_pose_must_be_a_rotation():
    with pytest.raises(LowfieldError, match="orthonormal"):
        IecPhantom(rotation=np.ones((3, 3)))
