"""Where the lines in the corners of an image stand: none is cut while the other side of its row is free."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from PySide6.QtCore import QRectF

PAD = 8.0
GAP = 12.0
"""Between the left and the right text of one row."""
NARROW = 270
"""Views below have one column of texts."""
MIDDLING = 480
"""Views below have their badges under both corner texts, so that those of views side by side are in one line."""
LETTER_ROW = 18.0
"""Height of the letter in the middle of the upper and lower border."""
LEAST_FOR_OWN_ROW = 200
"""Narrow views as high as this have the letters in a row of their own."""


@dataclass(frozen=True)
class Overlay:
    """Lines of text per corner, the most important first: small views drop the others.

    ``badges`` are (text, tone ``info`` | ``warning`` | ``error``) below the top left corner; ``readout`` is what
    lies under the cursor.
    """

    top_left: tuple[str, ...] = ()
    top_right: tuple[str, ...] = ()
    bottom_left: tuple[str, ...] = ()
    bottom_right: tuple[str, ...] = ()
    badges: tuple[tuple[str, str], ...] = ()
    readout: str = ""


@dataclass(frozen=True)
class Line:
    """One line in its rectangle, at the left or at the right of it."""

    text: str
    rect: QRectF
    right: bool = False


@dataclass(frozen=True)
class Corners:
    """Places texts in a view of ``size`` (width, height); ``letters`` stand in the middle of its borders."""

    size: tuple[float, float]
    step: float
    advance: Callable[[str], float]
    letters: bool = True

    def lines(self, overlay: Overlay) -> tuple[Line, ...]:
        """Return what is written where, in pixels of the view."""
        upper, lower = self._columns(overlay)
        return (*self._placed(*upper), *self._placed(*lower, upwards=True, first_taken=bool(overlay.readout)))

    def badges_top(self, overlay: Overlay, needed: float) -> float:
        """Return the upper edge of badges that are ``needed`` wide: under the left text, or under both."""
        left, right = self._columns(overlay)[0]
        both = self.size[0] < max(MIDDLING, 2 * (needed + PAD))
        return PAD + self._start + self.step * max(len(left), len(right) if both else 0) + 4

    def readout(self) -> QRectF:
        """Return the row of the value under the mouse."""
        width = self._whole if self._narrow and not self.letters else self._half * 1.1
        return QRectF(PAD, self.size[1] - PAD - self.step, width, self.step)

    def _columns(self, overlay: Overlay) -> tuple[tuple[tuple[str, ...], ...], tuple[tuple[str, ...], ...]]:
        """Return the (left, right) lines of the upper and of the lower corners that there is room for."""
        most = self._most
        if not self._narrow:
            upper, lower = (overlay.top_left, overlay.top_right), (overlay.bottom_left, overlay.bottom_right)
            cut = [tuple(_said(lines)[:most] for lines in pair) for pair in (upper, lower)]
            return cut[0], cut[1]
        left, right = overlay.bottom_left, overlay.bottom_right  # the slice, the window, and then the rest
        top = _said((*overlay.top_left, *overlay.top_right))
        bottom = _said((*left[:1], *right[:1], *left[1:], *right[1:]))
        return (top[:most], ()), (bottom[: min(most, 4)], ())

    def _placed(
        self,
        left: tuple[str, ...],
        right: tuple[str, ...],
        *,
        upwards: bool = False,
        first_taken: bool = False,
    ) -> Iterator[Line]:
        if first_taken and not self._start:
            left = ("", *left)  # the readout stands there
        for n in range(max(len(left), len(right))):
            one, other = (column[n] if n < len(column) else "" for column in (left, right))
            tight = n == 0 and not self._start and (self.letters or first_taken)
            y = PAD + self._start + n * self.step
            y = self.size[1] - y - self.step if upwards else y
            for text, beside, at_right in ((one, other, False), (other, one, True)):
                if text:
                    width = self._half if tight else self._share(beside)
                    x = self.size[0] - PAD - width if at_right else PAD
                    yield Line(text, QRectF(x, y, width, self.step), at_right)

    def _share(self, beside: str) -> float:
        """Return how wide a line may be next to another one."""
        if not beside:
            return self._whole
        return max((self._whole - GAP) / 2, self._whole - GAP - self.advance(beside))

    @property
    def _narrow(self) -> bool:
        return self.size[0] < NARROW

    @property
    def _whole(self) -> float:
        return self.size[0] - 2 * PAD

    @property
    def _half(self) -> float:
        """Half a row whose middle belongs to a letter."""
        return self._whole if self._narrow and not self.letters else self.size[0] / 2 - 2.2 * PAD

    @property
    def _start(self) -> float:
        """Distance from the border at which the texts begin."""
        own = self._narrow and self.letters and self.size[1] >= LEAST_FOR_OWN_ROW
        return LETTER_ROW if own else 0.0

    @property
    def _most(self) -> int:
        if self._narrow:
            return max(1, min(6, int(self.size[1] / 90)))
        return 1 if min(self.size) < 230 else 2 if min(self.size) < 330 else 8


def _said(lines: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(line for line in lines if line)
