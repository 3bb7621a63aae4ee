"""The simulated CT: numbers of every material, and the same place as the PET."""

import numpy as np
import pytest

from viewer.simulate.ct import AIR, LUNG, PMMA, WATER, clean_ct, simulate_ct
from viewer.simulate.iec import IecPhantom
from viewer.simulate.phantom_frame import phantom_geometry

PHANTOM = IecPhantom((3.0, -2.0, 5.0))
GRID = phantom_geometry(PHANTOM, (6.0, 1.0, 1.0), (36.0, 500.0, 500.0))


def at(image, *offset_mm):
    return image[tuple(np.rint(GRID.to_index(np.add(PHANTOM.center_lps_mm, offset_mm))).astype(int))]


@pytest.fixture(scope="module")
def clean():
    return clean_ct(PHANTOM, GRID)


@pytest.mark.parametrize(
    ("place", "hu"),
    [
        ((0, -90, 20), WATER),
        ((0, 0, 20), LUNG),
        ((0, -180, 20), AIR),
        ((0, -113.5, 20), PMMA),
        ((0, 130, 20), -880),
    ],
)
def test_every_material_has_its_number(clean, place, hu):
    assert at(clean, *place) == pytest.approx(hu, abs=1)


def test_the_spheres_have_a_wall_and_water_inside():
    grid = phantom_geometry(PHANTOM, (1.0, 0.5, 0.5), (220.0, 100.0, 100.0))
    image = clean_ct(PHANTOM, grid)
    center = PHANTOM.sphere_centers_lps_mm[5] - PHANTOM.center_lps_mm
    inward = -center / np.linalg.norm(center)

    def value(depth_from_center):
        point = np.add(PHANTOM.center_lps_mm, center + inward * depth_from_center)
        return image[tuple(np.rint(grid.to_index(point)).astype(int))]

    assert value(16.0) == pytest.approx(WATER, abs=1)
    assert value(19.0) > 60


def test_the_ct_lies_where_the_pet_lies():
    pet = phantom_geometry(PHANTOM)
    ct = phantom_geometry(PHANTOM, (3.0, 1.0, 1.0))
    assert pet.frame_of_reference_uid == ct.frame_of_reference_uid != ""
    np.testing.assert_allclose(pet.center_lps_mm, ct.center_lps_mm, atol=1e-9)
    moved = phantom_geometry(IecPhantom((0.0, 0.0, 0.0)))
    assert moved.frame_of_reference_uid != pet.frame_of_reference_uid


def test_noise_has_its_sd_and_its_seed(clean):
    volume = simulate_ct(PHANTOM, np.random.default_rng(1), noise_hu=12.0, geometry=GRID)
    assert volume.unit == "HU" and volume.origin.simulated
    difference = volume.data - clean
    assert difference.std() == pytest.approx(12.0, rel=0.02)
    assert abs(difference.mean()) < 0.1
    again = simulate_ct(PHANTOM, np.random.default_rng(1), noise_hu=12.0, geometry=GRID)
    np.testing.assert_array_equal(volume.data, again.data)
