"""Item 6: an active item of which less than one is available becomes inactive."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any, Final

from ops_platform.core.csvtext import csv_text, harmless_in_spreadsheet
from ops_platform.retail.automation import (
    Automation,
    Inputs,
    Items,
    Need,
    OpenDocuments,
    Own,
    Plan,
    Stock,
    note,
    over_limit,
)
from ops_platform.retail.bindings import Notes, is_parent_row, typed
from ops_platform.retail.notes import notes_frame
from ops_platform.retail.rows import change, count_text, item_labels, lookup, sorted_changes
from ops_platform.settings_retail import InactiveProductsSettings, RetailSettings

NAME: Final = "inactive_products"
_AVAILABLE: Final = " available"

LOG_COLUMNS = ("date", "item_no", "product_name", "qty_avail", "status")


def needs(settings: RetailSettings, as_of: datetime) -> Mapping[str, Need]:
    """Items, stock, the open documents where those protect an item, and what it made inactive where that comes back."""
    rules = settings.inactive_products
    found: dict[str, Need] = {"items": Items(), "stock": Stock()}
    if rules.exclude_on_open_documents:
        found["open_documents"] = OpenDocuments()
    if rules.reactivate:
        found["own"] = Own(NAME, "status")
    return found


def plan(inputs: Inputs, settings: RetailSettings, as_of: datetime) -> Plan:
    """Status V for every active item with less than one available, but for what the settings leave out.

    An item without any row of stock is unknown, not sold out: it stays and is noted. The parent row of a bound
    product has no stock of its own and stays, else the whole product would go. reactivate: what this automation made
    inactive is made active when one or more is available; what people made inactive stays so.
    """
    rules = settings.inactive_products
    items: list[dict[Any, Any]] = inputs["items"].to_dict("records")
    available = lookup(inputs["stock"], "available")
    active = [item for item in items if item["status"] == "A"]
    going, notes = _going(active, inputs, rules)
    back = [item for item in items if item["status"] == "V" and available.get(item["item_no"], 0) >= 1]
    ours = _ours(inputs)
    coming = [item["item_no"] for item in back if item["item_no"] in ours]
    notes += [
        note("inactive_with_stock", item["item_no"], f"{count_text(available[item['item_no']])} available")
        for item in back
        if item["item_no"] not in ours
    ]
    labels = item_labels(inputs["items"])
    rows = [
        change("counterpoint", number, "status", old=old, new=new, reason=why, label=labels[number])
        for numbers, old, new in ((going, "A", "V"), (coming, "V", "A"))
        for number in numbers
        for why in [f"{count_text(available[number])}{_AVAILABLE}"]
    ]
    return Plan(
        changes=sorted_changes(rows),
        notes=notes_frame(notes),
        considered=len(active),
        held=over_limit(len(rows), len(active), rules.max_share, what="active items"),
        figures={"active": len(active), "inactive_with_stock": len(back), "made_active": len(coming)},
    )


def _going(
    active: Iterable[Mapping[Any, Any]], inputs: Inputs, rules: InactiveProductsSettings
) -> tuple[list[str], Notes]:
    """The active items that are sold out, and what is odd about them."""
    available, on_order = (lookup(inputs["stock"], column) for column in ("available", "on_order"))
    wanted = set(inputs["open_documents"]["item_no"]) if "open_documents" in inputs else set()
    going: list[str] = []
    notes: Notes = []
    for item in active:
        number = item["item_no"]
        if number not in available:
            if item["tracks_stock"] and not is_parent_row(item):
                notes.append(note("no_stock_row", number, "it stays active"))
            continue
        if available[number] >= 1 or _protected(item, rules) or number in wanted:
            continue
        going.append(number)
        if on_order[number]:
            notes.append(note("inactive_on_order", number, f"{count_text(on_order[number])} on order"))
    return going, notes


def _ours(inputs: Inputs) -> set[str]:
    """The items whose status this automation set last, to V."""
    return {key for key, value in lookup(inputs["own"], "value").items() if value == "V"} if "own" in inputs else set()


def _protected(item: Mapping[Any, Any], rules: InactiveProductsSettings) -> bool:
    description = typed(item["long_descr"] or item["descr"] or "")
    return (
        is_parent_row(item)
        or (item["category"] or "") in {typed(name) for name in rules.exclude_categories}
        or any(typed(text) in description for text in rules.exclude_description if text.strip())
        or (rules.exclude_non_inventory and (not item["tracks_stock"] or item["item_type"] != "I"))
        or (rules.protect_always_online and item["always_online"] == "Y")
    )


def status_log_name(day: datetime) -> str:
    """The file a day's status changes are logged in, as the owner named it."""
    return f"inactive_products_{day:%m_%d_%y}.csv"


def status_log(changes: Iterable[Mapping[Any, Any]], when: datetime, *, header: bool) -> str:
    """Applied changes as lines of the log people look through: date, item, name, quantity, status.

    What was put back by a person was not put back for its quantity, and has none.
    """

    def lines() -> Iterator[list[str]]:
        for row in changes:
            reason = row["reason"]
            quantity = reason.removesuffix(_AVAILABLE) if reason.endswith(_AVAILABLE) else ""
            name = harmless_in_spreadsheet(row["label"])  # the quantity may begin with a minus
            yield [f"{when:%Y-%m-%d %H:%M:%S}", row["key"], name, quantity, row["new"]]

    return csv_text(LOG_COLUMNS if header else None, lines())


AUTOMATION = Automation(
    name=NAME,
    number=6,
    title="Set inactive products",
    description="Makes active items inactive when less than one is available.",
    cron="0 6-20/2 * * *",
    targets=("counterpoint",),
    needs=needs,
    plan=plan,
)
