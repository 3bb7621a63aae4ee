"""PET over CT in three planes of one patient space, the projection, and the ROIs with their numbers."""

from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QSplitter, QVBoxLayout, QWidget

from viewer.core.picture import CT_PRESETS, Window
from viewer.core.volume import Volume
from viewer.session.workflow import Workflow
from viewer.ui import petct_pictures as pictures
from viewer.ui.actions import Actions
from viewer.ui.camera import Look
from viewer.ui.canvas import SliceView
from viewer.ui.mip import MipView
from viewer.ui.overlays import ON_BLACK, ON_WHITE
from viewer.ui.pet_reading import PetReading, read_pet
from viewer.ui.petct_layout import MIP, ORIENTATIONS, ViewName, layout
from viewer.ui.petct_panel import PetCtPanel
from viewer.ui.petct_strip import ToolStrip
from viewer.ui.readout import number, point_text, value_at, with_unit
from viewer.ui.roi_table import RoiTable
from viewer.ui.roi_tools import RoiTools
from viewer.ui.theme import Theme
from viewer.ui.windowing import dragged, dragged_from_zero
from viewer.ui.workspace import Workspace, moved_index

NOT_FUSED = (
    "CT and PET do not share a frame of reference, so the same coordinates are not the same place in the patient. "
    "They are shown side by side and not over each other."
)


class PetCtWorkspace(Workspace):
    """Shows the series opened as ``ct`` and ``pet``."""

    def __init__(self, workflow: Workflow, actions: Actions, theme: Theme) -> None:
        super().__init__(workflow.session, actions)
        self.views: dict[ViewName, SliceView] = {
            (layer, orientation): SliceView(f"{pictures.TITLES[layer]} {orientation}")
            for layer in pictures.LAYERS
            for orientation in ORIENTATIONS
        }
        self.mip = MipView(workflow.runner)
        self.tools = RoiTools(self.session, lambda: self.images.main, self)
        self.side_panel = PetCtPanel(self.session, actions)
        self.table = RoiTable(self.session, actions)
        self.images = pictures.Images(None, None)
        self._local_cursor: NDArray[np.float64] | None = None
        self._defaults: dict[str, tuple[object, Window]] = {}
        self._point: tuple[SliceView, NDArray[np.float64]] | None = None
        self._lay_out(actions)
        self.adopt(self.views.values())
        self._listen()

    # -- what is shown -------------------------------------------------------------------------------

    @property
    def paint(self) -> pictures.Paint:
        """Windows and fusion as they are now."""
        smooth = self.actions_["image.smooth"].isChecked()
        return pictures.Paint(
            self.window_of("ct"), self.window_of("pet"), self.session.state.fusion, self.inverted, smooth
        )

    def window_of(self, layer: str) -> Window:
        """(centre, width) of ``ct`` in HU, ``pet`` in the unit of `PetReading.shown`: chosen, or the default."""
        source: object = self.images.ct if layer == "ct" else self.images.pet
        chosen = self.session.window(layer)
        if chosen is not None or source is None:
            return chosen or (0.5, 1.0)
        if layer not in self._defaults or self._defaults[layer][0] is not source:
            self._defaults[layer] = (source, self._default(source))
        return self._defaults[layer][1]

    @staticmethod
    def _default(source: object) -> Window:
        if isinstance(source, PetReading):
            return pictures.default_pet_window(source)
        assert isinstance(source, Volume)
        return pictures.default_ct_window(source)

    def place(self, layer: str) -> NDArray[np.float64]:
        """Where the crosshair is in the space of a layer; the middle of the image before anybody has set it."""
        volume = self.images.volume(layer)
        assert volume is not None
        point = self.session.cursor_lps_mm if self._is_main(layer) else self._local_cursor
        if point is None or not (self.images.fusable or volume.geometry.contains(point)):
            return volume.geometry.center_lps_mm
        return np.asarray(point, dtype=np.float64)

    def _is_main(self, layer: str) -> bool:
        """Whether a layer lies in the space of the shared crosshair and the ROIs."""
        return self.images.fusable or self.images.volume(layer) is self.images.main

    def refresh(self) -> None:
        """Paint the views on show."""
        paint = self.paint
        self.side_panel.fusion.show_windows(paint.ct_window, paint.pet_window)
        for name in self._on_show():
            if name == MIP:
                self._paint_mip()
            else:
                self._paint(name, paint)
        self._write_readout()

    def _on_show(self) -> dict[ViewName, Any]:
        in_rows = self.actions_["petct.rows"].isChecked()
        return dict(layout(self.images.layers, in_rows, self.image_area.width(), self.image_area.height()))

    def _paint(self, name: ViewName, paint: pictures.Paint) -> None:
        layer, orientation = name
        view = self.views[name]
        plane = pictures.plane_for(self.images, layer, orientation, self.place(layer))
        plane = plane.flipped() if self.flipped else plane
        view.show_picture(pictures.picture(self.images, layer, plane, paint), plane)
        view.ink = ON_WHITE if pictures.on_white(layer, paint) else ON_BLACK
        view.set_crosshair(self.place(layer))
        view.set_overlay(
            pictures.overlay(self.images, layer, plane, paint, view.look.zoom, patient=self.shows_patient)
        )
        legend = layer != "ct" and orientation == "axial" and self.images.pet is not None
        view.color_scale = (
            pictures.color_scale(layer, self.images.pet, paint) if legend and self.images.pet is not None else None
        )

    def _paint_mip(self) -> None:
        reading = self.images.pet
        self.mip.set_on_white(not self.inverted)
        self.mip.show_volume(reading.shown if reading is not None else None, self.window_of("pet"))

    # -- what the user does --------------------------------------------------------------------------

    def step(self, slices: int, *, around: bool = False) -> None:
        """Move by slices of the image under the view in use."""
        name = self._in_use()
        volume = self.images.volume(name[0])
        if volume is None:
            return
        axis = pictures.slice_axis(volume.geometry, name[1])
        index = volume.geometry.to_index(self.place(name[0]))
        count = volume.geometry.shape[axis]
        index[axis] = moved_index(round(float(index[axis])), slices, count, around=around)
        self._point_at(name[0], volume.geometry.to_lps(index))

    def reset(self) -> None:
        """Fit, centre, default windows, crosshair in the middle."""
        for view in self.all_views:
            view.set_look(Look())
        for layer in ("ct", "pet"):
            self.session.set_window(layer, None)
        main = self.images.main
        if main is not None:
            self._point_at("pet", main.geometry.center_lps_mm)
        self.refresh_soon()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: D102
        key = Qt.Key(event.key())
        view = self.views[self._in_use()]
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.tools.accept(view):
            return
        if key == Qt.Key.Key_Escape and self.tools.cancel():
            return
        super().keyPressEvent(event)

    def _in_use(self) -> ViewName:
        shown = [name for name in self._on_show() if name != MIP]
        focused = next((name for name in shown if self.views[name].hasFocus()), None)
        return focused or (shown[0] if shown else ("fusion", "axial"))

    def _point_at(self, layer: str, point: NDArray[np.float64]) -> None:
        if self._is_main(layer):
            self.session.set_cursor((float(point[0]), float(point[1]), float(point[2])))
        else:
            self._local_cursor = np.asarray(point)
        self.refresh_soon()

    def _windowed(self, layer: str, right: float, up: float) -> None:
        chosen = self.strip.drag_layer if layer == "fusion" else layer
        move = dragged if chosen == "ct" else dragged_from_zero
        self.session.set_window(chosen, move(self.window_of(chosen), right, up))

    def _looked(self, orientation: str, look: Look) -> None:
        for (_, other), view in self.views.items():
            if other == orientation:
                view.set_look(look)
        self.refresh_soon()

    def _preset(self, window: Window) -> None:
        self.session.set_window("ct", window)

    def _scrolled(self, name: ViewName, steps: int) -> None:
        self.views[name].setFocus()
        self.step(steps)

    def _hovered(self, view: SliceView, point: NDArray[np.float64] | None) -> None:
        self._point = None if point is None else (view, point)
        self._write_readout()

    # -- wiring --------------------------------------------------------------------------------------

    def _lay_out(self, actions: Actions) -> None:
        self.strip = ToolStrip(actions)
        upper = QWidget()
        column = QVBoxLayout(upper)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.strip)
        column.addWidget(self.image_area, 1)
        self.splitter = QSplitter(Qt.Orientation.Vertical)
        self.splitter.setChildrenCollapsible(False)
        self.splitter.addWidget(upper)
        self.splitter.addWidget(self.table)
        self.splitter.setStretchFactor(0, 1)
        self.splitter.setSizes([900, 215])
        self.row.addWidget(self.splitter)

    def _listen(self) -> None:
        for name, view in self.views.items():
            layer, orientation = name
            view.scrolled.connect(partial(self._scrolled, name))
            view.looked.connect(partial(self._looked, orientation))
            view.windowed.connect(partial(self._windowed, layer))
            view.hovered.connect(partial(self._hovered, view))
            view.pointed.connect(partial(self._point_at, layer))
        self.mip.maximised.connect(lambda: self.image_area.toggle_maximised(self.mip))
        self.image_area.resized.connect(self._arrange)
        session, actions = self.session, self.actions_
        for signal in (session.volume_loaded, session.series_assigned, session.study_changed):
            signal.connect(self._on_images)
        session.cursor_changed.connect(self.refresh_soon)
        session.view_changed.connect(self._on_view)
        for signal in (session.rois_changed, session.selection_changed):
            signal.connect(self._on_rois)
        actions.tool_changed(self.tools.choose)
        actions["petct.rows"].toggled.connect(self._arrange)
        actions["petct.turn"].toggled.connect(self.mip.turn)
        for n, window in enumerate(CT_PRESETS.values(), start=1):
            actions.on(f"petct.preset_{n}", partial(self._preset, window), owner=self)

    def _on_images(self, _: str = "") -> None:
        ct, pet = self.session.volume("ct"), self.session.volume("pet")
        known = self.images.pet
        if known is None or known.source is not pet:
            known = read_pet(pet, self.session.state.measure) if pet is not None else None
        self.images = pictures.Images(ct, known)
        self._tell()

    def _on_view(self, what: str) -> None:
        if what == "measure" and self.images.pet is not None:
            reading = read_pet(self.images.pet.source, self.session.state.measure)
            self.images = pictures.Images(self.images.ct, reading)
            self._tell()
        elif what in ("windows", "fusion"):
            self.refresh_soon()

    def _tell(self) -> None:
        both = self.images.ct is not None and self.images.pet is not None
        self.side_panel.show_images(self.images, NOT_FUSED if both and not self.images.fusable else "")
        self.table.show_reading(self.images.pet, self.images.main)
        self.strip.offer_layers(self.images.fusable)
        for (layer, _), view in self.views.items():
            view.tool = self.tools if self._is_main(layer) else None
        self._arrange()

    def _on_rois(self) -> None:
        for view in self.all_views:
            view.update()

    def _arrange(self, *_: object) -> None:
        cells = self._on_show()
        widgets: dict[QWidget, Any] = {
            (self.mip if name == MIP else self.views[name]): cell for name, cell in cells.items()
        }
        self.image_area.arrange(widgets)
        self.refresh_soon()

    def _write_readout(self) -> None:
        if self._point is None:
            for view in self.all_views:
                view.set_overlay(replace(view.overlay, readout=""))
            self.session.readout_changed.emit("")
            return
        here, point = self._point
        layer = next(name[0] for name, view in self.views.items() if view is here)
        texts: list[str] = []
        if layer != "pet" or self.images.fusable:
            hu = value_at(self.images.ct, point)
            texts += [with_unit(number(hu), self.images.ct.unit)] if hu is not None and self.images.ct else []
        if self.images.pet is not None and (layer != "ct" or self.images.fusable):
            texts += self.images.pet.texts_at(point)
        for view in self.all_views:
            view.set_overlay(replace(view.overlay, readout="   ".join(texts) if view is here else ""))
        label = self.images.pet.label if self.images.pet is not None else ""
        self.session.readout_changed.emit("   ".join([*texts, label, point_text(point)]))
