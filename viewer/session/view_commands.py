"""Windows, fusion, comparison, crosshair: how the active study is looked at."""

from dataclasses import replace
from typing import Any

from psygnal import Signal

from viewer.session.keeper import StateKeeper
from viewer.session.state import Point, Window, with_entry


class ViewCommands(StateKeeper):
    """The choices of the user. They are saved, but are no steps of the undo history."""

    view_changed = Signal(str)
    """(what): ``windows``, ``fusion``, ``compare``, ``denoise`` or ``measure`` has new values."""
    cursor_changed = Signal()
    readout_changed = Signal(str)
    """(text): what lies under the mouse, for the status bar."""

    def window(self, role: str) -> Window | None:
        """(centre, width) of ``mri``, ``ct``, ``pet`` or ``residual``; None: not chosen, use a good default."""
        return self._state.windows.get(role)

    def set_window(self, role: str, window: Window | None) -> None:
        """Choose a window; None goes back to the default. A width of 0 or less is no window and is ignored."""
        if window is None or window[1] > 0:
            self._choose("windows", with_entry(self._state.windows, role, window))

    def choose(self, what: str, **changes: Any) -> None:
        """Change fields of ``fusion``, ``compare``, ``denoise``, ``measure``: `choose("fusion", opacity=0.3)`."""
        self._choose(what, replace(getattr(self._state, what), **changes))

    @property
    def cursor_lps_mm(self) -> Point | None:
        """The crosshair shared by all views, LPS mm; None: nobody has set it yet."""
        return self._state.cursor_lps_mm

    def set_cursor(self, point_lps_mm: Point) -> None:
        """Move the shared crosshair."""
        point = (float(point_lps_mm[0]), float(point_lps_mm[1]), float(point_lps_mm[2]))
        if point != self.cursor_lps_mm:
            self._keep(cursor_lps_mm=point)
            self.cursor_changed.emit()

    def _choose(self, what: str, value: object) -> None:
        if value != getattr(self._state, what):
            self._keep(**{what: value})
            self.view_changed.emit(what)
