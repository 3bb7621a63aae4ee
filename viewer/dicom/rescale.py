"""Stored integers to the numbers the scanner means: Modality LUT and Pixel Value Transformation.

Sources: PS3.3 C.11.1 (Modality LUT), C.7.6.16.2.9 (per frame), C.8.9.4 (PET: a slope per slice).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset
from pydicom.pixels.processing import apply_modality_lut

from viewer.core.errors import LowfieldError
from viewer.dicom.fields import items, number, text
from viewer.dicom.groups import EMPTY, FrameGroups
from viewer.dicom.remembered import remembered

RESCALE_KEYWORDS = (
    "RescaleSlope",
    "RescaleIntercept",
    "RescaleType",
    "ModalityLUTSequence",
    "PixelRepresentation",
)
MACRO = "PixelValueTransformationSequence"
LEGACY_PET = "1.2.840.10008.5.1.4.1.1.128.1"
"""Keeps Units among its unassigned attributes (`viewer.dicom.pet_legacy`)."""
WORLD = "RealWorldValueMappingSequence"
SLOPE_TAGS = "RescaleSlope (0028,1053), RescaleIntercept (0028,1052)"
WORLD_TAGS = "RealWorldValueSlope (0040,9225), RealWorldValueIntercept (0040,9224)"


@dataclass(frozen=True)
class Rescale:
    """How one frame's stored numbers become values; ``stated`` is false where the file says nothing of it."""

    slope: float
    intercept: float
    kind: str
    """RescaleType or ModalityLUTType."""
    stated: bool
    table: Dataset | None = None
    """The header with a ModalityLUTSequence, which then replaces slope and intercept."""
    source: str = SLOPE_TAGS
    """The tags of slope and intercept."""

    @classmethod
    def of(cls, groups: FrameGroups, index: int) -> "Rescale":
        """Read the transformation of frame ``index``."""
        root = groups.root
        if not groups.frames and groups.shared is EMPTY and (kind := _classic_kind(root)) is not None:
            return cls._sloped(root, kind)
        if tables := items(root, "ModalityLUTSequence"):
            return cls(1.0, 0.0, text(tables[0], "ModalityLUTType"), True, root)
        if text(root, "Modality") == "PT" and (world := _of_world_values(groups, index)):
            return cls(*world, "", True, source=WORLD_TAGS)
        holder = groups.holder(index, MACRO, "RescaleSlope")
        return cls._sloped(holder, text(holder, "RescaleType"))

    @classmethod
    def _sloped(cls, holder: Dataset, kind: str) -> "Rescale":
        slope, intercept = number(holder, "RescaleSlope"), number(holder, "RescaleIntercept")
        stated = slope is not None or intercept is not None
        return cls(1.0 if slope is None else slope, intercept or 0.0, kind, stated)

    def apply(self, stored: NDArray[np.integer], out: NDArray[np.float32]) -> None:
        """Write the values (rows, columns) into ``out``, rounded once, from double precision."""
        if self.table is not None:
            out[...] = _looked_up(stored, self.table)
        elif self.slope == 1.0 and self.intercept == 0.0:
            out[...] = stored
        elif self.slope == 1.0 and stored.dtype.itemsize <= 2 and self.intercept == int(self.intercept):
            np.add(stored, np.float32(self.intercept), out=out, dtype=np.float32)  # exact: below 2**24
        elif (
            self.intercept == 0.0 and self.slope > 0.0
        ):  # adding 0 changes nothing; of each part at once, in cache
            np.multiply(stored, self.slope, out=out, dtype=np.float64, casting="unsafe")
        else:
            out[...] = stored * np.float64(self.slope) + self.intercept


@remembered
def _classic_kind(header: Dataset) -> str | None:
    """RescaleType of a single-frame image; None where a table replaces slope and intercept."""
    return None if items(header, "ModalityLUTSequence") else text(header, "RescaleType")


def _of_world_values(groups: FrameGroups, index: int) -> tuple[float, float] | None:
    """Return slope and intercept from stored numbers to the unit of an enhanced PET frame's real world mapping.

    Where Units (0054,1001) is absent, the mapping alone says what the numbers are (PS3.3 C.7.6.16.2.11), and it
    maps stored numbers, not rescaled ones.
    """
    if not groups.frames or text(groups.root, "Units") or text(groups.root, "SOPClassUID") == LEGACY_PET:
        return None
    mapping = groups.macro(index, WORLD)
    slope, intercept = number(mapping, "RealWorldValueSlope"), number(mapping, "RealWorldValueIntercept")
    return None if slope is None else (slope, intercept or 0.0)


def _looked_up(stored: NDArray[np.integer], header: Dataset) -> NDArray[np.integer]:
    try:
        values: NDArray[np.integer] = apply_modality_lut(stored, header)
    except (ValueError, TypeError, AttributeError, LookupError, NotImplementedError) as error:
        raise LowfieldError("has a Modality LUT that cannot be read.", hint="Export it again.") from error
    return values


def unit_of(modality: str, kinds: set[str], stated: bool) -> tuple[str, str]:
    """Return the unit of values that are not PET, and a warning.

    CT numbers are HU where RescaleType is HU or absent (PS3.3 C.11.1.1.2); ``US`` means unspecified.
    """
    if modality != "CT":
        return "", ""
    named = {kind for kind in kinds if kind not in ("HU", "")}
    if named:
        kind = min(named)
        return (
            kind if kind != "US" and len(kinds) == 1 else ""
        ), f"CT values are not HU but {', '.join(sorted(named))}."
    if not stated:
        return "", "The CT images state no rescale slope and intercept: their numbers are not Hounsfield units."
    return "HU", ""
