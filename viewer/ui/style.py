"""One style sheet, generated from the tokens."""

from dataclasses import asdict
from string import Template

from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QApplication

from viewer.core.paths import resources
from viewer.ui.theme import Tokens

SHEET = Template("""
* { font-size: 10pt; }
QWidget { color: $text; selection-background-color: $accent_soft; selection-color: $text; }
QMainWindow, QDialog, QMessageBox { background: $surface; }
QToolTip { background: $raised; color: $text; border: 1px solid $line; padding: 4px 8px; }

QMenuBar { background: $raised; border-bottom: 1px solid $line; padding: 0 8px; }
QMenuBar::item { padding: 6px 8px; border-radius: 4px; background: transparent; }
QMenuBar::item:selected { background: $accent_soft; }
QMenu { background: $raised; border: 1px solid $line; padding: 4px; }
QMenu::item { padding: 6px 24px 6px 12px; border-radius: 4px; }
QMenu::item:selected { background: $accent_soft; }
QMenu::item:disabled { color: $edge; }
QMenu::separator { height: 1px; background: $line; margin: 4px 8px; }
QMenu::icon { padding-left: 8px; }

QPushButton { background: $raised; border: 1px solid $edge; border-radius: 4px; padding: 6px 16px; }
QPushButton:hover { background: $accent_soft; border-color: $accent; }
QPushButton:pressed { background: $line; }
QPushButton:disabled { color: $edge; border-color: $line; }
QPushButton:focus { border: 2px solid $accent; padding: 5px 15px; }
QPushButton[primary="true"] { background: $accent; border-color: $accent; color: $on_accent; font-weight: 600; }
QPushButton[primary="true"]:hover { background: $text; border-color: $text; color: $surface; }
QPushButton[primary="true"]:focus { border: 2px solid $text; }
QPushButton[primary="true"]:disabled { background: $line; border-color: $line; color: $muted; }
QPushButton::menu-indicator { image: url("$images/down.svg"); width: 10px; height: 10px;
  subcontrol-origin: border; subcontrol-position: right center; right: 10px; }
QPushButton[menu="true"] { padding-right: 28px; }
QPushButton[flat="true"] { background: transparent; border: 2px solid transparent; color: $accent;
  padding: 3px 8px; text-align: left; }
QPushButton[flat="true"]:hover { background: $accent_soft; }
QPushButton[flat="true"]:focus { border: 2px solid $accent; }

QToolButton { background: transparent; border: 2px solid transparent; border-radius: 4px; padding: 4px; }
QToolButton:hover { background: $accent_soft; }
QToolButton:checked { background: $accent_soft; }
QToolButton:checked:disabled { background: transparent; }
QToolButton:focus { border-color: $accent; }
QToolButton[outlined="true"] { border: 1px solid $edge; padding: 3px 8px; }
QToolButton[outlined="true"]:hover, QToolButton[outlined="true"]:focus { border-color: $accent; }
QToolButton[tab="true"] { border-radius: 0; border: none; border-bottom: 3px solid transparent;
  padding: 6px 16px 3px; color: $muted; font-weight: 600; }
QToolButton[tab="true"]:hover { color: $text; background: transparent; border-bottom-color: $line; }
QToolButton[tab="true"]:checked { color: $text; border-bottom-color: $accent; background: transparent; }
QToolButton[tab="true"]:disabled { color: $edge; }
QToolButton[tab="true"]:focus { border: 2px solid $accent; border-bottom: 3px solid $accent;
  padding: 4px 14px 3px; }
QScrollArea[side="true"] { border: 2px solid transparent; background: $surface; }
QScrollArea[side="true"]:focus { border-color: $accent; }

QLineEdit, QAbstractSpinBox, QComboBox, QPlainTextEdit, QTextEdit {
  background: $sunken; border: 1px solid $edge; border-radius: 4px; padding: 4px 8px; min-height: 20px;
  placeholder-text-color: $muted; }
QLineEdit:focus, QAbstractSpinBox:focus, QComboBox:focus, QPlainTextEdit:focus, QTextEdit:focus {
  border: 2px solid $accent; padding: 3px 7px; }
QLineEdit:disabled, QAbstractSpinBox:disabled, QComboBox:disabled { color: $edge; border-color: $line; }
QComboBox::drop-down { border: none; width: 24px; }
QComboBox::down-arrow { image: url("$images/down.svg"); width: 12px; height: 12px; }
QAbstractSpinBox QLineEdit { border: none; background: transparent; padding: 0 4px; min-height: 0; }
QAbstractSpinBox { padding-right: 24px; }
QAbstractSpinBox::up-button, QAbstractSpinBox::down-button { border: none; width: 20px; background: transparent; }
QAbstractSpinBox::up-button { subcontrol-origin: border; subcontrol-position: top right; }
QAbstractSpinBox::down-button { subcontrol-origin: border; subcontrol-position: bottom right; }
QAbstractSpinBox::up-button:hover, QAbstractSpinBox::down-button:hover { background: $accent_soft; }
QAbstractSpinBox::up-arrow { image: url("$images/up.svg"); width: 12px; height: 12px; }
QAbstractSpinBox::down-arrow { image: url("$images/down.svg"); width: 12px; height: 12px; }
QComboBox QAbstractItemView { background: $raised; border: 1px solid $line; }
QCheckBox, QRadioButton { spacing: 8px; padding: 2px; border: 2px solid transparent; border-radius: 4px; }
QCheckBox:focus, QRadioButton:focus { border-color: $accent; }
QCheckBox::indicator, QRadioButton::indicator, QTableView::indicator, QTreeView::indicator {
  width: 14px; height: 14px; border: 1px solid $edge; border-radius: 3px; background: $sunken; }
QRadioButton::indicator { border-radius: 8px; }
QCheckBox::indicator:checked, QTableView::indicator:checked, QTreeView::indicator:checked {
  background: $accent; border-color: $accent; image: url("$images/check.svg"); }
QRadioButton::indicator:checked { background: $accent; border: 4px solid $sunken; width: 8px; height: 8px; }
QCheckBox:disabled, QRadioButton:disabled { color: $muted; }
QCheckBox::indicator:disabled { border-color: $line; }

QTreeView, QListView, QTableView, QTableWidget {
  background: $sunken; alternate-background-color: $raised; border: 1px solid $line; gridline-color: $line;
  outline: none; }
QTreeView:focus, QListView:focus, QTableView:focus { border: 1px solid $accent; }
QTreeView::item:selected, QListView::item:selected, QTableView::item:selected {
  background: $accent_soft; color: $text; }
QTreeView::branch { background: $sunken; }
QTableView::item { padding: 4px 8px; }
QTreeView[plain="true"] { border: none; border-top: 1px solid $line; }
QDialogButtonBox { dialogbuttonbox-buttons-have-icons: 0; }
QHeaderView { background: $raised; border: none; }
QHeaderView::section { background: $raised; color: $muted; border: none; border-bottom: 1px solid $line;
  padding: 4px 11px; font-weight: 600; }

QScrollBar:vertical { background: transparent; width: 10px; margin: 0; }
QScrollBar:horizontal { background: transparent; height: 10px; margin: 0; }
QScrollBar::handle { background: $edge; border-radius: 3px; margin: 2px; min-height: 24px; min-width: 24px; }
QScrollBar::handle:hover { background: $muted; }
QScrollBar::add-line, QScrollBar::sub-line { width: 0; height: 0; }
QScrollBar::add-page, QScrollBar::sub-page { background: transparent; }
QAbstractScrollArea::corner { background: transparent; border: none; }
QSplitter::handle { background: $line; }
QSplitter::handle:hover { background: $accent; }
QProgressBar { background: $line; border: none; border-radius: 3px; max-height: 6px; min-height: 6px; }
QProgressBar::chunk { background: $accent; border-radius: 3px; }
QSlider::groove:horizontal { background: $line; height: 4px; border-radius: 2px; }
QSlider::sub-page:horizontal { background: $accent; border-radius: 2px; }
QSlider::handle:horizontal { background: $raised; border: 2px solid $accent; width: 12px; margin: -6px 0;
  border-radius: 8px; }
QSlider::handle:horizontal:disabled { border-color: $edge; }
QSlider:focus { border: 1px solid $accent; border-radius: 4px; }
QGroupBox { border: 1px solid $line; border-radius: 4px; margin-top: 16px; padding: 8px; }
QGroupBox::title { subcontrol-origin: margin; left: 8px; color: $muted; font-weight: 600; }

QFrame[panel="true"] { background: $raised; border: none; }
QFrame[panel="side"] { background: $surface; border: none; }
QLabel[role="muted"] { color: $muted; }
QLabel[role="small"] { color: $muted; font-size: 9pt; }
QLabel[role="title"] { font-size: 22pt; font-weight: 300; }
QLabel[role="heading"] { font-size: 11pt; font-weight: 600; }
QLabel[role="strong"] { font-weight: 600; }
QLabel[role="error"] { color: $error; }
QLabel[role="warning"] { color: $warning; }
QFrame[role="separator"] { background: $line; border: none; }
QFrame[message="ok"] { background: $raised; border: none; border-left: 4px solid $ok; }
QFrame[message="info"] { background: $accent_soft; border: none; border-left: 4px solid $accent; }
QFrame[message="warning"] { background: $warning_soft; border: none; border-left: 4px solid $warning; }
QFrame[message="error"] { background: $error_soft; border: none; border-left: 4px solid $error; }
QTextBrowser[tall="true"] { min-height: 256px; }
QFrame[drop="true"] { background: $raised; border: 2px dashed $edge; border-radius: 8px; }
QFrame[drop="over"] { background: $accent_soft; border: 2px dashed $accent; border-radius: 8px; }
QFrame[card="true"] { background: $raised; border: 1px solid $line; border-radius: 8px; }
QWidget[image="true"] { background: $image; color: $image_text; }
QStatusBar { background: $raised; border-top: 1px solid $line; }
QStatusBar::item { border: none; }
""")


def style_sheet(tokens: Tokens) -> str:
    """Return the application's style sheet."""
    images = resources() / "ui" / ("dark" if tokens.dark else "light")
    return SHEET.substitute(asdict(tokens), images=images.as_posix())


def dress(application: QApplication, tokens: Tokens) -> None:
    """Give the application a style sheet and a palette from the tokens."""
    application.setPalette(_palette(tokens))
    application.setStyleSheet(style_sheet(tokens))


def _palette(tokens: Tokens) -> QPalette:
    role = QPalette.ColorRole
    colors = {
        role.Window: tokens.surface,
        role.Base: tokens.sunken,
        role.AlternateBase: tokens.raised,
        role.Button: tokens.raised,
        role.ToolTipBase: tokens.raised,
        role.Text: tokens.text,
        role.WindowText: tokens.text,
        role.ButtonText: tokens.text,
        role.ToolTipText: tokens.text,
        role.PlaceholderText: tokens.muted,
        role.Highlight: tokens.accent_soft,
        role.HighlightedText: tokens.text,
        role.Link: tokens.accent,
        role.Mid: tokens.line,
        role.Accent: tokens.accent,
    }
    palette = QPalette()
    for name, color in colors.items():
        palette.setColor(name, QColor(color))
    for name in (role.Text, role.WindowText, role.ButtonText):
        palette.setColor(QPalette.ColorGroup.Disabled, name, QColor(tokens.edge))
    return palette
