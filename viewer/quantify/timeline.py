"""The times of a series that enter decay formulas: frames, start of scan, injection."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from viewer.core.errors import LowfieldError
from viewer.core.pet import PetAcquisition, PetFrame
from viewer.quantify.corrected import as_scanned
from viewer.quantify.decay import effective_time

T = TypeVar("T")
MOST_HALF_LIVES = 20
"""Over more of them (a factor of a million) the dates are wrong, or nothing is left to speak of."""


@dataclass(frozen=True, eq=False)
class Timeline:
    """Times of an acquisition. ``frames`` are its distinct frames by start and duration, in order of appearance;

    ``of_slice`` (slices,) says which of them each slice belongs to. A series that states no frames has one that
    says nothing, for all slices. ``injection`` is when it was injected, ``admin_time`` when the scanner believed
    so, which is what ADMIN correction goes to: they differ only where the user corrects the former.
    """

    decay_correction: str
    scan_start: datetime | None
    injection: datetime | None
    frames: tuple[PetFrame, ...]
    of_slice: NDArray[np.intp]
    admin_time: datetime | None

    @classmethod
    def of(cls, acquisition: PetAcquisition) -> "Timeline":
        """Read the times of an acquisition."""
        seen: dict[tuple[datetime | None, float | None], int] = {}
        stated = acquisition.frames or (PetFrame(None, None),)
        of_slice = [seen.setdefault((frame.start, frame.duration_s), len(seen)) for frame in stated]
        distinct = tuple(PetFrame(start, duration) for start, duration in seen)
        start, injection = acquisition.scan_start, acquisition.injection_time
        admin_time = as_scanned(acquisition).injection_time
        slices = np.asarray(of_slice, np.intp)
        return cls(acquisition.decay_correction, start, injection, distinct, slices, admin_time)

    def durations_s(self) -> list[float]:
        """Return the duration of each distinct frame; raise `LowfieldError` where one is not stated."""
        return [
            _stated(frame.duration_s, "the duration of a frame (ActualFrameDuration)") for frame in self.frames
        ]

    def starts(self) -> list[datetime]:
        """Return the start of each distinct frame; raise `LowfieldError` where one is not stated."""
        return [_stated(frame.start, "when a frame started (AcquisitionTime)") for frame in self.frames]

    def frame_delays_s(self, half_life_s: float) -> list[float]:
        """Return t_k: seconds from the start of the scan to the start of each distinct frame."""
        scan = self.need_scan_start()
        return [elapsed_s(scan, start, half_life_s) for start in self.starts()]

    def mean_times_s(self, since: datetime, half_life_s: float) -> Iterator[float]:
        """Yield seconds from ``since`` to when each distinct frame's mean activity was present."""
        for start, duration in zip(self.starts(), self.durations_s(), strict=True):
            yield elapsed_s(since, start, half_life_s) + effective_time(duration, half_life_s)

    def need_scan_start(self) -> datetime:
        """Return the start of the scan, or raise `LowfieldError`."""
        return _stated(self.scan_start, "when the scan started (SeriesTime)")

    def need_injection(self) -> datetime:
        """Return the time of injection, or raise `LowfieldError`."""
        return _stated(self.injection, "when it was injected (RadiopharmaceuticalStartDateTime)")

    def need_admin_time(self) -> datetime:
        """Return the injection that ADMIN correction goes to, or raise `LowfieldError`."""
        return _stated(self.admin_time, "when it was injected (RadiopharmaceuticalStartDateTime)")

    def document(self) -> list[dict[str, Any]]:
        """Return the distinct frames with ISO times and how many slices each has."""
        counts = np.bincount(self.of_slice, minlength=len(self.frames)).tolist()
        return [
            {"start": iso(frame.start), "duration_s": frame.duration_s, "slices": count}
            for frame, count in zip(self.frames, counts, strict=True)
        ]


def elapsed_s(start: datetime, end: datetime, half_life_s: float) -> float:
    """Return seconds from ``start`` to ``end``; refuse more than 20 half-lives either way."""
    seconds = (end - start).total_seconds()
    if abs(seconds) > MOST_HALF_LIVES * half_life_s:
        raise LowfieldError(
            f"Between {iso(start)} and {iso(end)} lie {abs(seconds) / half_life_s:.0f} half-lives.",
            hint="Check the dates.",
        )
    return seconds


def iso(moment: datetime | None) -> str | None:
    """Return a time as ISO 8601 text."""
    return None if moment is None else moment.isoformat()


def _stated(value: T | None, what: str) -> T:
    if value is None:
        raise LowfieldError(f"The file does not say {what}.")
    return value
