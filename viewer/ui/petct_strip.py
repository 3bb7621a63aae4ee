"""The bar above the PET/CT images: drawing tools, how the views are arranged, and what a window drag changes."""

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QButtonGroup, QFrame, QHBoxLayout, QSizePolicy, QToolButton

from viewer.ui.actions import Actions
from viewer.ui.parts import ElidedLabel, label, separator, tool_button
from viewer.ui.roi_actions import TOOLS
from viewer.ui.theme import SPACE

DRAWING = tuple(spec.id for spec in TOOLS)
ROOMY = SPACE * 95
VIEWS = ("petct.rows", "petct.turn")


class ToolStrip(QFrame):
    """Buttons for actions, the hint of the tool in use, and the choice of layer for window drags."""

    layer_chosen = Signal(str)
    """``ct`` or ``pet``"""

    def __init__(self, actions: Actions) -> None:
        super().__init__()
        self.setProperty("panel", True)
        self.setFixedHeight(SPACE * 5)
        # A page that is not shown keeps the width its buttons once had; it must not widen the whole window.
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.hint = ElidedLabel("small")
        self.options = QToolButton()
        self.options.setProperty("outlined", True)
        self.layers = {name: _choice(text) for name, text in (("ct", "CT"), ("pet", "PET"))}
        group = QButtonGroup(self)
        for name, choice in self.layers.items():
            group.addButton(choice)
            choice.setToolTip(f"Dragging over fused images changes the {choice.text()} window")
            choice.toggled.connect(lambda on, name=name: self.layer_chosen.emit(name) if on else None)
        self.layers["pet"].setChecked(True)
        row = QHBoxLayout(self)
        row.setContentsMargins(SPACE, 0, SPACE, 0)
        row.setSpacing(2)
        for name in DRAWING:
            row.addWidget(_sign(actions, name))
        row.addWidget(self.options)
        row.addWidget(separator(vertical=True))
        for name in VIEWS:
            row.addWidget(_sign(actions, name))
        row.addWidget(separator(vertical=True))
        row.addWidget(self.hint, 1)
        self.drag_label = label("Drag windows", "small")
        self._layered = True
        row.addWidget(self.drag_label)
        for choice in self.layers.values():
            row.addWidget(choice)

    @property
    def drag_layer(self) -> str:
        """Whose window a drag over fused images changes: ``ct`` or ``pet``."""
        return next(name for name, choice in self.layers.items() if choice.isChecked())

    def offer_layers(self, on: bool) -> None:
        """Show the choice of layer only where two are fused."""
        self._layered = on
        for choice in self.layers.values():
            choice.setVisible(on)
        self._make_room()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: D102
        super().resizeEvent(event)
        self._make_room()

    def _make_room(self) -> None:
        """Leave the narrow strip to the hint: the two choices say in their tool tips what they are for."""
        self.drag_label.setVisible(self._layered and self.width() >= ROOMY)


def _sign(actions: Actions, name: str) -> QToolButton:
    made = tool_button(actions[name])
    made.setIconSize(QSize(18, 18))
    made.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonIconOnly)
    return made


def _choice(text: str) -> QToolButton:
    made = QToolButton()
    made.setText(text)
    made.setCheckable(True)
    made.setMinimumWidth(SPACE * 5)
    return made
