"""One region measured: units, per-slice factors, totals, peaks, warnings, provenance."""

import json
import tracemalloc
from dataclasses import replace
from datetime import datetime, timedelta

import numpy as np
import pytest

from viewer.core.geometry import Geometry
from viewer.core.measurement import EXACT
from viewer.core.pet import PetFrame
from viewer.core.volume import Origin, Volume
from viewer.quantify.activity import activity_scale
from viewer.quantify.measure import measure_region
from viewer.quantify.peak import peak
from viewer.quantify.suv import suv_bw_scale

NOON = datetime(2026, 5, 4, 12)
GRID = Geometry.from_axes((12, 14, 15), (3.0, 2.0, 2.0), np.eye(3)[::-1], (1, 2, 3), "1.2")
OFFSET, MASK = (4, 5, 6), np.ones((3, 4, 2), bool)


def volume(data=None, **changes) -> Volume:
    data = np.random.default_rng(3).gamma(2, 500, GRID.shape).astype(np.float32) if data is None else data
    origin = Origin(series_uid="1.2.3", series_description="PET", derivation=changes.pop("derivation", ""))
    return Volume(data, GRID, **({"unit": "Bq/mL", "origin": origin} | changes))


def slices_of(make, count=12, **changes):
    frames = tuple(PetFrame(NOON + timedelta(seconds=60 * k), 600.0) for k in range(count))
    return make(frames=frames, decay_correction="NONE", **changes)


def inside(data):
    return data[4:7, 5:9, 6:8]


def test_activity_and_suv_of_native_voxels_each_slice_by_its_own_factor(make):
    image, acquisition = volume(), slices_of(make)
    scale, suv = activity_scale(acquisition), suv_bw_scale(acquisition)
    found = measure_region("lesion", image, OFFSET, MASK, scale=scale, suv=suv)
    bq = image.data.astype(float) * scale.per_slice[:, None, None]
    assert found.activity.mean == pytest.approx(inside(bq).mean(), rel=1e-12)
    assert found.activity.sd == pytest.approx(inside(bq).std(), rel=1e-12)
    assert found.activity.median == pytest.approx(np.median(inside(bq)))
    assert (found.activity.minimum, found.activity.maximum) == pytest.approx((inside(bq).min(), inside(bq).max()))
    assert found.activity.peak == pytest.approx(peak(bq, OFFSET, MASK, GRID), rel=1e-12)
    assert found.suv_bw.mean == pytest.approx(inside(image.data * suv.per_slice[:, None, None]).mean(), rel=1e-6)
    assert found.suv_bw.peak is not None
    assert (found.name, found.voxels, found.volume_ml) == ("lesion", 24, pytest.approx(24 * 0.012))
    assert found.total_activity_bq == pytest.approx(inside(bq).sum() * 0.012)
    assert found.values is None
    assert found.series_uid == "1.2.3"
    assert found.warnings == ()


def test_the_peak_may_reach_beyond_the_region_but_not_beyond_the_image(make):
    acquisition = make(frames=())
    scale = activity_scale(acquisition)
    image = volume()
    mask = np.ones((3, 14, 15), bool)
    found = measure_region("edge", image, (0, 0, 0), mask, scale=scale)
    assert found.activity.peak == pytest.approx(peak(image.data, (0, 0, 0), mask, GRID), rel=1e-12)
    found = measure_region("slice", image, (0, 0, 0), mask[:1], scale=scale)
    assert found.activity.peak is None
    assert any("No peak" in warning for warning in found.warnings)


def test_one_factor_alone_is_for_all_slices_but_a_wrong_number_of_them_is_refused(make):
    found = measure_region("a", volume(), OFFSET, MASK, scale=activity_scale(make(frames=())))
    assert found.activity.mean == pytest.approx(inside(volume().data).mean(), rel=1e-6)
    found = measure_region("a", volume(), OFFSET, MASK, scale=activity_scale(slices_of(make, 5)))
    assert found.activity is found.total_activity_bq is None
    assert found.warnings == ("The series states 5 frames, but the image has 12 slices.",)


def test_other_images_are_measured_in_their_own_unit():
    found = measure_region("liver", volume(unit="HU"), OFFSET, MASK)
    assert (found.unit, found.activity, found.suv_bw, found.total_activity_bq) == ("HU", None, None, None)
    assert found.values.mean == pytest.approx(inside(volume().data).mean(), rel=1e-6)
    assert found.values.peak is None


def test_pet_without_activity_says_why_and_shows_what_is_there(make):
    reasons = ("Activity is not shown: counts.", "SUV is not shown: counts.")
    found = measure_region("a", volume(unit="{counts}"), OFFSET, MASK, reasons=reasons)
    assert found.warnings == reasons
    assert found.values.voxels == 24
    assert measure_region("a", volume(), OFFSET, MASK, suv=suv_bw_scale(make(frames=()))).values is not None


def test_complex_images_are_measured_by_magnitude():
    data = volume().data * np.exp(1j * np.arange(15)).astype(np.complex64)
    found = measure_region("a", volume(data.astype(np.complex64)), OFFSET, MASK)
    assert found.values.mean == pytest.approx(inside(volume().data).mean(), rel=1e-5)


def test_an_empty_region_has_no_numbers_and_says_so(make):
    empty = np.zeros((0, 0, 0), bool)
    for scale in (None, activity_scale(make(frames=()))):
        found = measure_region("nowhere", volume(), (0, 0, 0), empty, scale=scale)
        assert (found.voxels, found.volume_ml, found.total_activity_bq) == (0, 0.0, None)
        assert found.values is found.activity is None
        assert any("no voxel centre" in warning for warning in found.warnings)


def test_voxels_that_are_no_numbers_give_no_statistics(make):
    data = volume().data.copy()
    data[5, 6, 7] = np.nan
    found = measure_region("a", volume(data), OFFSET, MASK, scale=activity_scale(make(frames=())))
    assert found.activity is None and found.voxels == 24
    assert any("hold no number" in warning for warning in found.warnings)
    beside = measure_region("b", volume(data), (4, 5, 4), MASK, scale=activity_scale(make(frames=())))
    assert beside.activity.mean > 0 and beside.activity.peak is None


def test_warnings_come_once(make):
    acquisition = make(frames=(), warnings=("said by the file",))
    scale, suv = activity_scale(acquisition), suv_bw_scale(acquisition)
    found = measure_region("a", volume(), OFFSET, MASK, scale=scale, suv=suv)
    assert found.warnings == ("said by the file",)


@pytest.mark.parametrize(
    ("offset", "shape"), [((-1, 0, 0), (1, 1, 1)), ((10, 0, 0), (3, 1, 1)), ((0, 0, 0), (1, 1))]
)
def test_a_region_that_does_not_fit_is_a_bug(offset, shape):
    with pytest.raises(ValueError, match="does not fit"):
        measure_region("a", volume(), offset, np.ones(shape, bool))


def test_provenance_names_source_region_rules_and_scales(make):
    acquisition = make(frames=())
    scale, suv = activity_scale(acquisition), suv_bw_scale(acquisition)
    image = volume(derivation="denoised by ulf-1 (abc)")
    found = measure_region("a", image, OFFSET, MASK, scale=scale, suv=suv)
    document = json.loads(json.dumps(found.provenance, allow_nan=False))
    assert document["source"]["derivation"] == "denoised by ulf-1 (abc)"
    assert document["region"] == {
        "rule": "native voxels whose centres lie inside the shape",
        "voxels": 24,
        "first_voxel": [4, 5, 6],
        "voxel_volume_ml": pytest.approx(0.012),
    }
    assert "12 mm" in document["statistics"]["peak"]
    assert document["activity"] == scale.provenance
    assert document["suv_bw"] == suv.provenance
    assert measure_region("a", image, OFFSET, MASK).provenance["activity"] is None


def test_only_the_region_and_its_margin_are_touched(make):
    # 125 million voxels without memory of their own: a copy of them would need a gigabyte.
    shape = (645, 440, 440)
    grid = Geometry.from_axes(shape, (1.65, 1.65, 1.65), np.eye(3)[::-1], (0, 0, 0))
    image = Volume(np.broadcast_to(np.float32(2), shape), grid)
    scale, mask = activity_scale(make(frames=())), np.ones((10, 10, 10), bool)
    tracemalloc.start()
    found = measure_region("a", image, (300, 200, 200), mask, scale=scale)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert found.activity.peak == 2.0
    assert most < 5_000_000


def test_partial_volumes_weigh_every_number(make):
    acquisition = make(frames=())
    scale, suv = activity_scale(acquisition), suv_bw_scale(acquisition)
    image = volume()
    weights = np.random.default_rng(8).uniform(0, 1, (3, 4, 2))
    weights[0, 0, 0] = 0
    found = measure_region("a", image, OFFSET, MASK, region_weights=weights, scale=scale, suv=suv)
    values = inside(image.data).astype(float) * scale.per_slice[0]
    mean = (values * weights).sum() / weights.sum()
    assert found.activity.mean == pytest.approx(mean, rel=1e-12)
    assert found.volume_ml == pytest.approx(weights.sum() * 0.012)
    assert found.total_activity_bq == pytest.approx((values * weights).sum() * 0.012)
    assert found.tlg_g == pytest.approx(found.suv_bw.mean * found.volume_ml)
    assert found.voxels == 23 and found.weighting == EXACT
    assert found.activity.maximum == values[weights >= 0.5].max()
    assert found.activity.peak == pytest.approx(peak(image.data, OFFSET, weights >= 0.5, GRID))
    region = found.provenance["region"]
    assert "fraction" in region["rule"] and region["counted_voxels"] == pytest.approx(weights.sum())


def test_suv_follows_from_activity_and_agrees_with_looking_again(make):
    scale, suv = activity_scale(make(frames=())), suv_bw_scale(make(frames=()))
    both = measure_region("a", volume(), OFFSET, MASK, scale=scale, suv=suv).suv_bw
    alone = measure_region("a", volume(), OFFSET, MASK, suv=suv).suv_bw
    for name, number in vars(alone).items():
        assert getattr(both, name) == pytest.approx(number, rel=1e-9)
    differing = replace(suv, per_slice=np.linspace(1, 2, 12))
    again = measure_region("a", volume(), OFFSET, MASK, scale=scale, suv=differing).suv_bw
    factors = np.linspace(1, 2, 12)[:, None, None]
    assert again.mean == pytest.approx(inside(volume().data * factors).mean(), rel=1e-6)


def test_a_pet_without_activity_still_has_its_peaks(make):
    image = volume(origin=Origin(modality="PT"), unit="")
    found = measure_region("a", image, OFFSET, MASK)
    assert found.modality == "PT" and found.values.peak == pytest.approx(peak(image.data, OFFSET, MASK, GRID))
    assert found.values.peak_1ml is not None


@pytest.mark.parametrize("flip", [(0,), (1,), (2,), (0, 1, 2)])
def test_a_study_stored_the_other_way_round_has_the_same_numbers(make, flip):
    # Slices reordered, rows and columns flipped: the same voxels at the same places.
    acquisition = make(frames=())
    image = volume()
    affine = GRID.affine.copy()
    for axis in flip:
        affine[:3, 3] += affine[:3, axis] * (GRID.shape[axis] - 1)
        affine[:3, axis] *= -1
    turned = Volume(np.flip(image.data, flip), Geometry(GRID.shape, affine, "1.2"), "Bq/mL", image.origin)
    offset = tuple(
        GRID.shape[axis] - OFFSET[axis] - MASK.shape[axis] if axis in flip else OFFSET[axis] for axis in range(3)
    )
    options = {"scale": activity_scale(acquisition), "suv": suv_bw_scale(acquisition)}
    one = measure_region("a", image, OFFSET, MASK, **options)
    other = measure_region("a", turned, offset, np.flip(MASK, flip), **options)
    for name, number in vars(one.activity).items():
        assert getattr(other.activity, name) == pytest.approx(number, rel=1e-12)
    assert other.total_activity_bq == pytest.approx(one.total_activity_bq, rel=1e-12)
