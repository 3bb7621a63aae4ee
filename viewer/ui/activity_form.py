"""How activity is read: what the scanner was told, what the nuclide really is, and at which time."""

from datetime import datetime

from PySide6.QtCore import QDateTime, QSignalBlocker
from PySide6.QtWidgets import QDateTimeEdit, QFormLayout, QWidget

from viewer.quantify.nuclides import nuclide, table
from viewer.quantify.recovery_tables import tables
from viewer.session.session import Session
from viewer.ui.facts import Notice, choice_box
from viewer.ui.parts import label
from viewer.ui.pet_reading import PetReading
from viewer.ui.theme import SPACE

AS_TAGGED = "As in the file"
SAME = "Same as told"
REFERENCES = (("Start of the scan", "scan"), ("Injection", "injection"), ("Another time…", ""))
FORMAT = "yyyy-MM-dd HH:mm:ss"


class ActivityForm(QWidget):
    """Fields that change ``session.state.measure``."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._scan_start: datetime | None = None
        self.told, self.true = choice_box("Acquired as"), choice_box("Nuclide is")
        self.reference, self.recovery = choice_box("Activity at"), choice_box("Recovery correction")
        self.time = QDateTimeEdit()
        self.label = Notice()
        self.when = label("", "small", wrap=True, selectable=True)
        self._fill()
        form = QFormLayout(self)
        form.setContentsMargins(0, 0, 0, 0)
        form.setSpacing(SPACE)
        for name, field in (
            ("Acquired as", self.told),
            ("Nuclide is", self.true),
            ("Activity at", self.reference),
        ):
            form.addRow(name, field)
        form.addRow("", self.time)
        form.addRow("Recovery", self.recovery)
        form.addRow(self.when)
        form.addRow(self.label)
        self._connect()
        self.refresh()

    def show_reading(self, reading: PetReading) -> None:
        """Say at which time the numbers hold and for which nuclide."""
        activity, acquisition = reading.scales.activity, reading.source.acquisition
        self._scan_start = acquisition.scan_start if acquisition is not None else None
        when = activity.reference_time if activity is not None else None
        time = f"{when:%Y-%m-%d %H:%M:%S}" if when is not None else "a time the file does not state"
        self.when.setText(f"{reading.nuclide} at {time}" if activity is not None and not reading.rescaled else "")
        if reading.rescaled:
            self.when.setText(f"Activity at {time}")
        self.when.setVisible(bool(self.when.text()))
        self.label.say(f"All activities are {reading.nuclide}." if reading.rescaled else "")

    def refresh(self) -> None:
        """Follow the session."""
        choice = self._session.state.measure
        with QSignalBlocker(self.told), QSignalBlocker(self.true), QSignalBlocker(self.reference):
            self.told.setCurrentIndex(max(0, self.told.findData(_name(choice.acquired_as))))
            self.true.setCurrentIndex(max(0, self.true.findData(_name(choice.nuclide))))
            found = self.reference.findData(choice.reference)
            self.reference.setCurrentIndex(found if found >= 0 else len(REFERENCES) - 1)
        with QSignalBlocker(self.recovery):
            self.recovery.setCurrentIndex(max(0, self.recovery.findData(choice.recovery)))
        other = self.reference.currentData() == ""
        self.time.setVisible(other)
        if other:
            with QSignalBlocker(self.time):
                self.time.setDateTime(
                    QDateTime.fromString(choice.reference.replace(" ", "T")[:19], "yyyy-MM-ddTHH:mm:ss")
                )

    def _fill(self) -> None:
        for box, first in ((self.told, AS_TAGGED), (self.true, SAME)):
            box.addItem(first, None)
            for row in table():
                box.addItem(row.name, row.name)
        for text, data in REFERENCES:
            self.reference.addItem(text, data)
        self.recovery.addItem("Not corrected", "")
        for known in tables():
            self.recovery.addItem(known.name, known.key)
        self.recovery.setToolTip("Shows the mean corrected for partial volume beside the raw one")
        self.told.setToolTip("The nuclide the scanner was told; it decided about branching and decay correction")
        self.true.setToolTip("The nuclide that was really there; activities are rescaled to it and labelled so")
        self.reference.setToolTip("The time to which activity is corrected for decay")
        self.time.setDisplayFormat(FORMAT)
        self.time.setAccessibleName("Reference time")

    def _connect(self) -> None:
        choose = self._session.choose
        self.told.activated.connect(lambda _: choose("measure", acquired_as=self.told.currentData()))
        self.true.activated.connect(lambda _: choose("measure", nuclide=self.true.currentData()))
        self.reference.activated.connect(self._choose_reference)
        self.recovery.activated.connect(lambda _: choose("measure", recovery=self.recovery.currentData()))
        self.time.editingFinished.connect(self._choose_time)
        self._session.view_changed.connect(self._on_view)

    def _choose_reference(self) -> None:
        reference = self.reference.currentData()
        if reference == "":
            start = self._scan_start or datetime.now().replace(microsecond=0)
            reference = start.replace(microsecond=0).isoformat()
        self._session.choose("measure", reference=reference)

    def _choose_time(self) -> None:
        text = self.time.dateTime().toString("yyyy-MM-ddTHH:mm:ss")
        self._session.choose("measure", reference=text)

    def _on_view(self, what: str) -> None:
        if what == "measure":
            self.refresh()


def _name(text: str | None) -> str | None:
    """Return the way the table writes a nuclide: ``18F`` for ``F-18``."""
    return None if text is None else nuclide(text).name
