"""Left of the therapy's results: which scans, the RBE, the curve, the ratios, the injection."""

from collections.abc import Callable, Sequence
from datetime import datetime
from itertools import pairwise
from typing import Any

from PySide6.QtCore import QSignalBlocker
from PySide6.QtWidgets import QComboBox, QFormLayout, QLineEdit, QWidget

from viewer.session.session import Session
from viewer.session.therapy import Therapy
from viewer.therapy.options import CT_DENSITY, WATER_DENSITY
from viewer.ui.facts import Notice, SidePanel, choice_box
from viewer.ui.parts import label, number_box
from viewer.ui.theme import SPACE
from viewer.ui.ticks import Ticks
from viewer.ui.words import series_title

MODELS = (
    ("Chosen by AICc", "auto"),
    ("Mono-exponential", "mono"),
    ("Bi-exponential", "bi"),
    ("Uptake and washout", "uptake"),
    ("Physical decay only", "physical"),
)
BEFORE = (("Curve back to injection", "effective"), ("Rise from zero", "linear"))
AFTER = (("Physical decay", "physical"), ("Fitted curve", "fitted"))
DENSITIES = (("Water, 1 g/mL", WATER_DENSITY), ("From the CT", CT_DENSITY))
AS_FILES = "as the files say"
MOMENT = "%Y-%m-%d %H:%M:%S"
BQ_PER_MBQ, PERCENT = 1e6, 100.0
NAME_WIDTH = SPACE * 13


class TherapyForm(SidePanel):
    """Shows the choices of `Therapy` and changes them; it keeps none of its own."""

    def __init__(self, session: Session, therapy: Therapy) -> None:
        super().__init__("Choices for the therapy")
        self._session, self._therapy = session, therapy
        self.scans, self.organs = Ticks(therapy.tick), Ticks(self._organ)
        self.organs_title = label("Organs", "muted")
        self.rbe = number_box()
        self.model, self.density = choice_box("Curve"), choice_box("Density")
        self.uptake, self.tail = choice_box("Before the first scan"), choice_box("After the last scan")
        self.background = choice_box("Background ROI")
        self.injected, self.at, self.calibration = QLineEdit(), QLineEdit(), QLineEdit()
        self.notice = Notice()
        self._lay_out()
        self._connect()
        therapy.changed.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """Follow the session."""
        options, names = self._therapy.options, self._therapy.roi_names
        self.scans.show_rows(self._scan_rows())
        self.organs.show_rows(
            [(name, name, name in options.organs, True) for name in names if name != options.background]
        )
        self.organs_title.setVisible(bool(self.organs.boxes))
        self._order_of_tab()
        with QSignalBlocker(self.rbe):
            self.rbe.setValue(options.rbe)
        for box, value in (
            (self.model, options.model), (self.density, options.density), (self.uptake, options.uptake),
            (self.tail, options.tail),
        ):  # fmt: skip
            _choose(box, value)
        _offer(self.background, names, options.background)
        _write(self.injected, options.injected_bq, lambda bq: f"{bq / BQ_PER_MBQ:.10g}")
        _write(self.at, options.injection_time, lambda time: time.strftime(MOMENT))
        _write(self.calibration, options.calibration_uncertainty, lambda share: f"{share * PERCENT:.6g}")

    def _scan_rows(self) -> list[tuple[str, str, bool, bool]]:
        reference = self._session.key("pet")
        rows = []
        for one in self._therapy.scans:
            words = series_title(one)
            if one.key == reference:
                words += " · reference"
            rows.append((one.key, words, self._therapy.ticked(one.key), one.key != reference))
        return rows

    def _order_of_tab(self) -> None:
        """Walk down the form: boxes are made late, and would come last."""
        chain = (
            *self.scans.boxes.values(), self.rbe, self.density, self.model, self.uptake, self.tail,
            self.background, *self.organs.boxes.values(), self.injected, self.at, self.calibration,
        )  # fmt: skip
        for one, other in pairwise(chain):
            QWidget.setTabOrder(one, other)

    def _organ(self, name: str, wanted: bool) -> None:
        others = [one for one in self._therapy.options.organs if one != name]
        self._therapy.choose(organs=tuple([*others, name] if wanted else others))

    def _lay_out(self) -> None:
        self.rbe.setRange(1.0, 20.0)
        self.rbe.setDecimals(1)
        self.rbe.setSingleStep(0.5)
        self.rbe.setKeyboardTracking(False)
        self.rbe.setAccessibleName("RBE of alpha particles")
        for box, entries in (
            (self.model, MODELS), (self.uptake, BEFORE), (self.tail, AFTER), (self.density, DENSITIES)
        ):  # fmt: skip
            for text, key in entries:
                box.addItem(text, key)
        self.at.setPlaceholderText(AS_FILES)
        self.injected.setPlaceholderText(AS_FILES)
        self.calibration.setPlaceholderText("not stated")
        self._tips()
        self.add("Time points", self.scans)
        self.add("Dose", _form(("RBE of alpha", self.rbe), ("Density", self.density)))
        self.add("Curve", _form(("Model", self.model), ("Before", self.uptake), ("After", self.tail)))
        self.add("Ratios", _form(("Background", self.background)), self.organs_title, self.organs)
        injection = _form(("MBq", self.injected), ("At", self.at), ("Calibration ± %", self.calibration))
        self.add("Injection and calibration", injection, self.notice)

    def _tips(self) -> None:
        for widget, text in (
            (
                self.rbe,
                "Weights alpha particles and recoil nuclei in Gy·RBE; unweighted Gy always stand beside it",
            ),
            (self.density, "The mass that takes up the energy: water, or the CT of the first scan"),
            (self.uptake, "What is assumed from the injection to the first scan"),
            (self.tail, "What is assumed after the last scan"),
            (self.background, "The ROI that target-to-background ratios refer to"),
            (self.injected, "Injected activity of the true nuclide, for residence times"),
            (self.at, "Time of injection, local, as 2026-05-04 09:15"),
            (self.calibration, "Standard uncertainty of the scanner's calibration (k = 1)"),
        ):
            widget.setToolTip(text)
        for field, text in (
            (self.injected, "Injected MBq"),
            (self.at, "Injected at"),
            (self.calibration, "Calibration"),
        ):
            field.setAccessibleName(text)

    def _connect(self) -> None:
        choose = self._therapy.choose
        self.rbe.valueChanged.connect(lambda value: choose(rbe=value))
        for box, name in (
            (self.model, "model"), (self.density, "density"), (self.uptake, "uptake"), (self.tail, "tail"),
            (self.background, "background"),
        ):  # fmt: skip
            box.activated.connect(lambda _, box=box, name=name: choose(**{name: box.currentData()}))
        for field, name, read in (
            (self.injected, "injected_bq", lambda text: BQ_PER_MBQ * _positive(text)),
            (self.at, "injection_time", _moment),
            (self.calibration, "calibration_uncertainty", lambda text: _positive(text) / PERCENT),
        ):
            field.editingFinished.connect(lambda field=field, name=name, read=read: self._typed(field, name, read))

    def _typed(self, field: QLineEdit, name: str, read: Callable[[str], Any]) -> None:
        text = field.text().strip()
        try:
            value = read(text) if text else None
        except ValueError:
            self.notice.say(f"{text!r} was not understood. {field.toolTip()}.")
            self.refresh()
            return
        self.notice.say("")
        self._therapy.choose(**{name: value})


def _form(*rows: tuple[str, QWidget]) -> QWidget:
    made = QWidget()
    form = QFormLayout(made)
    form.setContentsMargins(0, 0, 0, 0)
    form.setSpacing(SPACE)
    for text, field in rows:
        name = label(text)
        name.setMinimumWidth(NAME_WIDTH)  # the fields of all sections begin in one line
        name.setBuddy(field)
        form.addRow(name, field)
    return made


def _choose(box: QComboBox, value: str) -> None:
    with QSignalBlocker(box):
        box.setCurrentIndex(max(0, box.findData(value)))


def _offer(box: QComboBox, names: Sequence[str], chosen: str) -> None:
    with QSignalBlocker(box):
        box.clear()
        box.addItem("None", "")
        for name in names:
            box.addItem(name, name)
        box.setCurrentIndex(max(0, box.findData(chosen)))


def _write(field: QLineEdit, value: Any, words: Callable[[Any], str]) -> None:
    if not field.hasFocus() or not field.isModified():
        with QSignalBlocker(field):
            field.setText("" if value is None else words(value))


def _positive(text: str) -> float:
    value = float(text.replace(",", "."))
    if not 0 < value < float("inf"):
        raise ValueError(text)
    return value


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is not None:
        raise ValueError(text)
    return moment
