"""A warm process that holds the libraries, and forks for each run of tests: ``python serve.py TREE``."""

import json
import os
import sys

BROKEN = 70
"""Exit code of a run in which pytest itself raised: that is no kill."""


def serve(tree: str) -> None:
    """Answer each line (CPU seconds and test files, as JSON) by pytest's exit code or minus its signal."""
    import importlib
    import pkgutil

    sys.path[0] = tree
    for name in ("pytest", "numpy", "scipy.ndimage", "scipy.optimize", "scipy.stats", "pydicom"):
        importlib.import_module(name)
    for room in ("core", "roi", "simulate"):  # they know nothing of quantify
        package = importlib.import_module(f"viewer.{room}")
        for module in pkgutil.iter_modules(package.__path__):
            importlib.import_module(f"viewer.{room}.{module.name}")
    assert not any(name.startswith("viewer.quantify") for name in sys.modules)
    for line in sys.stdin:
        if not (child := os.fork()):
            _test(*json.loads(line))
        _, status = os.waitpid(child, 0)
        sys.stdout.write(f"{os.waitstatus_to_exitcode(status)}\n")
        sys.stdout.flush()


def _test(cpu_s: int, tests: list[str]) -> None:
    """Run pytest in this fork, with a limit of CPU time, which a busy machine does not shorten."""
    import resource

    import pytest

    resource.setrlimit(resource.RLIMIT_CPU, (cpu_s, cpu_s))
    nothing = os.open(os.devnull, os.O_RDWR)
    for stream in range(3):
        os.dup2(nothing, stream)
    code = BROKEN
    try:
        code = int(pytest.main(["-x", "-q", "-p", "no:cacheprovider", "--hypothesis-seed=0", *tests]))
    finally:
        os._exit(code)  # whatever pytest itself raises is no kill


if __name__ == "__main__":
    serve(sys.argv[1])
