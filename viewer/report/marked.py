"""A key image on paper with what an image must not be without: the sides of the patient and a length."""

from typing import Any

from reportlab.lib.colors import Color
from reportlab.lib.units import mm
from reportlab.platypus import Image

from viewer.report.fonts import BOLD
from viewer.report.model import Picture

INK, HALO = Color(1, 1, 1), Color(0, 0, 0, alpha=0.75)
SIZE, SMALL_SIZE, INSET = 7.0, 5.5, 3.0
HALO_WIDTH = 1.6
SMALLEST = 20 * mm
"""Pictures narrower or lower have no room for marks."""
ROUND_MM = (5, 10, 20, 50, 100, 200)
LONGEST_BAR = 0.35
"""Of the picture's height."""


class MarkedImage(Image):  # type: ignore[misc]  # reportlab has no types
    """Draws the letters and the scale bar of ``picture`` as vectors over its pixels."""

    def __init__(self, stream: Any, width: float, height: float, picture: Picture) -> None:
        super().__init__(stream, width, height, hAlign="LEFT")
        self._marked = picture

    def draw(self) -> None:  # noqa: D102
        super().draw()
        if min(self.drawWidth, self.drawHeight) < SMALLEST:
            return
        self.canv.saveState()
        self._letters()
        if self._marked.width_mm:
            self._bar(self.drawWidth / self._marked.width_mm)
        self.canv.restoreState()

    def _letters(self) -> None:
        width, height = self.drawWidth, self.drawHeight
        middle = height / 2 - 0.35 * SIZE
        places = {
            "left": (INSET, middle, 0.0),
            "right": (width - INSET, middle, 1.0),
            "top": (width / 2, height - INSET - 0.75 * SIZE, 0.5),
            "bottom": (width / 2, INSET, 0.5),
        }
        for side, (x, y, share) in places.items():
            letters = self._marked.letters.get(side, "")
            self._text(x - share * self.canv.stringWidth(letters, BOLD, SIZE), y, letters, SIZE)

    def _bar(self, points_per_mm: float) -> None:
        longest = LONGEST_BAR * self.drawHeight
        length_mm = max((one for one in ROUND_MM if one * points_per_mm <= longest), default=0)
        if not length_mm:
            return
        x, low, high = INSET + 1, INSET + 4, INSET + 4 + length_mm * points_per_mm
        for color, width in ((HALO, HALO_WIDTH + 0.8), (INK, 0.8)):
            self.canv.setStrokeColor(color)
            self.canv.setLineWidth(width)
            self.canv.lines([(x, low, x, high), (x, low, x + 2.5, low), (x, high, x + 2.5, high)])
        self._text(x + 4, low, bar_text(length_mm), SMALL_SIZE)

    def _text(self, x: float, y: float, text: str, size: float) -> None:
        if not text:
            return
        for mode, color in ((1, HALO), (0, INK)):  # the outline, then the letters
            words = self.canv.beginText(x, y)
            words.setFont(BOLD, size)
            words.setTextRenderMode(mode)
            words.setStrokeColor(color)
            words.setFillColor(color)
            self.canv.setLineWidth(HALO_WIDTH)
            words.textOut(text)
            words.setTextRenderMode(0)
            self.canv.drawText(words)


def bar_text(length_mm: int) -> str:
    """Return ``5 cm`` or ``5 mm``."""
    return f"{length_mm // 10} cm" if length_mm >= 10 else f"{length_mm} mm"
