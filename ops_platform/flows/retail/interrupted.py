"""Batches whose run died: what was written is looked up, so that the record says what is so.

A kill between writing and recording leaves a batch `applying`. Nothing is written again here: the next plan finds what
is still wanted.
"""

from __future__ import annotations

from typing import Any

import pandas as pd

from ops_platform.adapters.database import Database
from ops_platform.core.changes import same
from ops_platform.flows.retail import audit
from ops_platform.flows.retail.gather import Gathered
from ops_platform.retail.automation import Automation, Catalogue, Items, PhotoFolder

_FOUND = "found so after its run had died"
_NOT_FOUND = "its run died before it was written"


def close_interrupted(db: Database, gathered: Gathered, automation: Automation) -> int:
    """Close the batches of an automation whose run died; return how many there were. Its lock must be held."""
    batches = db.frame("retail/interrupted_batches", automation=automation.name)["batch_id"].tolist()
    if not batches:
        return 0
    changes = db.frame("retail/interrupted_changes", automation=automation.name)
    for batch_id in batches:
        some = changes[changes["batch_id"] == batch_id]
        results = [_judged(row, gathered) for row in some.to_dict("records")]
        frame = pd.DataFrame(results, columns=["target", "key", "field", "status", "detail"], dtype=object)
        status = "applied" if "applied" in set(frame["status"]) else "failed"
        audit.finish(db, batch_id, frame, status=status, reason="its run died")
    return len(batches)


def _judged(row: dict[Any, Any], gathered: Gathered) -> tuple[str, str, str, str, str]:
    so = same(_present(row, gathered), row["new"])
    status, detail = ("applied", _FOUND) if so else ("failed", _NOT_FOUND)
    return row["target"], row["key"], row["field"], status, detail


def _present(row: dict[Any, Any], gathered: Gathered) -> Any:
    """The value as it stands now."""
    if row["target"] == "files":
        names = set(gathered.frame(PhotoFolder())["name"])
        return row["new"] if row["new"] in names and (row["new"] == row["key"] or row["key"] not in names) else None
    frame, key = (Items(), "item_no") if row["target"] == "counterpoint" else (Catalogue(), "product_id")
    read = gathered.frame(frame)
    found = read.loc[read[key].astype(str) == row["key"], row["field"]]
    return found.iloc[0] if len(found) else None
