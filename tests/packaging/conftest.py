"""The scripts of ``packaging/`` as modules. They are no package, so that PyPI's ``packaging`` is found."""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

FOLDER = Path(__file__).resolve().parents[2] / "packaging"


def load(name: str, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    specification = importlib.util.spec_from_file_location(name, FOLDER / f"{name}.py")
    module = importlib.util.module_from_spec(specification)
    monkeypatch.setitem(sys.modules, name, module)
    specification.loader.exec_module(module)
    return module


@pytest.fixture
def bootstrap(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    return load("bootstrap", monkeypatch)


@pytest.fixture
def start(bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    return load("start", monkeypatch)


@pytest.fixture
def calls(bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """Commands that would have run; all succeed."""
    recorded: list[list[str]] = []

    def call(command: list[str], **_: object) -> int:
        recorded.append(list(command))
        return 0

    monkeypatch.setattr(bootstrap.subprocess, "call", call)
    return recorded
