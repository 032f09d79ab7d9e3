"""The work of `ops effects`, `ops pause` and `ops resume`: showing the ledger in words, and a person's decisions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final

import typer

from ops_platform.adapters.database import Database
from ops_platform.cli import effects_words as words
from ops_platform.cli.errors import FAILED, USAGE, CommandError
from ops_platform.cli.output import heading, indented, line, print_json, print_table, warn
from ops_platform.cli.retail_effects import counts_text
from ops_platform.cli.retail_session import open_store, user
from ops_platform.core.effects import KINDS, STATUSES
from ops_platform.core.privacy import mask_target, masked
from ops_platform.flows.effects import deciding, reconciling
from ops_platform.flows.effects import delivery as delivering
from ops_platform.flows.effects.orders import Delivered, orders_of
from ops_platform.flows.effects.registry import Senders
from ops_platform.settings_modes import sandbox_kinds

_SHOWN: Final = (
    "key", "kind", "automation", "status", "reason", "due_at", "not_after", "next_try_at", "attempt", "provider_id",
    "is_sandbox", "batch_id", "created_at", "changed_at",
)  # fmt: skip


def list_effects(
    *,
    statuses: list[str] | None,
    kind: str | None,
    automation: str | None,
    batch_id: int | None,
    limit: int,
    as_json: bool,
) -> None:
    """Effects, the newest first."""
    _refuse_unknown("status", statuses or [], STATUSES)
    _refuse_unknown("kind", [kind] if kind else [], tuple(KINDS))
    with open_store() as (platform, _, _now):
        rows = deciding.find(
            platform.db, statuses=statuses, kind=kind, automation=automation, batch_id=batch_id, most=limit
        )
        controls = deciding.controls(platform.db)
    if as_json:
        print_json({"effects": [_plain(row) for row in rows], "controls": controls})
        return
    for control in controls:
        warn(words.control(control))
    if not rows:
        line("There are no such effects." if statuses or kind or automation or batch_id else "Nothing was sent yet.")
        return
    cells = [
        [row["key"], row["kind"], mask_target(row["kind"], row["target"]), row["due_at"], _status(row), row["reason"]]
        for row in rows
    ]
    print_table("", ["effect", "kind", "for", "due", "status", "why"], cells, whole=["kind", "due", "status"])
    line(counts_text(Counter(str(row["status"]) for row in rows)))


def why(key: str, *, as_json: bool) -> None:
    """The whole history of an effect."""
    with open_store() as (platform, _, _now):
        found = deciding.history(platform.db, key)
    if as_json:
        print_json([{**_plain(row), "events": events, "line": stands} for row, events, stands in found])
        return
    for row, events, stands in found:
        heading(f"{key}: {row['label'] or row['kind']}, for {mask_target(row['kind'], row['target'])}")
        indented(words.standing(row), 2)
        for other in stands:
            indented(words.beside(other), 2)
        print_table(
            "",
            ["when", "what happened", "by"],
            [[event["at"], words.event(event), event["who"] or words.run(event["run_id"])] for event in events],
            whole=["when"],
        )


def approve(keys: Sequence[str], *, batch_id: int | None, who: str | None, as_json: bool) -> None:
    """Let held effects go, or a whole plan."""
    if bool(keys) == (batch_id is not None):
        raise CommandError("Name effects (`ops effects list --status held` shows them), or give --batch.", code=USAGE)
    if batch_id is not None:
        from ops_platform.cli import retail_record

        retail_record.approve(batch_id, who=who, as_json=as_json)
        return
    with _deciding() as (db, senders):
        moved = deciding.approve(db, keys, sandbox_kinds=_in_sandbox(senders), who=user(who))
        done = _deliver_now(db, senders, moved)
    _told(done, as_json=as_json, moved=moved)


def retry(keys: Sequence[str], *, maybe_twice: bool, who: str | None, as_json: bool) -> None:
    """Try effects again, at once."""
    with _deciding() as (db, senders):
        moved = deciding.retry(db, keys, sandbox_kinds=_in_sandbox(senders), who=user(who), maybe_twice=maybe_twice)
        done = _deliver_now(db, senders, moved)
    _told(done, as_json=as_json, moved=moved)


def cancel(keys: Sequence[str], *, who: str | None) -> None:
    """Give effects up."""
    with _deciding() as (db, senders):
        moved = deciding.cancel(db, keys, sandbox_kinds=_in_sandbox(senders), who=user(who))
    line(f"{', '.join(moved)}: given up for good. `ops effects retry` brings it back.")


def confirm(keys: Sequence[str], *, who: str | None) -> None:
    """Note that effects happened."""
    with _deciding() as (db, senders):
        moved = deciding.confirm(db, keys, sandbox_kinds=_in_sandbox(senders), who=user(who))
    line(f"{', '.join(moved)}: noted as sent.")


def reconcile(*, as_json: bool) -> None:
    """Look after what died and what is unknown."""
    with _deciding() as (db, senders):
        done = reconciling.reconcile(db, senders, orders_of(senders, everybody=True))
    _told(done, as_json=as_json)


def deliver(*, as_json: bool) -> None:
    """Do what is due."""
    with _deciding() as (db, senders):
        done = delivering.deliver(db, senders, orders_of(senders))
    _told(done, as_json=as_json)


def budget(kind: str, daily: int | None, *, why: str, who: str | None) -> None:
    """Another daily budget."""
    with _deciding() as (db, _):
        deciding.set_budget(db, kind, daily_budget=daily, why=why, who=user(who))
    line(
        f"{kind}: at most {daily:,} a day, until you give it back with `ops effects budget {kind}`."
        if daily is not None
        else f"{kind}: the budget of the settings (effects.daily_budget) is in force again."
    )


def pause(kind: str, *, why: str, who: str | None) -> None:
    """Stop a kind."""
    with _deciding() as (db, _):
        deciding.pause(db, kind, why=why, who=user(who))
    line(f"{kind}: paused. What is due waits until `ops resume {kind}`; what is being done now is still done.")


def resume(kind: str, *, who: str | None) -> None:
    """Let a kind go on."""
    with _deciding() as (db, _):
        changed = deciding.resume(db, kind, who=user(who))
        others = [row for row in deciding.controls(db) if row["control"] == "pause"]
    line(
        f"{kind}: goes on with the next run, or now with `ops effects deliver`." if changed else f"{kind}: not paused."
    )
    for row in others:
        warn(words.control(row))


def _in_sandbox(senders: Senders) -> list[str]:
    return sandbox_kinds(senders.systems.settings)


@contextmanager
def _deciding() -> Iterator[tuple[Database, Senders]]:
    with open_store() as (platform, systems, _now):
        yield platform.db, Senders(systems)


def _deliver_now(db: Database, senders: Senders, keys: Sequence[str]) -> Delivered:
    """Do these effects at once, also live ones of automations that may not write by themselves: a person asked."""
    automations = sorted({row["automation"] for row in deciding.find(db, keys=keys)})
    return delivering.deliver(db, senders, orders_of(senders, automations=automations, keys=keys))


def _told(done: Delivered, *, as_json: bool, moved: Sequence[str] = ()) -> None:
    failed = bool(done.stopped) or any(ended.status == "failed" for ended in done.troubles)
    troubles = [{**ended.__dict__, "reason": masked(ended.reason or "")} for ended in done.troubles]
    if as_json:
        counts = dict(done.statuses)
        print_json(
            {
                "ok": not failed,
                "effects": list(moved),
                "counts": counts,
                "troubles": troubles,
                "stopped": done.stopped,
                "waiting": done.waiting,
            }
        )
    else:
        if moved:
            line(f"{', '.join(moved)}: may go.")
        line(counts_text(done.statuses) or "Nothing was due.")
        for trouble in troubles:
            warn(f"{trouble['key']}: {trouble['status']}, {trouble['reason']}")
        for kind, reason in {**done.stopped, **done.waiting}.items():
            warn(f"{kind}: {reason}")
    if failed:
        raise typer.Exit(FAILED)


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    """An effect for scripts: what it says is left out, whom it is for is masked."""
    return {**{name: row[name] for name in _SHOWN}, "target": mask_target(row["kind"], row["target"])}


def _status(row: dict[str, Any]) -> str:
    return f"{row['status']}{' (sandbox)' if row['is_sandbox'] else ''}"


def _refuse_unknown(what: str, given: Sequence[str], known: Sequence[str]) -> None:
    if wrong := [value for value in given if value not in known]:
        raise CommandError(f'There is no {what} "{wrong[0]}". There are: {", ".join(known)}', code=USAGE)
