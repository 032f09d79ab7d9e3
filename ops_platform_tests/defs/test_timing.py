"""Cron lines of schedules: what the environment says becomes ticks at the times it means."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from itertools import islice

import pytest
from dagster._utils.schedules import schedule_execution_time_iterator
from hypothesis import given, settings
from hypothesis import strategies as st

from ops_platform.defs import timing

MIDNIGHT = datetime(2026, 3, 7, tzinfo=UTC)


def ticks(crons: list[str], count: int) -> list[int]:
    """The first ticks after midnight, in minutes of that day."""
    found = islice(schedule_execution_time_iterator(MIDNIGHT.timestamp(), crons, "UTC", ascending=True), count)
    return [int((tick - MIDNIGHT).total_seconds() // 60) for tick in found]


@pytest.mark.parametrize(
    ("minutes", "crons"),
    [
        (1, ["* * * * *"]),
        (10, ["*/10 * * * *"]),
        (60, ["0 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23 * * *"]),
        (720, ["0 0,12 * * *"]),
        (1440, ["0 0 * * *"]),
    ],
)
def test_an_interval_is_as_few_cron_lines_as_it_needs(minutes: int, crons: list[str]) -> None:
    assert timing.interval_crons(minutes) == crons


@given(st.integers(1, 1440))
@settings(max_examples=40, deadline=None)
def test_an_interval_ticks_every_so_many_minutes_from_midnight_on(minutes: int) -> None:
    wanted = list(range(0, 1440, minutes))[:6]
    assert ticks(timing.interval_crons(minutes), len(wanted)) == wanted


@pytest.mark.parametrize("text", ["0", "1441", "-5", "ten", "1.5"])
def test_an_interval_that_is_none_is_refused_by_name(text: str) -> None:
    with pytest.raises(ValueError, match="OPS_X"):
        timing.minutes_of({"OPS_X": text}, "OPS_X", 10)


def test_what_is_not_set_has_its_default() -> None:
    assert timing.minutes_of({}, "OPS_X", 10) == 10
    assert timing.minutes_of({"OPS_X": " 15 "}, "OPS_X", 10) == 15
    assert timing.time_of({"OPS_X": ""}, "OPS_X", "04:00") == time(4)
    assert timing.zone_of({}, "OPS_X", "Asia/Kolkata") == "Asia/Kolkata"


def test_times_of_day_are_read_by_what_they_are_of() -> None:
    assert timing.times_of({}, "OPS_X") == timing.times_of({"OPS_X": ""}, "OPS_X") == {}
    assert timing.times_of({"OPS_X": '{"lunch": "11:00", "tea": "16:30"}'}, "OPS_X") == {
        "lunch": time(11),
        "tea": time(16, 30),
    }


@pytest.mark.parametrize("text", ["11:00", "[]", '{"lunch": "25:00"}', '{"lunch": 11}', '"11:00"'])
def test_times_of_day_that_are_none_are_refused_by_name(text: str) -> None:
    with pytest.raises(ValueError, match="OPS_X"):
        timing.times_of({"OPS_X": text}, "OPS_X")


def test_a_time_of_day_becomes_a_daily_cron() -> None:
    assert timing.daily_cron(timing.time_of({"OPS_X": "23:45:00"}, "OPS_X", "04:00")) == "45 23 * * *"


def test_a_day_is_read_from_the_environment_and_a_wrong_one_is_named() -> None:
    usual = date(2025, 4, 1)
    assert timing.day_of({}, "OPS_DAY", usual) == usual
    assert timing.day_of({"OPS_DAY": " 2024-02-29 "}, "OPS_DAY", usual) == date(2024, 2, 29)
    with pytest.raises(ValueError, match=r"OPS_DAY is '29\.2\.2024'; write a day like 2025-04-01"):
        timing.day_of({"OPS_DAY": "29.2.2024"}, "OPS_DAY", usual)
