"""One ROI at one time: measured on native voxels, as really present, by the functions that everything uses."""

from dataclasses import replace
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from viewer.core.dose import TimePoint
from viewer.core.errors import LowfieldError
from viewer.core.volume import Volume
from viewer.pipeline import Scales, measure_roi
from viewer.quantify.activity import ActivityScale, activity_scale
from viewer.quantify.declare import Declaration
from viewer.quantify.timeactivity import mean_time, mean_uncertainty
from viewer.roi.compound import BQ_ML
from viewer.roi.copy import check_frame
from viewer.roi.frozen import frozen, needs_values
from viewer.roi.rasterize import ImageValues, Region, rasterize
from viewer.roi.shapes import Roi
from viewer.therapy.options import DoseOptions


def time_point(
    volume: Volume, roi: Roi, injection: datetime, declared: Declaration, options: DoseOptions
) -> TimePoint:
    """Measure one ROI on one scan that lies in the ROI's patient space; raise `LowfieldError` where it cannot be.

    The time is that of the ROI's own slices; the scanner's decay correction is undone to it.
    """
    acquisition = volume.acquisition
    assert acquisition is not None  # `find_visits` lets none through without
    region = rasterize(roi.shape, volume.geometry, volume.magnitude())
    if not region.voxels:
        raise LowfieldError(f"The ROI {roi.name!r} holds no voxel of {volume.origin.series_description!r}.")
    time = mean_time(acquisition, _slices(region), declared)
    measurement = measure_roi(volume, roi, Scales(scale_at(volume, time, options)))
    activity = measurement.activity
    if activity is None or measurement.total_activity_bq is None:
        raise LowfieldError(f"The ROI {roi.name!r} has no activity: {' '.join(measurement.warnings)}")
    since = (time - injection).total_seconds()
    if since <= 0:
        raise LowfieldError(f"The scan {volume.origin.series_description!r} lies before the injection.")
    uncertainty = mean_uncertainty(measurement, options.between_scans)
    return TimePoint(
        time, since, activity.mean, uncertainty, measurement.total_activity_bq, measurement.volume_ml, measurement
    )


def scale_at(volume: Volume, time: datetime, options: DoseOptions) -> ActivityScale:
    """Return the factors to Bq/mL really present at ``time``."""
    assert volume.acquisition is not None
    told = options.acquired_as or options.nuclide
    return activity_scale(
        volume.acquisition,
        acquired_as=told,
        nuclide=options.nuclide,
        reference=time,
        calibration_uncertainty=options.calibration_uncertainty,
    )


def carried(roi: Roi, first: Volume, options: DoseOptions) -> Roi:
    """Return an ROI that means the same place on every scan; raise `LowfieldError` where it lies in another space.

    What was grown in the numbers of an image becomes the voxels that it takes on the first scan.
    """
    geometry = first.geometry
    check_frame(roi.frame_of_reference_uid, geometry.frame_of_reference_uid, roi.name)
    if not needs_values(roi.shape):
        return roi
    assert first.acquisition is not None
    told = options.acquired_as or options.nuclide
    scale = activity_scale(first.acquisition, acquired_as=told, nuclide=options.nuclide)
    values = ImageValues(first.magnitude(), first.unit, {BQ_ML: scale.per_slice})
    return replace(roi, shape=frozen(roi.shape, geometry, values, first.origin.series_uid))


def _slices(region: Region) -> NDArray[np.intp]:
    """Return the slice number of every voxel of the region."""
    counts = region.mask.sum(axis=(1, 2))
    return np.repeat(np.arange(len(counts)) + region.offset[0], counts)
