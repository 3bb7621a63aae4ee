import struct
import zlib
from pathlib import Path

import numpy as np
import pytest

from viewer.core.errors import LowfieldError
from viewer.dicom import layout, walk
from viewer.dicom.guard import read_full, read_header
from viewer.dicom.layout import NotDicom, read_layout

UNDEFINED = 0xFFFFFFFF
EXPLICIT, IMPLICIT, DEFLATED = "1.2.840.10008.1.2.1", "1.2.840.10008.1.2", "1.2.840.10008.1.2.1.99"


def element(tag: int, vr: bytes, value: bytes, length: int | None = None) -> bytes:
    size = len(value) if length is None else length
    long = vr in (b"OB", b"OW", b"SQ", b"UN")
    head = struct.pack("<HH2s", tag >> 16, tag & 0xFFFF, vr)
    return head + (struct.pack("<HL", 0, size) if long else struct.pack("<H", size)) + value


def item(content: bytes, closed: bool) -> bytes:
    if closed:
        return struct.pack("<HHL", 0xFFFE, 0xE000, len(content)) + content
    return struct.pack("<HHL", 0xFFFE, 0xE000, UNDEFINED) + content + struct.pack("<HHL", 0xFFFE, 0xE00D, 0)


def nested(depth: int, closed: bool) -> bytes:
    content = element(0x00080050, b"SH", b"ab")
    for _ in range(depth):
        if closed:
            content = element(0x00081140, b"SQ", item(content, True))
        else:
            end = struct.pack("<HHL", 0xFFFE, 0xE0DD, 0)
            content = element(0x00081140, b"SQ", item(content, False) + end, UNDEFINED)
    return content


def file_of(path: Path, body: bytes, syntax: str = EXPLICIT) -> Path:
    uid = syntax.encode() + b"\0" * (len(syntax) % 2)
    path.write_bytes(b"\0" * 128 + b"DICM" + element(0x00020010, b"UI", uid) + body)
    return path


def test_header_stops_before_pixels_and_keeps_meta(maker):
    header = read_header(maker.slice())
    assert "PixelData" not in header
    assert header.PatientName == "Doe^Jane"
    assert header.file_meta.TransferSyntaxUID == EXPLICIT


def test_tags_limit_what_is_parsed(maker):
    header = read_header(maker.slice(), (0x00100020,))
    assert header.PatientID == "P1"
    assert "Rows" not in header


def test_full_holds_the_pixels(maker):
    values = np.arange(24, dtype="<u2")
    full = read_full(maker.slice(PixelData=values))
    assert full.PixelData == values.tobytes()
    assert np.array_equal(full.pixel_array.ravel(), values)


@pytest.mark.parametrize("closed", [True, False])
def test_nested_sequences_are_bounded(tmp_path, closed):
    assert read_header(file_of(tmp_path / "deep.dcm", nested(31, closed)))
    for depth in (34, 300, 3000):
        path = file_of(tmp_path / "bomb.dcm", nested(depth, closed))
        with pytest.raises(LowfieldError, match="nested more than 32 deep") as raised:
            read_header(path)
        assert raised.value.where.endswith("bomb.dcm")


def test_element_longer_than_the_file(tmp_path):
    body = element(0x00080050, b"SH", b"ab") + element(0x00091010, b"UN", b"x" * 8, 1 << 30)
    with pytest.raises(LowfieldError, match=r"\(0009,1010\) claims 1073741824 bytes"):
        read_header(file_of(tmp_path / "long.dcm", body))


def test_bulk_element_ends_the_header(tmp_path, monkeypatch):
    monkeypatch.setattr(walk, "MAX_ELEMENT_BYTES", 1000)
    body = element(0x00080050, b"SH", b"ab") + element(0x00420011, b"OB", b"x" * 2000)
    header = read_header(file_of(tmp_path / "pdf.dcm", body))
    assert header.AccessionNumber == "ab"
    assert len(header) == 1


def test_pixels_declared_longer_than_the_file(maker):
    path = maker.slice()
    data = path.read_bytes()
    at = data.index(b"\xe0\x7f\x10\x00OW")
    path.write_bytes(data[: at + 8] + struct.pack("<L", 0xFFFFFFF0) + data[at + 12 :])
    with pytest.raises(LowfieldError, match="48 bytes of pixels where 4294967280 are declared"):
        read_full(path)


@pytest.mark.parametrize("tag", [b"\x02\x00\x10\x00", b"\x08\x00\x60\x00", b"\x20\x00\x32\x00"])
def test_truncated_header(maker, tag):
    path = maker.slice()
    data = path.read_bytes()
    path.write_bytes(data[: data.index(tag) + 9])  # within the value: UIDs of any length move no cut onto a border
    with pytest.raises(LowfieldError, match=r"truncated|damaged") as raised:
        read_header(path)
    assert raised.value.where == str(path)


@pytest.mark.parametrize("content", [b"", b"Hello, I am a text file.\n" * 20, b"\x89PNG\r\n\x1a\n" + b"\0" * 200])
def test_other_files_are_no_dicom(tmp_path, content):
    path = tmp_path / "notes.dcm"
    path.write_bytes(content)
    with pytest.raises(NotDicom):
        read_header(path)


def test_missing_file(tmp_path):
    with pytest.raises(LowfieldError, match="cannot be read"):
        read_header(tmp_path / "absent.dcm")


@pytest.mark.parametrize("implicit", [True, False])
def test_file_without_preamble(tmp_path, maker, implicit):
    path = maker.write("whole.dcm", maker.dataset(), IMPLICIT if implicit else EXPLICIT)
    bare = tmp_path / "bare"
    data = path.read_bytes()
    start = data.index(read_layout(path).header)
    bare.write_bytes(data[start:])
    found = read_layout(bare)
    assert found.encoding.implicit is implicit
    assert read_header(bare).PatientID == "P1"
    assert read_full(bare).PixelData == read_full(path).PixelData


def test_syntax_that_lies_about_the_vr(maker):
    path = maker.write("lie.dcm", maker.dataset(), IMPLICIT)
    data = path.read_bytes()
    path.write_bytes(
        data.replace(IMPLICIT.encode() + b"\0\x02\x00\x12", EXPLICIT.encode()[:17] + b"\0\x02\x00\x12")
    )
    assert read_header(path).Rows == 4


def deflated(body: bytes) -> bytes:
    machine = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    return machine.compress(body) + machine.flush()


def test_deflated_file(maker, tmp_path):
    source = maker.slice(5)
    data = source.read_bytes()
    body = data[data.index(read_layout(source).header) :]
    path = file_of(tmp_path / "deflated.dcm", deflated(body), DEFLATED)
    assert read_header(path).PatientID == "P1"
    assert read_full(path).PixelData == read_full(source).PixelData


def test_deflated_bomb(tmp_path, monkeypatch):
    monkeypatch.setattr(layout, "MAX_INFLATED_BYTES", 1 << 20)
    path = file_of(tmp_path / "bomb.dcm", deflated(b"\0" * (8 << 20)), DEFLATED)
    assert path.stat().st_size < 20_000
    with pytest.raises(LowfieldError, match="unpacks to more than"):
        read_header(path)


def test_damaged_deflated_file(tmp_path):
    with pytest.raises(LowfieldError, match="compressed part cannot be read"):
        read_header(file_of(tmp_path / "bad.dcm", b"\xff\xfe garbage", DEFLATED))


def test_headers_of_real_files_agree_with_pydicom(shared_data):
    import pydicom

    files = [p for p in sorted(shared_data("ct_syntaxes").iterdir()) if p.suffix == ".dcm"]
    for path in files:
        expected = pydicom.dcmread(path, stop_before_pixels=True)
        assert set(read_header(path).keys()) == set(expected.keys())
