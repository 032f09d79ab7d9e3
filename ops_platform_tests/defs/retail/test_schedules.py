"""When automations run: the owner's times, one run a time, what a late tick does, and why a tick asks for nothing."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import dagster as dg
import pytest
from dagster._utils.schedules import schedule_execution_time_iterator

from ops_platform.definitions import defs
from ops_platform.defs.clock import as_of
from ops_platform.defs.resources import OpsSettings
from ops_platform.defs.retail import automations, schedules, ticks
from ops_platform.defs.retail.checks import of_run, of_store
from ops_platform.defs.retail.schedules import SCHEDULES
from ops_platform.retail.registry import AUTOMATIONS
from ops_platform.settings import settings

NEW_YORK = "America/New_York"
DAY = datetime(2026, 5, 14, tzinfo=ZoneInfo(NEW_YORK))
HALF_HOURLY = {"new_customers", "contact_1"}
HOURLY = {"internet", "inventory_upload", "photos"}
DAYTIME = {"inactive_products", "brands", "stock_buffer", "email_lists"}
DAILY = {
    "02:00": {"total_sold", "related_items"},
    "04:00": {"always_online", "sort_order", "featured_products"},
    "05:00": {"admin_report", "item_report", "refunded_customers"},
    "07:00": {"daily_revenue_report", "lead_followup"},
    "10:30": {"text_wholesale"},
    "11:30": {"stock_notifications", "text_first_time_3", "text_returning_1"},
    "15:30": {"text_returning_3"},
    "18:30": {"text_first_time_1"},
    "19:00": {"text_first_time_2", "text_returning_2"},
    "21:00": {"expired_coupons", "competitor_prices", "refunded_customers", "wholesale_loyalty", "negative_balances"},
    "22:00": {"landlines"},
    "22:30": {"backups"},
}
NAMES = [
    "retail_half_hourly", "retail_hourly", "retail_0600_to_2000_every_2h", "retail_0500_and_2100", "retail_0200",
    "retail_0400", "retail_0500", "retail_0700", "retail_1030", "retail_1130", "retail_1530", "retail_1830",
    "retail_1900", "retail_2100", "retail_2200", "retail_2230", "retail_0900_of_days_1_to_3", "retail_sunday_0500",
]  # fmt: skip


def evaluate(name: str, tick: datetime, monkeypatch: pytest.MonkeyPatch, *, now: datetime | None = None) -> object:
    """What a schedule does at a tick that is evaluated a minute later, or at `now`."""
    moment = now or tick + timedelta(minutes=1)
    monkeypatch.setattr(schedules, "as_of", lambda _tags, _zone: moment)
    [schedule] = [schedule for schedule in SCHEDULES if schedule.name == name]
    with dg.build_schedule_context(scheduled_execution_time=tick, resources={"settings": OpsSettings()}) as context:
        return schedule(context)


def selected(found: object) -> set[str]:
    assert isinstance(found, dg.RunRequest), found
    return {key.path[1] for key in found.asset_selection or []}


def reason(found: object) -> str:
    assert isinstance(found, dg.SkipReason), found
    return str(found.skip_message)


def runs_of(day: datetime, monkeypatch: pytest.MonkeyPatch) -> dict[str, list[set[str]]]:
    """Every run a day asks for, by the time on the wall."""
    runs: dict[str, list[set[str]]] = defaultdict(list)
    end = (day + timedelta(days=1)).timestamp()
    for schedule in SCHEDULES:
        for tick in schedule_execution_time_iterator(day.timestamp(), schedule.cron_schedule, NEW_YORK, ascending=True):
            if tick.timestamp() >= end:
                break
            found = evaluate(schedule.name, tick, monkeypatch)
            if isinstance(found, dg.RunRequest):
                runs[f"{tick:%H:%M}"].append(selected(found))
    return runs


def test_a_day_has_one_run_each_half_hour_with_everything_that_is_due_then(
    sandbox: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs = runs_of(DAY, monkeypatch)
    assert {len(asked) for asked in runs.values()} == {1}
    expected = {f"{hour:02}:{minute}": set(HALF_HOURLY) for hour in range(24) for minute in ("00", "30")}
    for hour in range(24):
        expected[f"{hour:02}:00"] |= HOURLY
    for hour in range(6, 21, 2):
        expected[f"{hour:02}:00"] |= DAYTIME
    for at, names in DAILY.items():
        expected[at] |= names
    assert {at: asked[0] for at, asked in runs.items()} == expected


def test_the_weekly_report_comes_on_sunday_with_the_work_of_that_hour(
    sandbox: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    sunday = DAY + timedelta(days=3)
    found = selected(evaluate("retail_sunday_0500", sunday.replace(hour=5), monkeypatch))
    assert found == HALF_HOURLY | HOURLY | DAILY["05:00"] | {"revenue_report"}
    assert "retail_sunday_0500" in reason(evaluate("retail_0500", sunday.replace(hour=5), monkeypatch))


@pytest.mark.parametrize("day", [datetime(2026, 3, 8), datetime(2026, 11, 1)])  # noqa: DTZ001
def test_nothing_is_left_out_or_done_twice_on_days_when_clocks_change(
    sandbox: None, monkeypatch: pytest.MonkeyPatch, day: datetime
) -> None:
    runs = runs_of(day.replace(tzinfo=ZoneInfo(NEW_YORK)), monkeypatch)
    nightly = [names for asked in runs.values() for names in asked if "total_sold" in names]
    assert len(nightly) == 1
    assert len([names for asked in runs.values() for names in asked if "sort_order" in names]) == 1


def test_a_run_works_for_its_tick_and_asks_only_its_own_checks(sandbox: None, monkeypatch: pytest.MonkeyPatch) -> None:
    tick = DAY.replace(hour=2)
    found = evaluate("retail_0200", tick, monkeypatch)
    assert isinstance(found, dg.RunRequest)
    assert as_of(found.tags, NEW_YORK) == tick
    assert found.asset_check_keys == of_run(found.asset_selection or [])
    asked = {key.asset_key.path[1] for key in found.asset_check_keys or []}
    assert asked == selected(found) | {key.asset_key.path[1] for key in (spec.key for spec in of_store.specs)}


def test_a_tick_that_is_evaluated_twice_asks_for_the_same_run(sandbox: None, monkeypatch: pytest.MonkeyPatch) -> None:
    tick = DAY.replace(hour=2)
    first, second = (evaluate("retail_0200", tick, monkeypatch) for _ in range(2))
    assert isinstance(first, dg.RunRequest)
    assert isinstance(second, dg.RunRequest)
    assert first.run_key == second.run_key


def test_the_hour_that_comes_twice_in_autumn_is_two_runs(sandbox: None, monkeypatch: pytest.MonkeyPatch) -> None:
    twice = [datetime(2026, 11, 1, 1, fold=fold, tzinfo=ZoneInfo(NEW_YORK)) for fold in (0, 1)]
    first, second = (evaluate("retail_hourly", tick, monkeypatch, now=tick) for tick in twice)
    assert isinstance(first, dg.RunRequest)
    assert isinstance(second, dg.RunRequest)
    assert first.run_key != second.run_key


def test_where_schedules_meet_the_rarest_asks_and_the_others_say_so(
    sandbox: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "retail_0400 ticks at the same time" in reason(evaluate("retail_hourly", DAY.replace(hour=4), monkeypatch))
    at_eight = DAY.replace(hour=8)
    assert "retail_0600_to_2000_every_2h" in reason(evaluate("retail_hourly", at_eight, monkeypatch))


def test_a_late_tick_leaves_to_later_ones_what_they_do_again(sandbox: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """After a night without power the daily work is caught up once, the hourly work is not done eight times."""
    now = DAY.replace(hour=10, minute=5)
    assert selected(evaluate("retail_0200", DAY.replace(hour=2), monkeypatch, now=now)) == {
        "total_sold",
        "related_items",
    }
    assert "a later tick has come already" in reason(
        evaluate("retail_hourly", DAY.replace(hour=3), monkeypatch, now=now)
    )
    every_2h = "retail_0600_to_2000_every_2h"
    assert selected(evaluate(every_2h, DAY.replace(hour=10), monkeypatch, now=now)) == HALF_HOURLY | HOURLY | DAYTIME


def test_without_a_sandbox_a_tick_skips_and_says_what_to_do(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "`ops sandbox` starts one" in reason(evaluate("retail_hourly", DAY.replace(hour=3), monkeypatch))


def test_what_needs_no_sandbox_runs_without_one(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPS_RETAIL__COUNTERPOINT__MODE", "live")
    monkeypatch.setenv("OPS_COUNTERPOINT_DATABASE_URL", "mssql+pymssql://u:p@127.0.0.1/x")
    settings.cache_clear()
    found = evaluate("retail_0600_to_2000_every_2h", DAY.replace(hour=8), monkeypatch)
    assert selected(found) == DAYTIME | {"contact_1"}


@pytest.mark.parametrize("name", NAMES)
def test_schedules_are_on_without_a_click_in_the_stores_zone(name: str) -> None:
    schedule = defs.resolve_schedule_def(name)
    assert schedule.default_status == dg.DefaultScheduleStatus.RUNNING
    assert schedule.execution_timezone == NEW_YORK


def test_there_is_a_schedule_for_every_cron_line_of_the_registry() -> None:
    assert sorted(schedule.name for schedule in SCHEDULES) == sorted(NAMES)
    assert {schedule.cron_schedule for schedule in SCHEDULES} == {automation.cron for automation in AUTOMATIONS}


@pytest.mark.parametrize(
    ("cron", "name"),
    [
        ("30 10 * * *", "retail_1030"),
        ("0 5 * * 0", "retail_sunday_0500"),
        ("0 5,21 * * *", "retail_0500_and_2100"),
        ("0,30 * * * *", "retail_half_hourly"),
        ("0 9 1 * *", "retail_0_9_1_any_any"),
        ("*/30 * * * *", "retail_any_every_30_any_any_any_any"),
    ],
)
def test_a_schedule_is_named_after_its_times(cron: str, name: str) -> None:
    assert ticks.name_of(cron) == name


def test_a_text_that_the_store_sends_at_another_time_is_planned_at_that_time() -> None:
    """Planned by the tick of the catalogue's hour it would be too late every day, and nobody would hear of it."""
    own = automations.of_environment({"OPS_TEXT_TIMES": '{"first_time_1": "11:00", "birthday": "10:15"}'})
    due = {at: {each.name for each in ticks.due(own, *_tick(at), NEW_YORK)} for at in ("11:00", "18:30", "19:00")}
    assert "text_first_time_1" in due["11:00"]
    assert "text_first_time_1" not in due["18:30"]
    assert "text_first_time_2" in due["19:00"]
    assert {"0 11 * * *", "15 10 1-3 * *"} <= set(ticks.crons(own))
    assert "30 18 * * *" not in ticks.crons(own)
    assert automations.of_environment({}) == AUTOMATIONS


def _tick(at: str) -> tuple[datetime, datetime]:
    tick = DAY.replace(hour=int(at[:2]), minute=int(at[3:]))
    return tick, tick + timedelta(minutes=1)


def test_the_zone_comes_from_the_environment() -> None:
    assert schedules.zone_name({"OPS_RETAIL__TIMEZONE": "Europe/Berlin"}) == "Europe/Berlin"
