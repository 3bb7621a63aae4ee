"""One ROI on one image, or on several: shape to voxels, voxels to numbers, each image's own native voxels."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from viewer.core.errors import LowfieldError
from viewer.core.measurement import EXACT, Measurement
from viewer.core.volume import Volume
from viewer.quantify.activity import ActivityScale
from viewer.quantify.details import with_details
from viewer.quantify.measure import measure_region
from viewer.quantify.suv import SuvScale
from viewer.roi.compound import BQ_ML, SUV_BW
from viewer.roi.copy import check_frame
from viewer.roi.frozen import frozen, needs_values
from viewer.roi.rasterize import ImageValues, rasterize, threshold_of
from viewer.roi.shapes import Grown, Isocontour, Roi
from viewer.roi.weights import weigh


@dataclass(frozen=True, eq=False)
class Reading:
    """An image and how its numbers are read: factors to Bq/mL and SUVbw, or the reasons why there are none."""

    volume: Volume
    activity: ActivityScale | None = None
    suv: SuvScale | None = None
    reasons: tuple[str, ...] = ()

    @property
    def values(self) -> ImageValues:
        """The numbers as isocontours read them: in the image's unit, in Bq/mL and SUVbw where these are known."""
        scales = {BQ_ML: self.activity, SUV_BW: self.suv}
        factors = {unit: scale.per_slice for unit, scale in scales.items() if scale is not None}
        return ImageValues(self.volume.magnitude(), self.volume.unit, factors)


@dataclass(frozen=True, eq=False)
class Voxels:
    """The voxels an ROI takes of an image; ``weights`` where partial volumes count."""

    offset: tuple[int, int, int]
    mask: NDArray[np.bool_]
    weights: NDArray[np.float64] | None = None


def voxels_of(roi: Roi, reading: Reading) -> Voxels:
    """Return the voxels of an ROI, by the rule it asks for; LowfieldError where it is not of this space."""
    geometry = reading.volume.geometry
    check_frame(roi.frame_of_reference_uid, geometry.frame_of_reference_uid, roi.name)
    if roi.weighting == EXACT:
        weighed = weigh(roi.shape, geometry, reading.values)
        return Voxels(weighed.offset, weighed.weights > 0, weighed.weights)
    region = rasterize(roi.shape, geometry, reading.values)
    return Voxels(region.offset, region.mask)


def measure(reading: Reading, roi: Roi, *, details: bool = True) -> Measurement:
    """Measure one ROI on the native voxels of an image; an isocontour grows in this very image.

    Without ``details`` histogram and uncertainty are left out, as suits a drag. What keeps an ROI from being
    measured becomes a warning of a measurement without numbers.
    """
    try:
        voxels, told = voxels_of(roi, reading), _threshold(roi, reading)
    except LowfieldError as error:
        return _unmeasured(reading, roi, error)
    found = measure_region(
        roi.name, reading.volume, voxels.offset, voxels.mask, region_weights=voxels.weights,
        scale=reading.activity, suv=reading.suv, reasons=reading.reasons,
    )  # fmt: skip
    found = replace(found, roi_id=roi.id, provenance=_with_threshold(found, told))
    if not details:
        return found
    return with_details(
        found, reading.volume, voxels.offset, voxels.mask, region_weights=voxels.weights, scale=reading.activity
    )


def measure_together(
    readings: Sequence[Reading], roi: Roi, *, details: bool = True
) -> tuple[tuple[Roi, Measurement], ...]:
    """Measure one ROI on each of several images of one space, side by side, each on its own native voxels.

    Isocontours grow in the image the ROI was drawn on, or else in the first (the PET of a fusion), and the others
    are measured in that place. Each measurement comes with the ROI as it was laid on its image.
    """
    owners = [one for one in readings if one.volume.origin.series_uid == _owner(roi)]
    source = (owners or list(readings))[0]
    try:
        elsewhere = in_place(roi, source)
    except LowfieldError as error:
        return tuple((roi, _unmeasured(one, roi, error)) for one in readings)
    laid = [(one, roi if one is source else elsewhere) for one in readings]
    return tuple((here, measure(one, here, details=details)) for one, here in laid)


def in_place(roi: Roi, source: Reading) -> Roi:
    """Return the ROI as the voxels it takes of ``source``, where its shape depends on an image; else as it is."""
    if not needs_values(roi.shape):
        return roi
    geometry, series_uid = source.volume.geometry, source.volume.origin.series_uid
    check_frame(roi.frame_of_reference_uid, geometry.frame_of_reference_uid, roi.name)
    return replace(roi, shape=frozen(roi.shape, geometry, source.values, series_uid))


def _owner(roi: Roi) -> str:
    """The series an isocontour grows in; no series has an empty UID by mistake."""
    return (roi.shape.series_uid if isinstance(roi.shape, Grown) else "") or roi.series_uid or "not known"


def _threshold(roi: Roi, source: Reading) -> dict[str, object]:
    """Return at which level an isocontour stands, for the provenance; empty for other shapes."""
    if not isinstance(roi.shape, Isocontour | Grown):
        return {}
    level = threshold_of(roi.shape, source.volume.geometry, source.values)
    grown_on = {"grown_on_series_uid": source.volume.origin.series_uid}
    return {} if level is None else {"threshold": {**vars(level), **grown_on}}


def _with_threshold(found: Measurement, told: dict[str, object]) -> dict[str, object]:
    return {**found.provenance, "region": {**found.provenance["region"], **told}}


def _unmeasured(reading: Reading, roi: Roi, error: LowfieldError) -> Measurement:
    origin = reading.volume.origin
    source = {"series_uid": origin.series_uid, "series_description": origin.series_description}
    return Measurement(
        roi.name, 0, 0.0, origin.series_uid, reading.volume.unit, modality=origin.modality, roi_id=roi.id,
        weighting=roi.weighting, provenance={"source": source}, warnings=(*reading.reasons, str(error)),
    )  # fmt: skip
