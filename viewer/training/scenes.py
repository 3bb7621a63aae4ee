"""Clean patches of anatomy: cut from open volumes, or painted from the labels of simulated heads."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Rng = np.random.Generator
EMPTY_MEAN = 0.08
"""A central patch darker than this (of the 99.5th percentile) is mostly air; three more places are tried."""
TEXTURE = 0.04


@dataclass(frozen=True)
class Scenes:
    """Where clean patches come from.

    ``stacks``: volumes (slices, rows, columns), 99.5th percentile 1. ``heads``: tissue fractions
    (tissues, slices, rows, columns) as uint8 of 255, painted with random intensities, so that contrast means
    nothing to the network. ``head_share``: how often a head is drawn.
    """

    stacks: list[Floats]
    heads: list[NDArray[np.uint8]] = field(default_factory=list)
    head_share: float = 0.0

    def draw(self, slices: int, size: int, rng: Rng) -> Floats:
        """Return ``slices`` neighbouring patches (slices, size, size), zero beyond the stack, turned at random."""
        if self.heads and rng.random() < self.head_share:
            patch = _painted(self.heads[rng.integers(len(self.heads))], slices, size, rng)
        else:
            patch = _cut(self.stacks[rng.integers(len(self.stacks))], slices, size, rng)
        patch = np.rot90(patch, int(rng.integers(4)), axes=(1, 2))
        return np.ascontiguousarray(patch[:, ::-1] if rng.random() < 0.5 else patch)


def _cut(stack: Floats, slices: int, size: int, rng: Rng) -> Floats:
    patch = np.zeros((slices, size, size), dtype=np.float32)
    step = int(rng.choice([1, 1, 1, 2, 3]))  # slices less alike than the volume's own
    for _ in range(4):
        patch = _window(stack, slices, size, step, rng)
        if patch[slices // 2].mean() > EMPTY_MEAN:
            break
    return patch


def _window(stack: NDArray[np.generic], slices: int, size: int, step: int, rng: Rng) -> Floats:
    """Cut one random window of (..., slices, rows, columns); what lies beyond the stack is zero."""
    patch = np.zeros((*stack.shape[:-3], slices, size, size), dtype=np.float32)
    k, half = int(rng.integers(stack.shape[-3])), slices // 2
    r, c = (int(rng.integers(max(n - size, 0) + 1)) for n in stack.shape[-2:])
    for slot, index in enumerate(range(k - half * step, k + half * step + 1, step)):
        if 0 <= index < stack.shape[-3]:
            part = stack[..., index, r : r + size, c : c + size]
            patch[..., slot, : part.shape[-2], : part.shape[-1]] = part
    return patch


def _painted(head: NDArray[np.uint8], slices: int, size: int, rng: Rng) -> Floats:
    """Give every tissue of a head a random brightness and a little texture; air stays black."""
    for _ in range(4):
        fractions = _window(head, slices, size, 1, rng) / np.float32(255)
        if fractions[1:, slices // 2].sum(axis=0).mean() > 0.3:
            break
    brightness = rng.uniform(0.02, 1.1, len(fractions)).astype(np.float32)
    brightness[0] = 0
    texture = 1 + TEXTURE * rng.standard_normal((len(fractions), 1, size, size), dtype=np.float32)
    return np.asarray(np.einsum("t,tkrc->krc", brightness, fractions * texture, optimize=True), dtype=np.float32)
