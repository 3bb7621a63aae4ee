"""Drawing ROIs over a view: outlines, the name, and the handles of the selected one."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen

from viewer.core.reslice import Plane
from viewer.roi.shapes import Roi, Shape
from viewer.ui.camera import Camera
from viewer.ui.overlays import HALO, haloed
from viewer.ui.roi_outline import Handle, Line, bound_of, handles_where_cut, outline

HANDLE_PIXELS = 4.0
NEAR_PIXELS = 7.0
NAMES_FROM = 330
NAME_HEIGHT = 16.0
HIDDEN_BELOW, SMALL_BELOW = 16, 48


Drawn = tuple[Sequence[Line], Sequence[Line]]
"""Lines of an ROI, and those of what bounds it."""


@dataclass(frozen=True, eq=False)
class RoiItem:
    """An ROI on one plane: its lines in screen mm, those of its bound, and its handles where it is selected."""

    roi: Roi
    drawn: Drawn
    handles: Sequence[Handle]
    selected: bool

    @property
    def lines(self) -> Sequence[Line]:
        """Its own lines."""
        return self.drawn[0]

    @property
    def bound(self) -> Sequence[Line]:
        """The lines of its bound."""
        return self.drawn[1]

    @cached_property
    def _pieces(self) -> tuple[Line, Line]:
        """Starts (n, 2) and steps (n, 2) of all straight pieces."""
        lines = [*self.lines, *self.bound]
        steps = [np.diff(line, axis=0) for line in lines]
        return np.concatenate([line[:-1] for line in lines]), np.concatenate(steps)

    def distance_pixels(self, x_mm: float, y_mm: float, camera: Camera) -> float:
        """Return how far a point is from the outline, in pixels."""
        starts, steps = self._pieces
        lengths = np.maximum((steps**2).sum(axis=1), 1e-12)
        away = np.array([x_mm, y_mm]) - starts
        part = np.clip((away * steps).sum(axis=1) / lengths, 0, 1)
        return float(np.hypot(*(away - part[:, None] * steps).T).min()) * camera.scale


class RoiItems:
    """Cuts ROIs with the plane of one view, and remembers the lines of those that have not changed."""

    def __init__(self, laid: Callable[[Roi], Shape | None]) -> None:
        self._laid = laid
        self._known: dict[str, tuple[Shape | None, Roi, Plane, Drawn]] = {}
        self._items: dict[str, RoiItem] = {}

    def on(self, rois: Sequence[Roi], selected_id: str, plane: Plane) -> list[RoiItem]:
        """Return the ROIs that ``plane`` cuts; the selected one comes last, on top."""
        drawn = {roi.id: self._drawn(roi, plane) for roi in rois}
        self._known = {name: known for name, known in self._known.items() if name in drawn}
        cut = [roi for roi in sorted(rois, key=lambda roi: roi.id == selected_id) if any(drawn[roi.id])]
        self._items = {
            roi.id: self._kept(roi, drawn[roi.id], plane, selected=roi.id == selected_id) for roi in cut
        }
        return list(self._items.values())

    def _kept(self, roi: Roi, drawn: Drawn, plane: Plane, *, selected: bool) -> RoiItem:
        """Return the item made before where nothing of it changed: a new one stands for another look."""
        known = self._items.get(roi.id)
        if known is not None and known.roi is roi and known.selected == selected and known.drawn is drawn:
            return known
        lines, bound = drawn
        shape = bound_of(roi.shape)
        met = lines if shape is None else bound
        pulled = handles_where_cut(shape or roi.shape, plane) if selected and met else ()
        return RoiItem(roi, drawn, pulled, selected)

    def _drawn(self, roi: Roi, plane: Plane) -> Drawn:
        laid, known = self._laid(roi), self._known.get(roi.id)
        if known is None or known[0] is not laid or known[1].shape is not roi.shape or known[2] is not plane:
            bound = bound_of(roi.shape)
            lines = outline(laid, plane) if laid is not None else []
            found = (lines, outline(bound, plane) if bound is not None else [])
            known = self._known[roi.id] = (laid, roi, plane, found)
        return known[3]


def paint_items(
    painter: QPainter, items: Sequence[RoiItem], plane: Plane, camera: Camera, written: Sequence[QRectF] = ()
) -> None:
    """Draw outlines with a dark rim, so that they show on black and on hot; small views name the selected only.

    Names keep clear of what is ``written`` over the view already.
    """
    painter.setBrush(Qt.BrushStyle.NoBrush)
    boxes = []
    for item in items:
        path, bound = _path(item.lines, camera), _path(item.bound, camera)
        color = QColor(item.roi.color or "#56b4e9")
        for ink, width in ((HALO, 4.0), (color, 2.2 if item.selected else 1.4)):
            painter.setPen(QPen(ink, width))
            painter.drawPath(path)
        if item.bound and (item.selected or not item.lines):
            painter.setPen(QPen(color, 1.0, Qt.PenStyle.DashLine))
            painter.drawPath(bound)
        boxes.append(path.boundingRect() if item.lines else bound.boundingRect())
        _handles(painter, item, plane, camera, boxes[-1])
    _names(painter, items, boxes, written, camera)


def handle_at(items: Sequence[RoiItem], plane: Plane, camera: Camera, x: float, y: float) -> Handle | None:
    """Return the handle within reach of a pixel, or None."""
    near: list[tuple[float, Handle]] = []
    for item in items:
        for handle in item.handles:
            hx, hy = camera.to_pixels(*plane.to_mm(handle.point_lps_mm))
            near.append((float(np.hypot(hx - x, hy - y)), handle))
    best = min(near, key=lambda pair: pair[0], default=None)
    return best[1] if best is not None and best[0] <= NEAR_PIXELS + 2 else None


def item_at(items: Sequence[RoiItem], camera: Camera, x_mm: float, y_mm: float) -> RoiItem | None:
    """Return the topmost ROI whose outline is within reach of a point, or None."""
    for item in reversed(items):
        if item.distance_pixels(x_mm, y_mm, camera) <= NEAR_PIXELS:
            return item
    return None


def _path(lines: Sequence[Line], camera: Camera) -> QPainterPath:
    if not lines:
        return QPainterPath()
    from pyqtgraph.functions import arrayToQPath  # half a second; no ROI is in the first picture

    x, y = camera.pixels_of(np.concatenate(lines)).T
    joined = np.ones(len(x), np.int32)
    joined[np.cumsum([len(line) for line in lines]) - 1] = 0
    path: QPainterPath = arrayToQPath(np.ascontiguousarray(x), np.ascontiguousarray(y), connect=joined)
    return path


def _names(
    painter: QPainter,
    items: Sequence[RoiItem],
    boxes: Sequence[QRectF],
    written: Sequence[QRectF],
    camera: Camera,
) -> None:
    """Name the ROIs, the selected one first; a name that would cover another name or ROI is left to the table."""
    view = QRectF(0, 0, *camera.size)
    taken = [*boxes, *written]
    for item, box in reversed(list(zip(items, boxes, strict=True))):
        if not item.selected and min(camera.size) < NAMES_FROM:
            continue
        font = painter.font()
        font.setPointSize(8)
        font.setBold(item.selected)
        painter.setFont(font)
        places = _name_places(box, painter.fontMetrics().horizontalAdvance(item.roi.name) + 4.0)
        free = [p for p in places if view.contains(p) and not any(p.intersects(other) for other in taken)]
        if free or item.selected:
            place = (free or _clear(places, view, written) or places)[0]
            haloed(painter, place, Qt.AlignmentFlag.AlignLeft, item.roi.name, QColor(item.roi.color or "#56b4e9"))
            taken.append(place)


def _clear(places: Sequence[QRectF], view: QRectF, written: Sequence[QRectF]) -> list[QRectF]:
    """The places inside the view that cover an ROI at most, none of its texts."""
    return [
        place for place in places if view.contains(place) and not any(place.intersects(one) for one in written)
    ]


def _name_places(box: QRectF, width: float) -> list[QRectF]:
    """Where the name of an ROI may stand: right, left, below, above."""
    middle = box.center().x() - width / 2
    return [
        QRectF(box.right() + 4, box.top() - 9, width, NAME_HEIGHT),
        QRectF(box.left() - 4 - width, box.top() - 9, width, NAME_HEIGHT),
        QRectF(middle, box.bottom() + 3, width, NAME_HEIGHT),
        QRectF(middle, box.top() - 3 - NAME_HEIGHT, width, NAME_HEIGHT),
    ]


def _handles(painter: QPainter, item: RoiItem, plane: Plane, camera: Camera, box: QRectF) -> None:
    """Draw the handles, smaller on a small ROI and not at all where they would hide it."""
    shorter = min(box.width(), box.height())
    if shorter < HIDDEN_BELOW:
        return
    half = HANDLE_PIXELS if shorter > SMALL_BELOW else HANDLE_PIXELS * 0.6
    painter.setPen(QPen(HALO, 1.0))
    painter.setBrush(QColor("#ffffff"))
    if not item.handles:
        return
    points = np.array([handle.point_lps_mm for handle in item.handles])
    for x, y in camera.pixels_of(plane.to_mm(points)).tolist():
        painter.drawRect(QRectF(x - half, y - half, 2 * half, 2 * half))
    painter.setBrush(Qt.BrushStyle.NoBrush)
