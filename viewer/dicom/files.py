"""New DICOM files: identifiers, file format, and a folder that appears whole or not at all."""

import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import UID, ExplicitVRLittleEndian

import viewer
from viewer.core.errors import LowfieldError

NAMESPACE = uuid.UUID("5b0e1c5e-9a3c-5f0e-8a43-6c6f77666c64")
"""Of identifiers derived from text; fixed for ever, so that the same text gives the same identifier."""


def new_uid(*seed: object) -> UID:
    """Make an identifier under the UUID root 2.25 (PS3.5 B.2): random, or always the same for the same seed."""
    number = uuid.uuid5(NAMESPACE, "\\".join(map(str, seed))) if seed else uuid.uuid4()
    return UID(f"2.25.{number.int}")


IMPLEMENTATION_UID = new_uid("implementation")
IMPLEMENTATION_NAME = f"LOWFIELD_{viewer.__version__}"[:16]


def write_file(dataset: Dataset, path: Path) -> None:
    """Write one data set in the PS3.10 file format, explicit VR little endian."""
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = dataset.SOPClassUID
    meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    meta.ImplementationClassUID = IMPLEMENTATION_UID
    meta.ImplementationVersionName = IMPLEMENTATION_NAME
    dataset.file_meta = meta
    dataset.save_as(path, implicit_vr=False, little_endian=True, enforce_file_format=True)


@contextmanager
def new_series_folder(folder: Path) -> Iterator[Path]:
    """Give a temporary folder beside ``folder``; it takes its name when everything in it has been written.

    Raises `LowfieldError` where ``folder`` holds anything: existing files are never touched or mixed with.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise LowfieldError(
            "already holds files; a new series is never mixed with others.",
            where=folder,
            hint="Choose an empty or a new folder.",
        )
    temporary = folder.with_name(f".{folder.name}.{uuid.uuid4().hex}.part")
    try:
        temporary.mkdir(parents=True)
        yield temporary
        if folder.exists():
            folder.rmdir()
        temporary.rename(folder)
    except OSError as error:
        raise LowfieldError(f"cannot be written ({error.strerror}).", where=folder) from error
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
