"""Fonts of the PDF, all embedded: a reader's machine never decides how a patient's name looks.

Open Sans for the text, DejaVu Sans for Arabic, Hebrew, Armenian, Georgian and symbols, WenQuanYi Micro Hei for
Chinese, Japanese and Korean (`resources/fonts`, licences in NOTICE).
"""

import unicodedata
from functools import cache
from itertools import groupby
from xml.sax.saxutils import escape

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont

from viewer.core.errors import LowfieldError
from viewer.core.paths import resources
from viewer.report.righttoleft import drawn

TEXT, BOLD = "OpenSans-Regular", "OpenSans-Semibold"
OTHERS = ("DejaVuSans", "wqy-microhei")
FILES = {name: f"{name}.ttf" for name in (TEXT, BOLD, OTHERS[0])} | {OTHERS[1]: f"{OTHERS[1]}.ttc"}
INVISIBLE = ("Cc", "Cf")
"""Control and format characters: bidirectional overrides could make a name look like another one."""


@cache
def register() -> None:
    """Make the fonts known to reportlab, once. Raises `LowfieldError` when a file is missing."""
    for name, file in FILES.items():
        path = resources() / "fonts" / file
        if not path.is_file():
            raise LowfieldError("A font of the report is missing.", where=path, hint="Reinstall Lowfield.")
        pdfmetrics.registerFont(TTFont(name, path))
    pdfmetrics.registerFontFamily(TEXT, normal=TEXT, bold=BOLD, italic=TEXT, boldItalic=BOLD)


class Typesetter:
    """Turns text into reportlab markup, each character in a font that has it.

    ``missing`` collects the characters that no font has; they are printed as numbers such as ``[U+0E01]``, so
    that a report never shows empty boxes without saying so.
    """

    def __init__(self) -> None:
        register()
        self.missing: set[str] = set()

    def __call__(self, text: str, font: str = TEXT) -> str:
        """Return markup for ``text`` in ``font``; line breaks become spaces."""
        visible = [self._visible(char) for char in drawn(unicodedata.normalize("NFC", text))]
        runs = groupby("".join(visible), key=lambda char: _font_for(char, font) or font)
        return "".join(_marked("".join(run), name, font) for name, run in runs)

    def _visible(self, char: str) -> str:
        if char in "\n\r\t":
            return " "
        if unicodedata.category(char) in INVISIBLE:
            return ""
        if _font_for(char, TEXT) is None:
            self.missing.add(char)
            return f"[U+{ord(char):04X}]"
        return char


def in_one_font(text: str, preferred: str = BOLD) -> tuple[str, str] | None:
    """Return ``text`` as it is drawn and a font that has all of it, for a line outside of paragraphs; or None."""
    register()
    visible = "".join(
        c for c in drawn(unicodedata.normalize("NFC", text)) if unicodedata.category(c) not in INVISIBLE
    )
    faces = ((name, pdfmetrics.getFont(name).face.charToGlyph) for name in (preferred, *OTHERS))
    return next(((visible, name) for name, glyphs in faces if all(ord(c) in glyphs for c in visible)), None)


def _font_for(char: str, preferred: str) -> str | None:
    """Return the first font that has a glyph for ``char``, or None."""
    return next(
        (name for name in (preferred, *OTHERS) if ord(char) in pdfmetrics.getFont(name).face.charToGlyph), None
    )


def _marked(text: str, name: str, font: str) -> str:
    return escape(text) if name == font else f'<font name="{name}">{escape(text)}</font>'
