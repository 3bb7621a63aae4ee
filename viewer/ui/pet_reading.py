"""A PET volume as activity: what is painted, in which unit it is read, and why SUV may be missing."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from viewer.core.errors import LowfieldError
from viewer.core.volume import Volume
from viewer.pipeline import Scales, scales_for
from viewer.quantify.corrected import corrected
from viewer.session.functions import options_of
from viewer.session.state import MeasureChoice
from viewer.ui.readout import number, voxel_at, with_unit
from viewer.ui.roi_rows import CORRECTED, RESCALED

KBQ = ("kBq/mL", 1e-3)
SUV = "SUV"
SAME = 1e-3


@dataclass(frozen=True, eq=False)
class PetReading:
    """``shown``: the volume in Bq/mL at the reference time, or as stored where activity cannot be told.

    Painting and reading use ``shown``; statistics come from ``source`` through the pipeline.
    """

    source: Volume
    shown: Volume
    scales: Scales
    corrected: tuple[str, ...] = ()
    """What the user corrected, as sentences: ``PatientWeight 70 kg (file: 0)``."""

    @property
    def unit(self) -> tuple[str, float]:
        """(name, factor): ``shown`` times factor reads in this unit."""
        return KBQ if self.scales.activity is not None else (self.source.unit or "as stored", 1.0)

    @property
    def suv_unit(self) -> tuple[str, float] | None:
        """(name, factor) from ``shown`` to SUV; None without SUV, or where the factor differs between slices."""
        if self.scales.suv is None:
            return None
        activity = self.scales.activity.per_slice if self.scales.activity is not None else np.ones(1)
        factors = np.asarray(self.scales.suv.per_slice) / activity
        middle = float(factors.mean())
        return (SUV, middle) if np.ptp(factors) <= SAME * abs(middle) else None

    @property
    def label(self) -> str:
        """What must stand beside every number, ``rescaled …``; empty for an ordinary reading."""
        return self.scales.activity.label if self.scales.activity is not None else ""

    @property
    def nuclide(self) -> str:
        """The label without what the user corrected, which has a sign of its own."""
        return self.label.partition("; corrected by user")[0]

    @property
    def marks(self) -> str:
        """The signs behind every number that is not simply what the file says: ``*``, ``†``."""
        return (RESCALED if self.rescaled else "") + (CORRECTED if self.corrected else "")

    @property
    def notes(self) -> tuple[str, ...]:
        """What the signs mean."""
        corrected = (f"{CORRECTED} corrected by user: {'; '.join(self.corrected)}",) if self.corrected else ()
        return ((f"{RESCALED} {self.nuclide}",) if self.rescaled else ()) + corrected

    @property
    def rescaled(self) -> bool:
        """Whether the scanner was told another nuclide, so that every number has to say so."""
        return self.label.startswith("rescaled")

    def texts_at(self, point_lps_mm: Any) -> tuple[str, ...]:
        """Return activity and SUV of the native voxel at a point, as text; nothing outside the image."""
        index = voxel_at(self.source, point_lps_mm)
        if index is None:
            return ()
        name, factor = self.unit
        mark = " (rescaled)" if self.rescaled else ""
        texts = [with_unit(number(float(self.shown.data[index]) * factor), name) + mark]
        if self.scales.suv is not None:
            suv = float(self.source.data[index]) * float(_of_slice(self.scales.suv.per_slice, index[0]))
            texts.append(f"SUV {number(suv, 3)}")
        return tuple(texts)


def read_pet(volume: Volume, choice: MeasureChoice) -> PetReading:
    """Work out the scales of a PET volume and apply them to what will be painted."""
    try:
        scales = scales_for(volume, options_of(choice))
    except LowfieldError as error:
        scales = Scales(reasons=(str(error),))
    sentences = _corrected(volume, choice)
    if scales.activity is None:
        return PetReading(volume, volume, scales, sentences)
    factors = np.asarray(scales.activity.per_slice, dtype=np.float32).reshape(-1, 1, 1)
    unit_same = factors.size == 1 and float(factors.flat[0]) == 1.0
    data = volume.data if unit_same else volume.data * factors
    return PetReading(volume, volume.with_data(np.asarray(data, np.float32), unit="Bq/mL"), scales, sentences)


def _corrected(volume: Volume, choice: MeasureChoice) -> tuple[str, ...]:
    """What the user corrected; nothing where it is impossible, which is among the reasons then."""
    if volume.acquisition is None:
        return ()
    try:
        return corrected(volume.acquisition, choice.corrections).corrected_by_user
    except LowfieldError:
        return ()


def _of_slice(per_slice: Any, k: int) -> float:
    factors = np.asarray(per_slice)
    return float(factors[k if factors.size > 1 else 0])
