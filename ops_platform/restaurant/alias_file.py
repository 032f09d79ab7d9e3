"""Verified names as a file: which raw name means which item in which size.

What belongs here: reading and writing that CSV. What does not: whether the item is on the menu (flows).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final, NamedTuple

from ops_platform.core.csvtext import csv_text
from ops_platform.restaurant.menu_file import EntryError, flag_of, item_name, item_type, item_variant
from ops_platform.restaurant.name_text import norm_name
from ops_platform.restaurant.queue import NewItem
from ops_platform.restaurant.sheets import Problem, SheetRow, read_sheet

REQUIRED: Final = ("raw_name", "name", "type", "variant")
COLUMNS: Final = (*REQUIRED, "no_item", "note", "source", "verified_by", "created_at")


class AliasRow(NamedTuple):
    """A verified name. item: None for what is deliberately no item."""

    line: int
    raw_name: str
    norm: str
    item: NewItem | None
    note: str | None


class AliasFile(NamedTuple):
    """What a file says, each name once, and what cannot be read."""

    rows: list[AliasRow]
    problems: list[Problem]


def read_alias_csv(data: bytes) -> AliasFile:
    """Read verified names. Errors: sheets.SheetError without the columns raw_name, name, type, variant.

    A name said twice with the same meaning is no problem; of two meanings the first counts.
    """
    sheet = read_sheet(data, required=REQUIRED, optional=COLUMNS, verbatim=("raw_name",))
    rows: dict[str, AliasRow] = {}
    problems = list(sheet.problems)
    for row in sheet.rows:
        try:
            read = _alias_row(row)
        except EntryError as error:
            problems.append(Problem(row.line, error.column, str(error)))
            continue
        first = rows.setdefault(read.norm, read)
        if first.item != read.item:
            text = f"the same name means something else in line {first.line}, which counts"
            problems.append(Problem(row.line, "raw_name", text))
    return AliasFile(list(rows.values()), problems)


def _alias_row(row: SheetRow) -> AliasRow:
    cells = row.cells
    raw_name = cells["raw_name"]
    if not raw_name:
        raise EntryError("raw_name", "is empty")
    if flag_of("no_item", cells.get("no_item", "")):
        filled = [column for column in ("name", "type", "variant") if cells[column]]
        if filled:
            raise EntryError("no_item", f"says yes, but a {filled[0]} is filled in; leave one of them empty")
        item = None
    else:
        item = NewItem(item_name(cells["name"]), item_type(cells["type"]), item_variant(cells["variant"]))
    return AliasRow(row.line, raw_name, norm_name(raw_name), item, cells.get("note") or None)


def alias_csv(rows: Iterable[Mapping[str, Any]]) -> str:
    """Aliases in force (flows' aliases_in_force) in the form `read_alias_csv` takes; formulas are made harmless."""
    return csv_text(COLUMNS, (_cells(row) for row in rows), for_people=True)


def _cells(row: Mapping[str, Any]) -> list[str]:
    shown = {
        **row,
        "raw_name": " ".join(row["raw_name"].split()),
        "no_item": "yes" if row["menu_item_id"] is None else "",
        "created_at": f"{row['created_at']:%Y-%m-%d %H:%M}",
    }
    return [str(shown[column] or "") for column in COLUMNS]
