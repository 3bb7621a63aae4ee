"""Stored pixels of one frame. Native ones are decoded here, compressed ones in a child process that may die.

Decoders are C libraries fed with untrusted bytes (python-gdcm has open CVEs): a crash, a hang or a memory
bomb there becomes a message here. Native encodings: PS3.5 8.1; compressed ones: PS3.5 8.2, Annex A.4.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset
from pydicom.uid import UID

from viewer.core.errors import LowfieldError
from viewer.dicom.fields import integer, text
from viewer.dicom.fragments import PixelData
from viewer.dicom.isolated import pool
from viewer.dicom.layout import DAMAGED_HINT, DEFLATED, EXPLICIT_BIG, EXPLICIT_LITTLE, IMPLICIT_LITTLE
from viewer.dicom.remembered import remembered

NATIVE = frozenset({IMPLICIT_LITTLE, EXPLICIT_LITTLE, EXPLICIT_BIG, DEFLATED})
PLUGINS = {
    "1.2.840.10008.1.2.4.50": "pillow",
    "1.2.840.10008.1.2.4.51": "gdcm",
    "1.2.840.10008.1.2.4.57": "gdcm",
    "1.2.840.10008.1.2.4.70": "gdcm",
    "1.2.840.10008.1.2.4.80": "pyjpegls",
    "1.2.840.10008.1.2.4.81": "pyjpegls",
    "1.2.840.10008.1.2.4.90": "lowfield",
    "1.2.840.10008.1.2.4.91": "lowfield",
    "1.2.840.10008.1.2.4.201": "lowfield",
    "1.2.840.10008.1.2.4.202": "lowfield",
    "1.2.840.10008.1.2.4.203": "lowfield",
    "1.2.840.10008.1.2.5": "lowfield",
}
"""Compressed transfer syntaxes and the pydicom plugin that decodes each, one by one to be predictable."""
LOSSY = frozenset(f"1.2.840.10008.1.2.4.{n}" for n in (50, 51, 81, 91, 203))
"""Syntaxes that may have lost detail; whether they did, LossyImageCompression says."""
MAX_FRAME_BYTES = 1 << 29


@dataclass(frozen=True)
class PixelFormat:
    """How stored numbers are written (PS3.3 C.7.6.3)."""

    syntax: str
    rows: int
    columns: int
    allocated: int
    stored: int
    high: int
    signed: bool
    photometric: str

    @staticmethod
    @remembered
    def of(header: Dataset, syntax: str) -> "PixelFormat":
        """Read the Image Pixel module of a monochrome image, with the defaults that scanners rely on."""
        allocated = integer(header, "BitsAllocated") or 16
        stored = min(integer(header, "BitsStored") or allocated, allocated)
        high = integer(header, "HighBit")
        return PixelFormat(
            syntax=syntax,
            rows=integer(header, "Rows") or 0,
            columns=integer(header, "Columns") or 0,
            allocated=allocated,
            stored=stored,
            high=stored - 1 if high is None or not stored - 1 <= high < allocated else high,
            signed=integer(header, "PixelRepresentation") == 1,
            photometric=text(header, "PhotometricInterpretation"),
        )

    @property
    def dtype(self) -> np.dtype:
        """The numpy type of a stored number in the file's byte order."""
        order = ">" if self.syntax == EXPLICIT_BIG else "<"
        return np.dtype(f"{order}{'i' if self.signed else 'u'}{self.allocated // 8}")


def undecodable(syntax: str) -> str:
    """Return why a transfer syntax cannot be decoded, "" where it can."""
    if syntax in NATIVE or syntax in PLUGINS:
        return ""
    return f"is compressed with {UID(syntax).name} ({syntax}), which this program cannot decode"


def stored_values(pixels: PixelData, index: int, form: PixelFormat) -> NDArray[np.integer]:
    """Return frame ``index`` as stored integers (rows, columns); raise `LowfieldError` naming the file."""
    if reason := undecodable(form.syntax):
        raise LowfieldError(f"{reason}.", where=pixels.path, hint="Export it uncompressed from its source.")
    if form.rows * form.columns * form.allocated // 8 > MAX_FRAME_BYTES:
        raise LowfieldError("claims an image too large to be one.", where=pixels.path)
    data = pixels.frame(index)
    if form.syntax in PLUGINS:
        return _decoded(data, form, pixels.path)
    if len(data) < form.rows * form.columns * form.allocated // 8:
        raise LowfieldError("holds compressed pixels but says they are not.", where=pixels.path, hint=DAMAGED_HINT)
    values = np.frombuffer(data, form.dtype, form.rows * form.columns).reshape(form.rows, form.columns)
    return _without_spare_bits(values, form)


def _without_spare_bits(values: NDArray[np.integer], form: PixelFormat) -> NDArray[np.integer]:
    """Drop the bits around the stored ones, where old files keep overlays, and extend the sign."""
    if form.stored == form.allocated:
        return values
    native = values.astype(values.dtype.newbyteorder("="), copy=False)
    return (native << (form.allocated - 1 - form.high)) >> (form.allocated - form.stored)


def _decoded(data: bytes, form: PixelFormat, path: Path) -> NDArray[np.integer]:
    request = {
        "syntax": form.syntax,
        "plugin": PLUGINS[form.syntax],
        "data": data,
        "Rows": form.rows,
        "Columns": form.columns,
        "BitsAllocated": form.allocated,
        "BitsStored": form.stored,
        "HighBit": form.high,
        "PixelRepresentation": int(form.signed),
        "PhotometricInterpretation": form.photometric,
    }
    values = pool().decode(request, path)
    if values.shape != (form.rows, form.columns):
        raise LowfieldError(
            f"holds a picture of {values.shape} where its header says {(form.rows, form.columns)}.", where=path
        )
    return values
