"""Where each frame's bytes lie in a file: native frames, or fragments of compressed ones (PS3.5 A.4)."""

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from io import BytesIO
from itertools import pairwise
from pathlib import Path
from typing import BinaryIO

from pydicom.dataset import Dataset

from viewer.core.errors import LowfieldError
from viewer.dicom.elements import ITEM, SEQUENCE_END
from viewer.dicom.fields import integer
from viewer.dicom.layout import DAMAGED_HINT, Layout
from viewer.dicom.remembered import remembered

Span = tuple[int, int]
"""(offset, length) in bytes."""
Frames = tuple[tuple[Span, ...], ...]
EXTENDED_OFFSETS = 0x7FE00001


@dataclass(frozen=True)
class PixelData:
    """The pixels of one file: per frame the spans of bytes that make it up, and the span of all."""

    path: Path
    frames: Frames
    whole: Span
    inflated: bytes | None

    @classmethod
    def locate(cls, layout: Layout, header: Dataset) -> "PixelData":
        """Find every frame; raise `LowfieldError` where the file holds fewer bytes than it claims."""
        if layout.pixels is None:
            raise LowfieldError("holds no image.", where=layout.path)
        offset, length, count = layout.pixels.offset, layout.pixels.length, frame_count(header)
        if length is not None:
            frames = _native(layout, offset, length, count, frame_bytes(header))
            return cls(layout.path, frames, (offset, length), layout.inflated)
        with _open(layout) as file:
            table, *fragments = list(_fragments(file, layout)) or [(offset, 0)]
            starts = _starts(file, table, header)
        if not fragments:
            raise LowfieldError("holds compressed pixels without content.", where=layout.path)
        whole = (offset, sum(fragments[-1]) - offset)
        return cls(layout.path, _group(fragments, count, starts, layout.path), whole, layout.inflated)

    def frame(self, index: int) -> bytes:
        """Read the bytes of frame ``index`` (from 0)."""
        return self._read(self.frames[index])

    def value(self) -> bytes:
        """Read the whole value of the pixel element, without the final delimiter."""
        return self._read((self.whole,))

    def _read(self, spans: tuple[Span, ...]) -> bytes:
        if self.inflated is not None:
            return b"".join(self.inflated[offset : offset + length] for offset, length in spans)
        try:
            with self.path.open("rb") as file:
                pieces = [_read_span(file, span) for span in spans]
        except OSError as error:
            raise LowfieldError(f"cannot be read ({error.strerror}).", where=self.path) from error
        if any(len(piece) != length for piece, (_, length) in zip(pieces, spans)):
            raise LowfieldError("became shorter while it was read.", where=self.path, hint=DAMAGED_HINT)
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)


@remembered
def frame_count(header: Dataset) -> int:
    """NumberOfFrames (PS3.3 C.7.6.6), 1 where absent or unreadable."""
    return max(1, integer(header, "NumberOfFrames") or 1)


@remembered
def frame_bytes(header: Dataset) -> int:
    """Bytes of one native frame (PS3.5 8.1)."""
    rows, columns, bits = (integer(header, name) or 0 for name in ("Rows", "Columns", "BitsAllocated"))
    return rows * columns * (integer(header, "SamplesPerPixel") or 1) * bits // 8


def _read_span(file: BinaryIO, span: Span) -> bytes:
    file.seek(span[0])
    return file.read(span[1])


def _open(layout: Layout) -> BinaryIO:
    return layout.path.open("rb") if layout.inflated is None else BytesIO(layout.inflated)


def _native(layout: Layout, offset: int, length: int, count: int, size: int) -> Frames:
    """Cut native pixels into frames, having checked that the file really holds them."""
    held, declared = max(0, min(length, layout.size - offset)), max(length, count * size)
    if held < declared:
        raise LowfieldError(
            f"is truncated: {held} bytes of pixels where {declared} are declared.",
            where=layout.path,
            hint=DAMAGED_HINT,
        )
    return tuple(((offset + k * size, size),) for k in range(count))


def _fragments(file: BinaryIO, layout: Layout) -> Iterator[Span]:
    """Yield the items of encapsulated pixels; the (often empty) offset table is the first."""
    position = layout.pixels.offset if layout.pixels else 0
    while len(head := _read_span(file, (position, 8))) == 8:
        group, number, length = struct.unpack("<HHL", head)
        tag = group << 16 | number
        if tag == SEQUENCE_END:
            return
        if tag != ITEM or position + 8 + length > layout.size:
            break
        yield position + 8, length
        position += 8 + length
    raise LowfieldError("is truncated inside its compressed pixels.", where=layout.path, hint=DAMAGED_HINT)


def _starts(file: BinaryIO, table: Span, header: Dataset) -> tuple[int, ...]:
    """Offsets of the frames from the extended (PS3.3 C.7.6.3.1.8) or basic offset table, or none."""
    extended = header.get_item(EXTENDED_OFFSETS, keep_deferred=True)
    if extended is not None and extended.value:
        raw = bytes(extended.value)
        return struct.unpack(f"<{len(raw) // 8}Q", raw[: len(raw) // 8 * 8])
    raw = _read_span(file, table)
    return struct.unpack(f"<{len(raw) // 4}L", raw[: len(raw) // 4 * 4])


def _group(fragments: Sequence[Span], count: int, starts: Sequence[int], path: Path) -> Frames:
    """Share the fragments out among the frames."""
    if count == 1:
        return (tuple(fragments),)
    if len(fragments) == count:
        return tuple((fragment,) for fragment in fragments)
    origin = fragments[0][0] - 8
    first = {offset - 8 - origin: index for index, (offset, _) in enumerate(fragments)}
    if len(starts) != count or any(start not in first for start in starts):
        raise LowfieldError(
            f"its {len(fragments)} compressed fragments cannot be shared out among {count} frames.", where=path
        )
    edges = [first[start] for start in starts] + [len(fragments)]
    return tuple(tuple(fragments[a:b]) for a, b in pairwise(edges))
