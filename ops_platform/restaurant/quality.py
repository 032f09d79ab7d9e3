"""What looks odd in an order that is loaded all the same: the codes, and the checks over an order's rows.

What belongs here: CODES, and what can be seen from the rows alone. What does not: oddities of the reading itself
(events.py notes those with the codes below), and what only the menu can tell (a line without variant, a variant
its item does not have).

What stands behind the sums, measured on the sample of the feed: an item's `total` is quantity * price, before tax
and discount, and `core_total` is their sum (360 + 1080 = 1440). Whether dear add-ons are in it is not written
anywhere and differs between ways of ordering, so each of three readings is accepted: items alone; items and
add-ons, an add-on's quantity counting once a line; items and add-ons, counting for every piece of the line.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from ops_platform.restaurant.privacy import masked_text
from ops_platform.restaurant.rows import AddonRow, DiscountRow, FlagRow, ItemRow, OrderRow, TaxRow

CODES: Final = {
    "price_not_positive": "A line's unit price is zero and the order is not complimentary.",
    "line_total_differs": "A line's total is not its quantity times its unit price, by more than a paisa.",
    "quantity_unusual": "More than ten pieces in one line, or of one add-on.",
    "tax_negative": "A tax is below zero; a line's own tax is then stored as 0, because its column takes no less.",
    "discount_negative": "A discount is below zero; a line's own is then stored as 0, as its column takes no less.",
    "no_items": "The order has no line.",
    "items_differ_from_core_total": "The lines do not add up to core_total, with or without their add-ons.",
    "tax_lines_differ": "The taxes do not add up to tax_total.",
    "discount_lines_differ": "The discounts do not add up to discount_total.",
    "total_formula_differs": (
        "total is not core_total + tax_total - discount_total + delivery + packaging + service + round_off."
    ),
    "total_negative": "The order's total is below zero.",
    "created_in_future": "The bill was written later than now: a wrong clock or zone.",
    "unknown_status": "The status is not Success, Cancelled or Complimentary; it is kept as it came.",
    "line_rejected": "Some lines could not be read; they are among the rejects, the rest is loaded.",
    "value_assumed": "A value was empty, and what its meaning is then was stored.",
    "value_unreadable": "A value that may be missing could not be read; it is stored as missing.",
    "text_cut": "A text was longer than its column and was cut.",
    "text_damaged": "A text holds characters that cannot be stored or were lost on the way, shown as \ufffd.",
    "raw_cut": "A part of the event was nested absurdly deep; the kept event lacks it, the rows do not need it.",
}
"""Each code in `data_quality_flags` that comes from reading an event, and what it tells a person."""

STATUSES: Final = frozenset({"Success", "Cancelled", "Complimentary"})
MANY: Final = 10
"""Pieces of one thing; more than that is unusual for this shop."""

_PAISA: Final = Decimal("0.01")
_CLOCK_TOLERANCE: Final = timedelta(minutes=5)
_DETAILS_SHOWN: Final = 10


class Notes:
    """The flags of one order while it is read: one a code and place, with all its details."""

    def __init__(self) -> None:
        self._details: dict[tuple[str, int, int, str], list[str]] = {}

    def add(self, code: str, detail: str, entity: str = "order", line_no: int = 0, addon_no: int = 0) -> None:
        """Note an oddity. Several of one code and place become one flag, because the table allows one."""
        assert code in CODES, code
        self._details.setdefault((entity, line_no, addon_no, code), []).append(detail)

    def rows(self, order_no: int) -> list[FlagRow]:
        """Return the flags, those of the order first, then by line."""
        return [
            FlagRow(order_no, entity, line_no, addon_no, code, _joined(details))
            for (entity, line_no, addon_no, code), details in sorted(
                self._details.items(), key=lambda entry: (entry[0][1], entry[0][2])
            )
        ]


def check_order(
    order: OrderRow,
    items: Sequence[ItemRow],
    addons: Sequence[AddonRow],
    taxes: Sequence[TaxRow],
    discounts: Sequence[DiscountRow],
    notes: Notes,
    *,
    as_of: datetime,
) -> None:
    """Note what is odd in an order. The rows: all of this order. as_of: aware, now."""
    _check_head(order, notes, as_of)
    complimentary = order.order_status == "Complimentary"
    for item in items:
        _check_item(item, complimentary, notes)
    for addon in addons:
        if addon.quantity > MANY:
            detail = f"{addon.quantity} pieces of one add-on"
            notes.add("quantity_unusual", detail, "order_item_addon", addon.line_no, addon.addon_no)
    for tax in taxes:
        if tax.tax_amount < 0:
            notes.add("tax_negative", f"Tax[{tax.line_no}].amount is {tax.tax_amount}")
    for discount in discounts:
        if discount.discount_amount < 0:
            notes.add("discount_negative", f"Discount[{discount.line_no}].amount is {discount.discount_amount}")
    _check_sums(order, items, addons, notes)
    _check_sum("tax", [tax.tax_amount for tax in taxes], order.tax_total, notes)
    _check_sum("discount", [discount.discount_amount for discount in discounts], order.discount_total, notes)


def _check_head(order: OrderRow, notes: Notes, as_of: datetime) -> None:
    if order.order_status not in STATUSES:
        notes.add("unknown_status", f"the status is {masked_text(order.order_status)!r}")
    if order.created_on > as_of + _CLOCK_TOLERANCE:
        notes.add("created_in_future", f"written {order.created_on.isoformat()}, read {as_of.isoformat()}")
    if order.total < 0:
        notes.add("total_negative", f"total is {order.total}")
    if order.tax_total < 0:
        notes.add("tax_negative", f"tax_total is {order.tax_total}")
    if order.discount_total < 0:
        notes.add("discount_negative", f"discount_total is {order.discount_total}")
    expected = (
        order.core_total
        + order.tax_total
        - order.discount_total
        + order.delivery_charges
        + order.packaging_charge
        + order.service_charge
        + order.round_off
    )
    if abs(order.total - expected) > _PAISA:
        notes.add("total_formula_differs", f"total is {order.total}, its parts make {expected}")


def _check_item(item: ItemRow, complimentary: bool, notes: Notes) -> None:
    place = ("order_item", item.line_no)
    if not item.unit_price and not complimentary:
        notes.add("price_not_positive", f"unit price is {item.unit_price}", *place)
    if item.quantity > MANY:
        notes.add("quantity_unusual", f"{item.quantity} pieces", *place)
    expected = item.quantity * item.unit_price
    if abs(item.total_price - expected) > _PAISA:
        detail = f"total is {item.total_price}, {item.quantity} * {item.unit_price} is {expected}"
        notes.add("line_total_differs", detail, *place)


def _check_sums(order: OrderRow, items: Sequence[ItemRow], addons: Sequence[AddonRow], notes: Notes) -> None:
    if not items:
        notes.add("no_items", "no line was loaded")
    lines = sum((item.total_price for item in items), Decimal(0))
    once, each = lines, lines
    if addons:
        pieces = {item.line_no: item.quantity for item in items}
        for addon in addons:
            price = addon.price * addon.quantity
            once += price
            each += price * pieces[addon.line_no]
    # Every line was rounded to the paisa by itself.
    allowed = _PAISA * max(1, len(items) + len(addons))
    if all(abs(found - order.core_total) > allowed for found in (lines, once, each)):
        with_addons = f", with add-ons {once}" if once != lines else ""
        notes.add("items_differ_from_core_total", f"core_total is {order.core_total}, lines make {lines}{with_addons}")


def _check_sum(kind: str, amounts: Sequence[Decimal], total: Decimal, notes: Notes) -> None:
    found = sum(amounts, Decimal(0))
    if abs(found - total) > _PAISA * max(1, len(amounts)):
        notes.add(f"{kind}_lines_differ", f"{kind}_total is {total}, its lines make {found}")


def _joined(details: Iterable[str]) -> str:
    listed = list(details)
    more = len(listed) - _DETAILS_SHOWN
    return "; ".join(listed[:_DETAILS_SHOWN]) + (f"; and {more} more" if more > 0 else "")
