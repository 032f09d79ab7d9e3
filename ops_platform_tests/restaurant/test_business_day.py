"""The times on a bill and the operating day it belongs to."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ops_platform.restaurant.business_day import business_day, read_time

KOLKATA = ZoneInfo("Asia/Kolkata")
NEW_YORK = ZoneInfo("America/New_York")
FOUR = time(4)
CLOCKS = st.datetimes(datetime(2000, 1, 2), datetime(2099, 12, 30))  # noqa: DTZ001 - clocks on a wall have no zone


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2025-06-08 20:55:58", datetime(2025, 6, 8, 20, 55, 58, tzinfo=KOLKATA)),
        ("2025-06-08T20:55:58", datetime(2025, 6, 8, 20, 55, 58, tzinfo=KOLKATA)),
        (" 2025-06-08  20:55 ", datetime(2025, 6, 8, 20, 55, tzinfo=KOLKATA)),
        ("2025-06-08 20:55:58.5", datetime(2025, 6, 8, 20, 55, 58, 500_000, tzinfo=KOLKATA)),
        ("2026-01-03T17:40:38.027940+00:00", datetime(2026, 1, 3, 17, 40, 38, 27_940, tzinfo=UTC)),
        ("2026-01-03T17:40:38Z", datetime(2026, 1, 3, 17, 40, 38, tzinfo=UTC)),
        ("2026-01-03 17:40:38 UTC", datetime(2026, 1, 3, 17, 40, 38, tzinfo=UTC)),
        ("2026-01-03 17:40:38+0530", datetime(2026, 1, 3, 17, 40, 38, tzinfo=KOLKATA)),
        ("2026-01-03 17:40:38.123456789+05", datetime(2026, 1, 3, 12, 40, 38, 123_456, tzinfo=UTC)),
        ("2024-02-29 00:00:00", datetime(2024, 2, 29, tzinfo=KOLKATA)),
    ],
)
def test_a_time_without_an_offset_is_the_shops_and_one_with_it_its_own(text: str, moment: datetime) -> None:
    found = read_time(text, KOLKATA)
    assert found == moment and found.tzinfo is not None


@pytest.mark.parametrize(
    "value",
    [
        *(
            None,
            5,
            True,
            [],
            {},
            1749396358,
            "",
            "2025-06-08",
            "20:55:58",
            "2025-02-30 10:00:00",
            "2025-13-01 10:00:00",
        ),
        *("2023-02-29 10:00:00", "2025-06-08 25:00:00", "2025-06-08 24:00:00", "2025-06-08 10:60:00"),
        *("2025-06-08 10:00:60", "08-06-2025 20:55:58", "08/06/2025 20:55", "0000-00-00 00:00:00"),
        *("1899-06-08 20:55:58", "9999-12-31 23:59:59", "0001-01-01 00:00:00+14:00", "2025-06-08 10:00:00+99:99"),
        *("20250608T205558", "2025-W23-7 10:00", "2025-06-08 8:55 PM", "٢٠٢٥-06-08 20:55:58", "2025-06-08 20:55:58 x"),
    ],
)
def test_what_is_no_moment_for_certain_is_none(value: Any) -> None:
    assert read_time(value, KOLKATA) is None


@pytest.mark.parametrize(
    ("clock", "day"),
    [
        ("2025-06-08 20:55:58", date(2025, 6, 8)),
        ("2025-06-08 23:59:59.999999", date(2025, 6, 8)),
        ("2025-06-09 00:00:00", date(2025, 6, 8)),
        ("2025-06-09 03:59:59.999999", date(2025, 6, 8)),
        ("2025-06-09 04:00:00", date(2025, 6, 9)),
        ("2025-03-01 01:00:00", date(2025, 2, 28)),
        ("2025-01-01 01:00:00", date(2024, 12, 31)),
    ],
)
def test_a_bill_before_the_day_starts_belongs_to_the_day_before(clock: str, day: date) -> None:
    assert business_day(datetime.fromisoformat(clock).replace(tzinfo=KOLKATA), KOLKATA, FOUR) == day


def test_the_shops_clock_decides_whatever_zone_the_time_is_given_in() -> None:
    assert business_day(datetime(2025, 6, 8, 22, 29, tzinfo=UTC), KOLKATA, FOUR) == date(2025, 6, 8)  # 03:59
    assert business_day(datetime(2025, 6, 8, 22, 30, tzinfo=UTC), KOLKATA, FOUR) == date(2025, 6, 9)


def test_a_day_that_starts_at_midnight_is_the_calendars() -> None:
    assert business_day(datetime(2025, 6, 9, tzinfo=KOLKATA), KOLKATA, time(0)) == date(2025, 6, 9)


@pytest.mark.parametrize("night", [date(2025, 3, 9), date(2025, 11, 2)])
def test_the_clock_decides_on_the_nights_it_is_changed(night: date) -> None:
    """Hours since midnight would be wrong by one: on the one night 04:00 is three hours after it, on the other five."""
    at = datetime.combine(night, FOUR, NEW_YORK)
    assert business_day(at, NEW_YORK, FOUR) == night
    before = (at.astimezone(UTC) - timedelta(minutes=1)).astimezone(UTC)
    assert business_day(before, NEW_YORK, FOUR) == night - timedelta(days=1)


def test_both_hours_of_an_autumn_night_belong_to_the_day_before() -> None:
    for fold in (0, 1):
        twice = datetime(2025, 11, 2, 1, 30, tzinfo=NEW_YORK, fold=fold)
        assert business_day(twice, NEW_YORK, time(2)) == date(2025, 11, 1)


def test_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="aware"):
        business_day(datetime(2025, 6, 8), KOLKATA, FOUR)  # noqa: DTZ001


@given(
    CLOCKS,
    st.sampled_from(["Asia/Kolkata", "America/New_York", "Australia/Lord_Howe", "UTC"]),
    st.times(),
    st.integers(-14, 14),
)
@settings(deadline=None)
def test_a_business_day_begins_at_most_a_day_before_the_bill(
    clock: datetime, zone: str, start: time, east: int
) -> None:
    moment = clock.replace(tzinfo=timezone(timedelta(hours=east)))
    local = moment.astimezone(ZoneInfo(zone))
    day = business_day(moment, ZoneInfo(zone), start)
    assert datetime.combine(day, start) <= local.replace(tzinfo=None, fold=0)
    assert local.replace(tzinfo=None, fold=0) < datetime.combine(day + timedelta(days=1), start)


@given(CLOCKS)
@settings(deadline=None)
def test_every_time_survives_being_written(clock: datetime) -> None:
    moment = clock.replace(tzinfo=UTC)
    assert read_time(moment.isoformat(), KOLKATA) == moment
    assert read_time(clock.isoformat(" "), KOLKATA) == clock.replace(tzinfo=KOLKATA)


@given(st.text(max_size=30))
@settings(deadline=None)
def test_any_text_is_a_moment_or_none(text: str) -> None:
    found = read_time(text, KOLKATA)
    assert found is None or found.tzinfo is not None
