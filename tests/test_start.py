"""What the window waits for before it shows: rooms and libraries that only a later wish needs stay out."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
LATER = {
    "viewer.demo", "viewer.simulate", "viewer.align", "viewer.report.pdf", "viewer.cli.commands", "pyqtgraph",
    "vtkmodules", "scipy.stats", "scipy.signal", "scipy.optimize", "scipy.interpolate", "scipy.integrate",
}  # fmt: skip
BUILD = "from viewer import app; from viewer.ui import start; kept = start.build(app.window_functions())"

RUN = """
from PySide6.QtCore import QTimer
from viewer import app
from viewer.ui import start
start.FIRST_PICTURE_MS = 0
build = start.build
def closing(functions):
    program = build(functions)
    QTimer.singleShot(0, lambda: QTimer.singleShot(0, program.window.close))
    return program
start.build = closing"""


def test_the_window_waits_for_nothing_that_only_a_later_wish_needs():
    """Imported as the command does, and built: what the window's parts ask for themselves counts as well."""
    loaded = _modules(BUILD)
    assert "viewer.ui.main_window" in loaded
    assert loaded & LATER == set()


def test_what_the_first_roi_needs_is_loaded_behind_the_window_which_closes_in_the_midst_of_it():
    loaded = _modules(f"{RUN}\nassert start.run_window(app.window_functions(), []) == 0")
    assert loaded & LATER >= {"pyqtgraph", "scipy.optimize"}
    assert "viewer.demo" not in loaded


def test_a_window_closed_at_once_loads_nothing_more():
    loaded = _modules(f"{RUN}\nstart.FIRST_PICTURE_MS = 60000; start.run_window(app.window_functions(), [])")
    assert loaded & LATER == set()


def test_the_check_can_fail():
    assert _modules("import viewer.demo") >= {"viewer.demo", "viewer.simulate"}


def _modules(code: str) -> set[str]:
    show = "import sys; print(*sys.modules)"
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    command = [sys.executable, "-c", f"{code}\n{show}"]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return set(done.stdout.split())
