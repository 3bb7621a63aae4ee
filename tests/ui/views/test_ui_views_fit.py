"""Nothing in the panels is wider than its place: a cut number or unit is a wrong one."""

import pytest
from PySide6.QtWidgets import QAbstractButton, QComboBox, QLabel, QWidget

from viewer.ui.style import dress
from viewer.ui.theme import DARK, LIGHT

NARROWEST = 304
"""Width of the side panel in a window of 1280 pixels."""


def cut(widget):
    """Return what is written in labels and on buttons that need more width than they have."""
    found = []
    for each in (*widget.findChildren(QLabel), *widget.findChildren(QAbstractButton)):
        if not each.isVisible() or not each.text() or isinstance(each.parentWidget(), QComboBox):
            continue
        wraps = isinstance(each, QLabel) and each.wordWrap()
        if wraps and each.height() < each.heightForWidth(each.width()):
            found.append(each.text())
        if not wraps and each.sizeHint().width() > each.width():
            found.append(each.text())
    return found


@pytest.mark.parametrize("tokens", [LIGHT, DARK])
def test_the_denoising_panel_cuts_nothing_at_1280(mri, bench, qapp, denoised, tokens):
    dress(qapp, tokens)
    panel = mri.side_panel
    bench.session.set_denoised("mr", denoised)
    panel.trust.fold.click()
    panel.resize(NARROWEST, 1400)
    panel.show()
    bench.settle()
    bench.qtbot.waitUntil(lambda: not cut(panel))
    assert panel.widget().width() <= panel.viewport().width()


def test_what_is_cut_is_found(qtbot):
    outer = QWidget()
    qtbot.addWidget(outer)
    label = QLabel("12.345 kBq/mL", outer)
    outer.show()
    label.setFixedWidth(20)
    assert cut(outer) == ["12.345 kBq/mL"]
