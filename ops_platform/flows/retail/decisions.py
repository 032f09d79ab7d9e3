"""What a person decides about batches: approve or drop a plan that waits, take back what was applied.

Every decision goes through the same writing and recording as a run (runner.py), so a value that somebody changed
meanwhile is left here as well.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

import pandas as pd

from ops_platform.adapters.database import Database, execute, held_lock
from ops_platform.adapters.ledger import Origin
from ops_platform.core.changes import COLUMNS, change_set
from ops_platform.flows.effects.recording import Recorded
from ops_platform.flows.effects.registry import Senders
from ops_platform.flows.retail import audit
from ops_platform.flows.retail.apply import RESULT_COLUMNS
from ops_platform.flows.retail.gather import Gathered
from ops_platform.flows.retail.outgoing import Outgoing, deliver_due, drop_held, release_held, summed_up
from ops_platform.flows.retail.publish import FileOutcome, publish
from ops_platform.flows.retail.runner import AlreadyRunningError, Run, write_batch
from ops_platform.flows.retail.systems import Systems
from ops_platform.retail.automation import PlannedFile
from ops_platform.retail.registry import by_name

_FOR_GOOD: Final = ("files", "backups")
"""Targets where nothing can be put back: the original photos are gone, and copies have been made."""


class DecisionError(Exception):
    """A batch cannot be decided so; the text says why and what to do."""


class Approved(NamedTuple):
    """What became of an approved plan: a row a change (RESULT_COLUMNS), its files, its effects."""

    results: pd.DataFrame
    files: list[FileOutcome]
    outgoing: Outgoing


def approve(db: Database, systems: Systems, batch_id: int, *, who: str, run: Run) -> Approved:
    """Make the changes of a plan that waits and send its effects, just as they were shown.

    A value that moved since is left and told as a conflict; an effect whose time has passed expires. Files are made
    anew of what is there now: an hour old stock must not be published. Errors: DecisionError when it does not wait any
    more.
    """
    batch = _batch(db, batch_id)
    name = batch["automation"]
    with held_lock(db, f"retail.{name}", wait=False) as ours:
        if not ours:
            raise AlreadyRunningError(name)
        # Before the batch moves: what cannot be read or is empty leaves it waiting.
        changes = _changes(db, batch_id)
        _refuse_other_systems(systems, batch, changes)
        files = _files_of_now(db, systems, name, run) if batch["status"] == "held" else []
        with db.transaction() as connection:
            moved = {"batch_id": batch_id, "old": "held", "new": "applying", "decided_by": who}
            if not execute(connection, "retail/set_batch_status", **moved):
                raise DecisionError(_not_held(batch))
            release_held(connection, batch_id, who=who)
        results = write_batch(db, systems, name, batch_id, changes, run, decided_by=who) if len(changes) else changes
        done = publish(db, systems, name, files, run_id=run.run_id)
        if not len(changes):
            _finish(db, batch_id, failed=any(file.status == "failed" for file in done), who=who)
        delivered = deliver_due(db, Senders(systems), name, run_id=run.run_id)
        return Approved(results, done, summed_up(Recorded(), delivered, Origin(name)))


def drop(db: Database, batch_id: int, *, who: str) -> None:
    """Give up a plan that waits. Errors: DecisionError when it does not wait any more."""
    batch = _batch(db, batch_id)
    if not drop_held(db, batch["automation"], who=who, batch_id=batch_id):
        raise DecisionError(_not_held(batch))


def undo(db: Database, systems: Systems, batch_id: int, *, who: str, run: Run) -> tuple[int, pd.DataFrame]:
    """Put back what a batch changed, where its value still stands; return the new batch and its results.

    Photos cannot be put back: their originals are gone. What failed can be tried again. Errors: DecisionError.
    """
    name = _batch(db, batch_id)["automation"]
    with held_lock(db, f"retail.{name}", wait=False) as ours:
        if not ours:
            raise AlreadyRunningError(name)
        batch = _batch(db, batch_id)
        reverse = _reversed(db, batch, who)
        _refuse_other_systems(systems, batch, reverse)
        record = audit.Batch(
            name, run.as_of, batch["is_sandbox"], len(reverse), run.run_id, f"takes back {batch_id}", who, batch_id
        )
        new_id = audit.record(db, record, reverse, status="applying")
        results = write_batch(db, systems, name, new_id, reverse, run, decided_by=who)
        if not (results["status"] == "failed").any():
            db.execute("retail/set_batch_status", batch_id=batch_id, old=batch["status"], new="undone", decided_by=who)
    return new_id, results


def _reversed(db: Database, batch: dict[str, Any], who: str) -> pd.DataFrame:
    """The changes that put back what a batch changed. Errors: DecisionError when there is nothing to put back."""
    number = batch["batch_id"]
    if batch["status"] == "undone":
        raise DecisionError(f"batch {number} is taken back already")
    done = db.frame("retail/batch_changes", batch_id=number)
    applied = done[(done["status"] == "applied") & ~done["target"].isin(_FOR_GOOD)]
    if not len(applied):
        raise DecisionError(f"batch {number} ({batch['automation']}) changed nothing that can be put back")
    return change_set(
        {**row, "old": row["new"], "new": row["old"], "reason": f"batch {number} taken back by {who}"}
        for row in _rows(applied)
    )


def _refuse_other_systems(systems: Systems, batch: dict[str, Any], changes: pd.DataFrame) -> None:
    """What was planned on an invented store must never reach a real one, though a number may stand in both."""
    targets = set(changes["target"]) or by_name(batch["automation"]).targets
    if systems.all_sandbox(targets) == batch["is_sandbox"]:
        return
    was, now = ("in the sandbox", "live") if batch["is_sandbox"] else ("live", "in the sandbox")
    raise DecisionError(
        f"batch {batch['batch_id']} ({batch['automation']}) was made when the store was {was}, and it is {now} now; it "
        f"is left as it is. `ops retail plan {batch['automation']}` shows what is wanted now"
    )


def _files_of_now(db: Database, systems: Systems, name: str, run: Run) -> list[PlannedFile]:
    automation = by_name(name)
    if not {"webdav", "exports"} & set(automation.targets):
        return []
    settings = systems.settings.retail
    plan = automation.plan(Gathered(db, systems).inputs(automation, settings, run.as_of), settings, run.as_of)
    if plan.files and not any(file.rows for file in plan.files):
        raise DecisionError("there is nothing to publish: every list is empty. Look whether stock and prices are read")
    # An empty list never takes a page off the web shop. Exports belong together: yesterday's list of changes beside
    # today's customers would bring back who asked to be left alone since.
    return [file for file in plan.files if file.rows or file.place != "webdav"]


def _finish(db: Database, batch_id: int, *, failed: bool, who: str) -> None:
    """Close a batch without changes."""
    none = pd.DataFrame(columns=RESULT_COLUMNS, dtype=object)
    audit.finish(db, batch_id, none, status="failed" if failed else "applied", decided_by=who)


def _rows(frame: pd.DataFrame) -> list[dict[str, Any]]:
    return [{str(name): value for name, value in row.items()} for row in frame[COLUMNS].to_dict("records")]


def _changes(db: Database, batch_id: int) -> pd.DataFrame:
    return db.frame("retail/batch_changes", batch_id=batch_id)[COLUMNS]


def _batch(db: Database, batch_id: int) -> dict[str, Any]:
    found = db.frame("retail/batch", batch_id=batch_id).to_dict("records")
    if not found:
        raise DecisionError(f"there is no batch {batch_id}; `ops retail history` lists them")
    return {str(key): value for key, value in found[0].items()}


def _not_held(batch: dict[str, Any]) -> str:
    return (
        f"batch {batch['batch_id']} ({batch['automation']}) does not wait for anybody: it is {batch['status']}. "
        "`ops retail held` lists those that do"
    )
