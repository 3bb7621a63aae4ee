"""The window: menus, header, browser, pages, status; it connects them and does no work itself."""

from dataclasses import dataclass
from functools import partial
from pathlib import Path

from PySide6.QtCore import QByteArray, QSettings, Qt
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDragLeaveEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QMainWindow, QMessageBox, QVBoxLayout, QWidget

from viewer import __version__
from viewer.session.recent import Recent
from viewer.session.state import ROLES
from viewer.session.workflow import NOTHING_FOUND, Workflow
from viewer.ui.actions import Actions
from viewer.ui.body import Body
from viewer.ui.crash import for_user
from viewer.ui.file_commands import FileCommands
from viewer.ui.header import Header
from viewer.ui.keys_sheet import KeysSheet, restore_keys
from viewer.ui.menus import fill_menus
from viewer.ui.messages import Messages
from viewer.ui.problems import ProblemsDialog, problems_of
from viewer.ui.saver import Saver
from viewer.ui.start_page import StartPage
from viewer.ui.status import INTENDED_USE, StatusBar
from viewer.ui.study_browser import StudyBrowser
from viewer.ui.study_model import SERIES_MIME
from viewer.ui.style import dress
from viewer.ui.theme import MODES, Theme
from viewer.ui.workspace_page import WorkspacePage

OPENING = "opening"
WHILE_OPENING = ("Reading ", "Making the demo", "Loading a series", "Opening a series")
PAGE_OF = {"mri": "mri", "ct": "petct", "pet": "petct"}


@dataclass(frozen=True)
class Workspaces:
    """The two workspaces; each may have a ``side_panel`` widget and an ``image_area`` that takes image keys."""

    mri: QWidget
    petct: QWidget


class MainWindow(QMainWindow):
    """Everything the user sees. ``workflow`` does what is asked for, ``workflow.session`` says what is there."""

    def __init__(
        self, workflow: Workflow, actions: Actions, theme: Theme, workspaces: Workspaces, recent: Recent,
        settings: QSettings,
    ) -> None:  # fmt: skip
        super().__init__()
        self.setWindowTitle("Lowfield")
        self.setAcceptDrops(True)
        self.workflow, self.session, self.actions_ = workflow, workflow.session, actions
        self._theme, self._settings = theme, settings
        self.messages = Messages(theme)
        self.start = StartPage(actions, theme, recent, lambda path: workflow.open_paths([path]))
        self.browser = StudyBrowser(self.session, workflow, theme, actions)
        self.pages = {
            "mri": WorkspacePage(workspaces.mri, ("mri",), workflow, actions),
            "petct": WorkspacePage(workspaces.petct, ("ct", "pet"), workflow, actions),
        }
        self.body = Body(self.browser, self.messages, self.start, self.pages)
        self.header = Header(self.session, actions)
        self.status = StatusBar(self.session, workflow.runner)
        self._saver = Saver(self.session, self)
        files = FileCommands(self, workflow, self.messages, recent, settings)
        files.connect(actions, fill_menus(self.menuBar(), actions))
        self._lay_out()
        self._connect()
        self._restore()

    def show_page(self, name: str) -> None:
        """Bring the workspace ``mri`` or ``petct`` to the front; an empty name means the start page."""
        self.body.show_page(name)
        if name:
            self.actions_[f"view.{name}"].setChecked(True)
            workspace = self.pages[name].workspace
            getattr(workspace, "image_area", workspace).setFocus(Qt.FocusReason.OtherFocusReason)
        else:
            self.start.refresh()
            self.start.setFocus()

    def show_exception(self, error: Exception, doing: str = "") -> None:
        """Show what went wrong; bugs are recorded and named as such."""
        shown = for_user(error)
        if shown is not None:
            self.messages.show_error(shown, OPENING if doing.startswith(WHILE_OPENING) else "")

    def _say(self, severity: str, text: str, detail: str) -> None:
        self.messages.say(severity, text, detail, OPENING if text.startswith(NOTHING_FOUND) else "")

    def _on_series(self) -> None:
        self.messages.look_at(self.session.key(role) for role in ROLES)
        self.body.refresh()

    def _lay_out(self) -> None:
        centre = QWidget()
        column = QVBoxLayout(centre)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.header)
        column.addWidget(self.body, 1)
        column.addWidget(self.status)
        self.setCentralWidget(centre)
        self.addActions([self.actions_[spec.id] for spec in self.actions_ if spec.scope == "window"])
        for page in self.pages.values():
            self.actions_.attach(getattr(page.workspace, "image_area", page.workspace))

    def _connect(self) -> None:
        self.workflow.failed.connect(self.show_exception)
        self.workflow.front.connect(lambda role: self.show_page(PAGE_OF[role]))
        self.session.message.connect(self._say)
        self.session.warned.connect(self.messages.warn)
        self.workflow.opened.connect(lambda _: self.messages.settle(OPENING))
        self.workflow.front.connect(lambda _: self.messages.settle(OPENING))
        self.session.series_assigned.connect(lambda role: self._on_series())
        self.session.study_changed.connect(lambda uid: self._on_series() if uid else self.show_page(""))
        self._theme.changed.connect(self._dress)
        on, actions = self.actions_.on, self.actions_
        on("edit.undo", self.session.undo)
        on("edit.redo", self.session.redo)
        on("view.mri", lambda: self.show_page("mri"))
        on("view.petct", lambda: self.show_page("petct"))
        on("view.find", self._find)
        on("view.fullscreen", lambda: self.setWindowState(self.windowState() ^ Qt.WindowState.WindowFullScreen))
        on("help.keys", lambda: KeysSheet(actions, self._settings, self).show())
        on("help.problems", self._show_problems)
        on("help.messages", self.messages.show_all)
        on("help.about", self._about)
        actions["view.browser"].toggled.connect(lambda wanted: self.body.want(browser=wanted))
        actions["view.side"].toggled.connect(lambda wanted: self.body.want(side=wanted))
        for mode in MODES:
            on(f"view.{mode}", partial(self._theme.choose, mode))

    def _restore(self) -> None:
        for name in ("view.browser", "view.side", "view.patient", f"view.{self._theme.mode}"):
            self.actions_[name].setChecked(True)
        restore_keys(self.actions_, self._settings)
        geometry = self._settings.value("geometry")
        if not (isinstance(geometry, QByteArray) and self.restoreGeometry(geometry)):
            self.resize(1440, 900)
        self._dress()
        self.show_page("")

    def _dress(self) -> None:
        application = QApplication.instance()
        if isinstance(application, QApplication):
            dress(application, self._theme.tokens)
        self.actions_.tint(self._theme.tokens)

    def _find(self) -> None:
        self.actions_["view.browser"].setChecked(True)
        self.browser.focus_search()

    def _show_problems(self) -> None:
        if self.session.index is not None:
            ProblemsDialog(problems_of(self.session.index), self).show()

    def _about(self) -> None:
        text = (
            f"Lowfield {__version__}\n\nUltra-low-field MRI and quantitative terbium-149 PET/CT, offline.\n"
            f"{INTENDED_USE}.\n\nApache-2.0. Uses Qt (PySide6, LGPL-3), dynamically linked."
        )
        QMessageBox.about(self, "About Lowfield", text)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:  # noqa: D102
        if event.mimeData().hasFormat(SERIES_MIME) or _paths(event):
            event.acceptProposedAction()
            self.start.show_drop(True)

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:  # noqa: D102
        self.start.show_drop(False)

    def dropEvent(self, event: QDropEvent) -> None:  # noqa: D102
        self.start.show_drop(False)
        event.acceptProposedAction()
        if event.mimeData().hasFormat(SERIES_MIME):
            self.workflow.open_series(event.mimeData().data(SERIES_MIME).toStdString())
        elif paths := _paths(event):
            self.workflow.open_paths(paths)

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: D102
        self.session.end_gesture()
        if not self._saver.save_before_closing(self):
            event.ignore()
            return
        self._settings.setValue("geometry", self.saveGeometry())
        self._settings.sync()
        self.workflow.runner.shutdown()
        super().closeEvent(event)


def _paths(event: QDropEvent) -> list[Path]:
    return [Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile()]
