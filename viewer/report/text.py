"""Text for the PDF: names in any script, numbers with a sensible number of digits."""

from functools import cache
from xml.sax.saxutils import escape

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfbase.ttfonts import TTFont

from viewer.core.paths import resources

REGULAR, BOLD = "Lowfield", "Lowfield-Bold"
CJK = ("HeiseiKakuGo-W5", "STSong-Light", "HYGothic-Medium")
"""Fonts every PDF reader supplies: Japanese where kana occur, Korean where hangul do, Chinese otherwise."""


@cache
def register_fonts() -> None:
    """Make the fonts known to reportlab; DejaVu is shipped, so that a report looks alike everywhere."""
    pdfmetrics.registerFont(TTFont(REGULAR, resources() / "fonts" / "DejaVuSans.ttf"))
    pdfmetrics.registerFont(TTFont(BOLD, resources() / "fonts" / "DejaVuSans-Bold.ttf"))
    pdfmetrics.registerFontFamily(REGULAR, REGULAR, BOLD, REGULAR, BOLD)
    for name in CJK:
        pdfmetrics.registerFont(UnicodeCIDFont(name))


def markup(text: str) -> str:
    """Return reportlab markup of plain text; runs in East Asian scripts get a font that has them."""
    if text.isascii():
        return escape(text)
    font = _east_asian_font(text)
    runs: list[tuple[bool, str]] = []
    for character in text:
        wide = _is_east_asian(character)
        if runs and runs[-1][0] == wide:
            runs[-1] = (wide, runs[-1][1] + character)
        else:
            runs.append((wide, character))
    return "".join(f'<font name="{font}">{escape(run)}</font>' if wide else escape(run) for wide, run in runs)


def unsupported(text: str) -> str:
    """Return the characters that no font of the report can draw, so that the report can say so."""
    register_fonts()
    known = pdfmetrics.getFont(REGULAR).face.charToGlyph
    return "".join(
        dict.fromkeys(c for c in text if not _is_east_asian(c) and ord(c) not in known and c.isprintable())
    )


def number(value: float | None, digits: int = 4) -> str:
    """Return ``value`` with ``digits`` significant digits and no exponent where it can be avoided; – for None."""
    if value is None:
        return "–"
    if value == 0:
        return "0"
    if not 1e-4 <= abs(value) < 1e7:
        return f"{value:.{digits - 1}e}"
    whole = len(str(int(abs(value)))) if abs(value) >= 1 else 0
    return f"{value:.{max(digits - whole, 0)}f}" if whole else f"{value:.{digits}g}"


def _is_east_asian(character: str) -> bool:
    code = ord(character)
    return (
        0x2E80 <= code <= 0x9FFF
        or 0xAC00 <= code <= 0xD7AF
        or 0xF900 <= code <= 0xFAFF
        or 0xFF00 <= code <= 0xFFEF
    )


def _east_asian_font(text: str) -> str:
    if any(0x3040 <= ord(c) <= 0x30FF for c in text):
        return CJK[0]
    return CJK[2] if any(0xAC00 <= ord(c) <= 0xD7AF for c in text) else CJK[1]
