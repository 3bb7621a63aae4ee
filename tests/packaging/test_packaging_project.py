"""What a clone and a wheel promise: README commands, CI, licences, versions."""

import os
import re
import shutil
import stat
import subprocess
import tomllib
from pathlib import Path

import pytest

import viewer
from viewer.core import paths

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
TEST_COMMAND = "python3 packaging/test.py --yes"
STEPS = ("packaging/test.py", "ruff check", "ruff format --check", "mypy", "lint-imports")


def test_the_version_is_said_once():
    assert PROJECT["project"]["version"] == viewer.__version__


def test_readme_and_ci_run_the_same_test_command():
    assert TEST_COMMAND in (ROOT / "README.md").read_text(encoding="utf-8")
    assert "python3 packaging/start.py --yes" in (ROOT / "README.md").read_text(encoding="utf-8")
    assert f"step {TEST_COMMAND}\n" in (ROOT / ".ci" / "run").read_text(encoding="utf-8")


def test_the_wheel_takes_along_models_and_resources():
    bundled = PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["force-include"]
    assert bundled == {"models": "viewer/_bundled/models", "resources": "viewer/_bundled/resources"}
    assert all((ROOT / name).is_dir() for name in bundled)
    assert paths.resources().is_dir() and (paths.resources() / "fonts" / "LICENSE").is_file()


def test_every_dependency_has_its_licence_in_the_notice():
    notice = (ROOT / "NOTICE").read_text(encoding="utf-8").lower()
    extras = [line for lines in PROJECT["project"]["optional-dependencies"].values() for line in lines]
    names = [re.split(r"[<>=\[; ]", line)[0].lower() for line in [*PROJECT["project"]["dependencies"], *extras]]
    assert [name for name in names if name not in notice] == []


@pytest.mark.skipif(os.name != "posix" or shutil.which("bash") is None, reason="needs bash")
@pytest.mark.parametrize("broken", [None, *STEPS])
def test_ci_runs_every_step_and_fails_when_one_does(tmp_path, broken):
    for name in (
        ".ci/run",
        "packaging/test.py",
        ".venv-test/bin/python",
        ".venv-test/bin/lint-imports",
        "bin/python3",
    ):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        stub = f'#!/bin/sh\necho "ran $0 $@"\ncase "$0 $*" in *"{broken}"*) exit 7;; esac\n'
        (tmp_path / name).write_text(stub if name != ".ci/run" else (ROOT / name).read_text(encoding="utf-8"))
        (tmp_path / name).chmod(0o755)
    environment = {**os.environ, "PATH": f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}"}
    result = subprocess.run(
        [tmp_path / ".ci" / "run"], env=environment, capture_output=True, text=True, check=False
    )
    assert all(step in result.stdout for step in STEPS), result.stdout
    assert result.stdout.count("\nran ") == len(STEPS)
    assert result.returncode == (1 if broken else 0)
    assert ("exit code 7" in result.stdout) is bool(broken)


def test_ci_is_executable():
    assert (ROOT / ".ci" / "run").stat().st_mode & stat.S_IXUSR
