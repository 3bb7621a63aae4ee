"""The way back from worker threads to the one thread that may touch widgets."""

from collections.abc import Callable

from PySide6.QtCore import QObject, Qt, Signal


class MainThread(QObject):
    """Callable from any thread; runs each thunk on the thread this object lives on, in order."""

    _posted = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._posted.connect(self._run, Qt.ConnectionType.QueuedConnection)

    def __call__(self, thunk: Callable[[], object]) -> None:
        """Run ``thunk`` soon on the main thread."""
        self._posted.emit(thunk)

    def _run(self, thunk: Callable[[], object]) -> None:
        thunk()
