"""Groups of attributes that every image we write needs, as the standard's modules name them (PS3.3 annex C)."""

from datetime import datetime

import numpy as np
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

import viewer
from viewer.core.errors import LowfieldError
from viewer.core.geometry import Geometry
from viewer.dicom.stored import ds

SOFTWARE = f"lowfield-viewer {viewer.__version__}"
RIGHT_ANGLE = 1e-3
LONGEST_LO, LONGEST_ST = 64, 1024
"""Characters that the value representations LO and ST hold (PS3.5 6.2)."""


def put_plane(dataset: Dataset, geometry: Geometry, k: int) -> None:
    """Place slice ``k`` (Image Plane, C.7.6.2). Raises `LowfieldError` where rows and columns are not at 90°."""
    _, down_rows, along_columns = geometry.directions
    if abs(down_rows @ along_columns) > RIGHT_ANGLE:
        raise LowfieldError("The rows and columns of the image are not at right angles; DICOM cannot say so.")
    position = geometry.to_lps((k, 0, 0))
    cosines = np.concatenate([along_columns, down_rows])
    dataset.ImagePositionPatient = [ds(x) for x in _clean(position)]
    dataset.ImageOrientationPatient = [ds(x) for x in _clean(cosines)]
    dataset.PixelSpacing = [ds(geometry.spacing_mm[1]), ds(geometry.spacing_mm[2])]
    dataset.SliceLocation = ds(_clean(position @ np.cross(along_columns, down_rows)).item())


def code_item(value: str, scheme: str, meaning: str) -> Dataset:
    """Make an item of a code sequence (PS3.3 8.8)."""
    item = Dataset()
    item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = value, scheme, meaning
    return item


def add_equipment(dataset: Dataset, description: str, now: datetime) -> None:
    """Append this program to the equipment that contributed (SOP Common, C.12.1.1.5)."""
    item = Dataset()
    item.PurposeOfReferenceCodeSequence = Sequence([code_item("109103", "DCM", "Modifying Equipment")])
    item.Manufacturer = "Lowfield"
    item.ManufacturerModelName = "lowfield-viewer"
    item.SoftwareVersions = viewer.__version__
    item.ContributionDateTime = now.strftime("%Y%m%d%H%M%S")
    item.ContributionDescription = description[:LONGEST_ST]
    before = dataset.get("ContributingEquipmentSequence") or []
    dataset.ContributingEquipmentSequence = Sequence([*before, item])


def stamp(dataset: Dataset, now: datetime) -> None:
    """State when the instance and its content were made (SOP Common, General Image)."""
    dataset.InstanceCreationDate = dataset.ContentDate = now.strftime("%Y%m%d")
    dataset.InstanceCreationTime = dataset.ContentTime = now.strftime("%H%M%S")


def allow_any_text(dataset: Dataset, *texts: str) -> None:
    """Switch the data set to UTF-8 where ``texts`` need more than ASCII (PS3.3 C.12.1.1.2)."""
    if all(text.isascii() for text in texts) or dataset.get("SpecificCharacterSet") == "ISO_IR 192":
        return
    dataset.decode()
    dataset.SpecificCharacterSet = "ISO_IR 192"


def _clean(values: np.ndarray) -> np.ndarray:
    """Round off the noise of float arithmetic (below 1e-10 mm) and minus zero."""
    return np.round(values, 10) + 0.0
