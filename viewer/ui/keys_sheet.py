"""The sheet of keys and mouse gestures; a double click on a key changes it."""

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QSettings, Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QHeaderView,
    QKeySequenceEdit,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from viewer.ui.action_table import CATEGORIES, MOUSE
from viewer.ui.actions import Actions
from viewer.ui.parts import label
from viewer.ui.theme import SPACE

NATIVE = QKeySequence.SequenceFormat.NativeText
PORTABLE = QKeySequence.SequenceFormat.PortableText


def restore_keys(actions: Actions, settings: QSettings) -> None:
    """Give the actions the keys the user chose earlier."""
    for spec in actions:
        stored = settings.value(f"keys/{spec.id}")
        if stored is not None:
            actions[spec.id].setShortcuts(QKeySequence.listFromString(str(stored), PORTABLE))


class KeysSheet(QDialog):
    """All commands with their keys."""

    def __init__(self, actions: Actions, settings: QSettings, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Keys and mouse")
        self.resize(SPACE * 78, SPACE * 80)
        self._actions, self._settings = actions, settings
        self.table = QTableWidget(0, 2)
        self.table.setHorizontalHeaderLabels(["Command", "Key"])
        self.table.verticalHeader().hide()
        self.table.horizontalHeader().setDefaultAlignment(Qt.AlignmentFlag.AlignLeft)
        self.table.horizontalHeader().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        self.table.horizontalHeader().setSectionResizeMode(1, QHeaderView.ResizeMode.ResizeToContents)
        self.table.setShowGrid(False)
        self.table.setItemDelegateForColumn(1, KeyDelegate(self))
        self.table.setEditTriggers(
            QTableWidget.EditTrigger.DoubleClicked | QTableWidget.EditTrigger.EditKeyPressed
        )
        self.problem = label("Double click a key to change it.", "muted", wrap=True)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        reset = buttons.addButton("Default keys", QDialogButtonBox.ButtonRole.ResetRole)
        reset.clicked.connect(self.reset)
        buttons.rejected.connect(self.close)
        layout = QVBoxLayout(self)
        for widget in (self.table, self.problem, buttons):
            layout.addWidget(widget)
        self._fill()

    def change(self, name: str, keys: QKeySequence) -> bool:
        """Give a command another key and remember it; refused while another command has it."""
        taken = next((spec for spec in self._actions if keys in self._actions[spec.id].shortcuts()), None)
        if taken is not None and taken.id != name and not keys.isEmpty():
            words = taken.text.replace("&", "").rstrip("…")
            self.problem.setText(f"{keys.toString(NATIVE)} already means “{words}”. Change that one first.")
            return False
        self._actions[name].setShortcuts([keys])
        self._settings.setValue(f"keys/{name}", keys.toString(PORTABLE))
        self.problem.setText("Changed and remembered.")
        return True

    def reset(self) -> None:
        """Go back to the keys of the table."""
        self._settings.remove("keys")
        for spec in self._actions:
            self._actions[spec.id].setShortcuts([QKeySequence(key) for key in spec.keys])
        self._fill()

    def _fill(self) -> None:
        self.table.setRowCount(0)
        self._heading("Mouse")
        for gesture, meaning in MOUSE:
            self._row(meaning, gesture, "")
        for category, title in CATEGORIES.items():
            self._heading(title.replace("&", ""))
            for spec in (spec for spec in self._actions if spec.category == category):
                keys = ", ".join(key.toString(NATIVE) for key in self._actions[spec.id].shortcuts())
                self._row(spec.text.replace("&", "").rstrip("…"), keys, spec.id)

    def _heading(self, text: str) -> None:
        font = self.table.font()
        font.setBold(True)
        for item in self._row(text, "", ""):
            item.setFont(font)

    def _row(self, text: str, keys: str, name: str) -> list[QTableWidgetItem]:
        row = self.table.rowCount()
        self.table.insertRow(row)
        items = [QTableWidgetItem(text), QTableWidgetItem(keys)]
        for column, item in enumerate(items):
            item.setData(Qt.ItemDataRole.UserRole, name)
            editable = Qt.ItemFlag.ItemIsEditable if name and column == 1 else Qt.ItemFlag.NoItemFlags
            item.setFlags(Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable | editable)
            self.table.setItem(row, column, item)
        return items


class KeyDelegate(QStyledItemDelegate):
    """Edits a cell by pressing the key."""

    def __init__(self, sheet: KeysSheet) -> None:
        super().__init__(sheet)
        self._sheet = sheet

    def createEditor(  # noqa: D102
        self, parent: QWidget, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> QWidget:
        editor = QKeySequenceEdit(parent)
        editor.setMaximumSequenceLength(1)
        return editor

    def setModelData(self, editor: QWidget, model: object, index: QModelIndex | QPersistentModelIndex) -> None:  # noqa: D102
        if isinstance(editor, QKeySequenceEdit):
            keys = editor.keySequence()
            if self._sheet.change(index.data(Qt.ItemDataRole.UserRole), keys):
                self._sheet.table.model().setData(self._sheet.table.currentIndex(), keys.toString(NATIVE))
