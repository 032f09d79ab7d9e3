"""What is wrong in Dagster's records, on a real storage: by job, check and schedule, and never with personal data."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from traceback import TracebackException
from typing import Any
from zoneinfo import ZoneInfo

import dagster as dg
import pytest
from dagster._core.definitions.run_request import InstigatorType
from dagster._core.remote_origin import (
    RegisteredCodeLocationOrigin,
    RemoteInstigatorOrigin,
    RemoteRepositoryOrigin,
)
from dagster._core.scheduler.instigation import (
    InstigatorState,
    InstigatorStatus,
    ScheduleInstigatorData,
    TickData,
    TickStatus,
)
from dagster._daemon.types import DaemonHeartbeat
from dagster_shared.error import SerializableErrorInfo

from ops_platform.adapters.webdav_errors import WebDavError
from ops_platform.core.alerts import Cause, Look
from ops_platform.dagster_instance.looks import TOLD_DIRECTLY, DagsterRecords
from ops_platform.dagster_instance.processes import business_of, runs_of_day

SECRET = "Pat Canary, 828-555-0142, pat@canary.example"
FAULTS: dict[str, Exception | None] = {}


def asset(name: str, **more: Any) -> dg.AssetsDefinition:
    @dg.asset(name=name, **more)
    def made() -> None:
        if fault := FAULTS.get(name):
            raise fault

    return made


@dg.asset_check(asset="stock", blocking=True)
def stock_is_counted() -> dg.AssetCheckResult:
    """Blocks what follows."""
    return dg.AssetCheckResult(passed="stock_is_counted" not in FAULTS, description=f"3 are not; call {SECRET}")


@dg.asset_check(asset="prices")
def prices_are_there() -> dg.AssetCheckResult:
    """Only warns."""
    severity = dg.AssetCheckSeverity.WARN if FAULTS.get("mild") else dg.AssetCheckSeverity.ERROR
    return dg.AssetCheckResult(passed="prices_are_there" not in FAULTS, severity=severity, description="4 lack one")


DEFS = dg.Definitions(
    assets=[asset("vehicles_a"), asset("stock"), asset("listed", deps=["stock"]), asset("prices")],
    asset_checks=[stock_is_counted, prices_are_there],
    jobs=[
        dg.define_asset_job("vehicles_small", dg.AssetSelection.assets("vehicles_a")),
        dg.define_asset_job("listing", dg.AssetSelection.assets("stock", "listed")),
        dg.define_asset_job("pricing", dg.AssetSelection.assets("prices")),
    ],
    executor=dg.in_process_executor,
)


@pytest.fixture(autouse=True)
def _sound() -> Iterator[None]:
    FAULTS.clear()
    yield


@pytest.fixture(scope="module")
def records(instance: dg.DagsterInstance) -> DagsterRecords:
    return DagsterRecords(instance)


def run(records: DagsterRecords, job: str) -> str:
    done = DEFS.resolve_job_def(job).execute_in_process(instance=records.instance, raise_on_error=False)
    return str(done.run_id)


def now() -> datetime:
    return datetime.now(UTC)


def found(look: Look, key: str) -> Cause | None:
    assert look.causes is not None
    return next((cause for cause in look.causes if cause.key == key), None)


def test_a_job_that_fails_is_one_cause_however_often_and_over_when_it_succeeds(records: DagsterRecords) -> None:
    FAULTS["vehicles_a"] = WebDavError(f"the disk is full for {SECRET}\nsecond line", kind="full")
    for _ in range(3):
        last = run(records, "vehicles_small")
    cause = found(records.runs(now()), "runs/vehicles_small")
    assert cause is not None
    assert cause.title == "The job vehicles_small failed"
    assert cause.detail.startswith("vehicles_a: the disk is full for Pat Canary, ***42, p***@c***.example")
    assert cause.detail.endswith("It failed 3 times in a row.")
    assert last[:8] in cause.advice

    FAULTS.clear()
    good = run(records, "vehicles_small")
    look = records.runs(now())
    assert found(look, "runs/vehicles_small") is None
    assert look.well["runs/vehicles_small"] == f"the run {good[:8]} succeeded"


def test_an_error_that_is_not_ours_is_told_by_its_kind_only(records: DagsterRecords) -> None:
    FAULTS["vehicles_a"] = ValueError(f"could not convert string to float: {SECRET!r}")
    run(records, "vehicles_small")
    cause = found(records.runs(now()), "runs/vehicles_small")
    assert cause is not None
    assert cause.detail == "vehicles_a: ValueError (the page of the run shows all of it)."


def test_a_failure_that_an_automation_tells_is_not_told_twice(records: DagsterRecords) -> None:
    FAULTS["vehicles_a"] = dg.Failure("inventory_upload: the disk is full", allow_retries=False)
    last = run(records, "vehicles_small")
    assert found(records.runs(now()), "runs/vehicles_small") is not None
    look = records.runs(now(), told_elsewhere={last})
    assert found(look, "runs/vehicles_small") is None
    assert "runs/vehicles_small" in look.well


def test_a_run_stopped_by_its_check_is_told_by_the_check_alone(records: DagsterRecords) -> None:
    FAULTS["stock_is_counted"] = None
    run(records, "listing")
    assert found(records.runs(now()), "runs/listing") is None
    cause = found(records.checks(now(), warnings=False), "checks/stock:stock_is_counted")
    assert cause is not None
    assert cause.level == "error"
    assert cause.detail == "3 are not; call Pat Canary, ***42, p***@c***.example"
    FAULTS.clear()
    run(records, "listing")
    look = records.checks(now(), warnings=False)
    assert look.well["checks/stock:stock_is_counted"] == "the check passed when it was asked again"


def test_a_check_that_only_warns_is_told_when_the_setting_says_so(records: DagsterRecords) -> None:
    FAULTS.update(prices_are_there=None, mild=ValueError())
    run(records, "pricing")
    assert found(records.checks(now(), warnings=False), "checks/prices:prices_are_there") is None
    cause = found(records.checks(now(), warnings=True), "checks/prices:prices_are_there")
    assert cause is not None
    assert cause.level == "warning"


def test_a_check_of_an_asset_whose_work_failed_is_not_told_twice(records: DagsterRecords) -> None:
    FAULTS["prices_are_there"] = None
    run(records, "pricing")
    assert found(records.checks(now(), warnings=False), "checks/prices:prices_are_there") is not None
    look = records.checks(now(), warnings=False, told_elsewhere={"prices"})
    assert found(look, "checks/prices:prices_are_there") is None


def test_the_checks_that_the_watchdog_looks_after_itself_exist() -> None:
    from ops_platform.definitions import defs

    assert {key.name for key in defs.resolve_asset_graph().asset_check_keys} >= TOLD_DIRECTLY


def tick(records: DagsterRecords, name: str, status: TickStatus, *, error: Exception | None = None) -> None:
    """A tick as the daemon writes it."""
    kind = InstigatorType.SENSOR if "sensor" in name else InstigatorType.SCHEDULE
    location = RegisteredCodeLocationOrigin("ops_platform")
    origin = RemoteInstigatorOrigin(RemoteRepositoryOrigin(location, "__repository__"), name)
    data = None if kind is InstigatorType.SENSOR else ScheduleInstigatorData("0 * * * *", now().timestamp())
    state = InstigatorState(origin, kind, InstigatorStatus.RUNNING, data)
    known = {each.instigator_name for each in records.instance.all_instigator_state()}
    if name not in known:
        records.instance.add_instigator_state(state)
    told = SerializableErrorInfo.from_traceback(TracebackException.from_exception(error)) if error else None
    told_tick = TickData(state.instigator_origin_id, name, kind, status, now().timestamp(), run_ids=[], error=told)
    records.instance.create_tick(told_tick._replace(selector_id=state.selector_id))


def test_a_schedule_whose_newest_tick_failed_is_told_and_over_with_the_next_one(records: DagsterRecords) -> None:
    tick(records, "retail_hourly", TickStatus.SUCCESS)
    tick(records, "retail_hourly", TickStatus.FAILURE, error=KeyError(SECRET))
    tick(records, "a_sensor", TickStatus.FAILURE, error=WebDavError("nobody answers", kind="unreachable"))
    look = records.ticks(now())
    schedule, sensor = found(look, "ticks/retail_hourly"), found(look, "ticks/a_sensor")
    assert schedule is not None
    assert sensor is not None
    assert (schedule.title, schedule.patience) == ("The schedule retail_hourly fails", timedelta(0))
    assert "Canary" not in schedule.detail
    assert (sensor.title, sensor.detail) == ("The sensor a_sensor fails", "nobody answers")
    assert sensor.patience >= timedelta(minutes=1)  # asked again within a minute
    tick(records, "retail_hourly", TickStatus.SKIPPED)
    tick(records, "a_sensor", TickStatus.STARTED)  # not ended: nothing is known of it yet
    look = records.ticks(now())
    assert found(look, "ticks/retail_hourly") is None
    assert look.well["ticks/retail_hourly"] == "the next one went well"
    assert found(look, "ticks/a_sensor") is not None


def test_a_stopped_schedule_is_nobodys_alarm(records: DagsterRecords) -> None:
    tick(records, "stopped", TickStatus.FAILURE, error=KeyError("x"))
    assert found(records.ticks(now()), "ticks/stopped") is not None
    [state] = [each for each in records.instance.all_instigator_state() if each.instigator_name == "stopped"]
    records.instance.update_instigator_state(state.with_status(InstigatorStatus.STOPPED))
    assert found(records.ticks(now()), "ticks/stopped") is None


def test_the_daemons_heartbeats_are_read_with_the_kinds_there_have_to_be(records: DagsterRecords) -> None:
    when = now() - timedelta(minutes=3)
    # Past the storage that lets only the one daemon write.
    super(type(records.instance.run_storage), records.instance.run_storage).add_daemon_heartbeat(
        DaemonHeartbeat(when.timestamp(), "SENSOR", "some-id", [])
    )
    assert abs(records.heartbeats()["SENSOR"] - when) < timedelta(seconds=1)
    assert {"SENSOR", "SCHEDULER", "QUEUED_RUN_COORDINATOR", "MONITORING"} <= set(records.daemons())


def test_the_day_of_a_business_lists_its_runs_with_their_time_and_errors(records: DagsterRecords) -> None:
    zone = ZoneInfo("America/Chicago")
    today = now().astimezone(zone).date()
    before = len(runs_of_day(records.instance, "vehicles", today, zone))
    FAULTS["vehicles_a"] = WebDavError("the disk is full", kind="full")
    run(records, "vehicles_small")
    FAULTS.clear()
    run(records, "vehicles_small")
    failed, done = sorted(runs_of_day(records.instance, "vehicles", today, zone), key=lambda each: each.started_at)[
        before:
    ]
    assert (failed.name, failed.status, failed.errors) == (
        "vehicles_small",
        "failed",
        ((1, "vehicles_a: the disk is full"),),
    )
    assert (done.status, done.errors) == ("done", ())
    assert done.seconds is not None
    assert 0 < done.seconds < 30
    assert runs_of_day(records.instance, "vehicles", date(2026, 1, 1), zone) == []


def test_a_failed_check_is_an_error_of_its_run_and_a_told_run_is_listed_for_what_else_went_wrong(
    records: DagsterRecords,
) -> None:
    zone = ZoneInfo("America/Chicago")
    today = now().astimezone(zone).date()
    FAULTS["prices_are_there"] = None
    last = run(records, "pricing")
    [process] = [each for each in platform_runs(records, today, zone) if last[:8] in each.notes[0]]
    assert process.errors == ((1, "the check prices: prices_are_there failed: 4 lack one"),)
    told = [each for each in platform_runs(records, today, zone, told={last}) if last[:8] in each.notes[0]]
    assert [(each.name, each.seconds) for each in told] == [("pricing, checks", 0.0)]
    FAULTS.clear()
    good = run(records, "pricing")
    assert not [each for each in platform_runs(records, today, zone, told={good}) if good[:8] in each.notes[0]]


def platform_runs(records: DagsterRecords, day: date, zone: ZoneInfo, told: set[str] | None = None) -> list[Any]:
    return runs_of_day(records.instance, "platform", day, zone, told_elsewhere=told or ())


@pytest.mark.parametrize(
    ("job", "asset_path", "business"),
    [
        ("vehicles_daily", None, "vehicles"),
        ("retail_automations", None, "retail"),
        ("operations_daily", None, "platform"),
        ("__ASSET_JOB", ["restaurant", "orders"], "restaurant"),
        ("__ASSET_JOB", ["webdav", "availability.csv"], "retail"),
        ("__ASSET_JOB", None, "platform"),
    ],
)
def test_a_run_belongs_to_the_business_of_its_job_or_its_first_asset(
    job: str, asset_path: list[str] | None, business: str
) -> None:
    selection = frozenset({dg.AssetKey(asset_path)}) if asset_path else None
    assert business_of(dg.DagsterRun(job_name=job, asset_selection=selection)) == business
