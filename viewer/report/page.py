"""The paper: header with the patient on every page, footer with the disclaimer and page x of y."""

from typing import Any

from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import BaseDocTemplate, Frame, PageTemplate, Paragraph

from viewer.report import style, words
from viewer.report.fonts import BOLD, TEXT, Typesetter
from viewer.report.model import DISCLAIMER, Report
from viewer.report.words import NOTHING

FOOTER_Y = 12 * mm
PAGE_NUMBER_WIDTH = 60.0


class NumberedCanvas(Canvas):  # type: ignore[misc]  # reportlab has no types
    """A canvas that keeps every page until the last one is known, then prints ``page x of y`` on each."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options | {"initialFontName": TEXT})  # else an unused Helvetica, not embedded
        self._pages: list[dict[str, Any]] = []

    def showPage(self) -> None:
        """Keep the page for later."""
        self._pages.append(dict(self.__dict__))
        self._startPage()

    def save(self) -> None:
        """Number and write all pages."""
        for number, page in enumerate(self._pages, start=1):
            self.__dict__.update(page)
            self.setFont(TEXT, style.SMALL.fontSize)
            self.setFillColor(style.MUTED)
            right = self._pagesize[0] - style.MARGIN
            self.drawRightString(right, FOOTER_Y - 8, f"Page {number} of {len(self._pages)}")
            super().showPage()
        super().save()


def document(stream: Any, report: Report, typeset: Typesetter, paper: str) -> BaseDocTemplate:
    """Return an empty document of ``paper`` size whose pages carry header and footer.

    The file's own properties name the program and the title, never the patient.
    """
    width, height = style.PAPERS[paper]
    pages = BaseDocTemplate(
        stream, pagesize=(width, height), title=report.title, author=str(report.software), subject=DISCLAIMER,
        creator=str(report.software), lang="en",
    )  # fmt: skip
    room = height - style.TOP - style.BOTTOM
    frame = Frame(style.MARGIN, style.BOTTOM, width - 2 * style.MARGIN, room, 0, 0, 0, 0)
    edges = _Edges(report, typeset)
    pages.addPageTemplates(PageTemplate("page", [frame], onPage=edges.draw))
    return pages


class _Edges:
    """Header and footer of one report."""

    def __init__(self, report: Report, typeset: Typesetter) -> None:
        patient, study = report.patient, report.study
        identity = [patient.patient_id and f"ID {patient.patient_id}", words.day(patient.birth_date), patient.sex]
        self._left = f'<font name="{BOLD}" color="#18232e">{typeset(patient.name or NOTHING, BOLD)}</font>'
        self._left += "".join(f" &nbsp; {typeset(text)}" for text in identity if text)
        self._right = typeset(" · ".join(filter(None, (study.description, words.day(study.date)))))
        made = f"{report.software} · {words.moment(report.created)}"
        self._footer = f'<font name="{BOLD}">{typeset(DISCLAIMER, BOLD)}</font> &nbsp; {typeset(made)}'

    def draw(self, canvas: Canvas, pages: BaseDocTemplate) -> None:
        """Draw both onto a new page."""
        width, height = pages.pagesize
        right = width - style.MARGIN
        rule_y = height - style.TOP + 6 * mm
        canvas.setLineWidth(0.5)
        canvas.setStrokeColor(style.RULE)
        canvas.line(style.MARGIN, rule_y, right, rule_y)
        canvas.line(style.MARGIN, FOOTER_Y + 5, right, FOOTER_Y + 5)
        middle = style.MARGIN + 0.58 * (right - style.MARGIN)
        _above(canvas, self._left, style.MARGIN, middle - 8, rule_y + 3, style.SMALL)
        _above(canvas, self._right, middle, right, rule_y + 3, style.SMALL_RIGHT)
        _above(canvas, self._footer, style.MARGIN, right - PAGE_NUMBER_WIDTH, FOOTER_Y - 11, style.SMALL)


def _above(canvas: Canvas, markup: str, left: float, right: float, bottom: float, look: ParagraphStyle) -> None:
    """Draw text between ``left`` and ``right``, its last line just above ``bottom``; long text wraps."""
    paragraph = Paragraph(markup, look)
    paragraph.wrap(right - left, style.TOP)
    paragraph.drawOn(canvas, left, bottom)
