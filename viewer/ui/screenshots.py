"""Pictures of the real window on a study, taken without a display (Qt offscreen)."""

import contextlib
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from PySide6.QtCore import QEventLoop, QMessageLogContext, QTimer, QtMsgType, qInstallMessageHandler

from viewer.core.errors import LowfieldError
from viewer.roi.shapes import Roi, Sphere
from viewer.session.choice import opening
from viewer.session.functions import Functions
from viewer.ui.start import Program, build

SIZES = ((1280, 800), (1920, 1080))
THEMES = ("dark", "light")
PATIENCE_S = 180.0
SETTLE_MS = 250


def save_screenshots(functions: Functions, paths: Sequence[Path], rois: Sequence[Roi], folder: Path) -> list[Path]:
    """Open ``paths`` in the window, denoise, draw ``rois``, and save both workspaces in all sizes and themes."""
    folder.mkdir(parents=True, exist_ok=True)
    with _without_size_hints():
        return _save(functions, paths, rois, folder)


def _save(functions: Functions, paths: Sequence[Path], rois: Sequence[Roi], folder: Path) -> list[Path]:
    program = build(functions)
    failures: list[Exception] = []
    program.workflow.failed.connect(lambda error, doing: failures.append(error))
    program.window.show()
    try:
        program.workflow.open_paths(paths)
        _settle(program)
        pictures = [*_mri(program, folder), *_petct(program, rois, folder)]
    finally:
        program.session.flush()
        program.window.close()
    if failures:
        raise LowfieldError(f"The window reported: {failures[0]}", hint="The screenshots are not complete.")
    return pictures


@contextlib.contextmanager
def _without_size_hints() -> Iterator[None]:
    """Leave out what Qt's offscreen platform says about every window; anything else is passed on."""

    def pass_on(kind: QtMsgType, context: QMessageLogContext, text: str) -> None:
        if "propagateSizeHints" in text:
            return
        if previous is not None:
            previous(kind, context, text)
        else:
            sys.stderr.write(f"{text}\n")

    previous: Any = qInstallMessageHandler(pass_on)
    try:
        yield
    finally:
        qInstallMessageHandler(previous)


def _mri(program: Program, folder: Path) -> list[Path]:
    _open(program, "mri")
    program.workflow.denoise()
    _settle(program)
    return _shoot(program, folder, "mri")


def _petct(program: Program, rois: Sequence[Roi], folder: Path) -> list[Path]:
    _open(program, "pet")
    for roi in rois:
        if program.session.roi(roi.id) is None:
            program.session.add_roi(roi)
    centers = [roi.shape.center_lps_mm for roi in rois if isinstance(roi.shape, Sphere)]
    if centers:  # the plane of the first sphere shows most
        program.session.set_cursor(centers[0])
        program.session.select_roi(rois[0].id)
    _settle(program)
    return _shoot(program, folder, "petct")


def _open(program: Program, role: str) -> None:
    """Activate the first study that has a series for ``role``, and bring its workspace to the front."""
    index = program.session.index
    studies = [study for patient in index.patients for study in patient.studies] if index else []
    fitting = next((study for study in studies if role in opening(study)), None)
    if fitting is None:
        raise LowfieldError(f"The study holds nothing to show as {role}.")
    program.workflow.show_study(fitting.study_uid)
    _settle(program)


def _shoot(program: Program, folder: Path, name: str) -> list[Path]:
    made = []
    for theme in THEMES:
        program.theme.choose(theme)
        for width, height in SIZES:
            program.window.resize(width, height)
            _settle(program)
            path = folder / f"{name}-{width}x{height}-{theme}.png"
            if not program.window.grab().save(str(path)):
                raise LowfieldError("cannot be written.", where=path, hint="Is the disk full?")
            made.append(path)
    return made


def _settle(program: Program) -> None:
    """Let the window work until no job is left and what they changed is painted."""
    _wait(program, lambda: not program.runner.jobs)
    loop = QEventLoop()
    QTimer.singleShot(SETTLE_MS, loop.quit)
    loop.exec()
    _wait(program, lambda: not program.runner.jobs)


def _wait(program: Program, ready: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not ready():
        if time.monotonic() > deadline:
            raise LowfieldError(f"The window was not ready after {PATIENCE_S:.0f} s.")
        program.application.processEvents(QEventLoop.ProcessEventsFlag.AllEvents, 50)
