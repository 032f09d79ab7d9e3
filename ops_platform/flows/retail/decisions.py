"""What a person decides about batches: approve or drop a plan that waits, take back what was applied.

Every decision goes through the same writing and recording as a run (runner.py), so a value that somebody changed
meanwhile is left here as well.
"""

from __future__ import annotations

from typing import Any

import pandas as pd

from ops_platform.adapters.database import Database, held_lock
from ops_platform.core.changes import COLUMNS, change_set
from ops_platform.flows.retail import audit
from ops_platform.flows.retail.apply import RESULT_COLUMNS
from ops_platform.flows.retail.gather import Gathered
from ops_platform.flows.retail.publish import FileOutcome, publish
from ops_platform.flows.retail.runner import AlreadyRunningError, Run, write_batch
from ops_platform.flows.retail.systems import Systems
from ops_platform.retail.automation import PlannedFile
from ops_platform.retail.registry import by_name


class DecisionError(Exception):
    """A batch cannot be decided so; the text says why and what to do."""


def approve(
    db: Database, systems: Systems, batch_id: int, *, who: str, run: Run
) -> tuple[pd.DataFrame, list[FileOutcome]]:
    """Make the changes of a plan that waits, just as it was shown; return results and files.

    A value that moved since is left and told as a conflict. Files are made anew of what is there now: an hour old
    stock must not be published. Errors: DecisionError when it does not wait any more.
    """
    batch = _batch(db, batch_id)
    name = batch["automation"]
    with held_lock(db, f"retail.{name}", wait=False) as ours:
        if not ours:
            raise AlreadyRunningError(name)
        # Before the batch moves: what cannot be read or is empty leaves it waiting.
        files = _files_of_now(db, systems, name, run) if batch["status"] == "held" else []
        if not db.execute("retail/set_batch_status", batch_id=batch_id, old="held", new="applying", decided_by=who):
            raise DecisionError(_not_held(batch))
        changes = _changes(db, batch_id)
        results = write_batch(db, systems, name, batch_id, changes, run, decided_by=who) if len(changes) else changes
        return results, _published(db, systems, batch, files, who, run)


def drop(db: Database, batch_id: int, *, who: str) -> None:
    """Give up a plan that waits. Errors: DecisionError when it does not wait any more."""
    batch = _batch(db, batch_id)
    if not db.execute("retail/drop_held", automation=batch["automation"], batch_id=batch_id, decided_by=who):
        raise DecisionError(_not_held(batch))


def undo(db: Database, systems: Systems, batch_id: int, *, who: str, run: Run) -> tuple[int, pd.DataFrame]:
    """Put back what a batch changed, where its value still stands; return the new batch and its results.

    Photos cannot be put back: their originals are gone. Errors: DecisionError.
    """
    batch = _batch(db, batch_id)
    name = batch["automation"]
    done = db.frame("retail/batch_changes", batch_id=batch_id)
    applied = done[(done["status"] == "applied") & (done["target"] != "files")]
    if not len(applied):
        raise DecisionError(f"batch {batch_id} ({name}) changed nothing that can be put back")
    if batch["status"] == "undone":
        raise DecisionError(f"batch {batch_id} is taken back already")
    reverse = change_set(
        {**row, "old": row["new"], "new": row["old"], "reason": f"batch {batch_id} taken back by {who}"}
        for row in _rows(applied)
    )
    with held_lock(db, f"retail.{name}", wait=False) as ours:
        if not ours:
            raise AlreadyRunningError(name)
        record = audit.Batch(
            name, run.as_of, batch["is_sandbox"], len(done), run.run_id, f"takes back {batch_id}", who, batch_id
        )
        new_id = audit.record(db, record, reverse, status="applying")
        results = write_batch(db, systems, name, new_id, reverse, run, decided_by=who)
        db.execute("retail/set_batch_status", batch_id=batch_id, old=batch["status"], new="undone", decided_by=who)
    return new_id, results


def _files_of_now(db: Database, systems: Systems, name: str, run: Run) -> list[PlannedFile]:
    automation = by_name(name)
    if "webdav" not in automation.targets:
        return []
    settings = systems.settings.retail
    plan = automation.plan(Gathered(db, systems).inputs(automation, settings, run.as_of), settings, run.as_of)
    files = [file for file in plan.files if file.rows]
    if not files:
        raise DecisionError("there is nothing to publish: every list is empty. Look whether stock and prices are read")
    return files


def _published(
    db: Database, systems: Systems, batch: dict[str, Any], files: list[PlannedFile], who: str, run: Run
) -> list[FileOutcome]:
    if not files:
        return []
    done = publish(db, systems, batch["automation"], files, run_id=run.run_id)
    failed = any(file.status == "failed" for file in done)
    none = pd.DataFrame(columns=RESULT_COLUMNS, dtype=object)
    audit.finish(db, batch["batch_id"], none, status="failed" if failed else "applied", decided_by=who)
    return done


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
