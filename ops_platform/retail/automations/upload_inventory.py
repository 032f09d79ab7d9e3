"""Item 4: what can be bought today, as lists for the web shop's two availability pages."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from math import floor
from typing import Any, Final

from ops_platform.core.csvtext import csv_text, harmless_in_spreadsheet
from ops_platform.retail.automation import Automation, Inputs, Items, Need, Plan, PlannedFile, Published, Stock, note
from ops_platform.retail.bindings import buffered_stock, typed
from ops_platform.retail.notes import notes_frame
from ops_platform.retail.rows import lookup
from ops_platform.settings_retail import InventoryUploadSettings, RetailSettings

NAME: Final = "inventory_upload"
RETAIL: Final = ("item_no", "long_descr", "prc_1", "qty_avail")
WHOLESALE: Final = ("item_no", "long_descr", "reg_prc", "qty_avail", "categ_cod")


def needs(settings: RetailSettings, as_of: datetime) -> Mapping[str, Need]:
    """Items, stock, and what was published last, so that a list that shrank is noticed."""
    return {"items": Items(), "stock": Stock(), "published": Published(NAME)}


def plan(inputs: Inputs, settings: RetailSettings, as_of: datetime) -> Plan:
    """availability.csv for everybody, commercial.csv for wholesale: active items that are available.

    Held back, and the files that are there stay, when a list is empty or has fewer than `min_share_of_last` of the
    rows it had: that is how a stock import that failed looks.
    """
    rules = settings.inventory_upload
    notes: list[dict[str, Any]] = []
    listed = sorted(_listed(inputs, rules, notes), key=lambda item: (item["description"], item["item_no"]))
    wholesale = {typed(name) for name in rules.wholesale_categories}
    lists: dict[str, tuple[Sequence[str], list[list[str]]]] = {
        "availability": (RETAIL, list(_rows(listed, "price", notes)))
    }
    if wholesale:
        for_trade = [item for item in listed if item["category"] in wholesale]
        lists["commercial"] = (WHOLESALE, list(_rows(for_trade, "regular_price", notes, category=True)))
    files = tuple(file for name, (header, rows) in lists.items() for file in _files(name, header, rows, rules))
    last = lookup(inputs["published"], "rows")
    return Plan(
        files=files,
        notes=notes_frame(notes),
        considered=len(listed),
        held=_held({f"{name}.csv": len(rows) for name, (_, rows) in lists.items()}, last, rules.min_share_of_last),
        figures={name: len(rows) for name, (_, rows) in lists.items()},
    )


def _listed(inputs: Inputs, rules: InventoryUploadSettings, notes: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    available = lookup(inputs["stock"], "available")
    buffered = buffered_stock(inputs["items"], inputs["stock"]) if rules.use_buffer else {}
    items: list[dict[Any, Any]] = inputs["items"].to_dict("records")
    for item in items:
        number = item["item_no"]
        if item["status"] != "A" or item["is_parent"]:
            continue
        if number not in available:
            if item["tracks_stock"]:
                notes.append(note("no_stock_row", number, "left out of the availability lists"))
        elif available[number] >= rules.min_available:
            count = buffered[number] if rules.use_buffer else floor(available[number])
            yield {**item, "description": item["long_descr"] or item["descr"] or number, "count": count}


def _rows(
    listed: Iterable[Mapping[str, Any]], price: str, notes: list[dict[str, Any]], *, category: bool = False
) -> Iterator[list[str]]:
    for item in listed:
        if item[price] is None:
            notes.append(note("no_price", item["item_no"], f"left out: no {price.replace('_', ' ')}"))
            continue
        amount = item[price].quantize(Decimal("0.01"), ROUND_HALF_UP)
        row = [item["item_no"], harmless_in_spreadsheet(item["description"]), f"{amount}", str(item["count"])]
        yield [*row, item["category"]] if category else row


def _files(
    name: str, header: Sequence[str], rows: list[list[str]], rules: InventoryUploadSettings
) -> Iterator[PlannedFile]:
    yield PlannedFile(f"{name}.csv", csv_text(header if rules.header else None, rows).encode(), len(rows))
    if rules.json_twin:
        # The form DataTables reads: {"data": [[...], ...]}.
        text = json.dumps({"data": rows}, ensure_ascii=False, separators=(",", ":"))
        yield PlannedFile(f"{name}.json", text.encode(), len(rows))


def _held(now: Mapping[str, int], last: Mapping[str, int], share: float) -> str | None:
    for name, rows in now.items():
        if not rows:
            return f"{name} would be empty. The file that is there stays; see whether stock and prices are read."
        if rows < share * last.get(name, 0):
            return (
                f"{name} would have {rows:,} rows, the last one had {last[name]:,}. The file that is there stays. If "
                "that is right, approve it: ops retail approve"
            )
    return None


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
