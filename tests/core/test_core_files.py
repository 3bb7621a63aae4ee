"""Files are replaced whole or not at all."""

import errno
import os
from pathlib import Path

import pytest

from viewer.core.errors import LowfieldError
from viewer.core.files import replacing, write_file


def test_a_file_and_its_folder_are_made(tmp_path):
    write_file(tmp_path / "new" / "a.json", b"1")
    assert (tmp_path / "new" / "a.json").read_bytes() == b"1"
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["a.json"]


def test_a_full_disk_keeps_the_old_file(tmp_path, monkeypatch):
    path = tmp_path / "a.csv"
    write_file(path, b"old")

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(LowfieldError, match="No space left") as caught:
        write_file(path, b"new")
    assert str(path) in str(caught.value)
    assert path.read_bytes() == b"old" and list(tmp_path.iterdir()) == [path]


def test_a_failing_writer_keeps_the_old_file_and_its_own_error(tmp_path):
    path = tmp_path / "a.nii.gz"
    write_file(path, b"old")
    with pytest.raises(ValueError, match="mine"), replacing(path) as temporary:
        assert temporary.name.endswith(".nii.gz") and temporary.parent == tmp_path
        temporary.write_bytes(b"half")
        raise ValueError("mine")
    assert path.read_bytes() == b"old" and list(tmp_path.iterdir()) == [path]


def test_a_folder_in_the_way_is_said(tmp_path):
    with pytest.raises(LowfieldError, match="cannot be written"):
        write_file(tmp_path, b"")
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(LowfieldError, match="cannot be written"):
        write_file(tmp_path / "file" / "below.pdf", b"")


@pytest.mark.skipif(os.name != "posix", reason="links and modes of POSIX")
def test_a_link_stays_a_link_and_the_mode_is_the_user_s_own(tmp_path):
    target, link = tmp_path / "target", tmp_path / "link"
    target.write_bytes(b"old")
    link.symlink_to(target)
    write_file(link, b"new")
    assert link.is_symlink() and target.read_bytes() == b"new"
    plain = tmp_path / "plain"
    plain.write_bytes(b"")
    assert Path(target).stat().st_mode == plain.stat().st_mode


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write anywhere")
def test_a_read_only_folder_is_said(tmp_path):
    tmp_path.chmod(0o500)
    with pytest.raises(LowfieldError, match="Permission denied"):
        write_file(tmp_path / "a", b"")
