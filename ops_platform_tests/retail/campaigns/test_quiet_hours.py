"""When a text may reach somebody."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ops_platform.retail.campaigns.quiet_hours import STATES, Place, closes, due_at, is_allowed, next_allowed

EAST, PACIFIC, HAWAII = "America/New_York", "America/Los_Angeles", "Pacific/Honolulu"
TUESDAY, SATURDAY, SUNDAY = date(2026, 6, 9), date(2026, 6, 13), date(2026, 6, 14)


def _at(day: date, clock: str, zone: str = EAST) -> datetime:
    return datetime.combine(day, time.fromisoformat(clock), ZoneInfo(zone))


@pytest.mark.parametrize(
    ("states", "day", "first", "last"),
    [
        ((), TUESDAY, "08:00", "20:59"),
        (("NC",), SUNDAY, "08:00", "20:59"),
        (("FL",), TUESDAY, "08:00", "19:59"),
        (("OK",), TUESDAY, "08:00", "19:59"),
        (("MD",), TUESDAY, "08:00", "19:59"),
        (("MS",), TUESDAY, "08:00", "19:59"),
        (("NJ",), TUESDAY, "08:00", "19:59"),
        (("CT",), TUESDAY, "09:00", "19:59"),
        (("RI",), TUESDAY, "09:00", "17:59"),
        (("RI",), SATURDAY, "10:00", "16:59"),
        (("RI",), SUNDAY, "10:00", "16:59"),
        (("TX",), SATURDAY, "09:00", "20:59"),
        (("TX",), SUNDAY, "12:00", "20:59"),
        (("FL", "CT"), TUESDAY, "09:00", "19:59"),
    ],
)
def test_the_first_and_the_last_minute_of_a_state_are_as_its_law_says(
    states: tuple[str, ...], day: date, first: str, last: str
) -> None:
    place, minute = Place((EAST,), states), timedelta(minutes=1)
    opens, closes = _at(day, first), _at(day, last)
    assert is_allowed(opens, place)
    assert not is_allowed(opens - minute, place)
    assert is_allowed(closes, place)
    assert not is_allowed(closes + minute, place)


def test_a_text_waits_until_the_recipients_morning() -> None:
    assert next_allowed(_at(TUESDAY, "09:00"), Place((PACIFIC,))) == _at(TUESDAY, "08:00", PACIFIC)


def test_a_text_within_the_hours_goes_at_its_time() -> None:
    due = _at(TUESDAY, "18:30")
    assert next_allowed(due, Place((EAST,), ("NC",))) == due


def test_a_text_after_the_hours_never_waits_for_the_next_day() -> None:
    assert next_allowed(_at(TUESDAY, "21:00"), Place((EAST,))) is None
    assert next_allowed(_at(TUESDAY, "20:00"), Place((EAST,), ("FL",))) is None


def test_a_number_of_two_zones_is_texted_when_both_allow_it() -> None:
    both = Place(("America/Chicago", "America/Denver"))
    assert next_allowed(_at(TUESDAY, "08:00", "America/Chicago"), both) == _at(TUESDAY, "08:00", "America/Denver")
    assert next_allowed(_at(TUESDAY, "21:00", "America/Chicago"), both) is None


def test_zones_that_are_never_open_together_get_no_text() -> None:
    assert next_allowed(_at(TUESDAY, "22:00"), Place((EAST, "Asia/Tokyo"))) is None


def test_the_day_of_a_text_ends_where_it_ends_first() -> None:
    place = Place((EAST, "America/Chicago"), ("FL",))
    assert closes(_at(TUESDAY, "12:00"), place) == _at(TUESDAY, "20:00")
    assert closes(_at(SUNDAY, "12:00"), Place((EAST,), ("RI",))) == _at(SUNDAY, "17:00")


_MOMENTS = st.datetimes(datetime(2024, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001
_ZONES = st.lists(
    st.sampled_from([EAST, PACIFIC, HAWAII, "America/Chicago", "America/Phoenix"]), min_size=1, max_size=3
)
_STATES = st.lists(st.sampled_from([*STATES, "NC"]), max_size=2)


@given(_MOMENTS, _ZONES, _STATES)
def test_what_is_found_is_allowed_not_earlier_and_of_the_same_day_there(
    moment: datetime, zones: list[str], states: list[str]
) -> None:
    place = Place(tuple(zones), tuple(states))
    found = next_allowed(moment, place)
    if found is None:
        assert not is_allowed(moment, place)
        return
    assert found >= moment
    end = closes(found, place)
    assert found < end
    assert is_allowed(end - timedelta(seconds=1), place)
    assert not is_allowed(end, place)
    assert is_allowed(found, place)
    assert found == moment or not is_allowed(found - timedelta(seconds=1), place)
    assert any(found.astimezone(ZoneInfo(z)).date() == moment.astimezone(ZoneInfo(z)).date() for z in zones)


@pytest.mark.parametrize(
    ("day", "utc_hour"),
    [
        (date(2026, 3, 7), 23),  # the day before the clocks go forward
        (date(2026, 3, 8), 22),  # the day they do
        (date(2026, 11, 1), 23),  # the day they go back
        (date(2026, 10, 31), 22),
    ],
)
def test_half_past_six_stays_half_past_six_when_the_clocks_change(day: date, utc_hour: int) -> None:
    due = due_at(day, time(18, 30), EAST)
    assert due.astimezone(ZoneInfo(EAST)).time() == time(18, 30)
    assert (due.hour, due.minute) == (utc_hour, 30)


def test_a_time_the_clocks_skip_is_taken_an_hour_later() -> None:
    assert due_at(date(2026, 3, 8), time(2, 30), EAST).astimezone(ZoneInfo(EAST)).time() == time(3, 30)
