"""Order events as the stream sends them, made from what a test says; everything unsaid is ordinary and adds up.

    order_event(order_id=7, items=[item("Cone", 120, quantity=2, addons=[addon("Nuts", 30)])])

What belongs here: making events of every shape, and reading them. What does not: checking what they become.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Sequence
from datetime import UTC, datetime, time
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import SecretStr

from ops_platform.restaurant.customers import CustomerIdentity
from ops_platform.restaurant.events import ReadPolicy, read_events
from ops_platform.restaurant.rows import OrderBatch

KOLKATA = ZoneInfo("Asia/Kolkata")
NOW = datetime(2026, 1, 9, 12, 0, tzinfo=UTC)
HASH_KEY = SecretStr("a long random text of the tests")
ANNA = {"name": "Anna Canary", "phone": "+91 98765 04321", "address": "7 Canary Lane", "gstin": "29CANARY1234F1Z5"}

_TAX = Decimal("0.18")
_CENT = Decimal("0.01")


def order_event(
    *,
    order_id: Any = 110,
    stream_id: Any = 111,
    items: Sequence[Any] | None = None,
    created_on: Any = "2025-06-08 20:55:58",
    status: Any = "Success",
    rest_id: Any = "rest0001",
    packaging: float = 0,
    delivery: float = 0,
    service: float = 0,
    discount: float = 0,
    customer: Any = None,
    order: dict[str, Any] | None = None,
    properties: dict[str, Any] | None = None,
    envelope: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """Return a stream envelope whose totals reconcile: 18 % tax in two lines, rounded to the rupee by round_off.

    items: of `item(...)`, one ice cream when None. core_total holds the dear add-ons too. customer: the Customer
    object, an empty one when None. order, properties, envelope: fields that replace or join those made here, as
    they are; a value of `...` leaves a field out.
    """
    lines = [item()] if items is None else list(items)
    core = sum((_line_worth(line) for line in lines if isinstance(line, dict)), Decimal(0))
    reduced = core - Decimal(str(discount))
    half = (reduced * _TAX / 2).quantize(_CENT, ROUND_HALF_UP)
    charged = reduced + 2 * half + sum(Decimal(str(part)) for part in (packaging, delivery, service))
    total = charged.quantize(Decimal(1), ROUND_HALF_UP)
    head = {
        "orderID": order_id,
        "customer_invoice_id": str(order_id),
        "created_on": created_on,
        "order_type": "Delivery",
        "order_from": "Zomato",
        "sub_order_type": "Zomato",
        "order_from_id": "6000000000",
        "payment_type": "Online",
        "status": status,
        "biller": "Zomato",
        "assignee": "",
        "table_no": "",
        "token_no": "",
        "no_of_persons": 0,
        "comment": "",
        "core_total": float(core),
        "tax_total": float(2 * half),
        "discount_total": float(discount),
        "delivery_charges": float(delivery),
        "packaging_charge": float(packaging),
        "service_charge": service,
        "round_off": str(total - charged),
        "total": float(total),
    }
    taxes = [{"title": title, "rate": 9.0, "type": "P", "amount": float(half)} for title in ("CGST@9", "SGST@9")]
    discounts = [{"title": "Special Discount", "type": "F", "rate": 0.0, "amount": float(discount)}] if discount else []
    nobody = {"name": "", "phone": "", "address": "", "gstin": ""}
    body = {
        "Restaurant": {"restID": rest_id, "res_name": "Test Creamery", "address": "1 Test Street"},
        "Customer": nobody if customer is None else customer,
        "Order": _replaced(head, order),
        "OrderItem": lines,
        "Tax": taxes,
        "Discount": discounts,
    }
    around = {
        "stream_id": stream_id,
        "event_id": f"00000000-0000-4000-8000-{str(stream_id)[:12]:0>12}",
        "aggregate_type": "order",
        "aggregate_id": str(order_id),
        "event_type": "orderdetails",
        "occurred_at": "2026-01-03T17:40:38.027940+00:00",
        "raw_event": {
            "source": "petpooja",
            "command_id": "hash",
            "raw_payload": {"event": "orderdetails", "token": "", "properties": _replaced(body, properties)},
        },
    }
    return _replaced(around, envelope)


def item(
    name: Any = "Old Fashion Vanilla Ice Cream (Perfect Plenty (300ml))",
    price: Any = 360.0,
    *,
    quantity: Any = 1,
    addons: Sequence[Any] = (),
    **fields: Any,
) -> dict[str, Any]:
    """Return a line; its total is quantity * price where both are numbers. fields: as in `order_event`."""
    worth = quantity * price if isinstance(quantity, int) and isinstance(price, (int, float)) else price
    made = {
        "itemid": 1282571499,
        "itemcode": "VANILLAICE",
        "name": name,
        "category_name": "Comfort Classics",
        "quantity": quantity,
        "price": price,
        "total": worth,
        "tax": 0.0,
        "discount": 0.0,
        "specialnotes": "",
        "sap_code": "",
        "vendoritemcode": "",
        "addon": list(addons),
    }
    return _replaced(made, fields)


def addon(name: Any = "Cup", price: Any = 0, *, quantity: Any = "1", **fields: Any) -> dict[str, Any]:
    """Return an add-on of a line. fields: as in `order_event`."""
    made = {
        "addonid": "53392899",
        "name": name,
        "group_name": "Cuporcone",
        "price": price,
        "quantity": quantity,
        "addon_sap_code": "",
    }
    return _replaced(made, fields)


def bare(event: dict[str, Any]) -> dict[str, Any]:
    """Return the properties of an envelope: what PetPooja's orders API lists in order_json."""
    return copy.deepcopy(event["raw_event"]["raw_payload"]["properties"])


def policy(
    customer_identity: CustomerIdentity = "none", *, hash_key: SecretStr | None = None, as_of: datetime = NOW
) -> ReadPolicy:
    """Return the policy of a shop in Kolkata whose day begins at four."""
    key = HASH_KEY if customer_identity == "hashed" and hash_key is None else hash_key
    return ReadPolicy(KOLKATA, time(4), customer_identity, key, as_of)


def read(*events: Any, wanted: ReadPolicy | None = None) -> OrderBatch:
    """Return what some events become."""
    return read_events(enumerate(events, 1), wanted or policy())


def through_jsonb(value: Any) -> Any:
    """Return a JSON value as it is after a text that any JSON reader takes; refuses NaN as PostgreSQL does."""
    return json.loads(json.dumps(value, allow_nan=False))


def _replaced(made: dict[str, Any], fields: dict[str, Any] | None) -> dict[str, Any]:
    return {key: value for key, value in (made | (fields or {})).items() if value is not ...}


def _line_worth(line: dict[str, Any]) -> Decimal:
    worth = _amount(line.get("total")) or _amount(line.get("quantity")) * _amount(line.get("price"))
    extras = line.get("addon")
    for extra in extras if isinstance(extras, list) else ():
        if isinstance(extra, dict):
            worth += _amount(extra.get("price")) * _amount(extra.get("quantity"))
    return worth


def _amount(value: Any) -> Decimal:
    """What a test wrote, counted as zero where it is no number: then the test is about that, not about the sum."""
    try:
        amount = Decimal(str(value)).quantize(_CENT)
    except ArithmeticError:
        return Decimal(0)
    return amount if amount.is_finite() else Decimal(0)
