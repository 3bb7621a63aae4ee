"""A copy of the tree, in which tests judge mutants one after the other."""

import json
import os
import shutil
import subprocess
from pathlib import Path

from mutating.sample import Mutant

ROOT = Path(__file__).resolve().parents[3]
ROOM = Path("viewer/quantify")
TESTS = Path("tests/quantify")
SERVER = Path(__file__).with_name("serve.py")
COPIED = ("viewer", "resources", "tests", "packaging", "pyproject.toml", "README.md")
OUTCOMES = {0: "survived", 1: "killed", 2: "killed", -9: "timeout", -24: "timeout"}
"""By pytest's exit code (2: the mutant breaks the import) or minus the signal that ended it."""
CHECK = "test_quantify_decay.py"


class Worker:
    """A copy of the tree and a process that holds the libraries, and forks for each run of tests."""

    def __init__(self, python: Path, tree: Path, cpu_s: int) -> None:
        self.tree, self.cpu_s, self.checked = tree, cpu_s, False
        copy_tree(tree)
        command = [python, "-B", str(SERVER), str(tree)]
        environment = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
        pipe = subprocess.PIPE
        self.process = subprocess.Popen(
            command, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL, text=True, cwd=tree, env=environment
        )

    def check(self) -> None:
        """Once: without a mutant the tests must pass, or every mutant would count as killed."""
        if not self.checked and self.run([CHECK]) != "survived":
            raise SystemExit(f"{CHECK} fails in {self.tree} without any mutant.")
        self.checked = True

    def outcome(self, mutant: Mutant, batches: list[list[str]]) -> str:
        """Run test files with the mutant in place."""
        path = self.tree / ROOM / mutant.file
        original = path.read_text()
        path.write_text(mutant.code)
        try:
            for tests in batches:
                if tests and (found := self.run(tests)) != "survived":
                    return found
            return "survived" if any(batches) else "no test"
        finally:
            path.write_text(original)

    def run(self, tests: list[str]) -> str:
        """Run tests in a fork of the process."""
        assert self.process.stdin is not None and self.process.stdout is not None
        self.process.stdin.write(json.dumps([self.cpu_s, [str(TESTS / name) for name in tests]]) + "\n")
        self.process.stdin.flush()
        code = int(self.process.stdout.readline())
        if code not in OUTCOMES:
            raise SystemExit(f"pytest ended with {code} for {tests} in {self.tree}")
        return OUTCOMES[code]


def copy_tree(tree: Path) -> None:
    """Copy what the tests need to ``tree``, without compiled files, which would outlive a mutation."""
    shutil.rmtree(tree, ignore_errors=True)
    tree.mkdir(parents=True)
    for name in COPIED:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, tree / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy2(ROOT / name, tree / name)
