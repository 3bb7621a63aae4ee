"""Commands that ask for a place: open, recent, export."""

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QSettings
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QFileDialog, QMenu, QWidget

from viewer.core.errors import LowfieldError
from viewer.session.recent import Recent
from viewer.session.workflow import Workflow
from viewer.ui.actions import Actions
from viewer.ui.messages import Messages


class FileCommands:
    """The file menu. The folder used last is where the next dialog starts."""

    def __init__(
        self, window: QWidget, workflow: Workflow, messages: Messages, recent: Recent, settings: QSettings
    ) -> None:
        self._window, self._workflow, self._messages = window, workflow, messages
        self._recent, self._settings = recent, settings
        workflow.opened.connect(self._remember)
        workflow.exported.connect(self._tell_written)

    def connect(self, actions: Actions, menu: QMenu) -> None:
        """Answer the file actions and fill the menu of recent studies when it opens."""
        actions.on("file.open_folder", self.open_folder)
        actions.on("file.open_files", self.open_files)
        actions.on("file.demo", self._workflow.open_demo)
        actions.on("file.close", self._workflow.close_all)
        actions.on("file.report", self.export_report)
        actions.on("file.export_denoised", self.export_denoised)
        actions.on("file.quit", self._window.close)
        menu.aboutToShow.connect(lambda: self._fill_recent(menu))

    def open_folder(self) -> None:
        """Ask for a folder and open it."""
        chosen = QFileDialog.getExistingDirectory(self._window, "Open folder", self._place())
        if chosen:
            self._open([Path(chosen)])

    def open_files(self) -> None:
        """Ask for files or ZIPs and open them."""
        chosen, _ = QFileDialog.getOpenFileNames(self._window, "Open files or ZIP", self._place(), "All files (*)")
        if chosen:
            self._open([Path(name) for name in chosen])

    def export_report(self) -> None:
        """Ask for a name and write the report."""
        proposed = str(Path(self._place()) / "report.pdf")
        chosen, _ = QFileDialog.getSaveFileName(self._window, "Export report", proposed, "PDF (*.pdf)")
        if chosen:
            path = Path(chosen)
            self._workflow.export_report(path if path.suffix else path.with_suffix(".pdf"))

    def export_denoised(self) -> None:
        """Ask for an empty folder and write the denoised series into it."""
        chosen = QFileDialog.getExistingDirectory(self._window, "Export into an empty folder", self._place())
        if not chosen:
            return
        folder = Path(chosen)
        if any(folder.iterdir()):
            hint = "Choose or make an empty folder, so that no file is mixed up or replaced."
            self._messages.show_error(LowfieldError("The folder is not empty.", where=folder, hint=hint))
        else:
            self._workflow.export_denoised(folder)

    def _open(self, paths: Sequence[Path]) -> None:
        self._settings.setValue("folder", str(paths[0].parent))
        self._workflow.open_paths(paths)

    def _place(self) -> str:
        stored = Path(str(self._settings.value("folder", Path.home())))
        return str(stored if stored.is_dir() else Path.home())

    def _remember(self, paths: Sequence[Path]) -> None:
        try:
            self._recent.add(paths)
        except OSError as error:
            self._messages.say("info", "The list of recent studies could not be saved.", error.strerror or "")

    def _fill_recent(self, menu: QMenu) -> None:
        menu.clear()
        for path in self._recent.paths():
            action = QAction(str(path), menu)
            action.triggered.connect(lambda _=False, path=path: self._workflow.open_paths([path]))
            menu.addAction(action)
        menu.addSeparator()
        menu.addAction("Clear this list", self._recent.clear)

    def _tell_written(self, paths: Sequence[Path]) -> None:
        folder = paths[0].parent if paths else Path()
        names = ", ".join(path.name for path in paths[:3]) + (" …" if len(paths) > 3 else "")
        self._messages.say("info", f"Written: {names}", str(folder))
