"""Keep what slow methods returned, by content: input, method, parameters and library version, with the seconds."""

import hashlib
import json
import os
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

SLOW = ("bm4d",)


class NotCached(Exception):
    """Nothing new is to be computed and this is not there."""


@dataclass(frozen=True)
class Answer:
    """A denoised image and what it took: wall-clock and processor seconds, measured when it was made."""

    image: NDArray[Any]
    seconds: float
    cpu_seconds: float
    cached: bool


def default_folder() -> Path:
    """``LOWFIELD_BENCH_CACHE``, or a folder beside other temporary files."""
    return Path(os.environ.get("LOWFIELD_BENCH_CACHE") or Path(tempfile.gettempdir()) / "lowfield-bench")


@dataclass(frozen=True)
class Cache:
    """A folder of answers. ``fresh`` computes everything again and replaces what is there.

    ``slow_until``: time (`time.monotonic`) after which BM4D is no longer run, only looked up.
    """

    folder: Path
    fresh: bool = False
    slow_until: float = float("inf")

    def run(
        self, name: str, version: str, image: NDArray[Any], options: dict[str, Any], function: Callable[[], Any]
    ) -> Answer:
        """Return ``function()``, or what it returned before for the same image, options and version."""
        path = self.folder / name / f"{_key(version, image, options)}.npz"
        if path.is_file() and not self.fresh:
            with np.load(path) as saved:
                return Answer(saved["image"], float(saved["seconds"]), float(saved["cpu_seconds"]), True)
        if name in SLOW and time.monotonic() > self.slow_until:
            raise NotCached(name)
        started, cpu = time.perf_counter(), time.process_time()
        result = np.asarray(function())
        result = result.astype(np.complex64 if np.iscomplexobj(result) else np.float32)
        answer = Answer(result, time.perf_counter() - started, time.process_time() - cpu, False)
        _write(path, answer)
        return answer


def _key(version: str, image: NDArray[Any], options: dict[str, Any]) -> str:
    """Hash everything that the answer depends on; arrays among the options by their bytes."""
    digest = hashlib.sha256(version.encode())
    digest.update(f"{image.shape} {image.dtype}".encode())
    digest.update(np.ascontiguousarray(image).tobytes())
    for name, value in sorted(options.items()):
        digest.update(name.encode())
        is_array = isinstance(value, np.ndarray)
        digest.update(np.ascontiguousarray(value).tobytes() if is_array else json.dumps(value).encode())
    return digest.hexdigest()[:32]


def _write(path: Path, answer: Answer) -> None:
    """Write whole or not at all, so that a killed run leaves nothing broken behind."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(f".{os.getpid()}.tmp")
    with draft.open("wb") as file:
        np.savez(file, image=answer.image, seconds=answer.seconds, cpu_seconds=answer.cpu_seconds)
    draft.replace(path)
