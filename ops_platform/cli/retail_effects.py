"""How an automation's effects are shown: a table of the planned ones, a line of what became of them; no addresses."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd

from ops_platform.adapters.database import Database
from ops_platform.cli.output import line, print_table, warn
from ops_platform.core.privacy import mask_target, masked
from ops_platform.flows.effects import deciding
from ops_platform.flows.retail.outgoing import Outgoing
from ops_platform.flows.retail.systems import Systems
from ops_platform.settings_modes import sandbox_kinds

States = Mapping[str, str]
"""Key -> status in the ledger, of the keys it has."""


def states_of(db: Database, systems: Systems, effects: Iterable[pd.DataFrame]) -> States:
    """What the ledger has of planned effects: a plan wants the same day after day, and it happens once."""
    keys = [key for some in effects for key in some["key"].tolist()]
    found = deciding.find(db, keys=keys) if keys else []
    in_sandbox = sandbox_kinds(systems.settings)
    return {row["key"]: row["status"] for row in found if row["is_sandbox"] == (row["kind"] in in_sandbox)}


def planned(effects: pd.DataFrame, states: States) -> list[dict[str, Any]]:
    """Effects of a plan as they may be shown: no payload, the target masked; `ledger` is `new` or its status there."""
    shown = ("key", "kind", "label", "due_at", "not_after", "after_key", "reason")
    return [
        {
            **{name: masked(row[name]) if isinstance(row[name], str) else row[name] for name in shown},
            "key": row["key"],
            "target": mask_target(row["kind"], row["target"]),
            "ledger": states.get(row["key"], "new"),
        }
        for row in effects.to_dict("records")
    ]


def print_effects(effects: pd.DataFrame, states: States, *, most: int) -> None:
    """Show what a plan wants to happen: key, kind, for whom, when, why, and whether it is known already."""
    rows = planned(effects.head(most), states)
    if not rows:
        return
    cells = [
        [row["key"], row["kind"], row["target"], row["due_at"] or "at once", row["reason"], row["ledger"]]
        for row in rows
    ]
    if len(effects) > most:
        cells.append([f"and {len(effects) - most:,} more", *[""] * 5])
    print_table("", ["effect", "kind", "for", "when", "why", "ledger"], cells, whole=["kind", "ledger"])


def print_outgoing(outgoing: Outgoing) -> None:
    """Show what became of effects; nothing when there were none."""
    if text := counts_text(outgoing.counts.shown()):
        line(f"effects: {text}")
    for reason, count in outgoing.reasons:
        line(f"  {count:,} kept back: {masked(reason)}")
    for trouble in (*outgoing.troubles, *outgoing.waits):
        warn(masked(trouble))


def counts_text(counts: Mapping[str, int]) -> str:
    """`3 recorded, 2 sent, 1 held`."""
    return ", ".join(f"{count:,} {name}" for name, count in counts.items())


def outgoing_document(outgoing: Outgoing) -> dict[str, Any]:
    """The same as JSON values."""
    return {
        "counts": outgoing.counts.shown(),
        "troubles": [masked(text) for text in outgoing.troubles],
        "waits": list(outgoing.waits),
        "kept_back": {masked(reason): count for reason, count in outgoing.reasons},
    }
