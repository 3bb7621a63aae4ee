"""Calls the session's `flush` a moment after the last change, and again while the disk refuses."""

from PySide6.QtCore import QObject, QTimer
from PySide6.QtWidgets import QMessageBox, QWidget

from viewer.session.session import Session

AFTER_CHANGE_MS = 800
AFTER_FAILURE_MS = 5000


class Saver(QObject):
    """The timer of the autosave journal."""

    def __init__(self, session: Session, parent: QObject) -> None:
        super().__init__(parent)
        self._session = session
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self.save)
        session.touched.connect(self._on_touched)

    def save(self) -> None:
        """Save now; after a failure try again later."""
        if not self._session.flush():
            self._timer.start(AFTER_FAILURE_MS)

    def save_before_closing(self, window: QWidget) -> bool:
        """Save; if the disk refuses, ask. True: the window may close."""
        self._timer.stop()
        while not self._session.flush():
            answer = _ask(window)
            if answer == QMessageBox.StandardButton.Discard:
                return True
            if answer == QMessageBox.StandardButton.Cancel:
                self._timer.start(AFTER_FAILURE_MS)
                return False
        return True

    def _on_touched(self) -> None:
        if not (self._timer.isActive() and self._timer.interval() == AFTER_FAILURE_MS):
            self._timer.start(AFTER_CHANGE_MS)


def _ask(window: QWidget) -> QMessageBox.StandardButton:
    buttons = QMessageBox.StandardButton
    box = QMessageBox(window)
    box.setIcon(QMessageBox.Icon.Warning)
    box.setWindowTitle("Not saved")
    box.setText("Your last changes to ROIs and choices could not be saved.")
    box.setInformativeText("Closing now loses them. Free some space and try again, or go back to the window.")
    box.setStandardButtons(buttons.Retry | buttons.Discard | buttons.Cancel)
    box.setDefaultButton(buttons.Retry)
    return buttons(box.exec())
