"""Building stones of the page: tables, warnings, sentences, grids of pictures."""

import io
from collections.abc import Sequence
from itertools import groupby

from PIL import Image as Pixels
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.platypus import CondPageBreak, Flowable, KeepTogether, Paragraph, Spacer
from reportlab.platypus import Table as Grid

from viewer.report import style
from viewer.report.fonts import BOLD, TEXT, Typesetter
from viewer.report.marked import MarkedImage
from viewer.report.model import Picture
from viewer.report.tables import Table

MOST_ROWS_TOGETHER = 10
"""Longer tables may run over several pages, with their header repeated."""
MOST_COLUMNS = 3
TALLEST_PICTURE = 110 * mm
PAD = 2.2

Command = tuple[object, ...]


class Blocks:
    """Makes flowables ``width`` points wide, all text set by one typesetter."""

    def __init__(self, typeset: Typesetter, width: float) -> None:
        self.typeset = typeset
        self.width = width

    def text(self, text: str, look: ParagraphStyle = style.BODY) -> Paragraph:
        """Return a paragraph."""
        return Paragraph(self.typeset(text, look.fontName), look)

    def heading(self, title: str) -> list[Flowable]:
        """Return a section's heading, to be handed to its first block as ``above``."""
        return [self.text(title, style.SECTION)]

    def sentences(self, sentences: Sequence[str]) -> list[Flowable]:
        """Return a list of sentences."""
        return [Paragraph(self.typeset(text), style.BULLET, bulletText="•") for text in sentences]

    def warnings(self, warnings: Sequence[str]) -> list[Flowable]:
        """Return a box that cannot be overlooked; nothing when there is nothing to say."""
        if not warnings:
            return []
        heading = "1 warning" if len(warnings) == 1 else f"{len(warnings)} warnings"
        color = style.WARNING.hexval().replace("0x", "#")
        rows = [[Paragraph(f'<font name="{BOLD}" color="{color}">{heading}</font>', style.BODY)]]
        rows += [[self.text(text)] for text in warnings]
        commands = [
            ("BACKGROUND", (0, 0), (-1, -1), style.WARNING_GROUND),
            ("LINEBEFORE", (0, 0), (0, -1), 2.5, style.WARNING),
            ("LEFTPADDING", (0, 0), (-1, -1), 10),
        ]
        return [Spacer(1, 4 * mm), self._grid(rows, [self.width], commands)]

    def table(self, table: Table, above: Sequence[Flowable] = ()) -> list[Flowable]:
        """Return title, note and rows of a table, held together with what stands ``above`` unless it is long."""
        parts = [*above, *self._parts(table, self.width)]
        if len(table.rows) <= MOST_ROWS_TOGETHER:
            return [KeepTogether(parts)]
        return [CondPageBreak(style.SMALLEST_ROOM), *parts]

    def side_by_side(self, tables: Sequence[Table]) -> Flowable:
        """Return tables in equal columns."""
        gap = 6 * mm
        width = (self.width - gap * (len(tables) - 1)) / len(tables)
        cells = [self._parts(table, width) for table in tables]
        pads: list[Command] = [("RIGHTPADDING", (0, 0), (-2, -1), gap), ("TOPPADDING", (0, 0), (-1, -1), 0)]
        return self._grid([cells], [width + gap] * (len(tables) - 1) + [width], pads)

    def pictures(self, pictures: Sequence[Picture], above: Sequence[Flowable] = ()) -> list[Flowable]:
        """Return grids, one a group; a row is never torn apart, nor the first from what stands ``above``."""
        flowables: list[Flowable] = []
        for title, members in groupby(pictures, key=lambda picture: picture.group):
            group = list(members)
            columns = min(len(group), MOST_COLUMNS)
            rows = [self._picture_row(group[i : i + columns], columns) for i in range(0, len(group), columns)]
            heading = [self.text(title, style.TABLE_TITLE), Spacer(1, 1.5 * mm)] if title else []
            flowables += [KeepTogether([*(above if not flowables else ()), *heading, rows[0]]), *rows[1:]]
        return flowables

    def _picture_row(self, pictures: Sequence[Picture], columns: int) -> Flowable:
        width = (self.width - style.GAP * (columns - 1)) / columns
        cells = [[_image(each, width), self.text(each.caption, style.CAPTION)] for each in pictures]
        padding: list[Command] = [
            ("RIGHTPADDING", (0, 0), (-1, -1), style.GAP),
            ("BOTTOMPADDING", (0, 0), (-1, -1), 7),
        ]
        return self._grid([cells], [width + style.GAP] * len(cells), padding)

    def _parts(self, table: Table, width: float) -> list[Flowable]:
        rows = ([self._head(table)] if table.header else []) + [self._row(table, row) for row in table.rows]
        widths = [width * share / sum(table.shares) for share in table.shares]
        title = [self.text(table.title, style.TABLE_TITLE)] if table.title else []
        label = [self.text(table.label, style.LABEL)] if table.label else []
        note = [self.text(table.note, style.SMALL)] if table.note else []
        return [*title, *label, *note, self._grid(rows, widths, _lines(table), repeat=bool(table.header))]

    def _head(self, table: Table) -> list[Flowable]:
        looks = _looks(table, style.HEAD, style.HEAD, style.HEAD_NUMBER)
        return [self.text(text, look) for text, look in zip(table.header, looks, strict=True)]

    def _row(self, table: Table, row: Sequence[str]) -> list[Flowable]:
        looks = _looks(
            table, style.CELL if table.header and table.header[0] else style.NAME, style.CELL, style.NUMBER
        )
        return [self.text(text, look) for text, look in zip(row, looks, strict=True)]

    def _grid(
        self,
        rows: Sequence[Sequence[object]],
        widths: Sequence[float],
        commands: Sequence[Command],
        repeat: bool = False,
    ) -> Grid:
        plain: list[Command] = [
            ("FONT", (0, 0), (-1, -1), TEXT),  # else reportlab names Helvetica, which is not embedded
            ("VALIGN", (0, 0), (-1, -1), "TOP"),
            ("LEFTPADDING", (0, 0), (-1, -1), 0),
            ("RIGHTPADDING", (0, 0), (-1, -1), 4),
            ("TOPPADDING", (0, 0), (-1, -1), PAD),
            ("BOTTOMPADDING", (0, 0), (-1, -1), PAD),
        ]
        return Grid(rows, widths, style=[*plain, *commands], repeatRows=int(repeat), splitInRow=1, hAlign="LEFT")


def _looks(
    table: Table, first: ParagraphStyle, other: ParagraphStyle, number: ParagraphStyle
) -> list[ParagraphStyle]:
    columns = range(len(table.shares))
    return [number if column >= table.numbers_from else other if column else first for column in columns]


def _lines(table: Table) -> list[Command]:
    lines: list[Command] = [
        ("LINEBELOW", (0, 0), (-1, -1), 0.4, style.HAIRLINE),
        ("RIGHTPADDING", (-1, 0), (-1, -1), 0),
    ]
    if table.header:
        lines += [("LINEBELOW", (0, 0), (-1, 0), 0.6, style.RULE), ("VALIGN", (0, 0), (-1, 0), "BOTTOM")]
    else:
        lines += [("LINEABOVE", (0, 0), (-1, 0), 0.6, style.RULE)]
    return lines


def _image(picture: Picture, width: float) -> MarkedImage:
    """Lossless, and as wide as its column unless it would fill the page."""
    rows, columns = picture.rgb.shape[:2]
    grey = (picture.rgb == picture.rgb[..., :1]).all()
    stream = io.BytesIO()
    Pixels.fromarray(picture.rgb[..., 0] if grey else picture.rgb).save(stream, "PNG")
    stream.seek(0)
    scale = min(width / columns, TALLEST_PICTURE / rows)
    return MarkedImage(stream, columns * scale, rows * scale, picture)
