"""CT preset, PET window, palette and opacity."""

import numpy as np
from PySide6.QtCore import QSignalBlocker, QSize, Qt
from PySide6.QtGui import QIcon, QImage, QPixmap
from PySide6.QtWidgets import QDoubleSpinBox, QFormLayout, QHBoxLayout, QSlider, QWidget

from viewer.core.palettes import PALETTES, palette
from viewer.core.picture import CT_PRESETS, Window, window_between, window_range
from viewer.session.session import Session
from viewer.ui.actions import Actions
from viewer.ui.facts import choice_box
from viewer.ui.parts import label, number_box
from viewer.ui.petct_pictures import Images
from viewer.ui.theme import SPACE

OTHER = "Other"


class FusionForm(QWidget):
    """Fields that change windows and fusion of the session, and follow them."""

    def __init__(self, session: Session, actions: Actions) -> None:
        super().__init__()
        self._session = session
        self._images = Images(None, None)
        self._pet_window: Window = (0.5, 1.0)
        self.preset, self.colors = choice_box("CT window"), choice_box("Palette")
        self.top = number_box()
        self.opacity = QSlider(Qt.Orientation.Horizontal)
        self.opacity_text = label("")
        self._form = QFormLayout(self)
        self._fill(actions)
        self._lay_out()
        self._connect()
        session.view_changed.connect(self._on_view)

    def show_images(self, images: Images) -> None:
        """Show the fields that the open images need."""
        self._images = images
        rows: dict[QWidget | QHBoxLayout, bool] = {
            self.preset: images.ct is not None,
            self.top: images.pet is not None,
            self.colors: images.fusable,
            self._opacity_row: images.fusable,
        }
        for field, wanted in rows.items():
            self._form.setRowVisible(field, wanted)
        self.refresh()

    def show_windows(self, ct: Window, pet: Window) -> None:
        """Show the windows in use, chosen or default."""
        self._pet_window = pet
        with QSignalBlocker(self.preset), QSignalBlocker(self.top):
            names = [name for name, window in CT_PRESETS.items() if np.allclose(window, ct, rtol=1e-3)]
            self.preset.setCurrentText(names[0] if names else OTHER)
            if self._images.pet is not None:
                name, factor = self._images.pet.unit
                self.top.setSuffix(f" {name}")
                self.top.setValue(window_range(pet)[1] * factor)

    def refresh(self) -> None:
        """Follow the session."""
        fusion = self._session.state.fusion
        with QSignalBlocker(self.colors), QSignalBlocker(self.opacity):
            self.colors.setCurrentText(fusion.palette)
            self.opacity.setValue(round(100 * fusion.opacity))
        self.opacity_text.setText(f"{fusion.opacity:.0%}")

    def _fill(self, actions: Actions) -> None:
        for n, (name, (center, width)) in enumerate(CT_PRESETS.items(), start=1):
            self.preset.addItem(name)
            key = actions[f"petct.preset_{n}"].shortcut().toString()
            tip = f"Level {center:g}, width {width:g} HU; key {key}"
            self.preset.setItemData(n - 1, tip, Qt.ItemDataRole.ToolTipRole)
        self.preset.addItem(OTHER)
        self.colors.setIconSize(QSize(SPACE * 6, SPACE + 2))
        for name in PALETTES:
            self.colors.addItem(_gradient(name), name)
        self.top.setAccessibleName("PET up to")
        self.top.setMinimumWidth(SPACE * 10)
        self.top.setRange(1e-6, 1e12)
        self.top.setDecimals(3)
        self.top.setStepType(QDoubleSpinBox.StepType.AdaptiveDecimalStepType)
        self.top.setKeyboardTracking(False)
        self.top.setToolTip("The activity at the upper end of the colours; the lower end is zero")
        self.opacity.setRange(0, 100)
        self.opacity.setPageStep(10)
        self.opacity.setToolTip("How strongly PET covers CT; the lowest 1 % of the window stays transparent")
        self.opacity_text.setMinimumWidth(SPACE * 5)
        self.opacity_text.setAlignment(Qt.AlignmentFlag.AlignRight)

    def _lay_out(self) -> None:
        self._opacity_row = QHBoxLayout()
        self._opacity_row.setSpacing(SPACE)
        self._opacity_row.addWidget(self.opacity, 1)
        self._opacity_row.addWidget(self.opacity_text)
        self._form.setContentsMargins(0, 0, 0, 0)
        self._form.setSpacing(SPACE)
        for name, field in (("CT window", self.preset), ("PET up to", self.top), ("Palette", self.colors)):
            self._form.addRow(name, field)
        self.opacity.setAccessibleName("PET opacity")
        self._form.addRow("PET opacity", self._opacity_row)

    def _connect(self) -> None:
        session = self._session
        self.preset.activated.connect(self._choose_preset)
        self.colors.activated.connect(lambda _: session.choose("fusion", palette=self.colors.currentText()))
        self.opacity.valueChanged.connect(lambda value: session.choose("fusion", opacity=value / 100))
        self.top.valueChanged.connect(self._choose_top)

    def _choose_preset(self) -> None:
        window = CT_PRESETS.get(self.preset.currentText())
        if window is not None:
            self._session.set_window("ct", window)

    def _choose_top(self, value: float) -> None:
        if self._images.pet is not None:
            low, _ = window_range(self._pet_window)
            self._session.set_window("pet", window_between(low, value / self._images.pet.unit[1]))

    def _on_view(self, what: str) -> None:
        if what == "fusion":
            self.refresh()


def _gradient(name: str) -> QIcon:
    strip = np.ascontiguousarray(np.broadcast_to(palette(name)[None], (10, 256, 3)))
    image = QImage(strip.data, 256, 10, 3 * 256, QImage.Format.Format_RGB888).copy()
    return QIcon(QPixmap.fromImage(image))
