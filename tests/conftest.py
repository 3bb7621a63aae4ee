"""Shared fixtures: where real data lies, a private home, no display needed."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
SHARED = Path(os.environ.get("LOWFIELD_SHARED_DATA", Path(__file__).resolve().parents[2] / "shared" / "data"))


@pytest.fixture
def shared_data() -> Callable[[str], Path]:
    """Return a function that gives the path of a real data set, or skips the test saying which is absent."""

    def find(name: str) -> Path:
        path = SHARED / name
        if not path.exists():
            pytest.skip(f"real data set {name!r} is absent (looked in {SHARED})")
        return path

    return find


@pytest.fixture(autouse=True)
def private_home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Keep the user's own folder out of every test."""
    home: Path = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("LOWFIELD_HOME", str(home))
    return home
