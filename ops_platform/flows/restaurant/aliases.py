"""Lists of verified names: taken from a file, shown, written to a file.

What belongs here: many aliases at once. What does not: one decision about a name of the queue (decisions.py), taking
one back (undoing.py), and the form of the file (restaurant/alias_file.py).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

import sqlalchemy as sa

from ops_platform.adapters.database import Database
from ops_platform.adapters.files import write_whole
from ops_platform.flows.restaurant.decisions import set_statuses
from ops_platform.flows.restaurant.linking import NO_ITEM, alias_text, aliases_in_force, new_alias, put_aliases, relink
from ops_platform.flows.restaurant.meanings import Meaning, meanings
from ops_platform.flows.restaurant.menu import menu_sizes
from ops_platform.flows.restaurant.review import lock_names
from ops_platform.restaurant.alias_file import AliasRow, alias_csv, read_alias_csv
from ops_platform.restaurant.menu_search import MenuChoice, menu_choices
from ops_platform.restaurant.queue import Choose, NewItem
from ops_platform.restaurant.queue_file import RowError, item_named
from ops_platform.restaurant.sheets import Problem
from ops_platform.settings import Settings


class AliasChange(NamedTuple):
    """A name that meant something else before; old and new in words."""

    raw_name: str
    old: str
    new: str


@dataclass(frozen=True)
class AliasReport:
    """What a list of verified names did. read: names that could be taken; created: items and sizes put on the menu."""

    read: int
    new: int
    changes: tuple[AliasChange, ...]
    unchanged: int
    created: int
    problems: tuple[Problem, ...]


class _Wanted(NamedTuple):
    row: AliasRow
    item: Choose | NewItem | None


def list_aliases(db: Database) -> list[dict[str, Any]]:
    """Every alias in force, by name, with name, type and variant of its item (None: deliberately no item)."""
    with db.engine.connect() as connection:
        return list(aliases_in_force(connection).values())


def export_aliases(db: Database, file: Path) -> int:
    """Write every alias in force to a CSV file that `import_aliases` takes; return how many."""
    aliases = list_aliases(db)
    write_whole(file, alias_csv(aliases).encode("utf-8-sig"))
    return len(aliases)


def import_aliases(
    db: Database, data: bytes, *, settings: Settings, who: str, now: datetime, create_missing: bool = False
) -> AliasReport:
    """Take verified names from a file, and give every line of them what they mean, in one transaction.

    A name whose item is not on the menu in its size is told and not taken; `create_missing` puts it there. A name that
    means the same already stays as it is, with who verified it. Errors: SheetError for a file that is no such list.
    """
    file = read_alias_csv(data)
    problems = list(file.problems)
    with db.transaction() as connection:
        lock_names(connection)
        menu = menu_choices(menu_sizes(connection))
        wanted = list(_wanted(file.rows, menu, problems, create_missing=create_missing))
        found = meanings(connection, [item for _, item in wanted if item is not None], now=now)
        means = {row.norm: None if item is None else found[item] for row, item in wanted}
        before = aliases_in_force(connection, means)
        rows = [row for row, _ in wanted if not _stands(before.get(row.norm), means[row.norm])]
        _store(connection, rows, means, settings=settings, who=who, now=now)
    added = {(meaning.menu_item_id, meaning.variant_id) for meaning in found.values() if meaning.added is not None}
    changes = tuple(
        AliasChange(row.raw_name, alias_text(before[row.norm]), str(means[row.norm] or NO_ITEM))
        for row in rows
        if row.norm in before
    )
    problems.sort(key=lambda problem: problem.line or 0)
    new, unchanged = len(rows) - len(changes), len(wanted) - len(rows)
    return AliasReport(len(wanted), new, changes, unchanged, len(added), tuple(problems))


def _wanted(
    rows: Iterable[AliasRow], menu: Sequence[MenuChoice], problems: list[Problem], *, create_missing: bool
) -> Iterable[_Wanted]:
    for row in rows:
        if row.item is None or create_missing:
            yield _Wanted(row, row.item)
            continue
        try:
            yield _Wanted(row, _on_the_menu(row.item, menu))
        except RowError as error:
            problems.append(Problem(row.line, error.column, str(error)))


def _on_the_menu(item: NewItem, menu: Sequence[MenuChoice]) -> Choose:
    found = item_named(menu, item.name, item.type, "--create-missing adds it")
    if item.variant not in found.sizes:
        sizes = ", ".join(found.sizes) or "no size"
        text = f"{found.name} is not on the menu as {item.variant} ({sizes}); --create-missing adds it"
        raise RowError("variant", text)
    return Choose(found.menu_item_id, item.variant)


def _stands(alias: Mapping[str, Any] | None, meaning: Meaning | None) -> bool:
    """Whether a name means this already."""
    if alias is None:
        return False
    wanted = (None, None) if meaning is None else (meaning.menu_item_id, meaning.variant_id)
    return (alias["menu_item_id"], alias["variant_id"]) == wanted


def _store(
    connection: sa.Connection,
    rows: Sequence[AliasRow],
    means: Mapping[str, Meaning | None],
    *,
    settings: Settings,
    who: str,
    now: datetime,
) -> None:
    if not rows:
        return
    numbers = put_aliases(
        connection,
        (new_alias(row.norm, row.raw_name, means[row.norm], source="import", who=who, note=row.note) for row in rows),
        now=now,
    )
    relink(connection, numbers, settings=settings, now=now, reason="import")
    statuses = {norm: "no_item" if means[norm] is None else "chosen" for norm in numbers}
    set_statuses(connection, statuses, numbers, who=who, now=now)
