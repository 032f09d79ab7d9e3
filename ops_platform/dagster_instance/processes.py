"""What Dagster ran on a day, for the daily log. Only read.

What belongs here: runs as processes (core/daily_log.py), and which business each is of. What does not: the store's
automations, which keep records of their own (flows/operations/daily_log.py).
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from dagster import DagsterInstance, DagsterRun, DagsterRunStatus, RunsFilter
from dagster._core.storage.dagster_run import RunRecord

from ops_platform.core.daily_log import Process, Status, day_bounds, gathered, span
from ops_platform.dagster_instance.looks import BY_HAND, DagsterRecords

BUSINESSES: Final = ("retail", "vehicles", "restaurant")
_STORE_SYSTEMS: Final = frozenset({"counterpoint", "bigcommerce", "webdav"})
_STATUSES: Final[dict[DagsterRunStatus, Status]] = {
    DagsterRunStatus.SUCCESS: "done",
    DagsterRunStatus.FAILURE: "failed",
    DagsterRunStatus.CANCELED: "canceled",
}
_SLOW: Final = 10.0
"""Seconds from which on a run tells where they went."""
_SHOWN_STEPS: Final = 3


def business_of(run: DagsterRun) -> str:
    """Whose run it is: by its job, else by the first asset that it makes; `platform` for all others."""
    first = run.job_name.partition("_")[0]
    if first in BUSINESSES:
        return first
    for key in sorted(run.asset_selection or (), key=lambda each: each.to_user_string()):
        group = "retail" if key.path[0] in _STORE_SYSTEMS else key.path[0]
        if group in BUSINESSES:
            return group
    return "platform"


def runs_of_day(
    instance: DagsterInstance, business: str, day: date, zone: ZoneInfo, *, told_elsewhere: Collection[str] = ()
) -> list[Process]:
    """The runs of a business that began on a day, as processes.

    told_elsewhere: runs whose work is told by records of its own; of those only what went wrong besides is a process.
    """
    start, end = day_bounds(day, zone)
    # A run may wait in the queue over midnight.
    wanted = RunsFilter(created_after=start - timedelta(days=1), created_before=end)
    found = []
    records = DagsterRecords(instance)
    for record in instance.get_run_records(wanted):
        began = record.start_time
        if began is None or not start.timestamp() <= began < end.timestamp():
            continue
        if business_of(record.dagster_run) == business:
            found.append(record)
    checks = records.failed_checks([record.dagster_run.run_id for record in found])
    processes = []
    for record in found:
        run = record.dagster_run
        told = run.run_id in told_elsewhere
        errors = [(1, text) for text in checks.get(run.run_id, [])]
        if run.status is DagsterRunStatus.FAILURE and not told:
            errors = [*((1, text) for text in records.errors(run.run_id)), *errors]
        if not told or errors:
            processes.append(_process(record, errors, told=told, instance=instance))
    return gathered(processes, zone)


def _process(record: RunRecord, errors: list[tuple[int, str]], *, told: bool, instance: DagsterInstance) -> Process:
    run = record.dagster_run
    assert record.start_time is not None
    seconds = None if record.end_time is None else record.end_time - record.start_time
    name = "Assets by hand" if run.job_name == BY_HAND else run.job_name
    notes = [f"run {run.run_id[:8]}"]
    if told:
        # Its time is that of the automations, which are told by themselves.
        name, seconds = f"{name}, checks", 0.0
    elif seconds is not None and seconds >= _SLOW:
        notes += _slowest(instance, run.run_id)
    status: Status = _STATUSES.get(run.status, "running")
    return Process(name, datetime.fromtimestamp(record.start_time, UTC), seconds, status, tuple(notes), tuple(errors))


def _slowest(instance: DagsterInstance, run_id: str) -> list[str]:
    stats = instance.get_run_step_stats(run_id)
    took = {step.step_key: step.end_time - step.start_time for step in stats if step.end_time and step.start_time}
    slow = sorted(took.items(), key=lambda item: -item[1])[:_SHOWN_STEPS]
    return (
        [f"{len(took)} steps; the slowest: {', '.join(f'{key} {span(value)}' for key, value in slow)}"] if slow else []
    )
