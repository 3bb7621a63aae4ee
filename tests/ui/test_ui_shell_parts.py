"""Theme, actions, browser, messages, keys: each for itself."""

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QKeySequence

from viewer.core.errors import Cancelled, LowfieldError
from viewer.core.study import Problem, SeriesInfo
from viewer.session.session import Session
from viewer.ui import crash, words
from viewer.ui.action_table import CATEGORIES, TABLE
from viewer.ui.banner import Banner
from viewer.ui.icons import SHAPES, pixmap
from viewer.ui.keys_sheet import KeysSheet
from viewer.ui.problems import ProblemsDialog
from viewer.ui.study_browser import thumbnail
from viewer.ui.study_model import KEY, KIND, OPEN, PICTURE
from viewer.ui.style import SHEET, style_sheet
from viewer.ui.theme import DARK, LIGHT, Theme, Tokens, contrast

GROUNDS = ("surface", "raised", "sunken", "accent_soft")
TEXTS = [(text, ground) for text in ("text", "muted", "accent") for ground in GROUNDS]
MESSAGES = [("text", f"{kind}_soft") for kind in ("warning", "error")]
MESSAGES += [("muted", f"{kind}_soft") for kind in ("warning", "error")] + [("warning", "warning_soft")]
PAIRS = [*TEXTS, *MESSAGES, ("error", "error_soft"), ("on_accent", "accent"), ("image_text", "image")]
SIGNS = [("edge", ground) for ground in GROUNDS[:3]] + [("accent", ground) for ground in GROUNDS]


@pytest.mark.parametrize("tokens", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize(("front", "ground"), PAIRS)
def test_text_is_readable(tokens: Tokens, front: str, ground: str) -> None:
    assert contrast(getattr(tokens, front), getattr(tokens, ground)) >= 4.5


@pytest.mark.parametrize("tokens", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize(("front", "ground"), SIGNS)
def test_borders_and_focus_rings_are_visible(tokens: Tokens, front: str, ground: str) -> None:
    assert contrast(getattr(tokens, front), getattr(tokens, ground)) >= 3.0


def test_contrast_of_known_colours() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21.0)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


def test_every_focusable_kind_has_a_focus_rule(qapp: Any) -> None:
    for kind in ("QPushButton", "QToolButton", "QLineEdit", "QCheckBox", "QSlider", "QTreeView", "QComboBox"):
        assert re.search(rf"{kind}[^{{]*:focus", SHEET.template), kind
    for tokens in (LIGHT, DARK):
        sheet = style_sheet(tokens)
        assert "$" not in sheet
        assert all(Path(path).is_file() for path in re.findall(r'url\("([^"]+)"\)', sheet))


def test_theme_is_remembered(shell: Any, make_shell: Any) -> None:
    for mode, tokens in (("dark", DARK), ("light", LIGHT)):
        shell.action(f"view.{mode}").trigger()
        assert Theme(shell.settings).tokens is tokens
        assert make_shell().action(f"view.{mode}").isChecked()


def test_no_key_means_two_things() -> None:
    keys = [QKeySequence(key).toString() for spec in TABLE for key in spec.keys]
    assert sorted(keys) == sorted(set(keys))
    assert all(keys), "every key is one Qt understands"


def test_every_action_has_words_a_menu_and_an_icon_that_exists(shell: Any) -> None:
    for spec in TABLE:
        assert spec.text and spec.category in CATEGORIES
        assert not spec.icon or spec.icon in SHAPES
        assert shell.action(spec.id).toolTip()


def test_icons_draw_something_in_the_colour_asked_for(qapp: Any) -> None:
    for name in SHAPES:
        image = pixmap(name, "#ff0000").toImage()
        colors = {
            image.pixelColor(x, y).name()
            for x in range(40)
            for y in range(40)
            if image.pixelColor(x, y).alpha() > 250
        }
        assert colors == {"#ff0000"}, name


def test_impossible_actions_are_off(shell: Any, qtbot: Any) -> None:
    assert not any(
        shell.action(name).isEnabled() for name in ("file.report", "mri.denoise", "roi.sphere", "view.mri")
    )
    assert shell.action("file.open_folder").isEnabled()
    shell.workflow.open_paths([Path("/x")])
    qtbot.waitUntil(lambda: shell.session.volume("mri") is not None)
    assert shell.action("mri.denoise").isEnabled() and not shell.action("roi.sphere").isEnabled()


def test_keys_can_be_changed_and_stay_changed(shell: Any, make_shell: Any) -> None:
    sheet = KeysSheet(shell.window.actions_, shell.settings, shell.window)
    assert not sheet.change("mri.denoise", QKeySequence("Ctrl+O")), "taken by Open folder"
    assert "Open folder" in sheet.problem.text()
    assert sheet.change("mri.denoise", QKeySequence("Ctrl+Shift+D"))
    assert make_shell().action("mri.denoise").shortcut() == QKeySequence("Ctrl+Shift+D")
    sheet.reset()
    assert make_shell().action("mri.denoise").shortcut() == QKeySequence("D")


def rows(browser: Any) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []

    def walk(parent: Any) -> None:
        for row in range(browser.filter.rowCount(parent)):
            index = browser.filter.index(row, 0, parent)
            found.append((index.data(KIND), index.data(KEY)))
            walk(index)

    walk(browser.tree.rootIndex())
    return found


def test_browser_lists_and_searches(opened: Any) -> None:
    browser = opened.window.browser
    assert [key for kind, key in rows(browser) if kind == "series"] == ["mr", "sc", "ct", "pt", "mr2"]
    browser.search.setText("curie PT")
    assert rows(browser) == [("patient", "ID-1"), ("study", "1.2"), ("series", "pt")]
    browser.search.setText("山田")
    assert [key for kind, key in rows(browser) if kind == "series"] == ["mr2"]
    browser.search.setText("nothing like it")
    assert rows(browser) == []


def test_browser_opens_with_the_keyboard(opened: Any, qtbot: Any) -> None:
    browser = opened.window.browser
    browser.search.setText("series pt")
    study = browser.filter.index(0, 0, browser.filter.index(0, 0))
    browser.tree.setCurrentIndex(browser.filter.index(0, 0, study))
    qtbot.keyClick(browser.tree, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: opened.session.volume("pet") is not None)
    assert opened.window.body.current == "petct"


def test_browser_marks_what_is_open_and_shows_thumbnails(opened: Any, qtbot: Any) -> None:
    item = opened.window.browser.model._series["mr"]
    assert item.data(OPEN) and not opened.window.browser.model._series["mr2"].data(OPEN)
    qtbot.waitUntil(lambda: item.data(PICTURE) is not None)
    opened.session.add_index(opened.session.index)
    assert opened.window.browser.model._series["mr"].data(PICTURE) is not None, "pictures survive a new index"


def test_thumbnails_have_the_proportions_of_the_patient(qapp: Any) -> None:
    info = SeriesInfo("x", "MR", "", "", 1, (1, 10, 20), (5.0, 4.0, 1.0), "", ())
    picture = thumbnail(info, np.arange(200, dtype=np.float32).reshape(10, 20))
    assert picture.height() == 2 * picture.width()


def test_messages_stack_three_and_keep_all(shell: Any, qtbot: Any) -> None:
    messages = shell.window.messages
    for n in range(5):
        messages.say("info", f"message {n}")
    messages.say("info", "message 4")
    assert [one.text for one in messages.shown] == [f"message {n}" for n in (4, 3, 2, 1, 0)]
    assert messages._more.text() == "2 more messages…"
    assert len(messages.kept) == 6
    messages.show_error(LowfieldError("first"))
    messages.say("info", "message 5")

    def shown() -> list[str]:
        return [banner.message.severity for banner in messages.findChildren(Banner) if banner.isVisible()]

    qtbot.waitUntil(lambda: shown() == ["error", "info", "info"])  # an error is not pushed away by notes
    messages.clear()
    assert not messages.isVisible()


def test_messages_can_be_copied(shell: Any) -> None:
    shell.window.messages.show_error(LowfieldError("No half-life.", where="PET AC", hint="Choose one."))
    text = shell.window.messages.shown[0].as_text()
    assert all(part in text for part in ("Error", "No half-life.", "PET AC", "Choose one."))


def test_a_message_that_begins_mid_sentence_names_its_place(shell: Any) -> None:
    shell.window.messages.show_error(LowfieldError("contains no DICOM images.", where=Path("/data/empty")))
    assert shell.window.messages.shown[0].heading == "empty contains no DICOM images."


def test_problems_can_be_copied(shell: Any) -> None:
    dialog = ProblemsDialog([Problem("a.dcm", "is text"), Problem("b.dcm", "is short")], shell.window)
    dialog.copy()
    assert QGuiApplication.clipboard().text() == "a.dcm: is text\nb.dcm: is short"


def test_a_bug_is_logged_without_its_words(private_home: Path) -> None:
    name = "Curie^Marie"
    try:
        raise ValueError(name)
    except ValueError as error:
        shown = crash.for_user(error)
    assert shown is not None and "Internal error" in shown.what and "Curie" not in str(shown)
    log = crash.log_path().read_text()
    assert "ValueError" in log and "test_ui_shell_parts" in log and "Curie" not in log


def test_errors_raised_inside_a_signal_are_still_the_users(private_home: Path) -> None:
    session = Session()

    def refuse() -> None:
        raise LowfieldError("No.")

    session.index_changed.connect(refuse)
    with pytest.raises(Exception, match=r"No\.") as caught:
        session.index_changed.emit()
    shown = crash.for_user(caught.value)
    assert shown is not None and shown.what == "No."
    assert crash.for_user(Cancelled()) is None
    assert not crash.log_path().exists()


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Curie^Marie", "Curie, Marie"),
        ("Yamada^Tarou=山田^太郎=やまだ^たろう", "Yamada, Tarou (山田 太郎)"),
        ("=洪^吉洞", "洪 吉洞"),
        ("Müller^Anna^Maria^Dr", "Müller, Dr Anna Maria"),
        ("", ""),
    ],
)
def test_names_of_all_alphabets(text: str, shown: str) -> None:
    assert words.person_name(text) == shown
