"""The report as PDF: patient and disclaimer on every page, numbers with units and provenance, key images."""

import io
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from PIL import Image as PilImage
from reportlab.lib.pagesizes import A4
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable, Image, KeepTogether, Paragraph, SimpleDocTemplate, Spacer, Table

from viewer.report import style, tables
from viewer.report.files import write_whole
from viewer.report.model import DISCLAIMER, Picture, Report
from viewer.report.text import BOLD, REGULAR, markup, register_fonts, unsupported

WIDTH = A4[0] - 2 * style.MARGIN
PICTURES_A_ROW = 3


def write_pdf(report: Report, path: Path) -> None:
    """Write ``report`` as an A4 PDF, whole or not at all; raises `LowfieldError` when it cannot be written."""
    register_fonts()
    buffer = io.BytesIO()
    document = SimpleDocTemplate(
        buffer, pagesize=A4, leftMargin=style.MARGIN, rightMargin=style.MARGIN, topMargin=style.MARGIN + 14,
        bottomMargin=style.MARGIN + 6, title=report.title, author="Lowfield", subject=DISCLAIMER,
    )  # fmt: skip
    document.build(_story(report), canvasmaker=lambda *a, **k: _Pages(report, *a, **k))
    write_whole(path, lambda stream: stream.write(buffer.getvalue()))


def _story(report: Report) -> list[Flowable]:
    patient, study = (tables.labels(pairs, WIDTH / 2 - 6) for pairs in (report.patient, report.study))
    story: list[Flowable] = [Paragraph(markup(report.title), style.TITLE)]
    story += [Paragraph(f"{markup(report.software)} · {markup(report.created)} · {DISCLAIMER}", style.CAPTION)]
    story += [Spacer(1, 8), Table([[patient, study]], colWidths=[WIDTH / 2] * 2, style=style.LABELS)]
    story += _warnings(report)
    if report.measurements:
        story += [Paragraph("Measurements", style.HEADING), *_spaced(tables.numbers(report.measurements, WIDTH))]
        story += _number_notes(report)
    for run in report.denoising:
        story += [Paragraph("Denoising", style.HEADING), tables.labels(tables.denoising(run), WIDTH)]
    if report.pictures:
        story += [Paragraph("Key images", style.HEADING), *_picture_rows(report.pictures)]
    if report.method:
        story += [
            Paragraph("Method", style.HEADING),
            *(Paragraph(markup(line), style.BODY) for line in report.method),
        ]
    return story + _provenance(report)


def _warnings(report: Report) -> list[Flowable]:
    texts = list(report.warnings)
    missing = unsupported(" ".join([*report.patient.values(), *(each.name for each in report.measurements)]))
    if missing:
        texts.append(f"{len(missing)} character(s) of a name cannot be printed here; see the JSON file.")
    if report.simulated:
        texts.insert(0, "SIMULATED data: no patient was scanned.")
    if not texts:
        return []
    shown = [Paragraph(markup(text), style.WARNING, bulletText="!") for text in dict.fromkeys(texts)]
    return [Paragraph("Please note", style.HEADING), *shown]


def _number_notes(report: Report) -> list[Flowable]:
    """Every label and warning that goes with a number, said once with the ROIs it concerns."""
    concerned: dict[str, list[str]] = {}
    for each in report.measurements:
        label = str(each.provenance.get("label") or "")
        for text in ([label] if label.startswith("rescaled") else []) + list(each.warnings):
            concerned.setdefault(text, []).append(each.name)
    everyone = len(report.measurements)
    lines = [
        f"{text} ({'all ROIs' if len(names) == everyone else ', '.join(names)})"
        for text, names in concerned.items()
    ]
    return [Paragraph(markup(line), style.WARNING, bulletText="!") for line in lines]


def _provenance(report: Report) -> list[Flowable]:
    """How the numbers came about: what all ROIs share once, then what is an ROI's own."""
    tables_of = {each.name: tables.provenance(each) for each in report.measurements if each.provenance}
    if not tables_of:
        return []
    first = next(iter(tables_of.values()))
    shared = {
        key: text for key, text in first.items() if all(other.get(key) == text for other in tables_of.values())
    }
    story: list[Flowable] = [
        Paragraph("How these numbers came about", style.HEADING),
        tables.labels(shared, WIDTH),
    ]
    for name, pairs in tables_of.items():
        own = {key: text for key, text in pairs.items() if key not in shared}
        if own:
            story += [KeepTogether([Paragraph(markup(name), style.CAPTION), tables.labels(own, WIDTH)])]
    return story


def _spaced(flowables: Iterable[Flowable]) -> list[Flowable]:
    return [part for each in flowables for part in (each, Spacer(1, 6))]


def _picture_rows(pictures: tuple[Picture, ...]) -> list[Flowable]:
    rows = [pictures[start : start + PICTURES_A_ROW] for start in range(0, len(pictures), PICTURES_A_ROW)]
    return [part for row in rows for part in (_picture_row(row), Spacer(1, 6))]


def _picture_row(row: tuple[Picture, ...]) -> Flowable:
    width = WIDTH / PICTURES_A_ROW
    cells = [
        [_image(each, width - 6), Spacer(1, 2), Paragraph(markup(each.caption), style.CAPTION)] for each in row
    ]
    cells += [[]] * (PICTURES_A_ROW - len(cells))
    return KeepTogether([Table([cells], colWidths=[width] * PICTURES_A_ROW, style=style.LABELS)])


def _image(picture: Picture, width: float) -> Image:
    stream = io.BytesIO()
    PilImage.fromarray(picture.rgb).save(stream, format="PNG")  # lossless: a key image has no artefacts of its own
    stream.seek(0)
    rows, columns = picture.rgb.shape[:2]
    return Image(stream, width=width, height=width * rows / columns)


class _Pages(Canvas):  # type: ignore[misc]  # reportlab has no types
    """Adds header, disclaimer and ``page x of y``; pages wait, as the total is known only at the end."""

    def __init__(self, report: Report, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._report = report
        self._waiting: list[dict[str, Any]] = []

    def showPage(self) -> None:
        """Keep the page until the number of pages is known."""
        self._waiting.append(dict(self.__dict__))
        self._startPage()

    def save(self) -> None:
        """Finish every page, then the file."""
        for page, kept in enumerate(self._waiting, 1):
            self.__dict__.update(kept)
            self._frame(page, len(self._waiting))
            super().showPage()
        super().save()

    def _frame(self, page: int, pages: int) -> None:
        left, right, top = style.MARGIN, A4[0] - style.MARGIN, A4[1] - style.MARGIN
        who = " · ".join(text for text in list(self._report.patient.values())[:3] if text)
        header = Paragraph(f'<font name="{BOLD}">{markup(who)}</font>', style.SMALL)
        header.wrapOn(self, WIDTH, 20)
        header.drawOn(self, left, top)
        self.setStrokeColor(style.RULE)
        self.line(left, top - 3, right, top - 3)
        self.line(left, style.MARGIN + 2, right, style.MARGIN + 2)
        self.setFont(REGULAR, 7.5)
        self.setFillColor(style.MUTED)
        self.drawString(left, style.MARGIN - 8, f"{DISCLAIMER} · {self._report.software}")
        self.drawRightString(right, style.MARGIN - 8, f"page {page} of {pages}")
