"""A menu as a file: one row an item and size, with its price and PetPooja's numbers.

What belongs here: reading and writing that CSV, and the rules every entry of a menu obeys, whatever file it came
from. What does not: PetPooja's own JSON (petpooja_menu.py), what is stored already (menu_changes.py).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any, Final, NamedTuple

import pandas as pd

from ops_platform.core.csvtext import csv_text
from ops_platform.core.money import MoneyError, money
from ops_platform.core.text import clean_text
from ops_platform.restaurant.sheets import Problem, SheetRow, read_sheet
from ops_platform.restaurant.variants import VariantError, variant_name

REQUIRED: Final = ("name", "type", "variant")
OPTIONAL: Final = (
    "price",
    "petpooja_itemid",
    "petpooja_addonid",
    "addon_eligible",
    "delivery_eligible",
    "is_active",
)
LONGEST_NAME: Final = 255
LONGEST_TYPE: Final = 50
_LONGEST_ADDONID: Final = 100
_LARGEST_ID: Final = 2**63 - 1
_WORDS: Final = {"yes": True, "y": True, "true": True, "1": True, "no": False, "n": False, "false": False, "0": False}
_WHOLE: Final = re.compile(r"([0-9]{1,19})(?:\.0+)?")


class MenuEntry(NamedTuple):
    """An item in one size. None: the file does not say; what is stored stays. place: as problems name it."""

    line: int | None
    place: str | None
    name: str
    type: str
    variant: str
    price: Decimal | None = None
    petpooja_itemid: int | None = None
    petpooja_addonid: str | None = None
    addon_eligible: bool | None = None
    delivery_eligible: bool | None = None
    is_active: bool | None = None

    @property
    def key(self) -> tuple[str, str, str]:
        """What two rows about the same thing share: capitals do not matter."""
        return self.name.casefold(), self.type.casefold(), self.variant


class MenuFile(NamedTuple):
    """What a menu file holds: entries that can be taken, each once, and what could not.

    is_verified: a person wrote it.
    """

    entries: list[MenuEntry]
    problems: list[Problem]
    is_verified: bool


class EntryError(ValueError):
    """A value a menu cannot hold. column: the header it stands under."""

    def __init__(self, column: str, text: str) -> None:
        super().__init__(text)
        self.column = column


def read_menu_csv(data: bytes) -> MenuFile:
    """Read a menu from CSV. Errors: sheets.SheetError when it has no header with name, type and variant."""
    sheet = read_sheet(data, required=REQUIRED, optional=OPTIONAL)
    entries: list[MenuEntry] = []
    problems = list(sheet.problems)
    for row in sheet.rows:
        try:
            entries.append(_entry(row))
        except EntryError as error:
            problems.append(Problem(row.line, error.column, str(error)))
    kept, clashes = without_clashes(entries)
    return MenuFile(kept, sorted([*problems, *clashes], key=lambda problem: problem.line or 0), is_verified=True)


def read_menu_frame(frame: pd.DataFrame) -> MenuFile:
    """Read a menu from a frame with the columns of the CSV; `line` of a problem is its row, from 1.

    Errors: sheets.SheetError when name, type or variant is missing.
    """
    columns = [column for column in (*REQUIRED, *OPTIONAL) if column in frame.columns]
    rows = ([_cell(value) for value in row] for row in frame[columns].itertuples(index=False))
    found = read_menu_csv(csv_text(columns, rows).encode())
    return found._replace(
        entries=[entry._replace(line=(entry.line or 1) - 1) for entry in found.entries],
        problems=[problem._replace(line=(problem.line or 1) - 1) for problem in found.problems],
    )


def _entry(row: SheetRow) -> MenuEntry:
    cell = row.cells
    return MenuEntry(
        row.line,
        None,
        item_name(cell["name"]),
        item_type(cell["type"]),
        item_variant(cell["variant"]),
        price_of(cell.get("price", "")),
        itemid_of(cell.get("petpooja_itemid", "")),
        addonid_of(cell.get("petpooja_addonid", "")),
        *(flag_of(column, cell.get(column, "")) for column in ("addon_eligible", "delivery_eligible", "is_active")),
    )


def item_name(text: str) -> str:
    """An item's name that can be stored. Raises EntryError."""
    return _short(text, "name", LONGEST_NAME)


def item_type(text: str) -> str:
    """An item's type that can be stored. Raises EntryError."""
    return _short(text, "type", LONGEST_TYPE)


def item_variant(text: str) -> str:
    """A variant's name in its one form. Raises EntryError."""
    if not text:
        raise EntryError("variant", "is empty; write one like REGULAR_TUB_300ML, or 1_PIECE")
    try:
        return variant_name(text)
    except VariantError as error:
        raise EntryError("variant", str(error)) from None


def _short(text: str, column: str, longest: int) -> str:
    if not text:
        raise EntryError(column, "is empty")
    if len(text) > longest:
        raise EntryError(column, f"has {len(text)} characters; {longest} is the most")
    return text


def price_of(value: object) -> Decimal | None:
    """A price in rupees; None for nothing. Raises EntryError."""
    if value is None or value == "":
        return None
    try:
        price = money(value)
    except MoneyError as error:
        raise EntryError("price", str(error)) from None
    if price < 0:
        raise EntryError("price", f"{price} is below 0")
    return price


def itemid_of(value: object) -> int | None:
    """PetPooja's number of an item; None for nothing and for 0, which stands for "no number". Raises EntryError."""
    text = "" if value is None else str(value).strip()
    if not text:
        return None
    found = _WHOLE.fullmatch(text)
    if found is None or int(found[1]) > _LARGEST_ID:
        raise EntryError(
            "petpooja_itemid",
            f'"{text}" is no whole number; a spreadsheet shortens long ones, so format the column as text',
        )
    return int(found[1]) or None


def addonid_of(value: object) -> str | None:
    """PetPooja's number of an add-on, as text; None for nothing. Raises EntryError."""
    text = "" if value is None else clean_text(str(value)) or ""
    if len(text) > _LONGEST_ADDONID:
        raise EntryError("petpooja_addonid", f"has {len(text)} characters; {_LONGEST_ADDONID} is the most")
    return text if text.strip("0") else None


def flag_of(column: str, text: str) -> bool | None:
    """Yes or no; None for nothing. Raises EntryError."""
    if not text:
        return None
    if text.lower() not in _WORDS:
        raise EntryError(column, f'"{text}" is neither yes nor no')
    return _WORDS[text.lower()]


def without_clashes(entries: Iterable[MenuEntry]) -> tuple[list[MenuEntry], list[Problem]]:
    """Return entries of which each item and size is there once and each PetPooja number belongs to one, and the rest.

    A row said twice in the same words is no problem; of two that differ, the first counts.
    """
    kept: dict[tuple[str, str, str], MenuEntry] = {}
    problems: list[Problem] = []
    owners: dict[tuple[str, Any], MenuEntry] = {}
    for entry in entries:
        first = kept.get(entry.key)
        if first is not None:
            if first[2:] != entry[2:]:
                problems.append(_clash(entry, "name", f"is the same item and size as {_where(first)}, which counts"))
            continue
        lost: dict[str, Any] = {}
        for column in ("petpooja_itemid", "petpooja_addonid"):
            number = getattr(entry, column)
            owner = owners.setdefault((column, number), entry)
            if number is not None and owner is not entry:
                text = f"{number} is the number of {owner.name}, {owner.variant} too ({_where(owner)}), which keeps it"
                problems.append(_clash(entry, column, text))
                lost[column] = None
        kept[entry.key] = entry._replace(**lost)
    return list(kept.values()), problems


def _where(entry: MenuEntry) -> str:
    return f"line {entry.line}" if entry.place is None else entry.place


def _clash(entry: MenuEntry, column: str, text: str) -> Problem:
    return Problem(entry.line, entry.place or column, text)


def menu_csv(rows: Iterable[Mapping[str, Any]]) -> str:
    """The stored menu in the form `read_menu_csv` takes; rows are mappings with its columns."""
    columns = (*REQUIRED, *OPTIONAL)
    return csv_text(columns, ([_cell(row[column]) for column in columns] for row in rows), for_people=True)


def _cell(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "" if value is None or pd.isna(value) else str(value)
