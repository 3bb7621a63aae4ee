"""OpenJPEG and the Rust RLE decoder as pydicom plugins; pydicom's own need the umbrella package pylibjpeg."""

from pydicom.pixels.decoders.base import DecodeRunner, get_decoder
from pydicom.uid import UID

LABEL = "lowfield"
RLE = UID("1.2.840.10008.1.2.5")
SYNTAXES = (*(UID(f"1.2.840.10008.1.2.4.{n}") for n in (90, 91, 201, 202, 203)), RLE)
DECODER_DEPENDENCIES = dict.fromkeys(SYNTAXES, ("pylibjpeg-openjpeg", "pylibjpeg-rle"))


def register() -> None:
    """Make the plugins known to pydicom in this process."""
    for syntax in SYNTAXES:
        decoder = get_decoder(syntax)
        if LABEL not in decoder.available_plugins:
            decoder.add_plugin(LABEL, (__name__, "decode_frame"))


def is_available(uid: str) -> bool:
    """Whether the syntax is one of ours (pydicom asks)."""
    return uid in SYNTAXES


def decode_frame(source: bytes, runner: DecodeRunner) -> bytearray:
    """Decode one monochrome frame to little-endian bytes, and tell the runner how wide a number is."""
    if runner.transfer_syntax == RLE:
        from rle.utils import decode_pixel_data as decode_rle

        runner.set_option("planar_configuration", 1)
        return bytearray(decode_rle(source, version=2, **runner.options))
    from openjpeg.utils import decode_pixel_data as decode_j2k

    decoded = decode_j2k(source, version=2, **runner.options)
    precision = runner.get_option("j2k_precision", runner.bits_stored)
    runner.set_option("bits_allocated", 8 if precision <= 8 else 16 if precision <= 16 else 32)
    return bytearray(decoded)
