"""The mouse on ROIs: draw a sphere, an ellipse, a polygon; select, move, resize. All changes go to the session.

A drag is one step of the history (the session's gesture). Moves are passed on at most 30 times a second, so
that the numbers, measured on native voxels in the background, keep up with the mouse.
"""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Qt, QTimer
from PySide6.QtGui import QPainter

from viewer.core.volume import Volume
from viewer.roi.edit import moved
from viewer.roi.shapes import Roi, Shape
from viewer.session.session import Session
from viewer.ui.canvas import SliceView
from viewer.ui.polygon_draft import PolygonDraft
from viewer.ui.roi_edit import KEYBOARD_RADIUS_MM, ellipse_between, pulled, sphere_between
from viewer.ui.roi_items import RoiItem, RoiItems, handle_at, item_at, paint_items
from viewer.ui.roi_outline import Handle

INTERVAL_MS = 33
Point = NDArray[np.float64]
Make = Callable[[Point], Shape]


class RoiTools(QObject):
    """The `Tool` of all views. ``kind``: ``navigate``, ``sphere``, ``ellipse`` or ``polygon``."""

    def __init__(self, session: Session, measured: Callable[[], Volume | None], parent: QObject) -> None:
        super().__init__(parent)
        self.kind = "navigate"
        self.draft = PolygonDraft(session, measured)
        self._session, self._measured = session, measured
        self._items: dict[SliceView, RoiItems] = {}
        self._make: Make | None = None
        self._roi: Roi | None = None
        self._latest: Point | None = None
        self._timer = QTimer(self)
        self._timer.setInterval(INTERVAL_MS)
        self._timer.timeout.connect(self._pass_on)

    def choose(self, kind: str) -> None:
        """Use another tool; a polygon under way is given up."""
        self.draft.cancel()
        self.kind = kind

    # -- Tool ----------------------------------------------------------------------------------------

    def press(self, view: SliceView, x_mm: float, y_mm: float) -> bool:
        """Take the drag when it starts on an ROI, or when a drawing tool is chosen."""
        if view.plane is None:
            return False
        start = view.plane.from_mm(x_mm, y_mm)
        if self.draft.active or (self.kind == "polygon" and not self._grab(view, x_mm, y_mm, start)):
            self.draft.click(view, x_mm, y_mm)
            return True
        if self._make is None and not self._grab(view, x_mm, y_mm, start):
            self._draw(view, start)
        return self._make is not None

    def drag(self, view: SliceView, x_mm: float, y_mm: float) -> None:
        """Remember where the mouse is; the first move shows at once, the others in time."""
        if view.plane is not None and self._make is not None:
            self._latest = view.plane.from_mm(x_mm, y_mm)
            if not self._timer.isActive():
                self._pass_on()
                self._timer.start()

    def release(self, view: SliceView) -> None:
        """End the drag: one step of the history."""
        self._timer.stop()
        self._pass_on()
        if self._make is not None:
            self._make = self._roi = None
            self._session.end_gesture()

    def hover(self, view: SliceView, x_mm: float, y_mm: float) -> Qt.CursorShape:
        """Show what a drag from here would do."""
        if self.draft.active:
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
        """Draw all ROIs this view cuts, and the polygon under way."""
        if view.plane is not None:
            paint_items(painter, self.items(view), view.plane, view.camera)
            self.draft.paint(view, painter)

    # -- keys ----------------------------------------------------------------------------------------

    def accept(self, view: SliceView) -> bool:
        """Enter: close the polygon, or put a sphere or ellipse at the crosshair, for work without a mouse."""
        if self.draft.active:
            return self.draft.close()
        if self.kind not in ("sphere", "ellipse") or view.plane is None:
            return False
        cursor = self._session.cursor_lps_mm
        center = view.plane.center_lps_mm if cursor is None else np.asarray(cursor)
        corner = KEYBOARD_RADIUS_MM * (view.plane.right + view.plane.down)
        if self.kind == "sphere":
            shape: Shape = sphere_between(center, center + KEYBOARD_RADIUS_MM * view.plane.right)
        else:
            shape = ellipse_between(center - corner, center + corner, view.plane)
        self._session.add_roi(self._fresh(shape))
        return True

    def cancel(self) -> bool:
        """Escape: give up the polygon or the drag under way, else select nothing; false if there was nothing."""
        if self.draft.active:
            self.draft.cancel()
        elif self._make is not None:
            self._timer.stop()
            self._make = self._roi = self._latest = None
            self._session.cancel_gesture()
        elif self._session.selected_roi is not None:
            self._session.select_roi("")
        else:
            return False
        return True

    def items(self, view: SliceView) -> list[RoiItem]:
        """ROIs cut by a view's plane."""
        if view.plane is None:
            return []
        items = self._items.setdefault(view, RoiItems())
        return items.on(self._session.rois, self._session.state.selected_roi, view.plane, self._measured())

    # -- drags ---------------------------------------------------------------------------------------

    def _grab(self, view: SliceView, x_mm: float, y_mm: float, start: Point) -> bool:
        """Start to resize or move the ROI under the mouse, if there is one."""
        assert view.plane is not None
        items = self.items(view)
        handle = handle_at(items, view.plane, view.camera, *view.camera.to_pixels(x_mm, y_mm))
        selected = self._session.selected_roi
        if handle is not None and selected is not None:
            self._begin(f"Resize {selected.name}", selected, _puller(selected.shape, handle))
            return True
        item = item_at(items, view.camera, x_mm, y_mm)
        if item is None:
            return False
        self._session.select_roi(item.roi.id)
        self._begin(f"Move {item.roi.name}", item.roi, _mover(item.roi.shape, start))
        return True

    def _draw(self, view: SliceView, start: Point) -> None:
        plane = view.plane
        if self.kind == "sphere":
            self._begin("Draw sphere", None, lambda end: sphere_between(start, end))
        elif self.kind == "ellipse" and plane is not None:
            self._begin("Draw ellipse", None, lambda end: ellipse_between(start, end, plane))

    def _begin(self, text: str, roi: Roi | None, make: Make) -> None:
        self._make, self._roi, self._latest = make, roi, None
        self._session.begin_gesture(text)

    def _pass_on(self) -> None:
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

    def _fresh(self, shape: Shape) -> Roi:
        return Roi(self._session.fresh_name(self.kind.capitalize()), shape)


def _puller(shape: Shape, handle: Handle) -> Make:
    return lambda end: pulled(shape, handle, end)


def _mover(shape: Shape, start: Point) -> Make:
    def move(end: Point) -> Shape:
        x, y, z = (end - start).tolist()
        return moved(shape, (x, y, z))

    return move
