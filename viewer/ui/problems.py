"""The list of what was found but cannot be shown."""

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QHeaderView,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from viewer.core.study import Problem, StudyIndex
from viewer.ui.parts import label
from viewer.ui.theme import SPACE
from viewer.ui.words import plural, series_title


def problems_of(index: StudyIndex) -> tuple[Problem, ...]:
    """Return the problems of files, then the warnings of series that can be shown all the same."""
    warnings = (Problem(series_title(info), text) for info in index.series() for text in info.warnings)
    return (*index.problems, *warnings)


class ProblemsDialog(QDialog):
    """Where and what, to be read and copied."""

    def __init__(self, problems: Sequence[Problem], parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Problems found")
        self.resize(SPACE * 90, SPACE * 50)
        self._problems = tuple(problems)
        count = plural(len(problems), "remark") if problems else "No problems were found"
        self.table = QTableWidget(len(problems), 2)
        self.table.setHorizontalHeaderLabels(["Where", "What"])
        self.table.verticalHeader().hide()
        self.table.horizontalHeader().setDefaultAlignment(Qt.AlignmentFlag.AlignLeft)
        self.table.setWordWrap(True)
        self.table.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
        for row, problem in enumerate(problems):
            self.table.setItem(row, 0, QTableWidgetItem(problem.where))
            self.table.setItem(row, 1, QTableWidgetItem(problem.what))
        self.table.horizontalHeader().setSectionResizeMode(1, QHeaderView.ResizeMode.Stretch)
        self.table.setColumnWidth(0, SPACE * 30)
        self.table.resizeRowsToContents()
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        copy = buttons.addButton("Copy all", QDialogButtonBox.ButtonRole.ActionRole)
        copy.clicked.connect(self.copy)
        buttons.rejected.connect(self.close)
        layout = QVBoxLayout(self)
        for widget in (label(f"{count}. The files themselves are untouched.", "muted"), self.table, buttons):
            layout.addWidget(widget)

    def copy(self) -> None:
        """Put the whole list on the clipboard."""
        QGuiApplication.clipboard().setText("\n".join(str(problem) for problem in self._problems))
