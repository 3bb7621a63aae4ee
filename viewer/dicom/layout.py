"""Where things lie in a DICOM file, found without trusting it: bounded, and before any parser sees it.

Encodings: PS3.5 chapter 7 (elements, sequences), Annex A (transfer syntaxes); file format: PS3.10 chapter 7.
"""

import os
import struct
import zlib
from pathlib import Path
from typing import NamedTuple

from viewer.core.errors import LowfieldError
from viewer.dicom.elements import Damaged, Encoding, OutOfBytes, check_depth, element, looks_explicit
from viewer.dicom.walk import MAX_HEADER_BYTES, Elements, Pixels, Recurring, Runs, Source, elements_of, walk

MAX_INFLATED_BYTES = 1 << 30
FIRST_READ_BYTES = 1 << 15
IMPLICIT_LITTLE = "1.2.840.10008.1.2"
EXPLICIT_LITTLE = "1.2.840.10008.1.2.1"
EXPLICIT_BIG = "1.2.840.10008.1.2.2"
DEFLATED = "1.2.840.10008.1.2.1.99"
TRANSFER_SYNTAX = 0x00020010
META = Encoding(implicit=False, little=True)
DAMAGED_HINT = "Copy it again from its source."

Tags = frozenset[int] | None


class NotDicom(LowfieldError):
    """The file is something else; harmless in a folder, an error when it was asked for by name."""


class Layout(NamedTuple):
    """A file taken apart. ``meta`` and ``header`` are the bytes of group 2 and of everything before the pixels.

    ``elements`` are those whose bytes make up ``header``; ``passed`` all that lie before the pixels and
    ``passed_meta`` those of group 2. ``plain_meta`` says that group 2 holds nothing that a parser could stumble
    over. ``inflated`` holds the whole data set of a deflated file (offsets then count from its start), else None.
    ``size`` counts the bytes that offsets may refer to.
    """

    path: Path
    meta: bytes
    header: bytes
    encoding: Encoding
    transfer_syntax: str
    pixels: Pixels | None
    size: int
    elements: Elements
    passed: Runs
    passed_meta: Runs
    plain_meta: bool
    inflated: bytes | None = None


def read_layout(path: Path, wanted: Tags = None, like: "Layout | None" = None) -> Layout:
    """Take the file apart; raise `NotDicom`, or `LowfieldError` where it is damaged or hostile.

    ``header`` keeps only the elements ``wanted`` (all when None): a scan needs few, and parsing costs most.
    Elements that recur from ``like``, the last file of the series, need not be taken apart again.
    """
    try:
        with path.open("rb", buffering=0) as file:
            size = os.fstat(file.fileno()).st_size
            first = file.read(FIRST_READ_BYTES)
            meta = _meta(first, path, like)
            if meta.syntax == DEFLATED:
                file.seek(meta.end)
                inflated = inflate(file.read(), path)
                source = Source(None, inflated, len(inflated))
                return _explore(source, 0, path, meta, wanted, like, inflated)
            return _explore(Source(file, first, size), meta.end, path, meta, wanted, like)
    except OSError as error:
        raise LowfieldError(f"cannot be read ({error.strerror}).", where=path) from error


class _Meta(NamedTuple):
    """Group 2: its bytes and elements, where it ends, the transfer syntax; ``plain`` as in `Layout`."""

    raw: bytes
    runs: Runs
    end: int
    syntax: str
    plain: bool


def _explore(
    source: Source,
    start: int,
    path: Path,
    meta: _Meta,
    wanted: Tags,
    like: Layout | None,
    inflated: bytes | None = None,
) -> Layout:
    encoding = _encoding(source.data, start, meta.syntax)
    usual = like.passed if like and like.encoding == encoding else ()
    while True:
        try:
            passed, pixels = walk(source, start, encoding, usual)
            elements = _chosen(elements_of(passed), wanted)
            header = b"".join([raw for _, raw in elements])
            check_depth(header, encoding)
            break
        except OutOfBytes:
            if source.grow():
                continue
            what = "is truncated or too large" if source.size > MAX_HEADER_BYTES else "is truncated"
            raise LowfieldError(f"{what} in its header.", where=path, hint=DAMAGED_HINT) from None
        except Damaged as error:
            raise LowfieldError(f"is damaged: {error}.", where=path, hint=DAMAGED_HINT) from None
    return Layout(
        path=path,
        meta=meta.raw,
        header=header,
        encoding=encoding,
        transfer_syntax=meta.syntax or _guess(encoding),
        pixels=pixels,
        size=source.size,
        elements=elements,
        passed=passed,
        passed_meta=meta.runs,
        plain_meta=meta.plain,
        inflated=inflated,
    )


def _chosen(elements: Elements, wanted: Tags) -> Elements:
    return elements if wanted is None else tuple([one for one in elements if one[0] in wanted])


def _meta(first: bytes, path: Path, like: Layout | None) -> _Meta:
    """Find group 2. Elements of stated VR and length (PS3.10 7.1) are plain: there is one way to read them."""
    if not first:
        raise NotDicom("is empty (0 bytes).", where=path)
    start = 132 if first[128:132] == b"DICM" else 0
    if not start and not _plausible(first):
        raise NotDicom("is not a DICOM file.", where=path)
    position, recurring = start, Recurring(like.passed_meta if like else ())
    plain = like is None or like.plain_meta
    try:
        while first[position : position + 2] == b"\x02\x00":
            behind = recurring.skip(first, position)
            if behind == position:
                plain = plain and looks_explicit(first, position)
                tag, _, length, value = element(first, position, META)
                if length > len(first):
                    raise OutOfBytes
                behind = value + length
                recurring.add(tag, first[position:behind])
            position = behind
        if position > len(first):
            raise OutOfBytes
    except OutOfBytes:
        raise LowfieldError("is truncated in its first bytes.", where=path, hint=DAMAGED_HINT) from None
    runs = tuple(recurring.runs)
    return _Meta(first[start:position], runs, position, _syntax(runs), plain)


def _syntax(meta: Runs) -> str:
    """TransferSyntaxUID (0002,0010), "" where it is absent."""
    syntax = ""
    for tag, raw in elements_of(meta):
        if tag == TRANSFER_SYNTAX:
            _, _, length, value = element(raw, 0, META)
            syntax = raw[value : value + length].rstrip(b"\0 ").decode("ascii", "replace")
    return syntax


def _plausible(first: bytes) -> bool:
    """Whether bytes without a preamble begin like a data set: a low tag of group 2 or 8, a sane length."""
    if len(first) < 16 or first[:2] not in (b"\x02\x00", b"\x08\x00") or first[3] != 0:
        return False
    if looks_explicit(first, 0):
        return True
    return first[:2] == b"\x08\x00" and struct.unpack_from("<L", first, 4)[0] <= 1024


def _encoding(data: bytes, start: int, syntax: str) -> Encoding:
    """Byte order from the transfer syntax; the VR style from the bytes, since headers lie about it."""
    return Encoding(implicit=not looks_explicit(data, start), little=syntax != EXPLICIT_BIG)


def _guess(encoding: Encoding) -> str:
    return IMPLICIT_LITTLE if encoding.implicit else EXPLICIT_LITTLE


def inflate(data: bytes, path: Path) -> bytes:
    """Inflate a deflated data set (PS3.5 A.5) within `MAX_INFLATED_BYTES`."""
    machine = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        inflated = machine.decompress(data, MAX_INFLATED_BYTES)
    except zlib.error as error:
        raise LowfieldError("is damaged: its compressed part cannot be read.", where=path) from error
    if machine.unconsumed_tail:
        raise LowfieldError(
            f"unpacks to more than {MAX_INFLATED_BYTES >> 30} GiB and was not opened.",
            where=path,
            hint="It may be made to exhaust the memory; ask its sender.",
        )
    return inflated
