"""An ROI of one series laid on another one, or on another time point, through the frame of reference."""

from dataclasses import replace
from uuid import uuid4

from viewer.core.errors import LowfieldError
from viewer.core.geometry import Geometry
from viewer.roi.frozen import frozen
from viewer.roi.rasterize import Values
from viewer.roi.shapes import Roi


def check_frame(ours: str, theirs: str, name: str) -> None:
    """Raise `LowfieldError` where two FrameOfReferenceUIDs are both known and differ."""
    if ours and theirs and ours != theirs:
        raise LowfieldError(
            f"{name!r} lies in another frame of reference (FrameOfReferenceUID) than this image, so its "
            "millimetres mean another place.",
            hint="Register the two images first, or draw the ROI anew.",
        )


def copied(
    roi: Roi,
    source: Geometry,
    target: Geometry,
    *,
    values: Values = None,
    name: str = "",
    target_series_uid: str = "",
    grow_anew: bool = False,
) -> Roi:
    """Return a copy of ``roi``, drawn on an image on ``source``, for an image on ``target``.

    It keeps its place in patient space; its voxels are the target's own. What was grown in the numbers of the
    source (``values``) becomes the voxels it takes there; with ``grow_anew`` it keeps its rule and follows the
    target's numbers. Raises `LowfieldError` when the frames of reference differ, or are not stated and the grids
    differ: then nobody knows whether the places are the same.
    """
    for one in (roi.frame_of_reference_uid or source.frame_of_reference_uid, source.frame_of_reference_uid):
        check_frame(one, target.frame_of_reference_uid, roi.name)
    frame = target.frame_of_reference_uid
    if not (frame and source.frame_of_reference_uid) and not source.same_grid(target):
        raise LowfieldError(
            f"{roi.name!r} cannot be copied: one of the series does not state its frame of reference.",
            hint="Draw the ROI anew.",
        )
    shape = roi.shape if grow_anew else frozen(roi.shape, source, values, roi.series_uid)
    return replace(
        roi, name=name or roi.name, shape=shape, id=uuid4().hex, series_uid=target_series_uid,
        frame_of_reference_uid=frame,
    )  # fmt: skip
