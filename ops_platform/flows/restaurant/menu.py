"""Take a menu from a file into the database: what it names is added or changed, nothing is ever removed.

What belongs here: reading the stored menu and writing what a plan says, in one transaction. What does not: reading
files (restaurant/menu_file.py, petpooja_menu.py) and comparing (restaurant/menu_changes.py). Lines of orders are not
touched; matching again (flows/restaurant/matching.py) gives them the new menu.
"""

from __future__ import annotations

import codecs
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import pandas as pd
import sqlalchemy as sa

from ops_platform.adapters.database import Database, copy_rows, execute, lock_in_transaction, records
from ops_platform.restaurant.clean_names import clean_order_item_name
from ops_platform.restaurant.menu_changes import MenuChange, WantedSize, plan_menu
from ops_platform.restaurant.menu_file import MenuFile, read_menu_csv, read_menu_frame
from ops_platform.restaurant.name_rules import RuleSet, load_rules
from ops_platform.restaurant.petpooja_menu import read_petpooja_menu
from ops_platform.restaurant.sheets import Problem, SheetError
from ops_platform.restaurant.variants import read_variant

MENU_LOCK: Final = "restaurant.menu"
_STAGED: Final = {
    "menu_item_id": "int4",
    "name": "text",
    "type": "text",
    "variant": "text",
    "description": "text",
    "unit": "text",
    "value": "numeric",
    "price": "numeric",
    "petpooja_itemid": "int8",
    "petpooja_addonid": "text",
    "addon_eligible": "bool",
    "delivery_eligible": "bool",
    "is_active": "bool",
}


@dataclass(frozen=True)
class MenuReport:
    """What an import found and did. changes: what is different now, or would be (dry_run).

    problems: rows that were not taken. missing: active sizes the file lacks; they stay unless they were to be
    deactivated, and are then among the changes too.
    """

    source: str
    read: int
    unchanged: int
    changes: tuple[MenuChange, ...]
    problems: tuple[Problem, ...]
    missing: tuple[MenuChange, ...]
    dry_run: bool

    def count(self, kind: str) -> int:
        """How many changes are of a kind."""
        return sum(change.kind == kind for change in self.changes)


def import_menu(
    db: Database,
    menu: Path | pd.DataFrame,
    *,
    source: str,
    rules: RuleSet = "seed",
    deactivate_missing: bool = False,
    dry_run: bool = False,
) -> MenuReport:
    """Take a menu from a file (CSV, or PetPooja's JSON) or a frame with the columns of the CSV.

    source: what the report calls it; rules: split the names of PetPooja's JSON. Rows that cannot be taken are in the
    report and the others are taken. Errors: SheetError for a file that is no menu, and when items should be
    deactivated because a file lacks them of which some rows cannot be read; nothing was changed then.
    """
    read = read_menu(menu, rules=rules)
    if deactivate_missing and read.problems:
        raise SheetError(
            f"{len(read.problems):,} rows cannot be taken ({read.problems[0]}), so what the file lacks is not known; "
            "mend them, or import without deactivating"
        )
    if deactivate_missing and not read.entries:
        raise SheetError("the file holds no item; nothing is deactivated for it")
    with db.transaction() as connection:
        lock_in_transaction(connection, MENU_LOCK)
        plan = plan_menu(
            menu_sizes(connection),
            read.entries,
            is_verified=read.is_verified,
            deactivate_missing=deactivate_missing,
        )
        if plan.wanted and not dry_run:
            put_sizes(connection, plan.wanted, is_verified=read.is_verified)
    return MenuReport(
        source,
        len(read.entries),
        plan.unchanged,
        tuple(plan.changes),
        tuple(read.problems),
        tuple(plan.missing),
        dry_run,
    )


def read_menu(menu: Path | pd.DataFrame, *, rules: RuleSet = "seed") -> MenuFile:
    """Read a menu from wherever it is. Errors: SheetError; OSError for a file that cannot be opened."""
    if isinstance(menu, pd.DataFrame):
        return read_menu_frame(menu)
    data = menu.read_bytes()
    if not data.removeprefix(codecs.BOM_UTF8).lstrip().startswith((b"{", b"[")):
        return read_menu_csv(data)
    rule_set = load_rules(rules)
    return read_petpooja_menu(data, lambda raw: dict(clean_order_item_name(raw, rule_set)))  # type: ignore[arg-type]


def menu_sizes(connection: sa.Connection) -> list[dict[str, Any]]:
    """The stored menu: one mapping an item and size with the columns of the CSV, menu_item_id, variant_id,
    description, and item_is_active, is_verified of the item; variant is None for an item without sizes.
    """
    return records(connection, "restaurant/menu_sizes")


def put_sizes(
    connection: sa.Connection, wanted: Iterable[WantedSize], *, is_verified: bool, now: datetime | None = None
) -> None:
    """Store sizes, with the items and variants they need.

    is_verified: a person says so. now: when they were made; by the clock of the database if not given.
    """
    execute(connection, "restaurant/menu_stage")
    copy_rows(connection, "menu_wanted", _STAGED, (_staged(size) for size in wanted))
    execute(connection, "restaurant/menu_put_variants")
    execute(connection, "restaurant/menu_put_items", is_verified=is_verified, now=now)
    execute(connection, "restaurant/menu_name_items", is_verified=is_verified)
    execute(connection, "restaurant/menu_release_numbers")
    execute(connection, "restaurant/menu_put_sizes", now=now)
    execute(connection, "restaurant/menu_activate_items")
    execute(connection, "TRUNCATE menu_wanted")


def _staged(size: WantedSize) -> tuple[Any, ...]:
    variant = read_variant(size.variant)
    values: Mapping[str, Any] = {**size._asdict(), **variant._asdict(), "name": size.name}
    return tuple(values[column] for column in _STAGED)
