"""One ROI at one time: measured on native voxels, as really present, by the functions that everything uses."""

from dataclasses import replace
from datetime import datetime

import numpy as np

from viewer.core.dose import TimePoint
from viewer.core.errors import LowfieldError
from viewer.core.geometry import Geometry
from viewer.core.volume import Volume
from viewer.pipeline import Scales, measure_roi
from viewer.quantify.activity import ActivityScale, activity_scale
from viewer.quantify.declare import Declaration
from viewer.quantify.timeactivity import mean_time, mean_uncertainty
from viewer.roi.rasterize import Region, rasterize
from viewer.roi.shapes import Isocontour, MaskShape, Roi
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


def carried(roi: Roi, first: Volume) -> Roi:
    """Return an ROI that means the same voxels of patient space on every scan.

    An isocontour follows the values of the image it is drawn on, so it becomes the mask it makes on the first.
    """
    if not isinstance(roi.shape, Isocontour):
        return roi
    region = rasterize(roi.shape, first.geometry, first.magnitude())
    if not region.voxels:
        raise LowfieldError(f"The ROI {roi.name!r} is empty on the first scan.")
    affine = first.geometry.affine.copy()
    affine[:3, 3] = first.geometry.to_lps(region.offset)
    slices, rows, columns = region.mask.shape
    grid = Geometry((slices, rows, columns), affine, first.geometry.frame_of_reference_uid)
    return replace(roi, shape=MaskShape(region.mask, grid))


def _slices(region: Region) -> np.ndarray:
    """Return the slice number of every voxel of the region."""
    counts = region.mask.sum(axis=(1, 2))
    return np.repeat(np.arange(len(counts)) + region.offset[0], counts)
