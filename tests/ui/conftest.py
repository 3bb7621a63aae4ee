"""A window with two empty workspaces over a pipeline of fakes (``shell``)."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QSettings
from PySide6.QtWidgets import QLabel, QWidget

from viewer.core.errors import LowfieldError
from viewer.core.geometry import Geometry
from viewer.core.progress import Progress
from viewer.core.study import PatientInfo, Problem, SeriesInfo, StudyIndex, StudyInfo
from viewer.core.volume import Volume
from viewer.jobs.runner import Runner
from viewer.session.autosave import Autosave
from viewer.session.functions import Functions
from viewer.session.journal import Journal
from viewer.session.recent import Recent
from viewer.session.session import Session
from viewer.session.workflow import Workflow
from viewer.ui.actions import Actions
from viewer.ui.main_thread import MainThread
from viewer.ui.main_window import MainWindow, Workspaces
from viewer.ui.theme import Theme

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The offscreen platform says so whenever a window with a minimum size is shown; it means nothing."""
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.qt_log_ignore("This plugin does not support propagateSizeHints"))


def series(uid: str, modality: str, **changes: Any) -> SeriesInfo:
    text = f"series {uid}"
    return SeriesInfo(uid, modality, text, "1", 4, (4, 6, 5), (5.0, 1.5, 1.5), "1.9", (), **changes)


BRAIN = StudyInfo("1.1", "20260101", "brain", (series("mr", "MR"), series("sc", "OT", viewable=False)))
PET = StudyInfo(
    "1.2", "20260102", "pet", (series("ct", "CT"), series("pt", "PT", warnings=("Slice 3 is missing.",)))
)
OTHER = StudyInfo("2.1", "20250101", "", (series("mr2", "MR"),))
INDEX = StudyIndex(
    (Path("/somewhere/study"),),
    (
        PatientInfo("ID-1", "Curie^Marie", "18671107", "F", (BRAIN, PET)),
        PatientInfo("ID-2", "Yamada^Tarou=山田^太郎", "", "", (OTHER,)),
    ),
    (Problem("broken.dcm", "The file ends early."),),
)


@dataclass
class Shell:
    """The window, and what the fake pipeline was asked for."""

    window: MainWindow
    workflow: Workflow
    settings: QSettings
    home: Path
    calls: list[str] = field(default_factory=list)

    @property
    def session(self) -> Session:
        return self.workflow.session

    def action(self, name: str) -> Any:
        return self.window.actions_[name]


@dataclass
class Pipeline:
    """Fakes. ``hold``: called between slices while loading; ``fail``: name of what raises."""

    hold: Callable[[], None] = lambda: None
    fail: str = ""
    calls: list[str] = field(default_factory=list)

    def note(self, name: str, *words: object) -> None:
        self.calls.append(" ".join(str(word) for word in (name, *words)))
        if name == self.fail:
            raise LowfieldError("It did not work.", where=name, hint="Try something else.")

    def functions(self) -> Functions:
        return Functions(
            open_study=self.open_study,
            load=self.load,
            load_slice=lambda info, k: np.arange(30, dtype=np.float32).reshape(6, 5),
            denoise=lambda volume, choice, progress: self.note("denoise"),  # type: ignore[arg-type,return-value]
            measure=lambda volumes, rois, choice, details: [],
            demo=lambda progress: [Path("/demo")],
            write_report=lambda request, path, progress: self.written("report", path),
            export_denoised=lambda result, info, folder: self.written("export", folder),
        )

    def open_study(self, paths: Sequence[Path], progress: Progress) -> StudyIndex:
        self.note("open", *paths)
        return INDEX

    def load(self, info: SeriesInfo, progress: Progress, on_slice: Callable[[int, Any], None]) -> Volume:
        self.note("load", info.key)
        data = np.ones(info.shape, np.float32)
        for k in range(info.shape[0]):
            on_slice(k, data[k])
            progress(k / info.shape[0], f"slice {k}")
            self.hold()
        return Volume(data, Geometry.from_axes(info.shape, info.spacing_mm, np.eye(3)[::-1], (0, 0, 0), "1.9"))

    def written(self, name: str, path: Path) -> list[Path]:
        self.note(name, path)
        return [path]


@pytest.fixture
def pipeline() -> Pipeline:
    return Pipeline()


@pytest.fixture
def make_shell(qtbot: Any, private_home: Path, pipeline: Pipeline) -> Iterator[Callable[[], Shell]]:
    """Build a window; several in one test share their home, like one program started again."""
    runners: list[Runner] = []

    def make() -> Shell:
        settings = QSettings(str(private_home / "window.ini"), QSettings.Format.IniFormat)
        runner = Runner(2, MainThread())
        runners.append(runner)
        session = Session(Autosave(Journal(private_home / "sessions")))
        workflow = Workflow(session, runner, pipeline.functions())
        actions, theme = Actions(session), Theme(settings)
        mri, petct = QWidget(), QWidget()
        petct.side_panel = QLabel("panel")  # type: ignore[attr-defined]
        recent = Recent(private_home / "recent.json")
        window = MainWindow(workflow, actions, theme, Workspaces(mri, petct), recent, settings)
        qtbot.addWidget(window)
        window.show()
        return Shell(window, workflow, settings, private_home, pipeline.calls)

    yield make
    for runner in runners:
        runner.shutdown(wait=True)


@pytest.fixture
def shell(make_shell: Callable[[], Shell]) -> Shell:
    return make_shell()


@pytest.fixture
def opened(shell: Shell, qtbot: Any) -> Shell:
    """A window on the study of the fakes, loaded."""
    shell.workflow.open_paths([Path("/somewhere/study")])
    qtbot.waitUntil(lambda: shell.session.volume("mri") is not None and not shell.workflow.runner.jobs)
    return shell
