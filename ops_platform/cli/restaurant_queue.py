"""`ops restaurant queue`: the names that wait, as a list and as a file for a spreadsheet."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import typer

from ops_platform.cli.errors import FAILED
from ops_platform.cli.output import line, print_json, print_table
from ops_platform.cli.restaurant_person import match_again, person, problem_rows, show_problems, show_rematch
from ops_platform.cli.restaurant_status import open_shop
from ops_platform.flows.restaurant.decisions import Decided
from ops_platform.flows.restaurant.review import waiting_names
from ops_platform.flows.restaurant.review_files import DecisionsReport, export_queue, import_decisions


def list_queue(limit: int, *, as_json: bool) -> None:
    """The dearest names that wait."""
    with open_shop() as (platform, _):
        names = waiting_names(platform.db)
    if as_json:
        print_json(names[:limit])
        return
    if not names:
        line("No name waits for a person.")
        return
    worth = sum((name["revenue"] for name in names), Decimal(0))
    lines = sum(name["line_count"] for name in names)
    print_table(
        f"{len(names):,} names wait, {lines:,} lines worth {worth:,.2f} rupees",
        ["name on the bill", "lines", "rupees", "nearest item", "likeness", "why", "last sold"],
        [_row(name) for name in names[:limit]],
        right=["lines", "rupees", "likeness"],
        whole=["last sold"],
    )
    if len(names) > limit:
        line(f"{len(names) - limit:,} more (--limit).")
    line("`ops restaurant review` decides them one by one, `ops restaurant queue export FILE` in a spreadsheet.")


def _row(name: dict[str, Any]) -> list[Any]:
    best = name["candidates"][0] if name["candidates"] else None
    skipped = " (skipped)" if name["status"] == "skipped" else ""
    return [
        *(f"{name['raw_name']}{skipped}", name["line_count"], f"{name['revenue']:,.2f}"),
        *(best and f"{best['name']}, {best['variant']}", best and f"{best['score']:.0f}"),
        *(name["reason"], name["last_seen"]),
    ]


def export_file(file: Path, *, with_decided: bool) -> None:
    """Write the queue for a spreadsheet."""
    with open_shop() as (platform, _):
        count = export_queue(platform.db, file, with_decided=with_decided)
    line(f"{count:,} names are written to {file}.")
    if count:
        line("Fill in the column decision with accept, 1, 2, 3, new, none or skip, or name, type and variant instead.")
        line(f"Then: ops restaurant queue import {file}")


def import_file(file: Path, *, by: str | None, as_json: bool) -> None:
    """Apply a filled sheet. Ends with exit code 1 when a row could not be applied; the others are."""
    who = person(by)
    with open_shop() as (platform, now):
        report = import_decisions(platform.db, file.read_bytes(), settings=platform.settings, who=who, now=now)
        added = any(one.meaning is not None and one.meaning.added for one in report.decided)
        again = match_again(platform, now) if added else None
    show_problems(file.name, report.problems)
    if as_json:
        decided = [_decided_row(one) for one in report.decided]
        counts = {"by": who, "unchanged": report.unchanged, "blank": report.blank}
        print_json({**counts, "decided": decided, "problems": problem_rows(report.problems)})
    else:
        _show_report(report, who)
        if again is not None:
            show_rematch(again)
    if report.problems:
        raise typer.Exit(FAILED)


def _decided_row(one: Decided) -> dict[str, Any]:
    """A decision for --json."""
    meaning = one.meaning
    return {
        "raw_name": one.raw_name,
        "status": one.status,
        "item": None if meaning is None else meaning.name,
        "type": None if meaning is None else meaning.type,
        "variant": None if meaning is None else meaning.variant,
        "added": None if meaning is None else meaning.added,
        "lines": one.line_count,
        "revenue": one.revenue,
    }


def show_decided(decided: tuple[Decided, ...] | list[Decided]) -> None:
    """Decisions as a table."""
    print_table(
        "",
        ["name on the bill", "means", "lines", "rupees"],
        [[one.raw_name, _means(one), one.line_count, f"{one.revenue:,.2f}"] for one in decided],
        right=["lines", "rupees"],
    )


def _means(one: Decided) -> str:
    if one.meaning is None:
        return "(not now)" if one.status == "skipped" else "(no item)"
    return f"{one.meaning}{f' (new {one.meaning.added})' if one.meaning.added else ''}"


def _show_report(report: DecisionsReport, who: str) -> None:
    if report.decided:
        show_decided(report.decided)
    worth = sum((one.revenue for one in report.decided), Decimal(0))
    line(
        f"{len(report.decided):,} names are decided by {who}, worth {worth:,.2f} rupees; {report.unchanged:,} were "
        f"decided so already, {report.blank:,} rows are not filled in."
    )
