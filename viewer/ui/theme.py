"""Colours by meaning. Two palettes, and the one in use: the system's, or the one the user chose and keeps."""

from dataclasses import dataclass

from PySide6.QtCore import QObject, QSettings, Qt, Signal
from PySide6.QtGui import QGuiApplication

SPACE = 8
"""Pixels; every margin and gap is a multiple, or a half for what belongs together."""


@dataclass(frozen=True)
class Tokens:
    """One palette. Text colours reach WCAG AA (4.5:1) on every ground they are used on, signs 3:1."""

    dark: bool
    surface: str
    """The window."""
    raised: str
    """Cards, panels, menus."""
    sunken: str
    """Wells: fields, the ground of lists."""
    line: str
    """Decorative separators."""
    edge: str
    """Borders that say "this can be used"; 3:1."""
    text: str
    muted: str
    accent: str
    on_accent: str
    accent_soft: str
    """Ground of what is selected."""
    warning: str
    warning_soft: str
    error: str
    error_soft: str
    ok: str
    image: str = "#07090b"
    """Behind images, in both palettes: the eye adapts to the image and to nothing else."""
    image_text: str = "#d5dce3"


LIGHT = Tokens(
    dark=False,
    surface="#eef1f4",
    raised="#ffffff",
    sunken="#f7f9fa",
    line="#d5dce3",
    edge="#7a8896",
    text="#151c23",
    muted="#4d5a67",
    accent="#07637f",
    on_accent="#ffffff",
    accent_soft="#d7eaf1",
    warning="#7d4a00",
    warning_soft="#fdf0d9",
    error="#a3211a",
    error_soft="#fce7e5",
    ok="#17693c",
)
DARK = Tokens(
    dark=True,
    surface="#15181c",
    raised="#1d2126",
    sunken="#101317",
    line="#2c3239",
    edge="#72808d",
    text="#e6ebf0",
    muted="#a6b1bc",
    accent="#58b8d6",
    on_accent="#04202a",
    accent_soft="#18333e",
    warning="#f2b962",
    warning_soft="#2f2510",
    error="#ff968c",
    error_soft="#371b19",
    ok="#6bca94",
)
MODES = ("system", "light", "dark")


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio 1..21 of two ``#rrggbb`` colours (WCAG 2.2, relative luminance)."""
    low, high = sorted((_luminance(one), _luminance(other)))
    return (high + 0.05) / (low + 0.05)


def _luminance(color: str) -> float:
    channels = (int(color[n : n + 2], 16) / 255 for n in (1, 3, 5))
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


class Theme(QObject):
    """The palette in use. ``mode`` is ``system``, ``light`` or ``dark`` and is remembered."""

    changed = Signal()

    def __init__(self, settings: QSettings, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._settings = settings
        stored = str(settings.value("theme", "system"))
        self.mode = stored if stored in MODES else "system"
        self._hints = QGuiApplication.styleHints()
        self._hints.colorSchemeChanged.connect(self._on_system)

    @property
    def tokens(self) -> Tokens:
        """The palette in use now."""
        wants_dark = (
            self._hints.colorScheme() == Qt.ColorScheme.Dark if self.mode == "system" else self.mode == "dark"
        )
        return DARK if wants_dark else LIGHT

    def choose(self, mode: str) -> None:
        """Use and remember another mode."""
        self.mode = mode
        self._settings.setValue("theme", mode)
        self.changed.emit()

    def _on_system(self) -> None:
        if self.mode == "system":
            self.changed.emit()
