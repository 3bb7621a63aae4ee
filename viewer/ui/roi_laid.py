"""ROIs as they lie on an image: what grows in its numbers, or is combined, becomes the voxels measured."""

from collections.abc import Callable, Sequence

from viewer.core.errors import LowfieldError
from viewer.measuring import Reading
from viewer.roi.masks import region_mask
from viewer.roi.rasterize import rasterize
from viewer.roi.shapes import Combined, Grown, Isocontour, Roi, Shape
from viewer.session.measuring import grown_elsewhere
from viewer.session.session import Session

Readings = Callable[[], Sequence[Reading]]
"""The images that are measured, the one whose voxels decide first."""


def fresh_roi(session: Session, readings: Sequence[Reading], stem: str, shape: Shape) -> Roi:
    """Return a new ROI that says on which series, and in which space, it was drawn."""
    name, first = session.fresh_name(stem), _first(readings)
    if first is None:
        return Roi(name, shape)
    frame = first.volume.geometry.frame_of_reference_uid
    return Roi(name, shape, series_uid=first.volume.origin.series_uid, frame_of_reference_uid=frame)


def needs_image(shape: Shape) -> bool:
    """Whether a shape can only be drawn as voxels of an image."""
    return isinstance(shape, Grown | Isocontour | Combined)


def reading_for(roi: Roi, readings: Sequence[Reading]) -> Reading | None:
    """Return the image whose voxels an ROI takes: the one it was grown in where that is open, else the first."""
    owner = (roi.shape.series_uid if isinstance(roi.shape, Grown) else "") or roi.series_uid
    return next((one for one in readings if owner and one.volume.origin.series_uid == owner), _first(readings))


def laid(shape: Shape, reading: Reading | None) -> Shape | None:
    """Return what is drawn of a shape: itself, or its voxels; None where it takes none.

    What keeps it from having voxels is told beside its numbers, which cannot be had then either.
    """
    if not needs_image(shape):
        return shape
    if reading is None:
        return None
    geometry = reading.volume.geometry
    try:
        region = rasterize(shape, geometry, reading.values)
    except LowfieldError:
        return None
    return region_mask(region, geometry, reading.volume.origin.series_uid) if region.voxels else None


class Laid:
    """Remembers the voxels of every ROI, so that three views and every slice share one look at the image."""

    def __init__(self, readings: Readings) -> None:
        self._readings = readings
        self._known: dict[str, tuple[Shape, Reading | None, Shape | None]] = {}

    def __call__(self, roi: Roi) -> Shape | None:
        """Return `laid` of an ROI."""
        if not needs_image(roi.shape):
            return roi.shape
        readings = self._readings()
        reading = (
            None if grown_elsewhere(roi.shape, [one.volume for one in readings]) else reading_for(roi, readings)
        )
        known = self._known.get(roi.id)
        if known is None or known[0] is not roi.shape or not _same(known[1], reading):
            known = self._known[roi.id] = (roi.shape, reading, laid(roi.shape, reading))
        return known[2]


def _same(one: Reading | None, other: Reading | None) -> bool:
    if one is None or other is None:
        return one is other
    return one.volume is other.volume and one.activity is other.activity and one.suv is other.suv


def _first(readings: Sequence[Reading]) -> Reading | None:
    return readings[0] if readings else None
