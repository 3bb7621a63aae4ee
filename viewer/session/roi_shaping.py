"""New gestures on ROIs: paint, erase, take apart, copy. Each is one step of the history; no Qt, no pixels."""

from collections.abc import Sequence
from dataclasses import replace

from viewer.core.errors import LowfieldError
from viewer.core.geometry import Geometry
from viewer.roi.checks import Vector
from viewer.roi.compound import Combined
from viewer.roi.copy import check_frame, copied
from viewer.roi.paint import Brush, as_painting, stroke
from viewer.roi.rasterize import Values
from viewer.roi.shapes import Roi
from viewer.session.roi_commands import RoiCommands


class RoiShaping(RoiCommands):
    """What `RoiCommands` can, and the tools that make one ROI of another."""

    def paint_roi(
        self,
        roi_id: str,
        path_lps_mm: Sequence[Vector],
        brush: Brush,
        geometry: Geometry,
        *,
        series_uid: str = "",
        values: Values = None,
        erase: bool = False,
    ) -> None:
        """Brush over an ROI on the grid ``geometry`` of a series; any other shape becomes painted voxels first.

        Between `begin_gesture` and `end_gesture` all pieces of a stroke are one step; they share what they do not
        touch, so each step of the history is small. Raises `LowfieldError` for another frame of reference.
        """
        roi = self._known(roi_id)
        check_frame(roi.frame_of_reference_uid, geometry.frame_of_reference_uid, roi.name)
        before = as_painting(roi.shape, geometry, series_uid, values)
        after = stroke(before, path_lps_mm, brush, erase=erase)
        if after is not roi.shape:
            frame = geometry.frame_of_reference_uid
            painted = replace(roi, shape=after, series_uid=series_uid, frame_of_reference_uid=frame)
            self.replace_roi(painted, f"{'Erase' if erase else 'Paint'} {roi.name}")

    def take_apart(self, roi_id: str) -> None:
        """Put the parts of a combined ROI in its place, each as an ROI of its own; others stay as they are."""
        roi = self._known(roi_id)
        if not isinstance(roi.shape, Combined):
            return
        parts = [
            replace(Roi(f"{roi.name}, part {n}", shape), color=roi.color, series_uid=roi.series_uid,
                    frame_of_reference_uid=roi.frame_of_reference_uid, weighting=roi.weighting)
            for n, shape in enumerate(roi.shape.parts, start=1)
        ]  # fmt: skip
        rest = [part for old in self.rois for part in (parts if old.id == roi.id else [old])]
        self.edit(f"Take {roi.name} apart", rest, select=parts[0].id)

    def copy_roi(
        self,
        roi_id: str,
        source: Geometry,
        target: Geometry,
        *,
        values: Values = None,
        target_series_uid: str = "",
        grow_anew: bool = False,
    ) -> str:
        """Add a copy of an ROI for another series or time point; return its id. See `viewer.roi.copy.copied`."""
        roi = self._known(roi_id)
        name = self.fresh_name(f"{roi.name} copy")
        copy = copied(
            roi, source, target, values=values, name=name, target_series_uid=target_series_uid, grow_anew=grow_anew
        )
        self.edit(f"Copy {roi.name}", (*self.rois, copy), select=copy.id)
        return copy.id

    def _known(self, roi_id: str) -> Roi:
        roi = self.roi(roi_id)
        if roi is None:
            raise LowfieldError("This ROI is no longer there.")
        return roi
