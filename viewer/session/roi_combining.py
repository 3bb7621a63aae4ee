"""Several ROIs at once: picked in the table, joined, taken from each other, duplicated; each one undoable step."""

from collections.abc import Iterable
from dataclasses import replace
from uuid import uuid4

from viewer.core.measurement import CENTRES, EXACT
from viewer.roi.compound import INTERSECT, SUBTRACT, UNION
from viewer.roi.edit import moved
from viewer.roi.shapes import Combined, MaskShape, Painting, Roi
from viewer.session.roi_commands import RoiCommands

SIGNS = {UNION: "∪", SUBTRACT: "−", INTERSECT: "∩"}
"""How the name of a combined ROI tells what it is made of."""
VERBS = {UNION: "Join", SUBTRACT: "Subtract", INTERSECT: "Intersect"}
LONGEST_NAME = 40
BESIDE_LPS_MM = (10.0, 0.0, 0.0)
"""How far a copy lies from its original: on top of it nobody would see that there are two."""


class RoiCombining(RoiCommands):
    """The selected ROI is the first of those picked: it is what others are subtracted from."""

    _picked: tuple[str, ...] = ()

    @property
    def picked(self) -> tuple[Roi, ...]:
        """The ROIs picked: the selected one first, the others in the order of the table."""
        first = self.selected_roi
        if first is None or first.id not in self._picked:
            return () if first is None else (first,)
        return (first, *(roi for roi in self.rois if roi.id in self._picked and roi is not first))

    def pick(self, roi_ids: Iterable[str]) -> None:
        """Pick ROIs beside the selected one. What is picked is neither saved nor a step of the history."""
        picked = tuple(roi_ids)
        if picked != self._picked:
            self._picked = picked
            self.selection_changed.emit()

    def combine_rois(self, kind: str) -> None:
        """Add an ROI made of those picked: `UNION`, `SUBTRACT` (all others from the first) or `INTERSECT`.

        The parts stay as they are: nobody loses a drawing. Refused, with a message, for fewer than two ROIs and
        for ROIs of different frames of reference.
        """
        parts = self.picked
        if len(parts) < 2:
            text = f"{VERBS[kind]} takes two ROIs: pick them in the table with Ctrl or Shift."
            self.message.emit("warning", text, "")
        elif len({part.frame_of_reference_uid for part in parts if part.frame_of_reference_uid}) > 1:
            self.message.emit("warning", "These ROIs lie in different frames of reference.", "")
        else:
            first = parts[0]
            shape = Combined(kind, tuple(part.shape for part in parts))
            made = replace(first, id=uuid4().hex, name=self._combined_name(kind, parts), shape=shape, color="")
            self.add_roi(made)

    def duplicate_roi(self, roi_id: str) -> None:
        """Add and select a copy of an ROI, beside it where it can be moved without touching its voxels."""
        roi = self.roi(roi_id)
        if roi is not None:
            voxels = isinstance(roi.shape, MaskShape | Painting | Combined)
            shape = roi.shape if voxels else moved(roi.shape, BESIDE_LPS_MM)
            name = self._free_name(f"{roi.name} copy")
            self.add_roi(replace(roi, id=uuid4().hex, name=name, shape=shape, color=""), f"Duplicate {roi.name}")

    def toggle_weighting(self, roi_id: str) -> None:
        """Count the voxels of an ROI by their exact partial volumes instead of their centres, or back."""
        roi = self.roi(roi_id)
        if roi is not None:
            other = EXACT if roi.weighting == CENTRES else CENTRES
            self.replace_roi(replace(roi, weighting=other), f"Count {roi.name} by {other}")

    def _combined_name(self, kind: str, parts: tuple[Roi, ...]) -> str:
        name = f" {SIGNS[kind]} ".join(part.name for part in parts)
        return self._free_name(name if len(name) <= LONGEST_NAME else f"{VERBS[kind]} of {len(parts)}")

    def _free_name(self, name: str) -> str:
        return name if name not in {roi.name for roi in self.rois} else self.fresh_name(name)
