"""The two schedules: when they tick, which day they ask for, and why a tick asks for nothing."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from itertools import islice
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import dagster as dg
import pytest
from dagster._utils.schedules import schedule_execution_time_iterator

from ops_platform.definitions import defs
from ops_platform.defs.clock import as_of
from ops_platform.defs.partition_tags import PARTITION_TAG
from ops_platform.defs.resources import OpsSettings
from ops_platform.defs.restaurant.partitions import DAYS, days_of_tags
from ops_platform.defs.restaurant.schedules import (
    closing_cron,
    poll_crons,
    restaurant_daily_schedule,
    restaurant_incremental_schedule,
)
from ops_platform.settings import settings

KOLKATA = ZoneInfo("Asia/Kolkata")
TICK = datetime(2026, 1, 9, 17, 20, tzinfo=KOLKATA)


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    """A schedule opens its instance by reference, so it has to be one that is stored."""
    with dg.instance_for_test() as made:
        yield made


def ticking(instance: dg.DagsterInstance, at: datetime, **values: Any) -> dg.ScheduleEvaluationContext:
    """The context of a tick, to be entered: one left to the garbage collector puts its instance back some time."""
    return dg.build_schedule_context(
        instance=instance, scheduled_execution_time=at, resources={"settings": OpsSettings()}, **values
    )


def poll(instance: dg.DagsterInstance, at: datetime = TICK) -> dg.RunRequest | dg.SkipReason:
    with ticking(instance, at) as context:
        found = restaurant_incremental_schedule(context)
    assert isinstance(found, dg.RunRequest | dg.SkipReason)
    return found


def asked(found: dg.RunRequest | dg.SkipReason) -> dg.RunRequest:
    assert isinstance(found, dg.RunRequest), found
    return found


def reason(found: dg.RunRequest | dg.SkipReason) -> str:
    assert isinstance(found, dg.SkipReason)
    return str(found.skip_message)


def test_a_tick_asks_for_one_run_that_works_for_its_time_and_business_day(
    instance: dg.DagsterInstance, sandbox: None
) -> None:
    found = asked(poll(instance))
    assert found.partition_key == "2026-01-09"
    assert as_of(found.tags, "Asia/Kolkata") == TICK
    assert found.run_config == {"ops": {"load_orders": {"config": {"only_new": True}}}}


def test_the_run_a_tick_asks_for_is_one_the_job_takes(instance: dg.DagsterInstance, sandbox: None) -> None:
    with ticking(instance, TICK, repository_def=defs.get_repository_def()) as context:
        [request] = defs.resolve_schedule_def("restaurant_incremental").evaluate_tick(context).run_requests or []
    assert request.tags[PARTITION_TAG] == "2026-01-09"
    dg.validate_run_config(defs.resolve_job_def("restaurant_incremental"), request.run_config)


def test_a_tick_after_midnight_is_of_the_business_day_that_still_goes_on(
    instance: dg.DagsterInstance, sandbox: None
) -> None:
    assert asked(poll(instance, datetime(2026, 1, 10, 3, 50, tzinfo=KOLKATA))).partition_key == "2026-01-09"
    assert asked(poll(instance, datetime(2026, 1, 10, 4, 0, tzinfo=KOLKATA))).partition_key == "2026-01-10"


def test_a_tick_that_is_evaluated_twice_asks_for_the_same_run(instance: dg.DagsterInstance, sandbox: None) -> None:
    first, second = asked(poll(instance)), asked(poll(instance))
    other = asked(poll(instance, datetime(2026, 1, 9, 17, 30, tzinfo=KOLKATA)))
    assert first.run_key == second.run_key != other.run_key


@pytest.mark.parametrize(
    "status", [dg.DagsterRunStatus.STARTING, dg.DagsterRunStatus.STARTED, dg.DagsterRunStatus.CANCELING]
)
def test_ticks_do_not_pile_up_behind_a_run_that_is_under_way(
    instance: dg.DagsterInstance, sandbox: None, status: dg.DagsterRunStatus
) -> None:
    run = dg.DagsterRun(job_name="restaurant_incremental", status=status)
    instance.add_run(run)
    assert "is queued or running; the next tick fetches what comes meanwhile" in reason(poll(instance))
    instance.report_run_canceled(run)
    asked(poll(instance))


def test_a_run_that_was_never_launched_keeps_no_tick_back(instance: dg.DagsterInstance, sandbox: None) -> None:
    instance.add_run(dg.DagsterRun(job_name="restaurant_incremental", status=dg.DagsterRunStatus.NOT_STARTED))
    asked(poll(instance))


def test_a_run_of_another_job_keeps_no_tick_back(instance: dg.DagsterInstance, sandbox: None) -> None:
    instance.add_run(dg.DagsterRun(job_name="vehicles_daily", status=dg.DagsterRunStatus.STARTED))
    asked(poll(instance))


def test_without_a_running_sandbox_a_tick_skips_and_says_what_to_do(instance: dg.DagsterInstance, home: Path) -> None:
    assert "no sandbox is running: `ops sandbox` starts one" in reason(poll(instance))


def test_a_live_source_needs_no_sandbox(
    instance: dg.DagsterInstance, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPS_RESTAURANT__ORDERS_FROM", "stream")
    monkeypatch.setenv("OPS_RESTAURANT__STREAM__URL", "http://127.0.0.1:9")
    monkeypatch.setenv("OPS_RESTAURANT__STREAM__API_KEY", "k")
    settings.cache_clear()
    asked(poll(instance))


def test_the_morning_asks_for_the_day_that_ended_once_more(instance: dg.DagsterInstance, home: Path) -> None:
    with ticking(instance, datetime(2026, 1, 10, 4, 30, tzinfo=KOLKATA)) as context:
        found = restaurant_daily_schedule(context)
    assert isinstance(found, dg.RunRequest)
    assert found.partition_key == "2026-01-09"
    assert found.run_config == {}  # so the step's own default: the day again, not only what is new


@pytest.mark.parametrize("name", ["restaurant_incremental", "restaurant_daily"])
def test_schedules_are_on_without_a_click_in_the_shops_zone(name: str) -> None:
    schedule = defs.resolve_schedule_def(name)
    assert schedule.default_status == dg.DefaultScheduleStatus.RUNNING
    assert schedule.execution_timezone == "Asia/Kolkata"


def test_the_shop_is_polled_every_ten_minutes_unless_set_otherwise() -> None:
    schedule = defs.resolve_schedule_def("restaurant_incremental")
    begin = datetime(2026, 1, 9, 12, 5, tzinfo=KOLKATA)
    found = islice(
        schedule_execution_time_iterator(begin.timestamp(), schedule.cron_schedule, "Asia/Kolkata", ascending=True), 3
    )
    assert [f"{tick:%H:%M}" for tick in found] == ["12:10", "12:20", "12:30"]
    assert poll_crons({"OPS_RESTAURANT__POLL_MINUTES": "30"}) == ["*/30 * * * *"]
    with pytest.raises(ValueError, match="OPS_RESTAURANT__POLL_MINUTES"):
        poll_crons({"OPS_RESTAURANT__POLL_MINUTES": "often"})


@pytest.mark.parametrize(("start", "cron"), [("", "30 4 * * *"), ("05:45", "15 6 * * *"), ("23:40", "10 0 * * *")])
def test_the_day_is_done_again_half_an_hour_after_it_changed(start: str, cron: str) -> None:
    assert closing_cron({"OPS_RESTAURANT__DAY_STARTS_AT": start}) == cron


def test_business_days_are_partitions_up_to_the_one_that_goes_on() -> None:
    now = datetime(2026, 1, 9, 0, 10, tzinfo=KOLKATA)
    with dg.DagsterInstance.ephemeral() as instance:
        keys = DAYS.get_partition_keys(current_time=now, dynamic_partitions_store=instance)
    assert (keys[0], keys[-1]) == ("2025-04-01", "2026-01-09")


def test_the_days_of_a_run_are_those_of_its_partition_or_range() -> None:
    ranged = {
        "dagster/asset_partition_range_start": "2025-12-30",
        "dagster/asset_partition_range_end": "2026-01-02",
    }
    assert days_of_tags({PARTITION_TAG: "2026-01-09"}) == [date(2026, 1, 9)]
    assert [f"{day:%m-%d}" for day in days_of_tags(ranged)] == ["12-30", "12-31", "01-01", "01-02"]
    assert days_of_tags({}) == []
