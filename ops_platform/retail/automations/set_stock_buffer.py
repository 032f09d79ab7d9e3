"""Item 8: how many of each item are kept back from the web shop, so that it never sells what the shop just sold."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from ops_platform.retail.automation import Automation, Inputs, Items, Need, Plan, note, over_limit
from ops_platform.retail.bindings import is_parent_row, typed
from ops_platform.retail.notes import notes_frame
from ops_platform.retail.rows import change, count_text, item_labels, money_text, sorted_changes
from ops_platform.settings_retail import BufferTier, RetailSettings, StockBufferSettings


def needs(settings: RetailSettings, as_of: datetime) -> Mapping[str, Need]:
    """Items."""
    return {"items": Items()}


def plan(inputs: Inputs, settings: RetailSettings, as_of: datetime) -> Plan:
    """The buffer of every active web item, by the first of `precedence` that has a rule for it.

    The size of a bound product has its own price and so its own buffer; its parent row has none. Without a price no
    tier can be chosen, so such an item is left as it is and noted.
    """
    rules = settings.stock_buffer
    vendors = {typed(name): buffer for name, buffer in rules.vendors.items()}
    tiers = {typed(name): found for name, found in rules.categories.items()}
    items = inputs["items"]
    labels = item_labels(items)
    taking_part = [item for item in items.to_dict("records") if _takes_part(item)]
    rows: list[dict[str, Any]] = []
    notes: list[dict[str, Any]] = []
    for item in taking_part:
        found = next(_by_rule(item, rules, vendors, tiers), None)
        if found is None:
            notes.append(note("no_buffer_rule", item["item_no"], "no rule of stock_buffer.precedence fits it"))
            continue
        buffer, why = found
        if buffer is None:
            notes.append(note("no_price", item["item_no"], f"category {item['category']} is buffered by price"))
            continue
        rows.append(
            change(
                "counterpoint",
                item["item_no"],
                "stock_buffer",
                old=item["stock_buffer"],
                new=Decimal(buffer),
                reason=why,
                label=labels[item["item_no"]],
            )
        )
    changes = sorted_changes(rows)
    return Plan(
        changes=changes,
        notes=notes_frame(notes),
        considered=len(taking_part),
        held=over_limit(len(changes), len(taking_part), rules.max_share, what="buffers"),
        figures={
            "web_items": len(taking_part),
            "changed": len(changes),
            "without_price": len(notes),
            **{f"keeps_{kept}_back": count for kept, count in sorted(Counter(int(row["new"]) for row in rows).items())},
        },
    )


def _takes_part(item: Mapping[Any, Any]) -> bool:
    return item["is_web_item"] and item["status"] == "A" and not is_parent_row(item)


def _by_rule(
    item: Mapping[Any, Any],
    rules: StockBufferSettings,
    vendors: Mapping[str, int],
    tiers: Mapping[str, tuple[BufferTier, ...]],
) -> Iterator[tuple[int | None, str]]:
    """The buffer by each rule that is for this item, in the order of precedence; None where the price is missing."""
    name = item[rules.vendor_field]
    category = item["category"]
    for rule in rules.precedence:
        if rule == "vendor" and name is not None and typed(name) in vendors:
            yield vendors[typed(name)], f"{rules.vendor_field} {name}"
        elif rule == "category" and category is not None and typed(category) in tiers:
            yield _tier(category, item["price"], tiers[typed(category)])
        elif rule == "default":
            yield rules.default, "the default"


def _tier(category: str, price: Decimal | None, tiers: tuple[BufferTier, ...]) -> tuple[int | None, str]:
    """The first tier whose price is strictly below the item's; what costs nothing is in the last one."""
    if price is None:
        return None, ""
    tier = next((tier for tier in tiers if price > tier.above), tiers[-1])
    return tier.buffer, f"{category} at {money_text(price)}, above {count_text(tier.above)}"


AUTOMATION = Automation(
    name="stock_buffer",
    number=8,
    title="Set stock buffers",
    description="Keeps some of each item back from the web shop, by brand, by category and price, or by the default.",
    cron="0 6-20/2 * * *",
    targets=("counterpoint",),
    needs=needs,
    plan=plan,
)
