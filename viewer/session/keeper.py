"""The one place where the state of the active study is replaced."""

from dataclasses import replace
from typing import Any

from psygnal import Signal

from viewer.session.autosave import Autosave
from viewer.session.state import StudyState


class StateKeeper:
    """Holds the frozen state of the active study; the groups of commands build on it."""

    message = Signal(str, str, str)
    """(severity ``info`` | ``warning`` | ``error``, text, detail)"""
    warned = Signal(str, str, str, str)
    """(key of a series, what was done with it, text, detail): holds while the series is on show, and until the
    same was done again; an empty text takes back what was said of that before."""
    touched = Signal()
    """Something worth saving changed: call `flush` in a moment."""

    def __init__(self, autosave: Autosave) -> None:
        self._state = StudyState()
        self._autosave = autosave
        autosave.problem.connect(lambda text, detail: self.message.emit("error", text, detail))
        autosave.recovered.connect(lambda text: self.message.emit("info", text, ""))

    @property
    def state(self) -> StudyState:
        """Everything chosen for the active study: ``fusion``, ``compare``, ``denoise``, ``measure``, ..."""
        return self._state

    @property
    def study_uid(self) -> str:
        """StudyInstanceUID of the active study; empty when none is."""
        return self._state.study_uid

    def flush(self) -> bool:
        """Write what has changed to the journal now; false if it could not be written (and is kept)."""
        return self._autosave.flush()

    @property
    def unsaved(self) -> bool:
        """Whether something waits to be written."""
        return self._autosave.pending

    def _keep(self, **changes: Any) -> None:
        self._state = replace(self._state, **changes)
        if self.study_uid:
            self._autosave.mark(self._state)
            self.touched.emit()
