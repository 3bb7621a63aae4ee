"""Keep the last answers of the networks: changing the strength, or going back, must not cost a second run.

Keyed by content: the numbers of the image, the noise that was assumed, and the hash of the model. In memory only.
"""

import hashlib
from collections import OrderedDict
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray

from viewer.core.denoised import ModelIdentity, NoiseEstimate

MOST_BYTES = 512 * 2**20


def content_key(data: NDArray[Any], noise: NoiseEstimate, model: ModelIdentity, *, negated: bool = False) -> str:
    """Return a hash of all that the answer depends on."""
    digest = hashlib.blake2b(digest_size=24)
    digest.update(repr((data.shape, data.dtype.str, noise.sigma, noise.factor, model, negated)).encode())
    digest.update(np.ascontiguousarray(data).view(np.uint8).data)
    if noise.map is not None:
        digest.update(np.ascontiguousarray(noise.map).view(np.uint8).data)
    return digest.hexdigest()


class AnswerCache:
    """The most recent images (slices, rows, columns) by key, as many as fit in ``most_bytes``; thread-safe."""

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self._most, self._lock = most_bytes, Lock()
        self._kept: OrderedDict[str, NDArray[Any]] = OrderedDict()

    def get(self, key: str) -> NDArray[Any] | None:
        """Return the image kept under ``key``, read-only, or None."""
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
            return self._kept.get(key)

    def put(self, key: str, image: NDArray[Any]) -> None:
        """Keep ``image``; the ones used longest ago make room. What is larger than the cache is not kept."""
        kept = image.view()
        kept.flags.writeable = False
        with self._lock:
            self._kept[key] = kept
            while sum(item.nbytes for item in self._kept.values()) > self._most:
                self._kept.popitem(last=False)

    def clear(self) -> None:
        """Forget everything, as benchmarks must."""
        with self._lock:
            self._kept.clear()


ANSWERS = AnswerCache()
