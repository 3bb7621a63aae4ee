"""Names, values and the tables of a report as rich text of Qt; every word is escaped."""

from collections.abc import Sequence
from html import escape

from viewer.report.tables import Table
from viewer.ui.theme import Tokens


def words_html(text: str) -> str:
    """Return text that may be put into rich text."""
    return escape(text).replace("\n", "<br>")


def rows_html(rows: Sequence[tuple[str, str]], muted: str) -> str:
    """Return (name, value) rows; the names in ``muted`` (#rrggbb), a row without a name over the whole width."""
    cells = []
    for name, value in rows:
        if name:
            head = f'<td width="38%" style="color:{muted}; padding-right:8px">{words_html(name)}</td>'
            cells.append(f"<tr>{head}<td>{words_html(value)}</td></tr>")
        else:
            cells.append(f'<tr><td colspan="2">{words_html(value)}</td></tr>')
    return f'<table width="100%" cellspacing="0" cellpadding="1">{"".join(cells)}</table>'


def table_html(table: Table, tokens: Tokens) -> str:
    """Return a table of a report with its title, its label as a warning, and its note; empty without rows.

    Columns keep the shares of the report over the whole width; verdicts (``pass``, ``fail``) are coloured, too.
    """
    if not table.rows:
        return ""
    parts = [f"<h3>{words_html(table.title)}</h3>"] if table.title else []
    parts += [f'<p style="color:{tokens.warning}">{words_html(table.label)}</p>'] if table.label else []
    rows = [_row("th", table.header, table, tokens)] if table.header else []
    rows += [_row("td", row, table, tokens) for row in table.rows]
    wide = ' width="99%"' if table.header else ""
    parts.append(f'<table cellspacing="0" cellpadding="4"{wide}>{"".join(rows)}</table>')
    parts += [f'<p style="color:{tokens.muted}">{words_html(table.note)}</p>'] if table.note else []
    return "".join(parts)


def table_text(table: Table) -> str:
    """Return a table as tab-separated text with its title."""
    lines = [table.title, table.label, *("\t".join(row) for row in (table.header, *table.rows) if row), table.note]
    return "\n".join(line for line in lines if line)


def _row(tag: str, texts: Sequence[str], table: Table, tokens: Tokens) -> str:
    shares = table.shares if table.header and len(table.shares) == len(texts) else ()
    widths = [f' width="{share / sum(shares):.0%}"' for share in shares] or [""] * len(texts)
    edge, cells = "bottom" if tag == "th" else "top", []
    for number, (text, width) in enumerate(zip(texts, widths, strict=True)):
        side = "right" if number >= table.numbers_from else "left"
        color = _color(tag, number, text, table, tokens)
        style = f' style="color:{color}"' if color else ""
        cells.append(f'<{tag} align="{side}" valign="{edge}"{width}{style}>{words_html(text)}</{tag}>')
    return f"<tr>{''.join(cells)}</tr>"


def _color(tag: str, number: int, text: str, table: Table, tokens: Tokens) -> str:
    """Return the colour of a cell: names and headings are muted, verdicts coloured, the rest as it is."""
    if tag == "th" or (number == 0 and not table.header):
        return tokens.muted
    verdict = text.split(" ", 1)[0]
    return {"pass": tokens.ok, "fail": tokens.error}.get(verdict, "")
