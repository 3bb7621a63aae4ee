"""The dose map over the CT: one plane at a time, the ROIs outlined, the dose under the mouse."""

from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QToolButton, QVBoxLayout, QWidget

from viewer.core.dose import DoseMap
from viewer.core.reslice import Orientation
from viewer.core.volume import Volume
from viewer.measuring import Reading
from viewer.roi.shapes import Roi
from viewer.session.session import Session
from viewer.session.therapy_run import TherapyResult
from viewer.ui import therapy_pictures as pictures
from viewer.ui.camera import Look
from viewer.ui.canvas import SliceView
from viewer.ui.parts import label
from viewer.ui.petct_layout import ORIENTATIONS
from viewer.ui.petct_pictures import slice_axis
from viewer.ui.roi_edit import center_of
from viewer.ui.roi_items import RoiItems, paint_items
from viewer.ui.roi_laid import Laid
from viewer.ui.theme import SPACE
from viewer.ui.windowing import dragged_from_zero
from viewer.ui.workspace import moved_index

UNITS = ("Gy", "Gy·RBE")
DENSITY = "Density"


class DoseView(SliceView):
    """A slice view that outlines ROIs which cannot be changed here."""

    def __init__(self) -> None:
        super().__init__("Dose map")
        self.rois: Sequence[Roi] = ()
        self.readings: Sequence[Reading] = ()
        self._items = RoiItems(Laid(lambda: self.readings))

    def paint_above(self, painter: QPainter) -> None:  # noqa: D102
        if self.plane is not None:
            paint_items(painter, self._items.on(self.rois, "", self.plane), self.plane, self.camera)


class TherapyMap(QWidget):
    """Has its own crosshair-free place and window: it looks at a result, which the study may have left behind."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._maps: tuple[DoseMap, Volume | None] | None = None
        self._place: Any = np.zeros(3)
        self._windows: dict[str, tuple[float, float]] = {}
        self.orientation: Orientation = "axial"
        self.unit = UNITS[0]
        self.view = DoseView()
        self.readout = label("", "small")
        self._lay_out()
        self.view.scrolled.connect(self._step)
        self.view.windowed.connect(self._drag)
        self.view.hovered.connect(self._hover)
        self.view.pointed.connect(self._go)
        session.view_changed.connect(lambda what: self.refresh() if what == "fusion" else None)

    def show_result(self, result: TherapyResult | None, readings: Sequence[Reading] = ()) -> None:
        """Show the map of a result, or nothing."""
        made = result.verification.map if result is not None else None
        self._windows.clear()
        self._maps = None
        self.view.clear()
        self.view.rois = result.request.rois if result is not None else ()
        self.view.readings = readings
        if result is not None and made is not None:
            self._maps = (made, result.ct)
            self._place = result.first.geometry.center_lps_mm
            self.view.setToolTip(f"{made.rule}.\n{DENSITY}: {made.density}.")
            self.view.set_look(Look())
        self.refresh()

    def show_roi(self, roi: Roi | None) -> None:
        """Go to the middle of an ROI."""
        middle = center_of(roi.shape) if roi is not None else None
        if middle is not None:
            self._place = np.asarray(middle)
            self.refresh()

    @property
    def images(self) -> pictures.MapImages | None:
        """What is on show."""
        return pictures.MapImages(*self._maps, self.unit == UNITS[1]) if self._maps is not None else None

    def refresh(self) -> None:
        """Paint."""
        images, view = self.images, self.view
        if images is None:
            view.color_scale = None
            return
        window = self._window(images)
        plane = pictures.plane_for(images, self.orientation, self._place)
        fusion = self._session.state.fusion
        view.show_picture(pictures.picture(images, plane, window, fusion, smooth=True), plane)
        view.set_overlay(pictures.overlay(images, plane, window))
        view.color_scale = pictures.color_scale(images, window, fusion)
        view.update()

    def _window(self, images: pictures.MapImages) -> tuple[float, float]:
        if self.unit not in self._windows:
            self._windows[self.unit] = pictures.default_window(images)
        return self._windows[self.unit]

    def _step(self, slices: int) -> None:
        if self.images is None:
            return
        geometry = self.images.grid.geometry
        axis, index = slice_axis(geometry, self.orientation), geometry.to_index(self._place)
        index[axis] = moved_index(round(float(index[axis])), slices, geometry.shape[axis], around=False)
        self._go(geometry.to_lps(index))

    def _go(self, point: Any) -> None:
        self._place = np.asarray(point)
        self.refresh()

    def _drag(self, right: float, up: float) -> None:
        if self.images is not None:
            self._windows[self.unit] = dragged_from_zero(self._window(self.images), right, up)
            self.refresh()

    def _hover(self, point: Any) -> None:
        images = self.images
        known = images is not None and point is not None
        self.readout.setText(pictures.text_at(images, self._window(images), point) if known and images else "")

    def _turn(self, orientation: Orientation) -> None:
        self.orientation = orientation
        self.view.set_look(Look())
        self.refresh()

    def _choose_unit(self, unit: str) -> None:
        self.unit = unit
        self.refresh()

    def _lay_out(self) -> None:
        above = QHBoxLayout()
        above.setSpacing(SPACE // 2)
        above.addWidget(label("Dose map", "strong"))
        above.addSpacing(SPACE)
        above.addWidget(self.readout)
        above.addStretch(1)
        self._choices(above, ORIENTATIONS, self._turn)
        above.addSpacing(SPACE)
        self._choices(above, UNITS, self._choose_unit)
        column = QVBoxLayout(self)
        column.setContentsMargins(SPACE, SPACE, SPACE, SPACE)
        column.setSpacing(SPACE // 2)
        column.addLayout(above)
        column.addWidget(self.view, 1)

    def _choices(self, row: QHBoxLayout, names: Sequence[Any], choose: Any) -> None:
        group = QButtonGroup(self)
        for name in names:
            made = QToolButton()
            made.setText(name[:1].upper() + name[1:])
            made.setCheckable(True)
            made.setChecked(name == names[0])
            made.clicked.connect(partial(_later, choose, name))
            group.addButton(made)
            row.addWidget(made)


def _later(choose: Any, name: str, _: bool = False) -> None:
    choose(name)
