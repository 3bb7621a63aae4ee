"""The mouse on ROIs: draw, paint, grow; select, move, resize. All changes go to the session.

A drag is one step of the history (the session's gesture). A move is passed on when the numbers of the one before
are there, measured on native voxels in the background, and 30 times a second where they are not: so they keep up
with the mouse on any machine.
"""

import numpy as np
from PySide6.QtCore import QElapsedTimer, QObject, Qt, QTimer
from PySide6.QtGui import QPainter

from viewer.core.errors import LowfieldError
from viewer.core.reslice import Plane
from viewer.roi.shapes import Roi, Shape
from viewer.session.session import Session
from viewer.ui.brush_tool import BrushTool
from viewer.ui.canvas import SliceView
from viewer.ui.freehand_draft import FreehandDraft
from viewer.ui.iso_rule import IsoRule, grown_between
from viewer.ui.polygon_draft import PolygonDraft
from viewer.ui.roi_edit import KEYBOARD_RADIUS_MM, box_between, ellipse_between, sphere_between
from viewer.ui.roi_items import RoiItem, RoiItems, handle_at, item_at, paint_items
from viewer.ui.roi_laid import Laid, Readings, fresh_roi
from viewer.ui.shape_drag import Make, Point, ShapeDrag

INTERVAL_MS, LONGEST_WAIT_MS = 8, 33
PAINTING = ("brush", "eraser")
BY_KEYBOARD = ("sphere", "ellipse", "box", "isocontour")


class RoiTools(QObject):
    """The `Tool` of all views. ``kind`` is that of the action in use: ``navigate``, ``sphere``, ``brush``, …

    ``rule`` is that of the next isocontour, ``brush`` knows size and form of brush and eraser.
    """

    def __init__(self, session: Session, readings: Readings, parent: QObject) -> None:
        super().__init__(parent)
        self.kind = "navigate"
        self.rule = IsoRule()
        self.draft = PolygonDraft(session, readings)
        self.freehand = FreehandDraft(session, readings)
        self.brush = BrushTool(session, readings)
        self._session, self.readings = session, readings
        self._laid = Laid(readings)
        self._items: dict[SliceView, RoiItems] = {}
        self._painted: dict[SliceView, list[RoiItem]] = {}
        self._drag = ShapeDrag(session, self._fresh)
        self._timer = QTimer(self)
        self._timer.setInterval(INTERVAL_MS)
        self._timer.timeout.connect(self._pass_on_in_time)
        self._since = QElapsedTimer()

    def choose(self, kind: str) -> None:
        """Use another tool; a polygon under way is given up."""
        self.draft.cancel()
        self.brush.leave()
        self.kind = kind

    # -- Tool ----------------------------------------------------------------------------------------

    def press(self, view: SliceView, x_mm: float, y_mm: float) -> bool:
        """Take the drag when it starts on an ROI, or when a drawing tool is chosen."""
        if view.plane is None:
            return False
        if self.kind in PAINTING:
            return self.brush.press(view, x_mm, y_mm, erase=self.kind == "eraser")
        if self.kind == "freehand":
            self.freehand.press(view, x_mm, y_mm)
            return True
        start = view.plane.from_mm(x_mm, y_mm)
        if self.draft.active or (self.kind == "polygon" and not self._grab(view, x_mm, y_mm, start)):
            self.draft.click(view, x_mm, y_mm)
            return True
        if not self._drag.active and not self._grab(view, x_mm, y_mm, start):
            self._draw(start, view.plane)
        return self._drag.active

    def drag(self, view: SliceView, x_mm: float, y_mm: float) -> None:
        """Remember where the mouse is; the first move shows at once, the others in time."""
        if self.freehand.active:
            self.freehand.drag(view, x_mm, y_mm)
        elif self.brush.active:
            self.brush.drag(view, x_mm, y_mm)
        elif view.plane is not None and self._drag.active:
            self._drag.to(view.plane.from_mm(x_mm, y_mm))
        else:
            return
        if not self._timer.isActive():
            self._pass_on()
            self._timer.start()

    def release(self, view: SliceView) -> None:
        """End the drag: one step of the history."""
        self._timer.stop()
        if self.freehand.active:
            self.freehand.release()
        elif self.brush.active:
            self.brush.release()
        self._drag.end()

    def hover(self, view: SliceView, x_mm: float, y_mm: float) -> Qt.CursorShape:
        """Show what a drag from here would do."""
        if self.kind in PAINTING:
            self.brush.hover(view, x_mm, y_mm)
            return Qt.CursorShape.CrossCursor
        if self.draft.active or self.kind == "freehand":
            self.draft.hover(view, x_mm, y_mm)
            return Qt.CursorShape.CrossCursor
        items = self.items(view)
        if view.plane is not None and handle_at(
            items, view.plane, view.camera, *view.camera.to_pixels(x_mm, y_mm)
        ):
            return Qt.CursorShape.SizeFDiagCursor
        if item_at(items, view.camera, x_mm, y_mm):
            return Qt.CursorShape.SizeAllCursor
        return Qt.CursorShape.ArrowCursor if self.kind == "navigate" else Qt.CursorShape.CrossCursor

    def double_click(self, view: SliceView) -> bool:
        """Close a polygon under way; while any drawing tool is chosen, views are not maximised."""
        if self.draft.active:
            self.draft.close()
        return self.kind != "navigate"

    def paint(self, view: SliceView, painter: QPainter) -> None:
        """Draw all ROIs this view cuts, what is under way, and the ring of the brush."""
        if view.plane is not None:
            items = self._painted[view] = self.items(view)
            paint_items(painter, items, view.plane, view.camera, view.written_on())
            for one in (self.draft, self.freehand, self.brush):
                one.paint(view, painter)

    # -- keys ----------------------------------------------------------------------------------------

    def accept(self, view: SliceView) -> bool:
        """Enter: close the polygon, or put a shape at the crosshair, for work without a mouse."""
        if self.draft.active:
            return self.draft.close()
        if self.kind not in BY_KEYBOARD or view.plane is None:
            return False
        cursor = self._session.cursor_lps_mm
        center = view.plane.center_lps_mm if cursor is None else np.asarray(cursor)
        corner = KEYBOARD_RADIUS_MM * (view.plane.right + view.plane.down)
        centred = self.kind in ("sphere", "isocontour")
        make = self._maker(center if centred else center - corner, view.plane)
        shape = make(center + (KEYBOARD_RADIUS_MM * view.plane.right if centred else corner)) if make else None
        if shape is not None:
            self._session.add_roi(self._fresh(shape))
        return shape is not None

    def cancel(self) -> bool:
        """Escape: give up what is under way, else select nothing; false if there was nothing."""
        if self.draft.active:
            self.draft.cancel()
        elif self.freehand.active:
            self.freehand.cancel()
        elif self.brush.active:
            self._timer.stop()
            self.brush.cancel()
        elif self._drag.active:
            self._timer.stop()
            self._drag.cancel()
        elif self._session.selected_roi is not None:
            self._session.select_roi("")
        else:
            return False
        return True

    def items(self, view: SliceView) -> list[RoiItem]:
        """ROIs cut by a view's plane."""
        if view.plane is None:
            return []
        items = self._items.setdefault(view, RoiItems(self._laid))
        return items.on(self._session.rois, self._session.state.selected_roi, view.plane)

    def outdated(self, view: SliceView) -> bool:
        """Whether a view would draw other ROIs, or draw them in another way, than it did last."""
        now, then = self.items(view), self._painted.get(view)
        return then is None or len(now) != len(then) or any(a is not b for a, b in zip(now, then))

    # -- drags ---------------------------------------------------------------------------------------

    def _grab(self, view: SliceView, x_mm: float, y_mm: float, start: Point) -> bool:
        """Start to resize or move the ROI under the mouse, if there is one."""
        assert view.plane is not None
        items = self.items(view)
        handle = handle_at(items, view.plane, view.camera, *view.camera.to_pixels(x_mm, y_mm))
        selected = self._session.selected_roi
        if handle is not None and selected is not None:
            self._drag.resize(selected, handle)
            return True
        item = item_at(items, view.camera, x_mm, y_mm)
        if item is None:
            return False
        self._session.select_roi(item.roi.id)
        self._drag.move(item.roi, start)
        return True

    def _draw(self, start: Point, plane: Plane) -> None:
        make = self._maker(start, plane)
        if make is not None:
            self._drag.draw(f"Draw {self.kind}", make)

    def _maker(self, start: Point, plane: Plane) -> Make | None:
        """Return what a drag from ``start`` makes; None, said in words, where it cannot be made."""
        match self.kind:
            case "sphere":
                return lambda end: sphere_between(start, end)
            case "ellipse":
                return lambda end: ellipse_between(start, end, plane)
            case "box":
                return lambda end: box_between(start, end, plane)
            case "isocontour":
                return self._grower(start)
            case _:
                return None

    def _grower(self, start: Point) -> Make | None:
        rois, rule, readings = self._session.rois, self.rule, self.readings()
        uid = readings[0].volume.origin.series_uid if readings else ""
        try:
            rule.level(rois)
        except LowfieldError as error:
            self._session.message.emit("warning", str(error), "")
            return None
        return lambda end: grown_between(start, sphere_between(start, end).radius_mm, rule, rois, uid)

    def _pass_on_in_time(self) -> None:
        """A newer shape ends the measuring of the one before: passed on too early, no numbers would ever come."""
        session = self._session
        if self._since.elapsed() >= LONGEST_WAIT_MS or all(session.measured(roi.id) for roi in session.rois):
            self._pass_on()

    def _pass_on(self) -> None:
        self._since.start()
        self.brush.pass_on()
        self._drag.pass_on()

    def _fresh(self, shape: Shape) -> Roi:
        return fresh_roi(self._session, self.readings(), self.kind.capitalize(), shape)
