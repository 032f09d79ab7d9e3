"""Batches whose run died: what was written is looked up, so that the record says what is so.

A kill between writing and recording leaves a batch `applying`. Nothing is written again here: the next plan finds what
is still wanted.
"""

from __future__ import annotations

from typing import Any, Final

import pandas as pd

from ops_platform.adapters.database import Database
from ops_platform.core.changes import same
from ops_platform.flows.retail import audit
from ops_platform.flows.retail.apply import RESULT_COLUMNS
from ops_platform.flows.retail.backups import copies_by_key
from ops_platform.flows.retail.gather import Gathered
from ops_platform.retail.automation import Automation, Catalogue, Items, Need, PhotoFolder
from ops_platform.retail.customer_needs import Customers
from ops_platform.retail.outside_needs import BackupCopies

_FOUND: Final = ("applied", "found so after its run had died")
_NOT_WRITTEN: Final = ("failed", "its run died before it was written")
_GONE: Final = ("conflict", "it is not there any more")
_Rows = dict[str, dict[Any, Any]]


def close_interrupted(db: Database, gathered: Gathered, automation: Automation) -> int:
    """Close the batches of an automation whose run died; return how many there were. Its lock must be held.

    applied: the wanted value stands there. failed: the old one does. conflict: neither, so somebody changed it since.
    """
    batches = db.frame("retail/interrupted_batches", automation=automation.name)["batch_id"].tolist()
    if not batches:
        return 0
    changes = db.frame("retail/interrupted_changes", automation=automation.name)
    present: dict[str, _Rows] = {}
    for target in map(str, changes["target"].unique()):
        # What this run read before it had the lock may be older than the last write of the run that died.
        gathered.forget(target)
        present[target] = _present(gathered, target)
    for batch_id in batches:
        some = changes[changes["batch_id"] == batch_id].to_dict("records")
        results = [(row["target"], row["key"], row["field"], *_judged(row, present[row["target"]])) for row in some]
        frame = pd.DataFrame(results, columns=RESULT_COLUMNS, dtype=object)
        status = "applied" if "applied" in set(frame["status"]) else "failed"
        audit.finish(db, batch_id, frame, status=status, reason="its run died")
    return len(batches)


def _present(gathered: Gathered, target: str) -> _Rows:
    """What stands in a system now, by key."""
    if target == "backups":
        return copies_by_key(gathered.frame(BackupCopies()))
    needs: dict[str, tuple[Need, str]] = {
        "counterpoint": (Items(), "item_no"),
        "customers": (Customers(), "cust_no"),
        "bigcommerce": (Catalogue(), "product_id"),
        "files": (PhotoFolder(), "name"),
    }
    need, key = needs[target]
    return {str(row[key]): row for row in gathered.frame(need).to_dict("records")}


def _judged(row: dict[Any, Any], present: _Rows) -> tuple[str, str]:
    """Status and detail of one change."""
    if row["target"] == "files":
        return _judged_photo(row, present)
    if row["target"] == "backups" and row["key"] not in present:
        return _FOUND if row["new"] is None else _NOT_WRITTEN
    if row["key"] not in present:
        return _GONE
    value = present[row["key"]].get(row["field"])
    if same(value, row["new"]):
        return _FOUND
    if same(value, row["old"]):
        return _NOT_WRITTEN
    return "conflict", f"it is {value!r} now, the plan was made on {row['old']!r}; its run died"


def _judged_photo(row: dict[Any, Any], present: _Rows) -> tuple[str, str]:
    """A photo's key is its name, `new` the name it was to have, `old` the bytes it had."""
    name, new = row["key"], row["new"]
    if name not in present:
        return _FOUND if new in present else _GONE
    if name == new:
        return _NOT_WRITTEN if present[name]["bytes"] == row["old"] else _FOUND
    if new not in present:
        return _NOT_WRITTEN
    return "failed", f"its run died when {new} was written and {name} not yet removed: keep one of them"
