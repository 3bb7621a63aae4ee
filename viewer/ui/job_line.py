"""Progress and cancel of one kind of job, wherever it was started from."""

from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QProgressBar, QVBoxLayout, QWidget

from viewer.jobs.runner import Job, Runner
from viewer.ui.parts import ElidedLabel, button
from viewer.ui.theme import SPACE


class JobLine(QWidget):
    """Visible while a job called ``title`` runs."""

    running_changed = Signal(bool)

    def __init__(self, runner: Runner, title: str) -> None:
        super().__init__()
        self._runner, self._title = runner, title
        self._was_running = False
        self.text = ElidedLabel("muted")
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setRange(0, 1000)
        self.bar.setAccessibleName(title)
        self.cancel = button("Cancel", self._cancel, flat=True)
        self.cancel.setAccessibleName(f"Cancel {title}")
        row = QHBoxLayout()
        row.setSpacing(SPACE)
        row.addWidget(self.bar, 1)
        row.addWidget(self.cancel)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addLayout(row)
        column.addWidget(self.text)
        for signal in (runner.started, runner.progressed, runner.finished):
            signal.connect(self._on_job)
        self._refresh()

    @property
    def job(self) -> Job[Any] | None:
        """The job under way, or None."""
        found = [job for job in self._runner.jobs if job.title == self._title and not job.cancelled]
        return found[-1] if found else None

    def _on_job(self, job: Job[Any]) -> None:
        if job.title == self._title:
            self._refresh()

    def _cancel(self) -> None:
        if self.job is not None:
            self.job.cancel()
            self._refresh()

    def _refresh(self) -> None:
        job = self.job
        self.setVisible(job is not None)
        if job is not None:
            self.bar.setRange(0, 1000 if job.fraction > 0 else 0)  # without a fraction it only says "busy"
            self.bar.setValue(round(1000 * job.fraction))
            self.text.set_full_text(job.text or self._title)
        if (job is not None) != self._was_running:
            self._was_running = job is not None
            self.running_changed.emit(self._was_running)
