"""What both commands of the README share: system libraries, a virtual environment, pip.

Standard library only, and understood by every Python 3, so that an old one gets a message instead of a traceback.
"""

from __future__ import annotations

import ctypes
import hashlib
import importlib.util
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
OLDEST, NEWEST = (3, 11), (3, 14)
STAMP = "lowfield.json"
# What Qt (offscreen and xcb) and VTK load, and the Debian or Ubuntu package that brings it; tried on bare systems.
LIBRARIES = {
    "libGL.so.1": "libgl1",
    "libEGL.so.1": "libegl1",
    "libxkbcommon.so.0": "libxkbcommon0",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libfontconfig.so.1": "libfontconfig1",
    "libdbus-1.so.3": "libdbus-1-3",
    "libglib-2.0.so.0": "libglib2.0-0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libxcb-xkb.so.1": "libxcb-xkb1",
    "libxcb-render-util.so.0": "libxcb-render-util0",
    "libxcb-image.so.0": "libxcb-image0",
    "libxcb-randr.so.0": "libxcb-randr0",
    "libxcb-sync.so.1": "libxcb-sync1",
    "libxcb-xfixes.so.0": "libxcb-xfixes0",
    "libXrender.so.1": "libxrender1",
    "libXi.so.6": "libxi6",
    "libXext.so.6": "libxext6",
    "libXcursor.so.1": "libxcursor1",
}


def stop(text: str) -> None:
    """Say what is wrong and what to do, and end with exit code 1."""
    print(f"lowfield: {text}", file=sys.stderr)
    raise SystemExit(1)


def take_consent(words: list[str]) -> tuple[bool, list[str]]:
    """Return whether ``--yes`` (consent to install system packages) was given, and the other words."""
    return "--yes" in words, [word for word in words if word != "--yes"]


def prepare(environment: str, extras: str, consent: bool) -> Path:
    """Make the machine ready; return the Python of ``environment`` with Lowfield and its ``extras`` in it."""
    check_python(sys.version_info[:2])
    if sys.platform.startswith("linux"):
        missing = missing_libraries()
        install_system(missing, [*(LIBRARIES[name] for name in missing), *missing_venv()], consent)
    return install_packages(ROOT / environment, extras)


def check_python(version: tuple[int, ...]) -> None:
    """Stop unless this Python is one that Lowfield runs on."""
    if not OLDEST <= version <= NEWEST:
        stop(
            f"Python 3.11 to 3.14 is needed, and {sys.executable} is {version[0]}.{version[1]}. Debian 12 and "
            "Ubuntu 24.04 bring one; elsewhere install one and start this file with it, for example python3.12."
        )


def missing_libraries() -> list[str]:
    """Return the shared libraries that this machine cannot load."""
    return [name for name in LIBRARIES if not _loads(name)]


def missing_venv() -> list[str]:
    """Return the package that Debian splits from Python, if `venv` cannot make a pip without it."""
    here = importlib.util.find_spec("venv") and importlib.util.find_spec("ensurepip")
    return [] if here else [f"python{sys.version_info[0]}.{sys.version_info[1]}-venv"]


def install_system(missing: list[str], packages: list[str], consent: bool) -> None:
    """Install Debian ``packages`` after consent; without apt, name the ``missing`` libraries and stop."""
    if not packages:
        return
    names = ", ".join(missing or packages)
    if shutil.which("apt-get") is None:
        stop(f"These are missing here; install them with your package manager, then try again:\n  {names}")
    commands = apt_commands(packages, as_root=os.geteuid() == 0)
    text = " && ".join(" ".join(command) for command in commands)
    print(f"Missing on this machine: {names}\nThis installs what is missing:\n  {text}", flush=True)
    if not consent and not _agreed("Install it now? [y/N] "):
        stop("Nothing was installed. Run the command above, or add --yes to agree to it beforehand.")
    if shutil.which(commands[0][0]) is None:
        stop("You are not root and there is no sudo. Ask an administrator to run the command above as root.")
    _run(commands[0], None)  # a broken third-party source must not hide packages that Debian has
    _run(commands[1], "The system packages could not be installed.")
    lost = [name for name in missing if not _loads_in_child(name)]
    if lost:
        stop(f"Installed, and still not found: {', '.join(lost)}.")


def apt_commands(packages: list[str], as_root: bool) -> list[list[str]]:
    """Return the commands that refresh the package lists and install, as root or through sudo."""
    apt = [*([] if as_root else ["sudo"]), "env", "DEBIAN_FRONTEND=noninteractive", "apt-get"]
    return [[*apt, "update", "-qq"], [*apt, "install", "-y", "-qq", "--no-install-recommends", *packages]]


def install_packages(environment: Path, extras: str) -> Path:
    """Make the environment, or bring it up to date, or leave it when nothing has changed; return its Python."""
    python = environment / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    wanted, found = fingerprint(environment, extras), _read(environment / STAMP)
    if found == wanted and python.exists():
        return python
    if found.get("python") != wanted["python"] or not python.exists():
        print(f"Making {environment}: pip downloads about 400 MB, which take 1.5 to 2 GB on the disk.", flush=True)
        make = [sys.executable, "-m", "venv", "--clear", str(environment)]
        _run(make, "The virtual environment could not be made.")
    (environment / STAMP).unlink(missing_ok=True)  # whatever interrupts pip leaves an environment to make anew
    loud = [] if sys.stdout.isatty() else ["--quiet"]
    pip = [str(python), "-m", "pip", "install", *loud, "--disable-pip-version-check", "--prefer-binary"]
    _run([*pip, "--editable", f".{extras}"], "The Python packages could not be installed. Is there a network?")
    (environment / STAMP).write_text(json.dumps(wanted), encoding="utf-8")
    return python


def fingerprint(environment: Path, extras: str) -> dict[str, str]:
    """Return what an environment depends on: a Python in a place, and what ``pyproject.toml`` asks for."""
    place = f"{sys.version} {sys.base_prefix} {environment}"
    project = hashlib.sha256((ROOT / "pyproject.toml").read_bytes()).hexdigest()
    return {"python": place, "project": f"{project} {extras}"}


def hand_over(python: Path, arguments: list[str], folder: Path | None = None, **variables: str) -> int:
    """Run ``python arguments`` (in ``folder``) and return its exit code; 128 + n for signal n, as shells do."""
    try:
        code = subprocess.call([str(python), *arguments], cwd=folder, env={**os.environ, **variables})
    except KeyboardInterrupt:
        return 130
    return code if code >= 0 else 128 - code


def _agreed(question: str) -> bool:
    return sys.stdin is not None and sys.stdin.isatty() and input(question).strip().lower() in ("y", "yes")


def _loads(name: str) -> bool:
    try:
        ctypes.CDLL(name)
    except OSError:
        return False
    return True


def _loads_in_child(name: str) -> bool:
    # Only a new process reads the linker's new cache.
    probe = [sys.executable, "-c", f"import ctypes; ctypes.CDLL({name!r})"]
    return subprocess.call(probe, stderr=subprocess.DEVNULL) == 0


def _read(stamp: Path) -> dict[str, str]:
    try:
        return dict(json.loads(stamp.read_text(encoding="utf-8")))
    except (OSError, ValueError):  # none, or one cut short: make the environment anew
        return {}


def _run(command: list[str], failure: str | None) -> None:
    code = subprocess.call(command, cwd=ROOT)
    if code and failure:
        stop(f"{failure} (exit code {code})")
