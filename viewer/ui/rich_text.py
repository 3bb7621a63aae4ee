"""Names, values and the tables of a report as rich text of Qt; every word is escaped."""

from collections.abc import Sequence
from html import escape

from viewer.report.tables import Table


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


def table_html(table: Table, muted: str, warning: str) -> str:
    """Return a table of a report with its title, label (in ``warning``) and note; empty where it has no rows."""
    if not table.rows:
        return ""
    parts = [f"<h3>{words_html(table.title)}</h3>"] if table.title else []
    parts += [f'<p style="color:{warning}">{words_html(table.label)}</p>'] if table.label else []
    head = "".join(_cell("th", n, text, table, muted) for n, text in enumerate(table.header))
    body = "".join(
        f"<tr>{''.join(_cell('td', n, text, table, '') for n, text in enumerate(row))}</tr>" for row in table.rows
    )
    parts.append(f'<table cellspacing="0" cellpadding="4"><tr>{head}</tr>{body}</table>')
    parts += [f'<p style="color:{muted}">{words_html(table.note)}</p>'] if table.note else []
    return "".join(parts)


def table_text(table: Table) -> str:
    """Return a table as tab-separated text with its title."""
    lines = [table.title, table.label, *("\t".join(row) for row in (table.header, *table.rows) if row), table.note]
    return "\n".join(line for line in lines if line)


def _cell(tag: str, number: int, text: str, table: Table, color: str) -> str:
    side = "right" if number >= table.numbers_from else "left"
    style = f' style="color:{color}"' if color else ""
    return f'<{tag} align="{side}"{style}>{words_html(text)}</{tag}>'
