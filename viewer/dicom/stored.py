"""From measured values to 16-bit stored integers: value = slope · stored, intercept 0 (PS3.3 C.11.1, C.8.9.4).

The error is at most half a step, the step (= slope) being max|value| / 65535, or / 32767 where values are
negative. Whole numbers that fit are stored as they are, without error.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset
from pydicom.valuerep import DSfloat

from viewer.core.errors import LowfieldError


@dataclass(frozen=True, eq=False)
class Stored:
    """Integers (uint16, or int16 where values are negative) of any shape, and the ``slope`` that undoes them."""

    pixels: NDArray[Any]
    slope: float

    def part(self, index: int) -> "Stored":
        """Return one slice with the slope of all."""
        return Stored(self.pixels[index], self.slope)


def quantise(values: NDArray[Any]) -> Stored:
    """Store real or complex (then their magnitude) values; raises `LowfieldError` where they are not finite."""
    real = np.abs(values) if np.iscomplexobj(values) else values
    low, high = float(real.min()), float(real.max())
    if not np.isfinite([low, high]).all():
        raise LowfieldError("Voxels that are not finite numbers cannot be stored as DICOM.")
    kind = np.int16 if low < 0 else np.uint16
    limits = np.iinfo(kind)
    if low >= limits.min and high <= limits.max and all((part == np.rint(part)).all() for part in real):
        return Stored(real.astype(kind), 1.0)
    slope = decimal(max(high, -low) / limits.max)
    stored = np.empty(real.shape, kind)
    for index, part in enumerate(real):  # in parts, since float64 of the whole volume may not fit
        stored[index] = np.clip(np.rint(part.astype(np.float64) / slope), limits.min, limits.max)
    return Stored(stored, slope)


def decimal(number: float) -> float:
    """Return the number as a DS value will give it back: 16 characters (PS3.5 6.2)."""
    return float(str(DSfloat(number, auto_format=True)))


def ds(number: float) -> DSfloat:
    """Make a DS value of at most 16 characters."""
    return DSfloat(float(number), auto_format=True)


def set_pixels(dataset: Dataset, stored: Stored) -> None:
    """Put a (rows, columns) slice into a data set (PS3.3 C.7.6.3) with its slope."""
    signed = stored.pixels.dtype == np.int16
    dataset.Rows, dataset.Columns = stored.pixels.shape
    dataset.SamplesPerPixel = 1
    dataset.PhotometricInterpretation = "MONOCHROME2"
    dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit = 16, 16, 15
    dataset.PixelRepresentation = int(signed)
    dataset.RescaleIntercept = "0"
    dataset.RescaleSlope = ds(stored.slope)
    dataset.add_new("PixelData", "OW", stored.pixels.astype("<i2" if signed else "<u2").tobytes())
