"""A reader that crashes, hangs on or is cancelled leaves the program alive and the next file readable."""

import os
import signal
import time

import numpy as np
import pytest

from viewer.core.errors import Cancelled, LowfieldError
from viewer.core.progress import silent
from viewer.formats import ismrmrd
from viewer.formats.entry import Reader
from viewer.formats.index import READERS
from viewer.formats.isolated import isolated


def crash(path):
    os.kill(os.getpid(), signal.SIGSEGV)


def sleep(path, item, progress):
    time.sleep(60)


BAD = isolated(Reader(crash, sleep))


@pytest.fixture
def good(mrd, tmp_path):
    image = np.ones((1, 3, 8, 8), np.complex64)
    return mrd.images(tmp_path / "a.h5", {"image_0": [(image, {"field_of_view": (80, 80, 15)})]})


def test_the_child_gives_what_the_reader_gives(good):
    reader = READERS["ismrmrd"]
    (entry,) = reader.entries(good)
    assert entry == ismrmrd.entries(good)[0]
    volume, own = reader.load(good, entry.item, silent), ismrmrd.load(good, entry.item, silent)
    np.testing.assert_array_equal(volume.data, own.data)
    assert volume.geometry.same_grid(own.geometry)
    assert volume.warnings == own.warnings
    assert not volume.data.flags.writeable


def test_its_errors_arrive_whole(tmp_path):
    (tmp_path / "b.h5").write_bytes(b"\x89HDF\r\n\x1a\n" + b"x" * 500)
    with pytest.raises(LowfieldError, match="damaged") as caught:
        READERS["ismrmrd"].entries(tmp_path / "b.h5")
    assert "b.h5" in caught.value.where
    assert caught.value.hint


def test_a_crash_is_a_message_and_the_next_file_opens(good, tmp_path):
    with pytest.raises(LowfieldError, match="crashed") as caught:
        BAD.entries(tmp_path / "c.h5")
    assert "c.h5" in caught.value.where
    assert READERS["ismrmrd"].entries(good)


def test_a_reader_that_hangs_can_be_cancelled(good, tmp_path):
    def progress(fraction, text):
        raise Cancelled

    with pytest.raises(Cancelled):
        BAD.load(tmp_path / "c.h5", "", progress)
    assert READERS["ismrmrd"].entries(good)
