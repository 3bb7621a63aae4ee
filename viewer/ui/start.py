"""Compose the window: one session, one runner, one workflow, two workspaces."""

from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from threading import Thread

from PySide6.QtCore import QSettings, QTimer
from PySide6.QtWidgets import QApplication

from viewer.core.paths import user_data
from viewer.jobs.runner import Runner
from viewer.session.autosave import Autosave
from viewer.session.functions import Functions
from viewer.session.journal import Journal
from viewer.session.measuring import Measuring
from viewer.session.recent import Recent
from viewer.session.session import Session
from viewer.session.therapy import Therapy
from viewer.session.workflow import Workflow
from viewer.ui import crash
from viewer.ui.actions import Actions
from viewer.ui.main_thread import MainThread
from viewer.ui.main_window import MainWindow, Workspaces
from viewer.ui.mri_workspace import MriWorkspace
from viewer.ui.petct_workspace import PetCtWorkspace
from viewer.ui.theme import Theme
from viewer.ui.therapy_page import TherapyPage

NEEDED_SOON = ("pyqtgraph.functions", "scipy.optimize")
"""What the first ROI is drawn and measured with: loaded once the window shows, lest it wait half a second."""
FIRST_PICTURE_MS = 300


@dataclass(frozen=True)
class Program:
    """What belongs to one window; kept alive together."""

    application: QApplication
    session: Session
    runner: Runner
    workflow: Workflow
    measuring: Measuring
    theme: Theme
    window: MainWindow
    mri: MriWorkspace
    petct: PetCtWorkspace
    therapy: TherapyPage


def build(functions: Functions) -> Program:
    """Build the window with everything it needs; nothing is shown yet."""
    application = QApplication.instance() or QApplication(["lowfield"])
    assert isinstance(application, QApplication)
    application.setApplicationName("Lowfield")
    home = user_data()
    settings = QSettings(str(home / "window.ini"), QSettings.Format.IniFormat)
    deliver = MainThread(application)
    session = Session(Autosave(Journal(home / "sessions")))
    runner = Runner(2, deliver)
    workflow = Workflow(session, runner, functions)
    measuring = Measuring(session, runner, functions, workflow)
    theme = Theme(settings)
    actions = Actions(session)
    mri, petct = MriWorkspace(workflow, actions, theme), PetCtWorkspace(workflow, actions, theme)
    recent = Recent(home / "recent.json")
    window = MainWindow(workflow, actions, theme, Workspaces(mri, petct), recent, settings)
    therapy = TherapyPage(window, theme, workflow, Therapy(session, workflow))
    actions.on("petct.therapy", therapy.open)
    crash.install(window.messages.show_error, deliver)
    return Program(application, session, runner, workflow, measuring, theme, window, mri, petct, therapy)


def run_window(functions: Functions, paths: Sequence[Path]) -> int:
    """Open the window on ``paths`` and run until it is closed; return the exit code."""
    program = build(functions)
    program.window.show()
    if paths:
        program.workflow.open_paths(paths)
    soon = Thread(target=_load_what_is_needed_soon, name="needed soon")
    QTimer.singleShot(FIRST_PICTURE_MS, soon.start)
    code = program.application.exec()
    if soon.is_alive():  # Qt must outlive it
        soon.join()
    return code


def _load_what_is_needed_soon() -> None:
    for name in NEEDED_SOON:
        import_module(name)
