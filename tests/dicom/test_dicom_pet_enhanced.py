"""Enhanced multi-frame PET (PS3.3 C.8.22) in the words of classic PET."""

from datetime import datetime

import pytest
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from viewer.dicom.groups import FrameGroups
from viewer.dicom.pet import read_acquisition
from viewer.dicom.rescale import Rescale
from viewer.quantify.activity import activity_scale
from viewer.quantify.suv import suv_bw_scale


def item(**fields) -> Sequence:
    dataset = Dataset()
    for keyword, value in fields.items():
        setattr(dataset, keyword, value)
    return Sequence([dataset])


def enhanced(dose="45", unit="Bq/ml", **tags) -> Dataset:
    """Two frames of 149Tb; 45 MBq at 09:00, scan at 10:00."""
    shared = item(
        RealWorldValueMappingSequence=item(
            MeasurementUnitsCodeSequence=item(CodeValue=unit, CodingSchemeDesignator="UCUM", CodeMeaning=unit)
        )
    )
    frames = [
        item(
            FrameContentSequence=item(
                FrameAcquisitionDateTime=f"2025010110{minute}00", FrameAcquisitionDuration=1200000.0
            ),
            PETFrameCorrectionFactorsSequence=item(DecayFactor="1.028"),
        )[0]
        for minute in ("00", "20")
    ]
    isotope = item(
        RadionuclideCodeSequence=item(
            CodeValue="TB149", CodingSchemeDesignator="99LOWFIELD", CodeMeaning="^149^Terbium"
        ),
        RadiopharmaceuticalStartDateTime="20250101090000",
        RadionuclideTotalDose=dose,
        RadionuclideHalfLife="14824.8",
        RadionuclidePositronFraction="0.0715",
    )
    dataset = Dataset()
    fields = {
        "DecayCorrected": "YES",
        "AttenuationCorrected": "YES",
        "ScatterCorrected": "NO",
        "DecayCorrectionDateTime": "20250101100000",
        "PatientWeight": "10",
        "SharedFunctionalGroupsSequence": shared,
        "PerFrameFunctionalGroupsSequence": Sequence(frames),
        "RadiopharmaceuticalInformationSequence": isotope,
    }
    for keyword, value in (fields | tags).items():
        if value is not None:
            setattr(dataset, keyword, value)
    return dataset


def test_dose_is_in_mbq_and_units_come_from_the_mapping():
    acquisition = read_acquisition([enhanced()])
    assert acquisition.warnings == ()
    assert acquisition.injected_dose_bq == 45e6
    assert (acquisition.units, acquisition.decay_correction) == ("BQML", "START")
    assert acquisition.corrected_image == ("DECY", "ATTN")
    assert acquisition.scan_start == datetime(2025, 1, 1, 10)
    assert acquisition.sources["scan_start"] == "DecayCorrectionDateTime (0018,9701)"
    assert acquisition.nuclide_code == ("TB149", "99LOWFIELD")


def test_frames_come_in_the_order_asked_for():
    acquisition = read_acquisition([enhanced()], [1, 0, 1])
    assert [frame.start.minute for frame in acquisition.frames] == [20, 0, 20]
    assert acquisition.frames[0].duration_s == 1200
    assert acquisition.frames[0].decay_factor == 1.028


def test_a_dose_in_bq_is_taken_as_such_with_a_warning():
    acquisition = read_acquisition([enhanced(dose="45000000")])
    assert acquisition.injected_dose_bq == 45e6
    assert any("taken as Bq" in warning for warning in acquisition.warnings)


@pytest.mark.parametrize(
    ("unit", "units", "suv_type"),
    [("g/ml{SUVbw}", "GML", "BW"), ("g/ml{SUVlbm}", "GML", "LBM"), ("{counts}/s", "CPS", ""), ("?", "", "")],
)
def test_units(unit, units, suv_type):
    acquisition = read_acquisition([enhanced(unit=unit)])
    assert (acquisition.units, acquisition.suv_type) == (units, suv_type)


def test_decay_to_the_injection_is_admin():
    acquisition = read_acquisition([enhanced(DecayCorrectionDateTime="20250101090000")])
    assert acquisition.decay_correction == "ADMIN"
    assert acquisition.scan_start == datetime(2025, 1, 1, 10)


def test_no_decay_correction():
    acquisition = read_acquisition([enhanced(DecayCorrected="NO", DecayCorrectionDateTime=None)])
    assert acquisition.decay_correction == "NONE"
    assert acquisition.scan_start == datetime(2025, 1, 1, 10)


def test_a_missing_reference_is_said():
    acquisition = read_acquisition([enhanced(DecayCorrectionDateTime=None)])
    assert acquisition.scan_start == datetime(2025, 1, 1, 10)
    assert any("DecayCorrectionDateTime" in warning for warning in acquisition.warnings)


def test_the_real_world_mapping_is_what_makes_activity_of_stored_numbers():
    dataset = enhanced(Modality="PT")
    mapping = dataset.SharedFunctionalGroupsSequence[0].RealWorldValueMappingSequence[0]
    mapping.RealWorldValueSlope, mapping.RealWorldValueIntercept = 2.5, 0.0
    rescale = Rescale.of(FrameGroups.of(dataset), 0)
    assert (rescale.slope, rescale.intercept, rescale.stated) == (2.5, 0.0, True)
    acquisition = read_acquisition([dataset])
    assert [frame.rescale_slope for frame in acquisition.frames] == [2.5, 2.5]
    assert acquisition.sources["frames.rescale"].startswith("RealWorldValueSlope")
    dataset.Units = "BQML"  # then the rescaled numbers are what Units speaks of
    assert not Rescale.of(FrameGroups.of(dataset), 0).stated


def test_the_lookup_of_a_modality_table_has_no_slope():
    dataset = enhanced(Modality="PT", ModalityLUTSequence=item(ModalityLUTType="US"))
    assert read_acquisition([dataset]).frames[0].rescale_slope is None


@pytest.mark.parametrize(
    ("changes", "activity", "suv"),
    [
        ({}, 1.0, 10_000 / 45e6 * 2 ** (3600 / 14824.8)),
        ({"DecayCorrectionDateTime": "20250101090000"}, 1.0, 10_000 / 45e6),
        ({"unit": "g/ml{SUVbw}"}, 45e6 / 10_000 * 2 ** (-3600 / 14824.8), 1.0),
    ],
)
def test_activity_and_suv_of_an_enhanced_file(changes, activity, suv):
    acquisition = read_acquisition([enhanced(**changes)])
    reference = "injection" if acquisition.decay_correction == "ADMIN" else "scan"
    assert activity_scale(acquisition, reference=reference).per_slice == pytest.approx([activity] * 2)
    assert suv_bw_scale(acquisition).per_slice == pytest.approx([suv] * 2)
