"""What is wrong in Dagster's records: failed runs, checks and ticks, and the daemon's heartbeats. Only read, never run.

What belongs here: from Dagster's storage to looks (core/alerts.py). What does not: telling anybody (flows/operations).
The definitions are not loaded: what cannot be loaded has to be noticed all the same.

Texts of errors may quote a customer: of an error of our own the first line is shown, masked; of any other its kind.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import sqlalchemy as sa
from dagster import AssetCheckSeverity, AssetKey, DagsterEventType, DagsterInstance, DagsterRunStatus, RunsFilter
from dagster._core.definitions.asset_checks.asset_check_evaluation import AssetCheckEvaluation
from dagster._core.definitions.run_request import InstigatorType
from dagster._core.events import JobFailureData
from dagster._core.events.log import EventLogEntry
from dagster._core.scheduler.instigation import InstigatorStatus, TickStatus
from dagster._core.storage.dagster_run import RunRecord
from dagster._core.storage.event_log.schema import AssetCheckExecutionsTable
from dagster._serdes import deserialize_value
from dagster_shared.error import SerializableErrorInfo

from ops_platform.core.alerts import Cause, Look
from ops_platform.core.privacy import masked

LOOK_BACK: Final = timedelta(days=35)
"""Older failures are not looked at: every job and schedule comes round within a month."""

TOLD_DIRECTLY: Final = frozenset(
    {
        "no_effect_is_unknown",
        "nothing_is_overdue",
        "failed_effects_are_looked_at",
        "backups_are_fresh",
        "internet_is_reachable",
    }
)
"""Checks of what the watchdog looks at itself (flows/operations/looks.py), and sooner: one cause, one message."""

BY_HAND: Final = "__ASSET_JOB"
_MOST_RUNS: Final = 500
_LONGEST: Final = 500
_OURS: Final = ("ops_platform.", "dagster._core.definitions.events.Failure")
_ENDED: Final = frozenset({TickStatus.SUCCESS, TickStatus.SKIPPED, TickStatus.FAILURE})


@dataclass
class DagsterRecords:
    """Looks at one instance. What a failed run said is kept, so that it is read once."""

    instance: DagsterInstance
    _said: dict[str, tuple[list[str], bool]] = field(default_factory=dict)

    def runs(self, now: datetime, *, told_elsewhere: Collection[str] = ()) -> Look:
        """The area runs: jobs whose newest finished run failed. told_elsewhere: runs whose failure has a cause of its
        own (an automation, see flows/operations/looks.py)."""
        wanted = RunsFilter(statuses=[DagsterRunStatus.FAILURE], updated_after=now - LOOK_BACK)
        failed: dict[str, list[RunRecord]] = {}
        for record in self.instance.get_run_records(wanted, limit=_MOST_RUNS):
            failed.setdefault(record.dagster_run.job_name, []).append(record)
        causes, well = [], {}
        for job, records in failed.items():
            key = f"runs/{job if job != BY_HAND else 'by-hand'}"
            good = self.instance.get_run_records(RunsFilter(job_name=job, statuses=[DagsterRunStatus.SUCCESS]), limit=1)
            since = good[0].storage_id if good else 0
            bad = [record for record in records if record.storage_id > since]
            if not bad:
                well[key] = f"the run {good[0].dagster_run.run_id[:8]} succeeded"
                continue
            said, by_a_check = self._story(bad[0].dagster_run.run_id)
            if bad[0].dagster_run.run_id in told_elsewhere or by_a_check:
                well[key] = "its failure is told by its own cause"
                continue
            causes.append(_failed_job(key, job, bad, said[0]))
        return Look("runs", tuple(causes), well)

    def checks(self, now: datetime, *, warnings: bool, told_elsewhere: Collection[str] = ()) -> Look:
        """The area checks: those that failed when they were last asked, as errors or (with `warnings`) as warnings.

        told_elsewhere: assets whose work failed, which is a cause of its own; their checks can only say the same.
        """
        rows = self._newest_checks(now - LOOK_BACK)
        causes, well = [], {}
        for row in rows:
            asset = AssetKey.from_db_string(row["asset_key"])
            name = f"{asset.to_user_string() if asset else row['asset_key']}: {row['check_name']}"
            key = f"checks/{name.replace(': ', ':')}"
            found = _evaluation(row["evaluation_event"]) if row["execution_status"] == "FAILED" else None
            is_warning = found is not None and found.severity == AssetCheckSeverity.WARN
            told = row["check_name"] in TOLD_DIRECTLY or (
                asset is not None and asset.to_user_string() in told_elsewhere
            )
            if found is None or told or (is_warning and not warnings):
                how = "it is told by another cause" if told else "it is only a warning now"
                well[key] = how if found else "the check passed when it was asked again"
                continue
            causes.append(
                Cause(
                    key,
                    f"The check {name} failed",
                    _short(masked(found.description or "It gave no reason.")),
                    "The asset's page in the UI shows the rows behind it.",
                    "warning" if is_warning else "error",
                )
            )
        return Look("checks", tuple(causes), well)

    def ticks(self, now: datetime) -> Look:
        """The area ticks: schedules and sensors whose newest tick failed."""
        states = {
            state.selector_id: state
            for state in self.instance.all_instigator_state()
            if state.status is not InstigatorStatus.STOPPED
        }
        # Without `statuses`, which this version of Dagster cannot take here: the newest may be under way.
        newest = self.instance.get_batch_ticks(list(states), limit=3) if states else {}
        causes, well = [], {}
        for selector, ticks in newest.items():
            state, tick = states[selector], next((each for each in ticks if each.status in _ENDED), None)
            if tick is None or now - datetime.fromtimestamp(tick.timestamp, UTC) > LOOK_BACK:
                continue
            key = f"ticks/{state.instigator_name}"
            if tick.status is not TickStatus.FAILURE:
                well[key] = "the next one went well"
                continue
            is_sensor = state.instigator_type is InstigatorType.SENSOR
            causes.append(
                Cause(
                    key,
                    f"The {'sensor' if is_sensor else 'schedule'} {state.instigator_name} fails",
                    _told(tick.error),
                    "Its page in the UI (Automation) shows the whole error.",
                    # A sensor is asked again within a minute, also when the code server was just starting.
                    patience=timedelta(minutes=3 if is_sensor else 0),
                )
            )
        return Look("ticks", tuple(causes), well)

    def errors(self, run_id: str) -> list[str]:
        """What a failed run said: a line a step that failed, else why the run itself did."""
        return self._story(run_id)[0]

    def failed_checks(self, run_ids: Collection[str]) -> dict[str, list[str]]:
        """Run -> its checks that failed as errors, a line each."""
        table = AssetCheckExecutionsTable.c
        query = sa.select(table.run_id, table.evaluation_event).where(table.execution_status == "FAILED")
        found: dict[str, list[str]] = {}
        if not run_ids:
            return found
        with self.instance.event_log_storage.index_connection() as connection:  # type: ignore[attr-defined]
            for row in connection.execute(query.where(table.run_id.in_(list(run_ids))).order_by(table.id)):
                answer = _evaluation(row.evaluation_event)
                if answer is not None and answer.severity == AssetCheckSeverity.ERROR:
                    name = f"{answer.asset_key.to_user_string()}: {answer.check_name}"
                    said = _short(masked(answer.description or "it gave no reason"))
                    found.setdefault(row.run_id, []).append(f"the check {name} failed: {said}")
        return found

    def heartbeats(self) -> Mapping[str, datetime]:
        """Kind of daemon -> its newest sign of life."""
        beats = self.instance.get_daemon_heartbeats()
        return {kind: datetime.fromtimestamp(beat.timestamp, UTC) for kind, beat in beats.items()}

    def daemons(self) -> list[str]:
        """The kinds of daemon this instance has to have."""
        return list(self.instance.get_required_daemon_types())

    def _newest_checks(self, since: datetime) -> list[Mapping[str, Any]]:
        """The newest answer of each check; with its event only when it failed."""
        table = AssetCheckExecutionsTable.c
        newest = (
            sa.select(sa.func.max(table.id))
            .where(table.execution_status.in_(["SUCCEEDED", "FAILED"]))
            .where(table.create_timestamp > since.astimezone(UTC).replace(tzinfo=None))
            .group_by(table.asset_key, table.check_name)
        )
        event = sa.case((table.execution_status == "FAILED", table.evaluation_event)).label("evaluation_event")
        query = sa.select(table.asset_key, table.check_name, table.execution_status, event)
        with self.instance.event_log_storage.index_connection() as connection:  # type: ignore[attr-defined]
            found = connection.execute(query.where(table.id.in_(newest)).order_by(table.asset_key, table.check_name))
            return [row._mapping for row in found]

    def _story(self, run_id: str) -> tuple[list[str], bool]:
        """What a failed run said, and whether it only stopped because a blocking check failed."""
        if run_id not in self._said:
            self._said[run_id] = self._read_story(run_id)
        return self._said[run_id]

    def _read_story(self, run_id: str) -> tuple[list[str], bool]:
        wanted = {DagsterEventType.STEP_FAILURE, DagsterEventType.RUN_FAILURE}
        steps: list[str] = []
        kinds: set[str | None] = set()
        of_run = ""
        for entry in self.instance.all_logs(run_id, of_type=wanted):
            event = entry.dagster_event
            if event is None:
                continue
            if event.event_type is DagsterEventType.STEP_FAILURE:
                error = event.step_failure_data.error
                kinds.add(error.cls_name if error else None)
                steps.append(f"{event.step_key}: {_told(error)}")
            elif isinstance(event.event_specific_data, JobFailureData):
                error = event.event_specific_data.error
                of_run = _told(error) if error else _short(masked(event.message or ""))
        return steps or [of_run or "It did not say why."], kinds == {"DagsterAssetCheckFailedError"}


def _failed_job(key: str, job: str, bad: list[RunRecord], what: str) -> Cause:
    newest = bad[0]
    often = f" {len(bad)} times in a row" if len(bad) > 1 else ""
    name = f"The job {job} failed" if job != BY_HAND else "A run that was started by hand failed"
    return Cause(
        key,
        name,
        f"{what}{' It failed' + often + '.' if often else ''}",
        f"The run {newest.dagster_run.run_id[:8]} in the UI has the whole story; running it again does no harm.",
    )


def _evaluation(text: str | None) -> AssetCheckEvaluation | None:
    event = deserialize_value(text, EventLogEntry).dagster_event if text else None
    data = event.event_specific_data if event else None
    return data if isinstance(data, AssetCheckEvaluation) else None


def _root(error: SerializableErrorInfo) -> SerializableErrorInfo:
    """The error of the code: Dagster wraps it."""
    while error.cause is not None and error.cls_name == "DagsterExecutionStepExecutionError":
        error = error.cause
    return error


def _told(error: SerializableErrorInfo | None) -> str:
    """An error as it may be mailed."""
    if error is None:
        return "It did not say why."
    error = _root(error)
    message = error.message.strip()
    if not message.startswith(_OURS):
        return f"{error.cls_name or 'An error'} (the page of the run shows all of it)."
    return _short(masked(message.partition(": ")[2].splitlines()[0] if ": " in message else message))


def _short(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST].rstrip()} ..."
