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


def test_the_window_waits_for_nothing_that_only_a_later_wish_needs():
    """Imported as the command does, and built: what the window's parts ask for themselves counts as well."""
    loaded = _modules(BUILD)
    assert "viewer.ui.main_window" in loaded
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
