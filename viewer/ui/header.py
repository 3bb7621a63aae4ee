"""The bar under the menu: whose images these are, the two workspaces, and the few tools needed all the time."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QToolButton, QVBoxLayout, QWidget

from viewer.session.session import Session
from viewer.ui import words
from viewer.ui.actions import Actions
from viewer.ui.parts import ElidedLabel, separator, tool_button
from viewer.ui.theme import SPACE

TOOLS = ("file.open_folder", "edit.undo", "edit.redo", "file.report", "view.side", "help.keys")


class Header(QFrame):
    """Patient, tabs, tools."""

    def __init__(self, session: Session, actions: Actions) -> None:
        super().__init__()
        self.setProperty("panel", True)
        self._session, self._actions = session, actions
        self.name = ElidedLabel("strong")
        self.details = ElidedLabel("small")
        self._tabs = _tabs(actions)
        self._lay_out()
        session.study_changed.connect(lambda uid: self.refresh())
        session.index_changed.connect(self.refresh)
        actions["view.patient"].toggled.connect(lambda on: self.refresh())
        self.refresh()

    def refresh(self) -> None:
        """Show the patient of the active study, unless the user has hidden it."""
        patient, study = self._session.patient, self._session.study
        self._tabs.setVisible(self._session.index is not None)
        if patient is None or study is None:
            self._show("", "")
        elif self._actions["view.patient"].isChecked():
            details = f"{words.patient_details(patient)}   |   {words.study_title(study)}"
            self._show(words.patient_title(patient), details)
        else:
            self._show("Patient hidden", "P shows name, ID and birth date")

    def _show(self, name: str, details: str) -> None:
        self.name.set_full_text(name)
        self.details.set_full_text(details)

    def _lay_out(self) -> None:
        patient = QVBoxLayout()
        patient.setSpacing(0)
        patient.addWidget(self.name)
        patient.addWidget(self.details)
        bar = QWidget()
        row = QHBoxLayout(bar)
        row.setContentsMargins(SPACE, 0, SPACE, 0)
        row.setSpacing(SPACE)
        row.addWidget(tool_button(self._actions["view.browser"]))
        row.addLayout(patient, 3)
        row.addWidget(self._tabs)
        row.addStretch(1)
        for name in TOOLS:
            row.addWidget(tool_button(self._actions[name]))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(bar, 1)
        column.addWidget(separator())
        self.setFixedHeight(SPACE * 6)


def _tabs(actions: Actions) -> QWidget:
    frame = QWidget()
    row = QHBoxLayout(frame)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(0)
    for name in ("view.mri", "view.petct"):
        tab = QToolButton()
        tab.setDefaultAction(actions[name])
        tab.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextOnly)
        tab.setProperty("tab", True)
        tab.setFixedHeight(SPACE * 6 - 1)
        tab.setMinimumWidth(SPACE * 12)
        row.addWidget(tab)
    return frame
