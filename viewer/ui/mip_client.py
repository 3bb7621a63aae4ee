"""The window's side of the projecting process: starts it, feeds it, and says so when it cannot."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from viewer.core.child import Child, ChildError
from viewer.core.errors import LowfieldError
from viewer.core.picture import Window, window_range
from viewer.core.volume import Volume
from viewer.ui.mip_process import FULL, Body, Frame, serve

SECONDS_PER_FRAME = 20.0
LONGEST_SIDE = 256
UNAVAILABLE = "The rotating projection needs OpenGL, which does not work on this computer."


class MipClient:
    """Renders frames of one volume at a time in a process of its own. Its methods block: call them on a worker."""

    def __init__(self) -> None:
        self._child = Child(serve, "lowfield-mip")
        self._sent: Volume | None = None

    def render(self, volume: Volume, window: Window, angle: float, size: tuple[int, int]) -> NDArray[np.uint8]:
        """Return the brightness (height, width) of the projection of ``volume`` (real) at an angle in degrees.

        Raises `LowfieldError` when the process does not start, dies or hangs.
        """
        try:
            if self._sent is not volume:
                self._ask(body_of(volume))
                self._sent = volume
            top = top_of(volume)
            low, high = (edge / top * FULL for edge in window_range(window))
            answer = self._ask(Frame(angle, max(low, 0.0), high, size))
        except ChildError as error:
            self._sent = None
            raise LowfieldError(UNAVAILABLE) from error
        return np.asarray(answer, dtype=np.uint8)

    def close(self) -> None:
        """End the process."""
        self._child.stop()
        self._sent = None

    def _ask(self, request: Body | Frame) -> Any:
        return self._child.ask(request, SECONDS_PER_FRAME)


def top_of(volume: Volume) -> float:
    """Return the largest value of a volume, never 0: what becomes 65535."""
    return max(float(np.nanmax(volume.data)), 1e-12)


def body_of(volume: Volume) -> Body:
    """Return a volume as 16-bit numbers, no side longer than 256 voxels: the screen shows no more."""
    steps = [-(-n // LONGEST_SIDE) for n in volume.geometry.shape]
    data = np.nan_to_num(volume.data[tuple(slice(None, None, step) for step in steps)])
    affine = volume.geometry.affine.copy()
    affine[:3, :3] *= steps
    scaled = np.clip(data, 0, None) * (FULL / top_of(volume))
    return Body(np.ascontiguousarray(scaled.astype(np.uint16)), affine)


def still(volume: Volume, from_side: bool) -> tuple[NDArray[np.float32], float]:
    """Return the projection along voxels from the front or the side, and height / width of its pixels.

    What is shown where nothing can be rendered. Rows run from head to feet, columns from the patient's right to
    left (front) or from front to back (side), for volumes along the patient's axes; else along the nearest.
    """
    axes = [int(np.argmax(np.abs(volume.geometry.directions[:, axis]))) for axis in range(3)]
    if sorted(axes) != [0, 1, 2]:
        axes = [2, 1, 0]
    along, across = (axes[0], axes[1]) if from_side else (axes[1], axes[0])
    data = np.moveaxis(volume.data, (along, axes[2], across), (0, 1, 2)).max(axis=0)
    upward = volume.geometry.directions[axes[2], 2] > 0
    rightward = volume.geometry.directions[across, 1 if from_side else 0] > 0
    turned = data[:: -1 if upward else 1, :: 1 if rightward else -1]
    spacing = volume.geometry.spacing_mm
    return np.asarray(turned, dtype=np.float32), spacing[axes[2]] / spacing[across]
