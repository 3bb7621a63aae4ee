"""What may be stacked, and what is said of what may not."""

from dataclasses import replace

import numpy as np
import pytest
from pydicom.uid import generate_uid

from viewer.dicom.grid import is_regular, regular_runs
from viewer.dicom.scan import scan


def found(maker):
    return list(scan([maker.folder]).series())


def heights(infos):
    return [[int(path.stem[5:]) for path in info.files] for info in infos]


def test_missing_slice_makes_two_runs_and_says_where(maker):
    for k in (0, 1, 2, 4, 5, 6, 7):
        maker.slice(k)
    infos = found(maker)
    assert heights(infos) == [[0, 1, 2], [4, 5, 6, 7]]
    assert [info.part for info in infos] == [1, 2]
    assert [info.key for info in infos] == [f"{maker.series}#1", f"{maker.series}#2"]
    for info in infos:
        assert any(
            w == "1 slice is missing between slice02.dcm (10.00 mm) and slice04.dcm (20.00 mm): "
            "expected at 15.00 mm along the slice normal."
            for w in info.warnings
        )


def test_several_missing_slices(maker):
    for k in (0, 1, 2, 6, 7):
        maker.slice(k)
    assert any("3 slices are missing" in w and "15.00, 20.00, 25.00 mm" in w for w in found(maker)[0].warnings)


def test_change_of_spacing_names_files_and_both_spacings(maker):
    for k, z in enumerate([0, 4, 8, 12, 13, 20, 27, 34]):
        maker.slice(k, ImagePositionPatient=[0, 0, z])
    infos = found(maker)
    assert heights(infos) == [[0, 1, 2, 3], [4, 5, 6, 7]]
    assert [info.spacing_mm[0] for info in infos] == [4.0, 7.0]
    assert (
        "The slice spacing changes from 4.00 mm (slice00.dcm to slice03.dcm) to 7.00 mm "
        "(slice04.dcm to slice07.dcm); between slice03.dcm and slice04.dcm it is 1.00 mm."
    ) in infos[0].warnings


def test_no_regular_spacing_at_all_is_not_shown(maker):
    for k, z in enumerate(np.cumsum([1, 2.3, 3.1, 1.7, 4.2, 2.9, 5.5, 1.2, 3.7])):
        maker.slice(k, ImagePositionPatient=[0, 0, float(z)])
    (info,) = found(maker)
    assert not info.viewable
    assert "without regular spacing (from 1.20 to 5.50 mm)" in info.warnings[0]


def test_rounded_positions_are_regular(maker):
    for k in range(40):
        maker.slice(k, ImagePositionPatient=[0, 0, round(1.25 * k, 1)])
    (info,) = found(maker)
    assert info.shape[0] == 40 and info.spacing_mm[0] == pytest.approx(1.25, abs=0.01)


def test_duplicates_keep_the_first_acquired_and_name_the_others(maker):
    maker.slices(5)
    maker.slice(2, "again.dcm", InstanceNumber=999)
    (info,) = found(maker)
    assert heights([info]) == [[0, 1, 2, 3, 4]]
    assert "1 images lie where another already is and are left out: again.dcm." in info.warnings


def test_orientations_become_parts(maker):
    maker.slices(3)
    for k in range(2):
        maker.slice(
            k, f"sag{k}.dcm", ImageOrientationPatient=[0, 1, 0, 0, 0, -1], ImagePositionPatient=[3.0 * k, 0, 0]
        )
    infos = found(maker)
    assert sorted((info.shape[0], "sagittal" in info.description) for info in infos) == [(2, True), (3, False)]
    assert all("cannot be stacked together" in info.warnings[0] for info in infos)


@pytest.mark.parametrize(
    ("changes", "label"),
    [
        ({"EchoTime": "44"}, "TE 44 ms"),
        ({"TemporalPositionIdentifier": 2}, "time 2"),
        ({"DiffusionBValue": 1000.0}, "b 1000"),
        ({"ImageType": ["ORIGINAL", "PRIMARY", "P"]}, "P"),
        ({"ImageType": ["DERIVED", "PRIMARY", "M", "WATER"]}, "WATER"),
        ({"InversionTime": "150"}, "InversionTime 150"),
        ({"AcquisitionNumber": 7}, "AcquisitionNumber 7"),
        ({"Rows": 2, "Columns": 12}, "12×2 pixels"),
        ({"PixelSpacing": [1, 1]}, "1×1 mm pixels"),
        ({"ImagePositionPatient": None}, None),
    ],
)
def test_what_differs_is_never_stacked_together(maker, changes, label):
    for k in range(3):
        maker.slice(k, f"slice0{k}.dcm")
        maker.slice(k, f"other{k}.dcm", **changes)
    infos = found(maker)
    assert sorted(info.shape[0] for info in infos) == [3, 3]
    for info in infos:
        assert len({path.stem[:5] for path in info.files}) == 1
    if label:
        assert any(label in info.description for info in infos)
    else:
        assert [info.viewable for info in infos] == [True, False]


def test_frames_of_reference_are_never_stacked_together(maker):
    maker.slices(2)
    for k in (2, 3):
        maker.slice(k, FrameOfReferenceUID=generate_uid())
    assert sorted(info.shape[0] for info in found(maker)) == [1, 1, 2]


def test_repeats_that_only_their_order_tells_apart(maker):
    for repeat in range(3):
        for k in range(4):
            maker.slice(k, f"r{repeat}k{k}.dcm", InstanceNumber=repeat * 4 + k)
    infos = found(maker)
    assert [[path.name[:2] for path in info.files] for info in infos] == [["r0"] * 4, ["r1"] * 4, ["r2"] * 4]
    assert all("only their order" in info.warnings[1] for info in infos)


def test_side_by_side_stacks_stay_apart(maker):
    for k in range(3):
        maker.slice(k)
        maker.slice(k, f"right{k}.dcm", ImagePositionPatient=[200, -20, 5.0 * k])
    infos = found(maker)
    assert [info.shape[0] for info in infos] == [3, 3]
    assert all(len({path.stem[:5] for path in info.files}) == 1 for info in infos)


def test_impossible_orientation_is_refused(maker):
    maker.slice(ImageOrientationPatient=[1, 0, 0, 1, 0, 0])
    (info,) = found(maker)
    assert not info.viewable and "impossible orientation" in info.warnings[0]


def test_single_slice_takes_its_thickness(maker):
    maker.slice()
    (info,) = found(maker)
    assert info.shape == (1, 4, 6) and info.spacing_mm[0] == 5.0
    maker.slice(SliceThickness=None)
    (info,) = found(maker)
    assert any("unknown thickness" in warning for warning in info.warnings)


def test_gantry_tilt_is_named(maker):
    for k in range(4):
        maker.slice(k, ImagePositionPatient=[0, 1.0 * k, 4.0 * k])
    (info,) = found(maker)
    assert any("sheared by 14.0 degrees" in warning for warning in info.warnings)
    assert info.spacing_mm[0] == pytest.approx(np.sqrt(17))


def test_runs_claim_the_longest_first():
    points = np.zeros((9, 3))
    points[:, 2] = [0, 5, 10, 20, 30, 40, 50, 52, 70]
    assert regular_runs(points) == [range(2), range(2, 7), range(7, 8), range(8, 9)]
    assert is_regular(points[2:7]) and not is_regular(points)


def test_slow_drift_is_not_regular():
    points = np.zeros((100, 3))
    points[:, 2] = np.cumsum(np.linspace(1.0, 1.2, 100))
    assert all(is_regular(points[list(run)]) for run in regular_runs(points))
    assert len(regular_runs(points)) > 1


def test_index_entries_can_be_copied(maker):
    maker.slices(2)
    (info,) = found(maker)
    assert replace(info, part=0) == info


def test_ge_gantry_tilt_with_two_spacings(unpacked):
    infos = list(scan([unpacked("ct_gantry_tilt_ge/ge_tilt_variable_spacing_28.tar.xz")]).series())
    assert [info.shape for info in infos] == [(14, 512, 512)] * 2
    assert any(
        "from 4.00 mm (01.dcm to 14.dcm) to 7.00 mm (15.dcm to 28.dcm)" in warning and "1.08 mm" in warning
        for warning in infos[0].warnings
    )
    assert any("sheared by 18.5 degrees" in warning for warning in infos[1].warnings)


@pytest.mark.parametrize(
    ("name", "shapes", "says"),
    [
        ("dicom2nifti_headers/failing_sliceincrement_001_CT.zip", [3, 1], "expected at 33.11 mm"),
        ("dicom2nifti_headers/failing_sliceorientation_001_MR.zip", [2, 2], "oblique axial"),
        ("dicom2nifti_headers/failing_slicecount_001_MR.zip", [2], None),
        ("ge_3plane_localizer/3plane_localizer_HF.zip", [7, 7, 7], "coronal"),
        ("prostatex/ProstateX-0218_3.000000-t2localizer-14071_mixed_orientation.zip", [3, 5, 5], "sagittal"),
    ],
)
def test_real_series_that_are_not_one_stack(shared_data, name, shapes, says):
    infos = list(scan([shared_data(name)]).series())
    assert [info.shape[0] for info in infos] == shapes
    assert all(info.viewable for info in infos)
    if says:
        assert any(says in warning for info in infos for warning in info.warnings)


def test_echoes_of_one_series_are_parts(unpacked):
    folders = [unpacked(f"knee_mese/TE{te}ms.tar.xz") for te in ("6.3", "44.2")]
    infos = list(scan(folders).series())
    assert [(info.part, info.shape[0]) for info in infos] == [(1, 24), (2, 24)]
    assert "TE 6.312 ms" in infos[0].description and "TE 44.18 ms" in infos[1].description


def test_philips_cd(shared_data):
    index = scan([shared_data("philips_cd/philips_cd_plastic_head.zip")])
    stack = next(info for info in index.series() if info.description == "STD BRAIN 5MM")
    assert stack.shape == (12, 512, 512) and stack.spacing_mm[0] == pytest.approx(5)
    assert sum(info.instances for info in index.series() if not info.viewable) == 3  # the RGB captures
    (problem,) = index.problems
    assert problem.where.endswith("philips_cd_plastic_head.zip/DICOMDIR") and "absent" in problem.what


def test_pydicom_data(shared_data):
    index = scan([shared_data("pydicom_data")])
    shown = {info.files[0].name: info for info in index.series() if info.viewable}
    assert set(shown) == {"eCT_Supplemental.dcm"}
    assert shown["eCT_Supplemental.dcm"].shape == (2, 512, 512)
    assert any(
        "too_short" in p.where and "truncated inside its compressed pixels" in p.what for p in index.problems
    )
    said = " ".join(info.warnings[0] for info in index.series() if not info.viewable)
    assert "RGB" in said and "states no position" in said
