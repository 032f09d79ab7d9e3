"""The daily schedule: its time, its one run for all dealerships, and what it does on odd days."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from itertools import islice
from zoneinfo import ZoneInfo

import dagster as dg
import pytest
import sqlalchemy as sa
from dagster._utils.schedules import schedule_execution_time_iterator

from ops_platform.definitions import defs
from ops_platform.defs.clock import as_of
from ops_platform.defs.partition_tags import RANGE_END_TAG, RANGE_START_TAG
from ops_platform.defs.resources import OpsDatabase
from ops_platform.defs.vehicles.partitions import NAME
from ops_platform.defs.vehicles.schedules import daily_cron, vehicles_daily_schedule, zone_name
from ops_platform.settings import settings
from ops_platform_tests.defs.conftest import Bench

CHICAGO = ZoneInfo("America/Chicago")
TICK = datetime(2026, 3, 7, 6, 0, tzinfo=CHICAGO)


@pytest.fixture(scope="module")
def stored(bench: Bench) -> Iterator[Bench]:
    """A schedule opens its instance by reference, so it has to be one that is stored."""
    with dg.instance_for_test() as instance:
        yield Bench(bench.settings, instance)


def evaluate(bench: Bench, at: datetime = TICK) -> dg.RunRequest | dg.SkipReason:
    given = {"database": OpsDatabase()}
    # A context that is left to the garbage collector puts its instance back as Dagster's current one, whenever that is.
    with dg.build_schedule_context(instance=bench.instance, scheduled_execution_time=at, resources=given) as context:
        found = vehicles_daily_schedule(context)
    assert isinstance(found, dg.RunRequest | dg.SkipReason)
    return found


def test_a_tick_asks_for_all_dealerships_in_one_run(stored: Bench) -> None:
    found = evaluate(stored)
    assert isinstance(found, dg.RunRequest)
    partitions = stored.instance.get_dynamic_partitions(NAME)
    assert len(partitions) == 40
    assert (found.tags[RANGE_START_TAG], found.tags[RANGE_END_TAG]) == (partitions[0], partitions[-1])


def test_the_run_of_a_tick_works_for_the_day_of_the_tick(stored: Bench) -> None:
    found = evaluate(stored)
    assert isinstance(found, dg.RunRequest)
    assert as_of(found.tags, "America/Chicago") == TICK
    assert as_of(found.tags, "America/Chicago").date() == date(2026, 3, 7)


def test_a_tick_that_is_evaluated_twice_asks_for_the_same_run(stored: Bench) -> None:
    first, second = evaluate(stored), evaluate(stored)
    other = evaluate(stored, datetime(2026, 3, 8, 6, 0, tzinfo=CHICAGO))
    assert isinstance(first, dg.RunRequest)
    assert isinstance(second, dg.RunRequest)
    assert isinstance(other, dg.RunRequest)
    assert first.run_key == second.run_key != other.run_key


def test_without_an_active_dealership_the_tick_says_so(stored: Bench) -> None:
    evaluate(stored)  # loads the shipped ones
    stored.execute("UPDATE dealership_configs SET is_active = false")
    try:
        found = evaluate(stored)
    finally:
        stored.execute("UPDATE dealership_configs SET is_active = true")
    assert isinstance(found, dg.SkipReason)
    assert "is_active" in str(found.skip_message)


def test_with_the_database_away_the_tick_takes_the_dealerships_it_knows(
    stored: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = evaluate(stored)
    with monkeypatch.context() as patch:
        patch.setenv("OPS_DATABASE_URL", "postgresql://nobody:none@127.0.0.1:9/nothing")
        settings.cache_clear()
        assert evaluate(stored) == known
        # Nothing is known yet: the tick fails, visibly, instead of starting a run for nobody.
        with dg.instance_for_test() as fresh, pytest.raises(sa.exc.OperationalError):
            evaluate(Bench(stored.settings, fresh))
    settings.cache_clear()


@pytest.mark.parametrize(
    ("start", "expected"),
    [
        # Spring forward: 8 March has no 02:30; 06:00 is an hour earlier by UTC.
        (date(2026, 3, 7), ["2026-03-07T12:00", "2026-03-08T11:00", "2026-03-09T11:00"]),
        # Fall back: 1 November has 01:30 twice; 06:00 once, an hour later by UTC.
        (date(2026, 10, 31), ["2026-10-31T11:00", "2026-11-01T12:00", "2026-11-02T12:00"]),
        (date(2028, 2, 28), ["2028-02-28T12:00", "2028-02-29T12:00", "2028-03-01T12:00"]),
    ],
    ids=["spring", "fall", "leap day"],
)
def test_the_schedule_ticks_once_a_day_at_six_in_chicago_whatever_the_clocks_do(
    start: date, expected: list[str]
) -> None:
    schedule = defs.resolve_schedule_def("vehicles_daily")
    assert schedule.execution_timezone == "America/Chicago"
    begin = datetime(start.year, start.month, start.day, tzinfo=CHICAGO)
    ticks = islice(
        schedule_execution_time_iterator(
            begin.timestamp(), schedule.cron_schedule, schedule.execution_timezone, ascending=True
        ),
        3,
    )
    assert [f"{tick.astimezone(UTC):%Y-%m-%dT%H:%M}" for tick in ticks] == expected


@pytest.mark.parametrize(
    ("tick", "day"),
    [
        (datetime(2026, 3, 8, 11, 0, tzinfo=UTC), date(2026, 3, 8)),
        (datetime(2026, 11, 1, 12, 0, tzinfo=UTC), date(2026, 11, 1)),
        (datetime(2026, 3, 8, 4, 30, tzinfo=UTC), date(2026, 3, 7)),  # still the evening before in Chicago
    ],
)
def test_the_day_of_a_tick_is_the_business_day_when_clocks_change(stored: Bench, tick: datetime, day: date) -> None:
    found = evaluate(stored, tick)
    assert isinstance(found, dg.RunRequest)
    assert as_of(found.tags, "America/Chicago").date() == day


@pytest.mark.parametrize(
    ("given", "cron"),
    [
        ({}, "0 6 * * *"),
        ({"OPS_VEHICLES__DAILY_AT": "16:30"}, "30 16 * * *"),
        ({"OPS_VEHICLES__DAILY_AT": "07:05:00"}, "5 7 * * *"),
    ],
)
def test_the_time_comes_from_the_environment(given: dict[str, str], cron: str) -> None:
    assert daily_cron(given) == cron


@pytest.mark.parametrize("text", ["25:00", "six", "6", "06:60", "06:00 UTC"])
def test_a_time_that_is_none_is_refused_by_name(text: str) -> None:
    with pytest.raises(ValueError, match="OPS_VEHICLES__DAILY_AT"):
        daily_cron({"OPS_VEHICLES__DAILY_AT": text})


def test_the_zone_comes_from_the_environment() -> None:
    assert zone_name({}) == "America/Chicago"
    assert zone_name({"OPS_VEHICLES__TIMEZONE": "Europe/Berlin"}) == "Europe/Berlin"


@pytest.mark.parametrize("name", ["vehicles_daily", "operations_daily"])
def test_schedules_are_on_without_a_click(name: str) -> None:
    assert defs.resolve_schedule_def(name).default_status == dg.DefaultScheduleStatus.RUNNING
