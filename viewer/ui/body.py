"""The middle of the window: browser, messages over the pages, and the side panel of the workspace in front."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QSplitter, QStackedWidget, QVBoxLayout, QWidget

from viewer.ui.theme import SPACE
from viewer.ui.workspace_page import WorkspacePage

Pages = dict[str, WorkspacePage]
BROWSER_WIDTH = SPACE * 36
SIDE_WIDTH = SPACE * 38


class Body(QSplitter):
    """``pages`` by name; `show_page` brings one to the front with its side panel."""

    def __init__(self, browser: QWidget, messages: QWidget, start: QWidget, pages: Pages) -> None:
        super().__init__(Qt.Orientation.Horizontal)
        self.setHandleWidth(1)
        self.setChildrenCollapsible(False)
        self.browser, self.pages, self._start = browser, pages, start
        self.current = ""
        self.stack = QStackedWidget()
        self.stack.addWidget(start)
        self.side = QStackedWidget()
        for page in pages.values():
            self.stack.addWidget(page)
            if page.side_panel is not None:
                self.side.addWidget(page.side_panel)
        centre = QWidget()
        column = QVBoxLayout(centre)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(messages)
        column.addWidget(self.stack, 1)
        for widget in (browser, centre, self.side):
            self.addWidget(widget)
        self.setStretchFactor(1, 1)
        self.setSizes([BROWSER_WIDTH, 10 * BROWSER_WIDTH, SIDE_WIDTH])
        self.side.setMinimumWidth(SPACE * 30)
        browser.setMinimumWidth(SPACE * 26)
        self.wants_browser = self.wants_side = True

    def show_page(self, name: str) -> None:
        """Show the page ``mri`` or ``petct``; an empty name shows the start page."""
        self.current = name
        self.stack.setCurrentWidget(self.pages[name] if name else self._start)
        self.refresh()

    def want(self, *, browser: bool | None = None, side: bool | None = None) -> None:
        """Show or hide the panels, as the user wishes."""
        self.wants_browser = self.wants_browser if browser is None else browser
        self.wants_side = self.wants_side if side is None else side
        self.refresh()

    def refresh(self) -> None:
        """Show the panels that are wanted and have something to show."""
        page = self.pages.get(self.current)
        self.browser.setVisible(page is not None and self.wants_browser)
        panel = page.side_panel if page is not None and page.filled else None
        self.side.setVisible(panel is not None and self.wants_side)
        if panel is not None:
            self.side.setCurrentWidget(panel)
