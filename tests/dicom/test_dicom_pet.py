"""PET headers to acquisitions: reference objects, vendors' headers, and every trap of facts/tb149-pet §3."""

import csv
import json
import math
import zipfile
from datetime import datetime, timedelta
from io import BytesIO
from pathlib import Path

import pydicom
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from viewer.core.errors import LowfieldError
from viewer.core.pet import PetAcquisition
from viewer.dicom.guard import read_header
from viewer.dicom.pet import read_acquisition
from viewer.dicom.pet_start import mean_count_time_s

DRO = ("0_0", "1_0", "2_0", "2_1", "2_4", "3_0", "3_1", "3_3", "4_1", "5_0")


def header(isotope: dict | None = None, **tags) -> Dataset:
    """A whole-body 18F header of 11:00, injected at 10:00; ``tags`` change it, None removes."""
    dataset, item = Dataset(), Dataset()
    series = {"Units": "BQML", "DecayCorrection": "START", "CorrectedImage": ["ATTN", "DECY"]}
    times = {
        "SeriesDate": "20250101",
        "SeriesTime": "110000",
        "AcquisitionDate": "20250101",
        "AcquisitionTime": "110000",
        "FrameReferenceTime": "150000",
        "ActualFrameDuration": "300000",
    }
    patient = {"PatientWeight": "70", "PatientSize": "1.75", "PatientSex": "F", "Manufacturer": "SIEMENS"}
    fields = series | times | patient
    nuclide = {
        "RadiopharmaceuticalStartTime": "100000",
        "RadiopharmaceuticalStartDateTime": "20250101100000",
        "RadionuclideTotalDose": "370000000",
        "RadionuclideHalfLife": "6586.2",
        "RadionuclidePositronFraction": "0.97",
    }
    for target, known, changes in ((dataset, fields, tags), (item, nuclide, isotope or {})):
        for keyword, value in (known | changes).items():
            if value is not None:
                setattr(target, keyword, value)
    dataset.RadiopharmaceuticalInformationSequence = Sequence([item])
    return dataset


def suv_factor(acquisition: PetAcquisition) -> float:
    """SUVbw per Bq/mL, by the formula of facts §3, from the acquisition alone."""
    elapsed = 0.0
    if acquisition.decay_correction == "START":
        elapsed = (acquisition.scan_start - acquisition.injection_time).total_seconds()
    decayed = acquisition.injected_dose_bq * math.exp(-math.log(2) / acquisition.half_life_s * elapsed)
    return acquisition.patient_weight_kg * 1000 / decayed


def from_zip(path: Path) -> list[Dataset]:
    with zipfile.ZipFile(path) as archive:
        names = sorted(name for name in archive.namelist() if "/PT/" in name and name.endswith(".dcm"))
        return [pydicom.dcmread(BytesIO(archive.read(name))) for name in names]


@pytest.mark.parametrize("name", DRO)
def test_reference_objects_hold_all_that_suv_needs(shared_data, name):
    folder = shared_data("suv_dro")
    datasets = from_zip(folder / f"DRO_{name}.zip")
    acquisition = read_acquisition(datasets)
    brightest = max((ds.pixel_array * float(ds.RescaleSlope)).max() for ds in datasets)
    if acquisition.units == "BQML":
        factor = suv_factor(acquisition)
    elif acquisition.units == "CNTS":
        factor = acquisition.philips_suv_factor
    else:
        assert acquisition.units == "GML"
        factor = 1.0 if acquisition.suv_type == "BW" else lean_mass_factor(acquisition)
    with (folder / "DRO_list_subset.csv").open() as table:
        expected = next(row for row in csv.DictReader(table) if row["ID"] == f"DRO_{name}")
    assert brightest * factor == pytest.approx(float(expected["SUVmax_expected"]), rel=1e-3)
    assert len(acquisition.frames) == 20


def lean_mass_factor(acquisition: PetAcquisition) -> float:
    """SUVlbm (James 128) to SUVbw."""
    assert acquisition.suv_type == "LBMJAMES128"
    assert acquisition.patient_sex == "M"
    weight, height_cm = acquisition.patient_weight_kg, acquisition.patient_height_m * 100
    return weight / (1.10 * weight - 128 * (weight / height_cm) ** 2)


def test_dose_in_mbq_is_converted_and_said(shared_data):
    acquisition = read_acquisition(from_zip(shared_data("suv_dro") / "DRO_3_0.zip"))
    assert acquisition.injected_dose_bq == pytest.approx(368.08e6)
    assert any("taken as MBq" in warning for warning in acquisition.warnings)
    assert "taken as MBq" in acquisition.sources["injected_dose_bq"]


def vendor_headers(path: Path) -> list[Dataset]:
    datasets = []
    for fields in json.loads(path.read_text()):
        private = fields.pop("PhilipsPETPrivateGroup")
        isotope = {key: fields.pop(key) for key in list(fields) if key.startswith("Radio")}
        isotope = {"RadiopharmaceuticalStartDateTime": None, "RadionuclidePositronFraction": None} | isotope
        dataset = header(isotope, **({"Manufacturer": None, "PatientSize": None} | fields))
        block = dataset.private_block(0x7053, "Philips PET Private Group", create=True)
        for element, key in ((0x00, "SUVScaleFactor"), (0x09, "ActivityConcentrationScaleFactor")):
            if key in private:
                block.add_new(element, "DS", private[key].strip())
        datasets.append(dataset)
    return datasets


def test_vendor_headers_give_the_published_factors(shared_data):
    folder = shared_data("pet_header_json")
    with (folder / "expected_suvbw_factor.csv").open() as table:
        rows = list(csv.DictReader(table))
    assert len(rows) == 5
    for row in rows:
        acquisition = read_acquisition(vendor_headers(folder / row["file"]))
        counts = acquisition.units == "CNTS"
        factor = acquisition.philips_suv_factor if counts else suv_factor(acquisition)
        assert factor == pytest.approx(float(row["suvbw_factor_expected"]), rel=float(row["tolerance"])), row


def test_a_real_siemens_frame(shared_data):
    acquisition = read_acquisition([read_header(shared_data("siemens_pet_slices") / "ACRIN-FLT_1.dcm")])
    assert acquisition.warnings == ()
    assert acquisition.nuclide_code == ("C-111A1", "SNM3")
    assert acquisition.nuclide_meaning == "F^18^[^18^Fluorine]"
    assert acquisition.positron_fraction == 0.97
    assert acquisition.injection_time == datetime(1960, 6, 14, 14, 17)
    assert acquisition.scan_start == datetime(1960, 6, 14, 15, 23, 16, 921000)
    (frame,) = acquisition.frames
    assert mean_count_time_s(frame.duration_s, 6586.2) * 1000 == pytest.approx(frame.reference_ms, abs=1e-3)
    assert frame.decay_factor == pytest.approx(math.exp(math.log(2) / 6586.2 * 149.6053), abs=1e-5)


def test_beds_of_a_real_ge_series_share_one_reference(shared_data):
    with zipfile.ZipFile(shared_data("ibsi_sts") / "STS_041.zip") as archive:
        names = [name for name in archive.namelist() if "/PET/" in name and not name.endswith("/")]
        files = [pydicom.dcmread(BytesIO(archive.read(name)), force=True) for name in names]
    acquisition = read_acquisition([file for file in files if file.get("Modality") == "PT"])
    assert (acquisition.units, acquisition.decay_correction) == ("GML", "ADMIN")
    assert acquisition.warnings == ()
    assert acquisition.scan_start == datetime(2006, 4, 7, 16, 49, 46)
    assert acquisition.frames[0].start == datetime(2006, 4, 7, 17, 8, 3)


def test_every_field_names_its_tag():
    acquisition = read_acquisition([header()])
    assert acquisition.warnings == ()
    assert acquisition.sources["half_life_s"] == "RadionuclideHalfLife (0018,1075)"
    assert acquisition.sources["scan_start"] == "SeriesDate (0008,0021), SeriesTime (0008,0031)"
    assert acquisition.sources["injection_time"] == "RadiopharmaceuticalStartDateTime (0018,1078)"
    assert acquisition.sources["frames.duration_s"] == "ActualFrameDuration (0018,1242)"
    assert (acquisition.patient_weight_kg, acquisition.patient_height_m) == (70, 1.75)
    assert acquisition.corrected_image == ("ATTN", "DECY")


def test_what_is_missing_is_none_and_never_a_default():
    acquisition = read_acquisition([Dataset()])
    for field, value in vars(acquisition).items():
        assert value is None or value in ("", (), {}) or field == "frames", field
    frame = acquisition.frames[0]
    assert frame.start is None
    assert frame.duration_s is None
    with pytest.raises(LowfieldError):
        read_acquisition([])


@pytest.mark.parametrize("zero", ["0", ""])
def test_zero_means_not_filled_in(zero):
    acquisition = read_acquisition(
        [header({"RadionuclideTotalDose": zero, "RadionuclideHalfLife": zero}, PatientWeight=zero)]
    )
    assert acquisition.injected_dose_bq is None
    assert acquisition.half_life_s is None
    assert acquisition.patient_weight_kg is None
    assert "patient_weight_kg" not in acquisition.sources


def test_impossible_body_sizes_are_in_other_units():
    acquisition = read_acquisition([header(PatientWeight="70000", PatientSize="175")])
    assert (acquisition.patient_weight_kg, acquisition.patient_height_m) == (70, 1.75)
    assert len(acquisition.warnings) == 2


def test_unreadable_numbers_are_ignored_with_a_warning():
    dataset = header()
    dataset.add_new(0x00101030, "LO", "seventy")
    dataset.RadiopharmaceuticalInformationSequence[0].add_new(0x00181075, "LO", "-5")
    acquisition = read_acquisition([dataset])
    assert acquisition.patient_weight_kg is None
    assert acquisition.half_life_s is None
    assert "PatientWeight (0010,1030) is not a number and was ignored." in acquisition.warnings
    assert "RadionuclideHalfLife (0018,1075) is negative and was ignored." in acquisition.warnings


def test_a_positron_fraction_above_one_is_none():
    acquisition = read_acquisition([header({"RadionuclidePositronFraction": "97"})])
    assert acquisition.positron_fraction is None
    assert "positron_fraction" not in acquisition.sources


class TestInjection:
    def test_time_alone_is_on_the_day_of_the_scan(self):
        acquisition = read_acquisition([header({"RadiopharmaceuticalStartDateTime": None})])
        assert acquisition.injection_time == datetime(2025, 1, 1, 10)
        assert acquisition.warnings == ()

    @pytest.mark.parametrize("moment", [None, "20250101235000"])
    def test_after_the_scan_means_the_day_before(self, moment):
        isotope = {"RadiopharmaceuticalStartDateTime": moment, "RadiopharmaceuticalStartTime": "235000"}
        acquisition = read_acquisition([header(isotope, SeriesTime="003000", AcquisitionTime="003000")])
        assert acquisition.injection_time == datetime(2024, 12, 31, 23, 50)
        assert any("midnight" in warning for warning in acquisition.warnings)

    def test_during_a_dynamic_scan_it_stays(self):
        acquisition = read_acquisition([header({"RadiopharmaceuticalStartDateTime": "20250101110030"})])
        assert acquisition.injection_time == datetime(2025, 1, 1, 11, 0, 30)
        assert any("dynamic" in warning for warning in acquisition.warnings)

    def test_a_date_that_was_not_shifted_with_the_others(self):
        acquisition = read_acquisition([header({"RadiopharmaceuticalStartDateTime": "19990101100000"})])
        assert acquisition.injection_time == datetime(2025, 1, 1, 10)
        assert any("altered dates" in warning for warning in acquisition.warnings)

    def test_days_later_with_a_long_lived_nuclide_is_fine(self):
        isotope = {"RadiopharmaceuticalStartDateTime": "20241226100000", "RadionuclideHalfLife": "282276"}
        acquisition = read_acquisition([header(isotope)])
        assert acquisition.injection_time == datetime(2024, 12, 26, 10)
        assert acquisition.warnings == ()

    def test_utc_offsets_become_local_time(self):
        isotope = {"RadiopharmaceuticalStartDateTime": "20250101090000.5+0000"}
        acquisition = read_acquisition([header(isotope, TimezoneOffsetFromUTC="+0100")])
        assert acquisition.injection_time == datetime(2025, 1, 1, 10, 0, 0, 500000)

    def test_no_dates_at_all(self):
        isotope = {"RadiopharmaceuticalStartDateTime": None}
        acquisition = read_acquisition([header(isotope, SeriesDate=None, AcquisitionDate=None)])
        assert acquisition.scan_start - acquisition.injection_time == timedelta(hours=1)
        assert any("no dates" in warning for warning in acquisition.warnings)


class TestScanStart:
    def beds(self, **tags) -> list[Dataset]:
        """Two beds of 300 s, at 11:00 and 11:05, referenced like Siemens does."""
        inside = mean_count_time_s(300, 6586.2)
        times = (("110000", inside * 1000), ("110500", (300 + inside) * 1000))
        return [
            header(**({"AcquisitionTime": time, "FrameReferenceTime": f"{ms:.4f}"} | tags)) for time, ms in times
        ]

    def test_series_time_before_the_scan(self):
        acquisition = read_acquisition(self.beds())
        assert acquisition.scan_start == datetime(2025, 1, 1, 11)
        assert acquisition.warnings == ()

    def test_post_processed_siemens_is_worked_out(self):
        acquisition = read_acquisition(self.beds(SeriesTime="163000"))
        assert abs(acquisition.scan_start - datetime(2025, 1, 1, 11)) < timedelta(milliseconds=1)
        assert acquisition.series_time == datetime(2025, 1, 1, 16, 30)
        assert "FrameReferenceTime (0054,1300)" in acquisition.sources["scan_start"]
        assert any("after the first AcquisitionTime" in warning for warning in acquisition.warnings)

    @pytest.mark.parametrize(("maker", "reference_ms"), [("Philips", 150000), ("GE MEDICAL SYSTEMS", 0)])
    def test_each_maker_counts_to_another_point_of_the_frame(self, maker, reference_ms):
        tags = {"SeriesTime": "163000", "Manufacturer": maker, "FrameReferenceTime": str(reference_ms)}
        acquisition = read_acquisition([header(**tags)])
        assert acquisition.scan_start == datetime(2025, 1, 1, 11)

    def test_ge_private_time_beats_a_late_series_time(self):
        dataset = header(SeriesTime="163000", Manufacturer="GE MEDICAL SYSTEMS")
        block = dataset.private_block(0x0009, "GEMS_PETD_01", create=True)
        block.add_new(0x0D, "DT", "20250101105500.00")
        acquisition = read_acquisition([dataset])
        assert acquisition.scan_start == datetime(2025, 1, 1, 10, 55)
        assert "(0009,xx0d)" in acquisition.sources["scan_start"]

    def test_without_any_reference_the_first_bed_is_used_with_a_warning(self):
        tags = {"SeriesTime": None, "FrameReferenceTime": None}
        acquisition = read_acquisition(list(reversed([header(**tags), header(**tags, AcquisitionTime="110500")])))
        assert acquisition.scan_start == datetime(2025, 1, 1, 11)
        assert any("does not say when the scan started" in warning for warning in acquisition.warnings)

    def test_contradicting_references_are_said(self):
        acquisition = read_acquisition([header(FrameReferenceTime="1650000")])
        assert acquisition.scan_start == datetime(2025, 1, 1, 11)
        (warning,) = acquisition.warnings
        assert "1500.0 s apart" in warning


class TestPrivateFactors:
    def philips(self, creator: str | None, maker: str, block: int = 0x10) -> PetAcquisition:
        dataset = header(Units="CNTS", Manufacturer=maker)
        if creator:
            dataset.add_new((0x7053, block), "LO", creator)
        dataset.add_new((0x7053, block << 8 | 0x00), "DS", "0.0005")
        dataset.add_new((0x7053, block << 8 | 0x09), "DS", "4.7")
        return read_acquisition([dataset])

    @pytest.mark.parametrize("block", [0x10, 0x11])
    def test_in_whichever_block_the_creator_reserved(self, block):
        acquisition = self.philips("Philips PET Private Group", "ANYBODY", block)
        assert (acquisition.philips_suv_factor, acquisition.philips_bq_factor) == (0.0005, 4.7)

    def test_a_lost_creator_is_vouched_for_by_the_maker(self):
        assert self.philips(None, "Philips Medical Systems").philips_suv_factor == 0.0005

    def test_somebody_elses_element_is_not_a_factor(self):
        assert self.philips("ACME", "Philips Medical Systems").philips_suv_factor is None
        orphan = self.philips(None, "ACME")
        assert orphan.philips_bq_factor is None
        assert any("lost its creator" in warning for warning in orphan.warnings)


def test_contradictions_are_said():
    first, second = header(CorrectedImage=["ATTN"]), header(PatientWeight="71")
    second.RadiopharmaceuticalInformationSequence[0].RadionuclideTotalDose = "380000000"
    warnings = " ".join(read_acquisition([first, second]).warnings)
    assert "does not list DECY" in warnings
    assert "PatientWeight differs" in warnings
    assert "RadionuclideTotalDose differs" in warnings
    none = read_acquisition([header(DecayCorrection="NONE")])
    assert "DecayCorrection is NONE but CorrectedImage lists DECY." in none.warnings


@given(st.integers(1, 10**6), st.floats(1, 7200), st.floats(60, 1e7))
def test_back_computation_inverts_the_reference(offset_ms, duration_s, half_life_s):
    reference = offset_ms / 1000 + mean_count_time_s(duration_s, half_life_s)
    start = datetime(2025, 1, 1, 11) - timedelta(milliseconds=offset_ms)
    dataset = header(
        {"RadionuclideHalfLife": repr(half_life_s)[:16], "RadiopharmaceuticalStartDateTime": None},
        SeriesTime="235959",
        ActualFrameDuration=str(round(duration_s * 1000)),
        FrameReferenceTime=f"{reference * 1000:.3f}",
    )
    assert abs(read_acquisition([dataset]).scan_start - start) < timedelta(milliseconds=2)
