"""Loaded images within a budget of bytes: the least recently used leave first, those on screen never."""

from collections import OrderedDict
from collections.abc import Callable, Collection
from typing import Generic, TypeVar

from viewer.core.denoised import DenoiseResult
from viewer.core.volume import Volume

T = TypeVar("T")
GIB = 2**30


def volume_bytes(volume: Volume) -> int:
    """Bytes held by a volume."""
    return int(volume.data.nbytes)


def result_bytes(result: DenoiseResult) -> int:
    """Bytes held by a denoising result beyond its source."""
    maps = result.maps.leak.nbytes + result.maps.error_sigma.nbytes if result.maps else 0
    return int(result.volume.data.nbytes + result.residual_sigma.nbytes + maps)


class Budget(Generic[T]):
    """A dictionary that forgets: at most ``limit`` bytes, pinned keys excepted."""

    def __init__(self, size: Callable[[T], int], limit: int = 3 * GIB) -> None:
        self._size = size
        self._limit = limit
        self._items: OrderedDict[str, T] = OrderedDict()

    def get(self, key: str) -> T | None:
        """Return the item and count it as used, or None."""
        if key in self._items:
            self._items.move_to_end(key)
        return self._items.get(key)

    def put(self, key: str, item: T, pinned: Collection[str] = ()) -> tuple[str, ...]:
        """Keep ``item``; return the keys that had to go for it."""
        self._items[key] = item
        self._items.move_to_end(key)
        gone = []
        for old in [name for name in self._items if name != key and name not in pinned]:
            if self.bytes <= self._limit:
                break
            del self._items[old]
            gone.append(old)
        return tuple(gone)

    def discard(self, key: str) -> None:
        """Forget ``key`` if it is there."""
        self._items.pop(key, None)

    def clear(self) -> None:
        """Forget everything."""
        self._items.clear()

    @property
    def bytes(self) -> int:
        """Bytes held now."""
        return sum(self._size(item) for item in self._items.values())
