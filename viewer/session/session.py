"""What is open: the index, the images in memory, and the state of the study on the screen.

One study is active at a time, so that the window never shows two patients; each keeps its own state and
history while the program runs, and its state in the journal afterwards. Everything here runs on one thread.
"""

from collections.abc import Sequence
from dataclasses import replace

from psygnal import Signal

from viewer.core.measurement import Measurement
from viewer.core.study import PatientInfo, SeriesInfo, StudyIndex, StudyInfo
from viewer.session.autosave import Autosave
from viewer.session.history import History
from viewer.session.image_commands import ImageCommands
from viewer.session.lookup import merge, study_by_uid, study_of
from viewer.session.roi_combining import RoiCombining
from viewer.session.roi_commands import Snapshot
from viewer.session.roi_shaping import RoiShaping
from viewer.session.state import ROLES, StudyState, with_entry
from viewer.session.view_commands import ViewCommands

CHOICES = ("windows", "fusion", "compare", "denoise", "measure")


class Session(RoiCombining, RoiShaping, ViewCommands, ImageCommands):
    """The state behind the window. Read its properties, call its commands, listen to its signals."""

    index_changed = Signal()
    study_changed = Signal(str)
    """(study_uid): another study is active; all other signals follow."""
    measurements_changed = Signal()

    def __init__(self, autosave: Autosave | None = None) -> None:
        super().__init__(autosave or Autosave(None))
        self.index: StudyIndex | None = None
        self._history: History[Snapshot] = History()
        self._parked: dict[str, tuple[StudyState, History[Snapshot]]] = {}
        self._measured: dict[str, tuple[object, Sequence[Measurement]]] = {}
        self._make_room()

    def add_index(self, found: StudyIndex) -> None:
        """Add what was opened to what is open already; a series found again replaces its older entry."""
        for info in found.series():
            if self.info(info.key) not in (None, info):
                self._forget(info.key)
        self.index = found if self.index is None else merge(self.index, found)
        self.index_changed.emit()

    def close_all(self) -> None:
        """Close everything; what could not be saved stays queued for the journal."""
        self.flush()
        self.activate("")
        self._make_room()
        self._parked.clear()
        self.index = None
        self.index_changed.emit()

    @property
    def patient(self) -> PatientInfo | None:
        """The patient of the active study."""
        return study_by_uid(self.index, self.study_uid)[0]

    @property
    def study(self) -> StudyInfo | None:
        """The active study."""
        return study_by_uid(self.index, self.study_uid)[1]

    def info(self, key: str) -> SeriesInfo | None:
        """Index entry of a series, or None."""
        return self.index.find(key) if self.index and key else None

    def activate(self, study_uid: str) -> None:
        """Make a study the active one: its series, ROIs, history and windows come back as they were left."""
        if study_uid == self.study_uid:
            return
        self.cancel_gesture()
        if self.study_uid:
            self._parked[self.study_uid] = (self._state, self._history)
        parked = self._parked.get(study_uid)
        self._state, self._history = parked or (self._reopened(study_uid), History())
        self._announce()

    def assign(self, role: str, key: str) -> None:
        """Open a series as ``mri``, ``ct`` or ``pet`` (an empty key closes it) and activate its study."""
        owner = study_of(self.index, key)[1]
        if owner is not None:
            self.activate(owner.study_uid)
        if key != self.key(role):
            self._keep(assigned=with_entry(self._state.assigned, role, key or None))
            if role == "mri" and self._state.denoise.sigma is not None:
                self.choose("denoise", sigma=None)  # given for the scan before, in its unit and at its scale
            self._measured.clear()
            self.series_assigned.emit(role)
            self.denoised_changed.emit()
            self.measurements_changed.emit()

    def choose(self, what: str, **changes: object) -> None:
        """As `ViewCommands.choose`; another way to read activity makes the old numbers stale."""
        if what == "measure":
            self._measured.clear()
        super().choose(what, **changes)

    @property
    def measurements(self) -> tuple[Measurement, ...]:
        """Measurements of the ROIs as they are now, in their order; those under way are missing."""
        found = (self.measurement(roi.id) for roi in self.rois)
        return tuple(one for one in found if one is not None)

    def measurement(self, roi_id: str) -> Measurement | None:
        """The numbers of an ROI, or None while its present shape has not been measured."""
        return next(iter(self.measured(roi_id)), None)

    def measured(self, roi_id: str) -> tuple[Measurement, ...]:
        """The numbers of an ROI on every image measured, the one it was drawn on first; empty as `measurement`."""
        roi, row = self._measured.get(roi_id, (None, ()))
        return tuple(row) if roi is not None and roi is self.roi(roi_id) else ()

    def set_measurements(self, measured: "dict[str, tuple[object, Sequence[Measurement]]]") -> None:
        """Keep numbers as id → (the very ROI that was measured, its measurement on each image)."""
        self._measured |= measured
        self.measurements_changed.emit()

    def _reopened(self, study_uid: str) -> StudyState:
        state = self._autosave.load(study_uid) if study_uid else None
        if state is None:
            return StudyState(study_uid)
        present = {role: key for role, key in state.assigned.items() if self.info(key)}
        return replace(state, assigned=present)

    def _announce(self) -> None:
        self._measured.clear()
        self.study_changed.emit(self.study_uid)
        for role in ROLES:
            self.series_assigned.emit(role)
        for what in CHOICES:
            self.view_changed.emit(what)
        for signal in (self.rois_changed, self.selection_changed, self.history_changed, self.cursor_changed):
            signal.emit()
        self.denoised_changed.emit()
        self.measurements_changed.emit()
