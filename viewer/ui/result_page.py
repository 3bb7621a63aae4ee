"""A page of results in a window of its own: a form on top, below it tables and plots as a report prints them."""

from collections.abc import Sequence

from PySide6.QtCore import QUrl
from PySide6.QtGui import QGuiApplication, QTextDocument
from PySide6.QtWidgets import QDialog, QHBoxLayout, QPushButton, QTextBrowser, QVBoxLayout, QWidget
from reportlab.graphics.shapes import Drawing

from viewer.report.fonts import register
from viewer.report.tables import Table
from viewer.session.session import Session
from viewer.ui.drawing_picture import SHARP, drawn
from viewer.ui.parts import button
from viewer.ui.rich_text import table_html, table_text, words_html
from viewer.ui.theme import SPACE, Theme

PLOT_POINTS = 580.0


class ResultPage(QDialog):
    """Does not block the window it belongs to. ``form`` asks, `show_results` answers.

    It belongs to the study that was open when it was made, and closes with it.
    """

    def __init__(self, parent: QWidget, theme: Theme, session: Session, title: str, form: QWidget) -> None:
        super().__init__(parent)
        register()  # before anybody measures a text that goes into a plot
        self.setWindowTitle(title)
        self.resize(SPACE * 130, SPACE * 92)
        self._theme, self._session = theme, session
        self._study_uid = session.study_uid
        self._tables: tuple[Table, ...] = ()
        self._plots: tuple[Drawing, ...] = ()
        self._warnings: tuple[str, ...] = ()
        self._hint = ""
        self.body = QTextBrowser()
        self.body.setAccessibleName("Results")
        self.body.document().setDocumentMargin(SPACE * 2)
        self.copy = button("Copy as text", self._copy)
        self.copy.setEnabled(False)
        self.buttons = QHBoxLayout()
        self.buttons.addWidget(self.copy)
        self.buttons.addStretch(1)
        self.close_button = button("Close", self.close)
        self.buttons.addWidget(self.close_button)
        for each in (self.copy, self.close_button):
            each.setAutoDefault(False)  # Enter in a field means the form
        self.column = column = QVBoxLayout(self)
        column.setContentsMargins(*(SPACE * 2,) * 4)
        column.setSpacing(SPACE)
        column.addWidget(form)
        column.addWidget(self.body, 1)
        column.addLayout(self.buttons)
        theme.changed.connect(self._write)
        session.study_changed.connect(self._on_study)

    @property
    def current(self) -> bool:
        """Whether its study is still the one that is open: answers that come later are for nobody."""
        return self._study_uid == self._session.study_uid

    def _on_study(self, _: str) -> None:
        if not self.current:
            self.close()

    def show_text(self, text: str) -> None:
        """Say what went wrong in place of results."""
        self._tables = self._plots = ()
        self._warnings, self._hint = (text,), ""
        self._write()

    def show_hint(self, text: str) -> None:
        """Say quietly, in place of results, what the page is for or what it is doing."""
        self._tables = self._plots = self._warnings = ()
        self._hint = text
        self._write()

    def show_results(self, tables: Sequence[Table], plots: Sequence[Drawing], warnings: Sequence[str]) -> None:
        """Show tables, the plots after the first of them, and what to be wary of on top."""
        self._tables, self._plots = tuple(table for table in tables if table.rows), tuple(plots)
        self._warnings, self._hint = tuple(warnings), ""
        self._write()

    def add_button(self, made: QPushButton, *, last: bool = False) -> None:
        """Put a button beside the one that copies, or as the ``last`` one before that which closes."""
        self.buttons.insertWidget(self.buttons.count() - 1 if last else 1, made)

    def add_line(self, widget: QWidget) -> None:
        """Put a line between the results and the buttons."""
        self.column.insertWidget(self.column.count() - 1, widget)

    @property
    def text(self) -> str:
        """Tables and warnings as text, tab separated."""
        return "\n\n".join([*self._warnings, *map(table_text, self._tables)])

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self.text)

    def _write(self) -> None:
        tokens = self._theme.tokens
        parts = [f'<p style="color:{tokens.muted}">{words_html(self._hint)}</p>'] if self._hint else []
        parts += [f'<p style="color:{tokens.warning}">{words_html(text)}</p>' for text in self._warnings]
        tables = [table_html(table, tokens) for table in self._tables]
        pictures = []
        for number, plot in enumerate(self._plots):
            name = QUrl(f"plot:{number}")
            image = drawn(plot, tokens)
            self.body.document().addResource(QTextDocument.ResourceType.ImageResource, name, image)
            pictures.append(f'<p><img src="{name.toString()}" width="{round(image.width() / SHARP)}"></p>')
        self.body.setHtml("".join([*parts, *tables[:1], *pictures, *tables[1:]]))
        self.copy.setEnabled(bool(self._tables))
