"""Measure the denoiser: ``python tests/bench/denoise.py [--quick] [--only PART …] [--model NAME …] [--out DIR]``.

Parts: ``repeats`` (real 55 mT scans, acquired twice), ``synthetic`` (volumes never trained on, truth known),
``siblings`` (55 mT beside 3 T), ``lesions`` (small, faint, inserted), ``speed``. Same input, same machine, one
run: ours, BM4D, non-local means, wavelets, total variation, Gaussian. Writes ``table.md``, ``results.json`` and
pictures to ``--out``.

What slow methods returned is kept in ``--cache`` (``LOWFIELD_BENCH_CACHE``) by content, so an interrupted run goes
on where it stopped; ``--slow-minutes`` ends the computing of new BM4D answers (missing ones leave gaps, never
guesses). BM4D and scikit-image are no dependencies of the project: ``pip install bm4d scikit-image``; BM4D is
licensed for non-commercial use only.
"""

import argparse
import json
import platform
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(Path(__file__).resolve().parent), str(ROOT)]

from denoising import methods, parts  # noqa: E402  (the folder must be on the path first)
from denoising.cache import Cache, default_folder  # noqa: E402


def arguments(words=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data")
    parser.add_argument("--out", type=Path, default=None, help="folder for table.md, results.json and pictures")
    parser.add_argument("--model", action="append", help="model to measure, repeatable (default: every model)")
    parser.add_argument("--only", action="append", choices=tuple(parts.PARTS), help="one part, repeatable")
    parser.add_argument("--quick", action="store_true", help="fewer volumes, noise levels and multiples")
    parser.add_argument("--cache", type=Path, default=default_folder(), help="where slow answers are kept")
    parser.add_argument("--fresh", action="store_true", help="compute everything again")
    parser.add_argument("--slow-minutes", type=float, default=float("inf"), help="then BM4D only from the cache")
    return parser.parse_args(words)


def main():
    options = arguments()
    say = lambda text: print(text, file=sys.stderr, flush=True)  # noqa: E731
    cache = Cache(options.cache, options.fresh, time.monotonic() + 60 * options.slow_minutes)
    absent = [name for name in methods.FUNCTIONS if methods.missing(name)]
    for name in absent:
        say(f"{name} is not measured: the package {methods.PACKAGES[name]} is not installed")
    models = options.model or parts.all_models()
    setting = parts.Setting(cache, options.data, models, options.quick, options.out, say)
    results = {"machine": platform.processor() or platform.machine(), "models": models, "not installed": absent}
    tables = [
        f"# Denoising benchmark\n\nModels: {', '.join(models)}. Not installed: {', '.join(absent) or 'none'}.\n"
    ]
    for name in options.only or parts.PARTS:
        say(f"{name} …")
        table, found = parts.PARTS[name](setting)
        print(table)
        tables.append(table)
        results[name] = found
        if options.out:
            options.out.mkdir(parents=True, exist_ok=True)
            (options.out / "table.md").write_text("\n".join(tables), encoding="utf-8")
            (options.out / "results.json").write_text(json.dumps(results, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
