"""The sections that explain a number: each can be folded, all of it can be selected and copied."""

from collections.abc import Sequence

from PySide6.QtCore import QEvent, Qt, QUrl
from PySide6.QtGui import QGuiApplication, QPalette, QTextOption
from PySide6.QtWidgets import QTextBrowser

from viewer.ui.rich_text import rows_html, words_html
from viewer.ui.theme import SPACE
from viewer.ui.why import Section, as_text

SIGNS = {True: "▾", False: "▸"}


class ProvenanceText(QTextBrowser):
    """Names and values. What the user folded stays folded for other numbers."""

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName("Why this value")
        self.setOpenLinks(False)
        self.setProperty("tall", True)
        self.setWordWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)  # UIDs have no words
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.document().setDocumentMargin(SPACE)
        self.sections: tuple[Section, ...] = ()
        self._open: dict[str, bool] = {}
        self.anchorClicked.connect(lambda url: self.toggle(int(QUrl(url).fragment())))

    def show_sections(self, sections: Sequence[Section]) -> None:
        """Show sections; nothing is written anew when they are those on show."""
        if tuple(sections) != self.sections:
            self.sections = tuple(sections)
            self._write()

    @property
    def headline(self) -> str:
        """The title of the first section: whose number, and what it is."""
        return self.sections[0].title if self.sections else ""

    @property
    def text(self) -> str:
        """All of it as plain text, folded or not."""
        return as_text(self.sections)

    def is_open(self, number: int) -> bool:
        """Whether a section shows its rows; the first is known by its place, since its title is the number."""
        section = self.sections[number]
        return self._open.get(self._key(number), section.open)

    def toggle(self, number: int) -> None:
        """Fold or unfold a section."""
        self._open[self._key(number)] = not self.is_open(number)
        self._write()

    def copy_all(self) -> None:
        """Put all of it on the clipboard."""
        QGuiApplication.clipboard().setText(self.text)

    def changeEvent(self, event: QEvent) -> None:  # noqa: D102
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange and self.sections:
            self._write()

    def _key(self, number: int) -> str:
        return self.sections[number].title if number else ""

    def _write(self) -> None:
        place = self.verticalScrollBar().value()
        ink = self.palette().color(QPalette.ColorRole.Text).name()
        muted = self.palette().color(QPalette.ColorRole.PlaceholderText).name()
        parts = []
        for number, section in enumerate(self.sections):
            sign = SIGNS[self.is_open(number)]
            link = f'<a href="#{number}" style="color:{ink}; text-decoration:none">{sign} {{}}</a>'
            title = link.format(words_html(section.title))
            parts.append(f'<p style="margin:6px 0 2px 0"><b>{title}</b></p>')
            if self.is_open(number):
                parts.append(rows_html(section.rows, muted))
        self.setHtml("".join(parts))
        self.verticalScrollBar().setValue(place)
