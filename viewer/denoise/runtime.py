"""Run a network with onnxruntime on the CPU: two threads at most, deterministic, verified before use."""

import os
from contextlib import closing
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from viewer.core.denoised import ModelIdentity
from viewer.core.errors import LowfieldError
from viewer.core.progress import Progress
from viewer.denoise.card import ModelCard, verified
from viewer.denoise.parallel import in_order
from viewer.denoise.scaling import stack_context
from viewer.denoise.tiling import Tiling, Window

Floats = NDArray[np.float32]
Job = tuple[int, Window, Floats]
"""A slice, a tile of it, and the tile's blending weights."""
THREADS = 2
BATCH_VOXELS = 32 * 1024
"""Voxels per run of the network, at least one tile: bounds memory (about 2.3 kB per voxel). More is no faster:
what a run computes no longer fits in the processor's cache."""
PROVIDER = "CPUExecutionProvider"


class Network(Protocol):
    """Anything that maps (batch, channels, rows, columns) to the clean centre (batch, 2, rows, columns)."""

    def __call__(self, inputs: Floats) -> Floats:
        """Run one batch."""


@dataclass(frozen=True, eq=False)
class OnnxNetwork:
    """A verified model in a session of onnxruntime, which may be run ``at_once`` so many times."""

    card: ModelCard
    session: Any
    at_once: int = 1

    def __call__(self, inputs: Floats) -> Floats:
        """Run one batch; a failure of the runtime is an error, never the input returned."""
        try:
            outputs = self.session.run([self.card.output_name], {self.card.input_name: inputs})
        except Exception as error:  # onnxruntime raises bare exceptions of many private types
            raise LowfieldError(f"The denoising network failed: {error}", where=self.card.path) from error
        return np.asarray(outputs[0], dtype=np.float32)


def open_network(card: ModelCard, provider: str = PROVIDER) -> OnnxNetwork:
    """Open a model, once its hash is verified; sessions are kept, one per model, hash and provider.

    Other execution providers than the CPU's give slightly other numbers; LowfieldError where one is not installed.
    """
    available = onnxruntime.get_available_providers()
    if provider not in available:
        raise LowfieldError(
            f"This onnxruntime has no {provider}.", hint=f"It has: {', '.join(available)}; the CPU always works."
        )
    return OnnxNetwork(card, _session(str(card.path), card.sha256, provider), _at_once(provider))


@lru_cache(maxsize=4)
def _session(path: str, sha256: str, provider: str) -> Any:
    """Open one model from the very bytes that were verified; ``sha256`` in the key opens a replaced file again."""
    network = verified(Path(path), sha256)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1  # see `_at_once`
    options.inter_op_num_threads = 1
    options.use_deterministic_compute = True
    options.enable_cpu_mem_arena = False  # gives memory back between runs
    options.log_severity_level = 3
    try:
        return onnxruntime.InferenceSession(network, options, providers=[provider])
    except Exception as error:  # see OnnxNetwork.__call__
        raise LowfieldError(f"The denoising network cannot be opened: {error}", where=path) from error


def _at_once(provider: str) -> int:
    """Return how many batches to run at a time, one thread each, but no more than processors may be used.

    Threads that share a batch wait for each other after every layer, and spin; those with a batch each do not.
    Other providers bring their own threads, and not all may be run twice at a time.
    """
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(THREADS, allowed) if provider == PROVIDER else 1


def identity(card: ModelCard, provider: str = PROVIDER) -> ModelIdentity:
    """Say which network runs, and on what."""
    return ModelIdentity(card.name, card.version, card.sha256, f"onnxruntime {onnxruntime.__version__}", provider)


def run_network(
    network: Network, card: ModelCard, pairs: Floats, progress: Progress, noise_map: Floats | None = None
) -> Floats:
    """Denoise (slices, 2, rows, columns) in units of sigma, slice by slice, in overlapping tiles.

    ``noise_map`` (slices, rows, columns) is the noise of each voxel in the same units (None: 1 everywhere).

    As many runs at a time as the network says, each with 150 MB at most (measured on tiles of 256 x 256), whatever
    the size of the volume; the padded copies of input and answer are twice the volume each. A cancel waits for no
    run.
    Raises LowfieldError when the network answers with anything but finite numbers.
    """
    slices, _, rows, columns = pairs.shape
    tiling = Tiling(rows, columns, card.tile_size, card.tile_overlap, card.multiple)
    tiles = [(window, tiling.weights(window)) for window in tiling.windows()]
    jobs: list[Job] = [(k, *tile) for k in range(slices) for tile in tiles]
    at_once = getattr(network, "at_once", 1)
    size = max(1, min(BATCH_VOXELS // (tiling.tile_shape[0] * tiling.tile_shape[1]), -(-len(jobs) // at_once)))
    batches = [jobs[start : start + size] for start in range(0, len(jobs), size)]
    padded = tiling.pad(pairs)
    loudness = tiling.pad(np.ones((1, rows, columns), np.float32) if noise_map is None else noise_map)
    clean = np.zeros_like(padded)

    def run(batch: list[Job]) -> Floats:
        maps = (loudness[min(k, len(loudness) - 1)][window] for k, window, _ in batch)
        inputs = (stack_context(padded, k, card.context, levels, w) for (k, w, _), levels in zip(batch, maps))
        return network(np.stack(list(inputs)))

    def tell(answers: int) -> None:
        progress(answers / len(batches), "Denoising")

    with closing(in_order(run, batches, at_once, waiting=tell)) as answers:
        for batch, outputs in zip(batches, answers):
            for (k, window, weights), output in zip(batch, outputs):
                clean[k][:, *window] += output * weights
    progress(1.0, "Denoising")
    if not np.isfinite(clean).all():
        raise LowfieldError("The denoising network returned invalid numbers.", where=card.path)
    return clean[:, :, :rows, :columns]
