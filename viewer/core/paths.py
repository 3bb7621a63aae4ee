"""The only code that finds things on disk: shipped resources and models, and the user's own folders."""

import os
import sys
from pathlib import Path

import platformdirs

PACKAGE = Path(__file__).resolve().parents[1]


def _shipped(name: str) -> Path:
    """Find ``resources`` or ``models``: frozen app, wheel, or source checkout, in this order."""
    frozen = getattr(sys, "_MEIPASS", None)
    candidates = [Path(frozen) / name] if frozen else []
    candidates += [PACKAGE / "_bundled" / name, PACKAGE.parent / name]
    return next((path for path in candidates if path.is_dir()), candidates[-1])


def resources() -> Path:
    """Folder of read-only data shipped with the program (nuclide tables, icons, tissue tables)."""
    return _shipped("resources")


def models() -> Path:
    """Folder of shipped models; ``LOWFIELD_MODELS`` names another one."""
    override = os.environ.get("LOWFIELD_MODELS")
    return Path(override) if override else _shipped("models")


def user_data() -> Path:
    """Folder for what the user made and the demo cache; ``LOWFIELD_HOME`` names another one. Made on demand."""
    override = os.environ.get("LOWFIELD_HOME")
    path = Path(override) if override else Path(platformdirs.user_data_dir("lowfield", appauthor=False))
    path.mkdir(parents=True, exist_ok=True)
    return path
