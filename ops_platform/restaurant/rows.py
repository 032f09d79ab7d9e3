"""The rows a batch of order events becomes, one NamedTuple a table. Their fields are the columns of the staging tables.

No reading and no rule belongs here (events.py), and no statement. Money is Decimal with two places, times are aware.
`order_no` numbers the orders of a batch from 0 and joins the rows; `line_no`, `addon_no` count from 1 in the order of
the bill.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple


class OrderRow(NamedTuple):
    """An order. customer_*: None unless the customer policy keeps them. raw: the event without its customer."""

    order_no: int
    place: int  # line of the file or number in the page, from 1
    petpooja_restid: str
    restaurant_name: str | None
    petpooja_order_id: int
    stream_id: int | None
    event_id: str | None
    aggregate_id: str | None
    occurred_at: datetime | None
    created_on: datetime
    business_date: date
    order_type: str | None
    order_from: str | None
    sub_order_type: str | None
    order_from_id: str | None
    payment_type: str | None
    order_status: str
    biller: str | None
    assignee: str | None
    table_no: str | None
    token_no: str | None
    no_of_persons: int | None
    customer_invoice_id: str | None
    core_total: Decimal
    tax_total: Decimal
    discount_total: Decimal
    delivery_charges: Decimal
    packaging_charge: Decimal
    service_charge: Decimal
    round_off: Decimal
    total: Decimal
    comment: str | None
    customer_identity: str | None
    customer_name: str | None
    customer_phone: str | None
    raw: dict[str, Any]


class ItemRow(NamedTuple):
    """A line of an order."""

    order_no: int
    line_no: int
    petpooja_itemid: int | None
    itemcode: str | None
    name_raw: str
    category_name: str | None
    quantity: int
    unit_price: Decimal
    total_price: Decimal
    tax_amount: Decimal
    discount_amount: Decimal
    specialnotes: str | None
    sap_code: str | None
    vendoritemcode: str | None


class AddonRow(NamedTuple):
    """Something added to a line."""

    order_no: int
    line_no: int
    addon_no: int
    petpooja_addonid: str | None
    name_raw: str
    group_name: str | None
    quantity: int
    price: Decimal
    addon_sap_code: str | None


class TaxRow(NamedTuple):
    """A tax of an order. tax_rate: per cent."""

    order_no: int
    line_no: int
    tax_title: str
    tax_rate: Decimal | None
    tax_type: str | None
    tax_amount: Decimal


class DiscountRow(NamedTuple):
    """A discount of an order. discount_type: F (fixed) or P (per cent)."""

    order_no: int
    line_no: int
    discount_title: str
    discount_rate: Decimal | None
    discount_type: str | None
    discount_amount: Decimal


class FlagRow(NamedTuple):
    """Something odd in an order that is loaded all the same. line_no 0: the order itself."""

    order_no: int
    entity: str  # order, order_item, order_item_addon
    line_no: int
    addon_no: int
    code: str
    detail: str


class RejectRow(NamedTuple):
    """An order or a line that is not loaded. order_no: the loaded order a line belongs to, None for a whole order.

    digest: SHA-256 of entity, code, column, the order it is of and raw, so that the same reject of a replayed page is
    one row, and the same bad line of two orders are two.
    """

    order_no: int | None
    place: int
    entity: str  # order, order_item, order_item_addon, tax, discount
    stream_id: int | None
    petpooja_order_id: int | None
    code: str
    column_name: str | None  # as in OrderItem[2].price
    detail: str
    raw: Any
    digest: str


@dataclass
class OrderBatch:
    """What some events became. read = orders + whole orders rejected; what was ignored is not in it.

    ignored: events that are no orders (another aggregate type), as (place, stream_id).
    """

    orders: list[OrderRow] = field(default_factory=list)
    items: list[ItemRow] = field(default_factory=list)
    addons: list[AddonRow] = field(default_factory=list)
    taxes: list[TaxRow] = field(default_factory=list)
    discounts: list[DiscountRow] = field(default_factory=list)
    flags: list[FlagRow] = field(default_factory=list)
    rejects: list[RejectRow] = field(default_factory=list)
    ignored: list[tuple[int, int | None]] = field(default_factory=list)
    read: int = 0
