"""One ROI on PET and CT at once, each from its own native voxels; and whole studies turned about."""

from dataclasses import replace
from datetime import datetime

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from viewer.core.geometry import Geometry
from viewer.core.measurement import EXACT
from viewer.core.pet import PetAcquisition
from viewer.core.volume import Origin, Volume
from viewer.measuring import in_place
from viewer.pipeline import (
    MeasureOptions,
    make_report,
    measure_roi,
    measure_rois,
    measure_side_by_side,
    reading_of,
    scales_for,
)
from viewer.report.csv import csv_text
from viewer.report.json import report_document
from viewer.roi.compound import Combined, FixedLevel, Grown, OfMaximum
from viewer.roi.rasterize import rasterize
from viewer.roi.shapes import Ellipsoid, Isocontour, MaskShape, Roi, Sphere

NOON = datetime(2026, 5, 4, 12)
ACQUISITION = PetAcquisition(
    units="BQML", decay_correction="START", corrected_image=("ATTN", "DECY"), scan_start=NOON, injection_time=NOON,
    injected_dose_bq=1e8, half_life_s=14824.8, patient_weight_kg=70.0, nuclide_meaning="^149^Terbium",
)  # fmt: skip
PET_GRID = Geometry.from_axes((16, 20, 20), (4.0, 4.0, 4.0), np.eye(3)[::-1], (0, 0, 0), "1.2")
CT_GRID = Geometry.from_axes((32, 50, 50), (2.0, 1.5, 1.5), np.eye(3)[::-1], (1, 2, 1), "1.2")
CENTER = np.array([38.0, 38.0, 30.0])


def pet(grid=PET_GRID, **changes) -> Volume:
    away = np.linalg.norm(grid.to_lps(np.stack(np.indices(grid.shape), -1)) - CENTER, axis=-1)
    data = (1000 + 9000 * np.exp(-((away / 14) ** 4))) * np.random.default_rng(1).gamma(100, 0.01, grid.shape)
    origin = Origin(series_uid="1.7", series_description="PET", modality="PT", **changes)
    return Volume(data.astype(np.float32), grid, "Bq/mL", origin, acquisition=ACQUISITION)


def ct(grid=CT_GRID) -> Volume:
    x, y, z = np.moveaxis(grid.to_lps(np.stack(np.indices(grid.shape), -1)), -1, 0)
    origin = Origin(series_uid="1.8", series_description="CT", modality="CT")
    return Volume((40 + x - 2 * y + z).astype(np.float32), grid, "HU", origin)


def test_hu_and_activity_each_from_its_own_voxels():
    volumes, roi = [pet(), ct()], Roi("lesion", Sphere(CENTER, 9), frame_of_reference_uid="1.2")
    (_, hot), (_, dense) = measure_side_by_side(volumes, roi, scales_for(volumes[0], MeasureOptions()))
    assert (hot.modality, dense.modality, dense.unit) == ("PT", "CT", "HU")
    region = rasterize(roi.shape, CT_GRID)
    assert dense.values.mean == pytest.approx(volumes[1].data[region.slices][region.mask].mean(), rel=1e-6)
    assert dense.voxels == region.voxels and dense.activity is None and hot.values is None
    assert hot.activity.mean == measure_rois(volumes[0], [roi])[0].activity.mean
    assert hot.uncertainty.relative > 0.0 and sum(hot.histogram.counts) == hot.voxels
    assert {hot.roi_id, dense.roi_id} == {roi.id}
    fast = measure_side_by_side(volumes, roi, scales_for(volumes[0], MeasureOptions()), details=False)
    assert fast[0][1].uncertainty is None and fast[0][1].activity == hot.activity


@pytest.mark.parametrize(
    "shape",
    [
        Isocontour(CENTER, 20, 0.5),
        Grown(Sphere(CENTER, 20), OfMaximum(0.41), series_uid="1.7"),
        Combined("subtract", (Grown(Sphere(CENTER, 20), FixedLevel(4, "kBq/mL")), Sphere(CENTER, 5))),
    ],
)
def test_what_grew_on_pet_is_measured_on_ct_where_it_grew(shape):
    volumes, roi = [pet(), ct()], Roi("hot", shape)
    scales = scales_for(volumes[0], MeasureOptions())
    (laid, hot), (there, dense) = measure_side_by_side(volumes, roi, scales)
    assert laid is roi and dense.voxels > 0
    assert dense.volume_ml == pytest.approx(hot.volume_ml, rel=0.06)
    taken = rasterize(shape, PET_GRID, reading_of(volumes[0], scales).values)
    mask = np.zeros(PET_GRID.shape, bool)
    mask[taken.slices] = taken.mask
    expected = rasterize(MaskShape(mask, PET_GRID), CT_GRID)
    # Voxels that grew are laid on the CT as they are; a sphere beside them is cut into the CT's own voxels.
    close = 0.01 if isinstance(shape, Combined) else 1e-6
    assert dense.values.mean == pytest.approx(volumes[1].data[expected.slices][expected.mask].mean(), rel=close)
    # What the report keeps of the CT's row can be measured again on the CT alone.
    assert measure_roi(volumes[1], there, scales_for(volumes[1], MeasureOptions())).values == dense.values


def test_the_level_of_an_isocontour_is_part_of_how_it_came_about():
    volume = pet()
    scales = scales_for(volume, MeasureOptions())
    found = measure_roi(volume, Roi("hot", Grown(Sphere(CENTER, 20), FixedLevel(4.0, "SUVbw"))), scales)
    level = found.provenance["region"]["threshold"]
    assert (level["value"], level["unit"], level["grown_on_series_uid"]) == (4.0, "SUVbw", "1.7")
    assert found.suv_bw.minimum >= 4.0
    nothing = measure_roi(volume, Roi("no", Grown(Sphere((900, 0, 0), 5), OfMaximum(0.5))), scales)
    assert nothing.voxels == 0 and "threshold" not in nothing.provenance["region"]


def test_an_roi_of_another_space_has_no_number_and_says_why():
    roi = Roi("lesion", Sphere(CENTER, 9), frame_of_reference_uid="9.9")
    volumes = [pet(), ct()]
    scales = scales_for(volumes[0], MeasureOptions())
    for found in (measure_rois(volumes[0], [roi])[0], *(m for _, m in measure_side_by_side(volumes, roi, scales))):
        assert found.activity is found.values is None and "frame of reference" in found.warnings[-1]
    grown = replace(roi, shape=Isocontour(CENTER, 9, 0.5))
    for _, found in measure_side_by_side(volumes, grown, scales):
        assert found.voxels == 0 and "frame of reference" in found.warnings[-1]
    plain = Roi("a", Sphere(CENTER, 9))
    assert in_place(plain, reading_of(volumes[0], scales)) is plain


def test_exact_weights_are_asked_for_by_the_roi():
    found = measure_rois(pet(), [Roi("small", Sphere(CENTER + 0.7, 5), weighting=EXACT)])[0]
    assert found.volume_ml == pytest.approx(np.pi / 6 * 1.0, rel=1e-3)
    assert found.weighting == EXACT and "fraction" in found.provenance["region"]["rule"]


def test_the_report_has_a_row_for_each_series():
    rois = [Roi("lesion", Sphere(CENTER, 9)), Roi("hot", Isocontour(CENTER, 20, 0.5))]
    report = make_report(pet(), ct(), rois)
    assert [(m.name, m.modality) for m in report.measurements] == [
        ("lesion", "PT"), ("lesion", "CT"), ("hot", "PT"), ("hot", "CT"),
    ]  # fmt: skip
    document = report_document(report)
    assert document["rois"][1]["values"]["mean"] and document["rois"][1]["unit"] == "HU"
    assert document["rois"][3]["definition"]["type"] == "mask"
    lines = csv_text(report.measurements).splitlines()
    assert len(lines) == 5 and ",CT," in lines[2]
    elsewhere = ct(Geometry(CT_GRID.shape, CT_GRID.affine, "7"))
    assert len(make_report(pet(), elsewhere, rois).measurements) == 2


SHAPES = st.sampled_from(
    [Sphere(CENTER, 9.0), Ellipsoid(CENTER + 1, (12, 7, 9), np.eye(3)), Isocontour(CENTER, 18, 0.5)]
)


@settings(max_examples=15, deadline=None)
@given(SHAPES, st.integers(0, 1000), st.sampled_from([None, 0, 1, 2]))
def test_turning_or_flipping_a_study_changes_no_statistic(shape, seed, flip):
    volume = pet()
    turn = Rotation.random(random_state=seed).as_matrix()
    affine = np.eye(4)
    affine[:3, :3] = turn
    moved = affine @ PET_GRID.affine
    data = volume.data
    if flip is not None:
        moved[:3, 3] += moved[:3, flip] * (PET_GRID.shape[flip] - 1)
        moved[:3, flip] *= -1
        data = np.flip(data, flip)
    turned = replace(volume, data=data, geometry=Geometry(PET_GRID.shape, moved, "1.2"))
    match shape:
        case Sphere():
            there = Sphere(turn @ shape.center_lps_mm, shape.radius_mm)
        case Ellipsoid():
            there = Ellipsoid(turn @ shape.center_lps_mm, shape.radii_mm, np.array(shape.axes) @ turn.T)
        case _:
            there = replace(shape, seed_lps_mm=turn @ shape.seed_lps_mm)
    one, other = measure_rois(volume, [Roi("a", shape)])[0], measure_rois(turned, [Roi("a", there)])[0]
    assert one.voxels == other.voxels > 0
    for before, after in ((one.activity, other.activity), (one.suv_bw, other.suv_bw)):
        for name, number in vars(before).items():
            assert getattr(after, name) == pytest.approx(number, rel=1e-9)
