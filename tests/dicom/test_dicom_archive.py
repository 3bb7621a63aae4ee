import os
import platform
import stat
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from viewer.core.errors import Cancelled, LowfieldError
from viewer.core.paths import user_data
from viewer.dicom import archive


def zip_of(path: Path, entries: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as opened:
        for name, content in entries.items():
            opened.writestr(name, content)
    return path


def test_unpacks_into_a_private_folder(tmp_path):
    folder, problems = archive.unpack(zip_of(tmp_path / "a.zip", {"x/one": b"1", "x/two": b"22"}))
    assert problems == []
    assert folder.is_relative_to(user_data().resolve())
    assert (folder / "x" / "two").read_bytes() == b"22"
    if os.name == "posix":
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert archive.shown(folder / "x" / "two") == (tmp_path / "a.zip/x/two").as_posix()
    archive.discard_all()
    assert not folder.exists()


@pytest.mark.parametrize(
    "name", ["../evil.dcm", "a/../../evil.dcm", "/etc/evil.dcm", "C:\\evil.dcm", "..\\evil.dcm", "a/b:stream"]
)
def test_entries_that_leave_the_zip_are_refused_and_the_rest_opens(tmp_path, name):
    folder, problems = archive.unpack(zip_of(tmp_path / "a.zip", {name: b"bad", "good.dcm": b"good"}))
    assert [problem.what for problem in problems] == ["points outside the ZIP and was left out."]
    assert name in problems[0].where
    assert [path.name for path in folder.rglob("*")] == ["good.dcm"]
    assert not list(tmp_path.rglob("evil*"))


def test_links_are_refused(tmp_path):
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as opened:
        link = zipfile.ZipInfo("link")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        opened.writestr(link, "/etc/passwd")
    folder, problems = archive.unpack(path)
    assert "link" in problems[0].what
    assert list(folder.iterdir()) == []


def test_same_name_twice_keeps_the_first(tmp_path):
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as opened:
        opened.writestr("one", b"first")
        with pytest.warns(UserWarning, match="Duplicate"):
            opened.writestr("one", b"second")
    folder, problems = archive.unpack(path)
    assert (folder / "one").read_bytes() == b"first"
    assert "twice" in problems[0].what


def test_too_much_is_refused_and_leaves_nothing(tmp_path, monkeypatch):
    monkeypatch.setattr(archive, "RATIO_FREE_BYTES", 1 << 20)
    path = zip_of(tmp_path / "bomb.zip", {"zeros": b"\0" * (8 << 20)})
    with pytest.raises(LowfieldError, match="more than is safe") as raised:
        archive.unpack(path)
    assert raised.value.where == str(path)
    assert list((user_data() / "unpacked").iterdir()) == []


def test_full_disk_is_seen_before_it_is_full(tmp_path, monkeypatch):
    monkeypatch.setattr(archive, "SPARE_BYTES", 1 << 62)
    with pytest.raises(LowfieldError, match="room"):
        archive.unpack(zip_of(tmp_path / "a.zip", {"one": b"1"}))


def test_password(tmp_path):
    path = zip_of(tmp_path / "a.zip", {"one": b"1"})
    data = bytearray(path.read_bytes())
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(mark) + offset] |= 1
    path.write_bytes(data)
    with pytest.raises(LowfieldError, match="password"):
        archive.unpack(path)


def test_damaged_entry_is_named_and_the_rest_opens(tmp_path):
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as opened:
        opened.writestr("bad", b"abcdefgh" * 10)
        opened.writestr("good", b"good")
    path.write_bytes(path.read_bytes().replace(b"abcdefgh", b"abcdefgX", 1))
    folder, problems = archive.unpack(path)
    assert "damaged" in problems[0].what
    assert [p.name for p in folder.iterdir()] == ["good"]


def test_cut_zip(tmp_path):
    path = zip_of(tmp_path / "a.zip", {"one": b"1" * 100})
    path.write_bytes(path.read_bytes()[:60])
    with pytest.raises(LowfieldError, match="cannot be unpacked"):
        archive.unpack(path)


def test_cancelling_leaves_nothing(tmp_path):
    def stop(fraction: float, text: str) -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        archive.unpack(zip_of(tmp_path / "a.zip", {"one": b"1"}), stop)
    assert list((user_data() / "unpacked").iterdir()) == []


def test_leftovers_of_a_crash_are_removed(tmp_path):
    child = subprocess.Popen([sys.executable, "-c", ""])
    child.wait()
    made = {name: user_data() / "unpacked" / name for name in ("zip old", f"zip {platform.node()} {child.pid} x")}
    alive = user_data() / "unpacked" / f"zip {platform.node()} {os.getppid()} x"
    elsewhere = user_data() / "unpacked" / f"zip elsewhere {child.pid} x"
    for folder in (*made.values(), alive, elsewhere):
        folder.mkdir(parents=True)
        (folder / "patient.dcm").write_bytes(b"x")
    os.utime(made["zip old"], (0, 0))
    archive.unpack(zip_of(tmp_path / "a.zip", {"one": b"1"}))
    assert not made["zip old"].exists()
    assert alive.exists() and elsewhere.exists()
    if os.name == "posix":
        assert not any(folder.exists() for folder in made.values())


def test_dicom_file_that_begins_like_a_zip(tmp_path):
    path = tmp_path / "odd.dcm"
    path.write_bytes(b"PK\x03\x04" + b"\0" * 124 + b"DICM")
    assert not archive.is_zip(path)
