"""A workspace, or, where the active study has nothing for it, a page that says so and offers what has."""

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from viewer.core.study import PatientInfo, StudyInfo
from viewer.session.choice import opening
from viewer.session.workflow import Workflow
from viewer.ui.actions import Actions
from viewer.ui.parts import label, short_button
from viewer.ui.theme import SPACE
from viewer.ui.words import patient_title, study_title

MOST = 6
LONGEST_NAME = 36
"""Letters of a patient's name on a button."""
WHAT = {"mri": "MR series", "ct": "PET or CT series"}


class WorkspacePage(QStackedWidget):
    """Shows ``workspace`` while the active study has a series open in one of its ``roles``."""

    def __init__(self, workspace: QWidget, roles: Sequence[str], workflow: Workflow, actions: Actions) -> None:
        super().__init__()
        self.workspace = workspace
        self.roles = tuple(roles)
        self._session, self._workflow = workflow.session, workflow
        self._names = actions["view.patient"]
        self._empty = QWidget()
        self._column = QVBoxLayout(self._empty)
        self._column.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._column.setSpacing(SPACE)
        self.addWidget(self._empty)
        self.addWidget(workspace)
        self._session.series_assigned.connect(self._on_series)
        self._session.index_changed.connect(self.refresh)
        self._names.toggled.connect(lambda on: self.refresh())
        self.refresh()

    @property
    def side_panel(self) -> QWidget | None:
        """What the workspace wants on the right of the window."""
        found = getattr(self.workspace, "side_panel", None)
        return found if isinstance(found, QWidget) else None

    @property
    def filled(self) -> bool:
        """Whether the workspace has something to show."""
        return any(self._session.key(role) for role in self.roles)

    def refresh(self) -> None:
        """Choose between the workspace and the page that stands for it."""
        if self.filled:
            self.setCurrentWidget(self.workspace)
            return
        self.setCurrentWidget(self._empty)
        while (item := self._column.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.hide()  # deleting waits for the event loop
                widget.deleteLater()
        self._column.addWidget(
            label(f"No {WHAT[self.roles[0]]} is open.", "heading"), 0, Qt.AlignmentFlag.AlignCenter
        )
        studies = self._fitting()
        hint = "These studies have one:" if studies else "Choose a series on the left, or drop a study here."
        self._column.addWidget(label(hint, "muted"), 0, Qt.AlignmentFlag.AlignCenter)
        for title, study in studies[:MOST]:
            made = short_button(title, partial(self._show, study), SPACE * 76)
            self._column.addWidget(made, 0, Qt.AlignmentFlag.AlignCenter)

    def _on_series(self, role: str) -> None:
        if role in self.roles:
            self.refresh()

    def _show(self, study: StudyInfo) -> None:
        self._workflow.show_study(study.study_uid)
        for role, key in opening(study).items():
            if role in self.roles and not self._session.key(role):
                self._session.assign(role, key)
        self._workflow.front.emit(self.roles[0])

    def _fitting(self) -> list[tuple[str, StudyInfo]]:
        """Studies with a series for this workspace, those of the patient on the screen first."""
        patients = list(self._session.index.patients) if self._session.index else []
        patients.sort(key=lambda patient: patient != self._session.patient)
        return [
            (self._title(patient, study), study)
            for patient in patients
            for study in patient.studies
            if any(role in opening(study) for role in self.roles)
        ]

    def _title(self, patient: PatientInfo, study: StudyInfo) -> str:
        name = patient_title(patient)
        name = name if len(name) <= LONGEST_NAME else f"{name[: LONGEST_NAME - 1].rstrip()}…"  # the date stays
        return f"{name}  ·  {study_title(study)}" if self._names.isChecked() else study_title(study)
