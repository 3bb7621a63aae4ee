"""Real studies against SimpleITK (GDCM), an independent reader: the same voxel at the same LPS point."""

import numpy as np
import pytest
import SimpleITK as sitk

from viewer.dicom.load import load_series
from viewer.dicom.scan import scan


def assert_agrees(volume, info, voxels=300):
    """Pick corners and random voxels; ask SimpleITK what lies at their LPS points."""
    if len(info.files) > 1:
        reader = sitk.ImageSeriesReader()
        reader.SetFileNames([str(path) for path in reversed(info.files)])  # let it find the order itself
        names = [str(path) for path in info.files]
        image = sitk.ReadImage(names)
    else:
        image = sitk.ReadImage(str(info.files[0]))
    theirs = sitk.GetArrayFromImage(image)
    top = np.array(volume.data.shape) - 1
    rng = np.random.default_rng(1)
    corners = np.stack(np.meshgrid(*[(0, n) for n in top], indexing="ij"), -1).reshape(-1, 3)
    indices = np.concatenate([corners, rng.integers(0, top + 1, (voxels, 3))])
    for index in indices:
        point = [float(x) for x in volume.geometry.to_lps(index)]
        at = np.array(image.TransformPhysicalPointToContinuousIndex(point))
        assert np.abs(at - np.rint(at)).max() < 0.01
        i, j, k = np.rint(at).astype(int)
        assert volume.data[tuple(index)] == pytest.approx(theirs[k, j, i], rel=1e-6, abs=1e-6)
    return image


def series(path, modality=None):
    return [s for s in scan([path]).series() if s.viewable and (modality is None or s.modality == modality)]


def test_studyforrest_384_slices(unpacked):
    (info,) = series(unpacked("studyforrest_t1/dicoms.tar.xz"))
    assert info.shape == (384, 384, 274) and info.instances == 384
    assert info.spacing_mm == pytest.approx((0.667, 0.667, 0.7), abs=1e-3)
    volume = load_series(info)
    image = assert_agrees(volume, info)
    assert np.array_equal(volume.data, sitk.GetArrayFromImage(image).astype(np.float32))
    assert volume.unit == "" and volume.warnings == ()


@pytest.mark.parametrize(
    ("name", "shape"),
    [
        ("prisma_t1_flash2d/HFS_3_t1_fl2d_sag.tar.xz", (35, 256, 256)),
        ("prostatex/ProstateX-0000_4.000000-t2tsetra-00702.tar.xz", (19, 384, 384)),
        ("prostatex/ProstateX-0000_3.000000-t2tsesag-87368.tar.xz", (19, 320, 320)),
        ("enhanced_mr_xa30/5_anat-T1w_acq-tfl.zip", (96, 128, 128)),
        ("knee_mese/TE6.3ms.tar.xz", (24, 256, 256)),
        ("ct_j2k_biograph/example_ct_dicom_j2k_12.zip", (12, 512, 512)),
        ("cptac_sar_scout_zip/cptac_sar_forearm_scout.zip", (3, 512, 512)),
        ("suv_dro/DRO_1_0.zip", (20, 256, 256)),
    ],
)
def test_same_voxel_at_the_same_point(unpacked, name, shape):
    (info,) = series(unpacked(name))
    assert info.shape == shape
    assert_agrees(load_series(info), info, voxels=60)


@pytest.mark.parametrize(("patient", "pet", "ct"), [("STS_041", 52, 53), ("STS_032", 54, 54)])
def test_sarcoma_pet_ct_mr(shared_data, patient, pet, ct):
    found = {info.modality: info for info in series(shared_data(f"ibsi_sts/{patient}.zip"))}
    assert (found["PT"].shape[0], found["CT"].shape[0]) == (pet, ct)
    assert len({info.frame_of_reference_uid for info in found.values()}) == 1
    volumes = {modality: load_series(info) for modality, info in found.items()}
    for modality, info in found.items():
        assert_agrees(volumes[modality], info, voxels=40)
    assert [volumes[m].unit for m in ("PT", "CT", "MR")] == ["GML", "HU", ""]
    acquisition = volumes["PT"].acquisition
    assert acquisition is not None and acquisition.units == "GML" and len(acquisition.frames) == pet


def test_three_plane_localizer(shared_data):
    for info in series(shared_data("ge_3plane_localizer/3plane_localizer_HF.zip")):
        assert_agrees(load_series(info), info, voxels=20)


def test_gantry_tilt_puts_every_slice_where_its_header_says(unpacked):
    import pydicom

    for info in series(unpacked("ct_gantry_tilt_ge/ge_tilt_variable_spacing_28.tar.xz")):
        volume = load_series(info)
        assert not volume.geometry.is_orthogonal
        for k, path in enumerate(info.files):
            header = pydicom.dcmread(path)
            assert volume.geometry.to_lps((k, 0, 0)) == pytest.approx(list(header.ImagePositionPatient), abs=0.01)
            expected = header.pixel_array * float(header.RescaleSlope) + float(header.RescaleIntercept)
            assert np.array_equal(volume.data[k], expected.astype(np.float32))
        assert any("padding value" in warning for warning in volume.warnings)


def test_hyperfine_enhanced(shared_data):
    (info,) = series(shared_data("dicom2nifti_headers/hyperfine_swoop_flair_enhanced.dcm"))
    volume = load_series(info)
    assert_agrees(volume, info, voxels=40)
    assert (info.shape, info.spacing_mm) == ((8, 138, 112), (5.0, 1.61, 1.59))
    assert volume.origin.field_strength_t == pytest.approx(0.0632, abs=1e-4)
    assert volume.origin.manufacturer == "Hyperfine Research"


def test_inverted_pet_keeps_its_values(unpacked):
    import pydicom

    (info,) = series(unpacked("nema_iq_pet/pet_recon_1.tar.xz"))
    volume = load_series(info)
    for k in (0, 44, 88):
        header = pydicom.dcmread(info.files[k])
        expected = header.pixel_array * float(header.get("RescaleSlope", 1)) + float(
            header.get("RescaleIntercept", 0)
        )
        assert np.allclose(volume.data[k], expected, rtol=1e-6)
    assert any("MONOCHROME1" in warning for warning in volume.warnings)


def test_siemens_pet_slices(shared_data):
    for info in series(shared_data("siemens_pet_slices")):
        volume = load_series(info)
        assert volume.unit == "BQML" and volume.acquisition is not None
        assert_agrees(volume, info, voxels=20)
