"""The small form of an isocontour's rule: which level, and where it starts to grow."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from PySide6.QtCore import QSignalBlocker, Qt
from PySide6.QtWidgets import QCheckBox, QFormLayout, QFrame

from viewer.roi.compound import SUV_BW
from viewer.roi.shapes import Roi
from viewer.ui.facts import choice_box
from viewer.ui.iso_rule import BACKGROUND, FIXED, PRESETS, IsoRule
from viewer.ui.parts import label, number_box
from viewer.ui.theme import SPACE

HINTS = {
    BACKGROUND: "Half way between the mean of the background and the hottest voxel (EARL, NEMA recovery).",
    FIXED: "All voxels that reach this level and hang together.",
    "maximum": "A share of the hottest voxel inside the sphere.",
}


class IsoForm(QFrame):
    """Calls ``chosen(rule)`` with every change; a popup under its button."""

    def __init__(self, chosen: Callable[[IsoRule], object]) -> None:
        super().__init__(None, Qt.WindowType.Popup)
        self.setProperty("card", True)
        self._chosen, self._rule = chosen, IsoRule()
        self.preset, self.background = choice_box("Rule of the isocontour"), choice_box("Background")
        self.value = number_box()
        self.seed = QCheckBox("Grow from where the drag began")
        self.hint = label("", "small", wrap=True)
        self._form = QFormLayout(self)
        self._lay_out()

    def show_rule(self, rule: IsoRule, rois: Sequence[Roi]) -> None:
        """Show a rule, and which ROIs may be its background."""
        self._rule = rule
        with QSignalBlocker(self.preset), QSignalBlocker(self.background), QSignalBlocker(self.value):
            self.preset.setCurrentIndex(_preset(rule))
            self._fill(rois)
            self._show_value()
        with QSignalBlocker(self.seed):
            self.seed.setChecked(rule.from_seed)
        number = PRESETS[self.preset.currentIndex()][1]
        self._form.setRowVisible(self.value, rule.kind == FIXED or number.fraction not in (0.41, 0.5))
        self._form.setRowVisible(self.background, rule.kind == BACKGROUND)
        self.hint.setText(HINTS[rule.kind])
        self.adjustSize()

    def _fill(self, rois: Sequence[Roi]) -> None:
        self.background.clear()
        self.background.addItem("Choose an ROI…", "")
        for roi in rois:
            self.background.addItem(roi.name, roi.id)
        self.background.setCurrentIndex(max(0, self.background.findData(self._rule.background_id)))

    def _show_value(self) -> None:
        fixed = self._rule.kind == FIXED
        unit = ("" if self._rule.unit == SUV_BW else self._rule.unit) if fixed else "%"
        self.value.setSuffix(f" {unit}" if unit else "")
        self.value.setRange(-2000.0 if fixed else 1.0, 1e9 if fixed else 100.0)
        self.value.setDecimals(2 if fixed else 0)
        self.value.setSingleStep(0.1 if fixed else 1.0)
        self.value.setValue(self._rule.value if fixed else 100 * self._rule.fraction)

    def _choose(self, rule: IsoRule) -> None:
        self._chosen(rule)

    def _choose_preset(self, number: int) -> None:
        rule = PRESETS[number][1]
        self._choose(replace(rule, background_id=self._rule.background_id, from_seed=self._rule.from_seed))

    def _choose_value(self, value: float) -> None:
        fixed = self._rule.kind == FIXED
        self._choose(replace(self._rule, value=value) if fixed else replace(self._rule, fraction=value / 100))

    def _lay_out(self) -> None:
        for text, _ in PRESETS:
            self.preset.addItem(text)
        self.value.setAccessibleName("Level")
        self.value.setKeyboardTracking(False)
        self.setFixedWidth(SPACE * 44)
        self._form.setContentsMargins(*(SPACE * 2,) * 4)
        self._form.setSpacing(SPACE)
        self._form.addRow("Level", self.preset)
        self._form.addRow("At", self.value)
        self._form.addRow("Background", self.background)
        self._form.addRow("", self.seed)
        self._form.addRow(self.hint)
        self.preset.activated.connect(self._choose_preset)
        self.value.valueChanged.connect(self._choose_value)
        self.background.activated.connect(
            lambda _: self._choose(replace(self._rule, background_id=self.background.currentData()))
        )
        self.seed.toggled.connect(lambda on: self._choose(replace(self._rule, from_seed=on)))


def _preset(rule: IsoRule) -> int:
    """The entry of the list that a rule is one of."""
    for number, (_, known) in enumerate(PRESETS):
        if rule.kind == known.kind == FIXED and rule.unit == known.unit:
            return number
        if rule.kind == known.kind != FIXED and abs(rule.fraction - known.fraction) < 1e-6:
            return number
    return 2 if rule.kind != BACKGROUND else 3
