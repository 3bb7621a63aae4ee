"""Items of the ROI table, written only where they change: a drag comes by at every step."""

from collections.abc import Sequence

from PySide6.QtCore import QSignalBlocker, Qt
from PySide6.QtGui import QBrush, QColor, QIcon, QPixmap
from PySide6.QtWidgets import QTableWidget, QTableWidgetItem

from viewer.roi.shapes import Roi

LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
ONLY_SHOWN = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
ID = Qt.ItemDataRole.UserRole
COLOR = Qt.ItemDataRole.UserRole + 1
INK = Qt.ItemDataRole.ForegroundRole


def write_heads(table: QTableWidget, heads: Sequence[tuple[str, str]]) -> None:
    """Set all headings (text, tip); the first column holds names."""
    table.setColumnCount(len(heads))
    for number, (text, tip) in enumerate(heads):
        item = QTableWidgetItem(text)
        item.setToolTip(tip)
        if number == 0:
            item.setTextAlignment(LEFT)
        table.setHorizontalHeaderItem(number, item)


def write_row(table: QTableWidget, row: int, roi: Roi, numbers: Sequence[tuple[str, str]], *, late: bool) -> None:
    """Write the name of an ROI beside its colour, and its numbers (text, tip), in grey where they are ``late``.

    The table hears of them at once: at each change it would fit its columns to all texts anew.
    """
    model, grey = table.model(), table.palette().placeholderText() if late else None
    items = [_item(table, row, column) for column in range(len(numbers) + 1)]
    with QSignalBlocker(model):
        wrote = _write_name(items[0], roi)
        for item, (text, tip) in zip(items[1:], numbers, strict=True):
            wrote |= _write_number(item, text, tip, grey)
    if wrote:
        model.dataChanged.emit(model.index(row, 0), model.index(row, len(numbers)), [])


def _write_name(item: QTableWidgetItem, roi: Roi) -> bool:
    said = (roi.name, roi.id, roi.color)
    if (item.text(), item.data(ID), item.data(COLOR)) == said:
        return False
    item.setText(roi.name)
    item.setData(ID, roi.id)
    if item.data(COLOR) != roi.color:
        item.setData(COLOR, roi.color)
        item.setIcon(_swatch(roi.color))
    return True


def _write_number(item: QTableWidgetItem, text: str, tip: str, grey: QBrush | None) -> bool:
    if (item.text(), item.toolTip(), item.data(INK)) == (text, tip, grey):
        return False
    item.setText(text)
    item.setToolTip(tip)
    item.setData(INK, grey)
    return True


def _item(table: QTableWidget, row: int, column: int) -> QTableWidgetItem:
    item: QTableWidgetItem | None = table.item(row, column)
    if item is None:
        item = QTableWidgetItem()
        if column:
            item.setFlags(ONLY_SHOWN)
            item.setTextAlignment(RIGHT)
        table.setItem(row, column, item)
    return item


def _swatch(color: str) -> QIcon:
    picture = QPixmap(12, 12)
    picture.fill(QColor(color or "#56b4e9"))
    return QIcon(picture)
