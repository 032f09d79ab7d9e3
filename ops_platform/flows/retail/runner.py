"""Run automations: gather, plan, hold or apply, record. Independent ones go on when one fails.

What belongs here: the order of things and who may write. What does not: any rule (retail/automations), how something is
written (apply.py, publish.py) and recorded (audit.py).
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

import pandas as pd

from ops_platform.adapters.bigcommerce import BigCommerceError
from ops_platform.adapters.counterpoint import CounterpointError
from ops_platform.adapters.database import Database, held_lock
from ops_platform.adapters.files import FileWriteError
from ops_platform.adapters.webdav import WebDavError
from ops_platform.flows.retail import audit
from ops_platform.flows.retail.apply import RESULT_COLUMNS, apply_changes
from ops_platform.flows.retail.gather import Gathered
from ops_platform.flows.retail.interrupted import close_interrupted
from ops_platform.flows.retail.logs import STATUS_LOG_OF, write_status_logs
from ops_platform.flows.retail.publish import FileOutcome, publish
from ops_platform.flows.retail.systems import Systems
from ops_platform.retail.automation import Automation, Plan
from ops_platform.settings_retail import RetailSettings

Progress = Callable[[str], None]
_log = logging.getLogger(__name__)


class AlreadyRunningError(Exception):
    """Another run of the same automation is under way."""

    def __init__(self, name: str) -> None:
        super().__init__(f"{name} is running already, in another process; its changes are seen by the next run")


_TOLD: Final = (AlreadyRunningError, BigCommerceError, CounterpointError, FileWriteError, WebDavError)
"""Errors whose text says all there is to say; any other is a defect, and its traceback belongs into the log."""


@dataclass(frozen=True)
class Outcome:
    """What one automation did. status: applied, planned (nothing was written), held or failed.

    results: a row a change that was tried: target, key, field, status, detail. api_calls: to the web shop, reading too;
    what several automations of a run share is counted for the first that asked.
    """

    automation: Automation
    status: str
    plan: Plan
    seconds: float
    api_calls: int
    results: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=RESULT_COLUMNS, dtype=object))
    files: tuple[FileOutcome, ...] = ()
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
    """

    as_of: datetime
    run_id: str | None = None
    apply: bool | None = None
    progress: Progress = lambda _: None


def run_automations(db: Database, systems: Systems, automations: Iterable[Automation], run: Run) -> list[Outcome]:
    """Run automations, those that others wait for first; return what each did, in the order they ran.

    One that fails is told in its outcome. What is read is read once for all of them.
    """
    gathered = Gathered(db, systems)
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
    return systems.is_sandbox(target) or automation.name in systems.settings.retail.apply


def _run_one(db: Database, systems: Systems, gathered: Gathered, automation: Automation, run: Run) -> Outcome:
    began, calls = time.perf_counter(), systems.api_calls
    plan, batch_id = Plan(), None
    try:
        with held_lock(db, f"retail.{automation.name}", wait=False) as ours:
            if not ours:
                raise AlreadyRunningError(automation.name)
            close_interrupted(db, gathered, automation)
            _log_status(db, systems, automation.name, run)  # of a run that died before it did
            plan = automation.plan(
                gathered.inputs(automation, _settings(systems), run.as_of), _settings(systems), run.as_of
            )
            outcome = _carry_out(db, systems, gathered, automation, plan, run)
            batch_id = outcome.batch_id
    except _TOLD as error:
        outcome = Outcome(automation, "failed", plan, 0.0, 0, batch_id=batch_id, error=str(error))
    except Exception as error:  # one automation never stops the others
        _log.exception("%s failed", automation.name)
        reason = f"{type(error).__name__}: {error}"
        outcome = Outcome(automation, "failed", plan, 0.0, 0, batch_id=batch_id, error=reason)
    return _recorded(db, outcome, run, time.perf_counter() - began, systems.api_calls - calls)


def _carry_out(
    db: Database, systems: Systems, gathered: Gathered, automation: Automation, plan: Plan, run: Run
) -> Outcome:
    targets = [target for target in automation.targets if may_write(automation, target, systems, run)]
    changes = plan.changes[plan.changes["target"].isin(targets)]
    files = plan.files if "webdav" in targets else ()
    if not targets:
        return Outcome(automation, "planned", plan, 0.0, 0)
    # What waited before is out of date now: this plan waits in its place, or nothing has to wait any more.
    db.execute("retail/drop_held", automation=automation.name, batch_id=None, decided_by="a newer plan")
    if plan.held:
        return _hold(db, systems, automation, plan, changes, files, run)
    batch_id, results = None, pd.DataFrame(columns=RESULT_COLUMNS, dtype=object)
    if len(changes):
        batch_id = audit.record(db, _batch(systems, automation, plan, run), changes, status="applying")
        results = write_batch(db, systems, automation.name, batch_id, changes, run)
    published = publish(db, systems, automation.name, files, run_id=run.run_id)
    for target in targets:
        gathered.forget(target)
    outcome = Outcome(automation, "applied", plan, 0.0, 0, results, tuple(published), batch_id)
    bad = outcome.count("failed") + len(outcome.failed_files)
    if bad and not outcome.count("applied") and not any(f.status == "published" for f in published):
        return Outcome(automation, "failed", plan, 0.0, 0, results, tuple(published), batch_id, _first_reason(outcome))
    return outcome


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
        write_status_logs(db, systems.settings.home, run.as_of.astimezone(zone), zone)


def _hold(
    db: Database,
    systems: Systems,
    automation: Automation,
    plan: Plan,
    changes: pd.DataFrame,
    files: Sequence[object],
    run: Run,
) -> Outcome:
    batch = _batch(systems, automation, plan, run, reason=plan.held)
    batch_id = audit.record(db, batch, changes, status="held", planned=len(changes) or len(files))
    published = publish(db, systems, automation.name, plan.files, run_id=run.run_id, held=plan.held) if files else []
    return Outcome(automation, "held", plan, 0.0, 0, files=tuple(published), batch_id=batch_id)


def _batch(systems: Systems, automation: Automation, plan: Plan, run: Run, *, reason: str | None = None) -> audit.Batch:
    sandbox = all(systems.is_sandbox(target) for target in automation.targets)
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
    return Outcome(**{**outcome.__dict__, "seconds": seconds, "api_calls": calls})


def _first_reason(outcome: Outcome) -> str:
    failed = outcome.results[outcome.results["status"] == "failed"]
    reasons = [*failed["detail"].tolist(), *(file.detail for file in outcome.failed_files)]
    return str(reasons[0])


def _settings(systems: Systems) -> RetailSettings:
    return systems.settings.retail
