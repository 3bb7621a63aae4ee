"""Mutants of `viewer.quantify`: a seeded sample of small wrongs, and whether the tests notice each.

    python -m venv /tmp/cr && /tmp/cr/bin/pip install cosmic-ray      # not dependencies of the project
    /tmp/cr/bin/python tests/bench/mutants.py --python .venv-test/bin/python --work /tmp/mutants

Works in copies of the tree under ``--work``, never in the checkout. Takes ``--per-file`` mutants of every
file, in turn from the families of cosmic-ray's operators, and runs for each the test files that import its
module, up to the first failure; one that outlives them faces all others that reach it through the room's
modules (those of the simulated phantom, which take long, only for ``phantom*.py``). Prints a table: file,
line, outcome, the line before and after. The same seed gives the same mutants of the same source.

Not a test: a survivor is a question (which test is missing, or why is the mutant equivalent?), not a failure.

The phantom's modules on 2026-11-28 (``--only 'phantom*.py'``, nine files, ``--per-file 4 --seed 2604``): of 36
mutants 26 were killed and ten survived. Eight of those have tests since, each of which kills its mutant: limits
moved by a step (calibration, cold spheres, how far off the ring), lung residual 1 % off, end of the phantom 2 mm
off, sharpness read from another parameter, one place taken for two, a CT cut one voxel short at its border. Two
are equivalent: ``>`` for ``>=`` in `phantom_rois.disc` differs only for a voxel centre exactly 1 nm beyond half a
slice, and ``eq=True`` of `phantom_fit.Patch`, whose instances nothing compares or hashes.
"""

import argparse
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import Queue

from mutating.reach import reached_from
from mutating.sample import Mutant, sample
from mutating.worker import ROOM, ROOT, TESTS, Worker


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--python", type=Path, default=sys.executable, help="the interpreter with the test tools")
    parser.add_argument("--work", type=Path, default=Path("/tmp/mutants"), help="folder for copies and coverage")
    parser.add_argument("--per-file", type=int, default=3)
    parser.add_argument("--seed", type=int, default=149)
    parser.add_argument(
        "--only", nargs="*", default=["*"], help="files of the room: decay.py 'phantom*.py'; default: all"
    )
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--cpu-s", type=int, default=60, help="CPU time that the tests of a mutant may take")
    words = parser.parse_args()
    files = [p for p in sorted((ROOT / ROOM).glob("*.py")) if any(p.match(name) for name in words.only)]
    report(words, sample(files, words.per_file, words.seed))


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
