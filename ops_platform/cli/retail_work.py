"""`ops retail list`, `plan` and `apply`: automations, what they would change, and making it so."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import typer

from ops_platform.cli.errors import FAILED, USAGE, CommandError
from ops_platform.cli.output import heading, indented, line, print_json, print_table, shown, warn, working
from ops_platform.cli.retail_effects import (
    States,
    outgoing_document,
    planned,
    print_effects,
    print_outgoing,
    states_of,
)
from ops_platform.cli.retail_session import open_store
from ops_platform.cli.retail_tables import changes_text, counts_text, print_changes
from ops_platform.flows.retail.runner import Outcome, Run, may_write, run_automations
from ops_platform.retail import registry
from ops_platform.retail.automation import Automation
from ops_platform.retail.campaigns.automations import at_times
from ops_platform.retail.notes import CODES
from ops_platform.retail.registry import UnknownAutomationError, by_name

_SHOWN: Final = 40
_NOTES_SHOWN: Final = 3


def list_automations(*, as_json: bool) -> None:
    """Every automation with its last run."""
    with open_store() as (platform, systems, now):
        newest = {row["automation"]: row for row in platform.rows("retail/newest_runs")}
        run = Run(now)
        rows: list[dict[str, Any]] = [
            {
                "number": automation.number,
                "name": automation.name,
                "title": automation.title,
                "description": automation.description,
                "schedule": automation.cron,
                "after": list(automation.after),
                "targets": {
                    target: ("sandbox" if systems.is_sandbox(target) else "live")
                    + ("" if may_write(automation, target, systems, run) else ", only planned")
                    for target in automation.targets
                },
                "last_run": newest.get(automation.name, {}).get("created_at"),
                "last_status": newest.get(automation.name, {}).get("status"),
            }
            for automation in at_times(registry.AUTOMATIONS, systems.settings.retail.texts.own_times())
        ]
    if as_json:
        print_json(rows)
        return
    print_table(
        "",
        ["no", "name", "what it does", "when", "writes to", "last run"],
        [
            [
                row["number"],
                row["name"],
                row["description"],
                row["schedule"],
                "\n".join(target if how == "sandbox" else f"{target}: {how}" for target, how in row["targets"].items()),
                None if row["last_status"] is None else f"{shown(row['last_run'])}\n{row['last_status']}",
            ]
            for row in rows
        ],
        right=["no"],
        whole=["name", "when", "writes to", "last run"],
    )
    if all(how == "sandbox" for row in rows for how in row["targets"].values()):
        line("Everything is written to the sandbox only (ops.yaml: retail.bigcommerce.mode and so on).")


def run(names: Sequence[str], *, every: bool, apply: bool, as_json: bool, again: bool = False) -> None:
    """Plan or apply automations. Ends with exit code 1 when one failed or could not do a part.

    again: reports that were made are made and sent once more.
    """
    automations = _chosen(names, every)
    with open_store() as (platform, systems, now), working("reading", total=len(automations)) as progress:
        work = Run(now, apply=apply, again=again, progress=progress.step)
        outcomes = run_automations(platform.db, systems, automations, work)
        states = states_of(platform.db, systems, [outcome.plan.effects for outcome in outcomes])
    if as_json:
        documents = [_document(outcome, states) for outcome in outcomes]
        print_json({"ok": not _bad(outcomes), "automations": documents})
    else:
        for outcome in outcomes:
            _show(outcome, states, apply=apply)
    if _bad(outcomes):
        raise typer.Exit(FAILED)


def _chosen(names: Sequence[str], every: bool) -> list[Automation]:
    if every == bool(names):
        raise CommandError("Name automations (`ops retail list` shows them), or give --all.", code=USAGE)
    try:
        return [by_name(name) for name in dict.fromkeys(names)] if names else list(registry.AUTOMATIONS)
    except UnknownAutomationError as error:
        raise CommandError(str(error), code=USAGE) from None


def _bad(outcomes: Sequence[Outcome]) -> list[Outcome]:
    return [
        o
        for o in outcomes
        if o.status == "failed" or o.count("failed") or o.failed_files or o.outgoing.troubles or o.plan.failures
    ]


def _document(outcome: Outcome, states: States) -> dict[str, Any]:
    return {
        "name": outcome.automation.name,
        "status": outcome.status,
        "error": outcome.error,
        "batch": outcome.batch_id,
        "considered": outcome.plan.considered,
        "changes": outcome.plan.changes.to_dict("records"),
        "results": outcome.results.to_dict("records"),
        "files": [file.__dict__ for file in outcome.files]
        or [{"name": f.name, "rows": f.rows, "size": len(f.content)} for f in outcome.plan.files],
        "effects": {"planned": planned(outcome.plan.effects, states), **outgoing_document(outcome.outgoing)},
        "notes": outcome.plan.notes.to_dict("records"),
        "held": outcome.plan.held,
        "figures": dict(outcome.plan.figures),
        "api_calls": outcome.api_calls,
        "seconds": round(outcome.seconds, 3),
    }


def _show(outcome: Outcome, states: States, *, apply: bool) -> None:
    plan = outcome.plan
    heading(f"{outcome.automation.name}: {_summary(outcome, apply)}")
    if outcome.error:
        warn(outcome.error)
    told = {(r["target"], r["key"], r["field"]): r for r in outcome.results.to_dict("records")}
    if told or not outcome.error:
        rows = [
            row | told.get((row["target"], row["key"], row["field"]), {}) for row in plan.changes.to_dict("records")
        ]
        print_changes(rows, most=_SHOWN)
        print_effects(plan.effects, states, most=_SHOWN)
    print_outgoing(outcome.outgoing)
    for file in outcome.files:
        line(f"{file.name}: {file.status}, {file.rows:,} rows{f', {file.detail}' if file.detail else ''}")
    if not outcome.files and not outcome.error:
        for planned in plan.files:
            line(f"{planned.name}: {planned.rows:,} rows, {len(planned.content):,} bytes")
    if plan.held:
        warn(
            f"held: {plan.held}"
            + (f" {outcome.batch_id}" if plan.held.endswith("approve") and outcome.batch_id else "")
        )
    for code, some in plan.notes.groupby("code", sort=True):
        keys = ", ".join(map(str, some["key"].head(_NOTES_SHOWN)))
        more = f" and {len(some) - _NOTES_SHOWN:,} more" if len(some) > _NOTES_SHOWN else ""
        indented(f"{code} ({keys}{more}): {CODES[str(code)]}", 2)
    line("")


def _summary(outcome: Outcome, apply: bool) -> str:
    wanted, effects = len(outcome.plan.changes), len(outcome.plan.effects)
    looked = f"{outcome.plan.considered:,} looked at in {outcome.seconds:.1f} s"
    if outcome.status == "failed":
        return "failed"
    if effects and not wanted:
        what = {"planned": ", nothing was sent", "held": ", held"}.get(outcome.status, "")
        return f"{effects:,} {'effect' if effects == 1 else 'effects'} wanted{what}; {looked}"
    if outcome.plan.files and not wanted:
        return looked
    if not wanted:
        return f"nothing to change, {looked}"
    if outcome.status == "applied":
        counts = {status: outcome.count(status) for status in ("applied", "conflict", "failed")}
        return f"{changes_text(wanted)}: {counts_text(counts)}; {looked}"
    what = "held" if outcome.status == "held" else "nothing was changed"
    return f"{changes_text(wanted)} wanted, {what}; {looked}"
