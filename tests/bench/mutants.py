"""Mutants of `viewer.quantify`: a seeded sample of small wrongs, and whether the tests notice each.

    python -m venv /tmp/cr && /tmp/cr/bin/pip install cosmic-ray      # not dependencies of the project
    /tmp/cr/bin/python tests/bench/mutants.py --python .venv-test/bin/python --work /tmp/mutants

Works in copies of the tree under ``--work``, never in the checkout. Takes ``--per-file`` mutants of every
file, in turn from the families of cosmic-ray's operators, and runs for each the test files that import its
module, up to the first failure; one that outlives them faces all others that reach it through the room's
modules (those of the simulated phantom, which take long, only for ``phantom*.py``). Prints a table: file,
line, outcome, the line before and after. The same seed gives the same mutants of the same source.

Not a test: a survivor is a question (which test is missing, or why is the mutant equivalent?), not a failure.
"""

import argparse
import ast
import json
import os
import random
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from queue import Queue

ROOT = Path(__file__).resolve().parents[2]
ROOM = Path("viewer/quantify")
TESTS = Path("tests/quantify")
PACKAGE = ".".join(ROOM.parts)
COPIED = ("viewer", "resources", "tests", "packaging", "pyproject.toml", "README.md")
FAMILIES = {
    "number": ["NumberReplacer"],
    "arithmetic": [
        f"ReplaceBinaryOperator_{pair}"
        for pair in ("Add_Sub", "Sub_Add", "Mul_Div", "Div_Mul", "Pow_Mul", "FloorDiv_Div", "Mod_Add")
    ],
    "comparison": [
        f"ReplaceComparisonOperator_{pair}"
        for pair in ("Lt_LtE", "LtE_Lt", "Gt_GtE", "GtE_Gt", "Lt_Gt", "Gt_Lt", "Eq_NotEq", "NotEq_Eq")
    ],
    "logic": [
        "AddNot",
        "ReplaceAndWithOr",
        "ReplaceOrWithAnd",
        "ReplaceUnaryOperator_Delete_Not",
        "ReplaceUnaryOperator_Delete_USub",
        "ReplaceTrueWithFalse",
        "ReplaceFalseWithTrue",
        "ZeroIterationForLoop",
    ],
}
OUTCOMES = {0: "survived", 1: "killed", 2: "killed", -9: "timeout", -24: "timeout"}
"""By pytest's exit code (2: the mutant breaks the import) or minus the signal that ended it."""
BROKEN = 70
CHECK = "test_quantify_decay.py"


@dataclass(frozen=True)
class Mutant:
    """One mutation: ``before`` and ``after`` are the changed lines, ``code`` the whole file with it."""

    file: str
    line: int
    operator: str
    before: str
    after: str
    code: str


def places(source: str) -> list[list[tuple[str, int, int]]]:
    """Return where a file may be mutated, by family: (operator, occurrence, line)."""
    from cosmic_ray.ast import ast_nodes, get_ast
    from cosmic_ray.plugins import get_operator

    nodes = list(ast_nodes(get_ast(source)))
    found = []
    for names in FAMILIES.values():
        family = []
        for name in names:
            operator = get_operator(f"core/{name}")()
            lines = [position[0][0] for node in nodes for position in operator.mutation_positions(node)]
            family += [(name, occurrence, line) for occurrence, line in enumerate(lines)]
        found.append(family)
    return found


def mutated(path: Path, source: str, place: tuple[str, int, int]) -> Mutant:
    """Make a mutation."""
    from cosmic_ray.mutating import mutate_code
    from cosmic_ray.plugins import get_operator

    name, occurrence, line = place
    code = mutate_code(source, get_operator(f"core/{name}")(), occurrence)
    changed = next((n for n, (a, b) in enumerate(zip(source.splitlines(), code.splitlines())) if a != b), line - 1)
    before, after = (text.splitlines()[changed].strip() for text in (source, code))
    return Mutant(path.name, changed + 1, name, before, after, code)


def _compiles(code: str) -> bool:
    try:
        compile(code, "mutant", "exec")
    except SyntaxError:
        return False
    return True


def sample(files: list[Path], per_file: int, seed: int) -> list[Mutant]:
    """Return ``per_file`` mutants of each file, from its families in turn, each on a line of its own."""
    turns: list[tuple[int, Mutant]] = []
    for path in files:
        dice, source = random.Random(f"{seed} {path.name}"), path.read_text()
        families = [family for family in places(source) if family]
        dice.shuffle(families)
        for family in families:
            dice.shuffle(family)
        lines: set[int] = set()
        while any(families) and len(lines) < per_file:
            for family in families:
                place = next((each for each in family if each[2] not in lines), None)
                family[:] = [each for each in family if each is not place and each[2] not in lines]
                if place is not None and len(lines) < per_file:
                    lines.add(place[2])
                    turns.append((len(lines), mutated(path, source, place)))
    turns.sort(key=lambda each: each[0])  # one of each file, then the next: a run cut short is stratified, too
    return [mutant for _, mutant in turns if mutant.before != "*," and _compiles(mutant.code)]


def reached_from(room: Path, tests: Path) -> dict[str, list[list[str]]]:
    """Return for each module the test files in order of their distance: those that import it, then the others.

    The second list holds those that import it through other modules of the room.
    """
    imports = {path.stem: _imported(path) for path in sorted(room.glob("*.py"))}
    named = {
        path.name: _imported(path) for path in sorted(tests.glob("test_*.py"), key=lambda p: p.stat().st_size)
    }
    found = {}
    for module in imports:
        layers, users = [], {module}
        while True:
            taken = {name for layer in layers for name in layer}
            layer = [name for name, used in named.items() if used & users and name not in taken]
            if layer:
                layers.append(layer)
            wider = users | {name for name, used in imports.items() if used & users}
            if wider == users:
                break
            users = wider
        own = f"test_quantify_{module}.py"
        first, *others = [sorted(layer, key=lambda name: name != own) for layer in layers] or [[]]
        slow = set() if module.startswith("phantom") else {name for name in named if "phantom" in name}
        rest = [name for layer in others for name in layer]
        found[module] = [[name for name in batch if name not in slow] for batch in (first, rest)]
    return found


def _imported(path: Path) -> set[str]:
    """Return the modules of the room that a file imports."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module == PACKAGE:
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith(f"{PACKAGE}."):
            found.add(str(node.module).rpartition(".")[2])
    return found


class Worker:
    """A copy of the tree and a process that holds the libraries, and forks for each run of tests."""

    def __init__(self, python: Path, tree: Path, cpu_s: int) -> None:
        self.tree, self.cpu_s, self.checked = tree, cpu_s, False
        copy_tree(tree)
        command = [python, "-B", __file__, "--serve", str(tree)]
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


def copy_tree(tree: Path) -> None:
    """Copy what the tests need to ``tree``, without compiled files, which would outlive a mutation."""
    shutil.rmtree(tree, ignore_errors=True)
    tree.mkdir(parents=True)
    for name in COPIED:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, tree / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy2(ROOT / name, tree / name)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--serve", metavar="TREE", help=argparse.SUPPRESS)
    parser.add_argument("--python", type=Path, default=sys.executable, help="the interpreter with the test tools")
    parser.add_argument("--work", type=Path, default=Path("/tmp/mutants"), help="folder for copies and coverage")
    parser.add_argument("--per-file", type=int, default=3)
    parser.add_argument("--seed", type=int, default=149)
    parser.add_argument("--only", nargs="*", help="files of the room, such as decay.py; default: all")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--cpu-s", type=int, default=60, help="CPU time that the tests of a mutant may take")
    words = parser.parse_args()
    if words.serve:
        return serve(words.serve)
    files = [p for p in sorted((ROOT / ROOM).glob("*.py")) if not words.only or p.name in words.only]
    return report(words, sample(files, words.per_file, words.seed))


def report(words: argparse.Namespace, mutants: list[Mutant]) -> None:
    """Run the mutants, printing each as it ends."""
    idle: Queue[Worker] = Queue()
    tests = reached_from(ROOT / ROOM, ROOT / TESTS)
    for n in range(words.workers):
        idle.put(Worker(words.python.absolute(), words.work / f"worker{n}", words.cpu_s))

    def judged(mutant: Mutant) -> str:
        worker = idle.get()
        try:
            worker.check()
            found = worker.outcome(mutant, tests[mutant.file.removesuffix(".py")])
        finally:
            idle.put(worker)
        sys.stdout.write(f"{mutant.file:<24} {mutant.line:>4}  {found:<9} {mutant.before}  ->  {mutant.after}\n")
        sys.stdout.flush()
        return found

    with ThreadPoolExecutor(words.workers) as pool:
        outcomes = list(pool.map(judged, mutants))
    counts = {name: outcomes.count(name) for name in sorted(set(outcomes))}
    sys.stdout.write(f"{len(mutants)} mutants, seed {words.seed}: {counts}\n")


if __name__ == "__main__":
    main()
