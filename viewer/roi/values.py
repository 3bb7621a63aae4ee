"""The numbers of an image as isocontours read them: in the unit that a level is given in."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from viewer.core.errors import LowfieldError
from viewer.core.geometry import Geometry
from viewer.roi.compound import BQ_ML, KBQ_ML
from viewer.roi.region import Block

Floats = NDArray[np.float64]
Numbers = NDArray[Any]
BQ_PER_KBQ = 1e3


@dataclass(frozen=True, eq=False)
class ImageValues:
    """``data`` (slices, rows, columns), real, in ``unit``, and factors to other units.

    ``per_slice`` maps a unit (`viewer.roi.compound.BQ_ML`, `SUV_BW`) to one factor a slice, or one for all. Levels
    relative to a maximum are taken in Bq/mL where that is known: with several beds and a rescaled nuclide, the
    hottest stored number need not be the highest activity.
    """

    data: Numbers
    unit: str = ""
    per_slice: Mapping[str, Floats] = field(default_factory=dict)

    def of(self, block: Block, unit: str | None = None) -> Floats:
        """Return the numbers of a block as float64 in ``unit`` (None: Bq/mL where known, else the image's own).

        Raises `LowfieldError` where the image cannot be read in that unit.
        """
        numbers = np.asarray(self.data[block.slices], np.float64)
        if unit is None:
            unit = BQ_ML if BQ_ML in self.per_slice else ""
        factors = self._factors(unit)
        if factors.size == 1:
            return np.asarray(numbers * factors[0])
        if factors.size != self.data.shape[0]:
            raise LowfieldError(f"There are {factors.size} factors for an image of {self.data.shape[0]} slices.")
        return np.asarray(numbers * factors[block.first[0] : block.stop[0], None, None])

    def shown_unit(self, unit: str | None) -> str:
        """Return the unit of the numbers that `of` returns."""
        return unit or (BQ_ML if unit is None and BQ_ML in self.per_slice else self.unit)

    def _factors(self, unit: str) -> Floats:
        if unit == KBQ_ML:
            return self._factors(BQ_ML) / BQ_PER_KBQ
        if unit in self.per_slice:
            return np.atleast_1d(np.asarray(self.per_slice[unit], np.float64))
        if unit in ("", self.unit):
            return np.ones(1)
        known = ", ".join(filter(None, (self.unit, *self.per_slice))) or "no unit"
        raise LowfieldError(f"The image cannot be read in {unit} (it has: {known}).", hint="Choose another level.")


def checked_values(values: ImageValues | Numbers | None, geometry: Geometry) -> ImageValues:
    """Return ``values`` as `ImageValues`; raise `LowfieldError` for none, or those of another image."""
    if values is None:
        raise LowfieldError("An isocontour needs the values of an image.")
    image = values if isinstance(values, ImageValues) else ImageValues(values)
    if image.data.shape != geometry.shape:
        raise LowfieldError(f"The image has {image.data.shape} voxels but its geometry says {geometry.shape}.")
    return image
