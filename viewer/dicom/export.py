"""A processed volume as a new DICOM series beside its source, which is never touched.

Patient, study, frame of reference and scan parameters come from the source's own headers; series and instances are
new and say what was done, from which images, by which program (PS3.3 C.7.6.1.1.2 ImageType, C.12.4 Derivation,
C.12.1.1.5 ContributingEquipment). Values are stored in 16 bits with an error of at most half a step
(`viewer.dicom.stored`): a step is max|value| / 65535 (32767 where values are negative) of the series, for PET of
the slice. Multi-frame sources become classic single images of the same geometry.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import numpy as np
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from pydicom.uid import UID, PositronEmissionTomographyImageStorage

from viewer.core.errors import LowfieldError
from viewer.core.study import SeriesInfo
from viewer.core.volume import Volume
from viewer.dicom.fields import integer, text, texts
from viewer.dicom.files import new_series_folder, new_uid, write_file
from viewer.dicom.flatten import single_image
from viewer.dicom.guard import read_header
from viewer.dicom.modules import LONGEST_LO, LONGEST_ST, add_equipment, allow_any_text, code_item, put_plane, stamp
from viewer.dicom.pet_tags import put_acquisition
from viewer.dicom.planes import Plane, planes_of
from viewer.dicom.stale import remove_stale
from viewer.dicom.stored import Stored, quantise, set_pixels
from viewer.dicom.traits import GE_IMAGE_TYPE

SAME_PLACE = 0.5
"""How far from its source plane a slice may lie, in slice distances."""
NUMBER_STEP = 1000
"""Added to the source's SeriesNumber."""


@dataclass(frozen=True)
class Task:
    """What all slices of the new series share."""

    series_uid: UID
    study_uid: UID
    """For sources that lost theirs."""
    description: str
    derivation: str
    lossy: bool
    magnitude: bool
    """Whether magnitudes are written: of a complex image, or because no value is negative."""
    now: datetime


def write_derived_series(
    result: Volume, source: SeriesInfo, folder: Path, *, description: str, derivation: str
) -> list[Path]:
    """Write ``result``, on the grid of ``source``, into ``folder``; return its files in slice order.

    Complex volumes are written as magnitude. ``description`` becomes SeriesDescription, ``derivation`` (method,
    model, hash) DerivationDescription. All or nothing: raises `LowfieldError` where ``folder`` is not empty or a
    slice has no source image in its place.
    """
    magnitude = result.is_complex or float(np.nanmin(result.data)) >= 0
    task = Task(new_uid(), new_uid(), description, derivation, result.origin.lossy, magnitude, datetime.now())
    matches = _matches(result, source)
    stored = _store(result, text(matches[0][0], "Modality"))
    with new_series_folder(folder) as temporary:
        for k, ((header, plane), part) in enumerate(zip(matches, stored)):
            dataset = _derived(header, plane, result, k, task)
            set_pixels(dataset, part)
            write_file(dataset, temporary / f"{k + 1:05d}.dcm")
    return sorted(folder.glob("*.dcm"))


def _store(result: Volume, modality: str) -> list[Stored]:
    """One slope per series, so that windows mean the same everywhere; one per slice for PET, as usual there."""
    if modality == "PT":
        return [quantise(plane) for plane in result.data]
    stored = quantise(result.data)
    return [stored.part(k) for k in range(len(stored.pixels))]


def _matches(result: Volume, source: SeriesInfo) -> list[tuple[Dataset, Plane]]:
    """Return header and plane of the source image behind every slice, found by their place in the patient."""
    candidates = list(_candidates(source))
    if not candidates:
        raise LowfieldError("The source series has no images.", where=source.description)
    positions = np.array([plane.position for _, plane in candidates])
    limit, found = SAME_PLACE * result.geometry.spacing_mm[0], []
    for k in range(result.geometry.shape[0]):
        distances = np.linalg.norm(positions - result.geometry.to_lps((k, 0, 0)), axis=1)
        nearest = int(distances.argmin())
        if distances[nearest] > limit:
            raise LowfieldError(
                f"Slice {k + 1} has no source image in its place.",
                where=source.description,
                hint="Only images on the grid of their source can be written as a derived series.",
            )
        found.append(candidates[nearest])
    return found


def _candidates(source: SeriesInfo) -> Iterator[tuple[Dataset, Plane]]:
    for path in source.files:
        header = read_header(path)
        planes, _ = planes_of(header, path)
        for plane in planes:
            if plane.frame < 0 or not source.frames or plane.frame in source.frames:
                yield header, plane


def _derived(header: Dataset, plane: Plane, result: Volume, k: int, task: Task) -> Dataset:
    """Return the header of slice ``k`` of the new series."""
    sop_class, sop_instance = text(header, "SOPClassUID"), text(header, "SOPInstanceUID")
    dataset = single_image(header, max(plane.frame, 0))
    remove_stale(dataset, header)
    if "PerFrameFunctionalGroupsSequence" in header and result.acquisition:
        put_acquisition(dataset, result.acquisition, k)
    allow_any_text(dataset, task.description, task.derivation)
    dataset.ImageType = _image_type(dataset)
    if task.magnitude:
        _call_magnitude(dataset)
    dataset.SeriesInstanceUID, dataset.SOPInstanceUID = task.series_uid, new_uid()
    dataset.SeriesNumber = str((integer(header, "SeriesNumber") or 0) + NUMBER_STEP)
    dataset.SeriesDescription = task.description[:LONGEST_LO]
    dataset.InstanceNumber = str(k + 1)
    dataset.DerivationDescription = task.derivation[:LONGEST_ST]
    if sop_instance:
        dataset.SourceImageSequence = Sequence([_source_item(sop_class, sop_instance, plane)])
    if not text(dataset, "StudyInstanceUID"):
        dataset.StudyInstanceUID = task.study_uid
    if task.lossy:
        dataset.LossyImageCompression = "01"
    _put_rescale_type(dataset)
    add_equipment(dataset, task.derivation, task.now)
    stamp(dataset, task.now)
    put_plane(dataset, result.geometry, k)
    if result.geometry.frame_of_reference_uid:
        dataset.FrameOfReferenceUID = result.geometry.frame_of_reference_uid
    return dataset


def _image_type(dataset: Dataset) -> list[str]:
    """DERIVED, SECONDARY and what follows in the source; value 2 of PET is always PRIMARY (C.8.9.4.1.1)."""
    second = "PRIMARY" if dataset.SOPClassUID == PositronEmissionTomographyImageStorage else "SECONDARY"
    return ["DERIVED", second, *texts(dataset, "ImageType")[2:]]


def _call_magnitude(dataset: Dataset) -> None:
    """Say that the magnitude of a complex image is stored, whichever of its parts the header is from."""
    kinds = list(dataset.ImageType)
    if len(kinds) > 2 and kinds[2] in ("R", "I", "P"):
        dataset.ImageType = [*kinds[:2], "M", *kinds[3:]]
    if "ComplexImageComponent" in dataset:
        dataset.ComplexImageComponent = "MAGNITUDE"
    if GE_IMAGE_TYPE in dataset:
        del dataset[GE_IMAGE_TYPE]


def _put_rescale_type(dataset: Dataset) -> None:
    """State the unit of rescaled values: the source's, HU for CT, else "unspecified"; PET has Units instead."""
    if dataset.SOPClassUID != PositronEmissionTomographyImageStorage and "RescaleType" not in dataset:
        dataset.RescaleType = "HU" if text(dataset, "Modality") == "CT" else "US"


def _source_item(sop_class: str, sop_instance: str, plane: Plane) -> Dataset:
    item = Dataset()
    item.ReferencedSOPClassUID, item.ReferencedSOPInstanceUID = sop_class, sop_instance
    if plane.frame >= 0:
        item.ReferencedFrameNumber = str(plane.frame + 1)
    purpose = code_item("121322", "DCM", "Source image for image processing operation")
    item.PurposeOfReferenceCodeSequence = Sequence([purpose])
    item.SpatialLocationsPreserved = "YES"
    return item
