"""Menus from the table of actions."""

from PySide6.QtWidgets import QMenu, QMenuBar

from viewer.ui.action_table import CATEGORIES
from viewer.ui.actions import Actions

BREAK_BEFORE = {
    "file.close",
    "file.report",
    "file.quit",
    "view.find",
    "view.system",
    "view.fullscreen",
    "image.cine",
    "roi.rename",
    "help.problems",
    "help.about",
}


def fill_menus(bar: QMenuBar, actions: Actions) -> QMenu:
    """Build all menus; returns the still empty menu of recent studies."""
    recent = QMenu("Open &recent", bar)
    for category, title in CATEGORIES.items():
        menu = bar.addMenu(title)
        menu.setToolTipsVisible(True)
        for action in actions.of(category):
            if action.data() in BREAK_BEFORE:
                menu.addSeparator()
            menu.addAction(action)
            if action.data() == "file.open_files":
                menu.addMenu(recent)
    return recent
