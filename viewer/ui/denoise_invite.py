"""What stands in the right pane before there is a denoised image: what would happen, and the button."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QVBoxLayout, QWidget

from viewer.jobs.runner import Runner
from viewer.session.session import Session
from viewer.ui.actions import Actions
from viewer.ui.job_line import JobLine
from viewer.ui.parts import button, label
from viewer.ui.theme import SPACE

DENOISING = "Denoising"
"""Title of the job (`viewer.session.workflow`)."""
EXPLANATION = (
    "The network estimates the noise of this series, removes it slice by slice and shows the result here, beside "
    "the original. Your files are not changed, and what was taken away can be inspected."
)


class DenoiseInvite(QFrame):
    """A card in the middle of ``view``, hidden as soon as there is a result."""

    def __init__(self, view: QWidget, session: Session, runner: Runner, actions: Actions) -> None:
        super().__init__(view)
        self.setProperty("card", True)
        self.setMaximumWidth(SPACE * 42)
        self._session, self._actions = session, actions
        self.heading = label("Not denoised yet", "heading")
        self.start = button("Denoise", actions["mri.denoise"].trigger, primary=True)
        self.job = JobLine(runner, DENOISING)
        self.words = label(EXPLANATION, "muted", wrap=True)
        column = QVBoxLayout(self)
        column.setContentsMargins(SPACE * 2, SPACE * 2, SPACE * 2, SPACE * 2)
        column.setSpacing(SPACE)
        for widget in (self.heading, self.words, self.start, self.job):
            column.addWidget(widget)
        around = QVBoxLayout(view)
        around.addWidget(self, 0, Qt.AlignmentFlag.AlignCenter)
        self.job.running_changed.connect(self._on_running)
        session.denoised_changed.connect(self.refresh)
        session.volume_loaded.connect(self._on_volume)
        self.refresh()

    def refresh(self) -> None:
        """Show the card while there is an original without a denoised image."""
        loaded = self._session.volume("mri") is not None
        self.setVisible(self._session.denoised is None)
        self.start.setEnabled(loaded)
        self.heading.setText("Not denoised yet" if loaded else "Loading the series…")

    def _on_running(self, running: bool) -> None:
        self.start.setVisible(not running)
        self.heading.setText("Denoising…" if running else "Not denoised yet")

    def _on_volume(self, key: str) -> None:
        self.refresh()
