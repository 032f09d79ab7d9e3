"""What an automation did, as metadata a person likes to read: counts, old -> new with the reason, notes, files.

Imported by the step only, because it needs the flows. Nothing is judged here: that is checks.py.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import PurePath
from typing import Any

import dagster as dg

from ops_platform.core.privacy import mask_target, masked
from ops_platform.defs.metadata import figure_name, listing, table
from ops_platform.defs.retail import keys, masks, report_previews
from ops_platform.flows.retail.runner import Outcome, Run, may_write
from ops_platform.flows.retail.systems import Systems
from ops_platform.retail.notes import CODES

Metadata = dict[str, Any]
PREVIEW_ROWS = 50
_EXAMPLES = 3
_STATUSES = ("applied", "conflict", "failed")
_SAID = {
    "applied": "done",
    "planned": "only planned: its name is not in retail.apply, so it may not write to a live system",
    "held": "held: it waits for a person",
    "failed": "failed",
}


def of_outcome(outcome: Outcome, systems: Systems, run: Run) -> Metadata:
    """Everything about one automation's run."""
    plan = outcome.plan
    found: Metadata = {
        "status": _SAID[outcome.status],
        "writes to": listing([_target(target, outcome, systems, run) for target in outcome.automation.targets]),
        "looked at": plan.considered,
        "changes": len(plan.changes),
        **({status: outcome.count(status) for status in _STATUSES} if len(outcome.results) else {}),
        **{figure_name(name): value for name, value in plan.figures.items()},
        "api calls": outcome.api_calls,
        "seconds": round(outcome.seconds, 3),
        "old and new": table(_changes(outcome), _CHANGE_COLUMNS),
        "notes": table(_notes(outcome), _NOTE_COLUMNS),
    }
    if outcome.batch_id is not None:
        found["batch"] = outcome.batch_id
    if plan.held:
        found["why it is held"] = plan.held
    if plan.files:
        found["files"] = table(_files(outcome), _FILE_COLUMNS)
    if len(plan.effects):
        found["effects"] = table(_effects(outcome), _EFFECT_COLUMNS)
        found.update(report_previews.of_plan(plan))
    found.update({f"effects {name}": count for name, count in outcome.outgoing.counts.shown().items()})
    if outcome.outgoing.reasons:
        kept = [f"{count:,} x {reason}" for reason, count in outcome.outgoing.reasons]
        found["why effects were kept back"] = listing(kept)
    if outcome.outgoing.waits:
        found["why effects wait"] = "; ".join(outcome.outgoing.waits)
    return found


def seen(outcomes: Sequence[Outcome]) -> Iterator[dg.AssetObservation]:
    """What outside systems got of this run, for their own pages."""
    for outcome in outcomes:
        sent = [file for file in outcome.files if file.place == "webdav"]
        twins = {PurePath(file.name).stem: file for file in sent if file.name not in keys.FILES}
        for file in (file for file in sent if file.name in keys.FILES):
            found: Metadata = {
                "status": file.status,
                "rows": file.rows,
                "bytes": file.size,
                "detail": file.detail or "-",
            }
            if twin := twins.get(PurePath(file.name).stem):
                found["json twin"] = f"{twin.name}: {twin.status}, {twin.size:,} bytes"
            yield dg.AssetObservation(keys.of_file(file.name), metadata=found)
        web = outcome.results[outcome.results["target"] == "bigcommerce"]
        if len(web):
            counts = {str(status): int(count) for status, count in web["status"].value_counts().items()}
            by: Metadata = {"automation": outcome.automation.name, "batch": outcome.batch_id or 0}
            yield dg.AssetObservation(keys.PRODUCTS, metadata={**by, **counts})


def troubles(outcomes: Sequence[Outcome]) -> dict[str, str]:
    """What a person has to look at: automation -> why it failed, wholly or in part."""
    found = {}
    for outcome in outcomes:
        lost = outcome.results[outcome.results["status"] == "failed"]
        if outcome.status == "failed":
            found[outcome.automation.name] = masked(outcome.error or "it failed")
        elif len(lost) or outcome.failed_files or outcome.outgoing.troubles or outcome.plan.failures:
            reasons = [
                *map(masked, lost["detail"]),
                *(f"{file.name}: {file.detail}" for file in outcome.failed_files),
                *map(masked, outcome.outgoing.troubles),
                *outcome.plan.failures,
            ]
            found[outcome.automation.name] = f"{len(reasons):,} parts failed, the others were done: {reasons[0]}"
    return found


def failure_of(found: dict[str, str], worked: int) -> dg.Failure:
    """The failure of a run: who failed and why. worked: how many others did their work."""
    rows = [{"automation": name, "reason": reason} for name, reason in found.items()]
    said = "\n".join(f"{name}: {reason}" for name, reason in found.items())
    return dg.Failure(
        f"{said}\nThe others ({worked}) did their work. `ops retail apply NAME` tries one again.",
        metadata={"failed": table(rows)},
        allow_retries=False,
    )


def _target(target: str, outcome: Outcome, systems: Systems, run: Run) -> str:
    how = "sandbox" if systems.is_sandbox(target) else "live"
    return f"{target} ({how})" if may_write(outcome.automation, target, systems, run) else f"{target} ({how}, not now)"


def _changes(outcome: Outcome) -> list[dict[str, Any]]:
    """The first changes, those that were not made before the others."""
    became = {(row["target"], row["key"], row["field"]): row["status"] for row in outcome.results.to_dict("records")}
    rows = [
        row | {"result": became.get((row["target"], row["key"], row["field"]), outcome.status)}
        for row in outcome.plan.changes.to_dict("records")
    ]
    rows.sort(key=lambda row: row["result"] == "applied")
    return [{name: _plain(value) for name, value in masks.shown(row).items()} for row in rows[:PREVIEW_ROWS]]


def _plain(value: Any) -> Any:
    return f"{value:f}" if hasattr(value, "as_tuple") else "none" if value == [] else value


def _notes(outcome: Outcome) -> list[dict[str, Any]]:
    found = []
    for code, some in outcome.plan.notes.groupby("code", sort=True):
        examples = listing([str(key) for key in some["key"].tolist()], _EXAMPLES)
        found.append({"code": code, "count": len(some), "which": examples, "meaning": CODES[str(code)]})
    return found


def _files(outcome: Outcome) -> list[dict[str, Any]]:
    if outcome.files:
        return [dict(file.__dict__) for file in outcome.files]
    return [{"name": f.name, "status": "planned", "rows": f.rows, "size": len(f.content)} for f in outcome.plan.files]


def _effects(outcome: Outcome) -> list[dict[str, Any]]:
    """The first effects of the plan; whom they are for is masked, and what they say is left out."""
    return [
        {
            "effect": row["key"],
            "kind": row["kind"],
            "for": mask_target(row["kind"], row["target"]),
            "due": row["due_at"],
            "why": masked(row["reason"]),
        }
        for row in outcome.plan.effects.head(PREVIEW_ROWS).to_dict("records")
    ]


_CHANGE_COLUMNS = ["label", "key", "field", "old", "new", "reason", "result"]
_NOTE_COLUMNS = ["code", "count", "which", "meaning"]
_FILE_COLUMNS = ["name", "status", "rows", "size", "detail"]
_EFFECT_COLUMNS = ["effect", "kind", "for", "due", "why"]
