"""The daily log as a person reads it, on ordinary days and on those that are not."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ops_platform.core.daily_log import WIDTH, Process, day_bounds, day_text, file_name, gathered, span, totals

STORE = ZoneInfo("America/New_York")
DAY = date(2026, 5, 14)


def at(hour: int, minute: int = 0, *, day: date = DAY, fold: int = 0) -> datetime:
    return datetime(day.year, day.month, day.day, hour, minute, 3, tzinfo=STORE, fold=fold).astimezone(UTC)


def test_a_day_reads_like_this() -> None:
    text = day_text(
        "Business automations",
        DAY,
        STORE,
        [
            Process(
                "Inventory upload (4)",
                at(5),
                0.84,
                "failed",
                ("412 looked at, 1 files published",),
                ((1, "1 files were not published: the disk of the web shop's file server is full"),),
            ),
            Process("Total sold (10)", at(4), 72.44, "done", ("1,200 looked at, 28 changes planned, 28 made",)),
            Process("Brands (7)", at(6), None, "running"),
        ],
    )
    assert text.splitlines() == [
        "Business automations: Thursday, May 14, 2026 (America/New_York)",
        "=" * WIDTH,
        "",
        "04:00:03  Total sold (10)",
        "          1,200 looked at, 28 changes planned, 28 made",
        "          done; total time 1 min 12.4 s",
        "",
        "05:00:03  Inventory upload (4)",
        "          412 looked at, 1 files published",
        "          ERROR: 1 files were not published: the disk of the web shop's file server is full",
        "          FAILED; total time 0.8 s; 1 error",
        "",
        "06:00:03  Brands (7)",
        "          still running",
        "",
        "=" * WIDTH,
        "Processes:    3 (1 done, 1 failed, 1 running)",
        "Total time:   1 min 13.3 s",
        "Total errors: 1",
    ]


def test_a_day_on_which_nothing_ran_says_so() -> None:
    assert day_text("Vehicles", DAY, STORE, []).endswith("Processes:    0\nTotal time:   0.0 s\nTotal errors: 0\n")


def test_many_errors_of_one_line_are_counted_one_by_one() -> None:
    process = Process("Brands (7)", at(6), 1.0, "done", (), ((12, "12 changes failed: refused"), (1, "another")))
    assert totals([process, process]).errors == 26
    assert "done; total time 1.0 s; 13 errors" in day_text("x", DAY, STORE, [process])


def test_what_runs_every_few_minutes_is_one_section_and_its_failures_have_their_own() -> None:
    often = [
        Process("restaurant_incremental", at(hour, minute), 2.0, "done") for hour in range(24) for minute in (0, 30)
    ]
    failed = Process("restaurant_incremental", at(12, 10), 1.0, "failed", (), ((1, "nobody answers"),))
    hourly = [Process("retail_hourly", at(hour), 1.0, "done") for hour in range(24)]
    found = gathered([*often, failed, *hourly], STORE)
    assert len(found) == 1 + 1 + 24
    one = next(process for process in found if process.times > 1)
    assert (one.times, one.seconds, one.started_at) == (48, 96.0, at(0))
    assert one.notes == ("48 times without an error, the last one at 23:30:03",)
    assert totals(found) == totals([*often, failed, *hourly])


@pytest.mark.parametrize(
    ("day", "hours", "name"),
    [
        (date(2026, 5, 14), 24, "automations_05_14_26.txt"),
        (date(2026, 3, 8), 23, "automations_03_08_26.txt"),  # clocks go forward
        (date(2026, 11, 1), 25, "automations_11_01_26.txt"),  # and back
        (date(2028, 2, 29), 24, "automations_02_29_28.txt"),
        (date(2026, 12, 31), 24, "automations_12_31_26.txt"),
        (date(2027, 1, 1), 24, "automations_01_01_27.txt"),
    ],
)
def test_a_day_is_as_long_as_it_is_there_and_its_file_has_its_name(day: date, hours: int, name: str) -> None:
    start, end = day_bounds(day, STORE)
    assert end - start == timedelta(hours=hours)
    assert start.astimezone(STORE).time().isoformat() == "00:00:00"
    assert file_name("automations", day) == name


def test_the_hour_that_comes_twice_is_told_apart_and_in_its_order() -> None:
    autumn = date(2026, 11, 1)
    later = Process("Upload", at(1, 30, day=autumn, fold=1), 1.0, "done")
    earlier = Process("Upload", at(1, 30, day=autumn), 1.0, "done")
    lines = [line for line in day_text("x", autumn, STORE, [later, earlier]).splitlines() if "Upload" in line]
    assert lines == ["01:30:03 EDT  Upload", "01:30:03 EST  Upload"]


@given(
    st.dates(date(2020, 1, 1), date(2035, 12, 30)),
    st.sampled_from(["America/New_York", "Asia/Kolkata", "Europe/London"]),
)
def test_days_follow_each_other_without_a_gap(day: date, zone: str) -> None:
    assert day_bounds(day, ZoneInfo(zone))[1] == day_bounds(day + timedelta(days=1), ZoneInfo(zone))[0]


@given(st.text(max_size=300))
def test_whatever_an_error_says_it_stays_in_its_section(text: str) -> None:
    lines = day_text("x", DAY, STORE, [Process("Upload", at(4), 1.0, "failed", (), ((1, text),))]).splitlines()
    assert lines[-1] == "Total errors: 1"
    section = lines[3 : lines.index("=" * WIDTH, 3)]
    assert section[0] == "04:00:03  Upload"
    assert all(line.startswith("          ") for line in section[1:] if line)


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.04, "0.0 s"), (59.96, "1 min 0.0 s"), (72.44, "1 min 12.4 s"), (7380, "2 h 3 min")]
)
def test_a_time_is_told_to_what_matters(seconds: float, text: str) -> None:
    assert span(seconds) == text
