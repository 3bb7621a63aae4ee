"""Legacy converted enhanced PET: a classic series in one file, dose in Bq (PS3.3 A.71)."""

from datetime import datetime

import pytest
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from viewer.dicom.pet import read_acquisition
from viewer.quantify.suv import suv_bw_scale


def item(**fields) -> Sequence:
    dataset = Dataset()
    for keyword, value in fields.items():
        setattr(dataset, keyword, value)
    return Sequence([dataset])


def legacy() -> Dataset:
    """Two beds of an 18F series, 11:00 and 11:05; 370 MBq at 10:00."""
    isotope = item(
        RadionuclideCodeSequence=item(
            CodeValue="C-111A1", CodingSchemeDesignator="SRT", CodeMeaning="^18^Fluorine"
        ),
        RadiopharmaceuticalStartDateTime="20250101100000",
        RadionuclideTotalDose="370000000",
        RadionuclideHalfLife="6586.2",
    )
    mapping = item(RealWorldValueSlope=9.0, RealWorldValueIntercept=0.0)  # into another unit: not for us
    shared = item(
        RealWorldValueMappingSequence=mapping,
        UnassignedSharedConvertedAttributesSequence=item(
            Units="BQML", DecayCorrection="START", CorrectedImage=["ATTN", "DECY"],
            RadiopharmaceuticalInformationSequence=isotope,
        ),
    )  # fmt: skip
    frames = [
        item(
            FrameContentSequence=item(
                FrameAcquisitionDateTime=f"202501011{minute}00", FrameAcquisitionDuration=300000.0
            ),
            PixelValueTransformationSequence=item(RescaleSlope=str(slope), RescaleIntercept="0", RescaleType="US"),
            UnassignedPerFrameConvertedAttributesSequence=item(FrameReferenceTime=str(reference)),
        )[0]
        for minute, slope, reference in (("100", 1.5, 149605.3), ("105", 2.5, 449605.3))
    ]
    dataset = Dataset()
    fields = {
        "SOPClassUID": "1.2.840.10008.5.1.4.1.1.128.1",
        "Modality": "PT",
        "Manufacturer": "SIEMENS",
        "SeriesDate": "20250101",
        "SeriesTime": "110000",
        "PatientWeight": "70",
        "SharedFunctionalGroupsSequence": shared,
        "PerFrameFunctionalGroupsSequence": Sequence(frames),
    }
    for keyword, value in fields.items():
        setattr(dataset, keyword, value)
    return dataset


def test_it_is_read_as_the_classic_series_it_was():
    acquisition = read_acquisition([legacy()])
    assert acquisition.warnings == ()
    assert (acquisition.units, acquisition.decay_correction) == ("BQML", "START")
    assert acquisition.injected_dose_bq == 370e6
    assert acquisition.scan_start == datetime(2025, 1, 1, 11)
    assert [frame.start.minute for frame in acquisition.frames] == [0, 5]
    assert [frame.rescale_slope for frame in acquisition.frames] == [1.5, 2.5]
    assert [frame.reference_ms for frame in acquisition.frames] == [149605.3, 449605.3]
    assert {frame.duration_s for frame in acquisition.frames} == {300.0}
    expected = 70_000 / (370e6 * 2 ** (-3600 / 6586.2))
    assert suv_bw_scale(acquisition).per_slice == pytest.approx([expected] * 2)


def test_frames_come_in_the_order_asked_for_and_keep_what_they_state_themselves():
    dataset = legacy()
    own = dataset.PerFrameFunctionalGroupsSequence[1].UnassignedPerFrameConvertedAttributesSequence[0]
    own.AcquisitionDate, own.AcquisitionTime, own.ActualFrameDuration = "20250101", "110501", "299000"
    acquisition = read_acquisition([dataset], [1, 0])
    assert [frame.start.second for frame in acquisition.frames] == [1, 0]
    assert [frame.duration_s for frame in acquisition.frames] == [299.0, 300.0]
