"""The bar at the bottom: what lies under the mouse, what is being done, and what this program is not for."""

from typing import Any

from PySide6.QtWidgets import QFrame, QHBoxLayout, QProgressBar, QSizePolicy, QVBoxLayout, QWidget

from viewer.jobs.runner import Job, Runner
from viewer.session.session import Session
from viewer.ui.parts import ElidedLabel, button, label, separator
from viewer.ui.theme import SPACE

INTENDED_USE = "Research use; not for primary diagnosis"


class StatusBar(QFrame):
    """Readout, job, intended use."""

    def __init__(self, session: Session, runner: Runner) -> None:
        super().__init__()
        self.setProperty("panel", True)
        self.readout = ElidedLabel()
        self.job = JobView(runner)
        row = QHBoxLayout()
        row.setContentsMargins(SPACE * 2, 0, SPACE * 2, 0)
        row.setSpacing(SPACE * 2)
        row.addWidget(self.readout, 1)
        row.addWidget(self.job)
        row.addWidget(label(INTENDED_USE, "small"))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(separator())
        column.addLayout(row)
        self.setFixedHeight(SPACE * 4)
        session.readout_changed.connect(self.readout.set_full_text)


class JobView(QWidget):
    """The newest job with a name: its progress, and a button that stops it."""

    def __init__(self, runner: Runner) -> None:
        super().__init__()
        self._runner = runner
        self.text = ElidedLabel("muted")
        self.text.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.text.setFixedWidth(SPACE * 30)
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setFixedWidth(SPACE * 16)
        self.bar.setRange(0, 1000)
        self.cancel = button("Cancel", self._cancel, flat=True)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(SPACE)
        for widget in (self.text, self.bar, self.cancel):
            row.addWidget(widget)
        for signal in (runner.started, runner.progressed, runner.finished):
            signal.connect(self._on_job)
        self._refresh()

    @property
    def job(self) -> Job[Any] | None:
        """The job shown."""
        named = [job for job in self._runner.jobs if job.title and not job.cancelled]
        return named[-1] if named else None

    def _on_job(self, job: Job[Any]) -> None:
        if job.title:
            self._refresh()

    def _cancel(self) -> None:
        if self.job is not None:
            self.job.cancel()
            self._refresh()

    def _refresh(self) -> None:
        job = self.job
        self.setVisible(job is not None)
        if job is not None:
            parts = dict.fromkeys(part for part in (job.title, job.text) if part)  # one that says the same once
            self.text.set_full_text(": ".join(parts))
            self.bar.setValue(round(1000 * job.fraction))
            self.bar.setAccessibleName(job.title)
            self.cancel.setAccessibleName(f"Cancel {job.title}")
