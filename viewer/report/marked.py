"""A key image on paper with what an image must not be without: the sides of the patient and a length."""

from collections.abc import Sequence
from typing import Any

from reportlab.lib.colors import Color, HexColor
from reportlab.lib.units import mm
from reportlab.platypus import Image

from viewer.report.fonts import BOLD, in_one_font
from viewer.report.model import Picture

INK, HALO = Color(1, 1, 1), Color(0, 0, 0, alpha=0.75)
SIZE, SMALL_SIZE, INSET = 7.0, 5.5, 3.0
HALO_WIDTH = 1.6
SMALLEST = 20 * mm
"""Pictures narrower or lower have no room for marks."""
Rect = tuple[float, float, float, float]
"""(left, low, right, high) in points, or (left, top, right, bottom) in shares of a picture."""
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
        self._names()
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

    def _names(self) -> None:
        """Write the names of ROIs beside their outlines, on no other name and, where it can be, no other ROI."""
        taken: list[Rect] = []
        rois = [self._points(each.box) for each in self._marked.outlined]
        for each in self._marked.outlined:
            set_in = in_one_font(each.name)
            if set_in is None:
                continue  # the tables have it
            words, font = set_in
            places = self._around(self._points(each.box), self.canv.stringWidth(words, font, SMALL_SIZE))
            place = free_place(places, [*taken, *rois]) or free_place(places, taken)
            if place is not None:
                taken.append(place)
                x, y = place[0], place[1] + 0.2 * SMALL_SIZE
                self._text(x, y, words, SMALL_SIZE, HexColor(each.color), font)

    def _around(self, box: Rect, width: float) -> list[Rect]:
        """Return the places for a name right, left, above and below of ``box``, those within the picture."""
        left, low, right, high = box
        across, up = (left + right - width) / 2, (low + high) / 2 - SMALL_SIZE / 2
        corners = ((right + 2, up), (left - 2 - width, up), (across, high + 1), (across, low - 1 - SMALL_SIZE))
        places = [(x, y, x + width, y + SMALL_SIZE) for x, y in corners]
        whole = (self.drawWidth, self.drawHeight)
        return [one for one in places if min(one[:2]) >= 0 and one[2] <= whole[0] and one[3] <= whole[1]]

    def _points(self, box: Rect) -> Rect:
        """Return (left, low, right, high) in points of (left, top, right, bottom) in shares."""
        left, top, right, bottom = box
        wide, high = self.drawWidth, self.drawHeight
        return left * wide, (1 - bottom) * high, right * wide, (1 - top) * high

    def _text(self, x: float, y: float, text: str, size: float, ink: Color = INK, font: str = BOLD) -> None:
        if not text:
            return
        for mode, color in ((1, HALO), (0, ink)):  # the outline, then the letters
            words = self.canv.beginText(x, y)
            words.setFont(font, size)
            words.setTextRenderMode(mode)
            words.setStrokeColor(color)
            words.setFillColor(color)
            self.canv.setLineWidth(HALO_WIDTH)
            words.textOut(text)
            words.setTextRenderMode(0)
            self.canv.drawText(words)


def free_place(places: Sequence[Rect], taken: Sequence[Rect]) -> Rect | None:
    """Return the first of ``places`` that covers none of those ``taken``, or None."""
    return next((one for one in places if not any(_meet(one, other) for other in taken)), None)


def _meet(one: Rect, other: Rect) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def bar_text(length_mm: int) -> str:
    """Return ``5 cm`` or ``5 mm``."""
    return f"{length_mm // 10} cm" if length_mm >= 10 else f"{length_mm} mm"
