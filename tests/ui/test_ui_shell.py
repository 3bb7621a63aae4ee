"""The window as a user meets it, without a display and without files."""

import sys
import threading
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import QFileDialog, QLabel, QMessageBox, QPushButton

from viewer.core.study import StudyIndex
from viewer.roi.shapes import Roi, Sphere
from viewer.ui import saver
from viewer.ui.study_model import SERIES_MIME


def drop(window: Any, data: QMimeData) -> None:
    event = QDropEvent(
        QPointF(10, 10),
        Qt.DropAction.CopyAction,
        data,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )
    window.dropEvent(event)


def texts(widget: Any) -> str:
    return "\n".join(label.text() for label in widget.findChildren(QLabel) if label.isVisibleTo(widget))


def test_an_empty_window_shows_the_ways_in(shell: Any) -> None:
    window = shell.window
    assert window.body.stack.currentWidget() is window.start
    assert not window.browser.isVisible()
    buttons = [button.text() for button in window.start.findChildren(QPushButton)]
    assert buttons[:3] == ["Open folder…", "Open files or ZIP…", "Open the demo study"]
    assert "Research use; not for primary diagnosis" in texts(window.status)


def test_opening_a_folder_shows_patient_and_first_study(shell: Any, qtbot: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: "/somewhere/study")
    shell.action("file.open_folder").trigger()
    qtbot.waitUntil(lambda: shell.session.volume("mri") is not None)
    assert shell.calls[0] == "open /somewhere/study"
    assert "Curie, Marie" in shell.window.header.name.accessibleName()
    assert "ID ID-1 · born 1867-11-07" in shell.window.header.details.accessibleName()
    assert shell.window.body.current == "mri" and shell.action("view.mri").isChecked()
    assert shell.window.minimumSizeHint().width() <= 1280  # pages that are not shown count, too
    assert shell.window.browser.isVisible()


def test_one_key_hides_the_patient_everywhere(opened: Any) -> None:
    assert opened.action("view.patient").shortcut().toString() == "P"
    opened.action("view.patient").trigger()
    shown = opened.window.header.name.accessibleName() + opened.window.header.details.accessibleName()
    assert "Curie" not in shown and "ID-1" not in shown
    opened.action("view.petct").trigger()
    page = opened.window.pages["petct"]
    offers = [button.text() for button in page.findChildren(QPushButton) if button.isVisible()]
    assert offers == ["2026-01-02 · pet"]


def test_dropped_files_are_opened_and_a_dropped_series_shown(shell: Any, qtbot: Any) -> None:
    files = QMimeData()
    files.setUrls([QUrl.fromLocalFile("/a.zip"), QUrl.fromLocalFile("/b")])
    drop(shell.window, files)
    qtbot.waitUntil(lambda: shell.session.volume("mri") is not None)
    assert shell.calls[0] == "open /a.zip /b"
    one = QMimeData()
    one.setData(SERIES_MIME, b"pt")
    drop(shell.window, one)
    qtbot.waitUntil(lambda: shell.session.volume("pet") is not None)
    assert shell.window.body.current == "petct"
    assert shell.window.body.side.isVisible(), "the workspace in front brings its panel"


def test_a_workspace_without_series_offers_studies_that_have_some(opened: Any, qtbot: Any) -> None:
    opened.action("view.petct").trigger()
    page = opened.window.pages["petct"]
    assert "No PET or CT series is open." in texts(page)
    assert not opened.window.body.side.isVisible()
    offers = [button for button in page.findChildren(QPushButton) if button.isVisible()]
    assert [button.text() for button in offers] == ["Curie, Marie  ·  2026-01-02 · pet"]
    offers[0].click()
    qtbot.waitUntil(lambda: opened.session.volume("pet") is not None)
    assert page.currentWidget() is page.workspace and opened.session.study_uid == "1.2"


def test_a_running_job_is_shown_and_can_be_cancelled(shell: Any, pipeline: Any, qtbot: Any) -> None:
    gate = threading.Event()
    pipeline.hold = lambda: gate.wait(20)  # until the test has seen it, however busy the machine
    shell.workflow.open_paths([Path("/x")])
    job = shell.window.status.job
    qtbot.waitUntil(lambda: job.job is not None and job.job.title == "Loading series mr")
    qtbot.waitUntil(lambda: job.isVisible())
    assert job.text.geometry().right() < job.bar.x() < job.cancel.x(), "nothing lies over anything"
    job.cancel.click()
    gate.set()
    qtbot.waitUntil(lambda: not shell.workflow.runner.jobs)
    assert not job.isVisible()
    assert shell.session.volume("mri") is None and shell.session.key("mri") == ""
    assert shell.window.messages.shown[0].severity == "warning", "a cancellation is no error"


def test_an_error_names_what_where_and_what_to_do(opened: Any, pipeline: Any, qtbot: Any) -> None:
    pipeline.fail = "load"
    opened.workflow.open_series("mr2")
    qtbot.waitUntil(lambda: "It did not work." in texts(opened.window.messages))  # Qt shows it a turn later
    shown = texts(opened.window.messages)
    assert "It did not work." in shown and "Try something else." in shown and "load" in shown


def test_what_could_not_be_opened_leaves_the_window_when_another_open_succeeds(
    opened: Any, pipeline: Any, qtbot: Any, monkeypatch: Any
) -> None:
    messages, workflow = opened.window.messages, opened.workflow
    messages.clear()
    messages.say("warning", "Not about opening.")
    pipeline.fail = "open"
    workflow.open_paths([Path("/broken")])
    qtbot.waitUntil(lambda: messages.shown[0].severity == "error" and not workflow.runner.jobs)
    pipeline.fail = ""
    with monkeypatch.context() as empty:
        empty.setattr(pipeline, "open_study", lambda paths, progress: StudyIndex((Path("/empty"),), ()))
        workflow._do = pipeline.functions()
        workflow.open_paths([Path("/empty")])
        qtbot.waitUntil(lambda: len(messages.shown) == 3 and not workflow.runner.jobs)
    workflow._do = pipeline.functions()
    assert "was found in empty" in messages.shown[0].text
    workflow.open_paths([Path("/somewhere/study")])
    qtbot.waitUntil(lambda: len(messages.kept) > 4 and not workflow.runner.jobs)
    told = [one.text for one in messages.shown]
    assert "It did not work." not in told and "Not about opening." in told
    assert not any("was found in empty" in text for text in told)
    assert "broken.dcm: The file ends early." in told, "what the open that succeeded has to say stays"
    assert "It did not work." in [one.text for one in messages.kept], "the list forgets nothing"


def test_a_series_that_cannot_be_loaded_stays_named_until_another_is_opened(
    opened: Any, pipeline: Any, qtbot: Any
) -> None:
    messages, workflow = opened.window.messages, opened.workflow
    pipeline.fail = "load"
    workflow.open_series("mr2")
    qtbot.waitUntil(lambda: messages.shown[0].severity == "error" and not workflow.runner.jobs)
    pipeline.fail = ""
    assert any(one.text == "It did not work." for one in messages.shown)
    workflow.open_series("pt")
    assert not any(one.text == "It did not work." for one in messages.shown)


def test_undo_names_the_step(opened: Any) -> None:
    assert not opened.action("edit.undo").isEnabled()
    opened.session.add_roi(Roi("Liver", Sphere((0.0, 0.0, 0.0), 5.0)))
    assert opened.action("edit.undo").isEnabled()
    assert opened.action("edit.undo").text() == "&Undo Add Liver"
    opened.action("edit.undo").trigger()
    assert opened.session.rois == () and opened.action("edit.redo").isEnabled()


def test_work_is_saved_a_moment_later_and_comes_back(make_shell: Any, qtbot: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(saver, "AFTER_CHANGE_MS", 1)
    first = make_shell()
    first.workflow.open_paths([Path("/x")])
    qtbot.waitUntil(lambda: first.session.volume("mri") is not None)
    first.session.add_roi(Roi("Liver", Sphere((0.0, 0.0, 0.0), 5.0)))
    qtbot.waitUntil(lambda: not first.session.unsaved)
    second = make_shell()
    second.workflow.open_paths([Path("/x")])
    qtbot.waitUntil(lambda: second.session.volume("mri") is not None)
    assert [roi.name for roi in second.session.rois] == ["Liver"]


@pytest.mark.parametrize(
    ("answer", "closed"), [(QMessageBox.StandardButton.Discard, True), (QMessageBox.StandardButton.Cancel, False)]
)
def test_closing_asks_only_when_work_would_be_lost(
    opened: Any, monkeypatch: Any, answer: Any, closed: bool
) -> None:
    asked: list[int] = []
    monkeypatch.setattr(saver, "_ask", lambda window: asked.append(1) or answer)
    monkeypatch.setattr(opened.session, "flush", lambda: False)
    assert opened.window.close() is closed and asked == [1]


def test_closing_saves_and_stops_jobs(opened: Any, pipeline: Any) -> None:
    opened.session.add_roi(Roi("Liver", Sphere((0.0, 0.0, 0.0), 5.0)))
    assert opened.window.close()
    assert not opened.session.unsaved
    assert len(list((opened.home / "sessions").glob("*.json"))) == 1
    assert opened.workflow.runner.submit(lambda progress: None).cancelled


def test_recent_studies_are_offered_while_they_exist(make_shell: Any, qtbot: Any, tmp_path: Path) -> None:
    place = tmp_path / "study"
    place.mkdir()
    first = make_shell()
    first.workflow.open_paths([place])
    qtbot.waitUntil(lambda: first.session.volume("mri") is not None)
    assert "Curie" not in (first.home / "recent.json").read_text()
    second = make_shell()
    assert "study" in [button.text() for button in second.window.start.findChildren(QPushButton)]
    place.rmdir()
    second.window.start.refresh()
    qtbot.waitUntil(lambda: len(second.window.start.findChildren(QPushButton)) == 3)


def test_closing_all_studies_returns_to_the_start_page(opened: Any) -> None:
    opened.action("file.close").trigger()
    assert opened.window.body.current == "" and not opened.window.browser.isVisible()
    assert opened.window.header.name.accessibleName() == ""


def test_export_goes_where_the_user_says(opened: Any, qtbot: Any, monkeypatch: Any, tmp_path: Path) -> None:
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(tmp_path / "out"), ""))
    opened.action("file.report").trigger()
    qtbot.waitUntil(lambda: f"report {tmp_path / 'out.pdf'}" in opened.calls)
    qtbot.waitUntil(lambda: opened.window.messages.shown[0].text == "Written: out.pdf")


def test_a_folder_with_files_is_refused_for_export(opened: Any, monkeypatch: Any, tmp_path: Path) -> None:
    (tmp_path / "x").write_text("")
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(tmp_path))
    opened.action("file.export_denoised").setEnabled(True)
    opened.action("file.export_denoised").trigger()
    assert opened.window.messages.shown[0].text == "The folder is not empty."


def test_repainting_leaks_no_references(opened: Any) -> None:
    """PySide6 6.12.0 dropped references to True and None at every paint until the interpreter died."""
    opened.window.grab()
    before = sys.getrefcount(True), sys.getrefcount(None)
    for _ in range(100):
        opened.window.grab()
    after = sys.getrefcount(True), sys.getrefcount(None)
    assert all(now > then - 50 for now, then in zip(after, before))
