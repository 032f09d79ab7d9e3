"""Run automations: gather, plan, hold or apply, record. Independent ones go on when one fails.

What belongs here: the order of things and who may write. What does not: any rule (retail/automations), how something is
written (apply.py, publish.py) and recorded (audit.py).
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

import pandas as pd

from ops_platform.adapters.backup_store import BackupStoreError
from ops_platform.adapters.bigcommerce import BigCommerceError
from ops_platform.adapters.counterpoint import CounterpointError
from ops_platform.adapters.database import Database, held_lock
from ops_platform.adapters.files import FileWriteError
from ops_platform.adapters.ledger import Origin
from ops_platform.adapters.shared_csv import SharedCsvError
from ops_platform.adapters.text_templates import TextTemplateError
from ops_platform.adapters.webdav import WebDavError
from ops_platform.core.defects import defect, kind_of_defect
from ops_platform.flows.collection import collection_paused
from ops_platform.flows.effects import recording
from ops_platform.flows.effects.orders import Delivered
from ops_platform.flows.effects.recording import Recorded
from ops_platform.flows.effects.registry import Senders
from ops_platform.flows.retail import audit
from ops_platform.flows.retail.after import AFTER
from ops_platform.flows.retail.apply import RESULT_COLUMNS, apply_changes
from ops_platform.flows.retail.gather import Gathered
from ops_platform.flows.retail.interrupted import close_interrupted
from ops_platform.flows.retail.judging import judged
from ops_platform.flows.retail.logs import STATUS_LOG_OF, write_status_logs
from ops_platform.flows.retail.outgoing import Outgoing, allowed, deliver_due, drop_held, summed_up
from ops_platform.flows.retail.publish import FileOutcome, publish
from ops_platform.flows.retail.systems import OWN, Systems
from ops_platform.retail.automation import Automation, Plan, PlannedFile
from ops_platform.retail.campaigns.automations import UnknownCampaignError
from ops_platform.retail.campaigns.compose import TemplateError
from ops_platform.retail.campaigns.planning import MissingPictureError
from ops_platform.retail.shared_rows import SharedFileError
from ops_platform.settings_retail import RetailSettings

Progress = Callable[[str], None]
_log = logging.getLogger(__name__)


class AlreadyRunningError(Exception):
    """Another run of the same automation is under way."""

    def __init__(self, name: str) -> None:
        super().__init__(f"{name} is running already, in another process; its changes are seen by the next run")


_TOLD: Final = (
    AlreadyRunningError, BackupStoreError, BigCommerceError, CounterpointError, FileWriteError, MissingPictureError,
    SharedCsvError, SharedFileError, TemplateError, TextTemplateError, UnknownCampaignError, WebDavError,
)  # fmt: skip
"""Errors whose text says all there is to say; any other is a defect, and its traceback belongs into the log."""


@dataclass(frozen=True)
class Outcome:
    """What one automation did. status: applied, planned (nothing was written), held or failed.

    results: a row a change that was tried: target, key, field, status, detail. outgoing: what became of effects.
    api_calls: to the web shop, reading too; what several automations of a run share counts for the first that asked.
    """

    automation: Automation
    status: str
    plan: Plan
    seconds: float
    api_calls: int
    results: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=RESULT_COLUMNS, dtype=object))
    files: tuple[FileOutcome, ...] = ()
    outgoing: Outgoing = field(default_factory=Outgoing)
    batch_id: int | None = None
    error: str | None = None

    def count(self, status: str) -> int:
        """How many changes ended so."""
        return int((self.results["status"] == status).sum())

    @property
    def failed_files(self) -> list[FileOutcome]:
        """The files that could not be published."""
        return [file for file in self.files if file.status == "failed"]


@dataclass(frozen=True)
class Run:
    """A run of automations: for when it works, who asked for it, and whether it writes.

    apply: None leaves it to the settings: a sandbox is written to, a live system by those of `retail.apply` only.
    again: reports of a period that was reported are made and sent once more.
    """

    as_of: datetime
    run_id: str | None = None
    apply: bool | None = None
    again: bool = False
    progress: Progress = lambda _: None


def run_automations(db: Database, systems: Systems, automations: Iterable[Automation], run: Run) -> list[Outcome]:
    """Run automations, those that others wait for first; return what each did, in the order they ran.

    One that fails is told in its outcome. What is read is read once for all of them.
    """
    gathered = Gathered(db, systems, again=run.again)
    outcomes = []
    for automation in in_order(automations):
        run.progress(automation.title)
        outcomes.append(_run_one(db, systems, gathered, automation, run))
    return outcomes


def in_order(automations: Iterable[Automation]) -> list[Automation]:
    """Automations so that each comes after those of its `after` that are among them; else as they are given."""
    waiting = list(automations)
    names = {automation.name for automation in waiting}
    ordered: list[Automation] = []
    while waiting:
        done = {automation.name for automation in ordered}
        ready = next(a for a in waiting if (set(a.after) & names) <= done)  # the registry's test refuses circles
        waiting.remove(ready)
        ordered.append(ready)
    return ordered


def may_write(automation: Automation, target: str, systems: Systems, run: Run) -> bool:
    """Whether an automation writes to a target in this run."""
    if run.apply is not None:
        return run.apply
    return target in OWN or systems.is_sandbox(target) or automation.name in systems.settings.retail.apply


def _run_one(db: Database, systems: Systems, gathered: Gathered, automation: Automation, run: Run) -> Outcome:
    began, calls = time.perf_counter(), systems.api_calls
    plan, batch_id = Plan(), None
    try:
        with held_lock(db, f"retail.{automation.name}", wait=False) as ours:
            if not ours:
                raise AlreadyRunningError(automation.name)
            close_interrupted(db, gathered, automation)
            _log_status(db, systems, automation.name, run)  # of a run that died before it did
            inputs = gathered.inputs(automation, _settings(systems), run.as_of)
            with collection_paused():  # a campaign may make hundreds of thousands of texts
                plan = automation.plan(inputs, _settings(systems), run.as_of)
            outcome = _carry_out(db, systems, gathered, automation, plan, run)
            batch_id = outcome.batch_id
            outcome = _followed_up(db, systems, outcome, run)
    except _TOLD as error:
        outcome = Outcome(automation, "failed", plan, 0.0, 0, batch_id=batch_id, error=str(error))
    except Exception as error:  # one automation never stops the others
        _log.exception("%s failed", automation.name)
        reason = defect(error)
        outcome = Outcome(automation, "failed", plan, 0.0, 0, batch_id=batch_id, error=reason)
    return _recorded(db, outcome, run, time.perf_counter() - began, systems.api_calls - calls)


def _followed_up(db: Database, systems: Systems, outcome: Outcome, run: Run) -> Outcome:
    """Call what comes after the automation; what it did stays done when that fails."""
    name = outcome.automation.name
    if name not in AFTER or run.apply is False:
        return outcome
    try:
        AFTER[name](db, systems, run, outcome)
    except Exception as error:
        _log.exception("what comes after %s failed", name)
        why = str(error) if isinstance(error, _TOLD) else kind_of_defect(error)
        reason = outcome.error or f"it was done, but not what comes after it: {why}"
        return replace(outcome, status="failed", error=reason)
    return outcome


def _carry_out(
    db: Database, systems: Systems, gathered: Gathered, automation: Automation, plan: Plan, run: Run
) -> Outcome:
    targets = [target for target in automation.targets if may_write(automation, target, systems, run)]
    wanted = _Wanted(
        plan.changes[plan.changes["target"].isin(targets)],
        [file for file in plan.files if file.place in targets],
        allowed(plan.effects, automation, targets),
    )
    if not targets:
        return Outcome(automation, "planned", plan, 0.0, 0)
    # What waited before is out of date now: this plan waits in its place, or nothing has to wait any more.
    drop_held(db, automation.name, who="a newer plan")
    if plan.held and _is_much(db, systems, plan, wanted):
        return _hold(db, systems, automation, plan, wanted, run)
    batch_id, recorded = _record(db, systems, automation, plan, wanted, run)
    results = pd.DataFrame(columns=RESULT_COLUMNS, dtype=object)
    try:
        if batch_id is not None:
            results = write_batch(db, systems, automation.name, batch_id, wanted.changes, run)
        published = publish(db, systems, automation.name, wanted.files, run_id=run.run_id)
        delivered = deliver_due(db, Senders(systems), automation.name, run_id=run.run_id)
    finally:
        # Also when something broke after the first changes: the next automation must not plan on what was.
        for target in targets:
            gathered.forget(target)
    outgoing = summed_up(recorded, delivered, Origin(automation.name))
    return judged(Outcome(automation, "applied", plan, 0.0, 0, results, tuple(published), outgoing, batch_id))


def _is_much(db: Database, systems: Systems, plan: Plan, wanted: _Wanted) -> bool:
    """Whether a plan that says so has to wait: not when most of it was done by an earlier run of the day."""
    if len(wanted.changes) or wanted.files:
        return True
    return recording.count_new(db, Senders(systems), wanted.effects) > plan.usual


@dataclass(frozen=True)
class _Wanted:
    """The part of a plan whose systems may be written to."""

    changes: pd.DataFrame
    files: Sequence[PlannedFile]
    effects: pd.DataFrame

    @property
    def size(self) -> int:
        """What a person approves: changes and effects, else files."""
        return len(self.changes) + len(self.effects) or len(self.files)


def _record(
    db: Database, systems: Systems, automation: Automation, plan: Plan, wanted: _Wanted, run: Run
) -> tuple[int | None, Recorded]:
    """Write down in one transaction what is going to be done: changes and effects, or neither."""
    senders, batch_id = Senders(systems), None
    origin = Origin(automation.name, run_id=run.run_id)
    rows = recording.prepared(db, senders, wanted.effects, origin)
    with db.transaction() as connection:
        if len(wanted.changes):
            batch = _batch(systems, automation, plan, wanted, run)
            batch_id = audit.record_in(connection, batch, wanted.changes, status="applying")
        return batch_id, recording.record(connection, rows, origin, senders)


def write_batch(
    db: Database,
    systems: Systems,
    automation: str,
    batch_id: int,
    changes: pd.DataFrame,
    run: Run,
    *,
    decided_by: str | None = None,
) -> pd.DataFrame:
    """Make the changes of a recorded batch and write down what became of them; return that."""
    results = apply_changes(db, systems, changes, now=run.as_of, run_id=run.run_id)
    applied = bool((results["status"] == "applied").any())
    status = "applied" if applied or not (results["status"] == "failed").any() else "failed"
    audit.finish(db, batch_id, results, status=status, decided_by=decided_by)
    _log_status(db, systems, automation, run)
    return results


def _log_status(db: Database, systems: Systems, automation: str, run: Run) -> None:
    if automation == STATUS_LOG_OF:
        zone = ZoneInfo(systems.settings.retail.timezone)
        is_sandbox = systems.is_sandbox("counterpoint")
        write_status_logs(db, systems.settings.home, run.as_of.astimezone(zone), zone, is_sandbox=is_sandbox)


def _hold(db: Database, systems: Systems, automation: Automation, plan: Plan, wanted: _Wanted, run: Run) -> Outcome:
    batch, senders = _batch(systems, automation, plan, wanted, run, reason=plan.held), Senders(systems)
    rows = recording.prepared(db, senders, wanted.effects, Origin(automation.name))
    with db.transaction() as connection:
        batch_id = audit.record_in(connection, batch, wanted.changes, status="held", planned=wanted.size)
        origin = Origin(automation.name, "held", batch_id, run.run_id)
        recorded = recording.record(connection, rows, origin, senders)
    published = publish(db, systems, automation.name, wanted.files, run_id=run.run_id, held=plan.held)
    outgoing = summed_up(recorded, Delivered(), origin)
    outcome = Outcome(automation, "held", plan, 0.0, 0, files=tuple(published), outgoing=outgoing, batch_id=batch_id)
    return judged(outcome) if outgoing.fatal else outcome


def _batch(
    systems: Systems, automation: Automation, plan: Plan, wanted: _Wanted, run: Run, *, reason: str | None = None
) -> audit.Batch:
    sandbox = systems.all_sandbox(set(wanted.changes["target"]) or automation.targets)
    return audit.Batch(automation.name, run.as_of, sandbox, plan.considered, run.run_id, reason)


def _recorded(db: Database, outcome: Outcome, run: Run, seconds: float, calls: int) -> Outcome:
    figures = {
        "status": outcome.status,
        "considered": outcome.plan.considered,
        "changes": len(outcome.plan.changes),
        "notes": outcome.plan.notes,
        "api_calls": calls,
        "seconds": round(seconds, 3),
        "error": outcome.error,
    }
    audit.record_run(db, outcome.automation.name, run.as_of, run.run_id, figures)
    return replace(outcome, seconds=seconds, api_calls=calls)


def _settings(systems: Systems) -> RetailSettings:
    return systems.settings.retail
