"""The report on paper: who, what to be wary of, the numbers, the pictures, and how the numbers came about."""

import io
from collections.abc import Sequence
from pathlib import Path

from reportlab.lib.units import mm
from reportlab.platypus import Flowable, KeepTogether, Spacer

from viewer.core.errors import LowfieldError
from viewer.core.files import write_file
from viewer.core.phantom import PhantomResult
from viewer.report import style, tables, words
from viewer.report.blocks import Blocks
from viewer.report.curve import recovery_plot
from viewer.report.dose_page import dose_section
from viewer.report.fonts import Typesetter
from viewer.report.model import DISCLAIMER, Report
from viewer.report.page import NumberedCanvas, document
from viewer.report.phantom import phantom_tables
from viewer.report.provenance import provenance_tables
from viewer.report.recovered import recovery_tables
from viewer.report.spread import spread_tables
from viewer.report.tables import Table

UNPRINTABLE = (
    "Some characters are in a script that this report has no font for; they are printed as their Unicode numbers, "
    "such as {example}. The JSON report holds them unchanged."
)


def write_pdf(report: Report, path: Path, *, paper: str = "A4") -> None:
    """Write the report as PDF on ``A4`` or ``letter`` paper, all or nothing; `LowfieldError` where that fails."""
    write_file(path, pdf_bytes(report, paper=paper))


def pdf_bytes(report: Report, *, paper: str = "A4") -> bytes:
    """Return the PDF; all fonts embedded, pictures lossless."""
    if paper not in style.PAPERS:
        raise LowfieldError(f"Paper {paper!r} is not known.", hint=f"Choose {' or '.join(style.PAPERS)}.")
    stream, typeset = io.BytesIO(), Typesetter()
    pages = document(stream, report, typeset, paper)
    blocks = Blocks(typeset, pages.pagesize[0] - 2 * style.MARGIN)
    body = _body(blocks, report)
    pages.build([*_front(blocks, report), *body], canvasmaker=NumberedCanvas)
    return stream.getvalue()


def _front(blocks: Blocks, report: Report) -> list[Flowable]:
    """Title, people and warnings; made last, when it is known which characters no font has."""
    made = f"{words.moment(report.created)} · {report.software} · {DISCLAIMER}"
    front = [blocks.text(report.title, style.TITLE), blocks.text(made, style.SUBTITLE)]
    people = blocks.side_by_side([tables.patient_rows(report.patient), tables.study_rows(report.study)])
    return [*front, people, *blocks.warnings([*report.all_warnings(), *_unprintable(blocks.typeset, report)])]


def _unprintable(typeset: Typesetter, report: Report) -> list[str]:
    typeset(f"{report.all_warnings()} {report.title}")
    missing = sorted(typeset.missing)
    return [UNPRINTABLE.format(example=f"[U+{ord(missing[0]):04X}]")] if missing else []


def _body(blocks: Blocks, report: Report) -> list[Flowable]:
    body: list[Flowable] = []
    body += _section(blocks, "Measurements", tables.measurement_tables(report.measurements))
    body += _section(blocks, "Distribution and uncertainty", spread_tables(report.measurements))
    body += _section(blocks, "Recovery", recovery_tables(report.measurements))
    body += _phantom(blocks, report.phantom)
    body += dose_section(blocks, report.therapy)
    body += _section(blocks, "Denoising", [tables.denoising_table(each) for each in report.denoising])
    body += blocks.pictures(report.pictures, blocks.heading("Key images"))
    body += _section(blocks, "How these numbers came about", provenance_tables(report.measurements))
    for title, sentences in (("Method", report.method), ("Notes", report.notes)):
        if sentences:
            body += [KeepTogether([*blocks.heading(title), *blocks.sentences(sentences)])]
    return body + _section(blocks, "Images used", [tables.series_table(report.study)])


def _phantom(blocks: Blocks, result: PhantomResult | None) -> list[Flowable]:
    """Return the phantom's tables and its plot beside the paper's curve."""
    if result is None:
        return []
    spheres, *rest = phantom_tables(result)
    plot = recovery_plot(result, blocks.width)
    shown = [Spacer(1, 3 * mm), plot] if plot is not None else []
    more = [part for table in rest if table.rows for part in blocks.table(table)]
    return [*_section(blocks, "NEMA IEC body phantom", [spheres]), *shown, *more]


def _section(blocks: Blocks, title: str, content: Sequence[Table]) -> list[Flowable]:
    """Return heading and tables; nothing where no table has a row."""
    filled = [table for table in content if table.rows]
    above = [blocks.heading(title), *[[]] * len(filled)]
    return [part for table, heading in zip(filled, above) for part in blocks.table(table, heading)]
