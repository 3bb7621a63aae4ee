"""What belongs to the drawing tool in use: the rule of an isocontour, the size of a brush, and a hint in words."""

from dataclasses import replace

from PySide6.QtCore import QObject, QPoint
from PySide6.QtWidgets import QToolButton

from viewer.core.errors import LowfieldError
from viewer.roi.shapes import Grown, Isocontour, Polygon, Roi
from viewer.session.session import Session
from viewer.ui.actions import Actions
from viewer.ui.iso_form import IsoForm
from viewer.ui.iso_rule import IsoRule, reruled, rule_of
from viewer.ui.petct_strip import ToolStrip
from viewer.ui.roi_clipboard import RoiClipboard
from viewer.ui.roi_tools import PAINTING, RoiTools

HINTS = {
    "navigate": "Drag an outline to move an ROI, its squares to resize it",
    "sphere": "Drag from the centre · Enter puts one at the crosshair",
    "ellipse": "Drag from corner to corner · Enter puts one at the crosshair",
    "box": "Drag from corner to corner · Enter puts one at the crosshair",
    "polygon": "Click corners · double click or Enter closes · Escape gives up",
    "freehand": "Draw around it",
    "brush": "Paint a new ROI · [ ] size · N ball or slice",
    "eraser": "Select the ROI to erase from",
    "isocontour": "Drag a sphere around it: it grows from the hottest voxel inside",
}


class ToolOptions(QObject):
    """Keeps the strip's button and hint in step with tool and selection, and answers the brush keys."""

    def __init__(self, session: Session, actions: Actions, tools: RoiTools, strip: ToolStrip) -> None:
        super().__init__(strip)
        self._session, self._actions, self._tools, self._strip = session, actions, tools, strip
        self.form = IsoForm(self._choose_rule)
        self.button: QToolButton = strip.options
        self.button.clicked.connect(self._open)
        actions.on("roi.smaller", lambda: self._resize(-1), owner=strip)
        actions.on("roi.larger", lambda: self._resize(1), owner=strip)
        self.clipboard = RoiClipboard(session, tools.readings)
        actions.on("roi.copy", self.clipboard.copy, owner=strip)
        actions.on("roi.paste", self.clipboard.paste, owner=strip)
        actions["roi.ball"].setChecked(tools.brush.ball)
        actions["roi.ball"].toggled.connect(self._set_ball)
        actions.tool_changed(lambda _: self.refresh())
        session.selection_changed.connect(self.refresh)
        session.rois_changed.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """Follow tool and selection."""
        kind, selected = self._actions.tool, self._session.selected_roi
        self._strip.hint.set_full_text(hint(kind, selected))
        rule = self._rule
        if kind in PAINTING:
            form = "ball" if self._tools.brush.ball else "slice"
            self.button.setText(f"⌀ {2 * self._tools.brush.radius_mm:g} mm · {form}")
            self.button.setToolTip("Ball or slice (N); the keys [ and ] change the size")
        elif rule is not None:
            self.button.setText(f"{rule.text} ▾")
            self.button.setToolTip("The rule of the isocontour")
        self.button.setVisible(kind in PAINTING or rule is not None)
        if self.form.isVisible() and rule is not None:
            self.form.show_rule(rule, self._backgrounds())

    @property
    def _rule(self) -> IsoRule | None:
        """The rule of the selected isocontour, else of the next one, while that tool is in use."""
        selected = self._session.selected_roi
        found = rule_of(selected.shape, self._session.rois) if selected is not None else None
        return found or (self._tools.rule if self._actions.tool == "isocontour" else None)

    def _open(self) -> None:
        if self._actions.tool in PAINTING:
            self._actions["roi.ball"].toggle()
            return
        rule = self._rule
        if rule is not None:
            self.form.show_rule(rule, self._backgrounds())
            self.form.move(self.button.mapToGlobal(QPoint(0, self.button.height() + 2)))
            self.form.show()

    def _choose_rule(self, rule: IsoRule) -> None:
        """Use a rule from now on, and for the selected isocontour."""
        self._tools.rule = rule
        roi = self._session.selected_roi
        if roi is not None and isinstance(roi.shape, Grown | Isocontour):
            try:
                shape = reruled(roi.shape, rule, self._session.rois, roi.series_uid)
            except LowfieldError as error:
                self.form.show_rule(rule, self._backgrounds())
                self.form.hint.setText(error.what)
                return
            self._session.replace_roi(replace(roi, shape=shape), f"Change the rule of {roi.name}")
        self.form.show_rule(rule, self._backgrounds())
        self.refresh()

    def _backgrounds(self) -> list[Roi]:
        return [roi for roi in self._session.rois if not isinstance(roi.shape, Grown | Isocontour)]

    def _resize(self, step: int) -> None:
        self._tools.brush.resize(step)
        self.refresh()

    def _set_ball(self, on: bool) -> None:
        self._tools.brush.ball = on
        self.refresh()


def hint(kind: str, selected: Roi | None) -> str:
    """Return what the mouse does now, the selected ROI by name where it takes what is drawn."""
    if selected is not None and kind == "brush":
        return f"Paints into {selected.name} · Escape first for a new ROI · [ ] size"
    if selected is not None and kind == "eraser":
        return f"Erases from {selected.name} · [ ] size"
    if selected is not None and kind in ("freehand", "polygon") and isinstance(selected.shape, Polygon):
        return f"{HINTS[kind]} · on other slices it joins {selected.name}, Escape first for a new ROI"
    return HINTS[kind]
