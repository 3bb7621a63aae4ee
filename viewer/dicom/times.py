"""DICOM dates and times as naive local datetimes (PS3.5 6.2: DA, TM, DT)."""

import re
from datetime import date, datetime, timedelta, timezone

_DATE = re.compile(r"(\d{4})[.-]?(\d{2})[.-]?(\d{2})$")
_TIME = re.compile(r"(\d{2})(?::?(\d{2})(?::?(\d{2})(?:[.](\d+))?)?)?$")
_DATETIME = re.compile(r"(\d{8})(\d{2}(?:\d{2}(?:\d{2}(?:[.]\d+)?)?)?)?([+-]\d{4})?$")
_OFFSET = re.compile(r"([+-])(\d{2})(\d{2})$")


def parse_date(text: str) -> date | None:
    """Read a DA value (also ``YYYY.MM.DD`` of ACR-NEMA); None where it is empty or no date."""
    match = _DATE.match(text.strip())
    try:
        return date(*map(int, match.groups())) if match else None
    except ValueError:
        return None


def parse_time(text: str) -> timedelta | None:
    """Read a TM value as time since midnight, keeping fractions of a second; None where it is no time."""
    match = _TIME.match(text.strip())
    if not match:
        return None
    hour, minute, second = (int(part or 0) for part in match.groups()[:3])
    if hour > 23 or minute > 59 or second > 60:  # 60: leap second
        return None
    fraction = float(f"0.{match.group(4) or 0}")
    return timedelta(hours=hour, minutes=minute, seconds=second + fraction)


def combine(day: date | None, time: timedelta | None) -> datetime | None:
    """Put a day and a time since midnight together; None where either is missing."""
    return datetime.combine(day, datetime.min.time()) + time if day and time is not None else None


def parse_datetime(text: str, local_offset: str = "") -> datetime | None:
    """Read a DT value as naive local time; None where it has no time of day.

    A UTC offset in the value is converted to ``local_offset`` (TimezoneOffsetFromUTC (0008,0201)) where that is
    known; otherwise the value's own clock is taken as the local one.
    """
    match = _DATETIME.match(text.strip())
    if not match or not match.group(2):
        return None
    moment = combine(parse_date(match.group(1)), parse_time(match.group(2)))
    own, local = _zone(match.group(3) or ""), _zone(local_offset)
    if moment is None or own is None or local is None:
        return moment
    return moment.replace(tzinfo=own).astimezone(local).replace(tzinfo=None)


def time_text(moment: datetime) -> str:
    """Write a TM value, with microseconds where there are any."""
    return moment.strftime("%H%M%S.%f" if moment.microsecond else "%H%M%S")


def _zone(text: str) -> timezone | None:
    match = _OFFSET.match(text.strip())
    if not match:
        return None
    size = timedelta(hours=int(match.group(2)), minutes=int(match.group(3)))
    return timezone(-size if match.group(1) == "-" else size) if size < timedelta(hours=24) else None
