"""The lines of one order: items with their add-ons, taxes and discounts, each read or refused by itself.

What belongs here: which field of a line is which column, and what stands for an empty one. What does not: the order
around the lines (events.py), reading a field (fields.py), whether lines and totals agree (quality.py).
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any, Final

from ops_platform.core.money import MoneyError, money
from ops_platform.restaurant.fields import BIGINT, INT, FieldError, Fields, kind_of
from ops_platform.restaurant.payload import children
from ops_platform.restaurant.quality import Notes
from ops_platform.restaurant.rows import AddonRow, DiscountRow, ItemRow, TaxRow

NO_TITLE: Final = "(no title)"
"""Stored for a tax or discount without a title: its amount counts all the same."""

_Read = Callable[[dict[str, Any], str, int], None]


class OrderLines:
    """The rows of an order's lines, and what was refused as (entity, error, the line as it came)."""

    def __init__(self, order_no: int, notes: Notes) -> None:
        self.items: list[ItemRow] = []
        self.addons: list[AddonRow] = []
        self.taxes: list[TaxRow] = []
        self.discounts: list[DiscountRow] = []
        self.refused: list[tuple[str, FieldError, Any]] = []
        self._order_no = order_no
        self._notes = notes

    def read(self, properties: dict[str, Any]) -> None:
        """Read the lines of an order. Errors: FieldError when OrderItem is missing or no list; [] is an empty order."""
        if properties.get("OrderItem") in (None, ""):
            raise FieldError("missing", "OrderItem")
        self._each("order_item", "OrderItem", children(properties, "OrderItem", "OrderItem"), self._item)
        self._list("tax", "Tax", properties, "Tax", self._tax)
        self._list("discount", "Discount", properties, "Discount", self._discount)

    def _each(self, entity: str, path: str, listed: list[Any], read: _Read) -> None:
        for number, value in enumerate(listed, 1):
            column = f"{path}[{number}]"
            try:
                if not isinstance(value, dict):
                    raise FieldError("not_an_object", column, kind_of(value))
                read(value, column, number)
            except FieldError as error:
                self.refused.append((entity, _kept(error), value))

    def _list(self, entity: str, path: str, owner: dict[str, Any], key: str, read: _Read) -> None:
        try:
            listed = children(owner, key, path)
        except FieldError as error:
            self.refused.append((entity, _kept(error), owner[key]))
        else:
            self._each(entity, path, listed, read)

    # In each of these, what can refuse the line comes first, so that a refused line leaves neither row nor flag.

    def _item(self, values: dict[str, Any], path: str, line_no: int) -> None:
        item = Fields(values, path, self._notes, "order_item", line_no)
        quantity = item.whole("quantity", INT)
        price = item.amount("price", least_zero=True)
        total, assumed = _line_total(item, quantity, price)
        tax, discount = item.amount_or_zero("tax"), item.amount_or_zero("discount")
        name = item.name("name", 500)
        if assumed:
            item.note("value_assumed", f"{path}.total is empty, stored as {quantity} * {price}")
        self.items.append(
            ItemRow(
                order_no=self._order_no,
                line_no=line_no,
                petpooja_itemid=item.whole_or_none("itemid", BIGINT),
                itemcode=item.text("itemcode", 100),
                name_raw=name,
                category_name=item.text("category_name", 255),
                quantity=quantity,
                unit_price=price,
                total_price=total,
                tax_amount=_not_below_zero(item, tax, "tax"),
                discount_amount=_not_below_zero(item, discount, "discount"),
                specialnotes=item.text("specialnotes"),
                sap_code=item.text("sap_code", 100),
                vendoritemcode=item.text("vendoritemcode", 100),
            )
        )
        if values.get("addon") not in (None, []):
            self._list("order_item_addon", f"{path}.addon", values, "addon", self._addon_of(line_no))

    def _addon_of(self, line_no: int) -> _Read:
        def read(values: dict[str, Any], path: str, addon_no: int) -> None:
            addon = Fields(values, path, self._notes, "order_item_addon", line_no, addon_no)
            counted = not addon.is_empty("quantity")
            quantity = addon.whole("quantity", INT) if counted else 1
            price = addon.amount_or_zero("price", least_zero=True)
            name = addon.name("name", 255)
            if not counted:
                addon.note("value_assumed", f"{path}.quantity is empty, stored as 1")
            if addon.is_empty("price"):
                addon.note("value_assumed", f"{path}.price is empty, stored as 0")
            self.addons.append(
                AddonRow(
                    order_no=self._order_no,
                    line_no=line_no,
                    addon_no=addon_no,
                    petpooja_addonid=addon.identifier("addonid", 100),
                    name_raw=name,
                    group_name=addon.text("group_name", 100),
                    quantity=quantity,
                    price=price,
                    addon_sap_code=addon.text("addon_sap_code", 100),
                )
            )

        return read

    def _tax(self, values: dict[str, Any], path: str, line_no: int) -> None:
        tax = Fields(values, path, self._notes)
        amount = tax.amount("amount")
        title, rate, kind = _titled(tax, path, 100), tax.rate("rate"), tax.text("type", 10)
        self.taxes.append(TaxRow(self._order_no, line_no, title, rate, kind, amount))

    def _discount(self, values: dict[str, Any], path: str, line_no: int) -> None:
        discount = Fields(values, path, self._notes)
        amount = discount.amount("amount")
        title, rate, kind = _titled(discount, path, 255), discount.rate("rate"), discount.text("type", 10)
        self.discounts.append(DiscountRow(self._order_no, line_no, title, rate, kind, amount))


def _line_total(item: Fields, quantity: int, price: Decimal) -> tuple[Decimal, bool]:
    """Return a line's total and whether it was worked out, because the event has none."""
    if not item.is_empty("total"):
        return item.amount("total", least_zero=True), False
    try:
        return money(quantity * price), True
    except MoneyError as error:
        raise FieldError(error.code, item.column("total"), f"empty, and {quantity} * {price}") from None


def _not_below_zero(item: Fields, amount: Decimal, key: str) -> Decimal:
    if amount >= 0:
        return amount
    item.note(f"{key}_negative", f"{item.column(key)} is {amount}, stored as 0")
    return money(0)


def _titled(fields: Fields, path: str, longest: int) -> str:
    title = fields.text("title", longest)
    if title is None:
        fields.note("value_assumed", f"{path}.title is empty, stored as {NO_TITLE}")
    return title or NO_TITLE


def _kept(error: FieldError) -> FieldError:
    """The error without the frames it came through: they hold every event of the batch, and the error itself."""
    error.__cause__ = error.__context__ = None
    return error.with_traceback(None)
