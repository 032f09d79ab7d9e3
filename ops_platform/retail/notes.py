"""What the notes of a plan mean and what a person does about them; the codes are stable, reports group by them.

What belongs here: the table of codes and the shape of notes. What does not: finding what is noted (bindings.py, the
automations).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Final

from ops_platform.retail.automation import NOTE_COLUMNS, no_notes

if TYPE_CHECKING:
    import pandas as pd

CODES: Final[dict[str, str]] = {
    # Items and products that do not find each other.
    "unmatched_item": "A web item (or the binding of several) is no product of the web shop; it was left out. Publish "
    "it, or take its web flag away.",
    "product_gone": "The product an item is mapped to is no longer in the web shop; the item was left out. Publish it "
    "again, or take its web flag away.",
    "product_without_item": "No item is this product of the web shop; it was left as it is. Give it the item's number "
    "as its SKU, or delete it.",
    "mapped_twice": "An item is mapped to several products; the lowest product id in the web shop was taken. Remove "
    "the other rows of the connector's table.",
    "shared_product": "Several items or bindings are one product of the web shop; they were counted together. Right "
    "for an item that got a new number, else correct the mapping.",
    "no_parent": "A bound product has no parent row in the point of sale, so nothing was written for it there. Mark "
    "one of its items as the parent.",
    "several_parents": "A bound product has several parent rows; the first by item number was taken. Leave one marked.",
    "unknown_item": "An item was sold that the point of sale no longer has; its sales were left out. Nothing to do.",
    # Items.
    "no_price": "An item has no price, so no rule could be applied to it; it was left out. Give it one.",
    "no_stock_row": "An item has no row of stock in any location that counts: unknown is not sold out. Right for "
    "what is not counted, else set its stock.",
    "no_buffer_rule": "No rule of stock_buffer.precedence fits an item; it was left as it is. Add `default` there.",
    "inactive_with_stock": "An inactive item is in stock. Make it active again, if it is to be sold.",
    "two_brands": "A description names two brands; the longer word counts. Correct brands.keywords if it is wrong.",
    "brand_too_long": "A brand of the settings is longer than the point of sale takes; shorten it.",
    # Related items.
    "unknown_category": "Items are recommended for a category no item has; correct related_items.recommended.",
    "unknown_recommended_item": "A recommended item does not exist; correct related_items.recommended.",
    "recommended_not_shown": "A recommended item is not shown in the web shop now; it was left out. Recommend another.",
    "recommended_twice": "An item, or its bound product, is recommended twice for a category; it is shown once.",
    "fallback_window": "Of a category nothing was sold in the same days of the earlier year; the last days were taken.",
    # Photos.
    "photo_conflict": "Two files would become the same .jpg, or it is there already; both were left. Delete one.",
    "photo_settling": "A file was written moments ago and may still be copied in; the next run takes it.",
    "photo_still_large": "A photo stays above the limit at the lowest quality; it was left so. Take a simpler picture.",
    "photo_refused": "A file is no picture that can be read; it is left, and tried again when it has another size. "
    "Copy it in again.",
    # Rankings.
    "no_sales_in_window": "Nothing was sold in the days that count. Right for a new store, else see whether the "
    "ticket history is complete.",
    # Featured products.
    "unknown_setting_item": "An item of featured_products.pinned or blocked does not exist; correct the setting.",
    "setting_item_not_shown": "A pinned or blocked item is nothing that customers can see; publish it, or correct the "
    "setting.",
    "pinned_and_blocked": "An item is pinned and blocked; blocked counts. Remove one of the two.",
    "out_of_stock": "A best seller has no stock above its buffer, so it is not featured. Order it?",
    "no_room": "The web shop features 25 products at most, and staff chose so many; un-feature some to make room.",
}
"""Every code with what it means and what to do."""


def notes_frame(rows: Iterable[Mapping[str, Any]]) -> pd.DataFrame:
    """Notes (automation.note) as Plan.notes: each once, by code and key, whatever order they were found in."""
    import pandas as pd  # noqa: PLC0415

    unique = {(row["code"], str(row["key"]), row["detail"]) for row in rows}
    return pd.DataFrame(sorted(unique), columns=NOTE_COLUMNS, dtype=object) if unique else no_notes()
