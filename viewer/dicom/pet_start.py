"""To which moment START decay correction goes, found two ways and compared (facts/tb149-pet §3).

SeriesTime is the reference of a PET series (PS3.3 C.8.9.1), but post-processing rewrites it. FrameReferenceTime
counts from the reference to the frame, but vendors disagree about where in the frame.
"""

import math
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from viewer.core.pet import PetFrame
from viewer.dicom.tags import TagReader

TOLERANCE_S = (1.0, 5.0)
TOLERANCE_DECAY = 0.002
"""Two starts agree when decay between them is below 0.2 %, but never asking for better than 1 s nor 5 s."""
CLOCK_ROUNDING = timedelta(milliseconds=1)


class Clues(NamedTuple):
    """What the headers say about the start of the scan; ``ge_time`` is GE's PET scan_datetime (0009,xx0d)."""

    series_time: datetime | None
    ge_time: datetime | None
    frames: Sequence[PetFrame]
    half_life_s: float | None
    manufacturer: str
    decay_correction: str = "START"


def mean_count_time_s(duration_s: float, half_life_s: float | None) -> float:
    """Return when within a frame its decay rate equals its mean rate: ln(λT / (1 − e^(−λT))) / λ."""
    if half_life_s is None:
        return duration_s / 2
    decay = math.log(2) / half_life_s
    return math.log(decay * duration_s / -math.expm1(-decay * duration_s)) / decay


def find_start(clues: Clues, reader: TagReader) -> datetime | None:
    """Return the scan start and note its source; warn where the two ways to find it contradict each other."""
    first = first_start(clues.frames)
    if clues.series_time and (first is None or clues.series_time <= first + CLOCK_ROUNDING):
        _compare(clues, clues.series_time, reader)
        _compare_others(clues, clues.series_time, reader)
        reader.note("scan_start", "SeriesDate (0008,0021), SeriesTime (0008,0031)", clues.series_time)
        return clues.series_time
    if first is None:
        return clues.ge_time and _noted(clues.ge_time, "PET scan_datetime (0009,xx0d) of GE", reader)
    if clues.series_time:
        reader.warn(
            f"SeriesTime lies {_seconds(clues.series_time - first)} after the first AcquisitionTime "
            "(post-processing?): it is not the time of decay correction."
        )
    if clues.ge_time and clues.ge_time <= first + CLOCK_ROUNDING:
        return _noted(clues.ge_time, "PET scan_datetime (0009,xx0d) of GE", reader)
    return _back_computed(clues, first, reader)


def first_start(frames: Sequence[PetFrame]) -> datetime | None:
    """Return the start of the earliest frame."""
    return min((frame.start for frame in frames if frame.start), default=None)


def last_end(frames: Sequence[PetFrame]) -> datetime | None:
    """Return the end of the latest frame; its start where durations are missing."""
    ends = [frame.start + timedelta(seconds=frame.duration_s or 0) for frame in frames if frame.start]
    return max(ends, default=None)


def _back_computed(clues: Clues, first: datetime, reader: TagReader) -> datetime:
    """Scan start = AcquisitionTime − FrameReferenceTime + where in the frame the vendor's reference lies."""
    name, inside = _convention(clues)
    starts = _starts(clues.frames, inside)
    if starts and starts[0] > first + CLOCK_ROUNDING:  # later than the scan itself: the reference is frame start
        name, starts = "frame start", _starts(clues.frames, lambda duration: 0.0)
    if starts and any(frame.reference_ms for frame in clues.frames):
        source = f"AcquisitionTime (0008,0032) − FrameReferenceTime (0054,1300), counted to the {name}"
        reader.warn(f"The scan start was worked out: {source}.")
        return _noted(starts[0], source, reader)
    reader.warn("The file does not say when the scan started; the earliest AcquisitionTime (0008,0032) is used.")
    return _noted(first, "earliest AcquisitionTime (0008,0032)", reader)


def _convention(clues: Clues) -> tuple[str, Callable[[float], float]]:
    """Return where in a frame FrameReferenceTime points: a name and seconds of duration.

    The manufacturer decides; of an unknown one the convention that DecayFactor fits best, if there is any.
    """
    by_mean = ("mean count time of the frame", lambda duration: mean_count_time_s(duration, clues.half_life_s))
    by_start: tuple[str, Callable[[float], float]] = ("frame start", lambda duration: 0.0)
    maker = clues.manufacturer.upper()
    if maker.startswith("GE"):
        return by_start
    if maker.startswith("PHILIPS"):
        return "middle of the frame", lambda duration: duration / 2
    if maker.startswith(("SIEMENS", "CPS")) or clues.decay_correction != "START":
        return by_mean
    gaps = {way: _worst_gap(clues, _starts(clues.frames, way[1])) for way in (by_mean, by_start)}
    return min(gaps, key=lambda way: gaps[way])


def _worst_gap(clues: Clues, starts: Sequence[datetime]) -> float:
    """Return the largest disagreement in s of DecayFactor with the earliest of ``starts``; 0 where it is mute."""
    gaps = [_gap_by_decay_factor(clues, frame, starts[0]) for frame in clues.frames if starts]
    return max((gap for gap in gaps if gap is not None), default=0.0)


def _starts(frames: Sequence[PetFrame], inside: Callable[[float], float]) -> list[datetime]:
    """Return the scan starts that the frames imply, sorted."""
    return sorted(
        frame.start + timedelta(seconds=inside(frame.duration_s or 0.0) - frame.reference_ms / 1000)
        for frame in frames
        if frame.start and frame.reference_ms is not None and (frame.duration_s or not frame.reference_ms)
    )


def _compare(clues: Clues, chosen: datetime, reader: TagReader) -> None:
    """Warn when FrameReferenceTime, under every vendor's convention, implies another start than ``chosen``."""
    conventions: list[Callable[[float], float]] = [
        lambda duration: 0.0,
        lambda duration: duration / 2,
        lambda duration: mean_count_time_s(duration, clues.half_life_s),
    ]
    if not any(frame.reference_ms for frame in clues.frames):  # GE writes 0 everywhere: says nothing
        return
    gaps = [max((abs(start - chosen) for start in _starts(clues.frames, c)), default=None) for c in conventions]
    smallest = min((gap for gap in gaps if gap is not None), default=None)
    if smallest is None or smallest.total_seconds() <= tolerance_s(clues.half_life_s):
        return
    reader.warn(
        f"SeriesTime and FrameReferenceTime (0054,1300) imply scan starts {_seconds(smallest)} apart; "
        "SeriesTime is used."
    )


def _compare_others(clues: Clues, chosen: datetime, reader: TagReader) -> None:
    """Warn where GE's own time or (of files corrected to START) DecayFactor imply another start."""
    tolerance = tolerance_s(clues.half_life_s)
    if clues.ge_time and abs((clues.ge_time - chosen).total_seconds()) > tolerance:
        reader.warn(
            f"SeriesTime and GE's PET scan_datetime (0009,xx0d) lie {_seconds(clues.ge_time - chosen)} apart; "
            "SeriesTime is used."
        )
    gaps = [_gap_by_decay_factor(clues, frame, chosen) for frame in clues.frames]
    furthest = max((gap for gap in gaps if gap is not None), default=0.0)
    if clues.decay_correction == "START" and furthest > tolerance:
        reader.warn(
            f"DecayFactor (0054,1321) does not fit a scan start at {chosen:%H:%M:%S}: it is off by the decay of "
            f"{furthest:.1f} s. Check the times."
        )


def _gap_by_decay_factor(clues: Clues, frame: PetFrame, chosen: datetime) -> float | None:
    """Seconds between the delay that DecayFactor undoes and the frame's own, to its start or its mean time.

    The factor is e^(λ·t) to the frame's mean count time; some scanners leave the decay during the frame out. A
    factor of 1 says nothing: writers put it where they do not know.
    """
    if not (clues.half_life_s and frame.start and frame.duration_s and (frame.decay_factor or 0) > 1):
        return None
    undone = math.log(frame.decay_factor or 1.0) / math.log(2) * clues.half_life_s
    delay = (frame.start - chosen).total_seconds()
    inside = mean_count_time_s(frame.duration_s, clues.half_life_s)
    return max(0.0, delay - undone, undone - delay - inside)


def tolerance_s(half_life_s: float | None) -> float:
    """Return how far two moments may lie apart, in s, before decay between them matters."""
    low, high = TOLERANCE_S
    return high if half_life_s is None else min(max(TOLERANCE_DECAY * half_life_s / math.log(2), low), high)


def _noted(moment: datetime, source: str, reader: TagReader) -> datetime:
    reader.note("scan_start", source, moment)
    return moment


def _seconds(span: timedelta) -> str:
    return f"{abs(span.total_seconds()):.1f} s"
