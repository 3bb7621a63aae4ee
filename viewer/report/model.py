"""What a report says: frozen text, numbers and pictures; how it looks is the writers' business."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from viewer.core.denoised import ModelIdentity, NoiseEstimate, ResidualReport
from viewer.core.measurement import Measurement

DISCLAIMER = "Research use; not for primary diagnosis"


@dataclass(frozen=True, eq=False)
class Picture:
    """A key image: ``rgb`` (rows, columns, 3) uint8 with a caption."""

    caption: str
    rgb: NDArray[np.uint8]


@dataclass(frozen=True)
class Denoising:
    """One denoising run, without its arrays."""

    series_description: str
    series_uid: str
    noise: NoiseEstimate
    unit: str
    model: ModelIdentity
    strength: float
    seconds: float
    residual: ResidualReport
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Report:
    """Everything a report shows. ``patient`` and ``study`` map labels to text, in reading order."""

    title: str
    created: str
    software: str
    patient: Mapping[str, str]
    study: Mapping[str, str]
    method: tuple[str, ...] = ()
    measurements: tuple[Measurement, ...] = ()
    denoising: tuple[Denoising, ...] = ()
    pictures: tuple[Picture, ...] = ()
    warnings: tuple[str, ...] = ()
    simulated: bool = False
