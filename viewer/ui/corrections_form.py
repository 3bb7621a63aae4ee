"""What the user knows better than the file about patient and dose. The file is never changed."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any

from PySide6.QtCore import QSignalBlocker
from PySide6.QtWidgets import QComboBox, QFormLayout, QLabel, QLineEdit, QWidget

from viewer.core.errors import LowfieldError
from viewer.core.pet import PetAcquisition, UserCorrections
from viewer.quantify.corrected import corrected
from viewer.quantify.nuclides import table
from viewer.session.session import Session
from viewer.ui.facts import Notice, choice_box
from viewer.ui.parts import button, label, restyle
from viewer.ui.pet_reading import PetReading
from viewer.ui.theme import SPACE

NOT_STATED = "not stated"
MOMENT = "%Y-%m-%d %H:%M:%S"
NUMBERS = {
    "patient_weight_kg": ("Weight, kg", "patient_weight_kg", 1.0),
    "patient_height_m": ("Height, cm", "patient_height_m", 100.0),
    "injected_dose_bq": ("Injected, MBq", "injected_dose_bq", 1e-6),
}
"""Field of `UserCorrections` → words, field of `PetAcquisition`, factor to what is shown."""
SEXES = (("F", "F"), ("M", "M"), ("O", "O"))


class CorrectionsForm(QWidget):
    """Empty fields mean: as the file says, which stands there in grey. What is corrected is marked."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._acquisition: PetAcquisition | None = None
        self.numbers = {name: QLineEdit() for name in NUMBERS}
        self.time = QLineEdit()
        self.sex, self.nuclide = choice_box("Sex"), choice_box("Scanner was told")
        self.notice = Notice()
        self.reset = button("Reset all to the file", self._reset, flat=True)
        self.names: dict[str, QLabel] = {}
        self._form = QFormLayout(self)
        self._lay_out()
        session.view_changed.connect(lambda what: self.refresh() if what == "measure" else None)
        self.refresh()

    def show_reading(self, reading: PetReading) -> None:
        """Show what the file of a PET says."""
        self._acquisition = reading.source.acquisition
        self.refresh()

    def refresh(self) -> None:
        """Follow the session."""
        given = self._session.state.measure.corrections
        for name, field in self.numbers.items():
            _, source, factor = NUMBERS[name]
            field.setPlaceholderText(_file(self._stated(source), factor))
            value = getattr(given, name)
            _write(field, "" if value is None else f"{value * factor:.10g}")
        self.time.setPlaceholderText(_file(self._stated("injection_time"), 1.0))
        _write(self.time, "" if given.injection_time is None else given.injection_time.strftime(MOMENT))
        _choose(self.sex, f"As in the file ({self._stated('patient_sex') or NOT_STATED})", given.patient_sex)
        told = (self._stated("nuclide_meaning") or NOT_STATED).replace("^", "")
        _choose(self.nuclide, f"As in the file ({told})", given.nuclide)
        for name, words in self.names.items():
            restyle(words, "role", "warning" if getattr(given, name) is not None else "")
        self._tell(given)

    def _stated(self, name: str) -> Any:
        return getattr(self._acquisition, name) if self._acquisition is not None else None

    def _tell(self, given: UserCorrections) -> None:
        self.reset.setVisible(bool(given))
        said = ""
        if self._acquisition is not None and given:
            try:
                said = "Corrected by user: " + "; ".join(corrected(self._acquisition, given).corrected_by_user)
            except LowfieldError as error:
                said = str(error)
        self.notice.say(said)

    def _correct(self, name: str, value: Any) -> None:
        """Keep one correction where it is possible, else say why not and put the field back."""
        given = replace(self._session.state.measure.corrections, **{name: value})
        try:
            if self._acquisition is not None:
                corrected(self._acquisition, given)
        except LowfieldError as error:
            self.refresh()
            self.notice.say(str(error))
            return
        self._session.choose("measure", corrections=given)

    def _typed(self, name: str, field: QLineEdit, read: Callable[[str], Any]) -> None:
        text = field.text().strip()
        try:
            value = read(text) if text else None
        except ValueError:
            self.refresh()
            self.notice.say(f"{text!r} was not understood.")
            return
        if value != getattr(self._session.state.measure.corrections, name):
            self._correct(name, value)

    def _reset(self) -> None:
        self._session.choose("measure", corrections=UserCorrections())

    def _lay_out(self) -> None:
        self._form.setContentsMargins(0, 0, 0, 0)
        self._form.setSpacing(SPACE)
        for name, field in self.numbers.items():
            words, _, factor = NUMBERS[name]
            self._row(name, words, field)
            field.editingFinished.connect(
                lambda name=name, field=field, factor=factor: self._typed(
                    name, field, lambda t: _number(t) / factor
                )
            )
        self._row("injection_time", "Injected at", self.time)
        self.time.editingFinished.connect(
            lambda: self._typed("injection_time", self.time, lambda text: datetime.fromisoformat(text))
        )
        self._row("patient_sex", "Sex", self.sex)
        self._row("nuclide", "Nuclide told", self.nuclide)
        self._fill()
        self._form.addRow(self.notice)
        self._form.addRow(self.reset)

    def _row(self, name: str, words: str, field: QWidget) -> None:
        self.names[name] = label(words)
        field.setAccessibleName(words)
        if isinstance(field, QLineEdit):
            field.setClearButtonEnabled(True)
            field.setToolTip("Empty: as the file says. What you type replaces it, marked, until you clear it")
        self._form.addRow(self.names[name], field)

    def _fill(self) -> None:
        for box, entries, name in (
            (self.sex, SEXES, "patient_sex"),
            (self.nuclide, tuple((row.name, row.name) for row in table()), "nuclide"),
        ):
            box.addItem("", None)
            for text, data in entries:
                box.addItem(text, data)
            box.activated.connect(lambda _, box=box, name=name: self._correct(name, box.currentData()))


def _number(text: str) -> float:
    return float(text.replace(",", "."))


def _file(value: Any, factor: float) -> str:
    if value in (None, ""):
        return NOT_STATED
    return value.strftime(MOMENT) if isinstance(value, datetime) else f"{value * factor:.6g}"


def _write(field: QLineEdit, text: str) -> None:
    with QSignalBlocker(field):
        field.setText(text)


def _choose(box: QComboBox, first: str, data: str | None) -> None:
    with QSignalBlocker(box):
        box.setItemText(0, first)
        box.setCurrentIndex(max(0, box.findData(data)) if data is not None else 0)
