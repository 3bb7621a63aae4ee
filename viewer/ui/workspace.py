"""What both workspaces share: slice keys, cine, flip, invert, linked looks, and one repaint for many changes."""

from collections.abc import Iterable
from dataclasses import replace
from functools import partial

from PySide6.QtCore import QTimer
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QWidget

from viewer.session.session import Session
from viewer.ui.actions import Actions
from viewer.ui.camera import Look
from viewer.ui.canvas import SliceView
from viewer.ui.view_grid import ViewGrid

CINE_MS = 90
FAR = 1_000_000
STEPS = {"previous": -1, "next": 1, "back_ten": -10, "forward_ten": 10, "first": -FAR, "last": FAR}


class Workspace(QWidget):
    """Subclasses paint in `refresh`, move in `step` and put things back in `reset`.

    ``image_area`` takes the image keys; ``all_views`` are its slice views, on show or not.
    """

    def __init__(self, session: Session, actions: Actions) -> None:
        super().__init__()
        self.session, self.actions_ = session, actions
        self.image_area = ViewGrid()
        self.all_views: tuple[SliceView, ...] = ()
        self.inverted = self.flipped = False
        self._pending = QTimer(self)
        self._pending.setSingleShot(True)
        self._pending.timeout.connect(self._paint_pending)
        self._cine = QTimer(self)
        self._cine.setInterval(CINE_MS)
        self._cine.timeout.connect(self._play_on)
        self.row = QHBoxLayout(self)
        self.row.setContentsMargins(0, 0, 0, 0)
        self.row.setSpacing(0)
        self._answer()

    def refresh(self) -> None:
        """Paint everything anew from the session."""
        raise NotImplementedError

    def step(self, slices: int, *, around: bool = False) -> None:
        """Move by slices in the view in use: stay inside the image, or go ``around`` from its end to its start."""
        raise NotImplementedError

    def reset(self) -> None:
        """Fit, centre, default windows."""
        raise NotImplementedError

    def refresh_soon(self, *_: object) -> None:
        """Paint once, however many changes come before the event loop turns."""
        self._pending.start(0)

    @property
    def shows_patient(self) -> bool:
        """Whether name and ID may be written over the images."""
        return self.actions_["view.patient"].isChecked()

    def adopt(self, views: Iterable[SliceView]) -> None:
        """Take these views and connect what every one of them does alike."""
        self.all_views = tuple(views)
        for view in self.all_views:
            view.maximised.connect(partial(self.image_area.toggle_maximised, view))
        self.actions_["image.smooth"].setChecked(True)

    def showEvent(self, event: QShowEvent) -> None:  # noqa: D102
        super().showEvent(event)
        self.refresh_soon()

    def _answer(self) -> None:
        on = self.actions_.on
        for name, slices in STEPS.items():
            on(f"image.{name}", partial(self.step, slices), owner=self)
        on("image.reset", self.reset, owner=self)
        on("image.invert", self._invert, owner=self)
        on("image.flip", self._flip, owner=self)
        on("image.cine", self._play, owner=self)
        self.actions_["view.patient"].toggled.connect(self.refresh_soon)
        self.actions_["image.smooth"].toggled.connect(self._smooth)

    def _paint_pending(self) -> None:
        if self.isVisible():
            self.refresh()

    def _invert(self) -> None:
        self.inverted = not self.inverted
        self.refresh_soon()

    def _flip(self) -> None:
        self.flipped = not self.flipped
        for view in self.all_views:
            view.set_look(mirrored(view.look))
        self.refresh_soon()

    def _smooth(self, on: bool) -> None:
        for view in self.all_views:
            view.smooth = on
            view.update()

    def _play(self) -> None:
        if self.actions_["image.cine"].isChecked():
            self._cine.start()
        else:
            self._cine.stop()

    def _play_on(self) -> None:
        if self.isVisible():
            self.step(1, around=True)


def mirrored(look: Look) -> Look:
    """Return the look that shows the same place of a flipped plane."""
    if look.center_mm is None:
        return look
    return replace(look, center_mm=(-look.center_mm[0], look.center_mm[1]))


def moved_index(index: int, steps: int, count: int, *, around: bool) -> int:
    """Return the slice after ``steps``, clamped to 0..count-1 or wrapped around."""
    return (index + steps) % count if around else min(max(index + steps, 0), count - 1)
