"""`ops retail history`, `held`, `approve`, `drop` and `undo`: what was changed, and a person's decisions about it."""

from __future__ import annotations

from itertools import groupby
from typing import Any

import pandas as pd
import typer

from ops_platform.cli.errors import FAILED
from ops_platform.cli.output import heading, indented, line, print_json, shown, warn
from ops_platform.cli.retail_effects import outgoing_document, print_outgoing
from ops_platform.cli.retail_session import open_store, user
from ops_platform.cli.retail_tables import counts_text, print_changes
from ops_platform.flows.retail import decisions
from ops_platform.flows.retail.outgoing import Outgoing
from ops_platform.flows.retail.publish import FileOutcome
from ops_platform.flows.retail.runner import Run


def history(*, item: str | None, automation: str | None, limit: int, as_json: bool) -> None:
    """Changes made or tried, the newest first."""
    with open_store() as (platform, _, _now):
        rows = platform.rows("retail/history", key=item, automation=automation, limit=limit)
    if as_json:
        print_json(rows)
        return
    if not rows:
        line("Nothing was changed yet." if item is None else f'Nothing of "{item}" was changed.')
        return
    for (batch, name, status), some in groupby(rows, key=lambda row: (row["batch_id"], row["automation"], _state(row))):
        changes = list(some)
        heading(f"batch {batch}: {name}, {shown(changes[0]['at'])}, {status}")
        print_changes(changes)


def held(*, as_json: bool) -> None:
    """Plans that wait."""
    with open_store() as (platform, _, _now):
        rows = platform.rows("retail/held_batches")
    if as_json:
        print_json(rows)
        return
    if not rows:
        line("Nothing waits for approval.")
        return
    for row in rows:
        number, name = row["batch_id"], row["automation"]
        heading(f"batch {number}: {name}, {row['planned']:,} of {row['considered']:,}, {shown(row['created_at'])}")
        indented(row["reason"], 2)
        line(f"  See it: ops retail history --automation {name}")
        line(f"  Then: ops retail approve {number}, or ops retail drop {number}")


def approve(batch: int, *, who: str | None, as_json: bool) -> None:
    """Make a held plan so. Ends with exit code 1 when a part failed."""
    with open_store() as (platform, systems, now):
        done = decisions.approve(platform.db, systems, batch, who=user(who), run=Run(now, apply=True))
    _told(done.results, done.files, done.outgoing, as_json=as_json, batch=batch)


def drop(batch: int, *, who: str | None) -> None:
    """Give a held plan up."""
    with open_store() as (platform, _, _now):
        decisions.drop(platform.db, batch, who=user(who))
    line(f"Batch {batch} is dropped; nothing was changed.")


def undo(batch: int, *, who: str | None, as_json: bool) -> None:
    """Put a batch back. Ends with exit code 1 when a part failed."""
    with open_store() as (platform, systems, now):
        made, results = decisions.undo(platform.db, systems, batch, who=user(who), run=Run(now, apply=True))
    _told(results, [], Outgoing(), as_json=as_json, batch=made)


def _told(results: pd.DataFrame, files: list[FileOutcome], outgoing: Outgoing, *, as_json: bool, batch: int) -> None:
    counts = (
        {name: int((results["status"] == name).sum()) for name in ("applied", "conflict", "failed")}
        if len(results)
        else {}
    )
    failed = bool(counts.get("failed") or outgoing.troubles) or any(file.status == "failed" for file in files)
    if as_json:
        print_json(
            {
                "ok": not failed,
                "batch": batch,
                "counts": counts,
                "results": results.to_dict("records"),
                "files": [file.__dict__ for file in files],
                "effects": outgoing_document(outgoing),
            }
        )
    else:
        if counts:
            line(f"Batch {batch}: {counts_text(counts)}")
        for file in files:
            line(f"{file.name}: {file.status}, {file.rows:,} rows{f', {file.detail}' if file.detail else ''}")
        print_outgoing(outgoing)
        for row in results[results["status"] != "applied"].to_dict("records") if len(results) else []:
            warn(f"{row['key']} {row['field']}: {row['status']}, {row['detail']}")
    if failed:
        raise typer.Exit(FAILED)


def _state(row: dict[str, Any]) -> str:
    """The batch's state in a word; a plan that never was tried has no other."""
    return "nothing changed: dropped" if row["batch_status"] == "dropped" else str(row["batch_status"])
