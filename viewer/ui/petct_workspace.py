"""PET over CT in three planes of one patient space, the projection, and the ROIs with their numbers."""

from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent, QShowEvent
from PySide6.QtWidgets import QApplication, QSplitter, QVBoxLayout, QWidget

from viewer.core.picture import CT_PRESETS, Window
from viewer.session.workflow import Workflow
from viewer.ui import petct_pictures as pictures
from viewer.ui.actions import Actions
from viewer.ui.camera import Look
from viewer.ui.canvas import SliceView
from viewer.ui.mip import MipView
from viewer.ui.overlays import ON_BLACK, ON_WHITE
from viewer.ui.petct_layout import MIP, NOT_FUSED, ORIENTATIONS, ViewName, layout
from viewer.ui.petct_panel import PetCtPanel
from viewer.ui.petct_readout import HoverReadout
from viewer.ui.petct_scene import PetCtScene
from viewer.ui.petct_strip import ToolStrip
from viewer.ui.phantom_page import PhantomPage
from viewer.ui.roi_table import RoiTable
from viewer.ui.roi_tools import RoiTools
from viewer.ui.theme import Theme
from viewer.ui.tool_options import ToolOptions
from viewer.ui.view_grid import Cell
from viewer.ui.workspace import Workspace

TABLE_PART, LARGEST_TABLE = 0.25, 230
"""How much of the height the ROI table gets at first, and at most how many pixels."""


class PetCtWorkspace(Workspace):
    """Shows the series opened as ``ct`` and ``pet``. What is where is for `PetCtScene` to know."""

    def __init__(self, workflow: Workflow, actions: Actions, theme: Theme) -> None:
        super().__init__(workflow.session, actions)
        self._theme, self._workflow = theme, workflow
        self.phantom: PhantomPage | None = None
        self.scene = PetCtScene(self.session)
        self.views: dict[ViewName, SliceView] = {
            (layer, orientation): SliceView(f"{pictures.TITLES[layer]} {orientation}")
            for layer in pictures.LAYERS
            for orientation in ORIENTATIONS
        }
        self.mip = MipView(workflow.runner)
        self.tools = RoiTools(self.session, self.scene.readings, self)
        self.side_panel = PetCtPanel(self.session, actions)
        self.table = RoiTable(self.session, actions)
        self.strip = ToolStrip(actions)
        self.options = ToolOptions(self.session, actions, self.tools, self.strip)
        self.readout = HoverReadout(self.session, self.scene, self.views)
        self._sized = False
        self._lay_out()
        self.adopt(self.views.values())
        self._listen_to_views()
        self._listen_to_session()
        self._listen_to_actions()

    def refresh(self) -> None:
        """Paint the views on show."""
        paint = self.scene.paint(inverted=self.inverted, smooth=self.actions_["image.smooth"].isChecked())
        self.side_panel.fusion.show_windows(paint.ct_window, paint.pet_window)
        for name in self._on_show():
            if name == MIP:
                self._paint_mip(paint)
            else:
                self._paint(name, paint)
        self.readout.write()

    def _on_show(self) -> dict[ViewName, Cell]:
        in_rows = self.actions_["petct.rows"].isChecked()
        size = self.image_area.size()
        return layout(self.scene.images.layers, in_rows, size.width(), size.height())

    def _paint(self, name: ViewName, paint: pictures.Paint) -> None:
        layer, orientation = name
        view, images, here = self.views[name], self.scene.images, self.scene.place(layer)
        plane = pictures.plane_for(images, layer, orientation, here)
        plane = plane.flipped() if self.flipped else plane
        view.show_picture(pictures.picture(images, layer, plane, paint), plane)
        view.ink = ON_WHITE if pictures.on_white(layer, paint) else ON_BLACK
        view.set_crosshair(here)
        patient, zoom = self.shows_patient, view.look.zoom
        view.set_overlay(pictures.overlay(images, layer, plane, paint, zoom, patient=patient))
        legend = images.pet if layer != "ct" and orientation == "axial" else None
        view.color_scale = pictures.color_scale(layer, legend, paint) if legend is not None else None

    def _paint_mip(self, paint: pictures.Paint) -> None:
        reading = self.scene.images.pet
        self.mip.set_on_white(not self.inverted)
        self.mip.show_volume(reading.shown if reading is not None else None, paint.pet_window)

    def step(self, slices: int, *, around: bool = False) -> None:
        """Move by slices of the image under the view in use."""
        name = self._in_use()
        if name is not None:
            self.scene.step(*name, slices, around=around)
            self.refresh_soon()

    def reset(self) -> None:
        """Fit, centre, default windows, crosshair in the middle."""
        for view in self.all_views:
            view.set_look(Look())
        for layer in ("ct", "pet"):
            self.session.set_window(layer, None)
        main = self.scene.images.main
        if main is not None:
            self.scene.point_at("pet", main.geometry.center_lps_mm)
        self.refresh_soon()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: D102
        key, name = Qt.Key(event.key()), self._in_use()
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and name and self.tools.accept(self.views[name]):
            return
        if key == Qt.Key.Key_Escape and self.tools.cancel():
            return
        super().keyPressEvent(event)

    def _in_use(self) -> ViewName | None:
        """The view that has the focus, else the first one."""
        shown = [name for name in self._on_show() if name != MIP]
        return next((name for name in shown if self.views[name].hasFocus()), shown[0] if shown else None)

    def _windowed(self, layer: str, right: float, up: float) -> None:
        self.scene.drag_window(self.strip.drag_layer if layer == "fusion" else layer, right, up)

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

    def _pointed(self, layer: str, point: NDArray[np.float64]) -> None:
        self.scene.point_at(layer, point)
        self.refresh_soon()

    def _hovered(self, name: ViewName, point: NDArray[np.float64] | None) -> None:
        if point is None:
            self.tools.brush.leave()
        self.readout.hovered(name, point)

    def _lay_out(self) -> None:
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
        self.row.addWidget(self.splitter)

    def showEvent(self, event: QShowEvent) -> None:  # noqa: D102
        super().showEvent(event)
        if not self._sized:
            self._sized = True
            table = min(max(round(TABLE_PART * self.height()), self.table.minimumHeight()), LARGEST_TABLE)
            self.splitter.setSizes([self.height() - table, table])

    def _listen_to_views(self) -> None:
        for name, view in self.views.items():
            layer, orientation = name
            view.scrolled.connect(partial(self._scrolled, name))
            view.looked.connect(partial(self._looked, orientation))
            view.windowed.connect(partial(self._windowed, layer))
            view.hovered.connect(partial(self._hovered, name))
            view.pointed.connect(partial(self._pointed, layer))
        self.mip.maximised.connect(partial(self.image_area.toggle_maximised, self.mip))
        self.image_area.resized.connect(self._arrange)
        self.table.asked.connect(self.side_panel.ask)

    def _listen_to_session(self) -> None:
        session = self.session
        for signal in (session.volume_loaded, session.series_assigned, session.study_changed):
            signal.connect(self._on_images)
        session.cursor_changed.connect(self.refresh_soon)
        session.view_changed.connect(self._on_view)
        for signal in (session.rois_changed, session.selection_changed):
            signal.connect(self._on_rois)

    def _listen_to_actions(self) -> None:
        actions = self.actions_
        actions.tool_changed(self.tools.choose)
        actions["petct.rows"].toggled.connect(self._arrange)
        actions["petct.turn"].toggled.connect(self.mip.turn)
        actions.on("petct.phantom", self._open_phantom, owner=self)
        for n, window in enumerate(CT_PRESETS.values(), start=1):
            actions.on(f"petct.preset_{n}", partial(self._preset, window), owner=self)

    def _open_phantom(self) -> None:
        if self.phantom is None or not self.phantom.current:
            self.phantom = PhantomPage(self.window(), self._theme, self._workflow)
        self.phantom.show()

    def _on_images(self, _: str = "") -> None:
        self.scene.reload()
        self._tell()
        focus = QApplication.focusWidget()
        if self.isVisible() and focus is not None and self.image_area.isAncestorOf(focus):
            self.image_area.setFocus()  # the view that had it may have gone

    def _on_view(self, what: str) -> None:
        if what == "measure":
            self.scene.reload(reread=True)
            self._tell()
        elif what in ("windows", "fusion"):
            self.refresh_soon()

    def _tell(self) -> None:
        """Pass on that other images are open."""
        images = self.scene.images
        apart = images.ct is not None and images.pet is not None and not images.fusable
        self.side_panel.show_images(images, NOT_FUSED if apart else "")
        self.table.show_reading(images.pet, images.main, images.ct if images.fusable else None)
        self.side_panel.show_columns(self.table.columns)
        self.strip.offer_layers(images.fusable)
        for (layer, _), view in self.views.items():
            view.tool = self.tools if self.scene.is_main(layer) else None
        self._arrange()

    def _on_rois(self) -> None:
        if self.session.cursor_lps_mm is None:
            self.refresh_soon()
        for view in self.all_views:
            if view.isVisible() and view.tool is self.tools and self.tools.outdated(view):
                view.update()

    def _arrange(self, *_: object) -> None:
        widgets: dict[QWidget, Any] = {
            (self.mip if name == MIP else self.views[name]): cell for name, cell in self._on_show().items()
        }
        self.image_area.arrange(widgets)
        self.refresh_soon()
