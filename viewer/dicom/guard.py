"""The gate for DICOM files: their structure is checked, cheaply and within bounds, before pydicom parses them."""

import logging
import warnings
from collections.abc import Collection
from io import BytesIO
from pathlib import Path

from pydicom import config
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.filereader import read_dataset

from viewer.core.errors import LowfieldError
from viewer.dicom.fragments import PixelData
from viewer.dicom.layout import DAMAGED_HINT, Layout, read_layout

SPECIFIC_CHARACTER_SET = 0x00080005

# Values outside the letter of the standard are the scanner's doing; they are read as far as they make sense.
# pydicom's complaints about them quote values, which may name the patient.
config.settings.reading_validation_mode = config.IGNORE
logging.getLogger("pydicom").setLevel(logging.CRITICAL)
warnings.filterwarnings("ignore", module=r"pydicom\.")


def read_header(path: Path, tags: Collection[int] = ()) -> FileDataset:
    """Read everything before the pixels; only ``tags`` where given (quicker).

    Raises `NotDicom` for other files, `LowfieldError` for damaged, truncated or hostile ones.
    """
    return parse(read_layout(path, frozenset(tags) | {SPECIFIC_CHARACTER_SET} if tags else None))


def read_full(path: Path) -> FileDataset:
    """Read the header and the pixel element. Elements behind the pixels (padding, signatures) are left out.

    Raises like `read_header`, and where the pixels are shorter than the header claims.
    """
    layout = read_layout(path)
    dataset = parse(layout)
    if layout.pixels:
        pixels = PixelData.locate(layout, dataset)
        dataset.add_new(layout.pixels.tag, layout.pixels.vr or "OW", pixels.value())
        dataset[layout.pixels.tag].is_undefined_length = layout.pixels.length is None
    return dataset


def parse(layout: Layout) -> FileDataset:
    """Let pydicom make a data set of the header bytes of ``layout``."""
    implicit, little = layout.encoding
    try:
        body = read_dataset(BytesIO(layout.header), implicit, little)
        meta = FileMetaDataset(read_dataset(BytesIO(layout.meta), False, True) if layout.meta else Dataset())
    except Exception as error:  # pydicom raises whatever the damage provokes; here it becomes a message
        raise LowfieldError(
            f"is damaged: its header cannot be parsed ({type(error).__name__}).",
            where=layout.path,
            hint=DAMAGED_HINT,
        ) from error
    dataset = FileDataset(str(layout.path), body, b"\0" * 128, meta, implicit, little)
    dataset.set_original_encoding(implicit, little, body._character_set)
    return dataset
