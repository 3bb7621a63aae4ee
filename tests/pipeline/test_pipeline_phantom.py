"""The phantom through several rooms: scale, find, plan, measure, place ROIs, report."""

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from viewer.core.errors import LowfieldError
from viewer.core.geometry import Geometry
from viewer.core.options import MeasureOptions
from viewer.core.phantom import TrueFill
from viewer.core.volume import Volume
from viewer.phantom import analyse_phantom, phantom_report, phantom_rois, with_recovery
from viewer.pipeline import measure_rois
from viewer.report.json import report_document
from viewer.report.pdf import pdf_bytes
from viewer.report.phantom import phantom_document
from viewer.roi.rasterize import rasterize
from viewer.simulate.ct import clean_ct
from viewer.simulate.iec import IecPhantom
from viewer.simulate.pet import SCAN_START, Emitter, simulate_pet

TERBIUM, FLUORINE = Emitter("^149^Terbium", 14824.8, 0.0715), Emitter("^18^Fluorine", 6586.2, 0.9673)


def grid(shape, spacing, center) -> Geometry:
    half = (np.asarray(shape) - 1) / 2 * np.asarray(spacing)
    return Geometry.from_axes(shape, spacing, np.eye(3)[::-1], np.asarray(center) - half[::-1], "1.2")


@pytest.fixture(scope="module")
def phantom():
    return IecPhantom((3, -5, 4), Rotation.from_euler("xyz", (0, 0, 30), degrees=True).as_matrix())


@pytest.fixture(scope="module")
def pet(phantom):
    """149Tb that the scanner was told is 18F."""
    geometry = grid((44, 66, 66), (5, 5, 5), (0, 0, 30))
    rng = np.random.default_rng(4)
    return simulate_pet(phantom, TERBIUM, rng, acquired_as=FLUORINE, geometry=geometry).volume


@pytest.fixture(scope="module")
def ct(phantom):
    geometry = grid((56, 84, 84), (3, 2.2, 2.2), phantom.center_lps_mm)
    return Volume(clean_ct(phantom, geometry), geometry, "HU")


@pytest.fixture(scope="module")
def fill(phantom):
    """What was filled in one half-life before the scan."""
    early = SCAN_START - timedelta(seconds=TERBIUM.half_life_s)
    return TrueFill(2 * phantom.sphere_bq_ml, 2 * phantom.background_bq_ml, early)


@pytest.fixture(scope="module")
def result(pet, ct, fill):
    return analyse_phantom(pet, ct, MeasureOptions("F-18", "Tb-149"), fill)


def test_a_rescaled_phantom_is_calibrated_and_says_what_was_done(result, phantom):
    assert result.calibration == pytest.approx(1, abs=0.02) and result.calibration_passed
    assert result.true_spheres == pytest.approx(phantom.sphere_bq_ml, rel=1e-9)
    assert result.label == "rescaled: acquired as 18F, is 149Tb"
    assert result.reference_time == SCAN_START and result.unit == "Bq/mL"
    assert 0.6 < result.spheres[-1].rc_mean < 1.05
    assert result.provenance["truth"]["decay_factor"] == pytest.approx(0.5)
    assert result.provenance["activity"]["nuclide"]["rescaled"]


def test_pet_and_ct_are_compared(result, pet, ct):
    assert result.pose.image == "PET" and result.provenance["search"]["ct_apart_mm"] < 1.5
    moved = np.array(ct.geometry.affine)
    moved[:3, 3] += (6, 0, 0)
    apart = analyse_phantom(pet, replace(ct, geometry=Geometry(ct.geometry.shape, moved, "1.2")))
    assert any("not registered" in text for text in apart.warnings)
    np.testing.assert_allclose(apart.pose.sphere_centers_lps_mm, result.pose.sphere_centers_lps_mm, atol=0.05)


def test_a_ct_without_phantom_or_of_another_frame_is_not_used(pet, ct):
    blank = analyse_phantom(pet, ct.with_data(np.zeros(ct.geometry.shape, np.float32)))
    assert "no lung insert" in blank.provenance["search"]["ct_refused"]
    foreign = Geometry(ct.geometry.shape, ct.geometry.affine, "9.9")
    other = analyse_phantom(pet, replace(ct, geometry=foreign))
    assert any("another frame of reference" in text for text in other.warnings)
    assert "ct_apart_mm" not in other.provenance["search"]


def test_where_the_pet_is_too_noisy_the_ct_places_the_spheres(pet, ct, phantom):
    noise = np.random.default_rng(0).gamma(1.0, 5000, pet.data.shape).astype(np.float32)
    with pytest.raises(LowfieldError, match="found on the PET"):
        analyse_phantom(pet.with_data(noise))
    found = analyse_phantom(pet.with_data(noise), ct)
    assert found.pose.image == "CT" and any("found on the CT instead" in text for text in found.warnings)
    away = np.linalg.norm(found.pose.sphere_centers_lps_mm - phantom.sphere_centers_lps_mm, axis=1)
    assert away.max() < 1.1
    assert all(row.mean is None and row.reason for row in found.spheres)


def test_without_units_there_are_only_ratios(pet, fill):
    bare = replace(pet, acquisition=replace(pet.acquisition, units=""), unit="")
    found = analyse_phantom(bare, None, MeasureOptions(), fill)
    assert found.relative and found.true_spheres is None and found.unit == "the file's own numbers"
    assert any("Units" in text for text in found.warnings)
    assert found.spheres[-1].ratio_mean > 5
    made = phantom_report(bare, None, found)
    assert b"%PDF" in pdf_bytes(made)[:8]


def test_the_placed_rois_measure_what_the_tool_measured(result, pet, phantom):
    rois = phantom_rois(result, 5.0)
    names = [roi.name for roi in rois]
    assert names[:6] == [f"Sphere {d} mm" for d in (10, 13, 17, 22, 28, 37)]
    assert names[6:-1] == [f"Background {n}" for n in range(1, 13)] and names[-1] == "Lung insert"
    options = MeasureOptions("F-18", "Tb-149")
    places = measure_rois(pet, rois[6:-1], options)
    assert np.mean([each.activity.mean for each in places]) == pytest.approx(result.background, rel=2e-3)
    sphere = analyse_phantom(pet, None, options, voi="sphere")
    found = measure_rois(pet, rois[:6], options)
    assert [each.activity.mean for each in found] == pytest.approx([row.mean for row in sphere.spheres], rel=1e-5)
    low, high = result.plan.lung_range_mm
    lung = rasterize(rois[-1].shape, pet.geometry)
    assert lung.voxels * pet.geometry.voxel_volume_ml == pytest.approx(
        np.pi * 15**2 * (high - low) / 1000, rel=0.05
    )
    dark = replace(result, plan=replace(result.plan, lung_range_mm=None))
    assert [roi.name for roi in phantom_rois(dark)][-1] == "Background 12"


def test_measurements_are_corrected_by_a_named_table(result, pet):
    found = measure_rois(pet, phantom_rois(result)[3:4], MeasureOptions("F-18", "Tb-149"))
    assert with_recovery(found, None) == tuple(found)
    (corrected,) = with_recovery(found, "tb149-2026")
    assert corrected.recovered.raw == corrected.activity.mean
    assert corrected.recovered.corrected > corrected.recovered.raw
    with pytest.raises(LowfieldError, match="no recovery table"):
        with_recovery(found, "nothing")


def test_the_report_holds_everything(result, pet, ct):
    options = MeasureOptions("F-18", "Tb-149")
    made = phantom_report(pet, ct, result, options)
    assert made.title == "NEMA IEC body phantom" and made.pictures
    assert report_document(made)["phantom"]["spheres"][5]["rc_mean"] == result.spheres[5].rc_mean
    document = phantom_document(result)
    assert document["schema"] == "lowfield phantom 1" and document["convention"] == "a50"
    assert len(document["spheres"]) == 6 and len(document["spheres"][0]["verdicts"]) == 4
    assert pdf_bytes(made).startswith(b"%PDF")


def test_impossible_wishes_are_refused(pet):
    with pytest.raises(LowfieldError, match="'b50' is not known"):
        analyse_phantom(pet, voi="b50")
    with pytest.raises(LowfieldError, match="no time"):
        analyse_phantom(pet, fill=TrueFill(10.0))
