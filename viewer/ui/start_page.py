"""What the window shows while nothing is open: what Lowfield does, and the ways in."""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QScrollArea, QVBoxLayout, QWidget

from viewer.session.recent import Recent
from viewer.ui.actions import Actions
from viewer.ui.icons import pixmap
from viewer.ui.parts import ElidedLabel, button, label, restyle, short_button
from viewer.ui.theme import SPACE, Theme

OpenPath = Callable[[Path], object]
WIDTH = 800
PROMISE = "Ultra-low-field MRI beside its denoised twin; terbium-149 PET/CT in numbers. Works offline."
PARTS = (
    ("Compare", "Ultra-low-field MRI, raw beside denoised, with what was taken away."),
    ("Fuse and measure", "PET over CT in patient space; activity in kBq/mL from native voxels."),
    ("Report", "Numbers with units and provenance, as PDF, CSV and JSON."),
)


class StartPage(QScrollArea):
    """The page of an empty window."""

    def __init__(
        self, actions: Actions, theme: Theme, recent: Recent, open_path: Callable[[Path], object]
    ) -> None:
        super().__init__()
        self._actions, self._theme, self._stored, self._open = actions, theme, recent, open_path
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self._logo, self._sign = QLabel(), QLabel()
        self.drop = self._drop_target()
        self._recent_box = QVBoxLayout()
        self._recent_box.setSpacing(SPACE // 2)
        self.setWidget(self._lay_out())
        theme.changed.connect(self._tint)
        self._tint()
        self.refresh()

    def refresh(self) -> None:
        """Read the list of recent studies again."""
        _empty(self._recent_box)
        paths = self._stored.paths()[:5]
        if paths:
            self._recent_box.addWidget(label("Recent", "heading"))
        for path in paths:
            self._recent_box.addLayout(self._recent_row(path))

    def show_drop(self, over: bool) -> None:
        """Light up the drop target while something is dragged over the window."""
        restyle(self.drop, "drop", "over" if over else "true")

    def _lay_out(self) -> QWidget:
        body, column = QWidget(), QWidget()
        column.setMaximumWidth(WIDTH)
        inner = QVBoxLayout(column)
        inner.setContentsMargins(SPACE * 3, SPACE * 5, SPACE * 3, SPACE * 3)
        inner.setSpacing(SPACE * 3)
        inner.addLayout(self._title())
        inner.addWidget(self.drop)
        inner.addLayout(_promises())
        inner.addLayout(self._recent_box)
        inner.addStretch(1)
        outer = QHBoxLayout(body)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addStretch(1)
        outer.addWidget(column, 100)
        outer.addStretch(1)
        return body

    def _title(self) -> QHBoxLayout:
        row, words = QHBoxLayout(), QVBoxLayout()
        words.setSpacing(0)
        words.addWidget(label("Lowfield", "title"))
        words.addWidget(label(PROMISE, "muted", wrap=True))
        row.setSpacing(SPACE * 2)
        row.addWidget(self._logo, 0, Qt.AlignmentFlag.AlignVCenter)
        row.addLayout(words, 1)
        return row

    def _drop_target(self) -> QFrame:
        frame = QFrame()
        frame.setProperty("drop", "true")
        inner = QVBoxLayout(frame)
        inner.setContentsMargins(SPACE * 3, SPACE * 4, SPACE * 3, SPACE * 4)
        inner.setSpacing(SPACE * 2)
        self._sign.setAlignment(Qt.AlignmentFlag.AlignCenter)
        invitation = label("Drop a folder, image files or a ZIP here", "heading")
        invitation.setAlignment(Qt.AlignmentFlag.AlignCenter)
        inner.addWidget(self._sign)
        inner.addWidget(invitation)
        buttons = QHBoxLayout()
        buttons.setSpacing(SPACE)
        buttons.addStretch(1)
        for text, name in (("Open folder…", "open_folder"), ("Open files or ZIP…", "open_files")):
            made = button(text, self._actions[f"file.{name}"].trigger, primary=name == "open_folder")
            buttons.addWidget(made)
        buttons.addWidget(button("Open the demo study", self._actions["file.demo"].trigger))
        buttons.addStretch(1)
        inner.addLayout(buttons)
        return frame

    def _recent_row(self, path: Path) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(SPACE)
        place = ElidedLabel("small", Qt.TextElideMode.ElideMiddle)
        place.set_full_text(str(path.parent))
        row.addWidget(short_button(path.name or str(path), lambda: self._open(path), SPACE * 40, flat=True))
        row.addWidget(place, 1)
        return row

    def _tint(self) -> None:
        tokens = self._theme.tokens
        self._logo.setPixmap(pixmap("logo", tokens.accent, 56))
        self._sign.setPixmap(pixmap("drop", tokens.accent, 40))


def _promises() -> QHBoxLayout:
    row = QHBoxLayout()
    row.setSpacing(SPACE * 2)
    for title, text in PARTS:
        card = QFrame()
        card.setProperty("card", True)
        inner = QVBoxLayout(card)
        inner.setContentsMargins(SPACE * 2, SPACE * 2, SPACE * 2, SPACE * 2)
        inner.setSpacing(SPACE // 2)
        inner.addWidget(label(title, "heading"))
        inner.addWidget(label(text, "muted", wrap=True), 1, Qt.AlignmentFlag.AlignTop)
        row.addWidget(card, 1)
    return row


def _empty(layout: QVBoxLayout | QHBoxLayout) -> None:
    while (item := layout.takeAt(0)) is not None:
        inner, widget = item.layout(), item.widget()
        if isinstance(inner, QVBoxLayout | QHBoxLayout):
            _empty(inner)
        if widget is not None:
            widget.hide()  # deleting waits for the event loop
            widget.deleteLater()
