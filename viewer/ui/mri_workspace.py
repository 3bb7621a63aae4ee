"""Original beside denoised: one slice, one window, one look, and the value under the mouse in both."""

from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from viewer.core.picture import Window, auto_window
from viewer.core.reslice import native_plane
from viewer.core.volume import Volume
from viewer.formats.assumed import to_scale
from viewer.session.workflow import Workflow
from viewer.ui import mri_pictures
from viewer.ui.actions import Actions
from viewer.ui.camera import Look
from viewer.ui.canvas import SliceView
from viewer.ui.denoise_invite import DenoiseInvite
from viewer.ui.mri_panel import MriPanel
from viewer.ui.overlays import ON_BLACK, ON_WHITE
from viewer.ui.readout import number, point_text, value_at, with_unit
from viewer.ui.theme import Theme
from viewer.ui.windowing import dragged
from viewer.ui.workspace import Workspace, moved_index

TITLES = {
    "raw": "Original image",
    "denoised": "Denoised image",
    "residual": "Residual in sigma",
    "leak": "Leaked detail",
    "error": "Remaining error in sigma",
}
EXTRA = ("residual", "leak", "error")
"""Views that come and go."""


class MriWorkspace(Workspace):
    """Shows the series opened as ``mri`` and its denoising result, slice by acquired slice."""

    def __init__(self, workflow: Workflow, actions: Actions, theme: Theme) -> None:
        super().__init__(workflow.session, actions)
        session, runner = workflow.session, workflow.runner
        self.views = {name: SliceView(title) for name, title in TITLES.items()}
        for name, scale in mri_pictures.SCALES.items():
            self.views[name].color_scale = scale
        self.invite = DenoiseInvite(self.views["denoised"], session, runner, actions)
        self.side_panel = MriPanel(session, runner, actions, theme)
        self._default: tuple[Volume, Window] | None = None
        self._own_slice: dict[str, int] = {}
        self._point: NDArray[np.float64] | None = None
        self.row.addWidget(self.image_area)
        self.adopt(self.views.values())
        self._listen()
        actions.on("mri.denoise", workflow.denoise, owner=self)
        self._arrange()

    # -- what is shown -------------------------------------------------------------------------------

    @property
    def volume(self) -> Volume | None:
        """The original."""
        return self.session.volume("mri")

    def shown(self, name: str) -> Volume | None:
        """The volume behind a view of `TITLES`; None where there is nothing to show yet."""
        result = self.session.denoised
        if name == "raw" or self.volume is None:
            return self.volume
        return None if result is None else mri_pictures.derived_volume(name, result)

    @property
    def window_levels(self) -> Window:
        """(centre, width) of original and denoised: the user's, the file's, or one from the data."""
        chosen = self.session.window("mri")
        if chosen is not None or self.volume is None:
            return chosen or (0.5, 1.0)
        if self._default is None or self._default[0] is not self.volume:
            self._default = (self.volume, self.volume.origin.window or auto_window(self.volume.data))
        return self._default[1]

    def slice_of(self, name: str = "raw") -> int:
        """Number (from 0) of the slice in a view: where the crosshair is, unless the views are unlinked."""
        if self.volume is None:
            return 0
        if name in self._own_slice and not self.session.state.compare.linked:
            return min(self._own_slice[name], self.volume.geometry.shape[0] - 1)
        return self._slice_at_cursor(self.volume)

    def refresh(self) -> None:
        """Paint the views on show."""
        volume = self.volume
        if volume is None:
            return
        for name in self.session.state.compare.show:
            self._paint(name, volume)
        self._write_readout()

    def _paint(self, name: str, volume: Volume) -> None:
        view, shown, k = self.views[name], self.shown(name), self.slice_of(name)
        if shown is None:
            view.clear()
            view.set_overlay(mri_pictures.nothing_yet(name, self.session.denoised))
            return
        plane = native_plane(volume.geometry, k)
        plane = plane.flipped() if self.flipped else plane
        rgb = mri_pictures.picture(name, shown, plane, self.window_levels, self.inverted)
        known = volume.origin.orientation_known
        view.show_picture(rgb, plane, letters=known, to_scale=to_scale(volume.warnings))
        view.ink = ON_WHITE if self.inverted and name not in EXTRA else ON_BLACK
        view.set_crosshair(self.session.cursor_lps_mm)
        view.set_overlay(
            mri_pictures.overlay(
                name,
                volume,
                self.session.denoised,
                plane,
                k,
                self.window_levels,
                view.look.zoom,
                patient=self.shows_patient,
            )
        )

    def _show_preview(self, key: str, k: int, slice_: NDArray[Any]) -> None:
        if key == self.session.key("mri") and self.volume is None:
            info = self.session.info(key)
            spacing = info.spacing_mm if info and min(info.spacing_mm) > 0 else (1.0, 1.0, 1.0)
            mri_pictures.show_preview(self.views["raw"], slice_, spacing, k)

    # -- what the user does --------------------------------------------------------------------------

    def step(self, slices: int, *, around: bool = False) -> None:
        """Move by acquired slices."""
        if self.volume is None:
            return
        name = self._in_use()
        k = moved_index(self.slice_of(name), slices, self.volume.geometry.shape[0], around=around)
        if self.session.state.compare.linked:
            index = self.volume.geometry.to_index(self._cursor(self.volume))
            self.session.set_cursor(tuple(self.volume.geometry.to_lps((k, index[1], index[2]))))
        else:
            self._own_slice[name] = k
        self.refresh_soon()

    def reset(self) -> None:
        """Fit, centre, default window."""
        for view in self.all_views:
            view.set_look(Look())
        self.session.set_window("mri", None)
        self.refresh_soon()

    def _in_use(self) -> str:
        return next((name for name, view in self.views.items() if view.hasFocus()), "raw")

    def _scrolled(self, name: str, steps: int) -> None:
        self.views[name].setFocus()
        self.step(steps)

    def _looked(self, look: Look) -> None:
        if self.session.state.compare.linked:
            for view in self.all_views:
                view.set_look(look)
        self.refresh_soon()

    def _windowed(self, right: float, up: float) -> None:
        self.session.set_window("mri", dragged(self.window_levels, right, up))

    def _hovered(self, point: NDArray[np.float64] | None) -> None:
        self._point = point
        self._write_readout()

    def _toggle(self, **changes: object) -> None:
        self._own_slice.clear()
        self.session.choose("compare", **changes)

    # -- wiring --------------------------------------------------------------------------------------

    def _listen(self) -> None:
        for name, view in self.views.items():
            view.scrolled.connect(lambda steps, name=name: self._scrolled(name, steps))
            view.looked.connect(self._looked)
            view.windowed.connect(self._windowed)
            view.hovered.connect(self._hovered)
            view.pointed.connect(lambda point: self.session.set_cursor(tuple(point)))
        session = self.session
        session.preview_arrived.connect(self._show_preview)
        session.volume_loaded.connect(self.refresh_soon)
        session.denoised_changed.connect(self.refresh_soon)
        session.cursor_changed.connect(self.refresh_soon)
        session.view_changed.connect(self._on_view)
        session.series_assigned.connect(self._on_series)
        actions = self.actions_
        for name in EXTRA:
            actions[f"mri.{name}"].toggled.connect(partial(self._show_extra, name))
        actions["mri.link"].toggled.connect(lambda on: self._toggle(linked=on))

    def _on_series(self, role: str) -> None:
        if role == "mri":
            self._own_slice.clear()
            for view in self.all_views:
                view.clear()
                view.set_look(Look())
            self.refresh_soon()

    def _on_view(self, what: str) -> None:
        if what == "compare":
            self._arrange()
        if what in ("compare", "windows"):
            self.refresh_soon()

    def _show_extra(self, name: str, on: bool) -> None:
        wanted = set(self.session.state.compare.show) - {name} | ({name} if on else set())
        self._toggle(show=tuple(each for each in TITLES if each in wanted))

    def _arrange(self) -> None:
        compare = self.session.state.compare
        for name in EXTRA:
            self.actions_[f"mri.{name}"].setChecked(name in compare.show)
        self.actions_["mri.link"].setChecked(compare.linked)
        self.image_area.arrange({self.views[name]: None for name in compare.show if name in self.views})

    def _cursor(self, volume: Volume) -> Any:
        point = self.session.cursor_lps_mm
        return point if point is not None and volume.geometry.contains(point) else volume.geometry.center_lps_mm

    def _slice_at_cursor(self, volume: Volume) -> int:
        k = round(float(volume.geometry.to_index(self._cursor(volume))[0]))
        return min(max(k, 0), volume.geometry.shape[0] - 1)

    def _write_readout(self) -> None:
        point, texts = self._point, {}
        for name in self.session.state.compare.show:
            shown = self.shown(name)
            value = None if point is None else value_at(shown, point)
            unit = mri_pictures.UNITS.get(name, shown.unit if shown is not None else "")
            texts[name] = "" if value is None else with_unit(number(value), unit)
            view = self.views[name]
            view.set_overlay(replace(view.overlay, readout=texts[name]))
        known = self.volume is not None and to_scale(self.volume.warnings)
        place = point_text(point) if point is not None and known else ""
        said = [f"{mri_pictures.WORDS[name]} {text}" for name, text in texts.items() if text]
        self.session.readout_changed.emit("   ".join([*said, place]) if said else "")
