import multiprocessing
import os
import signal

import numpy as np
import pytest

from viewer.core.errors import LowfieldError
from viewer.dicom import decode, isolated
from viewer.dicom.decode import PLUGINS, PixelFormat, undecodable
from viewer.dicom.guard import read_full
from viewer.dicom.isolated import Pool, pool
from viewer.dicom.load import load_series
from viewer.dicom.scan import scan
from viewer.dicom.slices import SliceFile

NAME = "CTImage.dcm_{}TransferSyntax_1.2.840.10008.1.2{}.dcm"
LOSSLESS = {
    "LittleEndianImplicit": "",
    "DeflatedExplicitVRLittleEndian": ".1.99",
    "RLELossless": ".5",
    "JPEGProcess14SV1": ".4.70",
    "JPEGLSLossless": ".4.80",
    "JPEG2000LosslessOnly": ".4.90",
}


def values_of(path):
    file = SliceFile.open(path)
    out = np.empty((file.format.rows, file.format.columns), np.float32)
    file.read(0, out)
    return out


@pytest.mark.parametrize("syntax", LOSSLESS)
def test_every_lossless_syntax_gives_the_same_numbers(shared_data, syntax):
    folder = shared_data("ct_syntaxes")
    expected = values_of(folder / NAME.format("LittleEndianExplicit", ".1"))
    assert (expected.min(), expected.max()) == (-3024, 1378)
    path = folder / NAME.format(syntax, LOSSLESS[syntax])
    assert np.array_equal(values_of(path), expected)
    assert not SliceFile.open(path).lossy


def test_lossy_syntax_is_near_and_says_so(shared_data):
    folder = shared_data("ct_syntaxes")
    expected = values_of(folder / NAME.format("LittleEndianExplicit", ".1"))
    path = folder / NAME.format("JPEGProcess1", ".4.50")
    difference = np.abs(values_of(path) - expected)[expected > -1024]
    assert difference.mean() < 20 and np.percentile(difference, 99) < 100  # 8 bits: steps of 32 HU
    assert SliceFile.open(path).lossy
    assert load_series(next(scan([path]).series())).origin.lossy


@pytest.mark.parametrize("syntax", ["JPEGProcess6_8", "JPEGProcess10_12"])
def test_retired_syntaxes_are_refused_by_name(shared_data, syntax):
    path = shared_data("ct_syntaxes") / NAME.format(syntax, ".4.53" if "6" in syntax else ".4.55")
    (info,) = scan([path]).series()
    assert not info.viewable
    assert "which this program cannot decode" in info.warnings[0]
    with pytest.raises(LowfieldError, match="cannot decode"):
        load_series(info)


def test_volume_of_compressed_slices(shared_data):
    (rle,) = scan([shared_data("dicom2nifti_headers/compressed_rle_MR.zip")]).series()
    (jls,) = scan([shared_data("dicom2nifti_headers/compressed_jpegls_MR.zip")]).series()
    assert np.array_equal(load_series(rle).data, load_series(jls).data)


def test_undecodable_names_the_syntax():
    assert undecodable("1.2.840.10008.1.2.1") == ""
    assert all(undecodable(syntax) == "" for syntax in PLUGINS)
    assert "MPEG2" in undecodable("1.2.840.10008.1.2.4.100")


@pytest.mark.parametrize(
    ("stored", "high", "signed", "raw", "expected"),
    [
        (12, 11, False, 0xF123, 0x123),
        (12, 11, True, 0xF800, -2048),
        (12, 11, True, 0x0FFF, -1),
        (12, 15, False, 0x123F, 0x123),
        (10, 9, False, 0xFFFF, 1023),
        (16, 15, True, 0xFFFF, -1),
    ],
)
def test_bits_around_the_stored_ones_are_dropped(maker, stored, high, signed, raw, expected):
    path = maker.slice(
        BitsStored=stored, HighBit=high, PixelRepresentation=int(signed), PixelData=np.full(24, raw, "<u2")
    )
    assert (values_of(path) == expected).all()


@pytest.mark.parametrize("bits", [8, 16, 32])
@pytest.mark.parametrize("signed", [False, True])
def test_widths_and_signs(maker, bits, signed):
    dtype = np.dtype(f"<{'i' if signed else 'u'}{bits // 8}")
    values = np.linspace(np.iinfo(dtype).min, min(np.iinfo(dtype).max, 2**24), 24).astype(dtype)
    path = maker.slice(
        BitsAllocated=bits, BitsStored=bits, HighBit=bits - 1, PixelRepresentation=int(signed), PixelData=values
    )
    assert np.array_equal(values_of(path).ravel(), values.astype(np.float32))


def test_big_endian(maker):
    values = np.arange(24, dtype=">u2") * 257
    path = maker.write("big.dcm", maker.dataset(PixelData=values), "1.2.840.10008.1.2.2")
    assert np.array_equal(values_of(path).ravel(), values.astype(np.float32))


def test_native_syntax_with_fragments_is_refused(maker, shared_data):
    path = shared_data("ct_syntaxes") / NAME.format("RLELossless", ".5")
    lie = maker.folder / "lie.dcm"
    lie.parent.mkdir()
    data = path.read_bytes()
    lie.write_bytes(data.replace(b"1.2.840.10008.1.2.5\0", b"1.2.840.10008.1.2.1\0", 1))
    with pytest.raises(LowfieldError, match="says they are not"):
        values_of(lie)


def request_of(syntax: str, data: bytes) -> dict:
    form = PixelFormat(syntax, 8, 8, 16, 16, 15, False, "MONOCHROME2")
    names = ("Rows", 8), ("Columns", 8), ("BitsAllocated", 16), ("BitsStored", 16), ("HighBit", 15)
    more = {"PixelRepresentation": 0, "PhotometricInterpretation": form.photometric}
    return {"syntax": syntax, "plugin": PLUGINS[syntax], "data": data, **dict(names), **more}


@pytest.mark.parametrize("syntax", PLUGINS)
def test_rubbish_becomes_a_message(tmp_path, syntax):
    with pytest.raises(LowfieldError, match=r"cannot be decoded|crash") as raised:
        pool().decode(request_of(syntax, b"\xff\xd8\xff\xf7 rubbish" * 20), tmp_path / "bad.dcm")
    assert raised.value.where.endswith("bad.dcm")


def test_a_dying_decoder_is_replaced(shared_data, tmp_path):
    own = Pool(1)
    good = SliceFile.open(shared_data("ct_syntaxes") / NAME.format("RLELossless", ".5"))
    request = request_of("1.2.840.10008.1.2.5", good.pixels.frame(0)) | {"Rows": 512, "Columns": 512}
    try:
        assert own.decode(request, tmp_path).shape == (512, 512)
        (child,) = [p for p in multiprocessing.active_children() if p.pid == own._children[0]._process.pid]
        child.kill()
        with pytest.raises(LowfieldError, match="crash"):
            own.decode(request, tmp_path)
        assert own.decode(request, tmp_path).shape == (512, 512)
    finally:
        own.close()


@pytest.mark.skipif(os.name != "posix", reason="stops a process by a POSIX signal")
def test_a_hanging_decoder_is_given_up(tmp_path, monkeypatch):
    monkeypatch.setattr(isolated, "SECONDS_PER_FRAME", 0.1)
    own = Pool(1)
    (child,) = own._children
    try:
        child._start()
        os.kill(child._process.pid, signal.SIGSTOP)
        with pytest.raises(LowfieldError, match="could not be decoded within"):
            own.decode(request_of("1.2.840.10008.1.2.5", b"\0" * 64), tmp_path)
        assert child._process is None
    finally:
        own.close()


def test_absurd_size_never_reaches_a_decoder(maker, monkeypatch):
    monkeypatch.setattr(decode, "MAX_FRAME_BYTES", 10)
    with pytest.raises(LowfieldError, match="too large"):
        values_of(maker.slice())


def test_truncated_multi_frame_fragments(shared_data):
    with pytest.raises(LowfieldError, match="truncated inside its compressed pixels"):
        read_full(shared_data("pydicom_data/emri_small_jpeg_2k_lossless_too_short.dcm"))
