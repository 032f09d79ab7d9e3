"""`ops restaurant menu`: the menu taken from a file, shown, and written to one."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from decimal import Decimal
from itertools import groupby
from pathlib import Path
from typing import Any

import typer

from ops_platform.adapters.files import write_whole
from ops_platform.cli.errors import FAILED, USAGE, CommandError
from ops_platform.cli.output import line, print_json, print_table, shown, warn
from ops_platform.cli.restaurant_person import match_again, problem_rows, show_problems, show_rematch
from ops_platform.cli.restaurant_status import open_shop
from ops_platform.cli.session import Platform
from ops_platform.flows.restaurant.menu import MenuReport, import_menu, menu_sizes
from ops_platform.restaurant.menu_changes import MenuChange
from ops_platform.restaurant.menu_file import menu_csv

_SHOWN = 40


def import_file(file: Path, *, deactivate_missing: bool, yes: bool, dry_run: bool, as_json: bool) -> None:
    """Take a menu from a file. Ends with exit code 1 when rows could not be taken; the others are."""
    with open_shop() as (platform, now):
        if deactivate_missing and not (yes or dry_run) and not _agreed(platform, file):
            line("Nothing was changed.")
            return
        report = _import(platform, file, deactivate_missing=deactivate_missing, dry_run=dry_run)
        again = match_again(platform, now) if report.changes and not dry_run else None
    show_problems(file.name, report.problems)
    if as_json:
        print_json(
            {
                **{"file": str(file), "dry_run": dry_run, "read": report.read, "unchanged": report.unchanged},
                "changes": [change._asdict() for change in report.changes],
                "missing": [change._asdict() for change in report.missing],
                "problems": problem_rows(report.problems),
                "rematch": None if again is None else {"linked": again.linked, "unlinked": again.unlinked},
            }
        )
    else:
        _show_report(report, deactivate_missing=deactivate_missing)
        if again is not None:
            show_rematch(again)
    if report.problems:
        raise typer.Exit(FAILED)


def _import(platform: Platform, file: Path, *, deactivate_missing: bool, dry_run: bool) -> MenuReport:
    return import_menu(
        platform.db,
        file,
        source=file.name,
        rules=platform.settings.restaurant.rules,
        deactivate_missing=deactivate_missing,
        dry_run=dry_run,
    )


def _agreed(platform: Platform, file: Path) -> bool:
    """Show what would no longer be sold, and ask. Raises CommandError where nobody can be asked."""
    planned = _import(platform, file, deactivate_missing=True, dry_run=True)
    if not planned.missing:
        return True
    _show_changes("Not in the file, and sold no more if you agree:", planned.missing)
    if not sys.stdin.isatty():
        raise CommandError("there is nobody to ask whether that is right; add --yes, or --dry-run", code=USAGE)
    return typer.confirm(f"Deactivate {len(planned.missing):,} sizes?", default=False)


def _show_report(report: MenuReport, *, deactivate_missing: bool) -> None:
    _show_changes("", report.changes)
    would = "would be" if report.dry_run else "are"
    counts = [
        f"{report.count(kind):,} {words} {would} {done}"
        for kind, words, done in (
            ("new item", "sizes of new items", "added"),
            ("new size", "new sizes", "added"),
            ("changed", "values", "changed"),
            ("moved number", "PetPooja numbers", "moved"),
            ("deactivated", "sizes", "deactivated"),
        )
        if report.count(kind)
    ]
    line(f"{report.read:,} sizes read, {report.unchanged:,} as they were; {', '.join(counts) or 'nothing changes'}.")
    if report.missing and not deactivate_missing:
        line(f"{len(report.missing):,} sizes of the menu are not in the file; they stay (--deactivate-missing).")
    if report.dry_run:
        line("Nothing was written (--dry-run).")


def _show_changes(title: str, changes: Sequence[MenuChange]) -> None:
    """What a person should look at comes first: in a first import nearly everything is new."""
    if not changes:
        return
    changes = sorted(changes, key=lambda change: change.kind.startswith("new"))
    print_table(
        title,
        ["change", "item", "size", "what", "was", "is"],
        [
            [each.kind, each.name, each.variant, each.field, _value(each.old), _value(each.new)]
            for each in changes[:_SHOWN]
        ],
    )
    if len(changes) > _SHOWN:
        line(f"{len(changes) - _SHOWN:,} more; --json lists all.")


def _value(value: Any) -> str:
    return f"{value:,.2f}" if isinstance(value, Decimal) else shown(value)


def list_menu(*, type_: str | None, as_json: bool) -> None:
    """Items with their sizes and prices."""
    rows = _stored(type_)
    if as_json:
        print_json(rows)
        return
    items = [list(sizes) for _, sizes in groupby(rows, key=lambda row: row["menu_item_id"])]
    print_table(
        f"{len(items):,} items in {sum(row['variant'] is not None for row in rows):,} sizes",
        ["type", "item", "sizes and prices"],
        [[item[0]["type"], _item(item[0]), ", ".join(_size(row) for row in item if row["variant"])] for item in items],
    )


def _stored(type_: str | None) -> list[dict[str, Any]]:
    """The menu, or a type of it. Raises CommandError where there is none."""
    with open_shop() as (platform, _), platform.db.engine.connect() as connection:
        rows = menu_sizes(connection)
    if not rows:
        raise CommandError("the menu is empty; `ops restaurant menu import FILE` fills it")
    wanted = [row for row in rows if type_ is None or row["type"].casefold() == type_.casefold()]
    if not wanted:
        types = ", ".join(sorted({row["type"] for row in rows}))
        raise CommandError(f'no item is of the type "{type_}"; there are {types}', code=USAGE)
    return wanted


def _item(row: dict[str, Any]) -> str:
    notes = [] if row["item_is_active"] else ["sold no more"]
    notes += [] if row["is_verified"] else ["not verified"]
    return f"{row['name']} ({', '.join(notes)})" if notes else row["name"]


def _size(row: dict[str, Any]) -> str:
    price = "" if row["price"] is None else f" {row['price']:,.2f}"
    off = " (sold no more)" if row["item_is_active"] and not row["is_active"] else ""
    return f"{row['variant']}{price}{off}"


def export_menu(file: Path) -> None:
    """Write the menu in the form `import` reads, with a byte order mark for Excel."""
    rows = [row for row in _stored(None) if row["variant"] is not None]
    without = {row["name"] for row in _stored(None)} - {row["name"] for row in rows}
    write_whole(file, menu_csv(rows).encode("utf-8-sig"))
    line(f"{len(rows):,} sizes are written to {file}; edit it, then: ops restaurant menu import {file}")
    if without:
        warn(f"{len(without):,} items have no size and are not in the file: {', '.join(sorted(without)[:5])}")
