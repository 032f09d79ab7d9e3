"""Item 4: what can be bought today, as lists for the web shop's two availability pages."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from math import floor
from typing import Any, Final, NamedTuple

from ops_platform.core.csvtext import csv_text, harmless_in_spreadsheet
from ops_platform.retail.automation import Automation, Inputs, Items, Need, Plan, PlannedFile, Published, Stock, note
from ops_platform.retail.bindings import buffered_stock, is_parent_row, typed
from ops_platform.retail.notes import notes_frame
from ops_platform.retail.rows import lookup
from ops_platform.settings_retail import InventoryUploadSettings, RetailSettings

NAME: Final = "inventory_upload"
RETAIL: Final = ("item_no", "long_descr", "prc_1", "qty_avail")
WHOLESALE: Final = ("item_no", "long_descr", "reg_prc", "qty_avail", "categ_cod")
PRICE: Final = 2
"""The place of the price in a row of both."""
AVAILABILITY: Final = "availability"
COMMERCIAL: Final = "commercial"


class _List(NamedTuple):
    """A list with the names of its columns; all cells are text."""

    header: Sequence[str]
    rows: list[list[str]]


def needs(settings: RetailSettings, as_of: datetime) -> Mapping[str, Need]:
    """Items, stock, and what was published last, so that a list that shrank is noticed."""
    return {"items": Items(), "stock": Stock(), "published": Published(NAME)}


def plan(inputs: Inputs, settings: RetailSettings, as_of: datetime) -> Plan:
    """availability.csv for everybody, commercial.csv for wholesale: active items that are available.

    Held back, and the files that are there stay, when a list is empty, has fewer than `min_share_of_last` of the rows
    it had, or gives most goods away for nothing: that is how an import that failed looks.
    """
    rules = settings.inventory_upload
    notes: list[dict[str, Any]] = []
    listed = sorted(_listed(inputs, rules, notes), key=_place)
    lists = {AVAILABILITY: _List(RETAIL, list(_rows(listed, "price", notes)))}
    if wholesale := {typed(name) for name in rules.wholesale_categories}:
        for_trade = [item for item in listed if item["category"] in wholesale]
        lists[COMMERCIAL] = _List(WHOLESALE, list(_rows(for_trade, "regular_price", notes, category=True)))
    return Plan(
        files=tuple(file for name, found in lists.items() for file in _files(name, found, rules)),
        notes=notes_frame(notes),
        considered=len(listed),
        held=_held(lists, lookup(inputs["published"], "rows"), rules.min_share_of_last),
        figures={name: len(found.rows) for name, found in lists.items()},
    )


def file_names(rules: InventoryUploadSettings) -> list[str]:
    """The files these settings publish."""
    lists = [AVAILABILITY, *([COMMERCIAL] if rules.wholesale_categories else [])]
    return [f"{name}.{kind}" for name in lists for kind in (("csv", "json") if rules.json_twin else ("csv",))]


def _listed(inputs: Inputs, rules: InventoryUploadSettings, notes: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    available = lookup(inputs["stock"], "available")
    buffered = buffered_stock(inputs["items"], inputs["stock"]) if rules.use_buffer else {}
    items: list[dict[Any, Any]] = inputs["items"].to_dict("records")
    for item in items:
        number = item["item_no"]
        if item["status"] != "A" or is_parent_row(item):
            continue
        if number not in available:
            if item["tracks_stock"]:
                notes.append(note("no_stock_row", number, "left out of the availability lists"))
            continue
        count = buffered[number] if rules.use_buffer else floor(available[number])
        # The count that is shown, too: who leaves out what is sold out does not want lines with 0.
        if min(available[number], count) >= rules.min_available:
            yield {**item, "description": item["long_descr"] or item["descr"] or number, "count": count}


def _place(item: Mapping[str, Any]) -> tuple[str, str]:
    """By description as the point of sale's database orders it, which knows no lower case."""
    return item["description"].casefold(), item["item_no"]


def _rows(
    listed: Iterable[Mapping[str, Any]], price: str, notes: list[dict[str, Any]], *, category: bool = False
) -> Iterator[list[str]]:
    for item in listed:
        if item[price] is None:
            notes.append(note("no_price", item["item_no"], f"left out: no {price.replace('_', ' ')}"))
            continue
        amount = item[price].quantize(Decimal("0.01"), ROUND_HALF_UP)
        row = [item["item_no"], item["description"], f"{amount}", str(item["count"])]
        yield [*row, item["category"]] if category else row


def _files(name: str, found: _List, rules: InventoryUploadSettings) -> Iterator[PlannedFile]:
    # Only the description is free text; people open the file in a spreadsheet to look at it.
    cells = ([row[0], harmless_in_spreadsheet(row[1]), *row[2:]] for row in found.rows)
    text = csv_text(found.header if rules.header else None, cells)
    yield PlannedFile(f"{name}.csv", text.encode(), len(found.rows))
    if rules.json_twin:
        # The form DataTables reads: {"data": [[...], ...]}.
        twin = json.dumps({"data": found.rows}, ensure_ascii=False, separators=(",", ":"))
        yield PlannedFile(f"{name}.json", twin.encode(), len(found.rows))


def _held(lists: Mapping[str, _List], last: Mapping[str, int], share: float) -> str | None:
    for name, found in lists.items():
        file, rows = f"{name}.csv", len(found.rows)
        if not rows:
            return f"{file} would be empty. The file that is there stays; see whether stock and prices are read."
        if rows < share * last.get(file, 0):
            return _waits(f"{file} would have {rows:,} rows, the last one had {last[file]:,}.")
        free = sum(Decimal(row[PRICE]) <= 0 for row in found.rows)
        if free * 2 > rows:
            return _waits(f"{file} would show {free:,} of {rows:,} items for nothing.")
    return None


def _waits(what: str) -> str:
    return f"{what} The file that is there stays. If that is right, approve it: ops retail approve"


AUTOMATION = Automation(
    name=NAME,
    number=4,
    title="Upload inventory",
    description="Puts what is available, with prices, on the web shop's file server for its two availability pages.",
    cron="0 * * * *",
    targets=("webdav",),
    needs=needs,
    plan=plan,
    after=("stock_buffer", "inactive_products"),
)
