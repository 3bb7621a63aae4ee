"""How fast, how well the processor is used, how much memory: each measured in a process of its own.

``python -m denoising.speed METHOD [MODEL]`` is that process. Processor seconds are compared as well as the
clock's, because the clock also counts what other programs took. The rate of matrix multiplication is measured just
before and after each run of a network, in the same process: processors change their clock from second to second.
"""

import json
import os
import resource
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

SHAPE = (56, 112, 112)
SIGMA = 0.05
PREFIX = "result: "


@dataclass(frozen=True)
class Speed:
    method: str
    seconds: float
    cpu_seconds: float
    peak_mb: float
    baseline_mb: float
    gflop: float = float("nan")
    matmul_gflop_s: float = float("nan")
    share: float = float("nan")
    """Of the rate of matrix multiplication, per processor second: a whole `denoise` without the panel, median …"""
    network_share: tuple[float, float, float] = (float("nan"),) * 3
    """… and what lies between the image in SNR units and the answer: median, lowest, highest."""
    network_clock_share: float = float("nan")
    """The same by the clock, median."""

    def public(self) -> dict[str, Any]:
        return asdict(self)


def volume():
    """A head of ellipsoids (slices, rows, columns), Rician noise: 112 x 112 x 56 magnitudes."""
    z, y, x = np.meshgrid(*(np.linspace(-1, 1, n) for n in SHAPE), indexing="ij")
    head = 0.8 * (x**2 / 0.6 + y**2 / 0.8 + z**2 / 0.9 < 1) + 0.2 * np.sin(9 * x) * np.cos(7 * y) * (
        x**2 + y**2 < 0.4
    )
    rng = np.random.default_rng(3)
    noise = rng.standard_normal((2, *SHAPE)) * SIGMA
    return np.hypot(head + noise[0], noise[1]).astype(np.float32)


def child(method: str, model: str | None, repeats: int) -> dict[str, Any]:
    """Measure in this process: best of ``repeats`` after one small warm-up (not for BM4D, which keeps nothing)."""
    image = volume()
    run = _runner(method, model)
    if method != "bm4d":
        run(image[:8])
    baseline = _peak_mb()
    taken = [_seconds(partial(run, image)) for _ in range(repeats)]
    found = dict(zip(("seconds", "cpu_seconds"), min(taken)), peak_mb=_peak_mb(), baseline_mb=baseline)
    return found | (shares(run, model, image) if method == "ours" else {})


def _seconds(call) -> tuple[float, float]:
    """Return what a call took of the clock and of the processors."""
    started, cpu = time.perf_counter(), time.process_time()
    call()
    return time.perf_counter() - started, time.process_time() - cpu


def shares(denoised, model: str | None, image, repeats: int = 5) -> dict[str, Any]:
    """Return the work of a network in GFLOP, and its shares of the rate of matrix multiplication.

    ``denoised``: the whole run, of which the network is a part.
    """
    from denoising.flops import gflop_of
    from viewer.denoise.card import load_card
    from viewer.denoise.run import Run
    from viewer.denoise.runtime import open_network
    from viewer.denoise.sources import noise_of

    card, gflop = load_card(model), gflop_of(model, image.shape)
    network = Run(noise_of(image), card, open_network(card))
    rates, whole, alone = [matmul_gflop_s(repeats=3)], [], []
    for _ in range(repeats):
        for call, into in ((network, alone), (denoised, whole)):
            taken = _seconds(partial(call, image))
            rates.append(matmul_gflop_s(repeats=3))
            into.append([2 * gflop / s / (b + a) for s, b, a in zip(taken, *rates[-2:])])
    clock, cpu = zip(*alone)
    return {
        "gflop": gflop,
        "matmul_gflop_s": float(np.median([rate for rate, _ in rates])),
        "share": float(np.median([share for _, share in whole])),
        "network_share": (float(np.median(cpu)), min(cpu), max(cpu)),
        "network_clock_share": float(np.median(clock)),
    }


def _runner(method: str, model: str | None):
    if method == "ours":
        from denoising.ours import volume_of
        from viewer.denoise.cache import ANSWERS
        from viewer.denoise.engine import denoise

        def ours(image):
            ANSWERS.clear()
            return denoise(volume_of(image), model=model, judge=False)  # BM4D judges nothing either

        return ours
    from denoising import methods

    extra = {"profile": "np"} if method == "bm4d" else {}
    return lambda image: methods.FUNCTIONS[method](image, SIGMA, rician="vst", **extra)


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def measure(method: str, model: str | None = None, repeats: int = 2) -> dict[str, Any]:
    """Run `child` in a new process and return what it measured."""
    here = Path(__file__).resolve().parents[1]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(here), str(here.parents[1])])}
    command = [sys.executable, "-m", "denoising.speed", method, model or "", str(repeats)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    lines = [line for line in done.stdout.splitlines() if line.startswith(PREFIX)]
    if not lines:
        raise RuntimeError(f"{method} could not be measured: {done.stderr[-400:]}")
    return json.loads(lines[-1].removeprefix(PREFIX))


def matmul_gflop_s(size: int = 1536, repeats: int = 6) -> tuple[float, float]:
    """Return fp32 matrix multiplication in GFLOP per second of the clock, and of the processors; medians.

    The best of several would be a moment without other programs, which the network beside it does not have.
    """
    a, b = (np.random.default_rng(n).standard_normal((size, size), dtype=np.float32) for n in (0, 1))
    a @ b
    clock, cpu = [], []
    for _ in range(repeats):
        started, used = time.perf_counter(), time.process_time()
        a @ b
        clock.append(time.perf_counter() - started)
        cpu.append(time.process_time() - used)
    work = 2 * size**3 / 1e9
    return work / float(np.median(clock)), work / float(np.median(cpu))


def run(models, say=print) -> list[Speed]:
    """Measure every model, BM4D (profile 'np') and non-local means on the same volume."""
    from denoising import methods

    found = []
    for model in models:
        found.append(Speed(f"ours {model or ''}".strip(), **measure("ours", model)))
        say(f"  {found[-1]}")
    for method in ("nlm", "bm4d"):
        if not methods.missing(method):
            found.append(Speed(method, **measure(method, repeats=1)))
            say(f"  {found[-1]}")
    return found


if __name__ == "__main__":
    print(PREFIX + json.dumps(child(sys.argv[1], sys.argv[2] or None, int(sys.argv[3]))))
