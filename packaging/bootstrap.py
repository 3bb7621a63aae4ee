"""What both commands of the README share: system libraries, a virtual environment, pip. Standard library only."""

import ctypes
import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
OLDEST = (3, 11)
NEWEST = (3, 14)
# What Qt (offscreen and xcb) and VTK load at run time, and the Debian/Ubuntu package that brings it.
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
}


def stop(text: str) -> None:
    """Say what is wrong and what to do, and end with exit code 1."""
    print(f"lowfield: {text}", file=sys.stderr)
    raise SystemExit(1)


def prepare(environment: str, extras: str, consent: bool) -> Path:
    """Make the machine ready and return the Python of the environment, made or brought up to date."""
    if not OLDEST <= sys.version_info[:2] <= NEWEST:
        stop(f"Python 3.11 to 3.14 is needed; this is {sys.version.split()[0]}. Install one and use it instead.")
    if sys.platform.startswith("linux"):
        install_libraries(missing_libraries(), consent)
    return install_packages(ROOT / environment, extras)


def missing_libraries() -> list[str]:
    """Return the sonames that this machine cannot load."""
    return [name for name in LIBRARIES if not _loads(name)]


def _loads(name: str) -> bool:
    try:
        ctypes.CDLL(name)
    except OSError:
        return False
    return True


def install_libraries(missing: list[str], consent: bool) -> None:
    """Install system libraries with apt, after consent; where there is no apt, name them and stop."""
    if not missing:
        return
    if shutil.which("apt-get") is None:
        stop(
            "These system libraries are missing; install them with your package manager:\n  "
            + "\n  ".join(missing)
        )
    packages = [LIBRARIES[name] for name in missing]
    command = ["apt-get", "install", "-y", "--no-install-recommends", *packages]
    if os.geteuid() != 0:
        command.insert(0, "sudo")
    text = " ".join(command)
    print(
        f"Qt and VTK need system libraries that are missing here:\n  {', '.join(missing)}\nTo install:\n  {text}"
    )
    if not consent and not _asked("Install them now? [y/N] "):
        stop("Nothing was installed. Run the command above, or add --yes.")
    if command[0] == "sudo" and shutil.which("sudo") is None:
        stop("You are not root and there is no sudo. Ask an administrator to run the command above.")
    _run([*command[: command.index("apt-get") + 1], "update", "-qq"], "The package lists could not be read.")
    _run(command, "The system libraries could not be installed.")
    still = [name for name in missing if not _loads_in_child(name)]
    if still:
        stop(f"Installed, but still not found: {', '.join(still)}.")


def _loads_in_child(name: str) -> bool:
    # A fresh process sees libraries that arrived after this one had started.
    code = f"import ctypes; ctypes.CDLL({name!r})"
    return subprocess.run([sys.executable, "-c", code], stderr=subprocess.DEVNULL, check=False).returncode == 0


def _asked(question: str) -> bool:
    if not sys.stdin.isatty():
        return False
    return input(question).strip().lower() in ("y", "yes")


def install_packages(environment: Path, extras: str) -> Path:
    """Make the virtual environment and install Lowfield into it; done once per state of ``pyproject.toml``."""
    python = environment / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    stamp = environment / "lowfield-installed"
    wanted = hashlib.sha256(
        (ROOT / "pyproject.toml").read_bytes() + extras.encode() + str(ROOT).encode()
    ).hexdigest()
    if python.exists() and stamp.exists() and stamp.read_text() == wanted:
        return python
    print(f"Preparing {environment} (once; about 1.5 GB of pinned packages from PyPI) ...", flush=True)
    make = [sys.executable, "-m", "venv", "--clear", str(environment)]
    _run(make, "The virtual environment could not be made. On Debian: apt-get install python3-venv")
    install = [
        str(python),
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        "--editable",
        f".{extras}",
    ]
    _run(install, "The packages could not be installed. Is a package index within reach?")
    stamp.write_text(wanted)
    return python


def _run(command: list[str], failure: str) -> None:
    result = subprocess.run(command, cwd=ROOT, check=False)
    if result.returncode:
        stop(f"{failure} (exit code {result.returncode})")


def hand_over(python: Path, arguments: list[str], **variables: str) -> None:
    """Run ``python arguments`` from the project folder and end with its exit code."""
    result = subprocess.run([str(python), *arguments], env=os.environ | variables, check=False)
    raise SystemExit(result.returncode)
