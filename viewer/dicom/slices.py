"""One file opened for its slices: header, place of every frame, pixels on request."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydicom.datadict import tag_for_keyword
from pydicom.dataset import Dataset

from viewer.core.errors import LowfieldError
from viewer.dicom.classify import why_not_viewable
from viewer.dicom.decode import LOSSY, PixelFormat, stored_values
from viewer.dicom.fields import number, text
from viewer.dicom.fragments import PixelData
from viewer.dicom.groups import FrameGroups
from viewer.dicom.headers import Headers
from viewer.dicom.planes import PLANE_KEYWORDS, Plane, planes_of
from viewer.dicom.remembered import remembered
from viewer.dicom.rescale import RESCALE_KEYWORDS, Rescale
from viewer.dicom.traits import GE_IMAGE_TYPE

SLICE_KEYWORDS = (
    *("SpecificCharacterSet", "SOPClassUID", "Modality", "SamplesPerPixel", "PhotometricInterpretation"),
    *("NumberOfFrames", "BitsAllocated", "BitsStored", "HighBit", "PixelPaddingValue", "LossyImageCompression"),
    *("ExtendedOffsetTable", *RESCALE_KEYWORDS, *PLANE_KEYWORDS),
)
SLICE_TAGS = frozenset(tag_for_keyword(keyword) or 0 for keyword in SLICE_KEYWORDS) | {GE_IMAGE_TYPE}


@dataclass(frozen=True)
class SliceFile:
    """An opened file; ``planes`` are its frames in file order."""

    path: Path
    header: Dataset
    groups: FrameGroups
    planes: tuple[Plane, ...]
    pixels: PixelData
    format: PixelFormat
    lossy: bool

    @classmethod
    def open(cls, path: Path, headers: Headers | None = None) -> "SliceFile":
        """Read the header (by ``headers``, where many files follow); raise `LowfieldError` if it shows nothing."""
        layout, header = (headers or Headers(SLICE_TAGS)).read(path)
        if reason := why_not_viewable(header, layout):
            raise LowfieldError(f"{reason}.", where=path)
        planes, faults = planes_of(header, path)
        if not planes:
            raise LowfieldError(f"{faults[0]}.", where=path)
        return cls(
            path=path,
            header=header,
            groups=FrameGroups.of(header),
            planes=planes,
            pixels=PixelData.locate(layout, header),
            format=PixelFormat.of(header, layout.transfer_syntax),
            lossy=_is_lossy(header, layout.transfer_syntax),
        )

    def rescale(self, frame: int) -> Rescale:
        """Return how the numbers of a frame are rescaled."""
        return Rescale.of(self.groups, frame)

    def read(self, frame: int, out: NDArray[np.float32], rescale: Rescale | None = None) -> int:
        """Write the frame, rescaled by its own ``rescale``, into ``out`` (rows, columns); return how many pixels
        are padding.
        """
        if out.shape != (self.format.rows, self.format.columns) or frame >= len(self.planes):
            raise LowfieldError(
                "is not of the size that the index says.", where=self.path, hint="Open the folder again."
            )
        stored = stored_values(self.pixels, frame, self.format)
        try:
            (rescale or self.rescale(frame)).apply(stored, out)
        except LowfieldError as error:
            raise LowfieldError(error.what, where=self.path, hint=error.hint) from error
        return self._padding(stored)

    def _padding(self, stored: NDArray[np.integer]) -> int:
        """Count pixels of PixelPaddingValue (PS3.3 C.7.5.1.1.2), whichever sign it was written with."""
        padding = number(self.header, "PixelPaddingValue")
        if padding is None:
            return 0
        bits = 8 * stored.dtype.itemsize
        value = np.array(int(padding) % (1 << bits), dtype=f"u{bits // 8}").view(stored.dtype.newbyteorder("="))
        return int(np.count_nonzero(stored == value))


@remembered
def _is_lossy(header: Dataset, syntax: str) -> bool:
    """LossyImageCompression (0028,2110), else what the transfer syntax allows."""
    stated = text(header, "LossyImageCompression")
    return stated == "01" or (syntax in LOSSY and stated != "00")
