import numpy as np
import pytest
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from pydicom.uid import generate_uid

from viewer.core.errors import Cancelled, LowfieldError
from viewer.dicom import throttle
from viewer.dicom.load import load_series, load_slice
from viewer.dicom.scan import scan

CT = {"SOPClassUID": "1.2.840.10008.5.1.4.1.1.2", "Modality": "CT", "EchoTime": None}
PT = {
    "SOPClassUID": "1.2.840.10008.5.1.4.1.1.128",
    "Modality": "PT",
    "EchoTime": None,
    "Units": "BQML",
    "DecayCorrection": "START",
    "SeriesDate": "20240102",
    "SeriesTime": "100000",
    "AcquisitionDate": "20240102",
    "AcquisitionTime": "100000",
    "ActualFrameDuration": "60000",
}


def open_one(maker):
    (info,) = scan([maker.folder]).series()
    return info


def test_every_voxel_where_its_slice_says(maker):
    maker.slices(3)
    volume = load_series(open_one(maker))
    assert volume.data.dtype == np.float32 and volume.data.shape == (3, 4, 6)
    assert not volume.data.flags.writeable
    for k in range(3):
        assert np.array_equal(volume.data[k].ravel(), np.arange(24) + 1000 * k)
        assert np.allclose(volume.geometry.to_lps((k, 0, 0)), [-10, -20, 5 * k])
    assert np.allclose(volume.geometry.to_lps((0, 3, 0)), [-10, -14, 0])  # down the rows: 2 mm
    assert np.allclose(volume.geometry.to_lps((0, 0, 5)), [-2.5, -20, 0])  # along the columns: 1.5 mm
    assert volume.slice_names == ("slice00.dcm", "slice01.dcm", "slice02.dcm")
    assert volume.unit == "" and volume.acquisition is None
    assert volume.geometry.frame_of_reference_uid == maker.place


def test_sheared_grid_is_exact(maker):
    for k in range(5):
        maker.slice(k, ImagePositionPatient=[1, 1.2 * k, 4.0 * k])
    volume = load_series(open_one(maker))
    assert not volume.geometry.is_orthogonal
    assert np.allclose(
        [volume.geometry.to_lps((k, 0, 0)) for k in range(5)], [[1, 1.2 * k, 4 * k] for k in range(5)]
    )
    assert volume.geometry.voxel_volume_ml == pytest.approx(4 * 2 * 1.5 / 1000)


def test_rescale_differs_per_slice(maker):
    slopes = [0.5, 2.25, 17.125]
    for k, slope in enumerate(slopes):
        maker.slice(k, **PT, RescaleSlope=slope, RescaleIntercept=0)
    volume = load_series(open_one(maker))
    for k, slope in enumerate(slopes):
        assert np.array_equal(volume.data[k].ravel(), ((np.arange(24) + 1000 * k) * slope).astype(np.float32))
    assert volume.unit == "BQML"
    assert volume.acquisition is not None and len(volume.acquisition.frames) == 3


def test_pet_intercept_is_reported(maker):
    maker.slices(2, **PT, RescaleSlope=1, RescaleIntercept=5)
    volume = load_series(open_one(maker))
    assert volume.data.min() == 5
    assert any("RescaleIntercept is not zero" in warning for warning in volume.warnings)


@pytest.mark.parametrize(
    ("changes", "unit", "warning"),
    [
        ({"RescaleSlope": 1, "RescaleIntercept": -1024}, "HU", None),
        ({"RescaleSlope": 1, "RescaleIntercept": -1024, "RescaleType": "HU"}, "HU", None),
        ({"RescaleSlope": 1, "RescaleIntercept": 0, "RescaleType": "US"}, "", "not HU but US"),
        ({"RescaleSlope": 1, "RescaleIntercept": 0, "RescaleType": "MGML"}, "MGML", "not HU but MGML"),
        ({}, "", "state no rescale"),
    ],
)
def test_unit_of_ct(maker, changes, unit, warning):
    maker.slices(2, **CT, **changes)
    volume = load_series(open_one(maker))
    assert volume.unit == unit
    assert volume.data[0, 0, 0] == changes.get("RescaleIntercept", 0)
    assert (warning is None) == (volume.warnings == ())
    assert warning is None or any(warning in said for said in volume.warnings)


def test_modality_lut_replaces_slope(maker):
    table = Dataset()
    table.LUTDescriptor = [24, 0, 16]
    table.ModalityLUTType = "HU"
    table.add_new("LUTData", "US", [10 * n for n in range(24)])
    maker.slice(**CT, RescaleSlope=3, RescaleIntercept=3, ModalityLUTSequence=Sequence([table]))
    volume = load_series(open_one(maker))
    assert np.array_equal(volume.data.ravel(), 10.0 * np.arange(24))
    assert volume.unit == "HU"


def test_padding_is_kept_and_reported(maker):
    values = np.arange(24, dtype="<i2")
    values[:6] = -2000
    maker.slice(
        **CT,
        RescaleSlope=1,
        RescaleIntercept=-24,
        PixelRepresentation=1,
        PixelData=values,
        PixelPaddingValue=-2000,
    )
    volume = load_series(open_one(maker))
    assert volume.data.min() == -2024
    assert any(warning.startswith("25.0 % of the pixels hold the padding value") for warning in volume.warnings)


def test_inverted_display_leaves_the_values(maker):
    maker.slices(2, PhotometricInterpretation="MONOCHROME1")
    volume = load_series(open_one(maker))
    assert volume.data[1, 0, 1] == 1001
    assert any("MONOCHROME1" in warning for warning in volume.warnings)


def test_origin_is_filled(maker):
    maker.slices(
        2, Manufacturer="ACME", ManufacturerModelName="Two", StudyTime="101112", WindowCenter=[40, 300],
        WindowWidth=[80, 1500], MagneticFieldStrength="0.064", LossyImageCompression="01",
        ImageType=["DERIVED", "PRIMARY", "M"], DerivationDescription="made smooth",
    )  # fmt: skip
    origin = load_series(open_one(maker)).origin
    assert (origin.patient_name, origin.patient_id, origin.birth_date, origin.sex) == (
        "Doe, Jane",
        "P1",
        "19700101",
        "F",
    )
    assert (origin.study_uid, origin.study_date, origin.study_time) == (maker.study, "20240102", "101112")
    assert (origin.series_uid, origin.series_number, origin.series_description) == (maker.series, "3", "T1")
    assert (origin.modality, origin.manufacturer, origin.scanner) == ("MR", "ACME", "Two")
    assert origin.window == (40, 80) and origin.field_strength_t == 0.064
    assert origin.lossy and not origin.simulated and origin.derivation == "made smooth"
    assert origin.source == str(maker.folder)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"MagneticFieldStrength": "15000"}, 1.5),
        ({"ImagingFrequency": "2.725"}, 0.064),
        ({"ImagingFrequency": "2.725", "ImagedNucleus": "23Na"}, None),
        ({"MagneticFieldStrength": "0", "ImagingFrequency": "3.406"}, 0.08),
        ({}, None),
    ],
)
def test_field_strength(maker, changes, expected):
    maker.slice(**changes)
    assert load_series(open_one(maker)).origin.field_strength_t == pytest.approx(expected, abs=1e-4)


@pytest.mark.parametrize(
    "changes", [{"Manufacturer": "Lowfield simulation"}, {"SeriesDescription": "T1 SIMULATED"}]
)
def test_simulated_images_say_so(maker, changes):
    maker.slice(**changes)
    assert load_series(open_one(maker)).origin.simulated


def test_slices_arrive_one_by_one_the_middle_first(maker):
    maker.slices(7)
    arrived = []
    load_series(open_one(maker), on_slice=lambda k, values: arrived.append((k, values[0, 0])))
    assert arrived[0] == (3, 3000.0)
    assert sorted(arrived) == [(k, 1000.0 * k) for k in range(7)]


def test_one_slice_alone(maker):
    maker.slices(3, RescaleSlope=2, RescaleIntercept=1)
    info = open_one(maker)
    assert np.array_equal(load_slice(info, 2), load_series(info).data[2])
    with pytest.raises(LowfieldError, match="no slice 4"):
        load_slice(info, 3)


def test_cancelling(maker, monkeypatch):
    monkeypatch.setattr(throttle, "CALLS_PER_SECOND", 1e9)
    maker.slices(6)

    def stop(fraction: float, text: str) -> None:
        if fraction > 0.4:
            raise Cancelled

    with pytest.raises(Cancelled):
        load_series(open_one(maker), stop)


def test_what_changed_since_the_scan_is_noticed(maker):
    files = maker.slices(4)
    info = open_one(maker)
    maker.slice(1, ImagePositionPatient=[-10, -20, 7])
    with pytest.raises(LowfieldError, match="not where the index says"):
        load_series(info)
    maker.slice(1, Rows=6, Columns=4)
    with pytest.raises(LowfieldError, match="not of the size") as raised:
        load_series(info)
    assert "slice01.dcm" in raised.value.where
    files[1].unlink()
    with pytest.raises(LowfieldError, match="cannot be read"):
        load_series(info)


def test_file_in_a_zip_is_named_by_the_zip(maker, tmp_path):
    import zipfile

    paths = maker.slices(2)
    packed = tmp_path / "a.zip"
    with zipfile.ZipFile(packed, "w") as opened:
        for path in paths:
            opened.write(path, path.name)
    (info,) = scan([packed]).series()
    assert load_series(info).origin.source == str(packed)
    info.files[1].unlink()
    with pytest.raises(LowfieldError) as raised:
        load_series(info)
    assert raised.value.where.endswith("a.zip/slice01.dcm")


def test_what_cannot_be_shown_cannot_be_loaded(maker):
    maker.slice(PixelSpacing=None)
    with pytest.raises(LowfieldError, match="Cannot be shown: it states no pixel spacing"):
        load_series(open_one(maker))


def sequence(**fields):
    item = Dataset()
    item.update(fields)
    return Sequence([item])


def enhanced(maker, frames, **changes):
    """Write an Enhanced MR file; ``frames`` are (position, orientation, slope, echo time)."""
    ds = maker.dataset(
        SOPClassUID="1.2.840.10008.5.1.4.1.1.4.1", NumberOfFrames=len(frames), EchoTime=None,
        ImagePositionPatient=None, ImageOrientationPatient=None, PixelSpacing=None, SliceThickness=None,
        PixelData=np.arange(24 * len(frames), dtype="<u2"), **changes,
    )  # fmt: skip
    ds.SharedFunctionalGroupsSequence = sequence(
        PixelMeasuresSequence=sequence(PixelSpacing=[2, 1.5], SliceThickness=5),
        MRImagingModifierSequence=sequence(TransmitterFrequency=2.725),
        FrameVOILUTSequence=sequence(WindowCenter=50, WindowWidth=100),
    )
    groups = []
    for number, (position, orientation, slope, echo) in enumerate(frames):
        group = Dataset()
        group.PlanePositionSequence = sequence(ImagePositionPatient=position)
        group.PlaneOrientationSequence = sequence(ImageOrientationPatient=orientation)
        group.PixelValueTransformationSequence = sequence(RescaleSlope=slope, RescaleIntercept=1, RescaleType="US")
        group.MREchoSequence = sequence(EffectiveEchoTime=echo)
        group.FrameContentSequence = sequence(DimensionIndexValues=[1, number + 1])
        groups.append(group)
    ds.PerFrameFunctionalGroupsSequence = Sequence(groups)
    return maker.write("enhanced.dcm", ds)


AXIAL, SAGITTAL = [1, 0, 0, 0, 1, 0], [0, 1, 0, 0, 0, -1]


def test_enhanced_frames_are_sorted_and_rescaled_one_by_one(maker):
    enhanced(maker, [([0, 0, z], AXIAL, slope, 10.0) for z, slope in ((10, 2), (0, 3), (5, 4))])
    info = open_one(maker)
    assert (info.shape, info.frames, len(info.files), info.instances) == ((3, 4, 6), (1, 2, 0), 1, 1)
    volume = load_series(info)
    expected = np.stack([(np.arange(24) + 24 * f) * s + 1 for f, s in ((1, 3), (2, 4), (0, 2))]).reshape(3, 4, 6)
    assert np.array_equal(volume.data, expected)
    assert np.array_equal(load_slice(info, 1), expected[1])
    assert volume.geometry.to_lps((2, 0, 0)).tolist() == [0, 0, 10]
    assert volume.origin.window == (50, 100) and volume.origin.field_strength_t == pytest.approx(0.064)
    assert volume.slice_names[0] == "enhanced.dcm frame 2"


def test_enhanced_file_with_several_stacks(maker):
    axial = [([0, 0, 5.0 * k], AXIAL, 1, echo) for echo in (10.0, 44.0) for k in range(3)]
    sagittal = [([-3.0 * k, 0, 0], SAGITTAL, 1, 10.0) for k in range(2)]
    enhanced(maker, axial + sagittal)
    infos = {info.description.split(": ")[1][:-1]: info for info in scan([maker.folder]).series()}
    assert {name: info.frames for name, info in infos.items()} == {
        "axial, TE 10 ms": (0, 1, 2),
        "axial, TE 44 ms": (3, 4, 5),
        "sagittal, TE 10 ms": (6, 7),
    }
    volume = load_series(infos["axial, TE 44 ms"])
    assert np.array_equal(volume.data.ravel(), np.arange(72, 144) + 1)


def test_enhanced_file_that_describes_too_few_frames(maker):
    path = enhanced(maker, [([0, 0, 5.0 * k], AXIAL, 1, 10.0) for k in range(3)])
    import pydicom

    ds = pydicom.dcmread(path)
    del ds.PerFrameFunctionalGroupsSequence[2]
    ds.save_as(path)
    info = open_one(maker)
    assert not info.viewable and "describes 2 of its 3 frames" in info.warnings[0]


def test_classic_file_with_several_frames(maker):
    maker.slice(NumberOfFrames=3, SpacingBetweenSlices=7, PixelData=np.arange(72, dtype="<u2"))
    volume = load_series(open_one(maker))
    assert np.array_equal(volume.data.ravel(), np.arange(72))
    assert volume.geometry.to_lps((2, 0, 0)).tolist() == [-10, -20, 14]
    assert any("Do not measure distances" in warning for warning in volume.warnings)


def test_several_multi_frame_files_make_one_stack(maker):
    for n in range(2):
        enhanced(
            maker, [([0, 0, 5.0 * (2 * n + k)], AXIAL, 1, 10.0) for k in range(2)], SOPInstanceUID=generate_uid()
        ).rename(maker.folder / f"part{n}.dcm")
    info = open_one(maker)
    assert (info.shape[0], info.frames, info.instances) == (4, (0, 1, 0, 1), 2)
    assert np.array_equal(load_series(info).data.reshape(4, 24)[:, 0], [1, 25, 1, 25])
