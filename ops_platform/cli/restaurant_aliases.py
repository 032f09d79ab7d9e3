"""`ops restaurant aliases`: what people decided about names, as a list and as a file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import typer

from ops_platform.cli.errors import FAILED
from ops_platform.cli.output import line, print_json, print_table, warn
from ops_platform.cli.restaurant_person import (
    match_again,
    person,
    problem_rows,
    show_problems,
    show_rematch,
)
from ops_platform.cli.restaurant_status import open_shop
from ops_platform.flows.restaurant.aliases import AliasReport, export_aliases, import_aliases, list_aliases
from ops_platform.flows.restaurant.linking import alias_text
from ops_platform.flows.restaurant.undoing import NothingToUndoError, Undone, undo
from ops_platform.restaurant.name_text import norm_name

_SHOWN = 40


def list_names(*, as_json: bool) -> None:
    """Every decision in force."""
    with open_shop() as (platform, _):
        rows = list_aliases(platform.db)
        if as_json:
            print_json(rows)
            return
        print_table(
            f"{len(rows):,} names are decided",
            ["name on the bill", "means", "said by", "when", "how", "note"],
            [
                [
                    *(row["raw_name"], alias_text(row), row["verified_by"], row["created_at"]),
                    *(row["source"], row["note"]),
                ]
                for row in rows
            ],
            whole=["when"],
        )


def export_names(file: Path) -> None:
    """Write every decision in force in the form `import` reads."""
    with open_shop() as (platform, _):
        count = export_aliases(platform.db, file)
    line(f"{count:,} names are written to {file}; edit it, then: ops restaurant aliases import {file}")


def import_names(file: Path, *, create_missing: bool, by: str | None, as_json: bool) -> None:
    """Take verified names from a file. Ends with exit code 1 when rows could not be taken; the others are."""
    who = person(by)
    with open_shop() as (platform, now):
        report = import_aliases(
            platform.db,
            file.read_bytes(),
            settings=platform.settings,
            who=who,
            now=now,
            create_missing=create_missing,
        )
        again = match_again(platform, now) if report.created else None
    show_problems(file.name, report.problems)
    if as_json:
        changes = [change._asdict() for change in report.changes]
        print_json(asdict(report) | {"by": who, "changes": changes, "problems": problem_rows(report.problems)})
    else:
        _show_report(report, who)
        if again is not None:
            show_rematch(again)
    if report.problems:
        raise typer.Exit(FAILED)


def _show_report(report: AliasReport, who: str) -> None:
    if report.changes:
        print_table("", ["name on the bill", "meant", "means now"], report.changes[:_SHOWN])
    created = f", {report.created:,} sizes put on the menu" if report.created else ""
    line(
        f"{report.read:,} names read: {report.new:,} new, {len(report.changes):,} mean something else now, "
        f"{report.unchanged:,} as they were{created}; verified by {who}."
    )


def remove_names(names: Sequence[str], *, by: str | None, as_json: bool) -> None:
    """Take decisions back. Ends with exit code 1 when nobody had decided about one of the names."""
    who = person(by)
    undone: list[Undone] = []
    failed = False
    with open_shop() as (platform, now):
        for name in dict.fromkeys(norm_name(each) for each in names):
            try:
                undone.append(
                    undo(
                        platform.db,
                        settings=platform.settings,
                        who=who,
                        now=now,
                        raw_name_norm=name,
                        restore=False,
                    )
                )
            except NothingToUndoError as error:
                warn(f"{error}; `ops restaurant aliases list` shows all")
                failed = True
    if as_json:
        print_json([asdict(one) for one in undone])
    else:
        for one in undone:
            now_ = "waits in the queue" if one.status == "open" else "is matched without a person"
            line(f'"{one.raw_name}" meant {one.was}; that is taken back, and it {now_}.')
    if failed:
        raise typer.Exit(FAILED)
