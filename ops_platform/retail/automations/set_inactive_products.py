"""Item 6: an active item of which less than one is available becomes inactive."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from ops_platform.core.csvtext import csv_text, harmless_in_spreadsheet
from ops_platform.retail.automation import (
    Automation,
    Inputs,
    Items,
    Need,
    OpenDocuments,
    Plan,
    Stock,
    note,
    over_limit,
)
from ops_platform.retail.bindings import typed
from ops_platform.retail.notes import notes_frame
from ops_platform.retail.rows import change, count_text, item_labels, lookup, sorted_changes
from ops_platform.settings_retail import InactiveProductsSettings, RetailSettings

LOG_COLUMNS = ("date", "item_no", "product_name", "qty_avail", "status")


def needs(settings: RetailSettings, as_of: datetime) -> Mapping[str, Need]:
    """Items, stock, and the open documents where those protect an item."""
    found: dict[str, Need] = {"items": Items(), "stock": Stock()}
    if settings.inactive_products.exclude_on_open_documents:
        found["open_documents"] = OpenDocuments()
    return found


def plan(inputs: Inputs, settings: RetailSettings, as_of: datetime) -> Plan:
    """Status V for every active item with less than one available, but for what the settings leave out.

    An item without any row of stock is unknown, not sold out: it stays and is noted. The parent row of a bound
    product has no stock of its own and stays, else the whole product would go.
    """
    rules = settings.inactive_products
    items = inputs["items"]
    available = lookup(inputs["stock"], "available")
    ordered = set(inputs["open_documents"]["item_no"]) if "open_documents" in inputs else set()
    labels = item_labels(items)
    active = [item for item in items.to_dict("records") if item["status"] == "A"]
    rows: list[dict[str, Any]] = []
    notes: list[dict[str, Any]] = []
    for item in active:
        number = item["item_no"]
        if number not in available:
            if item["tracks_stock"] and not item["is_parent"]:
                notes.append(note("no_stock_row", number, "it stays active"))
            continue
        if available[number] >= 1 or _protected(item, rules) or number in ordered:
            continue
        why = f"{count_text(available[number])} available"
        rows.append(change("counterpoint", number, "status", old="A", new="V", reason=why, label=labels[number]))
    changes = sorted_changes(rows)
    with_stock = [
        item["item_no"]
        for item in items.to_dict("records")
        if item["status"] == "V" and available.get(item["item_no"], 0) >= 1
    ]
    notes += [
        note("inactive_with_stock", number, f"{count_text(available[number])} available") for number in with_stock
    ]
    return Plan(
        changes=changes,
        notes=notes_frame(notes),
        considered=len(active),
        held=over_limit(len(changes), len(active), rules.max_share, what="active items"),
        figures={"active": len(active), "inactive_with_stock": len(with_stock)},
    )


def _protected(item: Mapping[Any, Any], rules: InactiveProductsSettings) -> bool:
    description = typed(item["long_descr"] or item["descr"] or "")
    return (
        item["is_parent"]
        or (item["category"] or "") in {typed(name) for name in rules.exclude_categories}
        or any(typed(text) in description for text in rules.exclude_description if text.strip())
        or (rules.exclude_non_inventory and (not item["tracks_stock"] or item["item_type"] != "I"))
        or (rules.protect_always_online and item["always_online"] == "Y")
    )


def status_log_name(day: datetime) -> str:
    """The file a day's status changes are logged in, as the owner named it."""
    return f"inactive_products_{day:%m_%d_%y}.csv"


def status_log(changes: Iterable[Mapping[Any, Any]], when: datetime, *, header: bool) -> str:
    """Applied changes as lines of the log people look through: date, item, name, quantity, status."""

    def lines() -> Iterator[list[str]]:
        for row in changes:
            quantity = row["reason"].removesuffix(" available")
            name = harmless_in_spreadsheet(row["label"])  # the quantity may begin with a minus
            yield [f"{when:%Y-%m-%d %H:%M:%S}", row["key"], name, quantity, row["new"]]

    return csv_text(LOG_COLUMNS if header else None, lines())


AUTOMATION = Automation(
    name="inactive_products",
    number=6,
    title="Set inactive products",
    description="Makes active items inactive when less than one is available.",
    cron="0 6-20/2 * * *",
    targets=("counterpoint",),
    needs=needs,
    plan=plan,
)
