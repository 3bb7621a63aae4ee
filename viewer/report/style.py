"""The look of the report: quiet, one accent, numbers easy to compare."""

from reportlab.lib.colors import HexColor
from reportlab.lib.enums import TA_RIGHT
from reportlab.lib.pagesizes import A4, LETTER
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm

from viewer.report.fonts import BOLD, TEXT

PAPERS = {"A4": A4, "letter": LETTER}
MARGIN = 18 * mm
TOP, BOTTOM = 25 * mm, 20 * mm
GAP = 2.5 * mm
"""Between pictures of a grid."""
SMALLEST_ROOM = 45 * mm
"""A long table starts on a new page rather than with less room than this."""

INK, MUTED = HexColor("#18232e"), HexColor("#5c6a76")
RULE, HAIRLINE = HexColor("#b9c4cc"), HexColor("#e3e8ec")
ACCENT = HexColor("#0d5a6c")
WARNING, WARNING_GROUND = HexColor("#b45f06"), HexColor("#fdf3e3")

BODY = ParagraphStyle("body", fontName=TEXT, fontSize=8.5, leading=12, textColor=INK)
STRONG = ParagraphStyle("strong", BODY, fontName=BOLD)
SMALL = ParagraphStyle("small", BODY, fontSize=7.3, leading=10, textColor=MUTED)
LABEL = ParagraphStyle("label", SMALL, fontName=BOLD, textColor=WARNING)
BULLET = ParagraphStyle("bullet", BODY, leftIndent=9, spaceAfter=1.5, bulletFontName=TEXT)
SMALL_RIGHT = ParagraphStyle("small right", SMALL, alignment=TA_RIGHT)
CELL = ParagraphStyle("cell", BODY, fontSize=8, leading=10.5)
NAME = ParagraphStyle("name", CELL, textColor=MUTED)
NUMBER = ParagraphStyle("number", CELL, alignment=TA_RIGHT)
HEAD = ParagraphStyle("head", CELL, fontName=BOLD, fontSize=7.3, leading=9.5, textColor=MUTED)
HEAD_NUMBER = ParagraphStyle("head number", HEAD, alignment=TA_RIGHT)
TITLE = ParagraphStyle("title", BODY, fontName=BOLD, fontSize=19, leading=24)
SUBTITLE = ParagraphStyle("subtitle", SMALL, fontSize=8.5, leading=12, spaceAfter=4 * mm)
SECTION = ParagraphStyle(
    "section", STRONG, fontSize=12, leading=16, textColor=ACCENT, spaceBefore=6 * mm, spaceAfter=1 * mm
)
TABLE_TITLE = ParagraphStyle("table title", STRONG, fontSize=9, leading=12, spaceBefore=3 * mm)
CAPTION = ParagraphStyle("caption", SMALL, fontSize=7, leading=9, spaceBefore=1 * mm)
