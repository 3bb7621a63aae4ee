import zipfile

import numpy as np
import pytest
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from pydicom.uid import generate_uid

from viewer.core.errors import Cancelled, LowfieldError
from viewer.dicom import throttle
from viewer.dicom.scan import scan


def only(index):
    series = list(index.series())
    assert len(series) == 1
    return series[0]


def test_series_is_sorted_by_position_not_by_number(maker):
    maker.slices(4)  # InstanceNumber runs against the position
    index = scan([maker.folder])
    info = only(index)
    assert [path.name for path in info.files] == [f"slice{k:02d}.dcm" for k in range(4)]
    assert (info.shape, info.spacing_mm, info.instances) == ((4, 4, 6), (5.0, 2.0, 1.5), 4)
    assert (info.modality, info.number, info.description, info.part) == ("MR", "3", "T1", 0)
    assert info.warnings == () and index.problems == ()
    assert info.frame_of_reference_uid == maker.place
    patient = index.patients[0]
    assert (patient.patient_id, patient.name, patient.birth_date, patient.sex) == (
        "P1",
        "Doe, Jane",
        "19700101",
        "F",
    )
    assert (patient.studies[0].date, patient.studies[0].description) == ("20240102", "Head")


def test_order_follows_the_normal_of_oblique_slices(maker):
    row, column = np.array([0.8, 0.6, 0]), np.array([0, 0, -1.0])
    normal = np.cross(row, column)
    for k, name in enumerate("dacb"):
        maker.slice(
            k, f"{name}.dcm", ImagePositionPatient=list(-4.0 * k * normal), ImageOrientationPatient=[*row, *column]
        )
    info = only(scan([maker.folder]))
    assert [path.stem for path in info.files] == list("bcad")
    assert info.spacing_mm[0] == pytest.approx(4.0)


def test_folders_files_and_zips_mix(maker, tmp_path):
    files = maker.slices(4)
    packed = tmp_path / "half.zip"
    with zipfile.ZipFile(packed, "w") as opened:
        for path in files[:2]:
            opened.write(path, f"inner/{path.name}")
    index = scan([packed, files[2], files[3]])
    assert only(index).shape[0] == 4


def test_zip_with_a_path_out_of_it_opens_the_rest(maker, tmp_path):
    files = maker.slices(3)
    packed = tmp_path / "study.zip"
    with zipfile.ZipFile(packed, "w") as opened:
        for path in files:
            opened.write(path, path.name)
        opened.write(files[0], "../evil.dcm")
    index = scan([packed])
    assert only(index).shape[0] == 3
    assert [str(problem) for problem in index.problems] == [
        "study.zip/../evil.dcm: points outside the ZIP and was left out."
    ]
    assert not (tmp_path.parent / "evil.dcm").exists()


def test_bad_files_are_named_and_the_rest_opens(maker):
    files = maker.slices(5)
    files[4].write_bytes(files[4].read_bytes()[:-10])
    (maker.folder / "notes.dcm").write_text("not an image")
    (maker.folder / "empty.dcm").write_bytes(b"")
    (maker.folder / "readme.txt").write_text("hello")
    (maker.folder / ".hidden").write_text("hello")
    index = scan([maker.folder])
    assert only(index).shape[0] == 4
    said = {problem.where.rsplit("/", 1)[-1]: problem.what for problem in index.problems}
    assert set(said) == {"slice04.dcm", "notes.dcm", "empty.dcm", "readme.txt"}
    assert "truncated: 38 bytes of pixels where 48" in said["slice04.dcm"]
    assert said["notes.dcm"] == "is not a DICOM file."
    assert "empty" in said["empty.dcm"]


def test_empty_folder_and_missing_path(tmp_path):
    with pytest.raises(LowfieldError, match="contains no DICOM images") as raised:
        scan([tmp_path])
    assert str(tmp_path) in raised.value.where
    with pytest.raises(LowfieldError, match="does not exist"):
        scan([tmp_path / "absent"])


def test_one_bad_file_says_what_it_is(tmp_path):
    path = tmp_path / "text.dcm"
    path.write_text("hello")
    with pytest.raises(LowfieldError, match=r"text\.dcm: is not a DICOM file\."):
        scan([path])


def test_link_out_of_the_folder_is_not_followed(maker, tmp_path):
    inside = maker.slice(0)
    outside = maker.write("../outside.dcm", maker.dataset(1))
    (maker.folder / "link.dcm").symlink_to(outside)
    (maker.folder / "loop").symlink_to(maker.folder, target_is_directory=True)
    (maker.folder / "same.dcm").symlink_to(inside)
    index = scan([maker.folder])
    assert only(index).shape[0] == 1
    assert any("link out of the folder" in problem.what for problem in index.problems)


def test_copies_of_one_object_count_once(maker):
    path = maker.slices(3)[0]
    (maker.folder / "copy.dcm").write_bytes(path.read_bytes())
    index = scan([maker.folder])
    assert only(index).shape[0] == 3
    assert "slice00.dcm" in index.problems[0].what and "repeat" in index.problems[0].what


def test_colour_and_other_objects_are_named_not_shown(maker):
    maker.slices(3)
    maker.slice(
        9, "capture.dcm", SamplesPerPixel=3, PhotometricInterpretation="RGB", PlanarConfiguration=0,
        BitsAllocated=8, BitsStored=8, HighBit=7, PixelData=np.zeros(72, "u1"),
    )  # fmt: skip
    report = maker.dataset(
        SOPClassUID="1.2.840.10008.5.1.4.1.1.88.11", Modality="SR", SeriesNumber=4,
        SeriesInstanceUID=generate_uid(), PixelData=None,
    )  # fmt: skip
    del report.Rows, report.Columns
    maker.write("report.dcm", report)
    shown, capture, text = scan([maker.folder]).series()
    assert shown.viewable and shown.shape[0] == 3
    assert (
        not capture.viewable
        and "colour picture (RGB)" in capture.warnings[1]
        and "capture.dcm" in capture.warnings[1]
    )
    assert not text.viewable and "Basic Text SR Storage" in text.warnings[0]


def test_image_without_place_is_not_shown(maker):
    maker.slice(PixelSpacing=None)
    info = only(scan([maker.folder]))
    assert not info.viewable
    assert "states no pixel spacing" in info.warnings[0]


@pytest.mark.parametrize("modality", ["MR PORTABLE", ""])
def test_odd_modality_is_judged_by_sop_class(maker, modality):
    maker.slices(2, Modality=modality)
    info = only(scan([maker.folder]))
    assert info.modality == "MR" and info.viewable
    assert "taken as MR by its SOP class" in info.warnings[0]


@pytest.mark.parametrize(
    ("charset", "name", "expected"),
    [
        ("ISO_IR 192", "Иванов^Пётр", "Иванов, Пётр"),
        (["", "ISO 2022 IR 87"], "Yamada^Tarou=山田^太郎=やまだ^たろう", "Yamada, Tarou (山田, 太郎)"),
        ("ISO_IR 100", "Müller^Jörg", "Müller, Jörg"),
    ],
)
def test_names_in_other_scripts(maker, charset, name, expected):
    maker.slice(SpecificCharacterSet=charset, PatientName=name)
    assert scan([maker.folder]).patients[0].name == expected


def test_missing_series_uid_still_makes_a_series(maker):
    maker.slices(3, SeriesInstanceUID="")
    info = only(scan([maker.folder]))
    assert info.shape[0] == 3 and info.key == "unnamed-MR-3-T1"


def test_patients_and_studies_are_kept_apart(maker):
    maker.slice(0, "a.dcm")
    maker.slice(0, "b.dcm", PatientName="Roe^Richard", SeriesInstanceUID=generate_uid())
    maker.slice(
        0, "c.dcm", StudyInstanceUID=generate_uid(), StudyDate="20200101", SeriesInstanceUID=generate_uid()
    )
    index = scan([maker.folder])
    assert [len(patient.studies) for patient in index.patients] == [2, 1]
    assert [study.date for study in index.patients[0].studies] == ["20200101", "20240102"]


def test_progress_is_throttled_and_can_cancel(maker, monkeypatch):
    maker.slices(10)
    calls = []
    scan([maker.folder], lambda fraction, text: calls.append((fraction, text)))
    assert 1 <= len(calls) < 10
    assert all(0 <= fraction <= 1 for fraction, _ in calls)
    monkeypatch.setattr(throttle, "CALLS_PER_SECOND", 1e9)

    def stop(fraction: float, text: str) -> None:
        if fraction > 0.7:
            raise Cancelled

    with pytest.raises(Cancelled):
        scan([maker.folder], stop)


def directory(*references: list[str]) -> Dataset:
    ds = Dataset()
    ds.SOPClassUID, ds.SOPInstanceUID = "1.2.840.10008.1.3.10", generate_uid()
    records = []
    for reference in references:
        record = Dataset()
        record.DirectoryRecordType, record.ReferencedFileID = "IMAGE", reference
        records.append(record)
    ds.DirectoryRecordSequence = Sequence(records)
    return ds


def test_dicomdir_is_no_way_out(maker, tmp_path):
    maker.slices(2)
    secret = maker.write("../secret.dcm", maker.dataset(7))
    path = maker.write("DICOMDIR", directory(["slice00.dcm"], ["..", "secret.dcm"], ["GONE", "IM1"]))
    for source in (maker.folder, path):
        index = scan([source])
        assert [p.name for p in only(index).files] == ["slice00.dcm", "slice01.dcm"]
        said = [problem.what for problem in index.problems]
        assert said[0].startswith("lists 1 of 3 files that are absent: GONE/IM1.")
        assert said[1] == "points 1 times outside its folder, which was not followed."
    assert secret.exists()


def test_classic_file_with_several_frames(maker):
    maker.slice(
        Modality="MR PORTABLE", NumberOfFrames=3, SpacingBetweenSlices="7", PixelData=np.arange(72, dtype="<u2")
    )
    info = only(scan([maker.folder]))
    assert (info.shape, info.spacing_mm) == ((3, 4, 6), (7.0, 2.0, 1.5))
    assert (len(info.files), info.frames, info.instances) == (1, (), 1)
    assert any("states only the first one's position" in warning for warning in info.warnings)
