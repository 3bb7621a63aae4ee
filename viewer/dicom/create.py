"""Conformant classic DICOM series for simulated volumes (PS3.3 A.4 MR, A.3 CT, A.21 PET).

Every image says that it is made: Manufacturer, SeriesDescription, ImageComments. Values are stored in 16 bits
with an error of at most half a step (see `viewer.dicom.stored`): one slope per series for MR and CT, one per
slice for PET. Identifiers, patient, date and description are the volume's own where its origin has them.
"""

from datetime import datetime
from pathlib import Path
from typing import Any

from pydicom.datadict import tag_for_keyword
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from pydicom.uid import CTImageStorage, MRImageStorage, PositronEmissionTomographyImageStorage

from viewer.core.pet import PetAcquisition
from viewer.core.volume import Volume
from viewer.dicom.files import new_series_folder, new_uid, write_file
from viewer.dicom.modules import code_item
from viewer.dicom.pet_tags import put_acquisition
from viewer.dicom.simulated import Fields, put, series_identifiers, simulated_header
from viewer.dicom.stored import Stored, ds, quantise, set_pixels

ULF_TESLA = 0.064
MR: Fields = {
    "SOPClassUID": MRImageStorage,
    "ImageType": ["ORIGINAL", "PRIMARY", "OTHER"],
    "ScanningSequence": "SE",
    "SequenceVariant": "NONE",
    "ScanOptions": "",
    "MRAcquisitionType": "3D",
    "RepetitionTime": "",
    "EchoTime": "",
    "EchoTrainLength": "",
    "RescaleType": "US",
}
CT: Fields = {
    "SOPClassUID": CTImageStorage,
    "ImageType": ["ORIGINAL", "PRIMARY", "AXIAL"],
    "KVP": "",
    "AcquisitionNumber": "",
    "RescaleType": "HU",
}
PET: Fields = {
    "SOPClassUID": PositronEmissionTomographyImageStorage,
    "ImageType": ["ORIGINAL", "PRIMARY"],
    "AttenuationCorrectionMethod": "simulated",
    "ScatterCorrectionMethod": "simulated",
    "RandomsCorrectionMethod": "NONE",
    "ReconstructionMethod": "simulated",
}


def write_mr(volume: Volume, folder: Path, *, uid_seed: str = "", **tags: Any) -> list[Path]:
    """Write an MR series (complex volumes as magnitude) and return its files in slice order.

    ``tags`` are DICOM keywords for every image, e.g. ``EchoTime=120``; None removes an attribute. The same
    ``uid_seed`` gives the same identifiers each time. Slices that run against the image normal (row direction ×
    column direction) keep their places, but loading sorts them along it. Raises `LowfieldError` where
    ``folder`` is not empty.
    """
    field = ds(volume.origin.field_strength_t or ULF_TESLA)
    fixed = {"Modality": "MR", **MR, "MagneticFieldStrength": field}
    return _write(volume, folder, _one_slope(volume), fixed, tags, uid_seed)


def write_ct(volume: Volume, folder: Path, *, uid_seed: str = "", **tags: Any) -> list[Path]:
    """Write a CT series in HU; otherwise like `write_mr`."""
    return _write(volume, folder, _one_slope(volume), {"Modality": "CT", **CT}, tags, uid_seed)


def write_pet(
    volume: Volume, acquisition: PetAcquisition, folder: Path, *, uid_seed: str = "", **tags: Any
) -> list[Path]:
    """Write a PET series in the units of ``acquisition``, a slope for each slice; otherwise like `write_mr`.

    What the acquisition does not know (None) is left out of the files, so that faulty headers can be made too.
    """
    stored = [quantise(plane) for plane in volume.data]
    return _write(volume, folder, stored, {"Modality": "PT", **PET}, tags, uid_seed, acquisition)


def _one_slope(volume: Volume) -> list[Stored]:
    stored = quantise(volume.data)
    return [stored.part(k) for k in range(len(stored.pixels))]


def _write(
    volume: Volume,
    folder: Path,
    stored: list[Stored],
    fixed: Fields,
    tags: Fields,
    uid_seed: str,
    acquisition: PetAcquisition | None = None,
) -> list[Path]:
    """Write one file for each slice: common header, what is ``fixed``, the acquisition, pixels, the ``tags``."""
    unknown = [keyword for keyword in tags if tag_for_keyword(keyword) is None]
    if unknown:
        raise ValueError(f"no DICOM keywords: {unknown}")
    modality = fixed["Modality"]
    identifiers, now = series_identifiers(volume, modality, uid_seed), datetime.now()
    with new_series_folder(folder) as temporary:
        for k, part in enumerate(stored):
            dataset = simulated_header(volume, modality, identifiers, k, now)
            seed = (uid_seed, identifiers["SeriesInstanceUID"], k) if uid_seed else ()
            put(dataset, {**fixed, "SOPInstanceUID": new_uid(*seed)})
            if acquisition:
                _put_supine(dataset)
                put_acquisition(dataset, acquisition, k)
            set_pixels(dataset, part)
            put(dataset, tags)
            write_file(dataset, temporary / f"{modality}{k + 1:04d}.dcm")
    return sorted(folder.glob("*.dcm"))


def _put_supine(dataset: Dataset) -> None:
    """NM/PET Patient Orientation (C.8.4.6): on the back, head first; it replaces PatientPosition."""
    put(dataset, {"PatientPosition": None})
    position = code_item("102538003", "SCT", "recumbent")
    position.PatientOrientationModifierCodeSequence = Sequence([code_item("40199007", "SCT", "supine")])
    dataset.PatientOrientationCodeSequence = Sequence([position])
    dataset.PatientGantryRelationshipCodeSequence = Sequence([code_item("102540008", "SCT", "headfirst")])
