"""DICOM dates and times (PS3.5 6.2)."""

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from viewer.dicom.times import combine, parse_date, parse_datetime, parse_time, time_text


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("11", 39600),
        ("1130", 41400),
        ("113015", 41415),
        ("113015.25", 41415.25),
        ("11:30:15 ", 41415),
        ("235960", 86400),
    ],
)
def test_times(text, seconds):
    assert parse_time(text) == timedelta(seconds=seconds)


@pytest.mark.parametrize("text", ["", "1", "24", "1160", "113061", "noon", "11.5", "-1"])
def test_no_times(text):
    assert parse_time(text) is None


def test_dates():
    assert parse_date("20250131") == parse_date("2025.01.31") == date(2025, 1, 31)
    assert parse_date("20250230") is None
    assert parse_date("") is None
    assert combine(None, timedelta()) is None
    assert combine(date(2025, 1, 1), None) is None


@pytest.mark.parametrize(
    ("text", "offset", "expected"),
    [
        ("20250101100000", "", datetime(2025, 1, 1, 10)),
        ("20250101100000+0200", "", datetime(2025, 1, 1, 10)),
        ("20250101230000-0100", "+0100", datetime(2025, 1, 2, 1)),
        ("20250101100000.000001", "+0100", datetime(2025, 1, 1, 10, 0, 0, 1)),
        ("20250101", "", None),
        ("2025", "", None),
        ("rubbish", "", None),
    ],
)
def test_datetimes(text, offset, expected):
    assert parse_datetime(text, offset) == expected


@given(st.datetimes(min_value=datetime(1900, 1, 1), max_value=datetime(2100, 1, 1)))
def test_text_and_back(moment):
    assert combine(moment.date(), parse_time(time_text(moment))) == moment
    assert parse_datetime(moment.strftime("%Y%m%d") + time_text(moment)) == moment
