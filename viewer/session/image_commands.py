"""The images in memory, and which of them is opened as what."""

from psygnal import Signal

from viewer.core.denoised import DenoiseResult
from viewer.core.volume import Volume
from viewer.session.keeper import StateKeeper
from viewer.session.volumes import GIB, Budget, result_bytes, volume_bytes


class ImageCommands(StateKeeper):
    """Volumes and denoising results by series key, within a budget of memory."""

    series_assigned = Signal(str)
    """(role): ``key(role)`` is another one; its volume may still have to load."""
    preview_arrived = Signal(str, int, object)
    """(key, k, slice (rows, columns) in the volume's unit): something to show while the rest loads."""
    volume_loaded = Signal(str)
    """(key): ``volume(role)`` is there for every role that shows this series."""
    denoised_changed = Signal()

    _volumes: Budget[Volume]
    _results: Budget[DenoiseResult]

    def _make_room(self, memory_bytes: int = 4 * GIB) -> None:
        self._volumes = Budget(volume_bytes, memory_bytes * 2 // 3)
        self._results = Budget(result_bytes, memory_bytes // 3)

    def key(self, role: str) -> str:
        """Key of the series opened as ``mri``, ``ct`` or ``pet``; empty for none."""
        return self._state.assigned.get(role, "")

    def volume(self, role: str) -> Volume | None:
        """The image opened as ``role``, or None while there is none in memory."""
        return self._volumes.get(self.key(role))

    def loaded(self, key: str) -> Volume | None:
        """The image of a series, whether or not anything shows it; None if it is not in memory."""
        return self._volumes.get(key)

    def add_volume(self, key: str, volume: Volume) -> None:
        """Keep a loaded image; older ones that nothing shows may leave memory for it."""
        self._volumes.put(key, volume, pinned=tuple(self._state.assigned.values()))
        self.volume_loaded.emit(key)

    @property
    def denoised(self) -> DenoiseResult | None:
        """The denoising result of the series in the MRI workspace, or None."""
        return self._results.get(self.key("mri"))

    def set_denoised(self, key: str, result: DenoiseResult | None) -> None:
        """Keep the result for a series, or drop it with None."""
        self._results.discard(key)
        gone = self._results.put(key, result, pinned=(self.key("mri"),)) if result else ()
        if gone:
            text = f"{len(gone)} denoised series left memory to make room. Denoise again to see them."
            self.message.emit("info", text, "")
        self.denoised_changed.emit()

    def _forget(self, key: str) -> None:
        self._volumes.discard(key)
        self._results.discard(key)
