"""The house rules that a program can check: rooms, sizes, silence on the network."""

import ast
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SOURCES = sorted([*(ROOT / "viewer").rglob("*.py"), *(ROOT / "packaging").glob("*.py")])
MOST_LINES, MOST_LINES_OF_A_FUNCTION = 250, 40
NETWORK = {
    "socket", "socketserver", "ssl", "http", "urllib.request", "urllib3", "requests", "httpx", "aiohttp", "ftplib",
    "smtplib", "imaplib", "poplib", "xmlrpc", "asyncio", "webbrowser", "pynetdicom", "PySide6.QtNetwork",
    "PySide6.QtWebSockets",
}  # fmt: skip
WATCH = """
import importlib, pkgutil, sys
def refuse(event, arguments):
    if event.startswith("socket.") and event != "socket.__new__":
        raise SystemExit(f"{event} {arguments}")
sys.addaudithook(refuse)
import viewer
for module in pkgutil.walk_packages(viewer.__path__, "viewer."):
    if not module.name.startswith("viewer.training") and not module.name.endswith("__main__"):
        importlib.import_module(module.name)
print("silent")
"""
SESSION = """
import sys
import viewer.denoise.engine
import onnxruntime
onnxruntime.InferenceSession(sys.argv[1], providers=["CPUExecutionProvider"])
print("made")
"""


def test_rooms_only_look_down():
    code = "import sys; from importlinter.cli import lint_imports; sys.exit(lint_imports(no_cache=True))"
    result = _python(code)
    assert result.returncode == 0, result.stdout + result.stderr
    assert "0 broken" in result.stdout


def test_files_and_functions_are_small():
    long_files = {str(path.relative_to(ROOT)): count for path in SOURCES if (count := _lines(path)) > MOST_LINES}
    assert long_files == {}
    long_functions = {name: count for name, count in _functions() if count > MOST_LINES_OF_A_FUNCTION}
    assert long_functions == {}


def test_no_module_asks_for_the_network():
    asked = [
        f"{path.relative_to(ROOT)}: {name}" for path in SOURCES for name in _imports(path) if _is_network(name)
    ]
    assert asked == []


def test_importing_everything_opens_no_connection():
    result = _python(WATCH)
    assert result.stdout.strip() == "silent", result.stdout + result.stderr


def test_the_runtime_of_the_networks_reports_to_nobody(tmp_path):
    model = next((ROOT / "models").glob("*/model.onnx"))
    result = _python(SESSION, str(model), HOME=str(tmp_path), XDG_CACHE_HOME="", ORT_DISABLE_TELEMETRY="")
    assert result.stdout.strip() == "made", result.stderr
    # Where it reports, it first leaves a device id and a queue of events in the user's cache.
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == []


def test_the_checks_above_can_fail(tmp_path):
    path = tmp_path / "bad.py"
    path.write_text(
        "def f():\n    from urllib import request\n    import PySide6.QtNetwork as n\n    import json\n"
    )
    assert [name for name in _imports(path) if _is_network(name)] == ["urllib.request", "PySide6.QtNetwork"]
    assert _is_network("http.client") and not _is_network("urllib.parse") and not _is_network("httpbin")


def _python(code: str, *words: str, **variables: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "COLUMNS": "200", **variables}
    command = [sys.executable, "-c", code, *words]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)


def _lines(path: Path) -> int:
    return len(path.read_text(encoding="utf-8").splitlines())


def _functions() -> Iterator[tuple[str, int]]:
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                yield f"{path.relative_to(ROOT)}:{node.name}", node.end_lineno - node.lineno + 1


def _imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _is_network(name: str) -> bool:
    return any(name == module or name.startswith(f"{module}.") for module in NETWORK)
