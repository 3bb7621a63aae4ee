"""The table of commands as QActions that know when they are possible."""

from collections.abc import Callable, Iterator

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QActionGroup, QKeySequence
from PySide6.QtWidgets import QWidget

from viewer.session.session import Session
from viewer.ui.action_spec import Spec
from viewer.ui.action_table import TABLE
from viewer.ui.icons import icon
from viewer.ui.theme import Tokens


class Actions:
    """``actions["mri.denoise"]`` is a QAction. Workspaces answer with `on` and lend their keys with `attach`."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        self._session = session
        self._groups: dict[str, QActionGroup] = {}
        self._specs = {spec.id: spec for spec in TABLE}
        self._actions = {spec.id: self._make(spec, parent) for spec in TABLE}
        for name in ("index_changed", "rois_changed", "selection_changed", "history_changed", "denoised_changed"):
            getattr(session, name).connect(self.refresh)
        session.series_assigned.connect(self._on_series)
        session.volume_loaded.connect(self._on_series)
        self.refresh()

    def __getitem__(self, name: str) -> QAction:
        return self._actions[name]

    def __iter__(self) -> Iterator[Spec]:
        return iter(self._specs.values())

    def of(self, category: str) -> list[QAction]:
        """Return the actions of one menu, in the order of the table."""
        return [self._actions[spec.id] for spec in self if spec.category == category]

    def on(self, name: str, slot: Callable[[], object], *, owner: QWidget | None = None) -> None:
        """Call ``slot()`` when the action is triggered; with ``owner`` only while that widget is visible."""
        self._actions[name].triggered.connect(
            lambda _=False: slot() if owner is None or owner.isVisible() else None
        )

    def attach(self, widget: QWidget, *names: str) -> None:
        """Make image keys work while ``widget`` or a child has the focus: those named, or all of them."""
        chosen = names or tuple(spec.id for spec in self if spec.scope == "image")
        for name in chosen:
            widget.addAction(self._actions[name])

    @property
    def tool(self) -> str:
        """What a drag on an image does: ``navigate``, ``sphere``, ``ellipse`` or ``polygon``."""
        checked = self._groups["tool"].checkedAction()
        return str(checked.data()).partition(".")[2]

    def tool_changed(self, slot: Callable[[str], object]) -> None:
        """Call ``slot(tool)`` whenever another tool is chosen."""
        self._groups["tool"].triggered.connect(lambda action: slot(self.tool))

    def refresh(self) -> None:
        """Enable what is possible now, and say what undo and redo would do."""
        for name, action in self._actions.items():
            action.setEnabled(self._specs[name].possible(self._session))
        self["edit.undo"].setText(f"&Undo {self._session.undo_text}".strip())
        self["edit.redo"].setText(f"&Redo {self._session.redo_text}".strip())
        if not self[f"roi.{self.tool}"].isEnabled():
            self["roi.navigate"].trigger()

    def tint(self, tokens: Tokens) -> None:
        """Draw all icons in the colours of a theme."""
        for name, action in self._actions.items():
            if self._specs[name].icon:
                action.setIcon(icon(self._specs[name].icon, tokens))

    def _on_series(self, _: str) -> None:
        self.refresh()

    def _make(self, spec: Spec, parent: QWidget | None) -> QAction:
        action = QAction(spec.text, parent)
        action.setData(spec.id)
        action.setShortcuts([QKeySequence(key) for key in spec.keys])
        action.setCheckable(spec.checkable or bool(spec.group))
        action.setToolTip(_tip(spec))
        action.setStatusTip(spec.tip)
        if spec.scope == "image":
            action.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        if spec.group:
            self._join(spec.group, action)
        return action

    def _join(self, name: str, action: QAction) -> None:
        if name not in self._groups:
            self._groups[name] = QActionGroup(action.parent() or action)
            action.setChecked(True)
        self._groups[name].addAction(action)


def _tip(spec: Spec) -> str:
    words = spec.text.replace("&", "").rstrip("…")
    key = f" ({QKeySequence(spec.keys[0]).toString(QKeySequence.SequenceFormat.NativeText)})" if spec.keys else ""
    return f"{words}{key}" + (f"\n{spec.tip}" if spec.tip else "")
