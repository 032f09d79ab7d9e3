"""Every kind of malformed event that was thought of, with what must become of it.

Either the whole order is a reject with its code and column; or the bad line is, and the order is loaded with every
other line; or nothing is refused, because the value is one the order can do without. Never an exception, and never a
customer in what is kept of it.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from ops_platform.restaurant.fields import REJECT_CODES
from ops_platform.restaurant.rows import RejectRow
from ops_platform_tests.restaurant.order_events import (
    ANNA,
    addon,
    bare,
    item,
    order_event,
    policy,
    read,
    through_jsonb,
)

HUGE = 10**40
NAN = float("nan")
CANARIES = ("04321", "Anna", "Canary", "CANARY")


def nested(depth: int) -> Any:
    value: Any = "x"
    for level in range(depth):
        value = [value] if level % 2 else {"a": value}
    return value


def around(**envelope: Any) -> dict[str, Any]:
    """An event whose envelope has other fields; `...` leaves one out."""
    return order_event(envelope=envelope)


def within(**properties: Any) -> dict[str, Any]:
    return order_event(properties=properties)


def head(**fields: Any) -> dict[str, Any]:
    """An event whose Order object has other fields."""
    return order_event(order=fields)


def line(**fields: Any) -> dict[str, Any]:
    """An event whose second line has other fields."""
    return within(OrderItem=[item("Good"), item(**fields)])


def extra(**fields: Any) -> dict[str, Any]:
    """An event whose first line has a second add-on with other fields."""
    return within(OrderItem=[item("Good", addons=[addon("Good"), addon(**fields)])])


def tax(**fields: Any) -> dict[str, Any]:
    good = {"title": "CGST@9", "rate": 9.0, "type": "P", "amount": 32.4}
    return within(Tax=[good, {key: value for key, value in (good | fields).items() if value is not ...}])


def discount(**fields: Any) -> dict[str, Any]:
    made = {"title": "Special", "type": "F", "rate": 0.0, "amount": 10.0} | fields
    return within(Discount=[{key: value for key, value in made.items() if value is not ...}])


def raw_event(payload: Any) -> dict[str, Any]:
    return around(raw_event={"source": "petpooja", "raw_payload": payload})


WHOLE: dict[str, tuple[Any, str, str | None]] = {
    # The event and what stands around the order.
    "null": (None, "not_an_object", None),
    "true": (True, "not_an_object", None),
    "a number": (5, "not_an_object", None),
    "a number without end": (float("inf"), "not_an_object", None),
    "a text": ("orderdetails", "not_an_object", None),
    "JSON in a text": (json.dumps(order_event(customer=ANNA)), "not_an_object", None),
    "a list": ([order_event(customer=ANNA)], "not_an_object", None),
    "an empty list": ([], "not_an_object", None),
    "a list nested deep": (nested(801), "missing", "Order"),
    "an empty object": ({}, "missing", "Order"),
    "another object": ({"id": 5, "data": [1, 2]}, "missing", "Order"),
    "a customer and nothing else": (ANNA, "missing", "Order"),
    "an envelope without raw_event": (around(raw_event=...), "missing", "raw_event"),
    "raw_event is null": (around(raw_event=None), "missing", "raw_event"),
    "raw_event is a list": (around(raw_event=[{"Customer": ANNA}]), "not_an_object", "raw_event"),
    "raw_event is a text of JSON": (around(raw_event=json.dumps(ANNA)), "not_an_object", "raw_event"),
    "raw_payload is missing": (around(raw_event={}), "missing", "raw_event.raw_payload"),
    "raw_payload is a text of JSON": (raw_event(json.dumps(ANNA)), "not_an_object", "raw_event.raw_payload"),
    "raw_payload is a number": (raw_event(0), "not_an_object", "raw_event.raw_payload"),
    "properties are missing": (raw_event({"event": "x"}), "missing", "raw_event.raw_payload.properties"),
    "properties are a list": (raw_event({"properties": []}), "not_an_object", "raw_event.raw_payload.properties"),
    "properties are empty": (raw_event({"properties": {}}), "missing", "Order"),
    "properties of a webhook are null": ({"event": "x", "properties": None}, "missing", "properties"),
    "null everywhere": (raw_event({"properties": dict.fromkeys(bare(order_event()))}), "missing", "Order"),
    "stream_id is a text": (around(stream_id="first"), "not_a_number", "stream_id"),
    "stream_id is a fraction": (around(stream_id=1.5), "not_whole", "stream_id"),
    "stream_id is true": (around(stream_id=True), "not_a_number", "stream_id"),
    "stream_id is an object": (around(stream_id={"id": 1}), "not_a_number", "stream_id"),
    "stream_id is beyond bigint": (around(stream_id=2**63), "too_large", "stream_id"),
    # Order and Restaurant.
    "Order is missing": (within(Order=...), "missing", "Order"),
    "Order is a list": (within(Order=[{"Customer": ANNA}]), "not_an_object", "Order"),
    "Order is a text": (within(Order="Anna 98765 04321"), "not_an_object", "Order"),
    "Order is false": (within(Order=False), "not_an_object", "Order"),
    "Order is empty": (within(Order={}), "missing", "Order.orderID"),
    "null in all fields of Order": (
        within(Order=dict.fromkeys(bare(order_event())["Order"])),
        "missing",
        "Order.orderID",
    ),
    "Restaurant is missing": (within(Restaurant=...), "missing", "Restaurant"),
    "Restaurant is a list": (within(Restaurant=["rest0001"]), "not_an_object", "Restaurant"),
    "restID is missing": (within(Restaurant={"res_name": "x"}), "missing", "Restaurant.restID"),
    "restID is blank": (within(Restaurant={"restID": "  "}), "missing", "Restaurant.restID"),
    "restID is a list": (within(Restaurant={"restID": ["a"]}), "not_text", "Restaurant.restID"),
    "restID is true": (within(Restaurant={"restID": True}), "not_text", "Restaurant.restID"),
    "restID is too long": (within(Restaurant={"restID": "r" * 101}), "too_long", "Restaurant.restID"),
    "orderID is missing": (head(orderID=...), "missing", "Order.orderID"),
    "orderID is empty": (head(orderID=""), "missing", "Order.orderID"),
    "orderID has letters": (head(orderID="A-110"), "not_a_number", "Order.orderID"),
    "orderID is a fraction": (head(orderID=110.5), "not_whole", "Order.orderID"),
    "orderID is nought": (head(orderID=0), "not_positive", "Order.orderID"),
    "orderID is negative": (head(orderID="-110"), "not_positive", "Order.orderID"),
    "orderID is beyond bigint": (head(orderID=HUGE), "too_large", "Order.orderID"),
    "orderID is beyond everything": (head(orderID="1e999999999"), "too_large", "Order.orderID"),
    "orderID is no number by IEEE": (head(orderID=NAN), "not_a_number", "Order.orderID"),
    "orderID is in other digits": (head(orderID="١١٠"), "not_a_number", "Order.orderID"),
    "created_on is missing": (head(created_on=...), "missing", "Order.created_on"),
    "created_on is blank": (head(created_on=" "), "missing", "Order.created_on"),
    "created_on is a day that does not exist": (
        head(created_on="2025-02-30 10:00:00"),
        "not_a_time",
        "Order.created_on",
    ),
    "created_on has no time": (head(created_on="2025-06-08"), "not_a_time", "Order.created_on"),
    "created_on is in another order": (head(created_on="08-06-2025 20:55:58"), "not_a_time", "Order.created_on"),
    "created_on is a number of seconds": (head(created_on=1749396358), "not_a_time", "Order.created_on"),
    "created_on is MySQL's nothing": (head(created_on="0000-00-00 00:00:00"), "not_a_time", "Order.created_on"),
    "created_on is of another age": (head(created_on="9999-12-31 23:59:59"), "not_a_time", "Order.created_on"),
    "created_on has a 25th hour": (head(created_on="2025-06-08 25:00:00"), "not_a_time", "Order.created_on"),
    "created_on is an object": (head(created_on={"date": "2025-06-08"}), "not_a_time", "Order.created_on"),
    "created_on has a NUL": (head(created_on="2025-06-08 20:55:58\x00"), "not_a_time", "Order.created_on"),
    "total is missing": (head(total=...), "missing", "Order.total"),
    "total is null": (head(total=None), "missing", "Order.total"),
    "total is a word": (head(total="free"), "not_a_number", "Order.total"),
    "total is no number by IEEE": (head(total=NAN), "not_a_number", "Order.total"),
    "total is infinite": (head(total=float("-inf")), "not_a_number", "Order.total"),
    "total is true": (head(total=True), "not_a_number", "Order.total"),
    "total is a list": (head(total=[425]), "not_a_number", "Order.total"),
    "total does not fit": (head(total=HUGE), "too_large", "Order.total"),
    "total is beyond floats": (head(total=Decimal("1E+400")), "too_large", "Order.total"),
    "core_total is missing": (head(core_total=...), "missing", "Order.core_total"),
    "tax_total is a word": (head(tax_total="none"), "not_a_number", "Order.tax_total"),
    "discount_total has a decimal comma": (head(discount_total="10,5"), "not_a_number", "Order.discount_total"),
    "delivery_charges are an object": (head(delivery_charges={}), "not_a_number", "Order.delivery_charges"),
    "packaging_charge is false": (head(packaging_charge=False), "not_a_number", "Order.packaging_charge"),
    "service_charge does not fit": (head(service_charge=1e9), "too_large", "Order.service_charge"),
    "round_off is a dash": (head(round_off="-"), "not_a_number", "Order.round_off"),
    "OrderItem is missing": (within(OrderItem=...), "missing", "OrderItem"),
    "OrderItem is null": (within(OrderItem=None), "missing", "OrderItem"),
    "OrderItem is an object": (within(OrderItem={"0": item()}), "not_a_list", "OrderItem"),
    "OrderItem is a text": (within(OrderItem="Anna wants a Cone"), "not_a_list", "OrderItem"),
    "OrderItem is a number": (within(OrderItem=1), "not_a_list", "OrderItem"),
}

PART: dict[str, tuple[Any, str, str, str]] = {
    # One line of the order.
    "a line is null": (order_event(items=[item(), None]), "order_item", "not_an_object", "OrderItem[2]"),
    "a line is a list": (order_event(items=[item(), [ANNA]]), "order_item", "not_an_object", "OrderItem[2]"),
    "a line is a text": (order_event(items=[item(), "Cone"]), "order_item", "not_an_object", "OrderItem[2]"),
    "a line is empty": (order_event(items=[item(), {}]), "order_item", "missing", "OrderItem[2].quantity"),
    "a line has a customer": (line(price="x", Customer=ANNA), "order_item", "not_a_number", "OrderItem[2].price"),
    "quantity is missing": (line(quantity=...), "order_item", "missing", "OrderItem[2].quantity"),
    "quantity is a word": (line(quantity="two"), "order_item", "not_a_number", "OrderItem[2].quantity"),
    "quantity is a fraction": (line(quantity=1.5), "order_item", "not_whole", "OrderItem[2].quantity"),
    "quantity is a fraction in a text": (line(quantity="0.5"), "order_item", "not_whole", "OrderItem[2].quantity"),
    "quantity is nought": (line(quantity=0), "order_item", "not_positive", "OrderItem[2].quantity"),
    "quantity is negative": (line(quantity=-1), "order_item", "not_positive", "OrderItem[2].quantity"),
    "quantity is true": (line(quantity=True), "order_item", "not_a_number", "OrderItem[2].quantity"),
    "quantity is a list": (line(quantity=[1]), "order_item", "not_a_number", "OrderItem[2].quantity"),
    "quantity is beyond its column": (line(quantity=2**31), "order_item", "too_large", "OrderItem[2].quantity"),
    "quantity is no number by IEEE": (line(quantity=NAN), "order_item", "not_a_number", "OrderItem[2].quantity"),
    "price is missing": (line(price=...), "order_item", "missing", "OrderItem[2].price"),
    "price is empty": (line(price=""), "order_item", "missing", "OrderItem[2].price"),
    "price is a word": (line(price="MRP"), "order_item", "not_a_number", "OrderItem[2].price"),
    "price is negative": (line(price=-360.0), "order_item", "negative", "OrderItem[2].price"),
    "price is no number by IEEE": (line(price=NAN), "order_item", "not_a_number", "OrderItem[2].price"),
    "price does not fit": (line(price=HUGE), "order_item", "too_large", "OrderItem[2].price"),
    "a line's total is a word": (line(total="x"), "order_item", "not_a_number", "OrderItem[2].total"),
    "a line's total is negative": (line(total=-1), "order_item", "negative", "OrderItem[2].total"),
    "a line's total, worked out, does not fit": (
        line(price=9e7, quantity=2, total=None),
        "order_item",
        "too_large",
        "OrderItem[2].total",
    ),
    "a line's tax is a word": (line(tax="GST"), "order_item", "not_a_number", "OrderItem[2].tax"),
    "a line's discount is an object": (line(discount={}), "order_item", "not_a_number", "OrderItem[2].discount"),
    "a name is missing": (line(name=...), "order_item", "missing", "OrderItem[2].name"),
    "a name is blank": (line(name=" \t"), "order_item", "missing", "OrderItem[2].name"),
    "a name is an object": (line(name={"en": "Cone"}), "order_item", "not_text", "OrderItem[2].name"),
    "a name is true": (line(name=True), "order_item", "not_text", "OrderItem[2].name"),
    "a name is too long": (line(name="n" * 501), "order_item", "too_long", "OrderItem[2].name"),
    # One of its add-ons.
    "add-ons are an object": (line(addon={"0": {}}), "order_item_addon", "not_a_list", "OrderItem[2].addon"),
    "add-ons are a text": (line(addon="Cup"), "order_item_addon", "not_a_list", "OrderItem[2].addon"),
    "an add-on is a text": (line(addon=["Cup"]), "order_item_addon", "not_an_object", "OrderItem[2].addon[1]"),
    "an add-on's price is a word": (
        extra(price="x"),
        "order_item_addon",
        "not_a_number",
        "OrderItem[1].addon[2].price",
    ),
    "an add-on's price is negative": (extra(price=-1), "order_item_addon", "negative", "OrderItem[1].addon[2].price"),
    "an add-on's quantity is nought": (
        extra(quantity="0"),
        "order_item_addon",
        "not_positive",
        "OrderItem[1].addon[2].quantity",
    ),
    "an add-on's quantity is a fraction": (
        extra(quantity="1.5"),
        "order_item_addon",
        "not_whole",
        "OrderItem[1].addon[2].quantity",
    ),
    "an add-on's name is missing": (extra(name=None), "order_item_addon", "missing", "OrderItem[1].addon[2].name"),
    "an add-on's name is too long": (
        extra(name="n" * 256),
        "order_item_addon",
        "too_long",
        "OrderItem[1].addon[2].name",
    ),
    # Taxes and discounts.
    "taxes are a text": (within(Tax="CGST Anna"), "tax", "not_a_list", "Tax"),
    "a tax is a list": (within(Tax=[[]]), "tax", "not_an_object", "Tax[1]"),
    "a tax has no amount": (tax(amount=...), "tax", "missing", "Tax[2].amount"),
    "a tax is a word": (tax(amount="9%"), "tax", "not_a_number", "Tax[2].amount"),
    "a tax does not fit": (tax(amount=1e10), "tax", "too_large", "Tax[2].amount"),
    "discounts are an object": (within(Discount={"title": "x"}), "discount", "not_a_list", "Discount"),
    "a discount is a number": (within(Discount=[10]), "discount", "not_an_object", "Discount[1]"),
    "a discount is a word": (discount(amount="half"), "discount", "not_a_number", "Discount[1].amount"),
}

HARMLESS: dict[str, tuple[Any, str | None]] = {
    "no customer": (within(Customer=...), None),
    "Customer is a list": (within(Customer=[ANNA]), None),
    "Customer is a text": (within(Customer="Anna 98765 04321"), None),
    "Customer is a number": (within(Customer=9876504321), None),
    "event_id is an object": (around(event_id={"id": 1}), "value_unreadable"),
    "event_id is too long": (around(event_id="e" * 101), "value_unreadable"),
    "event_id holds a NUL": (around(event_id="e\x00"), "value_unreadable"),
    "occurred_at is no time": (around(occurred_at="yesterday"), "value_unreadable"),
    "occurred_at is a number": (around(occurred_at=1749396358), "value_unreadable"),
    "aggregate_type is a number": (around(aggregate_type=5), None),
    "no_of_persons is a word": (head(no_of_persons="two"), "value_unreadable"),
    "no_of_persons is beyond its column": (head(no_of_persons=HUGE), "value_unreadable"),
    "biller is a list": (head(biller=["Asha"]), "value_unreadable"),
    "table_no is true": (head(table_no=True), "value_unreadable"),
    "status is an object": (head(status={"id": 1}), "unknown_status"),
    "res_name is an object": (within(Restaurant={"restID": "r", "res_name": {}}), "value_unreadable"),
    "itemid is a list": (line(itemid=[5]), "value_unreadable"),
    "itemid is beyond bigint": (line(itemid=HUGE), "value_unreadable"),
    "category is an object": (line(category_name={}), "value_unreadable"),
    "addonid is too long": (extra(addonid="a" * 101), "value_unreadable"),
    "a rate is a word": (tax(rate="nine"), "value_unreadable"),
    "a rate does not fit": (discount(rate=1e9), "value_unreadable"),
    "a title is a list": (tax(title=[]), "value_assumed"),
    "a type is too long": (tax(type="PERCENTAGES"), "text_cut"),
    "taxes are PHP's empty array": (within(Tax={}), "tax_lines_differ"),
    "a comment of emptiness": (head(comment="\x00"), "text_damaged"),
    "junk nested deep": (within(junk=nested(800)), "raw_cut"),
    "junk of all kinds": (within(junk=[NAN, Decimal("1E+99999"), HUGE, "\ud800", {"": None}]), None),
}


def whole_and_safe(rejects: list[RejectRow], orders: list[Any]) -> None:
    """Every reject tells what and what to do, can be stored, and holds nothing of the customer."""
    for reject in rejects:
        assert reject.code in REJECT_CODES and REJECT_CODES[reject.code] in reject.detail
        assert "load the event again" in reject.detail and len(reject.detail) < 400
        assert reject.place == 1 and len(reject.digest) == 64
    kept = json.dumps(through_jsonb([[reject.raw, reject.detail] for reject in rejects] + [one.raw for one in orders]))
    assert not any(canary in kept for canary in CANARIES), kept
    assert "\\u0000" not in kept and "\\ud800" not in kept


@pytest.mark.parametrize("kind", WHOLE)
def test_a_broken_order_is_one_reject_with_its_code_and_column(kind: str) -> None:
    event, code, column = WHOLE[kind]
    batch = read(event)
    assert [(reject.entity, reject.code, reject.column_name) for reject in batch.rejects] == [("order", code, column)]
    assert (batch.read, batch.orders, batch.items, batch.flags) == (1, [], [], [])
    assert batch.rejects[0].order_no is None
    whole_and_safe(batch.rejects, [])


@pytest.mark.parametrize("kind", PART)
def test_a_broken_line_is_a_reject_and_the_order_is_loaded_without_it(kind: str) -> None:
    event, entity, code, column = PART[kind]
    batch = read(event)
    assert [(reject.entity, reject.code, reject.column_name) for reject in batch.rejects] == [(entity, code, column)]
    assert len(batch.orders) == 1 and batch.rejects[0].order_no == 0
    assert (batch.rejects[0].stream_id, batch.rejects[0].petpooja_order_id) == (111, 110)
    assert {flag.detail for flag in batch.flags if flag.code == "line_rejected"} == {f"1: {column}"}
    expected = len(bare(event)["OrderItem"]) - (entity == "order_item")
    assert len(batch.items) == expected
    whole_and_safe(batch.rejects, batch.orders)


@pytest.mark.parametrize("kind", HARMLESS)
def test_what_the_order_can_do_without_refuses_nothing(kind: str) -> None:
    event, flag = HARMLESS[kind]
    batch = read(event)
    assert batch.rejects == [] and len(batch.orders) == 1
    told = {found.code for found in batch.flags}
    assert flag in told if flag else told == set()
    whole_and_safe([], batch.orders)


def test_a_whole_page_of_malformed_events_stops_nothing() -> None:
    events = [event for event, *_ in (*WHOLE.values(), *PART.values(), *HARMLESS.values())]
    batch = read(*events, order_event())
    assert batch.read == len(events) + 1 and len(batch.orders) == len(PART) + len(HARMLESS) + 1
    assert len(batch.rejects) == len(WHOLE) + len(PART)


def test_a_phone_number_in_a_price_is_not_in_the_reject() -> None:
    (reject,) = read(line(price="98765 04321")).rejects
    whole_and_safe([reject], [])
    assert "(number, not kept)" in reject.detail


def test_a_reject_tells_the_ids_it_knows() -> None:
    reject = read(head(total="x")).rejects[0]
    assert (reject.stream_id, reject.petpooja_order_id) == (111, 110)
    reject = read(around(stream_id="x")).rejects[0]
    assert (reject.stream_id, reject.petpooja_order_id) == (None, 110)
    assert read(None).rejects[0][3:5] == (None, None)


def test_a_reject_says_what_is_wrong_and_what_to_do() -> None:
    (reject,) = read(line(quantity=1.5)).rejects
    assert reject.detail == (
        "OrderItem[2].quantity is 1.5: it is no whole number. "
        "Correct it at the source and load the event again; until then the order is without it."
    )
    (reject,) = read(head(created_on="2025-02-30 10:00:00")).rejects
    assert reject.detail.startswith("Order.created_on is '2025-02-30 10:00:00': it is no day and time")


@pytest.mark.parametrize("wanted", ["none", "hashed", "full"])
@pytest.mark.parametrize("broken", [head, within, around])
def test_no_customer_is_in_a_reject_whatever_the_policy(broken: Callable[..., Any], wanted: Any) -> None:
    told = {
        "customer": ANNA,
        "note": "call 98765 04321",
        "mobile": 9876504321,
        "tel": 9876504321,
        "comment": "for Anna",
    }
    told |= {
        "98765-04321": "a number as a key",
        "who": [{"name": "Anna Canary", "phone": "1"}],
        "as_text": json.dumps(ANNA),
    }
    event = broken(**told)
    event["raw_event"]["raw_payload"]["properties"] |= {"Customer": ANNA}
    event["raw_event"]["raw_payload"]["properties"]["Order"] |= {"total": "98765 04321", "assignee": "Anna"}
    batch = read(event, wanted=policy(wanted))
    assert len(batch.rejects) == 1
    whole_and_safe(batch.rejects, [])
