"""What a file of the room holds, before anything large is read."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from viewer.core.progress import Progress
from viewer.core.volume import Volume

UNKNOWN_MM = (0.0, 0.0, 0.0)
HINT = "Copy it again from its source, or open it in the program that wrote it."
MOST_BYTES = 4 << 30
"""The largest array this room reads into memory."""


@dataclass(frozen=True)
class Entry:
    """One image of a file. ``item`` is how its reader finds it again.

    ``reason`` says why it cannot be shown ("" where it can); ``patient`` is (ID, name, birth date, sex) and
    ``study`` (UID, date, description), as far as the file states them.
    """

    item: str
    description: str
    shape: tuple[int, int, int]
    spacing_mm: tuple[float, float, float] = UNKNOWN_MM
    modality: str = "MR"
    reason: str = ""
    frame_of_reference_uid: str = ""
    patient: tuple[str, str, str, str] = ("", "", "", "")
    study: tuple[str, str, str] = ("", "", "")
    warnings: tuple[str, ...] = ()
    component: str = ""
    counterpart: str = ""
    """As in `viewer.core.study.SeriesInfo`."""


@dataclass(frozen=True)
class Reader:
    """A format: what a file holds, and how one of its images is read. Both raise `LowfieldError`."""

    entries: Callable[[Path], list[Entry]]
    load: Callable[[Path, str, Progress], Volume]
