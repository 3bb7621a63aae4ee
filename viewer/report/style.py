"""How the PDF looks: one accent, two greys, an 8 pt grid."""

from reportlab.lib.colors import HexColor
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.platypus import TableStyle

from viewer.report.text import BOLD, REGULAR

INK, MUTED, RULE = HexColor("#1b2430"), HexColor("#5b6673"), HexColor("#cfd6dd")
ACCENT, CAUTION, WASH = HexColor("#0f5f73"), HexColor("#8a3b00"), HexColor("#f2f5f7")
MARGIN = 18 * mm


def _style(name: str, **changes: object) -> ParagraphStyle:
    base: dict[str, object] = {"fontName": REGULAR, "fontSize": 9, "leading": 12.5, "textColor": INK}
    return ParagraphStyle(name, **(base | changes))


BODY = _style("body", spaceAfter=3)
TITLE = _style("title", fontName=BOLD, fontSize=18, leading=23, spaceAfter=2)
HEADING = _style("heading", fontName=BOLD, fontSize=11, leading=14, textColor=ACCENT, spaceBefore=14, spaceAfter=5)
SMALL = _style("small", fontSize=7.5, leading=10)
CAPTION = _style("caption", fontSize=7.5, leading=10, textColor=MUTED)
CELL = _style("cell", fontSize=7.5, leading=9.5, wordWrap="CJK")
WARNING = _style("warning", fontSize=8.5, leading=11.5, textColor=CAUTION, leftIndent=10, bulletIndent=0)

LABELS = TableStyle([("VALIGN", (0, 0), (-1, -1), "TOP"), ("LEFTPADDING", (0, 0), (-1, -1), 0),
                     ("TOPPADDING", (0, 0), (-1, -1), 1), ("BOTTOMPADDING", (0, 0), (-1, -1), 1)])  # fmt: skip
NUMBERS = TableStyle(
    [
        ("FONT", (0, 0), (-1, 0), BOLD, 7.5),
        ("FONT", (0, 1), (-1, -1), REGULAR, 8),
        ("TEXTCOLOR", (0, 0), (-1, 0), MUTED),
        ("TEXTCOLOR", (0, 1), (-1, -1), INK),
        ("ALIGN", (1, 0), (-1, -1), "RIGHT"),
        ("VALIGN", (0, 0), (-1, -1), "MIDDLE"),
        ("LINEBELOW", (0, 0), (-1, 0), 0.8, ACCENT),
        ("LINEBELOW", (0, 1), (-1, -1), 0.3, RULE),
        ("LEFTPADDING", (0, 0), (0, -1), 0),
        ("TOPPADDING", (0, 0), (-1, -1), 2.5),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 2.5),
    ]
)
