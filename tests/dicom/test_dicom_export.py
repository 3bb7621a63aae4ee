"""Derived series: beside their source, true to it in geometry and unit, and open about what was done."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pydicom
import pytest
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from scipy.spatial.transform import Rotation

from viewer.core.errors import Cancelled, LowfieldError
from viewer.core.geometry import Geometry
from viewer.core.study import SeriesInfo
from viewer.core.volume import Origin, Volume
from viewer.dicom import export
from viewer.dicom.create import write_ct, write_mr
from viewer.dicom.export import write_derived_series
from viewer.dicom.files import write_file
from viewer.dicom.load import load_series
from viewer.dicom.scan import scan
from viewer.dicom.stored import Stored, set_pixels

SHAPE = (5, 8, 9)
WORDS = {"description": "denoised", "derivation": "Lowfield dncnn 1.0 (sha256 abc)"}


def source(folder: Path, write=write_mr, **tags) -> SeriesInfo:
    grid = Geometry.from_axes(
        SHAPE, (5, 1.5, 1.6), Rotation.random(random_state=4).as_matrix(), (1, 2, 3), "1.2.9"
    )
    values = np.random.default_rng(3).random(SHAPE).astype(np.float32) * 900
    origin = Origin(study_uid="1.2.8", patient_name="Doe, Jane", patient_id="7", series_description="T2")
    write(Volume(values, grid, origin=origin), folder, **tags)
    return only_series(folder)


def only_series(folder: Path) -> SeriesInfo:
    (info,) = scan([folder]).series()
    return info


def slope_of(path: Path) -> float:
    return float(pydicom.dcmread(path, stop_before_pixels=True).RescaleSlope)


def processed(volume: Volume) -> Volume:
    return volume.with_data(volume.data * np.float32(0.97) - np.float32(3.1))


def test_values_geometry_and_identity(tmp_path):
    info = source(tmp_path / "source")
    result = processed(load_series(info))
    files = write_derived_series(result, info, tmp_path / "derived", **WORDS)
    derived = only_series(tmp_path / "derived")
    back = load_series(derived)
    assert back.geometry.same_grid(result.geometry, tolerance_mm=1e-6)
    assert np.abs(back.data - result.data).max() <= slope_of(files[0]) / 2 + 1e-4
    assert back.unit == result.unit
    before, after = pydicom.dcmread(info.files[0]), pydicom.dcmread(files[0])
    for keyword in ("PatientName", "PatientID", "StudyInstanceUID", "FrameOfReferenceUID", "Manufacturer"):
        assert after[keyword].value == before[keyword].value
    for keyword in ("SeriesInstanceUID", "SOPInstanceUID", "SeriesNumber"):
        assert after[keyword].value != before[keyword].value


def test_what_was_done_is_written_down(tmp_path):
    info = source(tmp_path / "source")
    files = write_derived_series(load_series(info), info, tmp_path / "derived", **WORDS)
    headers = [pydicom.dcmread(path) for path in files]
    assert len({header.SeriesInstanceUID for header in headers}) == 1
    assert len({header.SOPInstanceUID for header in headers}) == SHAPE[0]
    first = headers[0]
    assert first.ImageType == ["DERIVED", "SECONDARY", "OTHER"]
    assert (first.SeriesDescription, first.DerivationDescription) == ("denoised", WORDS["derivation"])
    origin = pydicom.dcmread(info.files[0])
    (item,) = first.SourceImageSequence
    assert item.ReferencedSOPInstanceUID == origin.SOPInstanceUID
    assert item.ReferencedSOPClassUID == origin.SOPClassUID
    (equipment,) = first.ContributingEquipmentSequence
    assert (equipment.Manufacturer, equipment.ContributionDescription) == ("Lowfield", WORDS["derivation"])


def test_each_slice_names_the_source_in_its_place(tmp_path):
    info = source(tmp_path / "source")
    files = write_derived_series(load_series(info), info, tmp_path / "derived", **WORDS)
    places = {ds.SOPInstanceUID: ds.ImagePositionPatient for ds in map(pydicom.dcmread, info.files)}
    for header in map(pydicom.dcmread, files):
        uid = header.SourceImageSequence[0].ReferencedSOPInstanceUID
        assert header.ImagePositionPatient == pytest.approx(places[uid], abs=1e-6)


def test_nothing_stale_survives(tmp_path):
    info = source(tmp_path / "source")
    for path in info.files:
        header = pydicom.dcmread(path)
        header.add_new("SmallestImagePixelValue", "US", 3)
        header.add_new("PixelPaddingValue", "US", 60000)
        header.RealWorldValueMappingSequence = Sequence([Dataset()])
        header.IconImageSequence = Sequence([Dataset()])
        header.add_new(0x60003000, "OW", b"\0\0")
        header.private_block(0x0029, "SIEMENS CSA HEADER", create=True).add_new(0x10, "OB", b"old")
        header.private_block(0x7053, "Philips PET Private Group", create=True).add_new(0x00, "DS", "0.5")
        header.save_as(path)
    info = only_series(tmp_path / "source")
    first, *_ = write_derived_series(load_series(info), info, tmp_path / "derived", **WORDS)
    after = pydicom.dcmread(first)
    for keyword in (
        "SmallestImagePixelValue",
        "PixelPaddingValue",
        "RealWorldValueMappingSequence",
        "IconImageSequence",
    ):
        assert keyword not in after
    assert {element.tag.group for element in after if element.tag.is_private} == {0x7053}
    assert after[0x7053, 0x1000].value == 0.5
    assert 0x60003000 not in after


def test_non_latin_text_and_names_survive(tmp_path):
    info = source(tmp_path / "source", PatientName="Doe^Jane")
    words = {"description": "entrauscht – 3σ", "derivation": "Нейросеть"}
    first, *_ = write_derived_series(load_series(info), info, tmp_path / "derived", **words)
    after = pydicom.dcmread(first)
    assert (after.SeriesDescription, after.DerivationDescription) == tuple(words.values())
    assert after.PatientName == "Doe^Jane"


def test_ct_stays_ct_in_hu(tmp_path):
    info = source(tmp_path / "source", write_ct)
    files = write_derived_series(processed(load_series(info)), info, tmp_path / "derived", **WORDS)
    assert pydicom.dcmread(files[0]).RescaleType == "HU"
    assert load_series(only_series(tmp_path / "derived")).unit == load_series(info).unit


@pytest.mark.parametrize("name", ["DRO_0_0", "DRO_2_4", "DRO_3_3"])
def test_pet_keeps_its_acquisition_and_rounds_per_slice(shared_data, tmp_path, name):
    info = pet_series(shared_data, name)
    volume = load_series(info)
    result = volume.with_data(volume.data * np.float32(0.987))
    files = write_derived_series(result, info, tmp_path / "derived", **WORDS)
    back = load_series(only_series(tmp_path / "derived"))
    slopes = np.array([slope_of(path) for path in files])[:, None, None]
    assert (np.abs(back.data - result.data) <= slopes / 2 + np.abs(result.data) * 2e-7).all()
    assert len(np.unique(slopes)) > 1
    assert without_slopes(back.acquisition) == without_slopes(volume.acquisition)
    assert pydicom.dcmread(files[0]).ImageType[:2] == ["DERIVED", "PRIMARY"]


def without_slopes(acquisition):
    """The stored integers of other values need other slopes; all else stays."""
    return replace(acquisition, frames=tuple(replace(frame, rescale_slope=1.0) for frame in acquisition.frames))


def pet_series(shared_data, name: str) -> SeriesInfo:
    index = scan([shared_data("suv_dro") / f"{name}.zip"])
    return next(series for series in index.series() if series.modality == "PT")


def test_an_enhanced_scan_becomes_classic_images(shared_data, tmp_path):
    index = scan([shared_data("enhanced_mr_xa30")])
    info = next(series for series in index.series() if series.viewable)
    volume = load_series(info)
    files = write_derived_series(processed(volume), info, tmp_path / "derived", **WORDS)
    assert len(files) == info.shape[0] == 96
    back = load_series(only_series(tmp_path / "derived"))
    assert back.geometry.same_grid(volume.geometry, tolerance_mm=1e-6)
    assert np.abs(back.data - processed(volume).data).max() <= slope_of(files[0]) * 0.501
    header = pydicom.dcmread(files[0])
    assert header.SOPClassUID.name == "MR Image Storage"
    assert "NumberOfFrames" not in header
    assert header.EchoTime > 0
    assert header.RepetitionTime > 0
    frames = [int(pydicom.dcmread(path).SourceImageSequence[0].ReferencedFrameNumber) for path in files]
    assert sorted(frames) == list(range(1, 97))


def test_a_volume_on_another_grid_is_refused(tmp_path):
    info = source(tmp_path / "source")
    volume = load_series(info)
    moved = np.array(volume.geometry.affine)
    moved[:3, 3] += 40
    with pytest.raises(LowfieldError, match="no source image in its place"):
        write_derived_series(
            Volume(volume.data, Geometry(SHAPE, moved, "1.2.9")), info, tmp_path / "derived", **WORDS
        )


def test_files_of_others_are_left_alone(tmp_path):
    info = source(tmp_path / "source")
    volume = load_series(info)
    with pytest.raises(LowfieldError, match="already holds files"):
        write_derived_series(volume, info, tmp_path / "source", **WORDS)


@pytest.mark.parametrize("failure", [OSError(28, "No space left on device"), Cancelled()])
def test_a_failure_leaves_nothing_behind(tmp_path, monkeypatch, failure):
    info = source(tmp_path / "source")
    volume, written = load_series(info), []

    def write_three(dataset, path):
        if len(written) == 3:
            raise failure
        written.append(path)
        path.touch()

    monkeypatch.setattr(export, "write_file", write_three)
    with pytest.raises(LowfieldError if isinstance(failure, OSError) else Cancelled):
        write_derived_series(volume, info, tmp_path / "derived", **WORDS)
    assert [path.name for path in tmp_path.iterdir()] == ["source"]


def enhanced_pet(path: Path) -> None:
    """Write two frames of 149Tb, 45 MBq (in MBq, as enhanced PET has it), START-corrected to 10:00."""

    def item(**fields) -> Sequence:
        dataset = Dataset()
        for keyword, value in fields.items():
            setattr(dataset, keyword, value)
        return Sequence([dataset])

    measures = item(PixelSpacing=[2, 2], SliceThickness="3")
    units = item(CodeValue="Bq/ml", CodingSchemeDesignator="UCUM", CodeMeaning="Bq/ml")
    shared = item(
        PixelMeasuresSequence=measures,
        PlaneOrientationSequence=item(ImageOrientationPatient=[1, 0, 0, 0, 1, 0]),
        RealWorldValueMappingSequence=item(MeasurementUnitsCodeSequence=units),
        PixelValueTransformationSequence=item(RescaleSlope="2.5", RescaleIntercept="0", RescaleType="US"),
    )
    frames = [
        item(
            PlanePositionSequence=item(ImagePositionPatient=[0, 0, 3 * k]),
            FrameContentSequence=item(
                FrameAcquisitionDateTime=f"2025010110{20 * k:02d}00", FrameAcquisitionDuration=1200000.0
            ),
        )[0]
        for k in range(2)
    ]
    nuclide = item(CodeValue="TB149", CodingSchemeDesignator="99LOWFIELD", CodeMeaning="^149^Terbium")
    isotope = item(
        RadionuclideCodeSequence=nuclide,
        RadiopharmaceuticalStartDateTime="20250101090000",
        RadionuclideTotalDose="45",
        RadionuclideHalfLife="14824.8",
        RadionuclidePositronFraction="0.0715",
    )
    (dataset,) = item(
        SOPClassUID="1.2.840.10008.5.1.4.1.1.130",
        SOPInstanceUID="1.2.7.1",
        Modality="PT",
        PatientID="7",
        PatientWeight="9.8",
        StudyInstanceUID="1.2.7",
        SeriesInstanceUID="1.2.7.2",
        SeriesDate="20250101",
        SeriesTime="100000",
        FrameOfReferenceUID="1.2.7.3",
        ImageType=["ORIGINAL", "PRIMARY", "STATIC", "NONE"],
        DecayCorrected="YES",
        AttenuationCorrected="YES",
        DecayCorrectionDateTime="20250101100000",
        NumberOfFrames=2,
        SharedFunctionalGroupsSequence=shared,
        PerFrameFunctionalGroupsSequence=Sequence(frames),
        RadiopharmaceuticalInformationSequence=isotope,
    )
    set_pixels(dataset, Stored(np.arange(24, dtype=np.uint16).reshape(6, 4), 1.0))
    dataset.Rows = 3
    for keyword in ("RescaleSlope", "RescaleIntercept"):
        delattr(dataset, keyword)
    write_file(dataset, path)


def test_enhanced_pet_becomes_classic_with_its_dose_in_bq(tmp_path):
    (tmp_path / "source").mkdir()
    enhanced_pet(tmp_path / "source" / "a.dcm")
    info = only_series(tmp_path / "source")
    volume = load_series(info)
    assert volume.data.max() == 23 * 2.5
    files = write_derived_series(volume, info, tmp_path / "derived", **WORDS)
    back = load_series(only_series(tmp_path / "derived"))
    np.testing.assert_allclose(back.data, volume.data, rtol=1e-4)
    before, after = volume.acquisition, back.acquisition
    assert float(pydicom.dcmread(files[0]).RadiopharmaceuticalInformationSequence[0].RadionuclideTotalDose) == 45e6
    assert after.warnings == ()
    assert after.corrected_image == ("DECY", "ATTN")
    fields = ("units", "decay_correction", "nuclide_code", "half_life_s", "injected_dose_bq", "injection_time")
    for field in (*fields, "scan_start", "patient_weight_kg"):
        assert getattr(after, field) == getattr(before, field), field
    assert [frame.start.minute for frame in after.frames] == [0, 20]
    assert after.frames[1].reference_ms == pytest.approx((1200 + 597.19) * 1000, abs=5)


def test_sources_that_lost_identifiers(tmp_path):
    info = source(tmp_path / "source")
    for path in info.files:
        header = pydicom.dcmread(path)
        for keyword in ("SOPClassUID", "SOPInstanceUID", "StudyInstanceUID", "Modality"):
            delattr(header, keyword)
        header.Modality = "MR"
        header.save_as(path)
    info = only_series(tmp_path / "source")
    files = write_derived_series(load_series(info), info, tmp_path / "derived", **WORDS)
    headers = [pydicom.dcmread(path) for path in files]
    assert {header.SOPClassUID.name for header in headers} == {"MR Image Storage"}
    assert len({header.StudyInstanceUID for header in headers}) == 1
    assert "SourceImageSequence" not in headers[0]


def test_sources_of_unknown_kind_are_refused(tmp_path):
    info = source(tmp_path / "source")
    volume = load_series(info)
    for path in info.files:
        header = pydicom.dcmread(path)
        del header.SOPClassUID, header.Modality
        header.save_as(path)
    with pytest.raises(LowfieldError, match="SOPClassUID is missing"):
        write_derived_series(volume, info, tmp_path / "derived", **WORDS)
    assert not (tmp_path / "derived").exists()
