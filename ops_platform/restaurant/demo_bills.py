"""The bill of an invented order, as PetPooja writes it: numbers, texts and their types as measured on the real feed.

Belongs here: the arithmetic of a bill and its fields. It reconciles to the paisa:

    line total = quantity * price                       core_total = sum of line totals
    each of CGST and SGST = 9 % of (core_total - discount_total), rounded half up
    total = core_total + tax_total - discount_total + delivery + packaging + service + round_off

Tax and discount of the lines add up to those of the order. A line's price holds what is added to it, so add-ons are
never counted beside it. Not here: what is ordered (demo_orders). Money is whole paise until it is written.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate
from typing import Any, Final, NamedTuple

from ops_platform.restaurant.demo_menu import item_code
from ops_platform.restaurant.demo_names import DemoAddon
from ops_platform.restaurant.demo_orders import Line, Order

SHOP: Final = {
    "restID": "demo0001",
    "res_name": "Kettle & Cone Creamery (demo)",
    "address": "7 Example Lane, Demo Town",
    "contact_information": "0000000000",
}


class _Sums(NamedTuple):
    """The money of an order in paise; taxes and discounts by line."""

    core: int
    half_tax: int
    discount: int
    delivery: int
    packaging: int
    service: int
    round_off: int
    total: int
    taxes: list[int]
    discounts: list[int]


def properties(order: Order) -> dict[str, Any]:
    """The order as PetPooja writes it, in new objects: numbers, texts and their types as measured."""
    sums = _sums(order)
    return {
        "Restaurant": dict(SHOP),
        "Customer": _written_customer(order),
        "Order": _written_order(order, sums),
        "OrderItem": [
            _written_line(line, tax, discount)
            for line, tax, discount in zip(order.lines, sums.taxes, sums.discounts, strict=True)
        ],
        "Tax": [
            {"title": title, "rate": 9.0, "type": "P", "amount": sums.half_tax / 100} for title in ("CGST@9", "SGST@9")
        ],
        "Discount": _written_discount(order, sums),
    }


def _sums(order: Order) -> _Sums:
    totals = [line.total for line in order.lines]
    core, channel = sum(totals), order.channel
    discount = order.fixed or _half_up(core * order.per_cent, 100)
    half_tax = _half_up((core - discount) * 9, 100)
    present = order.status == "Complimentary"
    packaging = 0 if present else channel.packaging * len(order.lines)
    delivery = 0 if present else channel.delivery
    service = 5000 if order.persons >= 6 else 0
    exact = core + 2 * half_tax - discount + delivery + packaging + service
    total = _half_up(exact, 100) * 100
    discounts = _spread(discount, totals)
    return _Sums(
        core=core,
        half_tax=half_tax,
        discount=discount,
        delivery=delivery,
        packaging=packaging,
        service=service,
        round_off=total - exact,
        total=total,
        taxes=_spread(2 * half_tax, [all_ - off for all_, off in zip(totals, discounts, strict=True)]),
        discounts=discounts,
    )


def _half_up(value: int, divisor: int) -> int:
    return (2 * value + divisor) // (2 * divisor)


def _spread(amount: int, weights: Sequence[int]) -> list[int]:
    """Split paise by weight so that the parts add up and none is negative."""
    whole = sum(weights)
    edges = [_half_up(amount * edge, whole) if whole else 0 for edge in accumulate(weights)]
    return [after - before for before, after in zip([0, *edges], edges, strict=False)]


def _written_customer(order: Order) -> dict[str, str]:
    """Invented people: numbered names, and numbers nobody can have."""
    if order.customer is None:
        return {"name": "", "phone": "", "address": "", "gstin": ""}
    number = order.customer
    masked = order.channel.side == "aggregator"  # aggregators keep phone and address to themselves
    at_home = order.channel.order_from == "Home Website"
    return {
        "name": f"Demo Customer {number:04d}",
        "phone": "" if masked else f"+91 00000 {number:05d}",
        "address": f"Flat {number}, Example Residency, Demo Town" if at_home else "",
        "gstin": "",
    }


def _written_order(order: Order, sums: _Sums) -> dict[str, Any]:
    channel, number = order.channel, order.order_id
    at_table = channel.order_type == "Dine In"
    online = channel.order_from != "POS"
    return {
        "orderID": number,
        "customer_invoice_id": str(number),
        "created_on": order.created_on.strftime("%Y-%m-%d %H:%M:%S"),
        "order_type": channel.order_type,
        "order_from": channel.order_from,
        "sub_order_type": channel.order_from if online else channel.order_type,
        "order_from_id": f"7{order.created_on:%y%m%d}{number:05d}" if online else "",
        "payment_type": order.payment,
        "status": order.status,
        "biller": channel.order_from if online else f"Counter {1 + number % 2}",
        "assignee": f"Table Service {1 + number % 3}" if at_table else "",
        "table_no": str(1 + number % 14) if at_table else "",
        "token_no": "" if at_table or online else str(1 + number % 90),
        "no_of_persons": order.persons,
        "comment": "",
        "core_total": sums.core / 100,
        "tax_total": sums.half_tax * 2 / 100,
        "discount_total": sums.discount / 100,
        "delivery_charges": sums.delivery / 100,
        "packaging_charge": sums.packaging / 100,
        "service_charge": sums.service // 100,
        "round_off": f"{sums.round_off / 100:.2f}",
        "total": sums.total / 100,
    }


def _written_line(line: Line, tax: int, discount: int) -> dict[str, Any]:
    sold = line.sold
    return {
        "itemid": sold.petpooja_itemid,
        "itemcode": item_code(sold.name),
        "name": sold.raw,
        "category_name": sold.category,
        "quantity": line.quantity,
        "price": line.price / 100,
        "total": line.total / 100,
        "tax": tax / 100,
        "discount": discount / 100,
        "specialnotes": line.note,
        "sap_code": "",
        "vendoritemcode": "",
        "addon": [_written_addon(addon, as_text=sold.side == "counter") for addon in line.addons],
    }


def _written_addon(addon: DemoAddon, *, as_text: bool) -> dict[str, Any]:
    """Tills write price and quantity as texts, aggregators the price as a number and the quantity as a text."""
    return {
        "addonid": addon.petpooja_addonid,
        "name": addon.raw,
        "group_name": addon.group,
        "price": str(addon.price) if as_text else addon.price,
        "quantity": "1" if as_text or not addon.price else 1,
        "addon_sap_code": "",
    }


def _written_discount(order: Order, sums: _Sums) -> list[dict[str, Any]]:
    if not sums.discount:
        return []
    kind, title = ("F", "Special Discount") if order.fixed else ("P", f"Sweet Hour {order.per_cent}%")
    return [{"title": title, "type": kind, "rate": float(order.per_cent), "amount": sums.discount / 100}]
