"""Keeps the journal up to date: remembers what is unsaved until it is really on disk."""

import errno

from psygnal import Signal

from viewer.core.errors import LowfieldError
from viewer.session.document import from_document, to_document
from viewer.session.journal import Journal
from viewer.session.state import StudyState

REASONS = {
    errno.ENOSPC: "the disk is full",
    errno.EDQUOT: "your disk quota is used up",
    errno.EACCES: "there is no permission to write there",
    errno.EROFS: "that disk is read-only",
}


class Autosave:
    """Collects changed states; `flush` writes them. Without a journal nothing is kept. Timers are the caller's."""

    problem = Signal(str, str)
    """(text, detail): something was not saved, or saved work could not be read."""
    recovered = Signal(str)
    """(text): after a problem, everything is saved again."""

    def __init__(self, journal: Journal | None) -> None:
        self._journal = journal
        self._waiting: dict[str, StudyState] = {}
        self._failing = False

    @property
    def pending(self) -> bool:
        """Whether something waits to be written."""
        return bool(self._waiting)

    def mark(self, state: StudyState) -> None:
        """Remember that this is the newest state of its study."""
        if self._journal is not None:
            self._waiting[state.study_uid] = state

    def flush(self) -> bool:
        """Write what waits. On failure say so once, keep everything, and return false: call again later."""
        for study_uid, state in list(self._waiting.items()):
            try:
                self._write(study_uid, state)
            except OSError as error:
                self._report(error)
                return False
            del self._waiting[study_uid]
        if self._failing:
            self._failing = False
            self.recovered.emit("Saving works again; your ROIs and choices are saved.")
        return True

    def load(self, study_uid: str) -> StudyState | None:
        """Return what is known about a study: unsaved work first, then the journal; None if nothing."""
        if self._journal is None or study_uid in self._waiting:
            return self._waiting.get(study_uid)
        try:
            document, complaints = self._journal.read(study_uid)
        except (OSError, LowfieldError) as error:
            self.problem.emit("The saved ROIs of this study cannot be read.", str(error))
            return None
        state, more = from_document(study_uid, document) if document is not None else (None, ())
        if more:
            complaints += (f"The file as it was is kept as {self._journal.keep_copy(study_uid).name}.",)
        if complaints or more:
            self.problem.emit("Some of the saved work of this study was damaged.", "\n".join(complaints + more))
        return state

    def _write(self, study_uid: str, state: StudyState) -> None:
        if self._journal is not None:
            self._journal.write(study_uid, to_document(state))

    def _report(self, error: OSError) -> None:
        if not self._failing and self._journal is not None:
            self._failing = True
            reason = REASONS.get(error.errno or 0, error.strerror or "the disk refused")
            detail = f"{self._journal.folder}\nLowfield keeps your work in memory and tries again."
            self.problem.emit(f"Not saved: {reason}.", detail)
