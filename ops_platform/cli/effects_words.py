"""The ledger in words: what an effect's state, its events and decisions about kinds mean to a person. No I/O."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from ops_platform.cli.output import shown
from ops_platform.core.privacy import masked

_STANDING: Final = {
    "held": "It waits for approval: ops effects approve, or ops retail approve for its whole plan.",
    "planned": "It waits.",
    "claimed": "It is being done now.",
    "sent": "It was done.",
    "suppressed": "It did not happen and will not.",
    "expired": "It did not happen: its time passed before it could.",
    "failed": "It did not happen: it was refused. ops effects retry tries it again.",
    "unknown": "Nobody knows whether it happened. It is looked up by itself; after that ops effects confirm, retry or "
    "cancel decide.",
    "cancelled": "It was given up by a person.",
    "dropped": "Its plan was given up before anything happened; a later plan may want it again.",
}
_EVENTS: Final = {
    "recorded": "written down",
    "claimed": "try {attempt} began",
    "sent": "done",
    "planned": "waits (again)",
    "deferred": "put off",
    "held": "waits for approval",
    "suppressed": "given up by rule",
    "expired": "its time passed",
    "failed": "failed",
    "unknown": "end unknown",
    "looked_up": "looked up",
    "cancelled": "cancelled",
    "dropped": "dropped",
    "conflict": "wanted again with another content, which was refused",
    "late": "a late word that no longer counts",
}


def standing(row: Mapping[str, Any]) -> str:
    """Where an effect stands, in a few sentences."""
    parts = [f"Wanted by {row['automation']}: {masked(row['wanted_because'])}.", _STANDING[row["status"]]]
    if row["reason"]:
        parts.append(f"Why: {masked(row['reason'])}.")
    if row["status"] == "planned":
        parts.append(f"Not before {shown(row['next_try_at'])}.")
    if row["not_after"] is not None:
        parts.append(f"Not after {shown(row['not_after'])}.")
    if row["provider_id"]:
        parts.append(f"The other side calls it {row['provider_id']}.")
    if row["is_sandbox"]:
        parts.append("This is the sandbox's.")
    return " ".join(parts)


def beside(other: Mapping[str, Any]) -> str:
    """An effect that comes before or after this one."""
    if other["place"] == "before":
        return f"It comes after {other['key']}, which is {other['status']}."
    return f"After it comes {other['key']}, which is {other['status']}."


def event(row: Mapping[str, Any]) -> str:
    """One event, as `try 2 began`, `waits (again): too many requests`."""
    said = _EVENTS.get(row["event"], row["event"]).format(attempt=row["attempt"])
    return f"{said}: {masked(row['detail'])}" if row["detail"] else said


def run(run_id: str | None) -> str | None:
    """A run, by the beginning of its number, as Dagster's pages show it."""
    return f"run {run_id[:8]}" if run_id else None


def control(row: Mapping[str, Any]) -> str:
    """A decision that is in force."""
    since = f"{row['who']}, {shown(row['at'])}: {row['why']}"
    if row["control"] == "pause":
        return f"{row['kind']} is paused ({since}); ops resume {row['kind']} lets it go on"
    return f"{row['kind']}: at most {row['daily_budget']:,} a day ({since})"
