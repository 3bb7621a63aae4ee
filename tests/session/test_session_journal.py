"""What survives: closing, crashing, a full disk, a damaged file."""

import errno
import json
from pathlib import Path
from typing import Any

import pytest

from viewer.session import files
from viewer.session.autosave import Autosave
from viewer.session.document import from_document, to_document
from viewer.session.journal import Journal
from viewer.session.session import Session


def reopen(folder: Path, index: Any) -> tuple[Session, list[tuple[str, str, str]]]:
    session, told = Session(Autosave(Journal(folder))), []
    session.message.connect(lambda *message: told.append(message))
    session.add_index(index)
    session.activate("1.2")
    return session, told


def worked(folder: Path, make: Any) -> Session:
    """A session in which the user did everything that is kept."""
    session = reopen(folder, make.index)[0]
    session.assign("pet", "pt")
    session.add_roi(make.roi("Liver", 12.5))
    session.set_window("pet", (5.0, 10.0))
    session.choose("fusion", opacity=0.25, palette="PET")
    session.choose("compare", show=("raw", "residual"), linked=False)
    session.choose("denoise", sigma=3.5)
    session.choose("measure", acquired_as="F-18", nuclide="Tb-149", reference="injection")
    session.set_cursor((1.0, -2.5, 3.0))
    return session


def test_everything_comes_back(tmp_path: Path, make: Any) -> None:
    before = worked(tmp_path, make)
    assert before.unsaved and before.flush() and not before.unsaved
    after, told = reopen(tmp_path, make.index)
    assert after.state == before.state
    assert told == []


def test_series_that_are_gone_are_not_assigned(tmp_path: Path, make: Any) -> None:
    worked(tmp_path, make).flush()
    session = Session(Autosave(Journal(tmp_path)))
    session.activate("1.2")
    assert session.key("pet") == "" and [roi.name for roi in session.rois] == ["Liver"]


def test_file_names_hold_no_patient_data(tmp_path: Path, make: Any) -> None:
    worked(tmp_path, make).flush()
    names = [path.name for path in tmp_path.iterdir()]
    assert len(names) == 1 and names[0].endswith(".json")
    assert "1.2" not in names[0] and "Patient" not in names[0]
    assert "Patient" not in (tmp_path / names[0]).read_text()


def test_the_generation_before_is_kept(tmp_path: Path, make: Any) -> None:
    session = worked(tmp_path, make)
    session.flush()
    session.add_roi(make.roi("Spleen"))
    session.flush()
    backup = json.loads(next(tmp_path.glob("*.bak")).read_text())
    assert [roi["name"] for roi in backup["rois"]] == ["Liver"]


@pytest.mark.parametrize(
    "damage", [b"", b"{", b'{"format": "lowfield-session"', b"\xff\xfe\x00", b"[" * 5000, b"[1]"]
)
def test_a_damaged_file_falls_back_with_a_message(tmp_path: Path, make: Any, damage: bytes) -> None:
    session = worked(tmp_path, make)
    session.flush()
    session.add_roi(make.roi("Spleen"))
    session.flush()
    main = next(tmp_path.glob("*.json"))
    main.write_bytes(damage)
    after, told = reopen(tmp_path, make.index)
    assert [roi.name for roi in after.rois] == ["Liver"]
    assert told[0][0] == "error" and "generation before" in told[0][2]
    kept = next(tmp_path.glob("*.unread*"))
    assert kept.read_bytes() == damage, "what could not be read is kept, not overwritten"
    after.add_roi(make.roi("C"))
    assert after.flush()
    assert [roi.name for roi in reopen(tmp_path, make.index)[0].rois] == ["Liver", "C"]


def test_both_files_damaged_starts_fresh_and_says_so(tmp_path: Path, make: Any) -> None:
    session = worked(tmp_path, make)
    session.flush()
    session.select_roi("")
    session.flush()
    for path in tmp_path.iterdir():
        path.write_text("not json")
    after, told = reopen(tmp_path, make.index)
    assert after.rois == () and "without saved ROIs" in told[0][2]
    assert len(list(tmp_path.glob("*.unread*"))) == 2


def test_a_newer_format_is_not_overwritten(tmp_path: Path, make: Any) -> None:
    worked(tmp_path, make).flush()
    path = next(tmp_path.glob("*.json"))
    newer = json.dumps({"format": "lowfield-session", "version": 99, "rois": []})
    path.write_text(newer)
    after, _ = reopen(tmp_path, make.index)
    after.add_roi(make.roi("A"))
    after.flush()
    assert next(tmp_path.glob("*.unread*")).read_text() == newer


def test_one_bad_field_costs_only_itself(tmp_path: Path, make: Any) -> None:
    worked(tmp_path, make).flush()
    path = next(tmp_path.glob("*.json"))
    document = json.loads(path.read_text())
    document["fusion"]["opacity"] = "half"
    document["rois"].append({"name": "Bad", "type": "sphere", "center_lps_mm": [0, 0], "radius_mm": -1})
    path.write_text(json.dumps(document))
    after, told = reopen(tmp_path, make.index)
    assert [roi.name for roi in after.rois] == ["Liver"]
    assert after.state.fusion.opacity == 0.5 and after.window("pet") == (5.0, 10.0)
    assert "fusion" in told[0][2] and "Bad" in told[0][2]
    assert next(tmp_path.glob("*.unread*")).exists()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("fusion", {"palette": "Rainbow"}),
        ("fusion", {"opacity": 2.0}),
        ("compare", {"show": []}),
        ("compare", {"show": ["raw", "other"]}),
        ("denoise", {"sigma": 0.0}),
        ("denoise", {"strength": -1.0}),
        ("measure", {"reference": "yesterday"}),
    ],
)
def test_impossible_choices_go_back_to_the_default(field: str, value: Any) -> None:
    default = Session().state
    state, complaints = from_document("", to_document(default) | {field: value})
    assert state == default and field in complaints[0]


@pytest.mark.parametrize(
    "field", ["assigned", "windows", "fusion", "compare", "denoise", "measure", "cursor_lps_mm", "rois"]
)
@pytest.mark.parametrize("value", [None, 3, "x", [], [None], {"a": None}, {"opacity": True}])
def test_no_field_can_break_reopening(make: Any, field: str, value: Any) -> None:
    document = to_document(Session().state) | {field: value}
    state, _ = from_document("1.2", document)
    assert state.study_uid == "1.2"


class FullDisk:
    """A disk that refuses until told otherwise."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, code: int = errno.ENOSPC) -> None:
        self.full = True
        real = files.os.fsync

        def fsync(handle: int) -> None:
            if self.full:
                raise OSError(code, "No space left on device")
            real(handle)

        monkeypatch.setattr(files.os, "fsync", fsync)


def test_a_full_disk_loses_nothing(tmp_path: Path, make: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    session = worked(tmp_path, make)
    session.flush()
    saved = next(tmp_path.glob("*.json")).read_text()
    told: list[tuple[str, str, str]] = []
    session.message.connect(lambda *message: told.append(message))
    disk = FullDisk(monkeypatch)
    session.add_roi(make.roi("Spleen"))
    assert not session.flush() and not session.flush() and session.unsaved
    assert [message[1] for message in told] == ["Not saved: the disk is full."], "once, not at every retry"
    assert next(tmp_path.glob("*.json")).read_text() == saved, "the file on disk is the last good one"
    assert not list(tmp_path.glob(".*.tmp"))
    session.activate("1.1")
    session.activate("1.2")
    assert len(session.rois) == 2, "unsaved work is still in memory"
    disk.full = False
    assert session.flush() and told[-1][0] == "info"
    assert len(reopen(tmp_path, make.index)[0].rois) == 2


def test_unsaved_work_outlives_closing_the_study(
    tmp_path: Path, make: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    disk = FullDisk(monkeypatch, errno.EACCES)
    session = worked(tmp_path, make)
    session.close_all()
    session.add_index(make.index)
    session.activate("1.2")
    assert [roi.name for roi in session.rois] == ["Liver"]
    disk.full = False
    assert session.flush()


def test_a_study_only_looked_at_writes_nothing(tmp_path: Path, make: Any) -> None:
    session = reopen(tmp_path, make.index)[0]
    assert session.flush() and list(tmp_path.iterdir()) == []
