"""``python3 packaging/start.py [--yes] [WORD…]``: make Lowfield ready and run it.

WORDs are those of the command ``lowfield``; without any the window opens on the built-in demo. ``--yes`` agrees
beforehand to installing the system libraries that are missing.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping

import bootstrap

WITHOUT_WINDOW = {"index", "denoise", "measure", "report", "models", "selfcheck"}
WITHOUT_WINDOW_FLAGS = {"--headless", "--version", "--help", "-h"}
NO_DISPLAY = (
    "There is no display to open a window on (neither DISPLAY nor WAYLAND_DISPLAY is set). Everything but the "
    "window works without one:\n  python3 packaging/start.py --yes demo --headless --out lowfield-demo"
)
NO_WINDOW = "The window could not open: is the display within reach? Without one: demo --headless --out FOLDER"
ABORTED = 134
"""128 + SIGABRT: how Qt ends when its display plug-in cannot start."""


def needs_display(words: list[str]) -> bool:
    """Whether these words open the window."""
    return words[0] not in WITHOUT_WINDOW and not WITHOUT_WINDOW_FLAGS.intersection(words)


def has_display(environment: Mapping[str, str]) -> bool:
    """Whether Qt can draw somewhere; naming a platform, such as offscreen, counts."""
    names = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    return not sys.platform.startswith("linux") or any(environment.get(name) for name in names)


def main(arguments: list[str]) -> int:
    """Run ``lowfield`` with the words given, from the user's own folder."""
    consent, words = bootstrap.take_consent(arguments)
    words = words or ["demo"]
    if needs_display(words) and not has_display(os.environ):
        bootstrap.stop(NO_DISPLAY)
    python = bootstrap.prepare(".venv", "", consent)
    # -P: a folder named viewer where the user happens to be is not ours.
    code = bootstrap.hand_over(python, ["-P", "-m", "viewer", *words])
    if code == ABORTED and needs_display(words):
        bootstrap.stop(NO_WINDOW)
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
