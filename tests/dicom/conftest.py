"""Small DICOM files made on the spot, for the tests of reading."""

import tarfile
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.uid import ExplicitVRBigEndian, ExplicitVRLittleEndian, generate_uid

MR_CLASS = "1.2.840.10008.5.1.4.1.1.4"
CT_CLASS = "1.2.840.10008.5.1.4.1.1.2"


class Maker:
    """Writes slices of one study and series; keyword arguments override or (None) remove attributes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.study, self.series, self.place = generate_uid(), generate_uid(), generate_uid()

    def dataset(self, k: int = 0, **changes: Any) -> Dataset:
        ds = Dataset()
        ds.update(
            dict(  # noqa: C408
                SOPClassUID=MR_CLASS, SOPInstanceUID=generate_uid(), Modality="MR", PatientID="P1",
                PatientName="Doe^Jane", PatientBirthDate="19700101", PatientSex="F", StudyInstanceUID=self.study,
                StudyDate="20240102", StudyDescription="Head", SeriesInstanceUID=self.series, SeriesNumber=3,
                SeriesDescription="T1", FrameOfReferenceUID=self.place, InstanceNumber=100 - k, EchoTime="10",
                ImageType=["ORIGINAL", "PRIMARY", "M"], ImagePositionPatient=[-10, -20, 5.0 * k],
                ImageOrientationPatient=[1, 0, 0, 0, 1, 0], PixelSpacing=[2, 1.5], SliceThickness=5, Rows=4,
                Columns=6, SamplesPerPixel=1, PhotometricInterpretation="MONOCHROME2", BitsAllocated=16,
                BitsStored=16, HighBit=15, PixelRepresentation=0,
            )
        )  # fmt: skip
        ds["PixelData"] = _pixels(np.arange(24, dtype="<u2") + 1000 * k)
        for keyword, value in changes.items():
            if value is None:
                del ds[keyword]
            elif keyword == "PixelData":
                ds["PixelData"] = _pixels(np.asarray(value))
            else:
                setattr(ds, keyword, value)
        return ds

    def write(self, name: str, ds: Dataset, syntax: str = ExplicitVRLittleEndian) -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        meta = FileMetaDataset()
        meta.TransferSyntaxUID = syntax
        meta.MediaStorageSOPClassUID = ds.get("SOPClassUID", MR_CLASS)
        meta.MediaStorageSOPInstanceUID = ds.get("SOPInstanceUID", "1.2.3")
        little = syntax != ExplicitVRBigEndian
        whole = FileDataset(str(path), ds, preamble=b"\0" * 128, file_meta=meta, is_little_endian=little)
        whole.save_as(path, enforce_file_format=True)
        return path

    def slice(self, k: int = 0, name: str = "", **changes: Any) -> Path:
        return self.write(name or f"slice{k:02d}.dcm", self.dataset(k, **changes))

    def slices(self, count: int, **changes: Any) -> list[Path]:
        return [self.slice(k, **changes) for k in range(count)]


def _pixels(values: np.ndarray) -> Any:
    from pydicom.dataelem import DataElement

    return DataElement(0x7FE00010, "OB" if values.itemsize == 1 else "OW", values.tobytes())


@pytest.fixture
def maker(tmp_path: Path) -> Maker:
    return Maker(tmp_path / "study")


@pytest.fixture
def unpacked(shared_data: Callable[[str], Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """Return a function that unpacks one archive of a real data set and returns the folder."""

    def unpack(name: str) -> Path:
        archive = shared_data(name)
        folder = tmp_path_factory.mktemp("real")
        if archive.suffix == ".zip":
            zipfile.ZipFile(archive).extractall(folder)
        else:
            with tarfile.open(archive) as tar:
                tar.extractall(folder, filter="data")
        return folder

    return unpack
