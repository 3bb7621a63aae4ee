"""Judged once: the answer of a function of a header, asked again only when an element it looked at is another.

Most of what a file says (who, size, orientation, how pixels are stored) is alike in all files of a series. The
elements that a function looks at are watched while it runs, so no list of tags has to be kept true by hand.
"""

from collections.abc import Callable, Hashable, Iterator, MutableSequence
from functools import wraps
from operator import is_
from typing import Any, Concatenate, NamedTuple, ParamSpec, TypeVar

from pydicom.dataelem import DataElement, RawDataElement
from pydicom.dataset import Dataset
from pydicom.tag import BaseTag

from viewer.dicom.elements import Encoding
from viewer.dicom.fields import shared_tag

Element = RawDataElement | DataElement
Charset = str | MutableSequence[str]
P = ParamSpec("P")
T = TypeVar("T")


class Header(Dataset):
    """A header that shares its elements with others: not to be changed. ``shared`` are they, as they were read."""

    shared: dict[BaseTag, Element]

    @classmethod
    def of(cls, elements: dict[BaseTag, Element], encoding: Encoding, charset: Charset) -> "Header":
        """Make a header of ``elements`` in their encoding and in the character set as pydicom names it."""
        header = cls(elements.copy())  # pydicom puts what it converts in the place of what was read
        header.shared = elements
        header.set_original_encoding(*encoding, charset)
        return header


class _Watched(dict[BaseTag, Element]):
    """Elements that note which of them are looked for, there or not."""

    def __init__(self, elements: dict[BaseTag, Element]) -> None:
        super().__init__(elements)
        self.seen: set[BaseTag] = set()
        self.whole = False

    def get(self, key: BaseTag, default: Any = None) -> Any:
        self.seen.add(key)
        return super().get(key, default)

    def __getitem__(self, key: BaseTag) -> Element:
        self.seen.add(key)
        return super().__getitem__(key)

    def __contains__(self, key: object) -> bool:
        self.seen.add(key)  # type: ignore[arg-type]  # pydicom asks for tags only
        return super().__contains__(key)

    def __iter__(self) -> Iterator[BaseTag]:
        self.whole = True
        return super().__iter__()

    def keys(self) -> Any:
        self.whole = True
        return super().keys()

    def values(self) -> Any:
        self.whole = True
        return super().values()

    def items(self) -> Any:
        self.whole = True
        return super().items()

    def __len__(self) -> int:
        self.whole = True
        return super().__len__()


class _Answer(NamedTuple):
    arguments: tuple[Hashable, ...]
    tags: tuple[BaseTag, ...]
    elements: tuple[Element | None, ...]
    value: Any


def remembered(
    judge: Callable[Concatenate[Dataset, P], T],
) -> Callable[Concatenate[Dataset, P], T]:
    """Let a function of a header (and of hashable arguments) be run once for headers alike in what it looks at.

    It must depend on nothing else, neither keep nor return the header, and change nothing but an argument to which
    the same may be done twice (a reader's notes). What it raises is not remembered. Of headers that share no
    elements (`Header`), and with named arguments, every one is judged.
    """
    last: list[_Answer | None] = [None]  # one object swapped whole: threads may share it

    @wraps(judge)
    def answer(header: Dataset, /, *arguments: P.args, **named: P.kwargs) -> T:
        if named or not isinstance(header, Header):
            return judge(header, *arguments, **named)
        known, get = last[0], header.shared.get
        if known and known.arguments == arguments and all(map(is_, map(get, known.tags), known.elements)):
            value: T = known.value
            return value
        watched = _Watched(header.shared)
        value = judge(_lookalike(watched, header), *arguments, **named)
        if not watched.whole:
            tags = tuple(map(shared_tag, map(int, watched.seen)))
            last[0] = _Answer(arguments, tags, tuple(map(get, tags)), value)
        return value

    return answer


def _lookalike(elements: _Watched, header: Header) -> Dataset:
    dataset = Dataset(elements)
    implicit, little = header.original_encoding
    dataset.set_original_encoding(implicit, little, header.original_character_set)
    return dataset
