"""Brush and eraser: strokes on the voxels of the measured image, and the ring that shows their size."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from viewer.core.errors import LowfieldError
from viewer.core.geometry import Geometry
from viewer.roi.paint import Brush
from viewer.roi.rasterize import ImageValues
from viewer.roi.shapes import Painting, Roi
from viewer.session.session import Session
from viewer.ui.canvas import SliceView
from viewer.ui.overlays import HALO
from viewer.ui.roi_laid import Readings, fresh_roi, reading_for

SIZES_MM = (1.0, 1.5, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0, 12.0, 15.0, 20.0, 25.0, 30.0, 40.0)
"""Radii that [ and ] step through."""
NOTHING = "Select the ROI to erase from, in the table or by a click on its outline."
Point = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class _Canvas:
    """The grid a stroke goes over, whose it is, and its numbers (an isocontour becomes voxels first)."""

    geometry: Geometry
    uid: str
    values: ImageValues


class BrushTool:
    """``radius_mm`` and ``ball`` (else a disc of one slice) of brush and eraser, and the stroke under way."""

    def __init__(self, session: Session, readings: Readings) -> None:
        self.radius_mm = 6.0
        self.ball = True
        self._session, self._readings = session, readings
        self._on: _Canvas | None = None
        self._roi_id = ""
        self._erase = False
        self._brush = Brush(self.radius_mm)
        self._path: list[Point] = []
        self._at: tuple[SliceView, float, float] | None = None

    @property
    def active(self) -> bool:
        """Whether a stroke is under way."""
        return self._on is not None

    def resize(self, step: int) -> None:
        """Take the next larger (1) or smaller (-1) size."""
        nearest = int(np.argmin(np.abs(np.array(SIZES_MM) - self.radius_mm)))
        self.radius_mm = SIZES_MM[min(max(nearest + step, 0), len(SIZES_MM) - 1)]
        self._show(*(self._at or (None, 0.0, 0.0)))

    def press(self, view: SliceView, x_mm: float, y_mm: float, *, erase: bool) -> bool:
        """Start a stroke on the selected ROI, or with the brush on a new one; false where there is none."""
        assert view.plane is not None
        roi = self._session.selected_roi
        if roi is None and erase:
            self._session.message.emit("info", NOTHING, "")
            return False
        on = self._canvas(roi)
        if on is None:
            return False
        self._on, self._erase, self._roi_id = on, erase, roi.id if roi is not None else ""
        normal = None if self.ball else tuple(view.plane.normal.tolist())
        self._brush = Brush(self.radius_mm, normal)
        self._session.begin_gesture(self._text(roi, erase))
        self._path = [view.plane.from_mm(x_mm, y_mm)] * 2
        self.pass_on()
        return True

    def drag(self, view: SliceView, x_mm: float, y_mm: float) -> None:
        """Remember the way; `pass_on` paints it."""
        if view.plane is not None:
            self._path.append(view.plane.from_mm(x_mm, y_mm))
            self.hover(view, x_mm, y_mm)

    def pass_on(self) -> None:
        """Paint the way since the last time."""
        if self._on is None or len(self._path) < 2:
            return
        if not self._roi_id:
            made = fresh_roi(self._session, self._readings(), "Painted", Painting(self._on.geometry, self._on.uid))
            self._session.add_roi(made)
            self._roi_id = made.id
        path, self._path = self._path, self._path[-1:]
        points = [(float(x), float(y), float(z)) for x, y, z in path]
        on = self._on
        try:
            self._session.paint_roi(
                self._roi_id,
                points,
                self._brush,
                on.geometry,
                series_uid=on.uid,
                values=on.values,
                erase=self._erase,
            )
        except LowfieldError as error:
            self.cancel()
            self._session.message.emit("warning", str(error), "")

    def release(self) -> None:
        """End the stroke: one step. What was erased to nothing goes."""
        self.pass_on()
        roi = self._session.roi(self._roi_id)
        if roi is not None and isinstance(roi.shape, Painting) and not roi.shape.tiles:
            self._session.delete_roi(roi.id)
        self._forget()
        self._session.end_gesture()

    def cancel(self) -> None:
        """Take the stroke back."""
        self._forget()
        self._session.cancel_gesture()

    def hover(self, view: SliceView, x_mm: float, y_mm: float) -> None:
        """Let the ring follow the mouse."""
        self._show(view, x_mm, y_mm)

    def leave(self) -> None:
        """The mouse has left the images."""
        self._show(None)

    def paint(self, view: SliceView, painter: QPainter) -> None:
        """Draw the ring: whole for a ball, dashed for a disc that paints this slice only."""
        if self._at is None or self._at[0] is not view:
            return
        x, y = view.camera.to_pixels(*self._at[1:])
        radius = self.radius_mm * view.camera.scale
        dash = Qt.PenStyle.SolidLine if self.ball else Qt.PenStyle.DashLine
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for pen in (QPen(HALO, 3.0), QPen(QColor("#ffffff"), 1.2, dash)):
            painter.setPen(pen)
            painter.drawEllipse(QPointF(x, y), radius, radius)

    def _canvas(self, roi: Roi | None) -> "_Canvas | None":
        """The grid that is painted on: that of a painting itself, else that of the image measured."""
        readings = self._readings()
        reading = reading_for(roi, readings) if roi is not None else next(iter(readings), None)
        if reading is None:
            return None
        if roi is not None and isinstance(roi.shape, Painting):
            return _Canvas(roi.shape.geometry, roi.shape.series_uid, reading.values)
        return _Canvas(reading.volume.geometry, reading.volume.origin.series_uid, reading.values)

    @staticmethod
    def _text(roi: Roi | None, erase: bool) -> str:
        if roi is None:
            return "Paint"
        return f"Erase from {roi.name}" if erase else f"Paint {roi.name}"

    def _forget(self) -> None:
        self._on, self._roi_id, self._path = None, "", []

    def _show(self, view: SliceView | None, x_mm: float = 0.0, y_mm: float = 0.0) -> None:
        before, self._at = self._at, None if view is None else (view, x_mm, y_mm)
        for one in {item[0] for item in (before, self._at) if item is not None}:
            one.update()
