"""A measurement: numbers with units, and how each of them came to be."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Statistics:
    """First-order statistics of the voxels of an ROI, in the unit of the values measured.

    ``sd`` is the population standard deviation (IBSI ``variance`` 48P9T, square root); ``peak`` the mean of a
    12 mm diameter sphere placed to maximise it (Lodge 2012), None where it cannot be placed.
    """

    voxels: int
    mean: float
    sd: float
    minimum: float
    maximum: float
    median: float
    peak: float | None = None


@dataclass(frozen=True)
class Measurement:
    """What one ROI says about one volume.

    ``activity`` is in Bq/mL (PET), ``suv_bw`` in g/mL; ``values`` in ``unit`` for everything else (HU, MR).
    What cannot be trusted is None and ``warnings`` says why. ``provenance`` holds tags, factors and times.
    """

    name: str
    voxels: int
    volume_ml: float
    series_uid: str
    unit: str = ""
    values: Statistics | None = None
    activity: Statistics | None = None
    total_activity_bq: float | None = None
    suv_bw: Statistics | None = None
    provenance: Mapping[str, Any] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
