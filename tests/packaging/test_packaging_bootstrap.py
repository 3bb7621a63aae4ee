"""The bare machine: what is missing is named, nothing is installed without consent, nothing is done twice."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

FOLDER = Path(__file__).resolve().parents[2] / "packaging"


@pytest.mark.parametrize("name", ["bootstrap", "start", "test"])
def test_an_old_python_can_read_the_scripts_far_enough_to_be_refused(name):
    tree = ast.parse((FOLDER / f"{name}.py").read_text(encoding="utf-8"), feature_version=(3, 8))
    roots = {
        alias.name.split(".")[0] for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names
    }
    assert roots <= set(sys.stdlib_module_names) | {"bootstrap"}
    assert any(isinstance(node, ast.ImportFrom) and node.module == "__future__" for node in tree.body)


@pytest.mark.parametrize("version", [(3, 8), (3, 10), (3, 15)])
def test_a_python_that_does_not_fit_is_named(bootstrap, capsys, version):
    with pytest.raises(SystemExit, match="1"):
        bootstrap.check_python(version)
    assert f"{version[0]}.{version[1]}" in capsys.readouterr().err


def test_yes_may_stand_anywhere_and_is_not_passed_on(bootstrap):
    assert bootstrap.take_consent(["demo", "--yes", "--headless"]) == (True, ["demo", "--headless"])
    assert bootstrap.take_consent([]) == (False, [])


def test_this_machine_has_no_library_by_a_wrong_name(bootstrap, monkeypatch):
    monkeypatch.setattr(bootstrap, "LIBRARIES", {"libc.so.6": "libc6", "libnowhere.so.9": "libnowhere9"})
    expected = ["libnowhere.so.9"] if sys.platform.startswith("linux") else bootstrap.missing_libraries()
    assert bootstrap.missing_libraries() == expected


def test_without_consent_nothing_runs_and_the_command_is_shown(bootstrap, calls, monkeypatch, capsys):
    monkeypatch.setattr(bootstrap.shutil, "which", lambda name: f"/bin/{name}")
    monkeypatch.setattr(bootstrap.os, "geteuid", lambda: 1000, raising=False)
    with pytest.raises(SystemExit, match="1"):
        bootstrap.install_system(["libGL.so.1"], ["libgl1"], consent=False)
    shown = capsys.readouterr()
    assert "libGL.so.1" in shown.out and "--yes" in shown.err
    assert (
        "sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends libgl1"
        in shown.out
    )
    assert calls == []


def test_with_consent_apt_refreshes_installs_and_the_result_is_checked(bootstrap, calls, monkeypatch):
    monkeypatch.setattr(bootstrap.shutil, "which", lambda name: f"/bin/{name}")
    monkeypatch.setattr(bootstrap.os, "geteuid", lambda: 0, raising=False)
    bootstrap.install_system(["libGL.so.1"], ["libgl1", "python3.11-venv"], consent=True)
    update, install, probe = calls
    assert update[-2:] == ["update", "-qq"] and "sudo" not in install
    assert install[-2:] == ["libgl1", "python3.11-venv"] and "CDLL('libGL.so.1')" in probe[-1]


def test_a_library_that_is_still_missing_afterwards_is_said(bootstrap, calls, monkeypatch, capsys):
    monkeypatch.setattr(bootstrap.shutil, "which", lambda name: f"/bin/{name}")
    monkeypatch.setattr(bootstrap, "_loads_in_child", lambda name: False)
    with pytest.raises(SystemExit):
        bootstrap.install_system(["libGL.so.1"], ["libgl1"], consent=True)
    assert "still not found: libGL.so.1" in capsys.readouterr().err


def test_other_systems_get_the_names_of_the_libraries(bootstrap, calls, monkeypatch, capsys):
    monkeypatch.setattr(bootstrap.shutil, "which", lambda name: None)
    with pytest.raises(SystemExit):
        bootstrap.install_system(["libGL.so.1", "libEGL.so.1"], ["libgl1", "libegl1"], consent=True)
    assert "libGL.so.1, libEGL.so.1" in capsys.readouterr().err and calls == []


def test_without_root_and_sudo_an_administrator_is_asked_for(bootstrap, calls, monkeypatch, capsys):
    monkeypatch.setattr(bootstrap.shutil, "which", lambda name: None if name == "sudo" else f"/bin/{name}")
    monkeypatch.setattr(bootstrap.os, "geteuid", lambda: 1000, raising=False)
    with pytest.raises(SystemExit):
        bootstrap.install_system(["libGL.so.1"], ["libgl1"], consent=True)
    assert "administrator" in capsys.readouterr().err and calls == []


@pytest.fixture
def project(bootstrap, monkeypatch, tmp_path):
    """An empty project whose environment is made by pretending; returns the commands that made it."""
    root = tmp_path / "Läufe mit Leerzeichen"
    root.mkdir()
    (root / "pyproject.toml").write_text("1")
    monkeypatch.setattr(bootstrap, "ROOT", root)
    python = root / ".venv" / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    commands: list[str] = []

    def run(command, failure):
        commands.append(command[2])
        python.parent.mkdir(parents=True, exist_ok=True)
        python.touch()

    monkeypatch.setattr(bootstrap, "_run", run)
    return root, commands


def test_an_environment_is_made_once(bootstrap, project):
    root, commands = project
    python = bootstrap.install_packages(root / ".venv", "[test]")
    assert commands == ["venv", "pip"] and python.is_file()
    bootstrap.install_packages(root / ".venv", "[test]")
    assert commands == ["venv", "pip"]


def test_a_changed_project_is_only_reinstalled(bootstrap, project):
    root, commands = project
    bootstrap.install_packages(root / ".venv", "")
    (root / "pyproject.toml").write_text("2")
    bootstrap.install_packages(root / ".venv", "")
    assert commands == ["venv", "pip", "pip"]


@pytest.mark.parametrize("spoil", ["interrupt", "half a stamp", "another python"])
def test_an_environment_that_cannot_be_trusted_is_made_anew(bootstrap, project, monkeypatch, spoil):
    root, commands = project
    bootstrap.install_packages(root / ".venv", "")
    if spoil == "interrupt":
        (root / "pyproject.toml").write_text("2")
        monkeypatch.setattr(bootstrap, "_run", lambda *_: bootstrap.stop("pip was killed"))
        with pytest.raises(SystemExit):
            bootstrap.install_packages(root / ".venv", "")
        monkeypatch.setattr(bootstrap, "_run", lambda command, _: commands.append(command[2]))
    elif spoil == "half a stamp":
        (root / ".venv" / bootstrap.STAMP).write_text('{"python": "3')
    else:
        monkeypatch.setattr(bootstrap.sys, "base_prefix", "/elsewhere")
    bootstrap.install_packages(root / ".venv", "")
    assert commands == ["venv", "pip", "venv", "pip"]


def test_the_exit_code_is_handed_back_from_the_folder_asked_for(bootstrap, tmp_path):
    python = Path(sys.executable)
    check = "import os, sys; sys.exit(3 if os.getcwd() == sys.argv[1] and os.environ['EXTRA'] == 'x' else 4)"
    folder = tmp_path.resolve()
    assert bootstrap.hand_over(python, ["-c", check, str(folder)], folder, EXTRA="x") == 3


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
def test_an_abort_is_told_as_shells_do(bootstrap):
    assert bootstrap.hand_over(Path(sys.executable), ["-c", "import os; os.kill(os.getpid(), 9)"]) == 137


def test_ctrl_c_is_no_traceback(bootstrap, monkeypatch):
    def interrupted(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(bootstrap.subprocess, "call", interrupted)
    assert bootstrap.hand_over(Path(sys.executable), []) == 130


@pytest.mark.parametrize(
    ("words", "window"),
    [
        (["demo"], True), (["demo", "--headless", "--out", "x"], False), (["/data/study"], True),
        (["--version"], False),
        (["measure", "x", "--json"], False), (["open", "measure"], True),
    ],
)  # fmt: skip
def test_only_words_that_open_a_window_need_a_display(start, words, window):
    assert start.needs_display(words) is window


def test_without_a_display_headless_is_named_before_anything_is_installed(start, bootstrap, monkeypatch, capsys):
    monkeypatch.setattr(start, "has_display", lambda _: False)
    monkeypatch.setattr(bootstrap, "prepare", lambda *_: pytest.fail("nothing may be installed"))
    with pytest.raises(SystemExit, match="1"):
        start.main(["--yes"])
    assert "--headless" in capsys.readouterr().err


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="X11 and Wayland")
def test_displays(start):
    assert start.has_display({"DISPLAY": ":0"}) and start.has_display({"QT_QPA_PLATFORM": "offscreen"})
    assert not start.has_display({"DISPLAY": ""})


def test_words_reach_lowfield_and_a_dead_window_is_explained(start, bootstrap, monkeypatch, capsys):
    handed = []
    monkeypatch.setattr(start, "has_display", lambda _: True)
    monkeypatch.setattr(bootstrap, "prepare", lambda *words: Path("/env") / words[0])
    monkeypatch.setattr(bootstrap, "hand_over", lambda *words: handed.append(words) or 0)
    assert start.main(["--yes"]) == 0
    assert start.main(["index", "a b", "--json"]) == 0
    assert [words[1] for words in handed] == [
        ["-P", "-m", "viewer", *tail] for tail in (["demo"], ["index", "a b", "--json"])
    ]
    monkeypatch.setattr(bootstrap, "hand_over", lambda *_: start.ABORTED)
    with pytest.raises(SystemExit):
        start.main([])
    assert "display" in capsys.readouterr().err


def test_pythons_packaging_is_not_shadowed_by_the_folder():
    code = "import packaging.version, sys; sys.exit('site-packages' not in packaging.__file__)"
    assert subprocess.call([sys.executable, "-c", code], cwd=FOLDER.parent) == 0
