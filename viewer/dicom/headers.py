"""The headers of many files, one after the other: what recurs byte for byte is parsed once.

The files of a series differ in a dozen of their hundred elements. pydicom parses those; the others it parsed in an
earlier file, and the same bytes in the same encoding and character set are the same element. Whatever is not
plainly so (odd structure, damage) is parsed whole, as a file on its own.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path

from pydicom.dataset import Dataset
from pydicom.filereader import data_element_generator
from pydicom.tag import BaseTag

from viewer.dicom.elements import Encoding, looks_explicit
from viewer.dicom.fields import shared_tag
from viewer.dicom.guard import SPECIFIC_CHARACTER_SET, parse
from viewer.dicom.layout import Layout, Tags, read_layout
from viewer.dicom.remembered import Charset, Element, Header
from viewer.dicom.walk import Elements

PIXEL_REPRESENTATION = 0x00280103
SPECIAL = frozenset({SPECIFIC_CHARACTER_SET, PIXEL_REPRESENTATION})
"""They decide what text means (PS3.5 6.1.2.3), and whether ambiguous numbers in sequences are signed."""
DELIMITERS = 0xFFFE
MOST_KNOWN, MOST_KNOWN_BYTES = 4096, 16 << 20
"""Elements to remember; then the memory starts anew, so that it never grows with the number of files."""
LARGEST_HEADER_BYTES = 1 << 20
"""A larger one (of thousands of frames) is parsed on its own: hardly any other file repeats it."""


Context = tuple[Encoding, list[bytes]]
"""What decides, besides its bytes, how pydicom reads an element: the encoding and the elements `SPECIAL`."""


@dataclass
class _Memory:
    """Elements by their bytes, of files alike in ``context``, and the character set as pydicom names it."""

    context: Context
    charset: Charset
    elements: dict[bytes, tuple[BaseTag, Element]] = field(default_factory=dict)
    size: int = 0
    """Bytes of all of them."""

    @property
    def full(self) -> bool:
        """Whether to start anew."""
        return len(self.elements) > MOST_KNOWN or self.size > MOST_KNOWN_BYTES


class Headers:
    """Reads headers, only the elements ``wanted`` (None: all). Its data sets share elements: not to be changed.

    Several threads may use one: what they swap is replaced whole, and a memory lost costs only time.
    """

    def __init__(self, wanted: Tags = None) -> None:
        self._wanted = wanted
        self._last: Layout | None = None
        self._memory: _Memory | None = None

    def read(self, path: Path) -> tuple[Layout, Dataset]:
        """Return where things lie in a file, and its header; raises like `guard.read_header`."""
        layout = read_layout(path, self._wanted, self._last)
        self._last, context, memory = layout, _context(layout), self._memory
        if len(layout.header) > LARGEST_HEADER_BYTES:
            return layout, parse(layout)
        if memory is None or memory.context != context or memory.full:
            return layout, self._learn(layout, context)
        return layout, _composed(layout, memory) or parse(layout)

    def _learn(self, layout: Layout, context: Context) -> Dataset:
        """Parse a header whole and remember its elements."""
        header = parse(layout)
        if _is_plain(layout.elements, header.values(), layout.encoding):
            memory = _Memory(context, header.original_character_set)
            _remember(memory, layout.elements, header.values())
            self._memory = memory
        return header


def _composed(layout: Layout, memory: _Memory) -> Dataset | None:
    """Make a data set of known elements and those that pydicom now parses; None where these hold a surprise."""
    known = memory.elements
    strange = tuple([one for one in layout.elements if one[1] not in known])
    if not layout.plain_meta or not (not strange or _learned(strange, layout.encoding, memory)):
        return None
    found = dict([known[raw] for _, raw in layout.elements])
    if len(found) != len(layout.elements):
        return None
    return Header.of(found, layout.encoding, memory.charset)


def _learned(elements: Elements, encoding: Encoding, memory: _Memory) -> bool:
    """Let pydicom parse elements out of the middle of a header; return whether it read them as they were cut."""
    data = BytesIO(b"".join([raw for _, raw in elements]))
    try:
        found = list(data_element_generator(data, *encoding, encoding=memory.charset))
    except Exception:  # pydicom raises whatever the damage provokes; parsing the header whole will say so
        return False
    if not _is_plain(elements, found, encoding):
        return False
    _remember(memory, elements, found)
    return True


def _remember(memory: _Memory, elements: Elements, found: Iterable[Element]) -> None:
    for (tag, raw), one in zip(elements, found):
        memory.elements[raw] = shared_tag(tag), one
        memory.size += len(raw)


def _is_plain(elements: Elements, found: Iterable[Element], encoding: Encoding) -> bool:
    """Whether pydicom saw the same elements, so that each can be read on its own.

    No delimiter, at which it would stop, and all of them state their VR, or none does: it guesses from the first.
    """
    return (
        [int(one.tag) for one in found] == [tag for tag, _ in elements]
        and not any(tag >> 16 == DELIMITERS for tag, _ in elements)
        and all(looks_explicit(raw, 0) != encoding.implicit for _, raw in elements)
    )


def _context(layout: Layout) -> Context:
    return layout.encoding, [raw for tag, raw in layout.elements if tag in SPECIAL]
