"""Views side by side without gaps; one of them can fill the whole area and go back."""

from collections.abc import Mapping

from PySide6.QtCore import QRect, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QWidget

Cell = tuple[float, float, float, float]
"""(left, top, width, height) as fractions of the area."""
GAP = 1
SIDE_BY_SIDE = 1.4
"""How much larger views must become before rows are worth tearing apart what is compared."""


def equal_cells(count: int, width: float, height: float) -> list[Cell]:
    """Return equal cells; side by side, unless more rows make the shorter side of a cell clearly longer."""
    sides = {n: min(width / n, height / -(-count // n)) for n in range(1, count + 1)}
    columns = max(n for n, side in sides.items() if side * SIDE_BY_SIDE >= max(sides.values()))
    rows = -(-count // columns)
    columns = -(-count // rows)  # as many rows, none of them half empty
    return [((n % columns) / columns, (n // columns) / rows, 1 / columns, 1 / rows) for n in range(count)]


class ViewGrid(QWidget):
    """Shows the widgets of `arrange` in their cells; without cells they share the area equally."""

    resized = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("image", True)
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._cells: dict[QWidget, Cell | None] = {}
        self.maximised: QWidget | None = None

    def arrange(self, cells: Mapping[QWidget, Cell | None]) -> None:
        """Show these widgets, each in its cell (all None: equally); every other one is hidden."""
        for widget in self._cells.keys() - cells.keys():
            widget.hide()
        self._cells = dict(cells)
        if self.maximised not in self._cells:
            self.maximised = None
        for widget in self._cells:
            if widget.parentWidget() is not self:
                widget.setParent(self)
        for first in list(self._cells)[:1]:
            self.setFocusProxy(first)
        self._place()

    def toggle_maximised(self, widget: QWidget) -> None:
        """Give one widget the whole area, or all of them their cells again."""
        self.maximised = None if self.maximised is widget else widget
        self._place()
        widget.setFocus()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: D102
        super().resizeEvent(event)
        self._place()
        self.resized.emit()

    def _place(self) -> None:
        width, height = self.width(), self.height()
        equal = equal_cells(len(self._cells), width, height) if self._cells else []
        for n, (widget, cell) in enumerate(self._cells.items()):
            if self.maximised is not None:
                widget.setVisible(widget is self.maximised)
                widget.setGeometry(0, 0, width, height)
                continue
            left, top, across, down = cell or equal[n]
            x, y = round(left * width), round(top * height)
            right, bottom = round((left + across) * width), round((top + down) * height)
            inner = (right < width, bottom < height)
            widget.setGeometry(QRect(x, y, right - x - GAP * inner[0], bottom - y - GAP * inner[1]))
            widget.show()
