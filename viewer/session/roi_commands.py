"""What can be done to ROIs, each undoable. No Qt, no pixels: a `Session` is one of these."""

from collections.abc import Iterable
from dataclasses import replace

from psygnal import Signal

from viewer.roi.shapes import Roi
from viewer.session.history import History
from viewer.session.keeper import StateKeeper

Snapshot = tuple[tuple[Roi, ...], str]
"""(ROIs, id of the selected one): what one step of the history returns to."""

ROI_COLORS = ("#56b4e9", "#e69f00", "#41c997", "#f0e442", "#ff8a5c", "#e08ac0", "#9aa7ff", "#ffffff")
"""Distinguishable with colour-deficient vision on grey and on hot metal (after Okabe and Ito 2008)."""


class RoiCommands(StateKeeper):
    """The ROIs of the active study: add, replace, rename, delete, select, undo, redo."""

    rois_changed = Signal()
    """The tuple ``rois`` is another one."""
    selection_changed = Signal()
    history_changed = Signal()
    """What undo and redo would do has changed."""

    _history: History[Snapshot]

    @property
    def rois(self) -> tuple[Roi, ...]:
        """All ROIs of the active study, in the order of the table."""
        return self._state.rois

    @property
    def selected_roi(self) -> Roi | None:
        """The selected ROI, or None."""
        return self.roi(self._state.selected_roi)

    def roi(self, roi_id: str) -> Roi | None:
        """Return the ROI with this id, or None."""
        return next((roi for roi in self.rois if roi.id == roi_id), None)

    def fresh_name(self, stem: str) -> str:
        """Return ``stem`` with the first number that no ROI carries yet: ``Sphere 1``."""
        taken = {roi.name for roi in self.rois}
        return next(name for n in range(1, len(taken) + 2) if (name := f"{stem} {n}") not in taken)

    def add_roi(self, roi: Roi, text: str = "") -> None:
        """Add and select an ROI; one without a colour gets the least used one. ``text`` names the step."""
        if not roi.color:
            used = [other.color for other in self.rois]
            roi = replace(roi, color=min(ROI_COLORS, key=used.count))
        self.edit(text or f"Add {roi.name}", (*self.rois, roi), select=roi.id)

    def replace_roi(self, roi: Roi, text: str = "") -> None:
        """Put ``roi`` in the place of the one with its id; inside a gesture every call is part of one step."""
        self.edit(text or f"Change {roi.name}", (roi if old.id == roi.id else old for old in self.rois))

    def rename_roi(self, roi_id: str, name: str) -> None:
        """Give an ROI another name; names stay unique, since reports and scripts go by them."""
        name = " ".join(name.split())
        roi = self.roi(roi_id)
        if roi is None or roi.name == name:
            return
        if not name or name in {other.name for other in self.rois}:
            reason = "is taken by another ROI" if name else "is empty"
            self.message.emit("warning", f"{roi.name!r} keeps its name: the new one {reason}.", "")
            self.rois_changed.emit()  # the table shows the rejected text until it reads again
            return
        self.replace_roi(replace(roi, name=name), f"Rename {roi.name}")

    def delete_roi(self, roi_id: str) -> None:
        """Delete an ROI (undo brings it back)."""
        roi = self.roi(roi_id)
        if roi is not None:
            self.edit(f"Delete {roi.name}", (other for other in self.rois if other.id != roi_id))

    def select_roi(self, roi_id: str) -> None:
        """Select an ROI by id, or none with an empty one. Selecting is not a step of the history."""
        if roi_id != self._state.selected_roi:
            self._keep(selected_roi=roi_id)
            self.selection_changed.emit()

    def edit(self, text: str, rois: Iterable[Roi], *, select: str | None = None) -> None:
        """Replace all ROIs as one step called ``text``, or as part of the open gesture."""
        rois, before = tuple(rois), self._snapshot()
        selected = self._state.selected_roi if select is None else select
        after = (rois, selected if selected in {roi.id for roi in rois} else "")
        if _differ(before, after):
            self._history.push(text, before)
            self._apply(after)

    @property
    def in_gesture(self) -> bool:
        """Whether a drag is under way, so that numbers have to be quick."""
        return self._history.in_gesture

    def begin_gesture(self, text: str) -> None:
        """A drag starts: all edits until `end_gesture` are one step."""
        self._history.begin(text, self._snapshot())

    def end_gesture(self) -> None:
        """The drag ends; it is a step if anything moved."""
        start = self._history.gesture_start
        self._history.end(start is not None and _differ(start, self._snapshot()))
        self.history_changed.emit()

    def cancel_gesture(self) -> None:
        """Take the running drag back (Escape)."""
        self._restore(self._history.abandon())

    def undo(self) -> None:
        """Take the last step back; during a drag, the drag."""
        if self._history.in_gesture:
            self.cancel_gesture()
        else:
            self._restore(self._history.undo(self._snapshot()))

    def redo(self) -> None:
        """Bring back what was undone."""
        if not self._history.in_gesture:
            self._restore(self._history.redo(self._snapshot()))

    @property
    def undo_text(self) -> str:
        """What undo would take back, empty when nothing."""
        return self._history.undo_text

    @property
    def redo_text(self) -> str:
        """What redo would bring back, empty when nothing."""
        return self._history.redo_text

    def _snapshot(self) -> Snapshot:
        return self._state.rois, self._state.selected_roi

    def _restore(self, snapshot: Snapshot | None) -> None:
        if snapshot is not None:
            self._apply(snapshot)

    def _apply(self, snapshot: Snapshot) -> None:
        reselected = snapshot[1] != self._state.selected_roi
        self._keep(rois=snapshot[0], selected_roi=snapshot[1])
        self.rois_changed.emit()
        if reselected:
            self.selection_changed.emit()
        if not self._history.in_gesture:
            self.history_changed.emit()


def _differ(before: Snapshot, after: Snapshot) -> bool:
    # By identity: shapes are frozen, and comparing the arrays of a mask would be slow and ambiguous.
    return len(before[0]) != len(after[0]) or any(old is not new for old, new in zip(before[0], after[0]))
