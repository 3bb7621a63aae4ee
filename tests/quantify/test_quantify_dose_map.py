"""The dose map: resampling against SimpleITK, density on the PET grid, arithmetic, and the curve that is drawn."""

import math

import numpy as np
import pytest
import SimpleITK as sitk
from scipy.integrate import quad

from viewer.core.geometry import Geometry
from viewer.quantify.dose import absorbed_dose
from viewer.quantify.dose_constants import density_g_ml, dose_constants
from viewer.quantify.dose_map import density_on, dose_from_integral, resampled
from viewer.quantify.fit import fit_curve
from viewer.quantify.fit_models import curve_at
from viewer.quantify.timeactivity_curve import assumed_curve
from viewer.quantify.timeactivity_integral import TAIL, UPTAKE, integrate

TB149 = dose_constants("Tb-149")
HOUR, HALF_LIFE = 3600.0, 14824.8
AXES = np.eye(3)[::-1]


def grid(shape, spacing, origin=(0.0, 0.0, 0.0), turn_deg=0.0):
    a = math.radians(turn_deg)
    turned = AXES @ np.array([[math.cos(a), math.sin(a), 0], [-math.sin(a), math.cos(a), 0], [0, 0, 1]])
    return Geometry.from_axes(shape, spacing, turned, origin, "1.2")


def to_sitk(values, geometry):
    image = sitk.GetImageFromArray(values)
    image.SetSpacing(geometry.spacing_mm[::-1])
    image.SetOrigin(geometry.origin_lps_mm.tolist())
    image.SetDirection(geometry.directions[::-1].T.ravel().tolist())
    return image


def test_resampling_agrees_with_simpleitk():
    source = grid((9, 12, 14), (4.0, 3.0, 2.5), (-20, -18, -15), 17.0)
    target = grid((7, 10, 11), (3.0, 3.0, 3.0), (-14, -12, -8))
    values = np.random.default_rng(2).normal(size=source.shape).astype(np.float32)
    ours = resampled(values, source, target)
    judge = sitk.ResampleImageFilter()
    judge.SetReferenceImage(to_sitk(np.zeros(target.shape, np.float32), target))
    judge.SetInterpolator(sitk.sitkLinear)
    judge.SetDefaultPixelValue(-99.0)
    theirs = sitk.GetArrayFromImage(judge.Execute(to_sitk(values, source)))
    both = np.isfinite(ours) & (theirs != -99.0)
    np.testing.assert_allclose(ours[both], theirs[both], atol=1e-4)
    inner = np.isfinite(ours)
    assert 0.2 < inner.mean() < 1 and (theirs[inner] != -99.0).all()


def test_the_same_grid_is_not_touched():
    geometry = grid((3, 4, 5), (2, 2, 2))
    values = np.random.default_rng(3).normal(size=geometry.shape).astype(np.float32)
    assert np.array_equal(resampled(values, geometry, geometry), values)


def test_density_of_a_uniform_ct_is_that_of_its_number_and_unknown_beside_it():
    ct, pet = grid((10, 10, 10), (1, 1, 1)), grid((4, 4, 6), (3, 3, 3))
    found = density_on(np.full(ct.shape, 60.0, np.float32), ct, pet)
    np.testing.assert_allclose(found[:, :, :4], density_g_ml(60.0), rtol=1e-5)
    assert np.isnan(found[:, :, 4:]).all()


def test_density_is_averaged_over_a_pet_voxel():
    """Bone and lung alternating every voxel of 1 mm: a PET voxel of 4 mm sees their mean, not one of them."""
    ct, pet = grid((12, 12, 12), (1, 1, 1)), grid((1, 1, 1), (4, 4, 4), (5.5, 5.5, 5.5))
    hu = np.where(np.arange(12) % 2, 1000.0, -700.0) * np.ones(ct.shape)
    mean = float(density_g_ml([1000.0, -700.0]).mean())
    assert density_on(hu, ct, pet)[0, 0, 0] == pytest.approx(mean, rel=0.02)


def test_a_ct_as_coarse_as_the_pet_is_not_blurred():
    both = grid((4, 4, 8), (1, 1, 1))
    hu = np.where(np.arange(8) < 4, 1000.0, -700.0) * np.ones(both.shape)
    np.testing.assert_allclose(density_on(hu, both, both), density_g_ml(hu), rtol=1e-6)


def test_the_map_is_the_rois_dose_voxel_by_voxel():
    integral = np.array([[[1e7, 2e7, 1e7, math.nan]]])
    gray, weighted = dose_from_integral(integral, np.array([[[1.0, 2.0, 0.1, 1.0]]]), TB149, 5.0)
    whole = absorbed_dose(1e7, TB149)
    np.testing.assert_allclose(gray[0, 0, :2], [whole.total_gy] * 2, rtol=1e-6)
    np.testing.assert_allclose(weighted[0, 0, :2], [whole.weighted_gy] * 2, rtol=1e-6)
    assert np.isnan(gray[0, 0, 2:]).all() and np.isnan(weighted[0, 0, 2:]).all()
    assert gray.dtype == np.float32
    everywhere, _ = dose_from_integral(integral, 1.0, TB149, 5.0)
    assert np.isfinite(everywhere[0, 0, :3]).all()


@pytest.mark.parametrize("uptake", UPTAKE)
@pytest.mark.parametrize("tail", TAIL)
def test_the_curve_that_is_drawn_is_the_one_that_was_integrated(uptake, tail):
    times = np.array([0.5, 1, 2, 4, 7, 12]) * HOUR
    y = curve_at(times, [600.0, 300.0], [4e-4, 6e-5])
    fit = fit_curve(times, y, 0.01 * y, "bi", HALF_LIFE)
    words = (fit, times[0], times[-1], HALF_LIFE, uptake, tail)
    area = quad(
        lambda t: float(assumed_curve(t, *words)), 0, 60 * HALF_LIFE, points=(times[0], times[-1]), limit=300
    )
    assert area[0] == pytest.approx(integrate(*words).total_bq_s_ml, rel=1e-5)
