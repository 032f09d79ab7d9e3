"""From order events to the rows of a batch: orders, their lines, what is odd about them and what is refused.

What belongs here: which field of an event is which column, and whether a bad one costs the order, a line or nothing.
What does not: the shapes of events (payload.py), reading a field (fields.py), what looks odd (quality.py), what may
be kept (privacy.py). Orders that come twice are the business of who stores them.

Whole orders are refused (a reject of entity order) for: an event, or an object around the order, that is no object;
restID, orderID, created_on, core_total or total missing or unusable; a stream_id or another amount of the order that
is there and unusable; OrderItem missing or no list.

Lines are refused, and the order is loaded and flagged line_rejected, for: a line that is no object; its name, quantity
or price missing or unusable; another amount that is there and unusable. An item takes its add-ons along; add-ons,
taxes and discounts are refused by themselves, or all of them when their list is no list.

Everything else is loaded and flagged:
- value_unreadable: an id, rate, time or count the row can do without, such as itemid, is stored as missing.
- value_assumed: nothing where the meaning is clear, such as a line's total, an add-on's price (0) and quantity (1).
- text_cut: a text longer than its column. Names are not cut but refuse the line: cut, they would match something else.
- tax_negative, discount_negative of a line: stored as 0, the flag tells the amount; refusing would lose the sale.

What every order keeps as `raw` gives the same rows again when it is read, except for the customer, who is not in it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, time, tzinfo
from typing import Any, Final

from pydantic import SecretStr

from ops_platform.restaurant.business_day import business_day, read_time
from ops_platform.restaurant.customers import NOBODY, Customer, CustomerIdentity, customer_of
from ops_platform.restaurant.fields import BIGINT, INT, FieldError, Fields, shown
from ops_platform.restaurant.order_lines import OrderLines
from ops_platform.restaurant.payload import child, customer_object, is_enveloped, is_something_else, unwrap
from ops_platform.restaurant.privacy import keepable, rejectable
from ops_platform.restaurant.quality import Notes, check_order
from ops_platform.restaurant.rows import OrderBatch, OrderRow, RejectRow

NO_STATUS: Final = "(none)"
"""Stored for an order whose event tells no status, so that its money is seen and asked about."""

_ORDER_TODO: Final = "Correct it at the source and load the event again; until then the order is not counted."
_LINE_TODO: Final = "Correct it at the source and load the event again; until then the order is without it."
_COLUMNS_SHOWN: Final = 10


@dataclass(frozen=True)
class ReadPolicy:
    """What the operator wants of reading.

    zone, day_starts_at: the shop's clock and when its operating day begins. customer_identity, hash_key: what is kept
    of customers (customers.py). as_of: now, aware. Errors: ValueError when these cannot go together.
    """

    zone: tzinfo
    day_starts_at: time
    customer_identity: CustomerIdentity
    hash_key: SecretStr | None
    as_of: datetime

    def __post_init__(self) -> None:
        if self.as_of.tzinfo is None:
            raise ValueError("as_of has no zone; give an aware time")
        if self.customer_identity == "hashed" and self.hash_key is None:
            raise ValueError("customer_identity is hashed: set restaurant.customer_hash_key")


def read_events(events: Iterable[tuple[int, Any]], policy: ReadPolicy) -> OrderBatch:
    """Return the rows of some events, each given with its place (line of a file or number in a page, from 1).

    The events are parsed JSON of any shape that `payload.py` knows. Never an exception for what is in them: read =
    orders + rejects of entity order, and every line of a loaded order is a row or a reject.
    """
    batch = OrderBatch()
    for place, event in events:
        _read_event(place, event, policy, batch)
    return batch


def _read_event(place: int, event: Any, policy: ReadPolicy, batch: OrderBatch) -> None:
    too_deep: list[str] = []
    # Everything below reads what is kept, not what came: so reading what is kept again cannot differ.
    kept = keepable(event, too_deep)
    if is_something_else(kept):
        batch.ignored.append((place, _known_ids(kept)[0]))
        return
    batch.read += 1
    notes = Notes()
    if too_deep:
        notes.add("raw_cut", f"{len(too_deep)} values")
    customer = NOBODY
    if policy.customer_identity != "none":
        customer = customer_of(customer_object(event), policy.customer_identity, policy.hash_key)
    lines = OrderLines(len(batch.orders), notes)
    try:
        order = _read_order(place, len(batch.orders), kept, policy, customer, lines, notes)
    except FieldError as error:
        stream_id, order_id = _known_ids(kept)
        batch.rejects.append(_reject(place, "order", error, kept, None, stream_id, order_id, ()))
        return
    identity = (order.petpooja_restid, order.created_on.isoformat())
    for entity, refusal, raw in lines.refused:
        batch.rejects.append(
            _reject(place, entity, refusal, raw, order.order_no, order.stream_id, order.petpooja_order_id, identity)
        )
    if lines.refused:
        columns = [refusal.column or entity for entity, refusal, _ in lines.refused]
        more = ", ..." if len(columns) > _COLUMNS_SHOWN else ""
        notes.add("line_rejected", f"{len(columns)}: {', '.join(columns[:_COLUMNS_SHOWN])}{more}")
    check_order(order, lines.items, lines.addons, lines.taxes, lines.discounts, notes, as_of=policy.as_of)
    batch.orders.append(order)
    batch.items += lines.items
    batch.addons += lines.addons
    batch.taxes += lines.taxes
    batch.discounts += lines.discounts
    batch.flags += notes.rows(order.order_no)


def _read_order(
    place: int, order_no: int, kept: Any, policy: ReadPolicy, customer: Customer, lines: OrderLines, notes: Notes
) -> OrderRow:
    """Return the order's row, having read its lines. Errors: FieldError when the order cannot be loaded."""
    around, properties = unwrap(kept)
    envelope = Fields(around, "", notes)
    order = Fields(child(properties, "Order"), "Order", notes)
    restaurant = Fields(child(properties, "Restaurant"), "Restaurant", notes)
    rest_id, order_id = restaurant.name("restID", 100).strip(), order.whole("orderID", BIGINT)
    created_on = _created_on(order, policy.zone)
    lines.read(properties)
    return OrderRow(
        order_no=order_no,
        place=place,
        petpooja_restid=rest_id,
        restaurant_name=restaurant.text("res_name", 255),
        petpooja_order_id=order_id,
        stream_id=None if envelope.is_empty("stream_id") else envelope.whole("stream_id", BIGINT, positive=False),
        event_id=envelope.identifier("event_id", 100),
        aggregate_id=envelope.identifier("aggregate_id", 100),
        occurred_at=_occurred_at(envelope),
        created_on=created_on,
        business_date=business_day(created_on, policy.zone, policy.day_starts_at),
        order_type=order.text("order_type", 50),
        order_from=order.text("order_from", 50),
        sub_order_type=order.text("sub_order_type", 100),
        order_from_id=order.text("order_from_id", 100),
        payment_type=order.text("payment_type", 50),
        order_status=_status(order),
        biller=order.text("biller", 100),
        assignee=order.text("assignee", 100),
        table_no=order.text("table_no", 50),
        token_no=order.text("token_no", 50),
        no_of_persons=order.whole_or_none("no_of_persons", INT),
        customer_invoice_id=order.text("customer_invoice_id", 100),
        core_total=order.amount("core_total"),
        tax_total=order.amount_or_zero("tax_total"),
        discount_total=order.amount_or_zero("discount_total"),
        delivery_charges=order.amount_or_zero("delivery_charges"),
        packaging_charge=order.amount_or_zero("packaging_charge"),
        service_charge=order.amount_or_zero("service_charge"),
        round_off=order.amount_or_zero("round_off"),
        total=order.amount("total"),
        comment=order.text("comment"),
        customer_identity=customer.identity,
        customer_name=customer.name,
        customer_phone=customer.phone,
        raw=kept,
    )


def _created_on(order: Fields, zone: tzinfo) -> datetime:
    moment = read_time(order.raw("created_on"), zone)
    if moment is not None:
        return moment
    column = order.column("created_on")
    if order.is_empty("created_on"):
        raise FieldError("missing", column)
    raise FieldError("not_a_time", column, shown(order.raw("created_on")))


def _occurred_at(envelope: Fields) -> datetime | None:
    moment = read_time(envelope.raw("occurred_at"), UTC)
    if moment is None and not envelope.is_empty("occurred_at"):
        envelope.note("value_unreadable", f"occurred_at is {shown(envelope.raw('occurred_at'))}")
    return moment


def _status(order: Fields) -> str:
    status = order.text("status", 50)
    if status is None:
        order.note("value_assumed", f"Order.status is empty, stored as {NO_STATUS}")
    return status or NO_STATUS


def _known_ids(kept: Any) -> tuple[int | None, int | None]:
    """Return stream_id and orderID of an event that was not read, each None where it cannot be told."""
    unheard = Notes()
    envelope = kept if is_enveloped(kept) else {}
    try:
        order: Any = unwrap(kept).properties.get("Order")
    except FieldError:
        order = None
    return (
        Fields(envelope, "", unheard).whole_or_none("stream_id", BIGINT),
        Fields(order if isinstance(order, dict) else {}, "", unheard).whole_or_none("orderID", BIGINT),
    )


def _reject(
    place: int,
    entity: str,
    error: FieldError,
    kept: Any,
    order_no: int | None,
    stream_id: int | None,
    order_id: int | None,
    identity: tuple[str, ...],
) -> RejectRow:
    raw = rejectable(kept)
    # The order is part of it: the same bad line in two orders is two rejects.
    told = json.dumps([entity, error.code, error.column, stream_id, order_id, *identity, raw], sort_keys=True)
    return RejectRow(
        order_no=order_no,
        place=place,
        entity=entity,
        stream_id=stream_id,
        petpooja_order_id=order_id,
        code=error.code,
        column_name=error.column,
        detail=f"{error}. {_ORDER_TODO if entity == 'order' else _LINE_TODO}",
        raw=raw,
        digest=hashlib.sha256(told.encode()).hexdigest(),
    )
