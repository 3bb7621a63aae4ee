"""Simulated series: valid, reproducible, honest about being simulated, and read back as they were written."""

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pydicom
import pytest
import SimpleITK as sitk
from scipy.spatial.transform import Rotation

from viewer.core.errors import LowfieldError
from viewer.core.geometry import Geometry
from viewer.core.pet import PetAcquisition, PetFrame
from viewer.core.volume import Origin, Volume
from viewer.dicom.create import write_ct, write_mr, write_pet
from viewer.dicom.load import load_series
from viewer.dicom.pet import read_acquisition
from viewer.dicom.scan import scan
from viewer.dicom.stored import quantise

SHAPE = (4, 6, 7)
ORIGIN = Origin(
    study_uid="1.2.3.4", study_date="20250101", study_time="100000", series_description="head", series_number="5"
)


def geometry(seed: int = 1) -> Geometry:
    turned = Rotation.random(random_state=seed).as_matrix()[::-1]
    return Geometry.from_axes(SHAPE, (5, 1.6, 1.7), turned, (10, -20, 33.3), "1.2.3.5")


def volume(scale: float = 1000, offset: float = 0, seed: int = 0, **changes) -> Volume:
    values = np.random.default_rng(seed).random(SHAPE) * scale + offset
    return Volume(**({"data": values.astype(np.float32), "geometry": geometry(), "origin": ORIGIN} | changes))


def terbium(**changes) -> PetAcquisition:
    start = datetime(2025, 1, 1, 10)
    fields = {
        "units": "BQML",
        "decay_correction": "START",
        "corrected_image": ("DECY", "ATTN", "SCAT"),
        "nuclide_code": ("TB149", "99LOWFIELD"),
        "nuclide_meaning": "^149^Terbium",
        "half_life_s": 14824.8,
        "positron_fraction": 0.0715,
        "injected_dose_bq": 45e6,
        "injection_time": datetime(2025, 1, 1, 9, 30),
        "scan_start": start,
        "patient_weight_kg": 9.8,
        "frames": tuple(PetFrame(start, 1200.0) for _ in range(SHAPE[0])),
    }
    return PetAcquisition(**(fields | changes))


def read_back(folder: Path) -> Volume:
    (info,) = scan([folder]).series()
    return load_series(info)


@pytest.mark.parametrize(("write", "offset"), [(write_mr, 0), (write_ct, -1000), (write_mr, -3)])
def test_values_and_places_come_back(tmp_path, write, offset):
    made = volume(offset=offset)
    files = write(made, tmp_path / "series")
    assert len(files) == SHAPE[0]
    back = read_back(tmp_path / "series")
    assert back.geometry.same_grid(made.geometry, tolerance_mm=1e-9)
    step = float(pydicom.dcmread(files[0]).RescaleSlope)
    assert step == pytest.approx(np.abs(made.data).max() / (65535 if offset == 0 else 32767), rel=1e-9)
    float32_rounding = np.abs(made.data).max() * 2e-7
    assert np.abs(back.data - made.data).max() <= step / 2 + float32_rounding
    assert back.origin.series_description == "SIMULATED head"
    assert back.origin.study_uid == "1.2.3.4"


def test_a_series_without_a_known_time_is_written_at_one_moment(tmp_path, monkeypatch):
    """The clock ticks over while a long series is written."""
    ticks = iter(datetime(2026, 1, 1, 9, 59, 58) + timedelta(seconds=n) for n in range(1000))
    clock = type("Clock", (datetime,), {"now": classmethod(lambda cls: next(ticks))})
    for module in ("create", "simulated"):
        monkeypatch.setattr(f"viewer.dicom.{module}.datetime", clock)
    files = write_pet(volume(origin=replace(ORIGIN, study_date="", study_time="")), terbium(), tmp_path / "pet")
    headers = [pydicom.dcmread(file) for file in files]
    assert len({(one.StudyTime, one.SeriesTime) for one in headers}) == 1


def test_a_slice_axis_against_the_normal_comes_back_reversed_in_its_place(tmp_path):
    turned = Rotation.random(random_state=1).as_matrix()
    made = volume(geometry=Geometry.from_axes(SHAPE, (5, 1.6, 1.7), turned, (10, -20, 33.3), "1.2.3.5"))
    write_mr(made, tmp_path / "mr")
    back = read_back(tmp_path / "mr")
    assert np.abs(back.data[::-1] - made.data).max() < 0.01
    assert back.geometry.to_lps((0, 2, 3)) == pytest.approx(made.geometry.to_lps((SHAPE[0] - 1, 2, 3)))


def test_simpleitk_sees_the_same_voxels_at_the_same_places(tmp_path):
    made = volume(offset=-500)
    files = write_ct(made, tmp_path / "ct")
    image = sitk.ReadImage([str(path) for path in files])
    back = sitk.GetArrayFromImage(image)
    assert np.abs(back - made.data).max() < 0.02
    for k, j, i in ((0, 0, 0), (3, 1, 6), (2, 5, 0)):
        assert image.TransformIndexToPhysicalPoint((i, j, k)) == pytest.approx(
            made.geometry.to_lps((k, j, i)).tolist(), abs=1e-4
        )


def test_whole_numbers_are_stored_exactly(tmp_path):
    hounsfield = np.random.default_rng(1).integers(-1024, 3000, SHAPE).astype(np.float32)
    write_ct(volume(data=hounsfield), tmp_path / "ct")
    np.testing.assert_array_equal(read_back(tmp_path / "ct").data, hounsfield)


def test_complex_is_written_as_magnitude(tmp_path):
    values = (volume().data + 1j * volume(seed=2).data).astype(np.complex64)
    files = write_mr(volume(data=values), tmp_path / "mr", EchoTime=120, RepetitionTime=4000)
    back = read_back(tmp_path / "mr")
    assert np.abs(back.data - np.abs(values)).max() < 0.02
    header = pydicom.dcmread(files[0])
    assert (header.EchoTime, header.RepetitionTime) == (120, 4000)
    assert header.MagneticFieldStrength == 0.064
    assert header.Manufacturer == "Lowfield simulation"


def test_pet_keeps_its_acquisition(tmp_path):
    made, acquisition = volume(scale=50000), terbium()
    files = write_pet(made, acquisition, tmp_path / "pet")
    headers = [pydicom.dcmread(path) for path in files]
    slopes = [float(header.RescaleSlope) for header in headers]
    assert len(set(slopes)) == SHAPE[0]
    back = np.stack([header.pixel_array * slope for header, slope in zip(headers, slopes)])
    assert (np.abs(back - made.data) <= np.array(slopes)[:, None, None] * 0.5001).all()
    read = read_acquisition(headers)
    assert read.warnings == ()
    for field in (
        "units",
        "decay_correction",
        "corrected_image",
        "nuclide_code",
        "nuclide_meaning",
        "half_life_s",
    ):
        assert getattr(read, field) == getattr(acquisition, field), field
    for field in ("positron_fraction", "injected_dose_bq", "injection_time", "scan_start", "patient_weight_kg"):
        assert getattr(read, field) == getattr(acquisition, field), field
    frame = read.frames[2]
    assert frame.duration_s == 1200
    assert frame.reference_ms == pytest.approx(597.19e3, abs=5)  # T_ave of facts §3
    assert frame.decay_factor == pytest.approx(1.02832, abs=1e-5)  # F(T) of facts §3
    assert read_back(tmp_path / "pet").acquisition.nuclide_code == ("TB149", "99LOWFIELD")


def test_beds_philips_factors_and_what_the_frames_say(tmp_path):
    start = datetime(2025, 1, 1, 10)
    frames = tuple(PetFrame(start + timedelta(minutes=5 * k), 300.0) for k in range(SHAPE[0] - 1))
    stated = PetFrame(start, 300.0, 150000.0, 1.5)
    acquisition = terbium(
        units="CNTS",
        suv_type="BW",
        frames=(*frames, stated),
        philips_suv_factor=0.0005,
        philips_bq_factor=4.7,
        patient_height_m=1.1,
        half_life_s=None,
    )
    headers = [pydicom.dcmread(path) for path in write_pet(volume(), acquisition, tmp_path / "pet")]
    read = read_acquisition(headers)
    assert (read.philips_suv_factor, read.philips_bq_factor) == (0.0005, 4.7)
    assert (read.suv_type, read.patient_height_m) == ("BW", 1.1)
    assert headers[0].SeriesType[0] == "WHOLE BODY"
    assert [frame.start for frame in read.frames[:3]] == [frame.start for frame in frames]
    assert read.frames[2].reference_ms == 750000  # without a half-life: the middle of the frame
    assert read.frames[2].decay_factor is None
    assert replace(read.frames[3], rescale_slope=None, rescale_intercept=None) == stated


def test_faulty_headers_can_be_made(tmp_path):
    acquisition = terbium(half_life_s=None, units="PROPCPS", nuclide_code=None, patient_weight_kg=None)
    (first, *_) = write_pet(volume(), acquisition, tmp_path / "pet", DecayFactor=None)
    header = pydicom.dcmread(first)
    read = read_acquisition([header])
    assert (read.half_life_s, read.units, read.nuclide_code) == (None, "PROPCPS", None)
    assert read.patient_weight_kg is None
    assert "DecayFactor" not in header


def test_other_patients_and_languages(tmp_path):
    origin = Origin(patient_name="Müller, Jürgen", patient_id="7", series_description="Schädel")
    (first, *_) = write_mr(volume(origin=origin), tmp_path / "mr")
    header = pydicom.dcmread(first)
    assert header.SpecificCharacterSet == "ISO_IR 192"
    assert header.PatientName == "Müller^Jürgen"
    assert header.SeriesDescription == "SIMULATED Schädel"


def test_a_seed_makes_identifiers_reproducible(tmp_path):
    def identifiers(name: str, **options) -> list[str]:
        files = write_mr(volume(origin=Origin()), tmp_path / name, **options)
        keywords = ("StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID", "FrameOfReferenceUID")
        return [pydicom.dcmread(path)[keyword].value for path in files for keyword in keywords]

    first, second = identifiers("a", uid_seed="demo"), identifiers("b", uid_seed="demo")
    assert first == second
    assert identifiers("c", uid_seed="other")[0] != first[0]
    assert identifiers("d")[0] != identifiers("e")[0]
    assert all(uid.startswith("2.25.") and len(uid) <= 64 for uid in identifiers("f", uid_seed="demo")[:3])


def test_nothing_is_ever_overwritten(tmp_path):
    folder = tmp_path / "mr"
    folder.mkdir()
    write_mr(volume(), folder)  # an empty folder may be filled
    before = {path: path.read_bytes() for path in folder.iterdir()}
    with pytest.raises(LowfieldError, match="already holds files"):
        write_ct(volume(), folder)
    assert {path: path.read_bytes() for path in folder.iterdir()} == before
    assert [path.name for path in tmp_path.iterdir()] == ["mr"]


def test_values_that_dicom_cannot_hold(tmp_path):
    broken = volume().data.copy()
    broken[1, 2, 3] = np.nan
    with pytest.raises(LowfieldError, match="not finite"):
        write_mr(volume(data=broken), tmp_path / "mr")
    sheared = np.eye(4)
    sheared[2, 1] = 0.5
    with pytest.raises(LowfieldError, match="right angles"):
        write_mr(volume(geometry=Geometry(SHAPE, sheared)), tmp_path / "mr")
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(ValueError, match="EchoTimes"):
        write_mr(volume(), tmp_path / "mr", EchoTimes=3)


@pytest.mark.parametrize(
    "values", [[-3.7, 0.1, 12.9], [0, 0.001, 0.5], [1e-7, 3e-7, 0], [4e9, 2.5, 0], [-1e5, 0, 1]]
)
def test_rounding_is_at_most_half_a_step(values):
    array = np.array(values, np.float32)
    stored = quantise(array)
    assert np.abs(stored.pixels * stored.slope - array).max() <= stored.slope * 0.5 + abs(array).max() * 1e-9


def test_a_constant_zero_image_is_zero():
    stored = quantise(np.zeros((2, 2), np.float32))
    assert (stored.slope, stored.pixels.max()) == (1.0, 0)
