"""Contours of RT structure sets, real and broken."""

import zipfile
from pathlib import Path

import numpy as np
import pytest
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from viewer.core.errors import LowfieldError
from viewer.dicom.files import new_uid, write_file
from viewer.dicom.rtstruct import read_rtstruct
from viewer.formats.nifti import read_mask

SQUARE = [0, 0, 5, 10, 0, 5, 10, 10, 5, 0, 10, 5]


def extract(archive: Path, ending: str, folder: Path) -> Path:
    with zipfile.ZipFile(archive) as files:
        (name,) = [name for name in files.namelist() if name.endswith(ending)]
        return Path(files.extract(name, folder))


def area_mm2(contour: np.ndarray) -> float:
    x, y = contour[:, 0], contour[:, 1]
    return 0.5 * abs(float(x @ np.roll(y, 1) - y @ np.roll(x, 1)))


def write_set(path: Path, contours: list[tuple[str, list]], **tags) -> Path:
    dataset, roi, drawn = Dataset(), Dataset(), Dataset()
    dataset.SOPClassUID, dataset.SOPInstanceUID = "1.2.840.10008.5.1.4.1.1.481.3", new_uid()
    dataset.Modality = "RTSTRUCT"
    roi.ROINumber, roi.ROIName, roi.ReferencedFrameOfReferenceUID = 3, "liver", "1.2.3"
    drawn.ReferencedROINumber, drawn.ROIDisplayColor = 3, [255, 0, 16]
    drawn.ContourSequence = Sequence()
    for kind, data in contours:
        contour = Dataset()
        contour.ContourGeometricType, contour.ContourData = kind, data
        drawn.ContourSequence.append(contour)
    dataset.StructureSetROISequence, dataset.ROIContourSequence = Sequence([roi]), Sequence([drawn])
    for keyword, value in tags.items():
        setattr(dataset, keyword, value)
    write_file(dataset, path)
    return path


def test_reference_object_agrees_with_its_mask(shared_data, tmp_path):
    """The set's smoothed contours cover 95 to 100 % of the mask in each of their planes, about the same middle."""
    archive = shared_data("suv_dro") / "DRO_0_0.zip"
    (roi,) = read_rtstruct(extract(archive, "RS_dro_0_0.dcm", tmp_path))
    mask = read_mask(extract(archive, "DRO_mask.nii.gz", tmp_path))
    assert roi.name == "region_1"
    assert roi.warnings == ()
    assert len(roi.contours) == 16
    points = mask.geometry.to_lps(np.argwhere(mask.data))
    pixel_mm2 = mask.geometry.spacing_mm[1] * mask.geometry.spacing_mm[2]
    for contour in roi.contours:
        inside = points[np.isclose(points[:, 2], contour[0, 2])]
        assert 0.95 < area_mm2(contour) / (len(inside) * pixel_mm2) < 1
        middle = (contour.min(axis=0) + contour.max(axis=0)) / 2
        assert middle == pytest.approx((inside.min(axis=0) + inside.max(axis=0)) / 2, abs=1.0)


@pytest.mark.parametrize(("study", "points"), [("STS_041", 6591), ("STS_032", 8431)])
def test_real_tumour(shared_data, tmp_path, study, points):
    (roi,) = read_rtstruct(extract(shared_data("ibsi_sts") / f"{study}.zip", "PET/mask/RS.dcm", tmp_path))
    assert roi.name == "GTV_Mass_PET"
    assert sum(map(len, roi.contours)) == points
    assert roi.color == "#ff0000"
    assert roi.frame_of_reference_uid.startswith("1.3.6.1.4.1.14519")
    assert all(np.ptp(contour[:, 2]) == 0 for contour in roi.contours)


def test_other_contour_types_are_reported(tmp_path):
    contours = [("CLOSED_PLANAR", SQUARE), ("POINT", [1, 2, 3]), ("OPEN_PLANAR", SQUARE), ("POINT", [4, 5, 6])]
    (roi,) = read_rtstruct(write_set(tmp_path / "rs.dcm", contours))
    assert (roi.name, roi.frame_of_reference_uid, roi.color) == ("liver", "1.2.3", "#ff0010")
    np.testing.assert_array_equal(roi.contours[0], np.reshape(SQUARE, (4, 3)))
    assert roi.warnings == (
        "liver: 1 contours of type OPEN_PLANAR were left out.",
        "liver: 2 contours of type POINT were left out.",
    )


@pytest.mark.parametrize("data", [SQUARE[:-1], SQUARE[:6], []])
def test_unreadable_points_are_reported(tmp_path, data):
    (roi,) = read_rtstruct(write_set(tmp_path / "rs.dcm", [("CLOSED_PLANAR", data)]))
    assert roi.contours == []
    assert "unreadable points" in roi.warnings[0]
    assert "no closed contours" in roi.warnings[1]


def test_a_region_without_contours_is_kept_and_said(tmp_path):
    (roi,) = read_rtstruct(write_set(tmp_path / "rs.dcm", [], ROIContourSequence=Sequence()))
    assert roi.contours == []
    assert roi.color == ""
    assert roi.warnings == ("liver: there are no closed contours.",)


def test_other_files_are_refused(tmp_path):
    other = write_set(tmp_path / "a.dcm", [], Modality="CT", SOPClassUID="1.2.840.10008.5.1.4.1.1.2")
    empty = write_set(tmp_path / "b.dcm", [], StructureSetROISequence=Sequence())
    text = tmp_path / "c.dcm"
    text.write_text("not a structure set at all")
    for path in (other, empty, text):
        with pytest.raises(LowfieldError) as caught:
            read_rtstruct(path)
        assert caught.value.where == str(path)
