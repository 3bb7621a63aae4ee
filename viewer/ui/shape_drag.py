"""One drag that draws, moves or resizes a shape: many shapes on the way, one step of the history."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from viewer.roi.edit import moved
from viewer.roi.shapes import Roi, Shape
from viewer.session.session import Session
from viewer.ui.roi_edit import pulled
from viewer.ui.roi_outline import Handle

Point = NDArray[np.float64]
Make = Callable[[Point], Shape]


class ShapeDrag:
    """``fresh`` makes a new ROI of a shape. Points wait until `pass_on`, so that a timer sets the pace."""

    def __init__(self, session: Session, fresh: Callable[[Shape], Roi]) -> None:
        self._session, self._fresh = session, fresh
        self._make: Make | None = None
        self._roi: Roi | None = None
        self._latest: Point | None = None

    @property
    def active(self) -> bool:
        """Whether a drag is under way."""
        return self._make is not None

    def draw(self, text: str, make: Make) -> None:
        """Start a new ROI; it appears with the first move."""
        self._begin(text, None, make)

    def resize(self, roi: Roi, handle: Handle) -> None:
        """Start to pull a handle of an ROI."""
        self._begin(f"Resize {roi.name}", roi, lambda end: pulled(roi.shape, handle, end))

    def move(self, roi: Roi, start: Point) -> None:
        """Start to move an ROI from ``start`` (LPS mm)."""
        self._begin(f"Move {roi.name}", roi, lambda end: moved(roi.shape, _vector(end - start)))

    def to(self, point: Point) -> None:
        """Remember where the mouse is."""
        self._latest = point

    def pass_on(self) -> None:
        """Give the session the shape for where the mouse is."""
        if self._latest is None or self._make is None:
            return
        shape = self._make(self._latest)
        self._latest = None
        if self._roi is None:
            roi = self._fresh(shape)
            self._session.add_roi(roi)
            self._roi = self._session.roi(roi.id)
        else:
            self._roi = replace(self._roi, shape=shape)
            self._session.replace_roi(self._roi)

    def end(self) -> None:
        """The button was let go."""
        if self.active:
            self.pass_on()
            self._make = self._roi = None
            self._session.end_gesture()

    def cancel(self) -> None:
        """Take it back."""
        self._make = self._roi = self._latest = None
        self._session.cancel_gesture()

    def _begin(self, text: str, roi: Roi | None, make: Make) -> None:
        self._make, self._roi, self._latest = make, roi, None
        self._session.begin_gesture(text)


def _vector(values: Point) -> tuple[float, float, float]:
    x, y, z = values.tolist()
    return x, y, z
