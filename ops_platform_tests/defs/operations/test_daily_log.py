"""The daily log as an asset: a file a business, and what stood in them."""

from __future__ import annotations

import itertools
from datetime import date
from zoneinfo import ZoneInfo

import pytest
from dagster._utils.schedules import schedule_execution_time_iterator

from ops_platform.core.daily_log import day_bounds
from ops_platform.definitions import defs
from ops_platform.defs.operations import maintenance
from ops_platform.defs.operations.daily_log import DAILY_LOG
from ops_platform_tests.defs.conftest import Bench, metadata, table

NIGHT = "2026-05-15T03:30:00-05:00"


def write_logs(bench: Bench) -> None:
    bench.run("operations_daily", asset_selection=[DAILY_LOG], tags={"ops/as_of": NIGHT})


def test_the_night_writes_the_log_of_the_day_before_with_its_errors(bench: Bench) -> None:
    bench.execute(
        "INSERT INTO retail.automation_runs (automation, as_of, status, seconds, error, run_id, created_at) VALUES "
        "('total_sold', now(), 'applied', 72.4, NULL, 'run-1', '2026-05-14 04:01:13-04'), "
        "('inventory_upload', now(), 'failed', 0.8, 'the disk is full', 'run-1', '2026-05-14 05:00:01-04'), "
        "('inventory_upload', now(), 'applied', 0.8, NULL, 'run-2', '2026-05-15 00:00:01-04')"
    )
    write_logs(bench)
    told = metadata(bench, DAILY_LOG)
    assert (told["processes"], told["errors"], told["seconds"]) == (2, 1, 73.2)
    logs = {row["business"]: row for row in table(bench, DAILY_LOG, "logs")}
    assert set(logs) == set(bench.settings.daily_log.businesses)
    assert (logs["retail"]["day"], logs["retail"]["processes"], logs["retail"]["errors"]) == ("2026-05-14", 2, 1)
    assert logs["restaurant"]["file"] == "none: nothing ran"
    file = bench.settings.daily_log.folder / "automations_05_14_26.txt"
    assert str(file) == logs["retail"]["file"]
    text = file.read_text(encoding="utf-8")
    assert "04:00:00  Update total sold (10)" in text
    assert "ERROR: the disk is full" in text
    assert text.endswith("Total errors: 1\n")
    assert text in told["the store's log"]


def test_a_second_night_changes_nothing(bench: Bench) -> None:
    write_logs(bench)
    [before] = bench.settings.daily_log.folder.glob("*.txt")
    stamp = before.stat().st_mtime_ns
    write_logs(bench)
    assert before.stat().st_mtime_ns == stamp


@pytest.mark.parametrize(
    "day", [date(2026, 3, 8), date(2026, 11, 1), date(2028, 2, 29), date(2026, 12, 31), date(2027, 1, 1)]
)
def test_the_night_comes_once_a_day_also_when_the_clocks_change(day: date) -> None:
    schedule = maintenance.operations_daily_schedule
    zone = str(schedule.execution_timezone)
    start, end = day_bounds(day, ZoneInfo(zone))
    ticks = schedule_execution_time_iterator(start.timestamp(), str(schedule.cron_schedule), zone, ascending=True)
    of_day = list(itertools.takewhile(lambda tick: tick.timestamp() < end.timestamp(), ticks))
    assert [tick.strftime("%H:%M") for tick in of_day] == ["03:30"]


def test_the_nightly_job_holds_it(bench: Bench) -> None:
    assert DAILY_LOG in defs.resolve_job_def("operations_daily").asset_layer.executable_asset_keys
