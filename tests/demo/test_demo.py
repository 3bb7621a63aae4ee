"""The demo study: opens as DICOM, agrees with its truth, and is whole or absent."""

import json

import numpy as np
import pytest

from viewer.core.errors import Cancelled, LowfieldError
from viewer.demo import default_folder, make_demo, study
from viewer.dicom.load import load_series
from viewer.dicom.scan import scan
from viewer.formats.nifti import read_nifti
from viewer.quantify.activity import activity_scale
from viewer.roi.io import rois_from_json
from viewer.roi.rasterize import rasterize


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    return make_demo(tmp_path_factory.mktemp("demo") / "study")


@pytest.fixture(scope="module")
def facts(demo):
    return json.loads(demo.truth_path.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def phantom(demo):
    index = scan([demo.petct_folder])
    assert not index.problems
    return {info.description.split("PET ")[-1]: info for info in index.series()}


def region_mean(volume, roi, **options):
    scale = activity_scale(volume.acquisition, **options)
    region = rasterize(roi.shape, volume.geometry)
    window = tuple(slice(o, o + n) for o, n in zip(region.offset, region.mask.shape))
    return float((volume.data * scale.per_slice[:, None, None])[window][region.mask].mean(dtype=float))


@pytest.fixture(scope="module")
def measured(demo, phantom):
    """ROI means in Bq/mL of the 149Tb series and of the twin, rescaled."""
    rois = rois_from_json(demo.rois_path)
    terbium = load_series(phantom["149Terbium as 149Terbium"])
    twin = load_series(phantom["149Terbium as 18Fluorine"])
    return (
        {roi.name: region_mean(terbium, roi) for roi in rois},
        {roi.name: region_mean(twin, roi, acquired_as="F-18", nuclide="Tb-149") for roi in rois},
    )


def test_the_head_opens_as_three_series_of_one_study(demo):
    index = scan([demo.mri_folder])
    assert not index.problems and len(index.patients) == 1
    (one,) = index.patients[0].studies
    shapes = {info.description: info.shape for info in one.series}
    assert sorted(shapes.values()) == [(40, 136, 112), (40, 136, 112), (40, 272, 224)]
    assert all(info.modality == "MR" and not info.warnings for info in one.series)
    assert len({info.frame_of_reference_uid for info in one.series}) == 1
    assert all("SIMULATED" in description for description in shapes)
    assert "Simulated" in index.patients[0].name


def test_the_phantom_opens_as_ct_and_two_pet_in_one_frame(phantom):
    assert sorted(info.modality for info in phantom.values()) == ["CT", "PT", "PT"]
    assert len({info.frame_of_reference_uid for info in phantom.values()}) == 1
    assert all(info.viewable and not info.warnings for info in phantom.values())


@pytest.mark.parametrize("name", ["T1", "T2", "FLAIR"])
def test_the_noise_is_what_the_truth_says(demo, facts, name):
    info = next(each for each in scan([demo.mri_folder / name]).series())
    stored, told = load_series(info), facts["brain"]["series"][name]
    clean = read_nifti(demo.truth_path.parent / told["clean_magnitude"])
    noisy = read_nifti(demo.truth_path.parent / told["noisy_complex"])
    np.testing.assert_allclose(np.abs(noisy.data), stored.data, atol=0.01 * told["sigma"])
    index = np.array([[0, 0, 0], [39, 100, 90]])
    np.testing.assert_allclose(clean.geometry.to_lps(index), stored.geometry.to_lps(index), atol=0.01)
    air = clean.data < 0.02 * told["sigma"]
    if air.sum() > 1000:
        assert stored.data[air].mean() == pytest.approx(1.2533 * told["sigma"], rel=0.03)  # Rayleigh
    tissue = clean.data > 8 * told["sigma"]
    assert (stored.data - clean.data)[tissue].std() == pytest.approx(told["sigma"], rel=0.04)


def test_lesions_of_the_truth_lie_in_the_image(demo, facts):
    clean = read_nifti(demo.truth_path.parent / "FLAIR-clean.nii.gz")
    assert all(clean.geometry.contains(lesion["center_lps_mm"]) for lesion in facts["brain"]["lesions"])


def test_sphere_means_agree_with_the_truth_after_blur(facts, measured):
    terbium, _ = measured
    for row in facts["phantom"]["expected"]:
        wanted = row["blurred_mean_bq_ml"]
        tolerance = 0.07 if row["name"] in ("Sphere 10 mm", "Sphere 13 mm") else 0.035
        assert terbium[row["name"]] == pytest.approx(wanted, rel=tolerance, abs=0.5)
    assert terbium["Background"] == pytest.approx(facts["phantom"]["background_bq_ml"], rel=0.01)


def test_the_twin_agrees_after_rescaling(facts, measured):
    terbium, twin = measured
    assert twin["Background"] == pytest.approx(terbium["Background"], rel=0.015)
    for name in ("Sphere 17 mm", "Sphere 22 mm", "Sphere 28 mm", "Sphere 37 mm"):
        assert twin[name] == pytest.approx(terbium[name], rel=0.05)


def test_the_twin_is_far_off_without_rescaling(demo, phantom, facts):
    twin = load_series(phantom["149Terbium as 18Fluorine"])
    background = next(roi for roi in rois_from_json(demo.rois_path) if roi.name == "Background")
    ratio = facts["phantom"]["background_bq_ml"] / region_mean(twin, background)
    assert ratio == pytest.approx(13.06, rel=0.02)


def test_a_complete_demo_is_not_made_again(demo):
    before = demo.truth_path.stat().st_mtime_ns
    assert make_demo(demo.folder).truth_path.stat().st_mtime_ns == before


def quick(folder, progress):
    progress(0.5, "half")
    for name in ("brain", "phantom", "truth"):
        (folder / name).mkdir(parents=True)
        (folder / name / "file").write_text("new")


def test_an_incomplete_demo_is_replaced(tmp_path, monkeypatch):
    monkeypatch.setattr(study, "_build", quick)
    folder = tmp_path / "demo"
    (folder / "brain").mkdir(parents=True)
    (folder / "brain" / "stale").write_text("old")
    made = make_demo(folder)
    assert study.is_complete(folder) and not (made.mri_folder / "stale").exists()
    (made.petct_folder / "file").unlink()
    assert not study.is_complete(folder)
    make_demo(folder)
    assert (made.petct_folder / "file").read_text() == "new"
    assert [path.name for path in tmp_path.iterdir()] == ["demo"]


def test_a_cancelled_demo_leaves_nothing(tmp_path, monkeypatch):
    def stop(fraction, text):
        raise Cancelled

    monkeypatch.setattr(study, "_build", quick)
    with pytest.raises(Cancelled):
        make_demo(tmp_path / "demo", stop)
    assert not list(tmp_path.iterdir())


def test_other_files_are_never_mixed_with_or_removed(tmp_path):
    (tmp_path / "thesis.doc").write_text("years of work")
    with pytest.raises(LowfieldError, match="other files"):
        make_demo(tmp_path)
    with pytest.raises(LowfieldError, match="not a folder"):
        make_demo(tmp_path / "thesis.doc")
    assert (tmp_path / "thesis.doc").read_text() == "years of work"


@pytest.mark.parametrize("text", ["", "[]", "{", '{"recipe": 0}'])
def test_a_damaged_marker_means_incomplete(tmp_path, text):
    (tmp_path / "complete.json").write_text(text)
    assert not study.is_complete(tmp_path)


def test_the_cache_lies_in_the_users_folder(private_home):
    assert default_folder().parent == private_home
