from dataclasses import replace
from typing import Any

from PySide6.QtWidgets import QLabel, QPushButton

from tests.ui.conftest import INDEX
from viewer.ui.banner import Banner
from viewer.ui.facts import Facts
from viewer.ui.study_delegate import two_lines

INTERFERENCE, UNCERTAIN = "Denoising: interference lines.", "Denoising: sigma is uncertain."


def test_a_warning_about_a_series_is_on_the_window_only_while_that_series_is(opened: Any, qtbot: Any) -> None:
    """Interference lines of one scan stood above the image of another."""
    messages, session = opened.window.messages, opened.session

    def shows(*texts: str) -> None:
        def banners() -> list[str]:
            return sorted(one.message.text for one in messages.findChildren(Banner) if one.isVisible())

        qtbot.waitUntil(lambda: banners() == sorted(texts))  # Qt shows a new one a turn later

    messages.clear()
    session.warned.emit("mr", "Denoising", INTERFERENCE, "")
    session.message.emit("info", "Copied.", "")
    shows("Copied.", INTERFERENCE)
    opened.workflow.open_series("mr2")
    shows("Copied.")
    opened.workflow.open_series("mr")
    shows("Copied.", INTERFERENCE)
    session.warned.emit("mr", "Denoising", UNCERTAIN, "")
    shows("Copied.", UNCERTAIN)
    session.warned.emit("mr", "Denoising", "", "")
    shows("Copied.")


def test_series_that_differ_at_the_end_of_their_names_look_different() -> None:
    names = [
        f"0.055T_FLAIR_{cage}_2D kspace repetition {n}"
        for cage in ("No RF cage", "RF cage installed")
        for n in (1, 2)
    ]
    shown = [two_lines(name, lambda text: 7 * len(text), 130) for name in names]
    assert len(set(shown)) == 4
    for name, (first, second) in zip(names, shown):
        assert 7 * len(first) <= 130 and (first + second).replace(" ", "") == name.replace(" ", "")
    assert two_lines("T2", lambda text: 7 * len(text), 130) == ("T2", "")
    assert two_lines("x" * 40, lambda text: 7 * len(text), 130) == ("x" * 18, "x" * 22)


def test_old_rows_do_not_show_through_new_ones(qtbot: Any) -> None:
    """Qt deletes a turn later: until then the old numbers were painted over the new ones."""
    facts = Facts()
    qtbot.addWidget(facts)
    facts.show()
    facts.show_rows([("Sigma", "0.97"), ("Error", "12 %")])
    old = facts.findChildren(QLabel)
    qtbot.waitUntil(lambda: len(old) == 4 and all(one.isVisible() for one in old))
    facts.show_rows([("Sigma", "0.59")])
    assert not any(one.isVisible() for one in old)


def test_a_long_name_does_not_make_the_window_grow(shell: Any, qtbot: Any) -> None:
    """The page that offers other studies stands behind the images: its buttons made the window 1796 wide."""
    name = "Wolfeschlegelsteinhausenbergerdorff-Montgomery^Hubertus Maximilian Alexander" * 2
    patient = replace(INDEX.patients[0], name=name)
    shell.session.add_index(replace(INDEX, patients=(patient,)))
    page = shell.window.pages["mri"]
    assert page.minimumSizeHint().width() < 700
    assert any("2026-01-01" in one.text() for one in page.findChildren(QPushButton)), "the date is not cut"
